"""Every citation of fifty answers, clicked in a real browser: the words under its marks are its quote.

The marks are taken from the screen, the words from the PDF itself by code that shares nothing with cpgassist
(screen_pages.py). Quotes that only OCR read have no text layer to compare with, and a drawing is marked whole: both are
counted apart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pypdfium2
import pytest
from chat_browser import MARKS, Chat, browser, serving
from chat_fakes import HEIGHT, LINES, WIDTH, box_of, make_pdf
from screen_corpora import GUIDELINES, development, development_questions
from screen_pages import same_words, stands_on, words_in

from cpgassist import Assistant, Corpus
from cpgassist.types import DRAWN_KINDS, Answer, Citation

__all__ = ["browser", "development"]
pytestmark = MARKS

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpora" / "sample"
MARGIN = 1.0
"""Points that a mark is wider than its words on each side: without them it would touch the lines around it."""
SLACK = 0.002
"""Shares of the page that a mark on the screen may be off its place, which is told in whole parts of a pixel."""

SHOWN = """() => {
    const source = document.querySelector('#panel .source:not([hidden])');
    const picture = source?.querySelector('.page img');
    if (!picture?.complete || !picture.naturalWidth) return null;
    return {id: source.dataset.id, quote: source.querySelector('blockquote').textContent,
            title: source.querySelector('h3').textContent, about: source.querySelector('.about').textContent,
            address: picture.getAttribute('src'),
            styles: [...source.querySelectorAll('.mark')].map((mark) => mark.getAttribute('style')), unseen: [...source.querySelectorAll('.mark')].filter((mark) => {
                const look = getComputedStyle(mark);
                return look.display === 'none' || look.visibility !== 'visible' || !mark.offsetWidth;
            }).length};
}"""


@dataclass
class Recorded:
    """An assistant that keeps its last answer."""

    assistant: Assistant
    last: Answer | None = None

    def __getattr__(self, name):
        return getattr(self.assistant, name)

    def stream(self, *asked, **more):
        for self.last in self.assistant.stream(*asked, **more):
            yield self.last

    def conversation(self):
        from cpgassist.conversation import Conversation

        return Conversation(self)


def questions(*files: Path) -> list[str]:
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    return [json.loads(line)["question"] for line in lines]


def open_citation(chat: Chat, citation: Citation) -> dict:
    """Click `[n]` in the answer; what the panel then shows, once its page's picture is there."""
    chip = chat.page.locator(f"#thread .turn a.cite[href='#e-1-{citation.n}']").first
    chip.click()
    opened = f"({SHOWN})()?.id === 'e-1-{citation.n}'"
    chat.wait_until(opened)
    return chat.page.evaluate(SHOWN)


def placed_at(style: str) -> tuple[float, float, float, float]:
    """A mark's left, top, right and bottom as shares of its page."""
    x, y, w, h = (
        float(re.search(rf"{side}: ?([\d.]+)%", style)[1]) / 100 for side in ("left", "top", "width", "height")
    )
    return x, y, x + w, y + h


def fault(chat: Chat, folder: Path, assistant: Recorded, kinds: dict[str, str], citation: Citation) -> tuple[str, str]:
    """What kind of citation it is, and what is wrong with how it is shown; "" for nothing."""
    shown, info, at = open_citation(chat, citation), citation.guideline, citation.at
    if shown["quote"] != " ".join(citation.shown.split()):
        return "", f"the panel quotes {shown['quote']!r}"
    if shown["title"] != " ".join(info.title.split()):
        return "", f"the panel names {shown['title']!r}"
    parts = urlsplit(shown["address"]).path.strip("/").split("/")
    if [unquote(part) for part in parts] != ["pages", info.id, f"{at.page}.jpg"]:
        return "", f"the picture is {shown['address']}"
    if not re.search(rf"\b(?:page|muka surat) {at.page}\b", shown["about"]):
        return "", f"the panel says {shown['about']!r}"
    if citation.verified == "ocr":
        return "read by OCR", ""
    width, height = assistant.corpus.page_size(info.file, at.page)
    across, down = MARGIN / width, MARGIN / height
    placed = [placed_at(style) for style in shown["styles"]]
    if not placed or shown["unseen"]:
        return "", f"{len(placed)} marks, {shown['unseen']} of them unseen"
    on_screen = chat.marks()
    if any(abs(a - b) > SLACK for pair in zip(placed, on_screen, strict=True) for a, b in zip(*pair, strict=True)):
        return "", f"the marks lie at {on_screen} on the screen, and should at {placed}"
    marks = [(x + across, y + down, r - across, b - down) for x, y, r, b in placed]
    layer = citation.source_text or citation.quote
    if kinds[citation.passage] in DRAWN_KINDS:  # its words say something else out of their places: it is marked whole
        return "drawings", "" if stands_on(folder / info.file, at.page, layer) else f"{layer!r} is not on the page"
    under = words_in(folder / info.file, at.page, marks)
    return "words", "" if same_words(under, layer) else f"under the marks stands {under!r}"


def check(browser, assistant: Assistant, folder: Path, asked: list[str]) -> tuple[Counter, list[str]]:
    """Counts of the citations checked, by kind, and what was wrong with them."""
    recorded, counts, faults = Recorded(assistant), Counter(), []
    kinds = {passage.id: passage.kind for passage in assistant.index.passages}
    with serving(recorded) as address:
        chat = Chat(browser, address, viewport={"width": 1400, "height": 900})
        for question in asked:
            chat.ask(question)
            answer = recorded.last
            counts[f"answers {answer.status}"] += 1
            for citation in answer.citations:
                kind, wrong = fault(chat, folder, recorded, kinds, citation)
                counts["citations"] += 1
                counts[kind] += 1
                if wrong:
                    faults.append(f"{question} [{citation.n}] {citation.guideline.file} {citation.at.page}: {wrong}")
            chat.page.click("#clear")
            chat.page.wait_for_selector("#thread .welcome")
        assert not chat.complaints, chat.complaints
        chat.context.close()
    print(f"{len(asked)} questions:", ", ".join(f"{n} {what}" for what, n in sorted(counts.items()) if what))
    return counts, faults


@pytest.mark.parametrize("most", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_every_citation_of_many_answers_on_the_sample(browser, index, most):
    smoke = [one.question for one in Corpus(SAMPLE, index=index).settings.smoke]
    asked = list(dict.fromkeys([*VARIED, *questions(ROOT / "demo" / "questions.jsonl"), *smoke]))[:most]
    assert len(asked) == most
    counts, faults = check(browser, Assistant(Corpus(SAMPLE, index=index)), SAMPLE, asked)
    assert faults == []
    assert counts["citations"] > 3 * most and counts["words"] > 0.9 * counts["citations"]


VARIED = ("What is the dose of zelmorin for an adult with harbour fever?", "Apakah itu gatal bakau?")


@pytest.mark.slow
def test_every_citation_of_fifty_answers_on_the_development_corpus(browser, development):
    counts, faults = check(browser, Assistant(development), GUIDELINES, development_questions(50))
    assert faults == []
    assert counts["citations"] > 100 and counts["words"] > 0.9 * counts["citations"]


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_words_under_a_mark_are_read_whichever_way_a_page_is_turned(tmp_path, turned):
    with pypdfium2.PdfDocument(make_pdf()) as document:
        document[0].set_rotation(turned)
        document.save(tmp_path / "page.pdf")
    box = box_of(1)
    left, top, right, bottom = box.left / WIDTH, box.top / HEIGHT, box.right / WIDTH, box.bottom / HEIGHT
    turns = {
        0: (left, top, right, bottom),
        90: (1 - bottom, left, 1 - top, right),
        180: (1 - right, 1 - bottom, 1 - left, 1 - top),
        270: (top, 1 - right, bottom, 1 - left),
    }
    mark = turns[turned]
    assert same_words(words_in(tmp_path / "page.pdf", 1, [mark]), LINES[1][2])
    lower = tuple(share + by for share, by in zip(mark, (0, 0.05, 0, 0.05), strict=True))
    assert not same_words(words_in(tmp_path / "page.pdf", 1, [lower]), LINES[1][2])
    assert stands_on(tmp_path / "page.pdf", 1, LINES[2][2]) and not stands_on(tmp_path / "page.pdf", 1, "No such words")
