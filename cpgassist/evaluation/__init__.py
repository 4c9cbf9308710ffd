"""Evaluation: questions with known pages in, figures with intervals out.

>>> questions = read_questions("questions.jsonl")           # doctest: +SKIP
>>> evaluation = evaluate(assistant, questions, date="2026-11-24")  # doctest: +SKIP
>>> write_report(evaluation, "out/")                        # doctest: +SKIP
"""

from cpgassist.evaluation.comparison import Change, FigureChange, QuestionChange, compare, read_evaluation
from cpgassist.evaluation.metrics import FIGURES, Figure, Measure
from cpgassist.evaluation.questions import Gold, Question, check_groupable, parse_questions, read_questions
from cpgassist.evaluation.report import write_report
from cpgassist.evaluation.results import Cited, Evaluation, Provenance, Row, figures, risk_coverage
from cpgassist.evaluation.running import Answers, evaluate

__all__ = [
    "FIGURES",
    "Answers",
    "Change",
    "Cited",
    "Evaluation",
    "Figure",
    "FigureChange",
    "Gold",
    "Measure",
    "Provenance",
    "Question",
    "QuestionChange",
    "Row",
    "check_groupable",
    "compare",
    "evaluate",
    "figures",
    "parse_questions",
    "read_evaluation",
    "read_questions",
    "risk_coverage",
    "write_report",
]
