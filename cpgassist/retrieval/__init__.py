"""Question -> ranked hits."""

from cpgassist.retrieval.ranking import Retriever

__all__ = ["Retriever"]
