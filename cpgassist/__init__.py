"""Ask clinical practice guidelines: quoted, cited, checked answers from your own PDFs.

from cpgassist import Assistant, Corpus

corpus = Corpus("corpora/sample")
corpus.reindex()
print(Assistant(corpus).ask("What is the adult dose of zelmorin?"))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant as Assistant
    from cpgassist.conversation import Conversation as Conversation
    from cpgassist.corpus import Corpus as Corpus
    from cpgassist.errors import CpgassistError as CpgassistError
    from cpgassist.settings import Settings as Settings
    from cpgassist.types import Answer as Answer
    from cpgassist.types import Citation as Citation
    from cpgassist.types import FigureHit as FigureHit
    from cpgassist.types import Finding as Finding
    from cpgassist.types import Findings as Findings
    from cpgassist.types import GuidelineInfo as GuidelineInfo
    from cpgassist.types import Hit as Hit
    from cpgassist.types import Passage as Passage
    from cpgassist.types import Report as Report
    from cpgassist.types import Search as Search
    from cpgassist.types import Statement as Statement
    from cpgassist.types import Where as Where

__version__ = "0.1.0"

# Loaded on first touch (PEP 562): `import cpgassist` must stay cheap for command lines and servers.
_HOMES = {
    "Answer": "types",
    "Assistant": "assistant",
    "Citation": "types",
    "Conversation": "conversation",
    "Corpus": "corpus",
    "CpgassistError": "errors",
    "FigureHit": "types",
    "Finding": "types",
    "Findings": "types",
    "GuidelineInfo": "types",
    "Hit": "types",
    "Passage": "types",
    "Report": "types",
    "Search": "types",
    "Settings": "settings",
    "Statement": "types",
    "Where": "types",
}

__all__ = [*sorted(_HOMES), "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"cpgassist.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'cpgassist' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
