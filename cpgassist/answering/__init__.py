"""Hits -> Answer: verbatim by construction, silent where nothing answers."""

from cpgassist.answering.abstention import DEFAULT_THRESHOLD, answerability, refusal, silence_reason
from cpgassist.answering.citations import closest, find_cited, of_the_asked
from cpgassist.answering.composing import composed
from cpgassist.answering.injection import for_readers, withheld_from_readers
from cpgassist.answering.questions.followups import Turn, condensed
from cpgassist.answering.questions.intent import intent
from cpgassist.answering.questions.rewriting import is_faithful

__all__ = [
    "DEFAULT_THRESHOLD",
    "Turn",
    "answerability",
    "closest",
    "composed",
    "condensed",
    "find_cited",
    "for_readers",
    "intent",
    "is_faithful",
    "of_the_asked",
    "refusal",
    "silence_reason",
    "withheld_from_readers",
]
