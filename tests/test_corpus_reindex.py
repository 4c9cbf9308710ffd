"""What a reindex reports, what it leaves alone, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest

from cpgassist import Assistant, Corpus
from cpgassist.errors import (
    EmbedderMismatchError,
    IndexRefusedError,
    ModelError,
)
from cpgassist.testing import HashEmbedder
from tests.fixtures.clinic import (
    GULL,
    NAMES,
    ROPE,
    TIDE,
    Spy,
    drawn,
    found,
    opened,
)

# ---- what a reindex reports ------------------------------------------------------------------------------------


def test_the_first_run_adds_every_file(bare):
    for name, made in zip(NAMES, (GULL, ROPE, TIDE), strict=True):
        drawn(bare / name, made)
    spy = Spy()
    report = opened(bare, spy).reindex()
    assert report.added == NAMES
    assert (report.changed, report.unchanged, report.removed, report.left_out) == ((), (), (), ())
    assert not report.nothing_changed
    assert report.passages == report.embedded == len(spy.texts) == sum(g.passages for g in report.guidelines)
    assert [g.info.file for g in report.guidelines] == list(NAMES)
    assert [g.info.title for g in report.guidelines] == [GULL[0], ROPE[0], TIDE[0]]
    assert all(g.passages >= 1 and g.info.pages == 1 for g in report.guidelines)
    assert report.index == opened(bare).current_version()
    assert report.seconds > 0


def test_the_second_run_says_nothing_changed_and_does_no_work(clinic):
    spy, heard = Spy(), []
    before = opened(clinic).current_version()
    report = opened(clinic, spy).reindex(progress=lambda *step: heard.append(step))
    assert report.nothing_changed
    assert (report.index, report.unchanged, report.embedded) == (before, NAMES, 0)
    assert report.passages == sum(g.passages for g in report.guidelines) > 0
    assert spy.asked == 0 and heard == []


def test_the_second_run_loads_no_weights(clinic, monkeypatch):
    """It asks the embedder who it is, so that another revision is noticed, and for nothing else."""

    def forbidden(*_):
        raise AssertionError("the embedder was put to work")

    monkeypatch.setattr("cpgassist.testing.HashEmbedder.embed", forbidden)
    monkeypatch.setattr("cpgassist.models.embedding.BertEmbedder.embed", forbidden)
    assert opened(clinic).reindex().nothing_changed


def test_a_touched_file_is_not_read_again(clinic):
    os.utime(clinic / "gull.pdf", (1, 1))
    assert opened(clinic).reindex().nothing_changed


def test_only_the_passages_that_changed_are_embedded(clinic):
    drawn(clinic / "rope.pdf", ROPE, [("Follow-up", "See the hand again after nine days.")])
    spy = Spy()
    report = opened(clinic, spy).reindex()
    assert (report.changed, report.unchanged) == (("rope.pdf",), ("gull.pdf", "tide.pdf"))
    assert report.embedded == len(spy.texts) == 1
    assert "nine days" in spy.texts[0]
    assert found(clinic, "hand again after nine days")[0] == "rope.pdf"


def test_vectors_taken_over_belong_to_their_passages(clinic):
    drawn(clinic / "aaa.pdf", ("Management of Ebb Ache", ("Treatment", "Rest on the shore until the tide turns.")))
    (clinic / "gull.pdf").unlink()
    report = opened(clinic).reindex(allow_shrink=True)
    assert (report.added, report.removed) == (("aaa.pdf",), ("gull.pdf",))
    index = opened(clinic).open_index()
    expected = HashEmbedder().embed([passage.embedded_text() for passage in index.passages])
    for position, vector in enumerate(expected):
        assert index.similarity(vector, [position])[0] == pytest.approx(1, abs=1e-5)
    assert opened(clinic).verify() == []


def test_a_removed_file_is_no_longer_found(clinic):
    assert found(clinic, "feather test gull fever")[0] == "gull.pdf"
    (clinic / "gull.pdf").unlink()
    report = opened(clinic).reindex(allow_shrink=True)
    assert (report.removed, report.unchanged, report.embedded) == (("gull.pdf",), ("rope.pdf", "tide.pdf"), 0)
    assert not report.nothing_changed
    assert "gull.pdf" not in found(clinic, "feather test gull fever")


def test_a_renamed_file_keeps_its_vectors(clinic):
    (clinic / "gull.pdf").rename(clinic / "seabird.pdf")
    report = opened(clinic).reindex()
    assert (report.added, report.removed) == (("seabird.pdf",), ("gull.pdf",))
    assert report.embedded == 0
    assert found(clinic, "feather test gull fever")[0] == "seabird.pdf"
    assert opened(clinic).reindex().nothing_changed


def test_two_files_with_the_same_content_are_both_listed(bare):
    drawn(bare / "gull.pdf")
    shutil.copy(bare / "gull.pdf", bare / "copy of gull.pdf")
    report = opened(bare).reindex()
    assert [g.info.file for g in report.guidelines] == ["copy of gull.pdf", "gull.pdf"]
    assert len({g.info.id for g in report.guidelines}) == 2
    assert report.embedded == report.passages / 2  # one text, one vector
    assert {row["file"] for row in opened(bare).passages()} == {"copy of gull.pdf", "gull.pdf"}
    assert len(found(bare, "feather test")) == 1  # and equal texts are shown once
    assert opened(bare).reindex().nothing_changed


@pytest.mark.parametrize("made", [(GULL, ROPE), (GULL, GULL)], ids=["other content", "same content"])
def test_two_names_that_give_one_id_get_two(bare, made):
    for name, content in zip(("tide cough.pdf", "tide-cough.pdf"), made, strict=True):
        drawn(bare / name, content)
    report = opened(bare).reindex()
    ids = [g.info.id for g in report.guidelines]
    assert ids[0] == "tide-cough" and len(set(ids)) == 2
    listed = {(row["file"], row["id"].partition(":")[0]) for row in opened(bare).passages()}
    assert listed == set(zip(("tide cough.pdf", "tide-cough.pdf"), ids, strict=True))
    assert opened(bare).reindex().nothing_changed


def test_three_copies_whose_names_give_one_id_are_indexed(bare):
    for name in ("tide cough.pdf", "tide-cough.pdf", "tide_cough.pdf"):
        drawn(bare / name)
    report = opened(bare).reindex()
    assert len({g.info.id for g in report.guidelines}) == 3


def test_full_reads_and_embeds_everything_again(clinic):
    spy, read = Spy(), []
    report = opened(clinic, spy).reindex(lambda stage, file, *_: stage == "read" and read.append(file), full=True)
    assert sorted(read) == list(NAMES)
    assert report.unchanged == NAMES
    assert report.embedded == report.passages == len(spy.texts)


def test_progress_counts_up_to_the_total_in_each_stage(bare):
    for name, made in zip(NAMES, (GULL, ROPE, TIDE), strict=True):
        drawn(bare / name, made)
    heard: dict[str, list[tuple[str, int, int]]] = {}
    report = opened(bare).reindex(
        lambda stage, file, done, total: heard.setdefault(stage, []).append((file, done, total))
    )
    assert next(iter(heard)) == "read" and {"read", "embed", "store", "check"} <= set(heard)
    assert [(done, total) for _, done, total in heard["read"]] == [(1, 3), (2, 3), (3, 3)]
    assert {file for file, *_ in heard["read"]} == set(NAMES)
    assert heard["embed"][-1][1:] == (report.embedded, report.embedded)
    for steps in heard.values():
        counts = [done for _, done, _ in steps]
        assert counts == sorted(counts)
        assert all(1 <= done <= total for _, done, total in steps)


def test_the_report_is_plain_json(clinic):
    report = opened(clinic).reindex()
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["index"] == report.index and plain["unchanged"] == list(NAMES)
    assert plain["guidelines"][0]["info"]["title"] == GULL[0]


def test_a_file_name_with_other_letters_is_indexed(bare):
    drawn(bare / "指南 “draft” № 1.PDF")
    report = opened(bare).reindex()
    assert report.added == ("指南 “draft” № 1.PDF",)
    assert found(bare, "feather test")[0] == "指南 “draft” № 1.PDF"


def test_other_files_and_folders_are_not_looked_at(clinic):
    (clinic / "notes.txt").write_text("not a guideline")
    (clinic / "archive.pdf").mkdir()
    drawn(clinic / "archive.pdf" / "old.pdf")
    (clinic / "gone.pdf").symlink_to(clinic / "nowhere.pdf")
    assert [path.name for path in opened(clinic).files()] == list(NAMES)
    assert opened(clinic).reindex().nothing_changed


# ---- shrinking, another embedder -------------------------------------------------------------------------------


def test_a_corpus_that_shrank_is_refused_unless_that_is_meant(clinic):
    before = opened(clinic).current_version()
    (clinic / "gull.pdf").unlink()
    with pytest.raises(IndexRefusedError, match=r"passages, \d+ before; use --allow-shrink"):
        opened(clinic).reindex()
    assert found(clinic, "feather test")[0] == "gull.pdf"
    after = opened(clinic).reindex(allow_shrink=True)
    assert after.index != before and after.removed == ("gull.pdf",)


def test_changed_overrides_do_not_let_a_shrunk_corpus_through(clinic):
    (clinic / "gull.pdf").unlink()
    (clinic / "corpus.toml").write_text('[guidelines."rope.pdf"]\nyear = 2020\n')
    with pytest.raises(IndexRefusedError):
        opened(clinic).reindex()


def test_a_shrink_of_a_fifth_is_let_through(bare):
    for number in range(5):
        drawn(bare / f"g{number}.pdf", (f"Management of Ache {number}", ("Care", f"Offer rest number {number}.")))
    opened(bare).reindex()
    (bare / "g0.pdf").unlink()
    assert opened(bare).reindex().removed == ("g0.pdf",)


def test_the_embedder_may_be_named_like_any_other_setting(clinic):
    with pytest.raises(ModelError):
        Corpus(clinic, embedder="no/such-model").reindex(full=True)


def test_another_embedder_embeds_everything_again(clinic):
    other = Spy(revision="2")
    report = opened(clinic, other).reindex()
    assert report.embedded == report.passages == len(other.texts)
    assert opened(clinic).status()["embedder"] == {"name": "hash-test", "revision": "2"}


def test_a_question_with_another_embedder_is_refused_naming_both(clinic):
    with pytest.raises(EmbedderMismatchError) as error:
        Assistant(opened(clinic, HashEmbedder(revision="2"))).search("fever")
    assert "hash-test (1)" in error.value.message and "hash-test (2)" in error.value.message


def test_an_embedder_that_fails_leaves_the_old_version(clinic):
    class Broken(HashEmbedder):
        def embed(self, texts, progress=None):
            raise ModelError("The model broke.", "Mend it.")

    before = opened(clinic).current_version()
    drawn(clinic / "rope.pdf", ROPE, [("More", "Something else.")])
    with pytest.raises(ModelError):
        opened(clinic, Broken()).reindex()
    assert opened(clinic).current_version() == before
    assert opened(clinic).reindex().changed == ("rope.pdf",)


@pytest.mark.parametrize("fault", ["nan", "long"])
def test_vectors_that_are_not_unit_vectors_are_refused(clinic, fault):
    class Wrong(HashEmbedder):
        def embed(self, texts, progress=None):
            vectors = super().embed(texts, progress)
            vectors[0] = np.nan if fault == "nan" else 3 * vectors[0]
            return vectors

    before = opened(clinic).current_version()
    drawn(clinic / "rope.pdf", ROPE, [("More", "Something else.")])
    with pytest.raises(IndexRefusedError, match="unit vectors"):
        opened(clinic, Wrong()).reindex()
    assert opened(clinic).current_version() == before
