from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from cpgassist.reading import read_guideline
from cpgassist.types import Block, Guideline
from tests.reading.pdfs import Sheet, drawn

SAMPLE = Path(__file__).parents[2] / "corpora" / "sample"


@pytest.fixture(scope="module", autouse=True)
def quick_readers() -> None:
    """Reading itself is tested in the processes that it starts."""


@cache
def sample_guideline(name: str) -> Guideline:
    return read_guideline(SAMPLE / f"sample-{name}.pdf")


@pytest.fixture(scope="session")
def harbour() -> Guideline:
    return sample_guideline("harbour-fever-2023")


@pytest.fixture(scope="session")
def moss() -> Guideline:
    return sample_guideline("moss-lung-2022")


@pytest.fixture(scope="session")
def gatal() -> Guideline:
    return sample_guideline("gatal-bakau-2022")


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Guideline]:
    """Draws a trap and reads it."""

    def reading(draw: Callable[[Sheet], None], name: str = "") -> Guideline:
        return read_guideline(drawn(tmp_path, draw, name))

    return reading


@pytest.fixture
def blocks(read) -> Callable[..., list[Block]]:
    """Draws a trap and gives its blocks in reading order, running heads left out."""

    def reading(draw: Callable[[Sheet], None]) -> list[Block]:
        return [b for s in read(draw).sections for b in s.blocks if b.kind != "running_head"]

    return reading
