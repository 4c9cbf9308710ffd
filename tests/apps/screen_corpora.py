"""The development corpus beside the repository, indexed, for tests that measure on it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cpgassist import Corpus

SHARED = Path(__file__).parents[3] / "shared"
GUIDELINES = SHARED / "guidelines"


@pytest.fixture(scope="session")
def development(tmp_path_factory) -> Corpus:
    """Its corpus; the index is the one that DEV_INDEX names, or made here, which takes minutes."""
    if not GUIDELINES.is_dir():
        pytest.skip(f"no development corpus: {GUIDELINES.name} is not beside this repository")
    named = os.environ.get("DEV_INDEX")
    corpus = Corpus(GUIDELINES, index=Path(named) if named else tmp_path_factory.mktemp("development"))
    if named is None:
        corpus.reindex()
    return corpus


def development_questions(number: int) -> list[str]:
    """So many of its questions, taken evenly over the whole list."""
    lines = (SHARED / "questions" / "dev.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    return [asked[at * len(asked) // number] for at in range(number)]
