"""The page map: self-contained, escaped, and readable without its colours."""

from __future__ import annotations

import html.parser
import re

import pytest

from cpgassist.apps.pagemap import LETTERS, pagemap, write_pagemap
from cpgassist.errors import InputError
from cpgassist.quality import HOLDINGS, GuidelineQuality, PageQuality, Quality, Reason
from cpgassist.types import GuidelineInfo, LeftOut

HOSTILE = '<script>alert("x")</script>&"\''


def quality(title="Guide", note="a note") -> Quality:
    pages = tuple(
        PageQuality(n, f"p{n}", kind, 10, (Reason("lost", 90, f"lost {title}"),) if n == 2 else ())
        for n, kind in enumerate(HOLDINGS, 1)
    )
    info = GuidelineInfo("g", title, f"{title}.pdf", "0" * 64)
    guideline = GuidelineQuality(
        info, pages, 90, {"text": 3}, 2, 9, 1, 0, 0, 0, 0, 0, 0, (), None, (), 0, 0, 0, (2, 5), ("superseded",), (note,)
    )  # fmt: skip
    return Quality("v1", "2026-11-26", (guideline,), (LeftOut(f"{title}-bad.pdf", note),))


class Found(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.cells = [], set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.append(tag)
        self.ids.add(told.get("id"))
        self.links += [told[name] for name in ("href", "src") if name in told]
        if "cell" in (told.get("class") or "").split() and told.get("title"):
            self.cells.append(told)


def test_every_kind_has_a_letter_of_its_own():
    assert set(LETTERS) == set(HOLDINGS) and len(set(LETTERS.values())) == len(LETTERS)


def test_a_cell_for_each_page_says_what_it_holds_without_colour():
    text = pagemap(quality())
    cells = Found(text).cells
    assert len(cells) == len(HOLDINGS)
    for number, (cell, says) in enumerate(zip(cells, HOLDINGS.values(), strict=True), 1):
        assert (
            cell["title"].startswith(f"page {number} (printed p{number}): {says}")
            and cell["title"] == cell["aria-label"]
        )
    for letter in LETTERS.values():
        assert text.count(f">{letter}<") >= 2  # in the map and in the legend


def test_a_page_with_reasons_links_to_its_line():
    found = Found(pagemap(quality()))
    assert found.links == ["#look", "#g1-p2"] and {"look", "g1-p2"} <= found.ids


def test_nothing_is_fetched_or_run():
    text = pagemap(quality())
    assert not re.search(r"https?:|@import|url\(|<script|<img|<link", text)
    assert "default-src 'none'" in text and "prefers-color-scheme: dark" in text and "@media print" in text
    assert 'name="viewport"' in text


def test_titles_reasons_and_notes_are_escaped():
    found = Found(pagemap(quality(HOSTILE, HOSTILE)))
    assert "script" not in found.tags
    assert HOSTILE in next(cell["title"] for cell in found.cells if "lost" in cell["title"])


def test_it_says_when_no_page_stands_out():
    assert "No page stands out." in pagemap(Quality("v1", "2026", (), ()))


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path):
    write_pagemap(quality("\ud800"), tmp_path / "odd.html")
    assert (tmp_path / "odd.html").read_text().startswith("<!doctype html>")
    with pytest.raises(InputError, match="nowhere"):
        write_pagemap(quality(), tmp_path / "nowhere" / "map.html")
