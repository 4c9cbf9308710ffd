"""Hits -> Answer: verbatim by construction, silent where nothing answers."""

from cpgassist.answering.abstention import DEFAULT_THRESHOLD, answerability, refusal, silence_reason
from cpgassist.answering.beside import beside
from cpgassist.answering.citations import Citing, cite, of_the_asked
from cpgassist.answering.followups import Turn, condensed
from cpgassist.answering.injection import for_readers
from cpgassist.answering.intent import intent
from cpgassist.answering.rewriting import is_faithful
from cpgassist.answering.summary import bottom_line, counted_numbers

__all__ = [
    "DEFAULT_THRESHOLD",
    "Citing",
    "Turn",
    "answerability",
    "beside",
    "bottom_line",
    "cite",
    "condensed",
    "counted_numbers",
    "for_readers",
    "intent",
    "is_faithful",
    "of_the_asked",
    "refusal",
    "silence_reason",
]
