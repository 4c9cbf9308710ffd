"""Hits -> Answer: verbatim by construction, silent where nothing answers."""

from cpgassist.answering.abstention import DEFAULT_THRESHOLD, answerability, refusal
from cpgassist.answering.citations import Citing, cite
from cpgassist.answering.followups import Turn, condensed
from cpgassist.answering.rewriting import is_faithful

__all__ = ["DEFAULT_THRESHOLD", "Citing", "Turn", "answerability", "cite", "condensed", "is_faithful", "refusal"]
