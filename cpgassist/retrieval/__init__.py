"""Question -> ranked hits."""

from cpgassist.retrieval.ranking import Retriever
from cpgassist.retrieval.reranking import Reranking

__all__ = ["Reranking", "Retriever"]
