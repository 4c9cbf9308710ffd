"""The llama-index sockets, with stock llama-index parts on the other side, offline and without global settings."""

import asyncio
import json
import re
import shutil
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("llama_index.core")

from llama_index.core import Document, SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.ingestion import IngestionCache, IngestionPipeline
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import CompactAndRefine
from llama_index.core.response_synthesizers.no_text import NoText
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import MetadataMode, QueryBundle, TextNode
from llama_index.core.vector_stores.utils import node_to_metadata_dict
from llama_index.vector_stores.chroma import ChromaVectorStore

from cpgassist import Assistant, Corpus, Where, llamaindex
from cpgassist.errors import InputError, NotAPdfError
from cpgassist.index.chroma import node_metadata
from cpgassist.llamaindex import (
    GuidelineEmbedding,
    GuidelineNodeParser,
    GuidelineQueryEngine,
    GuidelineReader,
    GuidelineRetriever,
    passages_as_nodes,
)
from cpgassist.models.embedding import load_embedder
from cpgassist.settings import Limits
from cpgassist.testing import HashEmbedder
from cpgassist.types import GuidelineInfo, Locator, Passage
from tests.fixtures.llama import FILE, QUESTION, ROOT, alone, folder

__all__ = ["alone", "folder"]


@pytest.fixture(scope="module")
def corpus(folder):
    corpus = Corpus(folder, index=folder / "ix", embedder=load_embedder(precision="float32"))
    corpus.reindex()
    return corpus


@pytest.fixture(scope="module")
def index(corpus):
    index = corpus.open_index()
    yield index
    index.close()


@pytest.fixture(scope="module")
def assistant(corpus):
    return Assistant(corpus)


@pytest.fixture(scope="module")
def pages(folder):
    return GuidelineReader().load_data(folder / FILE)


@pytest.fixture(scope="module")
def parser(corpus):
    return GuidelineNodeParser(embedder=corpus.embedder())


@pytest.fixture(scope="module")
def parsed(parser, pages):
    return parser.get_nodes_from_documents(pages)


def ids(found):
    return [node.node_id for node in found]


# ---- GuidelineReader


def test_a_page_is_a_document(pages, index):
    [info] = index.guidelines.values()
    assert [page.metadata["page"] for page in pages] == list(range(1, info.pages + 1))
    assert pages[9].id_ == "sample-harbour-fever-2023:page-10"
    assert {name: pages[9].metadata[name] for name in ("file_name", "page", "page_label")} == {
        "file_name": FILE,
        "page": 10,
        "page_label": "3",
    }
    assert (pages[9].metadata["guideline"], pages[9].metadata["title"]) == (info.id, info.title)
    assert pages[9].metadata["year"] == 2023


def test_a_page_reads_as_printed(pages):
    text = pages[9].text
    order = ["4 REFERRAL", "5 TREATMENT", "5.1 Non-severe", "5.1.1 Zelmorin", "Recommendation 2"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert text.count("5 TREATMENT") == 1
    assert "FICTIONAL" not in text  # the foot of each page


def test_every_passage_stands_on_the_pages_of_the_documents(pages, index):
    texts = {page.metadata["page"]: "".join(page.text.split()) for page in pages}
    for passage in index.passages:
        for sentence in passage.sentences:
            if not sentence.continued:
                assert "".join(sentence.text.split())[-30:] in texts[sentence.page]


def test_documents_of_one_file_are_the_same_each_time(folder, pages):
    again = GuidelineReader().load_data(str(folder / FILE))
    assert [page.hash for page in again] == [page.hash for page in pages]


def test_embedding_sees_the_text_alone_and_a_model_what_it_may_cite(pages):
    page = pages[9]
    assert page.get_content(MetadataMode.EMBED) == page.text
    shown = page.get_metadata_str(MetadataMode.LLM)
    assert "page_label: 3" in shown and "title: Management of Harbour Fever" in shown and "sha256" not in shown


def test_it_reads_for_a_simple_directory_reader(folder, parser):
    loader = SimpleDirectoryReader(folder, required_exts=[".pdf"], file_extractor={".pdf": GuidelineReader()})
    pages = loader.load_data()
    assert pages[0].metadata["file_size"] == (folder / FILE).stat().st_size
    nodes = parser(pages)
    assert nodes[0].metadata["file_type"] == "application/pdf"
    assert "pdf" not in nodes[0].get_content(MetadataMode.EMBED)


def test_unreadable_files_are_named(tmp_path):
    (tmp_path / "note.pdf").write_text("no PDF")
    with pytest.raises(NotAPdfError, match=r"note\.pdf"):
        GuidelineReader().load_data(tmp_path / "note.pdf")
    with pytest.raises(InputError, match=r"no file .*none\.pdf"):
        GuidelineReader().load_nodes(tmp_path / "none.pdf", HashEmbedder())


def test_limits_are_kept(folder):
    with pytest.raises(Exception, match="16 pages, more than the limit of 3"):
        GuidelineReader(Limits(pages=3)).load_data(folder / FILE)


# ---- passages as nodes


def test_nodes_are_the_passages_of_the_index(folder, corpus, index):
    nodes = GuidelineReader().load_nodes(folder / FILE, corpus.embedder())
    assert nodes == passages_as_nodes(index.passages, index.guidelines)
    for node, passage in zip(nodes, index.passages, strict=True):
        assert (node.node_id, node.text, node.ref_doc_id) == (passage.id, passage.text, passage.guideline)
        assert node.get_content(MetadataMode.EMBED) == passage.embedded_text()
        assert node.get_content(MetadataMode.LLM) == passage.embedded_text()


def test_metadata_is_the_indexs_and_the_pages(index):
    for node, passage in zip(passages_as_nodes(index.passages, index.guidelines), index.passages, strict=True):
        stored = json.loads(node_metadata(passage, index.guidelines[passage.guideline])["_node_content"])["metadata"]
        assert node.metadata == {**stored, "pages": ", ".join(map(str, passage.pages))}
        node_to_metadata_dict(node, flat_metadata=True)


def test_a_passage_without_section_or_grade_embeds_its_text():
    info = GuidelineInfo(id="g", title="G", file="g.pdf", sha256="0")
    passage = Passage("g:1", "Rest {value}.", "text", "g", (), (Locator(3), Locator(4)))
    [node] = passages_as_nodes([passage], {"g": info})
    assert node.get_content(MetadataMode.EMBED) == "Rest {value}." == passage.embedded_text()
    assert node.metadata["pages"] == "3, 4" and node.metadata["grade"] is None


# ---- GuidelineNodeParser


def test_the_parser_gives_the_passages_of_the_index(parsed, index):
    assert ids(parsed) == [passage.id for passage in index.passages]
    for node, passage in zip(parsed, index.passages, strict=True):
        assert type(node) is TextNode
        assert node.text == passage.text
        assert node.get_content(MetadataMode.EMBED) == passage.embedded_text()
        assert node.ref_doc_id == f"{passage.guideline}:page-{passage.page}"
        assert (node.metadata["page"], node.metadata["grade"]) == (passage.page, passage.grade)
        assert node.metadata["title"] == "Management of Harbour Fever"


def test_neighbours_on_a_page_are_linked(parsed):
    for before, after in pairwise(parsed):
        linked = before.next_node.node_id if before.next_node else None
        assert linked == (after.node_id if before.ref_doc_id == after.ref_doc_id else None)


def test_some_pages_give_the_passages_that_begin_there(parser, pages, parsed):
    some = parser(pages[9:11])
    assert ids(some) == [node.node_id for node in parsed if node.metadata["page"] in (10, 11)]


def test_what_users_add_to_a_document_reaches_its_nodes_but_not_their_vectors(parser, folder, index):
    pages = GuidelineReader().load_data(folder / FILE, extra_info={"ward": "5B", "section": "ours"})
    nodes = parser(pages)
    assert {node.metadata["ward"] for node in nodes} == {"5B"}
    embedded = [node.get_content(MetadataMode.EMBED) for node in nodes]
    assert embedded == [passage.embedded_text() for passage in index.passages]


@pytest.mark.parametrize("metadata", [{}, {"file_path": "a.pdf", "page_label": "3"}, {"file_path": "a.pdf", "page": 1}])
def test_documents_of_others_are_refused_with_the_cause(parser, metadata):
    with pytest.raises(InputError, match=r"mine.*which page of which PDF.*GuidelineReader"):
        parser([Document(id_="mine", text="Fever.", metadata=metadata)])


def test_pages_already_split_are_refused(parser, pages):
    pieces = SentenceSplitter(chunk_size=600, chunk_overlap=0, tokenizer=str.split)(pages[9:10])
    assert len(parser(pages[9:10])) > 1
    with pytest.raises(InputError, match="given twice"):
        parser([*pieces, *pages[9:10]])


def test_a_file_that_changed_is_refused(tmp_path, parser):
    shutil.copy(ROOT / "corpora" / "sample" / FILE, tmp_path)
    pages = GuidelineReader().load_data(tmp_path / FILE)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b"\n%")
    with pytest.raises(InputError, match="has changed"):
        parser(pages)


def test_two_files_with_one_id_are_refused(tmp_path, parser, pages):
    shutil.copy(ROOT / "corpora" / "sample" / FILE, tmp_path)
    with pytest.raises(InputError, match="one guideline id"):
        parser([*pages, *GuidelineReader().load_data(tmp_path / FILE)])


def test_it_parses_in_another_thread(parser, pages, parsed):
    assert ids(asyncio.run(parser.aget_nodes_from_documents(pages[:2]))) == ids(parser(pages[:2]))


def test_a_pipelines_cache_knows_the_embedder(corpus, pages):
    cache = IngestionCache()
    some = pages[9:10]
    for embedder, fresh in [(HashEmbedder(), True), (HashEmbedder(), False), (HashEmbedder(window=60), True)]:
        before = len(cache.cache.get_all(collection=cache.collection))
        parser = GuidelineNodeParser(embedder=embedder)
        nodes = IngestionPipeline(transformations=[parser], cache=cache).run(documents=some)
        assert nodes
        assert len(cache.cache.get_all(collection=cache.collection)) == before + fresh


def test_an_embedder_is_needed():
    for given in ({}, {"embedder": "all-MiniLM-L6-v2"}):
        with pytest.raises(ValueError, match="embedder"):
            GuidelineNodeParser(**given)


# ---- GuidelineRetriever


def test_it_retrieves_what_the_assistant_finds(assistant):
    found = GuidelineRetriever(assistant, k=4).retrieve(QUESTION)
    hits = assistant.search(QUESTION, 4).hits
    assert ids(found) == [hit.passage.id for hit in hits]
    assert [one.score for one in found] == [hit.score for hit in hits]
    assert found[0].node.text == hits[0].passage.text


def test_it_filters(assistant):
    where = Where(kinds=("recommendation",))
    assert {one.metadata["kind"] for one in GuidelineRetriever(assistant, where=where).retrieve(QUESTION)} == {
        "recommendation"
    }
    with pytest.raises(InputError, match="no guideline 'other'"):
        GuidelineRetriever(assistant, where=Where(guidelines=("other",))).retrieve(QUESTION)


def test_it_retrieves_in_another_thread(assistant):
    retriever = GuidelineRetriever(assistant, k=3)
    assert ids(asyncio.run(retriever.aretrieve(QUESTION))) == ids(retriever.retrieve(QUESTION))


@pytest.mark.parametrize("mode", [NoText, CompactAndRefine])
def test_a_stock_query_engine_runs_on_it(assistant, mode):
    # get_response_synthesizer(response_mode="no_text", llm=...) drops the llm and takes the default one.
    retriever = GuidelineRetriever(assistant, k=3)
    response = RetrieverQueryEngine(retriever, mode(llm=MockLLM())).query(QUESTION)
    assert ids(response.source_nodes) == ids(retriever.retrieve(QUESTION))
    if mode is CompactAndRefine:  # the mock repeats its prompt
        for source in response.source_nodes:
            assert source.get_content(MetadataMode.LLM) in str(response)


def test_fusing_retrievers_know_a_passage_again(assistant):
    one, two = GuidelineRetriever(assistant, k=5), GuidelineRetriever(assistant, k=8)
    fused = QueryFusionRetriever([one, two], llm=MockLLM(), num_queries=1, mode="reciprocal_rerank", use_async=False)
    fused.similarity_top_k = 20
    assert len(fused.retrieve(QUESTION)) == 8


# ---- GuidelineQueryEngine


def test_an_answer_is_the_assistants(assistant):
    answer = assistant.ask(QUESTION)
    response = GuidelineQueryEngine(assistant=assistant).query(QUESTION)
    assert str(response) == str(answer)
    assert {**response.metadata, "seconds": {}} == {**answer.to_dict(), "seconds": {}}
    assert ids(response.source_nodes) == list(dict.fromkeys(citation.passage for citation in answer.citations))
    quotes = [re.sub(r"\s", "", citation["quote"]) for citation in response.metadata["citations"]]
    sources = "".join("".join(node.text.split()) for node in response.source_nodes)
    assert any(quote in sources for quote in quotes)
    json.dumps(response.metadata)


def test_a_silent_answer_is_plain(folder, corpus):
    strict = Corpus(folder, index=folder / "ix", embedder=corpus.embedder(), threshold=1.0)
    response = GuidelineQueryEngine(assistant=Assistant(strict)).query("How is a fractured scaphoid immobilised?")
    assert response.metadata["status"] == "silent"
    assert response.source_nodes == []
    assert str(response).startswith("The guidelines here do not answer this.")


def test_it_asks_where_it_is_told(assistant):
    engine = GuidelineQueryEngine(assistant=assistant, where=Where(kinds=("table",)))
    response = asyncio.run(engine.aquery(QueryBundle(QUESTION)))
    assert response.source_nodes
    assert {node.metadata["kind"] for node in response.source_nodes} == {"table"}


def test_an_empty_question_is_an_input_error(assistant):
    with pytest.raises(InputError, match="empty"):
        GuidelineQueryEngine(assistant=assistant).query("  ")


def test_a_source_that_a_reindex_removed_is_left_out(assistant, index):
    class Emptied:
        passages = ()
        guidelines = index.guidelines

    assert llamaindex.guidelines._sources(assistant.ask(QUESTION), Emptied()) == []


# ---- GuidelineEmbedding


@pytest.mark.parametrize("question", [QUESTION, "zelmorin in pregnancy", "Who needs quillamide prophylaxis?"])
def test_a_stock_index_finds_what_exact_search_finds(corpus, index, question):
    store = ChromaVectorStore(chroma_collection=index.collection)
    stock = VectorStoreIndex.from_vector_store(store, embed_model=GuidelineEmbedding(corpus.embedder()))
    found = stock.as_retriever(similarity_top_k=5).retrieve(question)
    nearest = index._nearest_exact(corpus.embedder().embed([question])[0], 5)
    assert ids(found) == [index.passages[at].id for at, _ in nearest]


def test_a_stock_index_built_from_our_nodes_is_our_index(corpus, index):
    nodes = passages_as_nodes(index.passages, index.guidelines)
    stock = VectorStoreIndex(nodes, embed_model=GuidelineEmbedding(corpus.embedder()))
    made = stock.vector_store.data.embedding_dict
    cosines = [np.dot(made[p.id], index._vectors[at]) for at, p in enumerate(index.passages)]
    assert min(cosines) > 0.9999


def test_every_way_of_embedding_gives_one_vector(corpus):
    ours, text = GuidelineEmbedding(corpus.embedder()), "Dose of zelmorin."
    expected = corpus.embedder().embed([text])[0]

    async def all_async():
        [batch] = await ours.aget_text_embedding_batch([text])
        return [await ours.aget_query_embedding(text), await ours.aget_text_embedding(text), batch]

    made = [ours.get_query_embedding(text), ours.get_text_embedding(text), *ours.get_text_embedding_batch([text])]
    for vector in [*made, *asyncio.run(all_async())]:
        assert isinstance(vector, list) and isinstance(vector[0], float)
        np.testing.assert_allclose(vector, expected, atol=1e-6)  # BLAS rounds by thread


def test_it_is_named_after_its_embedder_and_takes_options():
    ours = GuidelineEmbedding(HashEmbedder(), embed_batch_size=7)
    assert (ours.model_name, ours.embed_batch_size, ours.class_name()) == ("hash-test", 7, "GuidelineEmbedding")
    assert GuidelineEmbedding(HashEmbedder()).embed_batch_size == llamaindex.guidelines.BULK_TEXTS
    assert ours.to_dict()["embedder"] == "hash-test (1), 256 dimensions, window 256"


# ---- the page about it


def test_the_examples_of_the_page_run_and_print_what_it_says(tmp_path, monkeypatch, capsys):
    sample = tmp_path / "corpora" / "sample"
    sample.mkdir(parents=True)
    shutil.copy(ROOT / "corpora" / "sample" / FILE, sample)
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "llamaindex.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", page, re.DOTALL)
    assert len(blocks) == page.count("```python")
    names = {}
    for code, printed in blocks:
        exec(compile(code, "docs/llamaindex.md", "exec"), names)
        assert capsys.readouterr().out == printed
    names["index"].close()


def test_the_page_names_every_socket():
    page = (ROOT / "docs" / "llamaindex.md").read_text(encoding="utf-8")
    assert [name for name in llamaindex.__all__ if name not in page] == []
