"""Figures as an image model sees them: sealed with the version, handed out, and gone where they are not handed in."""

from dataclasses import replace

import numpy as np
import pytest

from cpgassist.codec import from_json, to_json
from cpgassist.errors import IndexRefusedError
from cpgassist.index import IndexStore, Manifest
from tests.index.made import FIGURE_MODEL, figure_vectors, new_version, unit_vectors


@pytest.fixture
def store(tmp_path):
    return IndexStore(tmp_path / "index")


def equal(one, other):
    return (one.model, one.figures) == (other.model, other.figures) and np.array_equal(one.vectors, other.vectors)


@pytest.mark.parametrize("search", ["exact", "chroma"])
def test_what_is_handed_in_is_handed_out(store, search):
    new = new_version()
    store.build(new)
    opened = store.open(search)
    assert equal(opened.figures, new.figures) and equal(store.load().figures, new.figures)
    assert (store.manifest().figures, store.manifest().counts["figure_vectors"]) == (FIGURE_MODEL, 8)
    opened.close()


def test_a_version_without_them_has_no_file_of_them_even_after_one_that_had(store):
    with_them = store.build(new_version())
    without = store.build(new_version(figures=None))
    assert (store.folder / "versions" / with_them / "figures").is_dir()
    assert not (store.folder / "versions" / without / "figures").exists()
    opened = store.open("exact", full_check=True)
    assert (opened.figures, opened.warnings, store.verify()) == (None, (), [])
    assert store.manifest().figures is None and store.load().figures is None
    assert "figure_vectors" not in store.manifest().counts
    assert store.rollback() == with_them
    assert store.open("exact").figures is not None


def test_a_corpus_without_figures_has_none_and_is_no_damage(store):
    store.build(new_version(figures=figure_vectors(())))
    opened = store.open("exact")
    assert opened.figures.figures == () and opened.figures.vectors.shape == (0, FIGURE_MODEL.dimension)
    assert (opened.warnings, store.verify()) == ((), [])


GOOD = new_version().figures
BAD = {
    "do not fit": replace(GOOD, vectors=GOOD.vectors[:3]),
    "12 dimensions": replace(GOOD, vectors=unit_vectors(8, 5)),
    "not unit vectors": replace(GOOD, vectors=GOOD.vectors * 2),
    "float64": replace(GOOD, vectors=GOOD.vectors.astype(np.float64)),
    "not there: guide-9:x": replace(GOOD, figures=(replace(GOOD.figures[0], passage="guide-9:x"), *GOOD.figures[1:])),
    "several vectors": replace(GOOD, figures=(GOOD.figures[0], *GOOD.figures[:7])),
}


@pytest.mark.parametrize("words", BAD)
def test_what_does_not_fit_is_refused_and_the_old_version_serves(store, words):
    version = store.build(new_version())
    with pytest.raises(IndexRefusedError, match=words):
        store.build(new_version(figures=BAD[words]))
    assert store.current() == version and len(store.versions()) == 1


def test_a_version_sealed_before_there_were_figures_is_read(store):
    store.build(new_version(figures=None))
    body = to_json(Manifest, store.manifest())
    assert body.pop("figures") is None
    assert from_json(Manifest, body) == store.manifest()
