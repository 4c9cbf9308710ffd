"""A version is built beside, accepted or refused, put into service, kept, rolled back and pruned."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cpgassist.errors import CorpusError, IndexDamagedError, IndexRefusedError
from cpgassist.index import ChromaIndex, ExactIndex, IndexStore, chroma
from cpgassist.index.builder import STEPS
from cpgassist.protocols import PassageIndex
from cpgassist.types import GuidelineReport
from tests.index.made import guideline, new_version, passage, unit_vectors


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty store, and a folder for private copies that no other process shares."""
    (tmp_path / "private").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "private"))
    return IndexStore(tmp_path / "index")


def private_copies():
    return set(Path(tempfile.gettempdir()).glob("cpgassist-chroma-*"))


def test_what_is_built_is_read_back_whole(store):
    new = new_version()
    version = store.build(new)
    assert store.current() == version
    assert store.versions() == [version]
    contents = store.load()
    assert contents.passages == new.passages
    assert contents.excluded == new.excluded
    assert np.array_equal(contents.vectors, new.vectors)
    assert not contents.vectors.flags.writeable
    assert store.verify() == []


def test_the_manifest_says_all_there_is_to_say(store):
    new = new_version()
    version = store.build(new)
    manifest = store.manifest()
    assert manifest.id == version
    assert manifest.created.endswith("+00:00")
    assert (manifest.embedder, manifest.splitting_version) == (new.embedder, new.splitting_version)
    assert (manifest.guidelines, manifest.skipped, manifest.inputs) == (new.guidelines, new.skipped, new.inputs)
    assert manifest.counts["passages"] == 40
    assert (manifest.counts["excluded"], manifest.counts["toc"]) == (1, 1)
    assert manifest.previous is None
    assert manifest.acceptance["self_search"] == manifest.acceptance["agreement"] == 1
    folder = store.folder / "versions" / version
    on_disk = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(manifest.files) == on_disk - {"manifest.json"}
    json.loads((folder / "manifest.json").read_text())


def test_the_manifest_is_read_without_the_rest(store):
    folder = store.folder / "versions" / store.build(new_version())
    for name in ("passages.jsonl", "vectors.npy"):
        (folder / name).unlink()
    assert store.manifest().counts["passages"] == 40


def test_ids_are_safe_names_that_never_collide_and_sort_by_age(store, monkeypatch):
    made = [store.build(new_version()) for _ in range(3)]
    assert len(set(made)) == 3
    assert store.versions() == sorted(made, reverse=True)
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", name) for name in made)
    from cpgassist.index import versions

    before = versions._utc
    monkeypatch.setattr(versions, "_utc", lambda: before().replace(year=2001))  # the clock is set back
    assert store.build(new_version()) == store.versions()[0] == store.current()


def test_progress_hears_every_step_in_order(store):
    heard = []
    store.build(new_version(), progress=lambda *step: heard.append(step))
    assert heard == [(stage, name, number, len(STEPS)) for number, (stage, name) in enumerate(STEPS, 1)]


def test_versions_beyond_keep_are_pruned_but_never_the_way_back(tmp_path):
    store = IndexStore(tmp_path, keep=3)
    made = [store.build(new_version()) for _ in range(5)]
    assert store.versions() == made[:1:-1]
    narrow = IndexStore(tmp_path, keep=1)
    newest = narrow.build(new_version())
    assert narrow.versions() == [newest, made[-1]]
    assert narrow.rollback() == made[-1]


def test_rollback_puts_the_version_before_back_and_the_next_build_follows_it(store):
    first = store.build(new_version(salt="-1"))
    second = store.build(new_version(salt="-2"))
    assert store.manifest().previous == first
    assert store.rollback() == first == store.current()
    assert store.open("exact").version == first
    assert store.versions() == [second, first]
    with pytest.raises(CorpusError, match="no version before it"):
        store.rollback()
    third = store.build(new_version(salt="-3"))
    assert store.manifest(third).previous == first


def test_a_reader_keeps_answering_from_the_version_it_began_with(tmp_path):
    store = IndexStore(tmp_path, keep=1)
    old = new_version(salt="-old")
    first = store.build(old)
    readers = [store.open(search) for search in ("exact", "chroma")]
    for seed in (2, 3, 4):
        store.build(new_version(salt="-new", seed=seed))
    assert first not in store.versions()  # its files are gone, and it still answers
    for reader in readers:
        assert reader.version == first
        assert tuple(reader.passages) == old.passages
        assert [reader.nearest(vector, 1)[0][0] for vector in old.vectors] == list(range(40))
        assert reader.lexical("Passage 7-old 7.5mg", 1)[0][0] == 7
        reader.close()


def test_a_reader_opens_while_versions_are_replaced(store):
    """The version that CURRENT named may be pruned between reading CURRENT and reading the version."""
    store.keep = 1
    store.build(new_version())
    original, replaced = store._in_line, []

    def line(first):
        if not replaced:
            replaced.extend(IndexStore(store.folder, keep=1).build(new_version(seed=seed)) for seed in (1, 2))
        return original(first)

    store._in_line = line
    opened = store.open("exact")
    assert (opened.version, opened.warnings) == (replaced[-1], ())


BAD_VECTORS = {
    "not a number": lambda vectors: vectors.__setitem__((3, 2), np.nan),
    "infinite": lambda vectors: vectors.__setitem__((3, 2), np.inf),
    "too long": lambda vectors: vectors.__setitem__(3, vectors[3] * 1.01),
    "zero": lambda vectors: vectors.__setitem__(3, 0),
}


@pytest.mark.parametrize("name", BAD_VECTORS)
def test_a_vector_that_is_not_a_unit_vector_is_refused(store, name):
    new = new_version()
    BAD_VECTORS[name](new.vectors)
    with pytest.raises(IndexRefusedError, match="guide-0:000003"):
        store.build(new)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"passages": (), "vectors": np.zeros((0, 16), np.float32)}, "no passage"),
        ({"vectors": unit_vectors(39, 16)}, "do not fit 40 passages"),
        ({"vectors": unit_vectors(40, 8)}, "of 16 dimensions"),
        ({"vectors": unit_vectors(40, 16).astype(np.float64)}, "float64"),
        ({"passages": (*new_version().passages[:39], passage(0))}, "more than once, first guide-0:000000"),
        ({"guidelines": (GuidelineReport(guideline(0), 1, 0, 0, ()),)}, "guide-1, guide-2"),
        ({"passages": tuple(replace(made, at=()) for made in new_version().passages)}, "no page"),
    ],
)
def test_contents_that_do_not_fit_are_refused_with_the_reason(store, changes, reason):
    with pytest.raises(IndexRefusedError, match=reason):
        store.build(new_version(**changes))
    assert store.versions() == []
    assert store.current() is None


def test_all_objections_are_listed_and_the_old_version_stays(store):
    first = store.build(new_version())
    shown = []

    def accept(index):
        shown.append((index.nearest(new_version().vectors[5], 1)[0][0], index.lexical("Passage 7", 1)[0][0]))
        assert isinstance(index, PassageIndex)
        return ["'first-line drug' does not find a.pdf", "'foot ulcer' does not find b.pdf"]

    with pytest.raises(IndexRefusedError, match=r"a\.pdf; 'foot ulcer' does not find b\.pdf") as caught:
        store.build(new_version(), accept)
    assert f"{first} still serves" in caught.value.next_step
    assert shown == [(5, 7)]
    assert store.versions() == [first]
    assert store.current() == first
    assert sorted(path.name for path in (store.folder / "versions").iterdir()) == [first]
    assert store.build(new_version(), lambda _: []) == store.current()


@pytest.mark.parametrize(
    ("name", "worse", "reason"),
    [
        ("self_search", 0.99, "99.00% of the vectors find themselves"),
        ("agreement", 0.98, "agrees with exact search in only 98.00%"),
    ],
)
def test_a_chroma_that_finds_too_little_is_refused(store, monkeypatch, name, worse, reason):
    from cpgassist.index import checks

    monkeypatch.setattr(checks, name, lambda *_: worse)
    with pytest.raises(IndexRefusedError, match=reason):
        store.build(new_version())


def test_a_chroma_that_lost_rows_is_refused(store, monkeypatch):
    monkeypatch.setattr(chroma.PrivateCollection, "count", lambda _: 39)
    with pytest.raises(IndexRefusedError, match="39 of 40 passages are in chroma"):
        store.build(new_version())


def test_an_interrupted_build_leaves_nothing_and_holds_no_lock(store):
    def progress(stage, name, done, total):
        if name == "chroma":
            raise KeyboardInterrupt

    copies = private_copies()
    with pytest.raises(KeyboardInterrupt):
        store.build(new_version(), progress=progress)
    assert list((store.folder / "versions").iterdir()) == []
    store.build(new_version())
    assert private_copies() == copies


def test_what_a_killed_build_left_is_removed_by_the_next(store):
    left = store.folder / "versions" / "20260101T000000-000000-00000000.building"
    left.mkdir(parents=True)
    (left / "passages.jsonl").write_text("{}")
    assert store.versions() == []
    store.build(new_version())
    assert not left.exists()


def test_equal_vectors_pass_the_self_search(store):
    vectors = np.repeat(unit_vectors(4, 16), 10, axis=0)
    store.build(new_version(vectors=vectors))
    assert store.manifest().acceptance["self_search"] == 1
    assert store.verify() == []


def test_a_corpus_of_one_passage_can_be_built_and_opened(store):
    store.build(new_version(count=1))
    opened = store.open()
    assert opened.nearest(new_version(count=1).vectors[0], 10) == [(0, pytest.approx(1, abs=1e-6))]
    opened.close()


@pytest.mark.parametrize("count", [2100, pytest.param(6000, marks=pytest.mark.slow)])
def test_more_passages_than_are_given_to_chroma_at_once(store, count):
    """Three batches of at most 1,000 in every run; in the slow one more than Chroma takes in one."""
    new = new_version(count=count, dimension=8)
    store.build(new)
    opened = store.open()
    assert isinstance(opened, ChromaIndex)
    assert opened.collection.count() == count
    assert opened.nearest(new.vectors[count - 1], 1)[0][0] == count - 1
    opened.close()


def test_the_private_copy_is_private_and_goes_with_its_index(store, tmp_path, monkeypatch):
    # A folder of this test's own: other programs on the machine make and sweep copies in the shared one.
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    store.build(new_version())
    copies = private_copies()
    opened = store.open()
    [copy] = private_copies() - copies
    assert copy.stat().st_mode & 0o777 == 0o700
    for sealed in (store.folder / "versions" / opened.version / "chroma").rglob("*"):
        assert sealed.is_dir() or sealed.stat().st_nlink == 1
    opened.close()
    assert private_copies() == copies
    dropped = store.open()
    del dropped
    assert private_copies() == copies


def test_the_copy_of_a_killed_reader_is_swept_up_and_a_living_ones_is_not(store, tmp_path, monkeypatch):
    store.build(new_version())
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    script = (
        "import os, signal, sys; from pathlib import Path; from cpgassist.index import IndexStore\n"
        "opened = IndexStore(Path(sys.argv[1])).open(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(store.folder)], check=False)
    [left] = private_copies()
    living = store.open()
    assert left in private_copies()  # so young a folder may be one that is just being made
    for folder in private_copies():
        os.utime(folder, (1, 1))
    store.open().close()
    [kept] = private_copies()
    assert kept != left
    assert living.nearest(new_version().vectors[2], 1)[0][0] == 2
    assert living.warnings == ()
    living.close()
    assert not private_copies()


def test_two_readers_have_their_own_copies(store):
    store.build(new_version())
    first, second = store.open(), store.open()
    first.close()
    assert second.nearest(new_version().vectors[2], 1)[0][0] == 2
    assert second.warnings == ()
    second.close()


def test_serving_never_changes_a_sealed_version(store):
    store.build(new_version())
    before = {path: path.read_bytes() for path in store.folder.rglob("*") if path.is_file()}
    for search in ("chroma", "exact"):
        opened = store.open(search, full_check=True)
        opened.nearest(new_version().vectors[2], 5)
        opened.close()
    store.verify()
    assert {path: path.read_bytes() for path in store.folder.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_index_installed_read_only_is_served(store):
    store.build(new_version())
    for path in store.folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    opened = store.open()
    assert (type(opened), opened.warnings) == (ChromaIndex, ())
    opened.close()


def test_exact_search_never_imports_chroma_or_llama_index(store):
    store.build(new_version())
    script = (
        "import sys; from pathlib import Path; from cpgassist.index import IndexStore\n"
        "index = IndexStore(Path(sys.argv[1])).open('exact'); index.lexical('metformin', 3)\n"
        "print([name for name in ('chromadb', 'llama_index', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(store.folder)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_building_does_not_import_llama_index(store):
    script = (
        "import sys; from pathlib import Path; from cpgassist.index import IndexStore\n"
        "from tests.index.made import new_version\n"
        "IndexStore(Path(sys.argv[1])).build(new_version()); print('llama_index' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(store.folder)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_an_index_of_other_token_rules_is_made_again_with_a_word(store, monkeypatch):
    from cpgassist.index import lexical

    store.build(new_version())
    monkeypatch.setattr(lexical, "TOKEN_RULES", 99)
    opened = store.open("exact")
    assert type(opened) is ExactIndex
    assert "token rules" in opened.warnings[0]
    assert opened.lexical("Passage 7 7.5mg", 1)[0][0] == 7


def test_an_unknown_version_is_named(store):
    store.build(new_version())
    for name in ("nonsense", "../../etc", "20200101T000000-000000-00000000"):
        with pytest.raises(IndexDamagedError, match="has no sealed version"):
            store.manifest(name)


def test_text_that_chroma_cannot_store_is_indexed_all_the_same(store):
    odd = replace(passage(0), text="dose \ud800 5 mg \x00 \u2028 end", heading_path=("a\udfff",))
    new = new_version(count=1, passages=(odd,))
    store.build(new)
    assert store.load().passages == (odd,)
    assert store.verify() == []
    opened = store.open()
    assert opened.passages[0] == odd
    opened.close()
