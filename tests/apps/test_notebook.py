"""An answer in a notebook: the words of an export, nothing that runs or is fetched, in the notebook's colours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from chat_fakes import XSS, answered, cite, conflicting
from hypothesis import given
from hypothesis import strategies as st

from cpgassist import Assistant, Corpus
from cpgassist.apps.export.as_notebook import answer_html
from cpgassist.apps.export.blocks import texts
from cpgassist.apps.export.composing import compose
from cpgassist.apps.wording import WORDS
from cpgassist.types import Answer, Statement

DOSE = "What is the dose of zelmorin for an adult with harbour fever?"
SILENT = "Recipe for pancakes?"


class Page(HTMLParser):
    """Tags, attributes and words of a piece of HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = set(), [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def assistant(index, sample):
    return Assistant(Corpus(sample, index=index))


def test_a_notebook_shows_what_an_export_says(assistant):
    answer = assistant.ask(DOSE)
    page = Page(answer._repr_html_())
    assert not page.open and page.tags <= {
        *"div style h1 h2 h3 p span a ul li blockquote details summary table thead tbody tr th td".split()
    }
    for citation in answer.citations:
        assert " ".join(citation.shown.split()) in page.text
    for words in texts(compose(answer, None, date.today())):
        assert " ".join(words.split()) in page.text
    assert answer.bottom_line.text in page.text and "Table rows" in page.text


def test_silence_is_shown_as_silence(assistant):
    answer = assistant.ask(SILENT)
    page = Page(answer._repr_html_())
    assert WORDS["silent"] in page.text and "Bottom line" not in page.text and "details" not in page.tags
    assert "Searched: " in page.text


def test_a_conflict_shows_both_sides_with_their_editions():
    answer = conflicting("How often?")
    page = Page(answer._repr_html_())
    assert answer.remarks[0] in page.text and "Bottom line" not in page.text
    for one in answer.statements:
        assert one.text in page.text
    for citation in answer.citations:
        assert str(citation.guideline.published) in page.text


@pytest.mark.parametrize("status", ["answered", "partial", "silent", "conflict", "refused"])
def test_nothing_runs_and_nothing_is_fetched_in_any_state(status):
    info = replace(cite(1).guideline, title=XSS, publisher=XSS, edition=XSS)
    citation = replace(cite(1, quote=XSS), guideline=info, section=(XSS,), source_text=XSS, findings=(XSS,))
    line = Statement(XSS, (1,), XSS, "text", XSS, (XSS,), (XSS,))
    row = replace(line, text=f"{XSS} | 5 mg", kind="table", lead=(f"{XSS} | {XSS}",))
    answer = Answer(
        status, 0.9, XSS, XSS, line, (line, row), (XSS,), (citation,), warnings=(XSS,), remarks=(XSS,), clarify=(XSS,),
        asked_as=XSS, models={"generator": XSS, "embedder": XSS},
    )  # fmt: skip
    page = Page(answer._repr_html_())
    assert not page.open and not page.tags & {"img", "script", "iframe", "link", "object", "form", "svg"}
    for name, value in page.attributes:
        assert name in ("class", "lang", "id", "href", "role", "scope", "tabindex", "colspan")
        assert name != "href" or value.startswith("#cpg-")
    assert not re.search(r"https?:|url\(|@import|expression\(", answer._repr_html_().replace(XSS, ""))


@given(st.text(max_size=60))
def test_whatever_is_asked_stays_words(question):
    page = Page(answer_html(Answer("silent", 0.0, question, "v1", not_in_guideline=(question,))))
    assert not page.open and page.tags <= {"div", "style", "h1", "p", "span"}


def test_marks_lead_to_the_quotes_of_their_own_answer():
    pages = [Page(answered(question)._repr_html_()) for question in ("What dose?", "Which dose?")]
    ids = [{value for name, value in page.attributes if name == "id"} for page in pages]
    for page, own in zip(pages, ids, strict=True):
        led = {value.removeprefix("#") for name, value in page.attributes if name == "href"}
        assert led and led == own
    assert not ids[0] & ids[1]


def test_the_style_reaches_nothing_else_and_sets_no_ground():
    style = re.search(r"<style>(.*?)</style>", answered("What dose?")._repr_html_(), re.S)[1]
    rules = [rule.strip() for rule in style.split("}") if rule.strip()]
    assert rules and all(
        part.strip().startswith(".cpgassist-answer") for rule in rules for part in rule.split("{")[0].split(",")
    )
    assert all("none" in found for found in re.findall(r"background[^;]*", style))
