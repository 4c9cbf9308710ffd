"""Whether quoted lines carry a sentence that a model wrote: quantities, names, denials, conditions, each where it belongs."""

from cpgassist.answering.support.checking import Problem, ProblemKind, unsupported

__all__ = ["Problem", "ProblemKind", "unsupported"]
