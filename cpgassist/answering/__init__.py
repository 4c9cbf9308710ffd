"""Hits -> Answer: verbatim by construction, silent where nothing answers."""

from cpgassist.answering.abstention import answerability, refusal
from cpgassist.answering.citations import Citing, cite

__all__ = ["Citing", "answerability", "cite", "refusal"]
