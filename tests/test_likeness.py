"""Figures of the guidelines that look like a photo: embedded at reindex, kept while nothing changes, compared when asked."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cpgassist import Assistant, Corpus, FigureHit, Where
from cpgassist.errors import EmbedderMismatchError, InputError, ModelError, PhotoError
from cpgassist.likeness import DPI, cropped, figures_in, same_model
from cpgassist.protocols import PhotoModel
from cpgassist.testing import ScriptedChat
from cpgassist.types import LIKENESS, Box, EmbedderIdentity, Locator
from tests.fixtures.shelf import passage

SEEN = '{"image_type": "clinical photo", "anatomy": "arm", "findings": [{"text": "rash", "certainty": "definite"}]}'


class Thumbnails:
    """A PhotoModel whose vectors are thumbnails; it counts what it embeds."""

    def __init__(self, revision="1", medical=True, kinds=(("chest X-ray", 0.75), ("wound", 0.1)), fails=None):
        self.identity = EmbedderIdentity("thumbnails", revision, 64)
        self.embedded, self.looked = 0, 0
        self.medical, self.kinds, self.fails = medical, kinds, fails

    def embed_photos(self, photos):
        if self.fails:
            raise self.fails
        self.embedded += len(photos)
        rows = [np.asarray(Image.open(io.BytesIO(p.png)).convert("L").resize((8, 8))).ravel() for p in photos]
        rows = np.asarray(rows, np.float32).reshape(-1, 64) - 128
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def look_at(self, photo):
        self.looked += 1
        if self.fails:
            raise self.fails
        return self.kinds, self.medical


@pytest.fixture
def clinic(sample_folder, tmp_path):
    return Path(shutil.copytree(sample_folder, tmp_path / "clinic"))


def opened(folder, model=None, **settings):
    """The corpus with an image model, or as it is without one."""
    if model is not None:
        settings["medsiglip"] = "thumbnails"
    corpus = Corpus(folder, precision="float32", ocr="off", **settings)
    corpus._photo_model = model
    return corpus


def figure_files(corpus):
    folder = corpus.settings.index_folder / "versions" / corpus.current_version()
    return sorted(path.name for path in folder.glob("figures/*"))


def test_the_double_is_a_photo_model():
    assert isinstance(Thumbnails(), PhotoModel)


# ---- reindexing


def test_turning_it_on_embeds_the_figures_and_nothing_else(clinic):
    model = Thumbnails()
    corpus = opened(clinic, model)
    report = corpus.reindex()
    assert (report.embedded, report.nothing_changed, model.embedded) == (0, False, 2)
    held = corpus.open_index().figures
    kinds = {one.id: one.kind for one in corpus.open_index().passages}
    assert {kinds[figure.passage] for figure in held.figures} == {"flowchart"}
    assert [figure.at.page for figure in held.figures] == [4, 7] and held.model == model.identity
    assert figure_files(corpus) == ["places.jsonl", "vectors.npy"] and corpus.verify() == []
    assert corpus.status()["figures"] == {"name": "thumbnails", "revision": "1", "embedded": 2, "not_drawn": 0}
    assert opened(clinic, model).reindex().nothing_changed and model.embedded == 2


def test_unchanged_figures_keep_their_vectors(clinic):
    model = Thumbnails()
    first = opened(clinic, model)
    first.reindex()
    before = first.open_index().figures
    gone = next(path for path in sorted(clinic.glob("*.pdf")) if not any(path.name == f for f in names(first)))
    gone.unlink()
    assert opened(clinic, model).reindex(allow_shrink=True).removed == (gone.name,)
    after = opened(clinic, model).open_index().figures
    assert model.embedded == 2 and np.array_equal(before.vectors, after.vectors) and before.figures == after.figures


def names(corpus):
    """Files that hold a figure."""
    index = corpus.open_index()
    guidelines = {one.id: one.guideline for one in index.passages}
    return {index.guidelines[guidelines[figure.passage]].file for figure in index.figures.figures}


def test_a_changed_file_embeds_its_own_figures_again_for_its_picture_may_be_another(clinic):
    model = Thumbnails()
    corpus = opened(clinic, model)
    corpus.reindex()
    one = sorted(names(corpus))[0]
    with (clinic / one).open("ab") as file:
        file.write(b"\n% touched\n")
    report = opened(clinic, model).reindex()
    assert report.changed == (one,) and report.embedded == 0 and model.embedded == 3


def test_a_full_reindex_and_a_changed_model_embed_all_again(clinic):
    opened(clinic, Thumbnails()).reindex()
    other = Thumbnails(revision="2")
    report = opened(clinic, other).reindex()
    assert not report.nothing_changed and (report.embedded, other.embedded) == (0, 2)
    assert opened(clinic, other).open_index().figures.model == other.identity
    for path in clinic.glob("*.pdf"):
        if path.name not in names(opened(clinic, other)):
            path.unlink()
    opened(clinic, other).reindex(full=True, allow_shrink=True)
    assert other.embedded == 4


def test_turned_off_the_next_version_holds_no_file_of_it(clinic):
    corpus = opened(clinic, Thumbnails())
    before = corpus.reindex().index
    plain = opened(clinic)
    assert plain.status()["figures"] is not None and plain.open_index().warnings == ()
    report = plain.reindex()
    assert not report.nothing_changed and report.embedded == 0
    assert figure_files(plain) == [] and plain.status()["figures"] is None and plain.open_index().figures is None
    assert plain.reindex().nothing_changed
    assert plain.rollback() == before and plain.open_index().figures is not None


def test_a_model_that_is_missing_or_fails_leaves_the_old_version(clinic, tmp_path):
    version = opened(clinic).current_version()
    with pytest.raises(ModelError, match="MedSigLIP"):
        opened(clinic, medsiglip=str(tmp_path / "nowhere")).reindex()
    with pytest.raises(ModelError, match=r"thumbnails failed with RuntimeError: out of memory.*unset it"):
        opened(clinic, Thumbnails(fails=RuntimeError("out of memory"))).reindex()
    assert opened(clinic).current_version() == version and opened(clinic).verify() == []


def test_a_figure_that_cannot_be_drawn_is_counted_and_told(clinic, monkeypatch):
    corpus = opened(clinic, Thumbnails())
    real = corpus.page_image

    def draw(file, page, dpi=110):
        if page == 4:
            raise InputError("Page 4 is not drawn.")
        return real(file, page, dpi)

    monkeypatch.setattr(corpus, "page_image", draw)
    corpus.reindex()
    assert (corpus.status()["figures"]["embedded"], corpus.status()["figures"]["not_drawn"]) == (1, 1)
    assert [(c.state, c.found) for c in corpus.check() if c.what == "figures"] == [
        ("warn", "1 cannot be drawn, 1 can be compared with photos")
    ]


def test_a_poster_is_drawn_at_a_lower_resolution(clinic, monkeypatch):
    corpus = opened(clinic, Thumbnails())
    real, drawn = corpus.page_image, []
    monkeypatch.setattr(corpus, "page_size", lambda file, page: (9000.0, 14400.0))
    monkeypatch.setattr(corpus, "page_image", lambda *asked: drawn.append(asked[2]) or real(*asked))
    corpus.reindex()
    assert drawn == [25, 25]


def test_the_doctor_tells_how_it_stands(clinic):
    def lines(corpus):
        return [(c.what, c.state, c.cure) for c in corpus.check() if c.what in ("medsiglip", "figures")]

    assert lines(opened(clinic)) == []
    missing = lines(opened(clinic, medsiglip="nowhere"))
    assert [line[:2] for line in missing] == [("medsiglip", "fail")] and missing[0][2]
    before = [("medsiglip", "ok", ""), ("figures", "warn", "Run `cpgassist reindex`.")]
    assert lines(opened(clinic, Thumbnails())) == before
    opened(clinic, Thumbnails()).reindex()
    assert lines(opened(clinic, Thumbnails())) == [("medsiglip", "ok", ""), ("figures", "ok", "")]
    assert lines(opened(clinic, Thumbnails(revision="2"))) == before


# ---- comparing


@pytest.fixture(scope="module")
def shown(sample_folder, tmp_path_factory):
    """The sample with figures; never written to."""
    folder = Path(shutil.copytree(sample_folder, tmp_path_factory.mktemp("figures") / "clinic"))
    corpus = opened(folder, Thumbnails())
    corpus.reindex()
    return corpus


def picture_of(corpus, number=0):
    index = corpus.open_index()
    figure = index.figures.figures[number]
    [owner] = [one.guideline for one in index.passages if one.id == figure.passage]
    page = corpus.page_image(index.guidelines[owner].file, figure.at.page, DPI)
    return figure, cropped(page, figure.at, DPI)


@pytest.mark.parametrize("number", [0, 1])
def test_a_photo_of_a_figure_finds_it_with_its_page(shown, number):
    figure, picture = picture_of(shown, number)
    hits = Assistant(shown).similar_figures(picture)
    assert len(hits) == 2 and all(isinstance(hit, FigureHit) for hit in hits)
    first = hits[0]
    assert (first.passage.id, first.at, first.page) == (figure.passage, figure.at, figure.at.page)
    assert first.similarity == pytest.approx(1, abs=0.01) and first.similarity > hits[1].similarity
    assert str(first).startswith(f"Compare with {first.title}, page {first.page} (printed ")
    assert first.guideline.title in str(first)
    told = first.to_dict()
    assert told["label"] == LIKENESS and told["page"] == first.page and told["guideline"]["file"]
    assert told["boxes"] == [list(box.rounded()) for box in figure.at.boxes]


def test_of_several_photos_each_figure_counts_with_the_one_it_is_most_like(shown):
    pictures = [picture_of(shown, number)[1] for number in (0, 1)]
    assistant = Assistant(shown)
    both = assistant.similar_figures(*pictures)
    assert [hit.similarity for hit in both] == pytest.approx([1, 1], abs=0.01)
    alone = {hit.passage.id: hit.similarity for hit in assistant.similar_figures(pictures[0])}
    assert all(hit.similarity >= alone[hit.passage.id] - 1e-6 for hit in both)


def test_k_and_a_filter_narrow_it(shown):
    _, picture = picture_of(shown)
    assistant = Assistant(shown)
    assert len(assistant.similar_figures(picture, k=1)) == 1
    other = assistant.similar_figures(picture)[1]
    [only] = assistant.similar_figures(picture, where=Where(guidelines=(other.guideline.file,)))
    assert only.passage == other.passage
    assert assistant.similar_figures(picture, where=Where(year_from=2199)) == ()


def test_the_edition_is_told_where_it_is_outdated(shown):
    from datetime import date

    _, picture = picture_of(shown)
    later = Assistant(shown, today=lambda: date(2199, 1, 1)).similar_figures(picture)
    said = {hit.guideline.file: hit.cautions for hit in later if hit.guideline.review_due}
    assert said and all("review was due" in " ".join(cautions) for cautions in said.values())


@pytest.mark.parametrize("k", [0, 101])
def test_an_odd_k_is_refused(shown, k):
    with pytest.raises(InputError, match=f"k is {k}"):
        Assistant(shown).similar_figures(Image.new("RGB", (40, 40)), k=k)


def test_what_is_no_photo_or_none_is_refused(shown):
    with pytest.raises(InputError, match="No photo"):
        Assistant(shown).similar_figures()
    with pytest.raises(PhotoError):
        Assistant(shown).similar_figures(b"%PDF-1.7 not a photo")


def test_without_a_model_or_figures_it_says_what_to_do(sample_folder, shown):
    picture = Image.effect_noise((60, 60), 50).convert("RGB")
    plain = Assistant(opened(sample_folder))
    with pytest.raises(ModelError, match="No image model") as raised:
        plain.similar_figures(picture)
    assert "CPGASSIST_MEDSIGLIP" in raised.value.next_step and "reindex" in raised.value.next_step
    model = Thumbnails()
    with pytest.raises(InputError, match=r"holds no figures.*cpgassist reindex"):
        Assistant(opened(sample_folder, model)).similar_figures(picture)
    assert model.embedded == 0
    with pytest.raises(EmbedderMismatchError, match=r"thumbnails \(1\).*thumbnails \(2\).*cpgassist reindex"):
        Assistant(opened(shown.settings.corpus, Thumbnails(revision="2"))).similar_figures(picture)
    with pytest.raises(InputError, match="switched off"):
        Assistant(opened(shown.settings.corpus, Thumbnails(), photo="off")).similar_figures(picture)


# ---- the note on the kind of picture


def described(folder, model, **settings):
    assistant = Assistant(opened(folder, model, photo="research", **settings))
    assistant._chat = ScriptedChat(SEEN)
    pictures = [Image.effect_noise((200, 160), sigma).convert("RGB") for sigma in (60, 80)]
    return assistant, pictures


def test_the_kind_of_picture_is_noted_before_the_description(sample_folder):
    model = Thumbnails()
    assistant, pictures = described(sample_folder, model)
    findings = assistant.describe(*pictures)
    assert not findings.refused and [item.text for item in findings.items] == ["rash"]
    assert findings.notes == tuple(
        f"Photo {n}: thumbnails takes it for: chest X-ray (score 0.75 of 1, not calibrated)." for n in (1, 2)
    )


def test_what_seems_no_medical_image_is_described_all_the_same(sample_folder):
    assistant, pictures = described(sample_folder, Thumbnails(medical=False, kinds=(("an everyday photo", 0.6),)))
    findings = assistant.describe(pictures[0])
    assert not findings.refused and findings.items
    assert [note for note in findings.notes if "does not take it for a medical image" in note]


def test_its_failure_is_told_and_costs_no_description(sample_folder):
    assistant, pictures = described(sample_folder, Thumbnails(fails=RuntimeError("boom")))
    findings = assistant.describe(pictures[0])
    assert findings.items and findings.notes == ("MedSigLIP could not look at the photo. It failed with RuntimeError.",)
    assistant, _ = described(sample_folder, None, medsiglip="nowhere")
    findings = assistant.describe(pictures[0])
    assert findings.items and "cannot be opened from nowhere" in findings.notes[0]


def test_it_is_not_asked_where_it_is_not_configured_or_the_picture_is_poor(sample_folder):
    assistant, pictures = described(sample_folder, None)
    assert assistant.describe(pictures[0]).notes == ()
    model = Thumbnails()
    assistant, _ = described(sample_folder, model)
    assert assistant.describe(Image.new("RGB", (200, 200))).refused and model.looked == 0


# ---- figures among passages, and their pictures


def chart(name, *at, kind="flowchart", **more):
    return passage(name, "Algorithm 1. Care", kind=kind, at=at, **more)


FRAME = Locator(3, "3", (Box(50, 60, 400, 600),))


def test_only_drawn_passages_are_figures_and_parts_of_one_are_one():
    line = Locator(3, "3", (Box(60, 70, 90, 80),))
    part = replace(FRAME, boxes=(*FRAME.boxes, *line.boxes))
    passages = [passage("t", "words"), chart("a", FRAME), chart("b", part), chart("c", line, kind="figure")]
    assert [(figure.passage, figure.at) for figure in figures_in(passages)] == [("guide:a", FRAME), ("guide:c", line)]


def test_a_title_on_the_page_before_is_not_the_picture():
    title = Locator(2, "2", (Box(50, 700, 300, 715),))
    [figure] = figures_in([chart("a", title, FRAME)])
    assert figure.at == FRAME


@given(st.tuples(*(st.floats(-50, 900, allow_nan=False),) * 4), st.integers(20, 300), st.integers(20, 300), st.just(72))
def test_a_crop_lies_on_the_page_and_is_never_empty(edges, width, height, dpi):
    left, right = sorted(edges[:2])
    top, bottom = sorted(edges[2:])
    page = Image.new("RGB", (width, height))
    cut = cropped(page, Locator(1, None, (Box(left, top, right, bottom),)), dpi)
    assert 0 < cut.width <= width and 0 < cut.height <= height


def test_a_crop_is_the_figure_with_a_little_page_around_it():
    page = Image.new("RGB", (300, 300), "white")
    page.paste("black", (100, 50, 200, 150))
    cut = cropped(page, Locator(1, None, (Box(100, 50, 200, 150),)), 72)
    assert cut.size == (109, 109) and cut.getpixel((0, 0)) == (255, 255, 255) and cut.getpixel((50, 50)) == (0, 0, 0)
    assert cropped(page, Locator(1), 72).size == page.size


def test_identities():
    one = EmbedderIdentity("a", "1", 8)
    assert same_model(None, None) and not same_model(one, None) and not same_model(None, one)
    assert same_model(one, replace(one, precision="bfloat16")) and not same_model(one, replace(one, revision="2"))
