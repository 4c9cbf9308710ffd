"""The parts of cpgassist with LangChain's sockets (extra `langchain`, which is langchain-core alone).

* GuidelineRetriever   BaseRetriever   Assistant.search -> Documents, a passage each: for a chain that reads
* QuoteRetriever       BaseRetriever   Assistant.ask -> Documents, a verified quote each; none where the answer is silent

What a model writes from Documents is its own: only quotes that are found again by their id are the guideline's.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from threading import Event
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from cpgassist.answering import for_readers
from cpgassist.assistant import Assistant
from cpgassist.types import Answer, Citation, GuidelineInfo, Hit, Where

__all__ = ["GuidelineRetriever", "QuoteRetriever", "quote_id"]


def quote_id(guideline: str, page: int, words: str) -> str:
    """What names words on a page of a guideline: the same for a sentence of a passage and for the quote of it."""
    plain = " ".join(words.replace(" | ", " ").split())
    return f"{guideline}:p{page}:{sha256(plain.encode('utf-8', 'replace')).hexdigest()[:12]}"


class GuidelineRetriever(BaseRetriever):
    """Retrieves passages with `Assistant.search`, best first. Nearness is no answer: it finds something for any question.

    A passage that gives instructions to a language model is left out. The metadata of a Document are flat but for
    `pages`, `section` and `quotes`, the ids of its sentences (`quote_id`).
    """

    assistant: Assistant
    k: int = Field(default=8, ge=1, le=100)
    """Passages to look at."""
    where: Where | None = None
    """Which guidelines; None for the newest edition of each."""

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun | None = None
    ) -> list[Document]:
        found = self.assistant.search(query, self.k, self.where)
        hits, _ = for_readers(found.hits)
        return [_passage(hit, found.guidelines[hit.passage.guideline]) for hit in hits]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun | None = None
    ) -> list[Document]:
        return await asyncio.to_thread(self._get_relevant_documents, query)


class QuoteRetriever(BaseRetriever):
    """Retrieves what `Assistant.ask` quotes, each found again on its page; nothing where the guidelines are silent.

    The Document of a quote has the `status` of the answer, the `grade` printed with the line that it carries, and in
    `lead` what that line stands under.
    """

    assistant: Assistant
    where: Where | None = None
    """Which guidelines; None for the newest edition of each."""

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun | None = None
    ) -> list[Document]:
        return _quotes(self.assistant.ask(query, self.where))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun | None = None
    ) -> list[Document]:
        cancel = Event()
        try:
            return _quotes(await asyncio.to_thread(self.assistant.ask, query, self.where, None, cancel))
        finally:
            cancel.set()


def _guideline(info: GuidelineInfo) -> dict[str, Any]:
    return {
        "source": info.file,
        "guideline": info.id,
        "title": info.title,
        "publisher": info.publisher,
        "year": info.published,
        "edition": info.edition,
        "superseded_by": info.superseded_by,
    }


def _passage(hit: Hit, info: GuidelineInfo) -> Document:
    passage = hit.passage
    metadata = {
        **_guideline(info),
        "page": passage.page,
        "pages": list(passage.pages),
        "page_label": passage.page_label,
        "section": list(passage.heading_path),
        "kind": passage.kind,
        "grade": passage.grade,
        "quoted_body": passage.quotes,
        "ocr": passage.read_by_ocr,
        "score": hit.score,
        "similarity": hit.similarity,
        "quotes": [quote_id(info.id, one.page, one.text) for one in passage.sentences],
    }
    return Document(id=passage.id, page_content=passage.text, metadata=metadata)


def _quotes(answer: Answer) -> list[Document]:
    return [_quote(answer, citation) for citation in answer.citations]


def _quote(answer: Answer, citation: Citation) -> Document:
    line = next((one for one in answer.statements if citation.n in one.citations), None)
    words = citation.source_text or citation.quote
    metadata = {
        **_guideline(citation.guideline),
        "page": citation.at.page,
        "page_label": citation.at.label,
        "section": list(citation.section),
        "grade": line.grade if line else None,
        "lead": list(line.lead) if line else [],
        "quoted_body": line.quotes if line else "",
        "n": citation.n,
        "passage": citation.passage,
        "verified": citation.verified,
        "uncertain": list(citation.uncertain),
        "status": answer.status,
        "index": answer.index,
    }
    return Document(
        id=quote_id(citation.guideline.id, citation.at.page, words), page_content=citation.shown, metadata=metadata
    )
