"""Hits -> Answer: verbatim by construction, silent where nothing answers."""

from cpgassist.answering.abstention import DEFAULT_THRESHOLD, answerability, refusal
from cpgassist.answering.citations import Citing, cite

__all__ = ["DEFAULT_THRESHOLD", "Citing", "answerability", "cite", "refusal"]
