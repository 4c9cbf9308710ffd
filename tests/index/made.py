"""Small versions made for tests."""

from dataclasses import replace

import numpy as np

from cpgassist.index import Figure, FigureVectors, InputFile, NewVersion
from cpgassist.types import (
    Box,
    EmbedderIdentity,
    GuidelineInfo,
    GuidelineReport,
    LeftOut,
    Locator,
    Passage,
    Sentence,
    Table,
)

_WORDS = """
metformin insulin HbA1c eGFR dialysis statin aspirin ramipril amlodipine hypertension ulcer neuropathy foot
pregnancy screening retinopathy albuminuria diet exercise smoking referral emergency antibiotic cellulitis
"""
WORDS = _WORDS.split()
FIGURE_MODEL = EmbedderIdentity("made-up-images", "1", 12)
KINDS = ("text", "recommendation", "table")


def unit_vectors(count, dimension, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def guideline(number, **changes):
    info = GuidelineInfo(
        id=f"guide-{number}", title=f"Guide {number}", file=f"guide {number}.pdf", sha256=f"{number:064d}",
        publisher="Fictional Society", published=2010 + number, language="en", pages=9,
    )  # fmt: skip
    return replace(info, **changes)


def passage(number, guidelines=3, salt=""):
    words = [WORDS[(number * step + step) % len(WORDS)] for step in (1, 3, 5, 7)]
    text = f"Passage {number}{salt}: offer {' '.join(words)} at {number}.5 mg."
    kind = KINDS[number % len(KINDS)]
    return Passage(
        id=f"guide-{number % guidelines}:{number:06x}{salt}",
        text=text,
        kind=kind,
        guideline=f"guide-{number % guidelines}",
        heading_path=("Treatment", WORDS[number % len(WORDS)]),
        at=(Locator(1 + number % 9, str(number), (Box(1.5, 2.25, 300.0, 12.125),)),),
        sentences=(Sentence(text, 1 + number % 9),),
        grade="Grade A | II-1" if kind == "recommendation" else None,
        table=Table("Doses", (("Drug", "Dose"),), (("metformin", "500 mg"),)) if kind == "table" else None,
    )


def figure_vectors(passages, seed=0, model=FIGURE_MODEL):
    figures = tuple(Figure(passage.id, passage.at[0]) for passage in passages)
    return FigureVectors(model, figures, unit_vectors(len(figures), model.dimension, seed))


def new_version(count=40, dimension=16, seed=0, salt="", **changes):
    passages = tuple(passage(number, salt=salt) for number in range(count))
    infos = [guideline(number) for number in range(3)]
    new = NewVersion(
        passages=passages,
        vectors=unit_vectors(count, dimension, seed),
        embedder=EmbedderIdentity("made-up", "1", dimension),
        guidelines=tuple(GuidelineReport(info, count // 3, 1, 1, (2,), ("a note",)) for info in infos),
        inputs={info.file: InputFile(info.sha256, 1000, info.id) for info in infos},
        splitting_version="s1",
        excluded=(replace(passage(count), kind="toc", id="guide-0:toc"),),
        skipped=(LeftOut("broken.pdf", "it is not a PDF"),),
        figures=figure_vectors(passages[::5], seed),
    )
    return replace(new, **changes)
