"""Question -> ranked hits."""

from cpgassist.retrieval.ranking import Retriever
from cpgassist.retrieval.reranking import NoScoresError, Reranking

__all__ = ["NoScoresError", "Reranking", "Retriever"]
