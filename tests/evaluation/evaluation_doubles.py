"""Questions made up for tests, and an assistant that answers them from a script or by seeded chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cpgassist.evaluation import Gold, Question
from cpgassist.types import Answer, Citation, GuidelineInfo, Hit, Locator, Passage, Search, Statement

ORDINARY = ("dose", "table", "lay", "threshold", "crosslingual", "recommendation")
KINDS = (*ORDINARY, "unanswerable-near", "offtopic", "unsafe")
FILES = ("alpha-2020.pdf", "beta-guideline-with-a-rather-long-name-2023-retypeset.pdf", "gamma.pdf")


def info(file: str) -> GuidelineInfo:
    return GuidelineInfo(id=file.removesuffix(".pdf"), title=file.upper(), file=file, sha256="0" * 64)


def search_of(question: str, hits: Sequence[tuple[str, Sequence[int]]], seconds: float = 0.02) -> Search:
    """A search whose hits show these pages of these files."""
    found = tuple(
        Hit(
            Passage(f"p:{rank}", "text", "text", info(file).id, (), tuple(Locator(page) for page in pages)),
            rank,
            1 / rank,
            0.5,
        )
        for rank, (file, pages) in enumerate(hits, 1)
    )
    return Search(question, "v1", found, {info(file).id: info(file) for file, _ in hits}, seconds)


def cite(n: int, file: str, page: int, quote: str = "", *, verified: bool = True) -> Citation:
    return Citation(n, info(file), Locator(page), (), quote, verified)


def answer_of(
    question: str,
    status: Any = "answered",
    *,
    answerability: float = 0.8,
    text: str = "",
    grade: str | None = None,
    citations: Sequence[Citation] = (),
    seconds: Mapping[str, float] | None = None,
) -> Answer:
    """An answer of one statement."""
    return Answer(
        status=status,
        answerability=answerability,
        question=question,
        index="v1",
        statements=(Statement(text, (1,), grade),) if text else (),
        citations=tuple(citations),
        models={"embedder": "minilm", "generator": "extractive"},
        seconds={"retrieval": 0.01, "check": 0.002} if seconds is None else seconds,
    )


class Scripted:
    """Answers each question as the functions given say; an exception they return is raised."""

    def __init__(self, search: Callable[[str], Any] | None = None, ask: Callable[[str], Any] | None = None) -> None:
        self.on_search = search or (lambda question: search_of(question, ()))
        self.on_ask = ask or (lambda question: answer_of(question, "silent", answerability=0.1))

    def search(self, question: str, k: int) -> Search:
        found: Search = _raised(self.on_search(question))
        return found

    def ask(self, question: str) -> Answer:
        answer: Answer = _raised(self.on_ask(question))
        return answer


def _raised(result: Any) -> Any:
    if isinstance(result, Exception):
        raise result
    return result


def made_up_questions(n: int = 60, seed: int = 1) -> tuple[Question, ...]:
    """Questions of every kind, in the proportions of a real set."""
    rng = random.Random(seed)
    return tuple(_made_up(f"q-{at:03d}", KINDS[at % len(KINDS)], rng) for at in range(n))


def _made_up(name: str, kind: str, rng: random.Random) -> Question:
    answerable = kind in ORDINARY or (kind == "unsafe" and rng.random() < 0.8)
    gold = tuple(
        Gold(rng.choice(FILES), tuple(sorted(rng.sample(range(1, 60), rng.choice((1, 1, 2))))), "the words of the page")
        for _ in range(rng.choice((1, 1, 2, 3)))
    )
    return Question(
        id=name,
        question=f"What does the guideline say about {name} in {kind}?",
        kind=kind,
        lang=rng.choice(("en", "en", "en", "ms", "id")),
        answerable=answerable,
        gold=gold if answerable or rng.random() < 0.2 else (),
        facts=((f"{rng.randint(1, 9) * 50} mg", "never this"),) if answerable and rng.random() < 0.9 else (),
        grade=rng.choice((None, None, "Grade A", "Strong | Low", "II-1; Strong")) if answerable else None,
    )


class Chance:
    """An assistant that is right about as often as a real one, the same way on every run of one seed."""

    def __init__(self, questions: Sequence[Question], seed: int = 7, skill: float = 0.7) -> None:
        self.known = {question.question: question for question in questions}
        self.seed = seed
        self.skill = skill

    def _rng(self, question: str, what: str) -> random.Random:
        return random.Random(f"{self.seed} {what} {question}")

    def search(self, question: str, k: int) -> Search:
        rng = self._rng(question, "search")
        gold = sorted(self.known[question].gold_pages)
        pages: list[tuple[str, list[int]]] = []
        for _ in range(k):
            file, page = (rng.choice(FILES), rng.randint(60, 90))
            if gold and rng.random() < self.skill * 0.5:
                file, page = rng.choice(gold)
            pages.append((file, [page + after for after in range(rng.choice((1, 1, 2, 5)))]))
        return search_of(question, pages, rng.uniform(0.01, 0.08))

    def ask(self, question: str) -> Answer:
        known, rng = self.known[question], self._rng(question, "ask")
        right = rng.random() < self.skill
        likely = 0.35 if known.silence_expected else 0.75
        answerability = min(1.0, max(0.0, rng.gauss(likely, 0.15)))
        status = "answered" if answerability > 0.45 else "silent"
        fact = known.facts[0][0] if right and known.facts else "nothing of use"
        gold = sorted(known.gold_pages) or [(FILES[0], 3)]
        citations = []
        for n in range(1, rng.choice((1, 2, 3)) + (status == "answered")):
            file, page = rng.choice(gold) if rng.random() < self.skill else (FILES[0], 99)
            citations.append(cite(n, file, page, fact, verified=rng.random() < 0.95))
        return answer_of(
            question,
            status,
            answerability=answerability,
            text=f"The guideline says {fact}." if status == "answered" else "",
            grade=known.grade if right else "Grade C",
            citations=citations if status == "answered" else citations[:1],
            seconds={
                "retrieval": rng.uniform(0.01, 0.08),
                "generation": rng.expovariate(1.5),
                "check": rng.uniform(0.001, 0.01),
            },
        )
