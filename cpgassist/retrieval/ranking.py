"""Dense and lexical search, fused.

Min-max weighting with the embedder's share at about 0.55 did better than reciprocal rank fusion on three medical
sets; the few weights here are given with the figures that chose them in docs/evaluation.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cpgassist.protocols import Embedder, PassageIndex
from cpgassist.retrieval.priors import OWN_LANGUAGE, prior
from cpgassist.retrieval.vocabulary import Form, Vocabulary, spoken_language
from cpgassist.types import EVERYWHERE, Hit, Where

CANDIDATES = 100
"""Passages taken from each search before fusing."""
AROUND = 5
"""First hits whose whole pages are looked at for an answer."""
SAME_PAGE = 0.2
"""Taken off for each better passage of the same page: the first hits show different pages."""


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a question, and the form of the question that the best one was found with."""

    hits: tuple[Hit, ...]
    form: Form
    around: tuple[Hit, ...] = ()
    """All passages of the pages that the first hits stand on, best first: an answer may stand beside what was found."""
    named: tuple[str, ...] = ()
    """The particular words of the question, as the passages spell them: drugs, diseases, procedures."""


class Retriever:
    """Searches one opened index.

    Guidelines of each language are searched with the question in that language's form, so that the passages of all
    compete on equal terms.
    """

    def __init__(self, index: PassageIndex, embedder: Embedder, dense_weight: float = 0.5) -> None:
        self._index = index
        self._embedder = embedder
        self._weight = dense_weight
        self._special = embedder.count_tokens([""])[0]
        languages = [index.guidelines[passage.guideline].language for passage in index.passages]
        texts = [passage.text for passage in index.passages]
        self._vocabulary = Vocabulary(texts, self._pieces, languages=languages)
        self._forms = [_form_language(language) for language in languages]
        """The language of each passage, as questions are put into it."""
        self._priors: dict[int, float] = {}
        self._on_page: dict[tuple[str, int], list[int]] = defaultdict(list)
        for at, passage in enumerate(index.passages):
            for page in passage.pages:
                self._on_page[passage.guideline, page].append(at)
        self._languages: dict[str | None, tuple[str | None, ...]] = {}
        """The languages of the guidelines by the form that questions take for them."""
        for language in dict.fromkeys(info.language for info in index.guidelines.values()):
            form = _form_language(language)
            self._languages[form] = (*self._languages.get(form, ()), language)

    def search(self, question: str, k: int = 10, where: Where = EVERYWHERE) -> Found:
        """The k best passages, repeats of one text left out."""
        near: dict[int, float] = {}
        worded: dict[int, float] = {}
        forms = {language: self._vocabulary.form(question, language) for language in self._languages}
        if len({form.lexical for form in forms.values()}) == 1:
            language, form = next(iter(forms.items()), (None, Form(question, (), (), ())))
            self._gather(form, language, where, near, worded)
        else:
            for language, form in forms.items():
                self._gather(form, language, self._narrowed(where, self._languages[language]), near, worded)
        fused = self._fused(near, worded, spoken_language(question))
        hits = self._distinct(sorted(((score, at) for at, score in fused.items()), key=_best_first), near, k)
        best = _form_language(self._index.guidelines[hits[0].passage.guideline].language) if hits else None
        form = forms[best] if hits else Form(question, (), (), ())
        named = self._named(form, best)
        return Found(hits, form, self._around(hits, fused, near, where), tuple(named))

    def _fused(self, near: Mapping[int, float], worded: Mapping[int, float], own: str) -> dict[int, float]:
        """The score of each candidate for a question in the language `own`."""
        positions = sorted(near)
        dense = _spread([near[at] for at in positions])
        lexical = _spread([worded.get(at, 0.0) for at in positions])
        return {
            at: self._weight * d + (1 - self._weight) * b + self._prior(at) + OWN_LANGUAGE * (self._forms[at] == own)
            for at, d, b in zip(positions, dense, lexical, strict=True)
        }

    def _around(
        self, hits: Sequence[Hit], fused: Mapping[int, float], near: Mapping[int, float], where: Where
    ) -> tuple[Hit, ...]:
        """The passages on the pages of the first hits; one that neither search found scores as the worst that was."""
        pages = dict.fromkeys((hit.passage.guideline, page) for hit in hits[:AROUND] for page in hit.passage.pages[:2])
        found = dict.fromkeys(at for page in pages for at in self._on_page[page])
        infos, passages = self._index.guidelines, self._index.passages
        allowed = [at for at in found if where.allows(passages[at], infos[passages[at].guideline])]
        least = min(fused.values(), default=0.0)
        scored = sorted(((fused.get(at, least), at) for at in allowed), key=_best_first)
        return tuple(Hit(passages[at], rank, score, near.get(at, 0.0)) for rank, (score, at) in enumerate(scored, 1))

    def _named(self, form: Form, language: str | None) -> list[str]:
        """The question's particular words: as the guidelines' language names them, and those that no language changes."""
        if spoken_language(form.question) == "en":
            return self._vocabulary.named(form.question)
        named = self._vocabulary.named(" ".join(form.usual)) if language == "en" else []
        return list(dict.fromkeys((*named, *self._vocabulary.untranslated(form.question))))

    def _words(self, form: Form, language: str | None) -> str:
        """The words to look up, particular ones twice: in a long question, others would outweigh the drug it names."""
        return " ".join((form.lexical, *self._named(form, language)))

    def _pieces(self, words: Sequence[str]) -> list[int]:
        return [count - self._special for count in self._embedder.count_tokens(words)]

    def _gather(
        self, form: Form, language: str | None, where: Where | None, near: dict[int, float], worded: dict[int, float]
    ) -> None:
        """Candidates of both searches for one form; BM25 scores as shares of the form's weight, so that forms compare."""
        if where is None:
            return
        vector = self._embedder.embed([form.dense])[0]
        found = dict(self._index.nearest(vector, CANDIDATES, where))
        total = sum(self._index.weights(form.lexical).values()) or 1.0
        words = self._words(form, language)
        matches = [(at, score / total) for at, score in self._index.lexical(words, CANDIDATES, where)]
        missing = [at for at, _ in matches if at not in found]
        if missing:
            found |= dict(zip(missing, self._index.similarity(vector, missing), strict=True))
        near |= found
        worded.update(matches)

    def _narrowed(self, where: Where, languages: Sequence[str | None]) -> Where | None:
        """The filter with guidelines in these languages only; None when it leaves none of them."""
        kept = tuple(one for one in languages if not where.languages or one in where.languages)
        narrowed = replace(where, languages=kept)
        return narrowed if kept and any(map(narrowed.covers, self._index.guidelines.values())) else None

    def _prior(self, at: int) -> float:
        if at not in self._priors:
            self._priors[at] = prior(self._index.passages[at])
        return self._priors[at]

    def _distinct(self, scored: Sequence[tuple[float, int]], near: Mapping[int, float], k: int) -> tuple[Hit, ...]:
        """The k best once repeats of a text are gone and pages take turns."""
        seen: set[tuple[str, str | None]] = set()
        on_page: Counter[tuple[str, int]] = Counter()
        turned = []
        for score, at in scored:
            passage = self._index.passages[at]
            wording = (" ".join(passage.text.split()).casefold(), passage.grade)
            if wording in seen:
                continue
            seen.add(wording)
            page = (passage.guideline, passage.page)
            turned.append((score - SAME_PAGE * on_page[page], at))
            on_page[page] += 1
        turned.sort(key=_best_first)
        return tuple(
            Hit(self._index.passages[at], rank, score, near[at]) for rank, (score, at) in enumerate(turned[:k], 1)
        )


def _best_first(pair: tuple[float, int]) -> tuple[float, int]:
    return -pair[0], pair[1]


def _form_language(language: str | None) -> str | None:
    """The language of the glossary that serves guidelines in this one: Malay's serves Indonesian."""
    return "ms" if language == "id" else language


def _spread(scores: Sequence[float]) -> list[float]:
    """Scores mapped to 0..1 by their least and greatest; all 0 when they are equal."""
    if not scores:
        return []
    least, most = min(scores), max(scores)
    return [(score - least) / (most - least) if most > least else 0.0 for score in scores]
