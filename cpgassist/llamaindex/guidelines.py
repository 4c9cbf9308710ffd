"""Guidelines and their passages with llama-index's sockets: reading, splitting, searching, asking, embedding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding, Embedding
from llama_index.core.base.response.schema import Response
from llama_index.core.bridge.pydantic import Field, PlainSerializer
from llama_index.core.callbacks import CallbackManager
from llama_index.core.node_parser import NodeParser
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.readers.base import BaseReader
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import (
    BaseNode,
    Document,
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.utils import get_tqdm_iterable
from numpy.typing import NDArray

from cpgassist.assistant import Assistant
from cpgassist.errors import InputError, ModelError
from cpgassist.passages import SPLITTING_VERSION, CountTokens, split
from cpgassist.protocols import Embedder, PassageIndex, QuestionEmbedder
from cpgassist.reading import OcrLimits, read_in_sandbox
from cpgassist.settings import Limits
from cpgassist.types import Answer, EmbedderIdentity, Guideline, GuidelineInfo, Page, Passage, Where

BULK_TEXTS = 1024
"""Texts that llama-index hands to our embedder at a time; its own default of 10 would forbid packing them."""

_LIMITS = Limits.model_validate({})
"""The limits that a corpus reads with when its settings name none."""
_UNSEEN = ("running_head", "hidden")
"""Blocks that are no part of a page's running text."""
_BOOKKEEPING = ("file_path", "page", "guideline", "sha256")
"""Document metadata that would only be noise in a prompt."""


def _provenance(embedder: Embedder) -> str:
    """What vectors and passages depend on: llama-index hashes it to know whether cached nodes still hold."""
    identity = embedder.identity
    return f"{identity.name} ({identity.revision}), {identity.dimension} dimensions, window {embedder.window}"


_AnyEmbedder = Annotated[Embedder, PlainSerializer(_provenance, return_type=str)]
"""An Embedder as a field of a llama-index component."""


# ---- reading


class GuidelineReader(BaseReader):
    """Reads guideline PDFs, each in its own process with limits."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or _LIMITS

    def load_data(self, path: str | Path, extra_info: Mapping[str, Any] | None = None) -> list[Document]:
        """A Document for each page, in order: its text in reading order, without running heads and hidden text.

        A page without a text layer gives an empty Document. `extra_info` is added to the metadata, as
        SimpleDirectoryReader expects. Raises InputError when there is no such file and DocumentError when it cannot
        be read.
        """
        guideline = self._read(path)
        texts = _page_texts(guideline)
        # Absolute, because GuidelineNodeParser reads the file again, from whatever folder it is run in.
        more = {**(extra_info or {}), "file_path": str(Path(path).absolute())}
        return [_document(guideline.info, page, texts.get(page.number, ""), more) for page in guideline.pages]

    def load_nodes(self, path: str | Path, embedder: Embedder) -> list[TextNode]:
        """The searched passages of a PDF, sized for the window of the embedder that will embed them.

        Raises InputError when there is no such file and DocumentError when it cannot be read.
        """
        guideline = self._read(path)
        return passages_as_nodes(_searched(guideline, embedder), {guideline.info.id: guideline.info})

    def _read(self, path: str | Path) -> Guideline:
        path = Path(path)
        if not path.is_file():
            raise InputError(f"There is no file {path}.", "Name a guideline PDF.")
        limits = self._limits
        return read_in_sandbox(path, **limits.of_reading(), ocr=OcrLimits("auto", limits.ocr_pages))


def _document(info: GuidelineInfo, page: Page, text: str, more: Mapping[str, Any]) -> Document:
    metadata = {
        **more,
        "file_name": info.file,
        "page": page.number,
        "page_label": page.label,
        "guideline": info.id,
        "title": info.title,
        "year": info.published,
        "sha256": info.sha256,
    }
    return Document(
        id_=f"{info.id}:page-{page.number}",
        text=text,
        metadata=metadata,
        excluded_embed_metadata_keys=list(metadata),
        excluded_llm_metadata_keys=list(_BOOKKEEPING),
    )


def _page_texts(guideline: Guideline) -> dict[int, str]:
    """The text of each page: blocks divided by an empty line, each heading above what it heads."""
    parts: dict[int, list[str]] = {}
    printed: set[tuple[str, ...]] = set()
    for section in guideline.sections:
        for depth in range(1, len(section.path) + 1):
            if depth == len(section.path) or section.path[:depth] not in printed:
                parts.setdefault(section.page, []).append(section.path[depth - 1])
            printed.add(section.path[:depth])
        for block in section.blocks:
            if block.kind not in _UNSEEN:
                for page, lines in groupby(block.lines, key=lambda line: line.page):
                    parts.setdefault(page, []).append("\n".join(line.text for line in lines))
    return {page: "\n\n".join(texts) for page, texts in parts.items()}


# ---- passages as nodes


def passages_as_nodes(passages: Iterable[Passage], guidelines: Mapping[str, GuidelineInfo]) -> list[TextNode]:
    """Passages as TextNodes with the passages' ids, the guideline's id as their ref_doc_id, and flat metadata.

    What a model embeds or reads of a node is `Passage.embedded_text()`: the section, then the text. For an opened
    index: `passages_as_nodes(index.passages, index.guidelines)`. Raises KeyError for a guideline that is not given.
    """
    return [_node(p, guidelines[p.guideline], RelatedNodeInfo(node_id=p.guideline)) for p in passages]


def _node(passage: Passage, info: GuidelineInfo, source: RelatedNodeInfo, inherited: Iterable[str] = ()) -> TextNode:
    """The passage as a node; `inherited` names metadata that llama-index will copy from the source."""
    metadata = {
        "file": info.file,
        "page": passage.page,
        "pages": ", ".join(map(str, passage.pages)),
        "page_label": passage.page_label,
        "section": " > ".join(passage.heading_path),
        "kind": passage.kind,
        "grade": passage.grade,
        "guideline": info.id,
        "year": info.published,
    }
    unseen = [name for name in dict.fromkeys((*inherited, *metadata)) if name != "section"]
    return TextNode(
        id_=passage.id,
        text=passage.text,
        metadata=metadata,
        excluded_embed_metadata_keys=unseen,
        excluded_llm_metadata_keys=unseen,
        metadata_template="{value}",
        text_template="{metadata_str}\n{content}",
        relationships={NodeRelationship.SOURCE: source},
    )


def _searched(guideline: Guideline, embedder: Embedder) -> list[Passage]:
    return [passage for passage in split(guideline, embedder.count_tokens, embedder.window) if passage.searched]


@dataclass(slots=True)
class _File:
    """The Documents of one PDF by page, and the content they were read from."""

    sha256: str
    pages: dict[int, BaseNode] = field(default_factory=dict)


class GuidelineNodeParser(NodeParser):
    """Turns the Documents of GuidelineReader into our passages: each becomes a node of the page it begins on.

    Splitting needs the whole guideline (sections, tables and sentences run over pages), which a Document cannot
    carry, so each file is read again; `GuidelineReader.load_nodes` reads once. Of some pages only, it gives the
    passages that begin there. Node ids are passage ids: `id_func` is not used.
    """

    embedder: _AnyEmbedder
    """The embedder that will embed the nodes: they are sized for its window."""
    limits: Limits = _LIMITS
    splitting_version: str = Field(default=SPLITTING_VERSION, frozen=True)
    """Hashed by llama-index along with the fields above, so that cached nodes of older rules are not used."""

    @classmethod
    def class_name(cls) -> str:
        """The component's name in llama-index."""
        return "GuidelineNodeParser"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:
        made: list[BaseNode] = []
        owners: dict[str, str] = {}
        for path, file in get_tqdm_iterable(list(_by_file(nodes).items()), show_progress, "Reading guidelines"):
            guideline = self._read(path, file)
            owner = owners.setdefault(guideline.info.id, path)
            if owner != path:
                raise InputError(f"{owner} and {path} give one guideline id.", "Rename one, or parse them apart.")
            made += self._on_pages(guideline, file.pages)
        return made

    async def _aparse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return await asyncio.to_thread(self._parse_nodes, nodes, show_progress, **kwargs)

    def _read(self, path: str, file: _File) -> Guideline:
        guideline = GuidelineReader(self.limits)._read(path)
        if guideline.info.sha256 != file.sha256:
            raise InputError(f"{path} has changed since its Documents were made.", "Load it again.")
        return guideline

    def _on_pages(self, guideline: Guideline, pages: Mapping[int, BaseNode]) -> list[TextNode]:
        sources = {number: page.as_related_node_info() for number, page in pages.items()}
        return [
            _node(passage, guideline.info, sources[passage.page], pages[passage.page].metadata)
            for passage in _searched(guideline, self.embedder)
            if passage.page in pages
        ]


def _by_file(nodes: Iterable[BaseNode]) -> dict[str, _File]:
    """The Documents by file. Raises InputError for one that GuidelineReader did not make, or a page given twice."""
    files: dict[str, _File] = {}
    for node in nodes:
        path, page, sha256 = (node.metadata.get(name) for name in ("file_path", "page", "sha256"))
        if not (isinstance(path, str) and isinstance(page, int) and isinstance(sha256, str)):
            raise InputError(
                f"Document {node.node_id!r} does not say which page of which PDF it is (its metadata lacks file_path, "
                "page or sha256), and passages are split from the whole guideline, not from the text of a page.",
                "Load the PDF with GuidelineReader, or split this Document with another node parser.",
            )
        file = files.setdefault(path, _File(sha256))
        if page in file.pages or file.sha256 != sha256:
            raise InputError(f"Page {page} of {path} was given twice, or the file in two states.", "Load it once.")
        file.pages[page] = node
    return files


# ---- searching and asking


class GuidelineRetriever(BaseRetriever):
    """Retrieves passages with `Assistant.search`; a node's score is the hit's fused score."""

    def __init__(
        self,
        assistant: Assistant,
        k: int = 10,
        where: Where | None = None,
        callback_manager: CallbackManager | None = None,
        **options: Any,
    ) -> None:
        """Retrieve the `k` best passages that `where` allows; `options` are BaseRetriever's own."""
        super().__init__(callback_manager=callback_manager, **options)
        self._assistant, self._k, self._where = assistant, k, where

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._assistant.search(query_bundle.query_str, self._k, self._where)
        # Rank and similarity stay out of the metadata: fusing retrievers know a passage again by its node's hash.
        nodes = passages_as_nodes([hit.passage for hit in found.hits], found.guidelines)
        return [NodeWithScore(node=node, score=hit.score) for node, hit in zip(nodes, found.hits, strict=True)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class GuidelineQueryEngine(CustomQueryEngine):
    """Answers with `Assistant.ask`: quoted and cited, or silent and saying so; no response synthesizer is involved.

    The response is the readable answer, its source nodes are the cited passages in the order of their citations
    (without scores), and its metadata is the Answer JSON.
    """

    assistant: Assistant
    where: Where | None = None

    def custom_query(self, query_str: str) -> Response:
        """The answer to a question. Raises InputError for an empty or overlong question."""
        answer = self.assistant.ask(query_str, self.where)
        return Response(str(answer), _sources(answer, self.assistant.index), answer.to_dict())

    async def acustom_query(self, query_str: str) -> Response:
        """The answer to a question, found in another thread."""
        return await asyncio.to_thread(self.custom_query, query_str)


def _sources(answer: Answer, index: PassageIndex) -> list[NodeWithScore]:
    """The cited passages; one that a reindex removed meanwhile is left out, and still quoted in the metadata."""
    cited = list(dict.fromkeys(citation.passage for citation in answer.citations))
    found = {passage.id: passage for passage in index.passages if passage.id in cited}
    nodes = passages_as_nodes([found[name] for name in cited if name in found], index.guidelines)
    return [NodeWithScore(node=node) for node in nodes]


# ---- embedding


class GuidelineEmbedding(BaseEmbedding):
    """Our Embedder as a llama-index embedding model: `GuidelineEmbedding(corpus.embedder())`."""

    embedder: _AnyEmbedder

    def __init__(self, embedder: Embedder, **options: Any) -> None:
        """Wrap an embedder; `options` are BaseEmbedding's own."""
        fields: dict[str, Any] = {"model_name": embedder.identity.name, "embed_batch_size": BULK_TEXTS, **options}
        super().__init__(**{**fields, "embedder": embedder})

    @classmethod
    def class_name(cls) -> str:
        """The component's name in llama-index."""
        return "GuidelineEmbedding"

    def _get_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        vectors: list[Embedding] = self.embedder.embed(texts).tolist()
        return vectors

    def _get_text_embedding(self, text: str) -> Embedding:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> Embedding:
        if not isinstance(self.embedder, QuestionEmbedder):
            return self._get_text_embedding(query)
        vector: Embedding = self.embedder.embed_questions([query])[0].tolist()
        return vector

    async def _aget_query_embedding(self, query: str) -> Embedding:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> Embedding:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)


class LlamaIndexEmbedder:
    """Any llama-index embedding model as our Embedder: `Corpus(folder, embedder=LlamaIndexEmbedder(...))`.

    Passages are embedded as the model embeds texts and questions as it embeds queries, with the instructions of its own
    that it puts before each: those before texts belong in `revision`. Texts go wherever the model sends them.
    """

    def __init__(
        self,
        model: BaseEmbedding,
        *,
        revision: str,
        dimension: int,
        window: int,
        count_tokens: CountTokens,
        name: str | None = None,
    ) -> None:
        """Wrap a model, with what llama-index does not say of it.

        `revision` changes whenever the model's vectors do; `window` is its longest input in tokens; `count_tokens`
        counts each text's tokens, special tokens included, never truncated; `name` is `model.model_name` when unset.
        """
        self.identity = EmbedderIdentity(name or model.model_name, revision, dimension)
        self.window = window
        self._model, self._count = model, count_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text with special tokens, never truncated."""
        return list(self._count(texts))

    def embed(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> NDArray[np.float32]:
        """Unit vectors, float32 of shape (len(texts), dimension), in the order of `texts`.

        Raises ModelError when the model fails, or its vectors have another dimension or no direction.
        """
        vectors = np.empty((len(texts), self.identity.dimension), dtype=np.float32)
        size = self._model.embed_batch_size
        for start in range(0, len(texts), size):
            batch = texts[start : start + size]
            vectors[start : start + len(batch)] = self._unit(batch, self._model.get_text_embedding_batch)
            if progress is not None:
                progress(start + len(batch), len(texts))
        return vectors

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions, as the model embeds queries. Raises what `embed` raises."""
        if not texts:
            return np.empty((0, self.identity.dimension), dtype=np.float32)
        query = self._model.get_query_embedding
        return self._unit(texts, lambda clean: [query(text) for text in clean]).astype(np.float32)

    def _unit(self, texts: Sequence[str], embed: Callable[[list[str]], Sequence[Embedding]]) -> NDArray[np.float64]:
        # Lone surrogates, which PDFs do give, fail in tokenizers and in JSON.
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        try:
            vectors = np.asarray(embed(clean), dtype=np.float64)
        except Exception as error:  # each integration raises its own
            raise ModelError(
                f"The embedding model {self.identity.name} failed ({type(error).__name__}: {error!s:.300}).",
                "Check the model and its connection.",
            ) from error
        if vectors.shape != (len(texts), self.identity.dimension):
            raise ModelError(
                f"The embedding model {self.identity.name} gave vectors of shape {vectors.shape} for {len(texts)} "
                f"texts and dimension {self.identity.dimension}.",
                "Correct `dimension`.",
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise ModelError(
                f"The embedding model {self.identity.name} gave a vector without a direction.", "Check the model."
            )
        unit: NDArray[np.float64] = vectors / lengths
        return unit
