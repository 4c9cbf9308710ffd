"""The LangChain sockets, with stock parts of langchain-core on the other side, offline."""

from __future__ import annotations

import asyncio
import threading

import pytest

pytest.importorskip("langchain_core")

from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from pydantic import ValidationError

from cpgassist import Assistant, Corpus, Where
from cpgassist.errors import InputError
from cpgassist.langchain import GuidelineRetriever, QuoteRetriever, quote_id

DOSE = "What is the dose of zelmorin for an adult with harbour fever?"
SILENT = "Recipe for pancakes?"
OLD = "sample-harbour-fever-2017"


@pytest.fixture(scope="module")
def assistant(sample_folder):
    return Assistant(Corpus(sample_folder, precision="float32", ocr="off"))


@pytest.fixture(autouse=True)
def untraced(monkeypatch):
    """LangSmith is asked for by the environment alone."""
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)


def test_passages_are_documents_with_their_place_and_grade(assistant):
    documents = GuidelineRetriever(assistant=assistant, k=5).invoke(DOSE)
    hits = assistant.search(DOSE, 5).hits
    assert [one.id for one in documents] == [hit.passage.id for hit in hits]
    for one, hit in zip(documents, hits, strict=True):
        info = assistant.index.guidelines[hit.passage.guideline]
        assert one.page_content == hit.passage.text
        told = one.metadata
        assert (told["guideline"], told["source"], told["year"]) == (info.id, info.file, info.published)
        assert (told["page"], told["grade"], told["kind"]) == (hit.passage.page, hit.passage.grade, hit.passage.kind)
        assert told["section"] == list(hit.passage.heading_path) and told["score"] == hit.score
    assert any(one.metadata["grade"] for one in GuidelineRetriever(assistant=assistant, k=20).invoke("corticosteroids"))


def test_quotes_are_documents_and_silence_is_none(assistant):
    documents, answer = QuoteRetriever(assistant=assistant).invoke(DOSE), assistant.ask(DOSE)
    assert [one.page_content for one in documents] == [one.shown for one in answer.citations] != []
    grades = {n: line.grade for line in answer.statements for n in line.citations}
    for one, citation in zip(documents, answer.citations, strict=True):
        assert one.metadata["page"] == citation.at.page and one.metadata["verified"] is True
        assert one.metadata["status"] == "answered" and one.metadata["n"] == citation.n
        assert one.metadata["grade"] in (grades[citation.n], *grades.values())
    assert QuoteRetriever(assistant=assistant).invoke(SILENT) == []


def test_a_quote_has_the_id_of_its_sentence_in_the_passage(assistant):
    passages = {one.id: one for one in GuidelineRetriever(assistant=assistant, k=100).invoke(DOSE)}
    quotes = QuoteRetriever(assistant=assistant).invoke(DOSE)
    known = [one.id in passages[one.metadata["passage"]].metadata["quotes"] for one in quotes]
    assert sum(known) >= len(known) - 1 > 0  # of a table, the header is no sentence
    assert len({one.id for one in quotes}) == len(quotes)
    assert quote_id("a", 1, "b | c\nd") == quote_id("a", 1, "b c d") != quote_id("a", 2, "b c d")


def test_only_what_the_filter_allows(assistant):
    where = Where((OLD,))
    for retriever in (GuidelineRetriever, QuoteRetriever):
        found = retriever(assistant=assistant, where=where).invoke(DOSE)
        assert {one.metadata["guideline"] for one in found} <= {OLD}
        assert all(one.metadata["superseded_by"] for one in found)
    assert GuidelineRetriever(assistant=assistant, where=where).invoke(DOSE)


def test_what_speaks_to_a_machine_does_not_reach_one(assistant, monkeypatch):
    monkeypatch.setattr("cpgassist.answering.injection.speaks_to_a_machine", lambda text: True)
    assert GuidelineRetriever(assistant=assistant).invoke(DOSE) == []


@pytest.mark.parametrize("retriever", [GuidelineRetriever, QuoteRetriever])
def test_asynchronously_it_gives_the_same(assistant, retriever):
    retriever = retriever(assistant=assistant)
    there = asyncio.run(retriever.ainvoke(DOSE))
    assert [one.id for one in there] == [one.id for one in retriever.invoke(DOSE)]


def test_who_gives_up_stops_the_work():
    began, stopped = threading.Event(), threading.Event()

    class Thinking(Assistant):
        def __init__(self):
            pass

        def ask(self, question, where=None, findings=None, cancel=None):
            began.set()
            assert cancel.wait(20)
            stopped.set()
            raise InputError("It was stopped.")

    async def gave_up():
        asked = asyncio.ensure_future(QuoteRetriever(assistant=Thinking()).ainvoke(DOSE))
        await asyncio.to_thread(began.wait, 20)
        asked.cancel()
        return await asyncio.to_thread(stopped.wait, 20)

    assert asyncio.run(gave_up())


@pytest.mark.parametrize("question", ["", "x" * 2001])
def test_what_cannot_be_asked_is_refused(assistant, question):
    for retriever in (GuidelineRetriever, QuoteRetriever):
        with pytest.raises(InputError):
            retriever(assistant=assistant).invoke(question)


@pytest.mark.parametrize("k", [0, 101])
def test_so_many_passages_and_no_more(assistant, k):
    with pytest.raises(ValidationError):
        GuidelineRetriever(assistant=assistant, k=k)


def chain(retriever, *replies):
    """A stock chain, and what its model was shown."""
    prompt = ChatPromptTemplate.from_messages(
        [
            ("system", "Answer with the lines below, word for word, or say that they do not answer.\n\n{lines}"),
            ("user", "{question}"),
        ]
    )
    shown = []

    def told(documents):
        return "\n".join(
            f"{one.page_content} ({one.metadata['title']}, page {one.metadata['page']})" for one in documents
        )

    def seen(value):
        shown.append(value.to_string())
        return value

    inputs = {"lines": retriever | RunnableLambda(told), "question": RunnablePassthrough()}
    return inputs | prompt | RunnableLambda(seen) | FakeListChatModel(
        responses=list(replies)
    ) | StrOutputParser(), shown


def test_a_stock_chain_reads_the_quotes(assistant):
    asked, shown = chain(QuoteRetriever(assistant=assistant), "First.", "They do not answer.")
    assert asked.invoke(DOSE) == "First."
    for one in assistant.ask(DOSE).citations:
        assert f"{one.shown} ({one.guideline.title}, page {one.at.page})" in shown[0]
    assert "".join(asked.stream(SILENT)) == "They do not answer."
    assert shown[1].endswith("they do not answer.\n\n\nHuman: Recipe for pancakes?")


def test_a_stock_chain_reads_passages_asynchronously(assistant):
    asked, shown = chain(GuidelineRetriever(assistant=assistant, k=3), "Read.", "Read.")
    assert asyncio.run(asked.abatch([DOSE, SILENT])) == ["Read.", "Read."]
    assert all(text.count(", page ") >= 3 for text in shown)
