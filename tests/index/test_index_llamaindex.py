"""A stock llama-index opens our collection, because each node is stored as llama-index would store it."""

import json

import pytest

from cpgassist.index import IndexStore
from cpgassist.index.chroma import node_metadata
from tests.index.made import guideline, new_version, passage

pytest.importorskip("llama_index.core")

from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores import ExactMatchFilter, MetadataFilters
from llama_index.core.vector_stores.utils import node_to_metadata_dict
from llama_index.vector_stores.chroma import ChromaVectorStore

NEW = new_version()
NAMES = ("file", "page", "page_label", "section", "kind", "grade", "guideline", "year")


class KnownVectors(BaseEmbedding):
    """Embeds "7" as the vector of passage 7."""

    def _get_query_embedding(self, query):
        return NEW.vectors[int(query)].tolist()

    _get_text_embedding = _get_query_embedding

    async def _aget_query_embedding(self, query):
        return self._get_query_embedding(query)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    store = IndexStore(tmp_path_factory.mktemp("stock"))
    store.build(NEW)
    opened = store.open()
    yield VectorStoreIndex.from_vector_store(
        ChromaVectorStore(chroma_collection=opened.collection), embed_model=KnownVectors()
    )
    opened.close()


@pytest.mark.parametrize("number", [0, 1, 2, 17])
def test_a_stock_retriever_finds_our_text_and_metadata(index, number):
    [found] = index.as_retriever(similarity_top_k=1).retrieve(str(number))
    made = NEW.passages[number]
    assert type(found.node) is TextNode
    assert found.node.node_id == made.id
    assert found.node.text == made.text
    assert found.node.ref_doc_id == made.guideline
    assert found.node.metadata == {
        "file": f"guide {number % 3}.pdf",
        "page": made.page,
        "page_label": made.page_label,
        "section": " > ".join(made.heading_path),
        "kind": made.kind,
        "grade": made.grade,
        "guideline": made.guideline,
        "year": 2010 + number % 3,
    }


def test_a_stock_filter_works(index):
    filters = MetadataFilters(filters=[ExactMatchFilter(key="guideline", value="guide-1")])
    found = index.as_retriever(similarity_top_k=40, filters=filters).retrieve("0")
    assert {hit.node.metadata["guideline"] for hit in found} == {"guide-1"}
    assert len(found) == sum(made.guideline == "guide-1" for made in NEW.passages)


@pytest.mark.parametrize(
    "info",
    [guideline(0), guideline(0, published=None), guideline(0, title="é \N{SNOWMAN}", file="糖尿 病.pdf")],
    ids=repr,
)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_layout_is_llama_indexs_own(info, number):
    made = passage(number, guidelines=1)
    ours = node_metadata(made, info)
    node = TextNode(id_=made.id, text=made.text, metadata=json.loads(ours["_node_content"])["metadata"])
    node.relationships = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=info.id)}
    theirs = node_to_metadata_dict(node, remove_text=True, flat_metadata=True)
    assert ours == {name: "" if value is None else value for name, value in theirs.items()}
    assert tuple(node.metadata) == NAMES
