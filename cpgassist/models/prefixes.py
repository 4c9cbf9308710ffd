"""What embedders were taught to read before a question and before a passage.

A model's own `prompts` (config_sentence_transformers.json) come first. Families that published their prefixes on the model
page alone are known here by name; what is not known has none, and settings can say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What is put before a question and before a passage; "" for nothing."""

    question: str = ""
    passage: str = ""


NONE = Prefixes()
_SEARCHING = "Represent this sentence for searching relevant passages: "

# Each read in its source: the model cards of intfloat/e5-base-v2 and multilingual-e5-small ("Each input text should start
# with ..."), intfloat's get_detailed_instruct with the task it names for search, the table of BAAI's bge cards ("no
# instruction needed for passages"), mteb's mxbai_models.py and arctic_models.py, the cards of snowflake-arctic-embed, and
# docs.nomic.ai on task prefixes.
PUBLISHED: Mapping[str, Prefixes] = {
    r"(?:multilingual-)?e5-(?:small|base|large)(?:-v2)?": Prefixes("query: ", "passage: "),
    r"(?:multilingual-)?e5-[\w.-]*instruct": Prefixes(
        "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
    ),
    r"bge-(?:small|base|large)-en(?:-v1\.5)?": Prefixes(_SEARCHING),
    r"bge-(?:small|base|large)-zh(?:-v1\.5)?": Prefixes("为这个句子生成表示以用于检索相关文章："),
    r"mxbai-embed-large-v1": Prefixes(_SEARCHING),
    r"nomic-embed-text-v[\w.-]+": Prefixes("search_query: ", "search_document: "),
    r"snowflake-arctic-embed-(?:xs|s|m|m-long|l)(?:-v1\.5)?": Prefixes(_SEARCHING),
    r"snowflake-arctic-embed-[ml]-v2\.0": Prefixes("query: "),
}
"""Prefixes by the last part of a model's name, as a pattern for the whole of it."""


def published_prefixes(name: str, said: Mapping[str, Any]) -> Prefixes:
    """The prefixes of a model of this name whose config_sentence_transformers.json says this.

    Prompts are chosen as sentence-transformers' encode_query and encode_document do, its default one in their absence.
    A file whose prompts are all empty says nothing: every model that is saved has one.
    """
    prompts = said.get("prompts")
    prompts = {key: text for key, text in prompts.items() if isinstance(text, str)} if isinstance(prompts, dict) else {}
    usual = str(said.get("default_prompt_name"))
    own = Prefixes(_first(prompts, ("query", usual)), _first(prompts, ("document", "passage", "corpus", usual)))
    if own != NONE:
        return own
    last = name.rpartition("/")[2].casefold()
    return next((known for pattern, known in PUBLISHED.items() if re.fullmatch(pattern, last)), NONE)


def _first(prompts: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((prompts[name] for name in names if name in prompts), "")
