"""The parts of cpgassist with llama-index's sockets; the only package that imports llama_index, but for the index.

* GuidelineReader          BaseReader          a PDF, read in the sandbox -> a Document per page, or our passages
* GuidelineNodeParser      NodeParser          those Documents -> our passages as TextNodes
* GuidelineRetriever       BaseRetriever       Assistant.search -> NodeWithScores
* GuidelineQueryEngine     CustomQueryEngine   Assistant.ask -> a Response with its cited passages
* GuidelineEmbedding       BaseEmbedding       our Embedder, for their indexes
* LlamaIndexEmbedder       our Embedder        any BaseEmbedding, for our corpora
* GuidelineLLM             CustomLLM           our ChatModel, for their programs
* LlamaIndexModel          our ChatModel       any LLM, for our answers and photos

Nothing here touches llama-index's global Settings, whose hidden default is a cloud model.
"""

from cpgassist.llamaindex.guidelines import (
    GuidelineEmbedding,
    GuidelineNodeParser,
    GuidelineQueryEngine,
    GuidelineReader,
    GuidelineRetriever,
    LlamaIndexEmbedder,
    passages_as_nodes,
)
from cpgassist.llamaindex.models import GuidelineLLM, LlamaIndexModel

__all__ = [
    "GuidelineEmbedding",
    "GuidelineLLM",
    "GuidelineNodeParser",
    "GuidelineQueryEngine",
    "GuidelineReader",
    "GuidelineRetriever",
    "LlamaIndexEmbedder",
    "LlamaIndexModel",
    "passages_as_nodes",
]
