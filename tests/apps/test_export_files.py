"""Exported files as such: nothing outside them, nothing that runs, found by headings, bookmarks, links and words."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import docx
import pypdfium2
import pytest
from chat_browser import CHROMIUM, FLAGS, MARKS
from chat_fakes import ECZEMA, XSS, FakeCorpus, answered, canned, cite
from docx.oxml.ns import qn
from export_read import docx_words, html_words, pdf_words, solid
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from cpgassist.apps.drawing import mark_words
from cpgassist.apps.export import FORMATS, export_answer
from cpgassist.apps.export.as_docx import write_docx
from cpgassist.apps.export.as_html import write_html
from cpgassist.apps.export.as_pdf import write_pdf
from cpgassist.apps.export.blocks import Bullets, Document, Heading, Paragraph, Row, Rows, Run, visible
from cpgassist.apps.export.pictures import open_page
from cpgassist.types import Answer, Box, Checks, Statement
from tests.fixtures.trials import trials

TODAY = date(2026, 11, 26)
CHINESE = "孩子发烧的剂量是多少？"


@pytest.fixture(scope="module")
def corpus() -> FakeCorpus:
    return FakeCorpus()


@pytest.fixture(scope="module")
def files(corpus) -> dict[str, bytes]:
    return {format: export_answer(answered("Which steroid for a flare?"), corpus, format, TODAY) for format in FORMATS}


class Tags(HTMLParser):
    def __init__(self, file: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(file.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


# ---- HTML


def test_html_has_no_script_and_refers_to_nothing_outside(files, corpus):
    for file in (files["html"], export_answer(canned("xss"), corpus, "html", TODAY)):
        tags = Tags(file).tags
        allowed = set(
            "html head meta title style body main footer h1 h2 h3 p ul li a span blockquote figure img".split()
        )
        assert {tag for tag, _ in tags} <= allowed | set("div table thead tbody tr th td".split())
        for tag, attributes in tags:
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
            assert (attributes.get("href") or "#").startswith("#")
            assert tag != "img" or attributes["src"].startswith("data:image/jpeg;base64,")
        assert b"url(" not in file and b"@import" not in file


def test_html_says_who_may_apply_what(files):
    policy = re.search(rb'Content-Security-Policy" content="([^"]+)"', files["html"])[1]
    assert policy.startswith(b"default-src 'none'; style-src 'sha256-") and b"unsafe" not in policy
    assert b'<html lang="en">' in files["html"]


def test_html_names_the_language_of_a_quote(corpus):
    malay = replace(ECZEMA, language="ms")
    answer = Answer("answered", 0.9, "Apa?", "v1", None, (), (), (cite(1, info=malay),))
    assert ("blockquote", {"class": "quote", "lang": "ms"}) in Tags(export_answer(answer, corpus, "html", TODAY)).tags


def test_every_number_leads_to_its_evidence(files):
    tags = Tags(files["html"]).tags
    ids = {attributes["id"] for _, attributes in tags if "id" in attributes}
    assert ids == {f"citation-{n}" for n in range(1, 6)} == {a["href"][1:] for tag, a in tags if tag == "a"}


def test_every_picture_is_told_in_words_and_is_what_it_says(files):
    pictures = [attributes for tag, attributes in Tags(files["html"]).tags if tag == "img"]
    assert len(pictures) == 5 + 3 and all("marked" in picture["alt"] for picture in pictures)
    for picture in pictures:
        image = Image.open(io.BytesIO(base64.b64decode(picture["src"].partition(",")[2])))
        assert (str(image.width), str(image.height)) == (picture["width"], picture["height"])


@pytest.mark.parametrize("width", [1400, 390])
def test_html_in_a_browser_is_styled_loads_nothing_and_does_not_scroll_sideways(corpus, tmp_path, width):
    playwright = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "answer.html"
    path.write_bytes(export_answer(canned("xss"), corpus, "html", TODAY))
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": 844})
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(path.as_uri())
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("getComputedStyle(document.querySelector('.bottom-line')).borderLeftWidth") == "4px"
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        browser.close()
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()] and said == []


for mark in MARKS:
    test_html_in_a_browser_is_styled_loads_nothing_and_does_not_scroll_sideways = mark(
        test_html_in_a_browser_is_styled_loads_nothing_and_does_not_scroll_sideways
    )


# ---- PDF


def test_pdf_has_title_bookmarks_language_links_and_numbered_pages(files):
    with pypdfium2.PdfDocument(files["pdf"]) as document:
        about = document.get_metadata_dict()
        assert about["Title"] == "Which steroid for a flare?" and about["Creator"] == "cpgassist"
        assert about["Author"] == "" and about["CreationDate"].startswith("D:20261126")
        titles = [(mark.level, mark.get_title()) for mark in document.get_toc()]
        assert (0, "Which steroid for a flare?") in titles and (1, "Evidence") in titles
        assert (2, "[3] Care of the Itchy Skin in Adults, page 3 (printed 13)") in titles
        for number, page in enumerate(document, 1):
            assert f"page {number} of {len(document)}" in page.get_textpage().get_text_range()
    assert b"/Lang (en)" in files["pdf"]
    assert b"/JavaScript" not in files["pdf"] and b"/URI" not in files["pdf"]


def test_the_number_of_pages_is_not_put_into_what_a_guideline_prints():
    words = pdf_words(write_pdf(document(Paragraph((Run("{nb} mg"),)), Rows((), (Row(((Run("{nb} ml"),),)),)))))
    assert "{nb} mg" in words and "{nb} ml" in words


def test_a_table_over_pages_has_its_header_on_each():
    rows = tuple(Row(((Run(f"Child {n}"),), (Run(f"{n} mg/kg"),))) for n in range(120))
    with pypdfium2.PdfDocument(write_pdf(document(Rows(("Age group", "Dose"), rows)))) as made:
        assert len(made) > 2
        assert all("Age group" in page.get_textpage().get_text_range() for page in made)


def test_a_row_higher_than_a_page_is_set_as_lines():
    words = "take one tablet " * 900
    table = Rows(("Age", "Dose"), (Row(((Run("Adult"),), (Run(words),))),))
    text = solid(without_feet(pdf_words(write_pdf(document(table)))))
    assert text.count("takeonetablet") == 900 and "Dose:take" in text


def test_chinese_is_shown_and_what_no_typeface_has_is_named():
    words = pdf_words(write_pdf(document(Paragraph((Run(CHINESE, "strong"), Run(" ≥5 mg/kg 😀 த"))))))
    assert solid(CHINESE) in solid(words) and "≥5" in words
    assert "[U+0BA4] stand for characters that the typeface of this file lacks" in " ".join(words.split()).replace(
        "[U+1F600] ", ""
    )


def test_no_line_after_chinese_is_lost_or_set_in_other_letters():
    """fpdf2 2.8.9 does that where it falls back to a second typeface in coloured text."""
    said = f"{CHINESE} 12 mg/kg/day in two divided doses. " * 30
    made = document(Heading(said[:200], 1), Paragraph((Run(said),)), Rows(("a",), (Row(((Run(said),),)),)))
    assert solid(pdf_words(write_pdf(made))).count(solid("12 mg/kg/day in two divided doses.")) >= 62


# ---- DOCX


def test_docx_has_real_headings_tables_and_pictures_with_words(files):
    made = docx.Document(io.BytesIO(files["docx"]))
    headings = [p.text for p in made.paragraphs if p.style.name == "Heading 2"]
    assert headings[0] == "Bottom line" and {"Evidence", "Sources", "About this file"} <= set(headings)
    assert [p.text for p in made.paragraphs if p.style.name == "Heading 1"] == ["Which steroid for a flare?"]
    assert len(made.tables) == 1 and made.tables[0].cell(0, 0).text == "Face and neck"
    told = [one._inline.docPr.get("descr") for one in made.inline_shapes]
    assert len(told) == 8 and all("marked" in one for one in told)


def test_a_table_of_the_docx_repeats_its_header():
    made = docx.Document(io.BytesIO(write_docx(document(Rows(("Age", "Dose"), (Row(((Run("1"),), (Run("2"),))),))))))
    first, second = made.tables[0].rows
    assert first._tr.trPr.find(qn("w:tblHeader")) is not None
    assert second._tr.trPr.find(qn("w:tblHeader")) is None and second._tr.trPr.find(qn("w:cantSplit")) is not None


def test_docx_names_nobody_and_no_time_but_the_date(files):
    made = docx.Document(io.BytesIO(files["docx"]))
    about = made.core_properties
    assert (about.author, about.last_modified_by, about.comments) == ("cpgassist", "cpgassist", "")
    assert about.title == "Which steroid for a flare?" and about.created.date() == TODAY
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as parts:
        assert {part.date_time[:3] for part in parts.infolist()} == {(1980, 1, 1)}
        relations = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".rels"))
        assert b'TargetMode="External"' not in relations
        assert b"w:lang" in parts.read("word/styles.xml")


def test_the_links_of_the_docx_lead_to_bookmarks(files):
    body = docx.Document(io.BytesIO(files["docx"])).element.body
    marks = {one.get(qn("w:name")) for one in body.iter(qn("w:bookmarkStart"))}
    assert marks == {f"citation_{n}" for n in range(1, 6)}
    assert {one.get(qn("w:anchor")) for one in body.iter(qn("w:hyperlink"))} == marks


# ---- hostile words


def document(*blocks) -> Document:
    return Document("A title", TODAY, blocks, "At the foot")


def without_feet(words: str) -> str:
    """The words of a PDF without what its pages end with."""
    return re.sub(r"At the foot\s+page \d+ of \d+", "", words)


def test_what_cannot_be_seen_is_named_or_left_out():
    assert visible("5\x00 mg\u202e 001 \ue000 \ud800") == "5[U+0000] mg[U+202E] 001 [U+E000] [U+D800]"
    assert visible(" treat\u00adment\u200b \t of\n\u00a0fever\ufeff") == "treatment of fever"


@pytest.mark.parametrize("format", FORMATS)
def test_markup_in_an_answer_is_words(corpus, format):
    file = export_answer(canned("xss"), corpus, format, TODAY)
    words = {"html": html_words, "pdf": pdf_words, "docx": docx_words}[format](file)
    assert solid(words).count(solid(XSS)) >= 10


TEXTS = st.text(st.characters(max_codepoint=0x2FFFF), max_size=60) | st.sampled_from(
    [
        "",
        "\x00",
        "\x0b",
        "\ufffe",
        "]]>",
        "{nb}",
        "**5 mg**",
        "</style><script>",
        XSS,
        CHINESE,
        "≥5 µg – é",
        "\u202e5 mg",
    ]
)


@settings(max_examples=trials(6), deadline=None)
@given(texts=st.lists(TEXTS, min_size=6, max_size=6))
def test_no_text_breaks_a_file(texts):
    question, quote, title, grade, section, cell = texts
    corpus = _drawn()
    cited = replace(cite(1, info=replace(ECZEMA, title=title)), quote=quote, section=(section,))
    said = (
        Statement(quote, (1,), grade),
        Statement(f"{cell} | {cell}", (1,), grade, "table", lead=(f"{section} | x",)),
    )
    answer = Answer(
        "answered", 0.9, question, section, said[0], said, (cell,), (cited,), Checks(1, 1), remarks=(title,)
    )
    read = {"html": html_words, "docx": docx_words}
    for format in FORMATS:
        file = export_answer(answer, corpus, format, TODAY)
        if format in read:
            assert solid(visible(quote)) in solid(read[format](file))
        else:
            assert pypdfium2.PdfDocument(file).get_metadata_dict()


PLAIN = st.text(st.sampled_from("abcdefgh ABC 0123456789 ≥≤µ°é–⨁/%.,:"), min_size=1, max_size=90).map(visible)
RUNS = st.lists(
    st.builds(Run, PLAIN, st.sampled_from(["plain", "strong", "quiet", "grade"])), min_size=1, max_size=5
).map(tuple)
BLOCKS = st.one_of(
    st.builds(Heading, PLAIN, st.just(1)),
    st.builds(Paragraph, RUNS, st.sampled_from(["plain", "lead", "note", "warning", "quote", "quiet", "bottom line"])),
    st.builds(Bullets, st.lists(RUNS, min_size=1, max_size=4).map(tuple)),
    st.integers(1, 5).flatmap(
        lambda n: st.builds(
            Rows,
            st.lists(PLAIN, min_size=n, max_size=n).map(tuple) | st.just(()),
            st.lists(st.lists(RUNS, min_size=n, max_size=n).map(lambda c: Row(tuple(c))), min_size=1, max_size=9).map(
                tuple
            ),
        )
    ),
)


@settings(max_examples=trials(6), deadline=None, phases=(Phase.explicit, Phase.generate))
@given(blocks=st.lists(BLOCKS, min_size=1, max_size=14))
def test_pdf_and_docx_hold_every_word_of_any_document_in_its_order(blocks):
    made = document(*blocks)
    wanted = solid(html_words(write_html(made)).replace("At the foot", ""))
    assert solid(docx_words(write_docx(made))).replace("•", "") == wanted
    # A table too wide for its words is set as lines, where the names of its columns stand more than once.
    assert Counter(wanted) - Counter(solid(without_feet(pdf_words(write_pdf(made))))) == Counter()


# ---- marks


def _drawn():
    class Blank:
        def page_size(self, file, page):
            return 595.0, 842.0

        def page_image(self, file, page, dpi=110):
            return Image.new("RGB", (round(595 * dpi / 72), round(842 * dpi / 72)), "white")

    return Blank()


edges = st.floats(-50, 900, allow_nan=False)


@settings(max_examples=trials(20), deadline=None)
@given(boxes=st.lists(st.builds(Box, edges, edges, edges, edges), min_size=1, max_size=4))
def test_any_boxes_make_a_picture(boxes):
    page = open_page(_drawn(), "x.pdf", 1)
    for picture in (page.around(boxes, "alt"), page.whole(boxes, "alt")):
        image = Image.open(io.BytesIO(picture.jpeg))
        assert image.size == (picture.width, picture.height) and picture.height > 8


def test_a_mark_lets_the_letters_through():
    page = open_page(_drawn(), "x.pdf", 1)
    page._image.putpixel((500, 500), (0, 0, 0))
    marked = mark_words(page._image, 595, [Box(0, 0, 595, 842)])
    assert marked.getpixel((500, 500)) == (0, 0, 0) and marked.getpixel((300, 300))[2] < 120
