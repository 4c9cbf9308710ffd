"""Dense and lexical search, fused.

Min-max weighting with the embedder's share at about 0.55 did better than reciprocal rank fusion on three medical
sets; the few weights here are given with the figures that chose them in docs/evaluation.md.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cpgassist.protocols import Embedder, LineReader, PassageIndex, QuestionEmbedder
from cpgassist.retrieval.concepts import Concept
from cpgassist.retrieval.priors import OWN_LANGUAGE, prior
from cpgassist.retrieval.reranking import NoScoresError, Reranking, spread
from cpgassist.retrieval.vocabulary import Form, Vocabulary, spoken_language
from cpgassist.types import EVERYWHERE, Hit, Where

if TYPE_CHECKING:
    from cpgassist.protocols import Vectors

CANDIDATES = 100
"""Passages taken from each search before fusing."""
AROUND = 5
"""First hits whose whole pages are looked at for an answer."""
TOPIC = 0.5
"""Share of the weight of the weightiest concept from which another makes a passage one on the question's topic."""
_CODE = re.compile(r"\b(?=\w*[A-Z])(?=\w*(?:[A-Z]\w*[A-Z]|\d))\w+\b")
"""A word of capitals, or of letters and digits."""
SAME_PAGE = 0.2
"""Taken off for each better passage of the same page: the first hits show different pages."""


@dataclass(frozen=True, slots=True)
class _Pool:
    """All that a search scored: what its hits are taken from, and can be again once other scores are known."""

    k: int
    where: Where
    forms: Mapping[str | None, Form]
    near: Mapping[int, float]
    """Cosines by position."""
    fused: Mapping[int, float]
    concepts: tuple[Concept, ...]
    """What the question names."""
    turned: tuple[tuple[float, int], ...]
    """Scores and positions, best first: repeats left out, pages taking turns."""


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a question, and the form of the question that the best one was found with."""

    hits: tuple[Hit, ...]
    form: Form
    around: tuple[Hit, ...] = ()
    """All passages of the pages that the first hits stand on, best first: an answer may stand beside what was found."""
    named: tuple[str, ...] = ()
    """The particular words of the question, as the passages spell them: drugs, diseases, procedures."""
    strange: tuple[str, ...] = ()
    """The question's words for clinical concepts that the first hits print under no name, nor their titles."""
    strangeness: float = 0.0
    """Their share of all concepts that the question names, the rarer the heavier."""
    nowhere: tuple[str, ...] = ()
    """Those of them that no guideline searched prints anywhere."""
    unknown: bool = False
    """Whether the question is in another language than English and names nothing that glossary or passages know: its
    nearness to passages then tells that they are of its language, not that they are on its subject."""
    reranker: str = ""
    """The name of the reranker that had a say in the order; "" where none had."""
    warnings: tuple[str, ...] = ()
    """That the reranker failed, and why."""
    pool: _Pool | None = field(default=None, repr=False, compare=False)


class Retriever:
    """Searches one opened index.

    Guidelines of each language are searched with the question in that language's form, so that the passages of all
    compete on equal terms.
    """

    def __init__(
        self,
        index: PassageIndex,
        embedder: Embedder,
        dense_weight: float = 0.5,
        reranking: Reranking | None = None,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._weight = dense_weight
        self._reranking = reranking
        # One letter is one token everywhere; of an empty text, the end of a prefix may be none.
        self._special = embedder.count_tokens(["a"])[0] - 1
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
        printed: dict[str, list[str]] = defaultdict(list)
        for passage in index.passages:
            printed[passage.guideline].append(passage.embedded_text())
        self._printed = {
            name: "\n".join((index.guidelines[name].title, *texts)).lower() for name, texts in printed.items()
        }
        """All that each guideline prints, in lower case."""
        self._languages: dict[str | None, tuple[str | None, ...]] = {}
        """The languages of the guidelines by the form that questions take for them."""
        for language in dict.fromkeys(info.language for info in index.guidelines.values()):
            form = _form_language(language)
            self._languages[form] = (*self._languages.get(form, ()), language)

    def search(self, question: str, k: int = 10, where: Where = EVERYWHERE) -> Found:
        """The k best passages by both searches, repeats of one text left out.

        No reranker is asked: whether a question can be answered is judged by what the searches find, as it was
        calibrated.
        """
        forms = {language: self._vocabulary.form(question, language) for language in self._languages}
        concepts = self._vocabulary.concepts(question)
        if not concepts:
            # what was translated are words that only ask: any passage of that language is near to them
            forms = {language: replace(form, terms=()) for language, form in forms.items()}
        near, worded = self._searched(forms, where)
        fused = self._fused(near, worded, spoken_language(question))
        best_first = sorted(((score, at) for at, score in fused.items()), key=_best_first)
        turned = self._turned(best_first)
        return self._found(question, _Pool(k, where, forms, near, fused, concepts, turned))

    def reranked(self, found: Found) -> Found:
        """What was found, its first candidates in the order that the reranker gives; as it is where there is none.

        Each passage is read with the words that were embedded for its language: the question with its abbreviations
        written out, or the terms for it in that language, so that a reranker of one language reads its own. All else
        keeps its order behind the candidates. When the reranker fails, the order stays and a warning says so.
        """
        pool, reranking = found.pool, self._reranking
        if pool is None or reranking is None or not pool.turned:
            return found
        candidates, rest = pool.turned[: reranking.candidates], pool.turned[reranking.candidates :]
        asked = [pool.forms[self._forms[at]].dense for _, at in candidates]
        texts = [self._index.passages[at].embedded_text() for _, at in candidates]
        before = [score for score, _ in candidates]
        name = reranking.model.name
        try:
            after = reranking.blended(asked, texts, before)
        except NoScoresError as error:
            told = f"The reranker {name} failed: the passages stand in the order of the search alone. {error}"
            return replace(found, warnings=(*found.warnings, told))
        order = sorted(range(len(candidates)), key=lambda row: -after[row])
        turned = (*((after[row], candidates[row][1]) for row in order), *rest)
        # What stands around the hits is ordered by scores without turns: they move by as much.
        moved = {at: pool.fused[at] + new - old for (old, at), new in zip(candidates, after, strict=True)}
        again = replace(pool, fused={**pool.fused, **moved}, turned=turned)
        return replace(self._found(found.form.question, again), reranker=name)

    def line_reader(self, found: Found) -> LineReader | None:
        """What reads single lines of these passages as `reranked` read the passages; None where nothing did."""
        pool, reranking = found.pool, self._reranking
        if pool is None or reranking is None or not found.reranker:
            return None

        def read(lines: Sequence[tuple[Hit, str]]) -> list[float]:
            languages = [self._index.guidelines[hit.passage.guideline].language for hit, _ in lines]
            asked = [pool.forms[_form_language(language)].dense for language in languages]
            return reranking.odds(asked, [text for _, text in lines])

        return read

    def _found(self, question: str, pool: _Pool) -> Found:
        passages = self._index.passages
        hits = tuple(
            Hit(passages[at], rank, score, pool.near[at]) for rank, (score, at) in enumerate(pool.turned[: pool.k], 1)
        )
        best = _form_language(self._index.guidelines[hits[0].passage.guideline].language) if hits else None
        form = pool.forms[best] if hits else Form(question, (), (), ())
        around = self._around(hits, pool.fused, pool.near, pool.where)
        concepts = pool.concepts
        strange = self._strange(concepts, hits[:AROUND])
        whole = sum(one.weight for one in concepts)
        share = sum(one.weight for one in strange) / whole if whole else 0.0
        named = self._named(form, best)
        around = self._on_topic(concepts, named, around)
        unknown = spoken_language(question) != "en" and not concepts and not named and not self._spelt(question, hits)
        said, nowhere = tuple(one.said for one in strange), self._nowhere(strange, pool.where)
        return Found(hits, form, around, tuple(named), said, share, nowhere, unknown, pool=pool)

    def _on_topic(self, concepts: Sequence[Concept], named: Sequence[str], around: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """The passages of sections that print a particular word of the question or one of its weightiest concepts.

        All where none does.
        """
        most = max((one.weight for one in concepts), default=0.0)
        weighty = [one for one in concepts if one.weight >= TOPIC * most]
        sections = set()
        for hit in around:
            text = self._read(hit)
            if any(word in text for word in named) or any(one.stands_in(text) for one in weighty):
                sections.add(_section(hit))
        return tuple(hit for hit in around if _section(hit) in sections) or around

    def _read(self, hit: Hit) -> str:
        """What a passage prints, in lower case, with its guideline's title."""
        title = self._index.guidelines[hit.passage.guideline].title
        return f"{title}\n{hit.passage.embedded_text()}".lower()

    def _strange(self, concepts: Sequence[Concept], hits: Sequence[Hit]) -> list[Concept]:
        """The concepts that these hits do not print, the weightiest first."""
        text = "\n".join(map(self._read, hits))
        return sorted((one for one in concepts if not one.stands_in(text)), key=lambda one: -one.weight)

    def _nowhere(self, concepts: Sequence[Concept], where: Where) -> tuple[str, ...]:
        """The words for those concepts that none of these guidelines prints under any name."""
        searched = [text for name, text in self._printed.items() if where.covers(self._index.guidelines[name])]
        return tuple(one.said for one in concepts if all(map(one.is_nowhere, searched)))

    def _spelt(self, question: str, hits: Sequence[Hit]) -> bool:
        """Whether the first hits print a word of the question that is none of a language: "HART", "CO2"."""
        text = "\n".join(map(self._read, hits[:AROUND]))
        return any(re.search(rf"\b{re.escape(word.lower())}\b", text) for word in _CODE.findall(question))

    def _searched(self, forms: Mapping[str | None, Form], where: Where) -> tuple[dict[int, float], dict[int, float]]:
        """The cosines of the candidates of both searches, and the BM25 scores of those found by their words."""
        near: dict[int, float] = {}
        worded: dict[int, float] = {}
        parts: list[tuple[Form, str | None, Where]] = []
        if len({form.lexical for form in forms.values()}) == 1:
            language, form = next(iter(forms.items()))
            parts.append((form, language, where))
        else:
            narrowed = ((language, self._narrowed(where, self._languages[language])) for language in forms)
            parts += [(forms[language], language, part) for language, part in narrowed if part is not None]
        for (form, language, part), vector in zip(parts, self._embedded([form for form, *_ in parts]), strict=True):
            self._gather(form, language, part, vector, near, worded)
        return near, worded

    def _embedded(self, forms: Sequence[Form]) -> Vectors:
        """The vectors of the forms, made in one call."""
        embedder = self._embedder
        embed = embedder.embed_questions if isinstance(embedder, QuestionEmbedder) else embedder.embed
        return embed([form.dense for form in forms])

    def _fused(self, near: Mapping[int, float], worded: Mapping[int, float], own: str) -> dict[int, float]:
        """The score of each candidate for a question in the language `own`."""
        positions = sorted(near)
        dense = spread([near[at] for at in positions])
        lexical = spread([worded.get(at, 0.0) for at in positions])
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
        """The words to look up, particular ones twice: in a long question, others would outweigh the drug it names.

        Beside terms in another language, several for each concept, three times.
        """
        named = self._named(form, language)
        return " ".join((form.lexical, *named, *(named if form.terms else ())))

    def _pieces(self, words: Sequence[str]) -> list[int]:
        return [count - self._special for count in self._embedder.count_tokens(words)]

    def _gather(
        self,
        form: Form,
        language: str | None,
        where: Where,
        vector: Vectors,
        near: dict[int, float],
        worded: dict[int, float],
    ) -> None:
        """Candidates of both searches for one form; BM25 scores as shares of the form's weight, so that forms compare."""
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

    def _turned(self, scored: Sequence[tuple[float, int]]) -> tuple[tuple[float, int], ...]:
        """All that were scored, best first, once repeats of a text are gone and pages take turns."""
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
        return tuple(turned)


def _section(hit: Hit) -> tuple[str, ...]:
    return (hit.passage.guideline, *hit.passage.heading_path)


def _best_first(pair: tuple[float, int]) -> tuple[float, int]:
    return -pair[0], pair[1]


def _form_language(language: str | None) -> str | None:
    """The language of the glossary that serves guidelines in this one: Malay's serves Indonesian."""
    return "ms" if language == "id" else language
