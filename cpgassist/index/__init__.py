"""The index: sealed versions of passages, vectors and words, behind one pointer."""

from cpgassist.index.figures import Figure, FigureVectors
from cpgassist.index.lexical import tokenize
from cpgassist.index.manifest import Contents, InputFile, Manifest, NewVersion
from cpgassist.index.opened import ChromaIndex, ExactIndex
from cpgassist.index.versions import IndexStore

__all__ = [
    "ChromaIndex",
    "Contents",
    "ExactIndex",
    "Figure",
    "FigureVectors",
    "IndexStore",
    "InputFile",
    "Manifest",
    "NewVersion",
    "tokenize",
]
