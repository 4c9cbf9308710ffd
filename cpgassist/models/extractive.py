"""The model that writes nothing: it picks the guideline's own sentences. The default; needs no GPU and no download."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice

from cpgassist.leads import headers, is_header, lead_ins, naming_rows, same_saying
from cpgassist.protocols import LineReader
from cpgassist.quantities.readings import fit, readings
from cpgassist.types import Hit, Passage, Sentence

Weights = Callable[[str], Mapping[str, float]]
"""The search tokens of a text with their inverse document frequency, as `PassageIndex.weights` gives them."""

# (what the question asks for, what a sentence that answers it prints). English, Malay/Indonesian and Chinese cues.
CUES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(
            r"\b(?:dose|dosage|how (?:much|many|long|often)|mg|berapa|dosis|dos|cut-?off|threshold|below|above"
            r"|target|maximum|minimum|percent|rate|days?|weeks?|months?|hours?|age|score)\b|%|多少|几",
            re.IGNORECASE,
        ),
        re.compile(r"\d"),
    ),
    (
        re.compile(
            r"\b(?:contraindicat\w*|avoid|safe|problem|allowed|boleh|kontraindikasi|why not|can (?:i|he|she|we))\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"\b(?:contraindicat\w*|avoid\w*|not|should not|must not|caution|kontraindikasi\w*|tidak|jangan)\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(
            r"\b(?:should|recommend\w*|first[- ]line|which|what (?:instead|next)|need\w*|disyorkan)\b", re.IGNORECASE
        ),
        re.compile(
            r"\b(?:recommend\w*|suggest\w*|should|may be|is indicated|direkomendasikan|disyorkan|dianjurkan)\b",
            re.IGNORECASE,
        ),
    ),
)
_QUANTITY = re.compile(
    r"\d[\d.,]*\s?(?:%|mg|mcg|[µμ]g|g\b|kg|ml|l\b|mmol|mmhg|iu|units?|minutes?|hours?|days?|weeks?|months?|years?"
    r"|menit|jam|hari|minggu|bulan|tahun)",
    re.IGNORECASE,
)
_ASKS_GRADE = re.compile(
    r"\b(?:how (?:strong|good|certain|sure)|strength|strong|grade[ds]?|certainty|quality of (?:the )?evidence"
    r"|levels? of evidence|gred|derajat|kekuatan|tahap bukti|tingkat bukti)\b|证据|推荐强度",
    re.IGNORECASE,
)

# Chosen by a ranking model on the development questions, each guideline's lines scored by weights of the others
# (docs/evaluation.md). A difference of 1 is odds of e to 1 that the better line answers.
_SCORE, _LINE, _PLACE, _CUE, _AMOUNT = 5.0, 3.5, 3.8, 1.4, 0.9
"""The passage's rank score; words shared with the line and its lead-in; with its headings and title too; what is asked
for; a quantity where one is asked for."""
_GRADED, _GRADE_ASKED, _RECOMMENDED = 0.5, 2.0, 0.35
_SHORT, _OTHERS = -1.3, -1.1
"""For lines of fewer than six words; for other bodies' words."""
_RANGE, _OTHER_NAME = 3.0, -6.0
"""For a line printed for the range that holds a reading of the question, taken off for another range; for a row under
another name than the one of its table that the question has. Set by hand: the development questions hardly need them."""
_READ, _READ_LINES = 0.4, 20
"""For the log-odds of a reranker that reads the line with the question, and how many lines it reads: the best ones, of which
an answer is then made."""
_AS_GOOD, _ELSEWHERE, _ELSEWHERE_READ = 5.0, 1.5, 2.0
"""How far a line may score below the best one to be shown: on the best one's page, on another, and there once it was read:
the log-odds spread the scores."""
WORDS, WORDS_READ = 100, 120
"""Words of an answer's lines, unless the first line alone has more; more where each was read, for more of them answer."""


@dataclass(frozen=True, slots=True)
class _Line:
    hit: Hit
    sentence: Sentence
    score: float


class Extractive:
    """Picks sentences by the words they share with the question, their passage's score and what is asked for."""

    name = "extractive"

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def pick(
        self,
        question: str,
        hits: Sequence[Hit],
        limit: int,
        fits: Callable[[Hit, Sentence], bool] = lambda hit, sentence: True,
        read: LineReader | None = None,
    ) -> list[tuple[Hit, Sentence, float]]:
        """At most `limit` sentences of the hits that say different things, best first, with a score from 0 to 1.

        The same statement in another place of its guideline comes with it and does not count. Only lines that `fits`
        approves are picked, so that none takes the place of another and is then withheld. The best lines are ordered
        anew by what `read` makes of them, where it is given; what it raises is raised.
        """
        lines = sorted(self._lines(question, hits), key=_best_first)
        # One by one: whether a line fits takes longer than its score, and the first few are all that is looked at.
        fitting = (line for line in lines if fits(line.hit, line.sentence))
        if read is None:
            chosen = _chosen(fitting, limit, _ELSEWHERE, WORDS)
        else:
            chosen = _chosen(_read(list(islice(fitting, _READ_LINES)), read), limit, _ELSEWHERE_READ, WORDS_READ)
        return [(line.hit, line.sentence, math.exp(line.score - chosen[0].score)) for line in chosen]

    def _lines(self, question: str, hits: Sequence[Hit]) -> Iterator[_Line]:
        asked = self._weights(question)
        total = sum(asked.values()) or 1.0
        best = max((hit.score for hit in hits), default=0.0) or 1.0
        asks_grade = bool(_ASKS_GRADE.search(question))
        told = readings(question)
        names = set(asked) & {name for hit in hits for row in naming_rows(hit.passage) for name in self._weights(row)}
        for hit in hits:
            passage = hit.passage
            place = set(self._weights(" ".join(passage.heading_path)))
            own_grade = bool(passage.grade) and not passage.quotes
            base = _SCORE * hit.score / best
            base += _RECOMMENDED * (passage.kind == "recommendation") + _OTHERS * bool(passage.quotes)
            base += own_grade * (_GRADE_ASKED if asks_grade else _GRADED)
            for sentence in passage.sentences:
                if is_header(passage, sentence):
                    continue
                above = _above(passage, sentence)
                caption = passage.table.caption if passage.table else ""
                held = set(self._weights(" ".join((sentence.text, *above, caption))))
                score = base + _LINE * _share(asked, held, total) + _PLACE * _share(asked, held | place, total)
                score += _wanted(question, sentence.text) + _SHORT * (len(sentence.text.split()) < 6)
                score += _RANGE * fit(told, " | ".join((*above, sentence.text)))
                if names and len(above) > 1 and not names & held:
                    score += _OTHER_NAME
                yield _Line(hit, sentence, score)


def _read(lines: Sequence[_Line], read: LineReader) -> list[_Line]:
    """The lines with what their reader makes of them, best first."""
    odds = read([(line.hit, _in_place(line)) for line in lines])
    scored = (replace(line, score=line.score + _READ * one) for line, one in zip(lines, odds, strict=True))
    return sorted(scored, key=_best_first)


def _in_place(line: _Line) -> str:
    """A line as it is understood on its own: under its last headings, behind its lead-in or under its table's header."""
    passage = line.hit.passage
    return " ".join((" > ".join(passage.heading_path[-2:]) + ":", *_above(passage, line.sentence), line.sentence.text))


def _above(passage: Passage, sentence: Sentence) -> list[str]:
    return [one.text for one in (*lead_ins(passage, sentence), *headers(passage, sentence))]


def _best_first(line: _Line) -> float:
    return -line.score


def _share(asked: Mapping[str, float], held: Set[str], total: float) -> float:
    """The share of the question's weight that stands in a text."""
    return sum(weight for token, weight in asked.items() if token in held) / total


def _wanted(question: str, line: str) -> float:
    """What a line is worth for the kind of question: a number for "how much", a prohibition for "may I"."""
    answers = [answer for cue, answer in CUES if cue.search(question)]
    met = sum(bool(answer.search(line)) for answer in answers) / len(answers) if answers else 0.0
    amount = bool(CUES[0][0].search(question) and _QUANTITY.search(line))
    return _CUE * met + _AMOUNT * amount


def _chosen(lines: Iterable[_Line], limit: int, elsewhere: float, most: int) -> list[_Line]:
    """The lines to show, of those sorted best first: at most so many words, not as far below the best on other pages."""
    chosen: list[_Line] = []
    said = words = 0
    for line in lines:
        behind = chosen[0].score - line.score if chosen else 0.0
        if behind > _AS_GOOD:
            break
        known = _is_said(line, chosen)
        if known is None or (behind > elsewhere and _page(line) != _page(chosen[0])):
            continue
        length = len(line.sentence.text.split())
        if not known and (said == limit or (chosen and words + length > most)):
            continue
        chosen.append(line)
        if not known:
            said, words = said + 1, words + length
    return chosen


def _is_said(line: _Line, chosen: Sequence[_Line]) -> bool | None:
    """Whether a chosen line of the same guideline says the same; None for the very same words, or a third place."""
    if any(_folded(one.sentence.text) == _folded(line.sentence.text) for one in chosen):
        return None
    same = [
        one
        for one in chosen
        if one.hit.passage.guideline == line.hit.passage.guideline
        and same_saying(one.sentence.text, line.sentence.text)
    ]
    return None if len(same) > 1 else bool(same)


def _page(line: _Line) -> tuple[str, int]:
    return line.hit.passage.guideline, line.sentence.page


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
