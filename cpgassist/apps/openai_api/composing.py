"""An answer as the text of a chat message: it can be read alone, and Markdown shows it as it was quoted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from cpgassist.editions import named
from cpgassist.types import Answer, Citation

LONGEST_QUOTE = 1200
"""Characters of a quote that an address carries, to be marked on the page; longer ones lead to the page alone."""
_INLINE = re.compile(r"[*_`~$\\]|<(?=[A-Za-z/!?])|&(?=#?\w)")
_BLOCK = re.compile(r"^(\s*)([>#+=|-]|\d{1,9}(?=[.)]))")


def page_address(base: str, citation: Citation) -> str:
    """The cited page as a picture, the quote marked where it can be found again."""
    address = f"{base}/api/v1/guidelines/{quote(citation.guideline.id, safe='')}/pages/{citation.at.page}.png"
    if len(citation.quote) > LONGEST_QUOTE:
        return address
    return f"{address}?quote={quote(citation.quote, safe='')}"


def in_markdown(line: str) -> str:
    """A line so that Markdown shows it as it is: "5 mg*", "~10", "> 70 kg" and "1." would lose something else."""
    told = _INLINE.sub(lambda found: f"\\{found[0]}", line)
    return _BLOCK.sub(
        lambda found: f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}", told
    )


def message_of(answer: Answer, base: str) -> tuple[str, list[dict[str, Any]]]:
    """The text of the message, and its annotations: for each citation the place of its mark and the page's address."""
    told = str(replace(answer, citations=()))
    lines = [in_markdown(line.strip()) for line in told.splitlines() if line.strip()]
    addresses = {one.n: page_address(base, one) for one in answer.citations}
    text = "\n\n".join(
        [*lines, *(_source(one, addresses[one.n]) for one in answer.citations), f"Status: {answer.status}"]
    )
    return text, [_annotation(one, addresses[one.n], text) for one in answer.citations]


def _source(citation: Citation, address: str) -> str:
    page = citation.at.label or str(citation.at.page)
    printed = f" (page {citation.at.page} of the file)" if page != str(citation.at.page) else ""
    notes = [citation.ocr_note, citation.findings and f"Found by: {'; '.join(citation.findings)}."]
    about = in_markdown(f"{named(citation.guideline)}, p. {page}{printed}")
    return " ".join([f"[{citation.n}] {about} <{address}>", *(in_markdown(note) for note in notes if note)])


def _annotation(citation: Citation, address: str, text: str) -> dict[str, Any]:
    mark = f"[{citation.n}]"
    start = text.index(mark)
    told = {"url": address, "title": f"{named(citation.guideline)}, p. {citation.at.label or citation.at.page}"}
    return {"type": "url_citation", "url_citation": {**told, "start_index": start, "end_index": start + len(mark)}}
