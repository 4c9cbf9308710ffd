"""The hall of clinicians: a question becomes a Search or an Answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from threading import Event, Lock, RLock
from typing import TYPE_CHECKING

from cpgassist.answering import (
    DEFAULT_THRESHOLD,
    Turn,
    answerability,
    closest,
    composed,
    for_readers,
    intent,
    of_the_asked,
    refusal,
    silence_reason,
    withheld_from_readers,
)
from cpgassist.conversation import Conversation
from cpgassist.editions import cautions, named
from cpgassist.errors import CpgassistError, EmbedderMismatchError, InputError, ModelError
from cpgassist.imaging import describe, kind_notes, query_of, told_by
from cpgassist.models.configured import chat_model
from cpgassist.models.extractive import Extractive
from cpgassist.models.grounded import Grounded
from cpgassist.protocols import ChatModel, CorpusReader, Embedder, ModelBackend, PassageIndex
from cpgassist.retrieval import NoScoresError, Reranking, Retriever
from cpgassist.types import (
    CLOSEST,
    EVERYWHERE,
    WITHOUT_MODEL,
    Answer,
    Box,
    Citation,
    FigureHit,
    Findings,
    GuidelineInfo,
    Hit,
    Photo,
    Quote,
    Search,
    Sentence,
    Where,
)

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from cpgassist.answering.questions.intent import Intent
    from cpgassist.retrieval.ranking import Found

LONGEST_QUESTION = 2000
"""Characters of a question; longer ones are refused before any work."""
READ = 12
"""Hits whose sentences are considered for an answer."""
LINES = 5
"""Sentences picked for an answer."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A version and what works on it."""

    pointed: str | None
    """What CURRENT named when it was opened; the version served is an older one when that was damaged."""
    index: PassageIndex
    retriever: Retriever
    extractive: Extractive
    """Picks lines at once and without a language model."""
    model: Callable[[], ModelBackend]
    """Makes, once, what picks those of the answer; the extractive one where no other is configured."""
    threshold: float

    def picked(
        self, found: Found, hits: Sequence[Hit], fits: Callable[[Hit, Sentence], bool]
    ) -> tuple[list[tuple[Hit, Sentence, float]], tuple[str, ...]]:
        """The lines of the hits that code picks, and a warning where the reranker failed to read them."""
        asked = found.form.lexical
        try:
            return self.extractive.pick(asked, hits, LINES, fits, self.retriever.line_reader(found)), ()
        except NoScoresError as error:
            told = f"The reranker {found.reranker} failed: the lines were picked without it. {error}"
            return self.extractive.pick(asked, hits, LINES, fits), (told,)


class Assistant:
    """Answers questions from one corpus.

    It follows the corpus: after a reindex, the next question is answered from the new version. A question is answered
    from one version throughout.
    """

    def __init__(
        self,
        corpus: CorpusReader,
        model: Callable[[PassageIndex], ModelBackend] | None = None,
        embedder: Embedder | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`model` makes the backend for an index, `embedder` stands in for the corpus's, `today` is the clock.

        Without `model`, the settings say which language model picks the lines; by default none does.
        """
        self.corpus = corpus
        self._today = today
        self._model = model
        self._chat: ChatModel | None = None
        self._loading = RLock()
        self._embedder = embedder
        self._lock = Lock()
        self._open: _Opened | None = None

    @property
    def index(self) -> PassageIndex:
        """The index version in service. Raises NoIndexError, IndexDamagedError or EmbedderMismatchError."""
        return self._opened().index

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an admin must know about the index in service; empty when all is well."""
        return self._opened().index.warnings

    def search(self, question: str, k: int = 10, where: Where | None = None) -> Search:
        """The k best passages for a question. Raises InputError for an empty or overlong question."""
        question = checked(question)
        if not 1 <= k <= 100:
            raise InputError(f"k is {k}.", "Ask for 1 to 100 passages.")
        opened = self._opened()
        started = time.perf_counter()
        found = opened.retriever.search(question, k, self._checked_where(where, opened.index))
        found = opened.retriever.reranked(found)
        seconds = time.perf_counter() - started
        return Search(question, opened.index.version, found.hits, opened.index.guidelines, seconds, found.warnings)

    @property
    def sees_photos(self) -> bool:
        """Whether a configured model may describe photos here. Without one, findings are typed."""
        chat = self._language_model() if self.corpus.settings.photo != "off" else None
        return chat is not None and chat.info.vision

    def describe(
        self, *photos: str | Path | bytes | Image.Image, pairs: bool = False, cancel: Event | None = None
    ) -> Findings:
        """What photos of one patient show, as the configured model sees it: for a person to check and edit, then to ask with.

        Nothing is searched. `pairs` says that they come as before and after. Raises PhotoError for what is no usable
        picture, InputError where describing is switched off, ModelError where no configured model sees.
        """
        from cpgassist.imaging import open_photos  # Pillow, which a question without a photo does not need

        if self.corpus.settings.photo == "off":
            raise InputError(
                "Describing photos is switched off here.",
                "Type what you see as findings, or set CPGASSIST_PHOTO=research.",
            )
        chat = self._language_model()
        if chat is None:
            raise ModelError(
                "No language model is configured that could describe a photo.",
                "Type what you see as findings, or configure a model: cpgassist models.",
            )
        look = self._kinds if self.corpus.settings.medsiglip else None
        return describe(chat, open_photos(photos, pairs=pairs), cancel, look)

    def similar_figures(
        self, *photos: str | Path | bytes | Image.Image, k: int = 3, where: Where | None = None
    ) -> tuple[FigureHit, ...]:
        """The guidelines' k figures that look most like photos, best first: to compare with, not to diagnose by.

        Of several photos, each figure counts with the one it is most like. Raises PhotoError for what is no usable
        picture, ModelError where no MedSigLIP is configured or it is missing, InputError where the index holds no
        figures or photos are switched off, EmbedderMismatchError where another model embedded them.
        """
        from cpgassist.imaging import open_photos
        from cpgassist.likeness import figures_like, figures_of

        settings = self.corpus.settings
        if settings.photo == "off":
            raise InputError("Photos are switched off here.", "Set CPGASSIST_PHOTO=research to compare them.")
        if not 1 <= k <= 100:
            raise InputError(f"k is {k}.", "Ask for 1 to 100 figures.")
        if not photos:
            raise InputError("No photo was given.", "Give at least one.")
        index = self.index
        if not settings.medsiglip:
            raise ModelError(
                "No image model is configured that could compare a photo with figures.",
                "Set CPGASSIST_MEDSIGLIP to a MedSigLIP folder, then run `cpgassist reindex`.",
            )
        opened = open_photos(photos)
        figures_of(index)  # before a model is loaded for nothing
        where, model = self._checked_where(where, index), self.corpus.photo_model()
        assert model is not None
        return figures_like(opened, model, index, k, where, self._today())

    def _kinds(self, photos: Sequence[Photo]) -> tuple[str, ...]:
        """What MedSigLIP takes the photos for. It is a hint: its failure is told, and costs nothing else."""
        try:
            model = self.corpus.photo_model()
            return tuple(kind_notes(model, photos)) if model is not None else ()
        except Exception as error:
            return (f"MedSigLIP could not look at the photo. {_why(error)}",)

    def ask(
        self,
        question: str,
        where: Where | None = None,
        findings: Findings | None = None,
        cancel: Event | None = None,
    ) -> Answer:
        """What the guidelines say to a question, quoted and cited, or that they are silent.

        `findings` are what a photo shows, confirmed by a person; with them the question may be empty. Setting `cancel`
        stops a language model; the lines that code picked are shown then. Raises InputError for an empty or overlong
        question, and for findings that say that the photo cannot be described.
        """
        *_, answer = self.stream(question, where, findings, cancel)
        return answer

    def stream(
        self,
        question: str,
        where: Where | None = None,
        findings: Findings | None = None,
        cancel: Event | None = None,
    ) -> Iterator[Answer]:
        """The answer as it grows: the quoted lines first, then what a language model makes of them, the last one whole.

        Those before the last have `complete` False. Without a language model there is one. Raises what `ask` raises.
        """
        question, query = _with_findings(question, findings)
        opened = self._opened()
        started = time.perf_counter()
        where = self._checked_where(where, opened.index)
        reason = refusal(question)
        if reason is not None:
            refused = Answer("refused", 0.0, question, opened.index.version, None, (), (reason,))
            yield self._with_provenance(refused, opened, {"total": time.perf_counter() - started})
            return
        found = opened.retriever.search(query, READ, where)
        # what a photo shows may stand in no guideline; what is asked about must
        found = replace(found, nowhere=tuple(word for word in found.nowhere if word in question.lower()))
        retrieved = time.perf_counter()
        wants = intent(question)
        for answer in self._answers(question, query, wants, found, opened, where, cancel):
            answer = replace(answer, remarks=(*wants.remarks, *answer.remarks))
            if findings is not None:
                answer = replace(answer, findings=findings, citations=_told(answer.citations, findings))
            if answer.status == "silent" and answer.complete:
                older = self._older(query, where, opened)
                answer = replace(answer, not_in_guideline=(*answer.not_in_guideline, *older))
            done = time.perf_counter()
            seconds = {"retrieval": retrieved - started, "answering": done - retrieved, "total": done - started}
            yield self._with_provenance(answer, opened, seconds)

    def _with_provenance(self, answer: Answer, opened: _Opened, seconds: Mapping[str, float]) -> Answer:
        """The answer with who made it, how long it took and what must be known of the index and the editions."""
        model = self._model_of(opened)
        about = {"embedder": opened.index.embedder.name, "generator": model.name, **answer.models}
        if isinstance(model, Grounded):
            about["model"] = model.info.to_dict()
        warnings = answer.warnings
        if answer.status != "refused":
            outdated = _outdated(answer.citations, opened.index.guidelines, self._today())
            warnings = (*opened.index.warnings, *warnings, *outdated)
        return replace(answer, models=about, seconds=seconds, warnings=warnings)

    def conversation(self) -> Conversation:
        """A conversation that nothing was asked in yet: follow-up questions are understood by those before them."""
        return Conversation(self, rewrite=self._rewrite)

    def _rewrite(self, question: str, before: Sequence[Turn]) -> str:
        """A follow-up as a language model rewrites it; as it is where there is none."""
        model = self._model_of(self._opened())
        return model.rewrite(question, [turn.asked for turn in before]) if isinstance(model, Grounded) else question

    def _answers(
        self,
        question: str,
        query: str,
        wants: Intent,
        found: Found,
        opened: _Opened,
        where: Where,
        cancel: Event | None,
    ) -> Iterator[Answer]:
        """The answer from the lines that code picked, then from those that a language model picks, where there is one."""
        score = answerability(query, found)
        silent = Answer("silent", score, question, opened.index.version)
        if score < opened.threshold:
            said = self._silence(query, found, opened.index, where)
            yield replace(silent, not_in_guideline=(said,), closest=self._closest(found, opened.index))
            return
        found = opened.retriever.reranked(found)
        ranked = {"reranker": found.reranker} if found.reranker else {}
        readable, left = for_readers(found.around)
        named = [word for word in found.named if any(word in hit.passage.embedded_text().lower() for hit in readable)]
        guidelines = opened.index.guidelines
        fits = of_the_asked(named, guidelines)
        picks, unread = opened.picked(found, readable, fits)
        silent = replace(silent, warnings=(*found.warnings, *unread))
        notes = [withheld_from_readers(hit, guidelines) for hit in left[:1]]
        model = self._model_of(opened)
        if isinstance(model, Grounded):
            model = model.until(cancel)
        if model is not opened.extractive:
            quick = composed(silent, wants, picks, fits, guidelines, self._find, readable)
            yield replace(next(quick, silent), complete=False, models={"generator": opened.extractive.name, **ranked})
            try:
                picks = model.pick(query, readable, LINES)
            except Exception as error:  # a model is other people's code; the guideline's lines do not need it
                notes.insert(0, _failed(error))
                model = opened.extractive
        about = {"generator": model.name, **ranked}
        answer = None
        for answer in composed(silent, wants, picks, fits, guidelines, self._find, readable, model):
            yield replace(answer, not_in_guideline=(*answer.not_in_guideline, *notes), models=about)
        if answer is None:
            read = (
                f"{model.name} read the lines found and names none that answers. "
                if not picks and model is not opened.extractive
                else ""
            )
            said = read + self._silence(query, found, opened.index, where)
            near = self._closest(found, opened.index)
            yield replace(silent, not_in_guideline=(said, *notes), models=about, closest=near)

    def _find(self, info: GuidelineInfo, page: int, words: str, seen: tuple[Box, ...] = ()) -> Quote | None:
        return self.corpus.find_quote(info, page, words, seen) if seen else self.corpus.find_quote(info, page, words)

    def _closest(self, found: Found, index: PassageIndex) -> Citation | None:
        if not found.hits:
            return None
        passage = found.hits[0].passage
        return closest(passage, index.guidelines[passage.guideline], self._find)

    def _older(self, question: str, where: Where, opened: _Opened) -> tuple[str, ...]:
        """Which older edition has passages on a question that those searched are silent on; it is named, not quoted."""
        infos = opened.index.guidelines
        old = [
            info
            for info in infos.values()
            if info.superseded_by and not where.covers(info) and where.covers(infos[info.superseded_by])
        ]
        if not old:
            return ()
        among = replace(where, guidelines=tuple(info.id for info in old))
        found = opened.retriever.search(question, READ, among)
        score = answerability(question, found)
        if not found.hits or score < opened.threshold:
            return ()
        passage = found.hits[0].passage
        info = infos[passage.guideline]
        return (
            f"An older edition has passages on it: {named(info)}, page {passage.page}. "
            f"{cautions(info, infos, self._today())[0]} Include older editions to read them.",
        )

    def _silence(self, question: str, found: Found, index: PassageIndex, where: Where) -> str:
        infos = index.guidelines.values()
        count = sum(where.covers(info) and (not info.same_as or where.names(info)) for info in infos)
        said = f"The guidelines here do not answer this. Searched: {count} guideline{'s' if count != 1 else ''}. "
        if not found.hits:
            return said + "Nothing similar was found."
        nearest = found.hits[0].passage
        section = f", section {nearest.heading_path[-1]!r}" if nearest.heading_path else ""
        title = index.guidelines[nearest.guideline].title
        reason = silence_reason(question, found)
        return f"{said}{reason}{' ' if reason else ''}{CLOSEST}{title}, page {nearest.page}{section}."

    def _checked_where(self, where: Where | None, index: PassageIndex) -> Where:
        if where is None:
            return EVERYWHERE
        known = {name for info in index.guidelines.values() for name in (info.id, info.file)}
        for name in where.guidelines:
            if name not in known:
                raise InputError(f"There is no guideline {name!r} in this corpus.", "See `cpgassist status`.")
        return where

    def _opened(self) -> _Opened:
        """The version that CURRENT names, opened once; the version before is kept until its questions are done."""
        with self._lock:
            current = self.corpus.current_version()
            if self._open is None or self._open.pointed != current:
                index = self.corpus.open_index()
                embedder = self._embedder or self.corpus.embedder()
                mine, theirs = embedder.identity, index.embedder
                if (mine.name, mine.revision, mine.dimension) != (theirs.name, theirs.revision, theirs.dimension):
                    raise EmbedderMismatchError(
                        f"The index was made by {theirs.name} ({theirs.revision}), the configured embedder is "
                        f"{mine.name} ({mine.revision}).",
                        "Run `cpgassist reindex`, or configure the index's embedder.",
                    )
                settings = self.corpus.settings
                retriever = Retriever(index, embedder, settings.dense_weight, self._reranking())
                threshold = settings.threshold if settings.threshold is not None else DEFAULT_THRESHOLD
                extractive = Extractive(lru_cache(maxsize=20_000)(index.weights))
                model = cache(lambda: self._backend(index) or extractive)
                self._open = _Opened(current, index, retriever, extractive, model, threshold)
            return self._open

    def _reranking(self) -> Reranking | None:
        settings, reranker = self.corpus.settings, self.corpus.reranker()
        if reranker is None:
            return None
        return Reranking(reranker, settings.rerank_candidates, settings.reranker_weight)

    def _model_of(self, opened: _Opened) -> ModelBackend:
        """What picks the lines of answers from this version: made with the first answer, for a search needs none."""
        with self._loading:
            return opened.model()

    def _language_model(self) -> ChatModel | None:
        """The configured language model, loaded once; None where code alone answers."""
        with self._loading:
            if self._chat is None:
                self._chat = chat_model(self.corpus.settings)
            return self._chat

    def _backend(self, index: PassageIndex) -> ModelBackend | None:
        """The model that was given, or the configured language model; None where there is neither."""
        if self._model is not None:
            return self._model(index)
        settings, chat = self.corpus.settings, self._language_model()
        if chat is None:
            return None
        return Grounded(
            chat,
            index.guidelines,
            settings.model_seconds,
            settings.model_thinking,
            settings.model_constrained,
        )


def _with_findings(question: str, findings: Findings | None) -> tuple[str, str]:
    """The question as it is shown, and what is searched for."""
    if findings is None:
        question = checked(question)
        return question, question
    if findings.refused:
        raise InputError(
            f"The photo cannot be described reliably: {findings.refused}", "Take another, or type what you see."
        )
    question = checked(question) if question.strip() else ""
    query = query_of(findings, question)
    if findings.items and not query:
        raise InputError(
            "These findings say nothing to search for: each is empty, denied or normal.",
            "Type what is seen, or a question about it.",
        )
    return question, checked(query)


def _told(citations: tuple[Citation, ...], findings: Findings) -> tuple[Citation, ...]:
    """The citations, each with the findings that led to it."""
    return tuple(replace(one, findings=told_by(findings, " ".join((one.quote, *one.section)))) for one in citations)


def _failed(error: Exception) -> str:
    """That the lines were picked without the language model, and why."""
    return f"{WITHOUT_MODEL} {_why(error)}"


def _why(error: Exception) -> str:
    return error.message if isinstance(error, CpgassistError) else f"It failed with {type(error).__name__}."


def checked(question: str) -> str:
    """The question, white space folded. Raises InputError when it is empty or overlong."""
    if len(question) > LONGEST_QUESTION:
        raise InputError(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read.",
            "Ask one thing at a time.",
        )
    # Lone surrogates cannot be encoded, and NUL would be stored: neither can be part of a question.
    folded = " ".join(question.encode("utf-8", "ignore").decode("utf-8").replace("\x00", " ").split())
    if not folded:
        raise InputError("The question is empty.", "Type a clinical question.")
    return folded


def _outdated(citations: tuple[Citation, ...], guidelines: Mapping[str, GuidelineInfo], today: date) -> tuple[str, ...]:
    """What must be known of the editions that are quoted."""
    cited = {citation.guideline.id: citation.guideline for citation in citations}
    known = ((info, cautions(info, guidelines, today)) for info in cited.values())
    return tuple(f"{named(info)} is quoted here. {' '.join(said)}" for info, said in known if said)
