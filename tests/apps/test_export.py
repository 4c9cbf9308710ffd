"""What an exported answer says: the same in HTML, PDF and DOCX, all of the answer, verbatim."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
from chat_fakes import ASTHMA, DIFFERENT, ECZEMA, LINES, FakeCorpus, answered, canned, cite, conflicting
from export_read import READERS, solid

from cpgassist import Assistant, Corpus
from cpgassist.apps.export import FORMATS, export_answer
from cpgassist.errors import InputError
from cpgassist.types import (
    RESEARCH_USE,
    WITHOUT_MODEL,
    Answer,
    Checks,
    Finding,
    Findings,
    Locator,
    Statement,
)

TODAY = date(2026, 11, 26)
each_format = pytest.mark.parametrize("format", FORMATS)


@pytest.fixture(scope="module")
def corpus() -> FakeCorpus:
    return FakeCorpus()


def words(answer: Answer, corpus, format: str) -> str:
    return READERS[format](export_answer(answer, corpus, format, TODAY))


def has(text: str, *parts: object) -> None:
    whole = solid(text)
    assert [part for part in parts if solid(str(part)) not in whole] == []


def in_order(text: str, *parts: str) -> None:
    """The parts stand in the text one after another."""
    whole, at = solid(text), 0
    for part in parts:
        found = whole.find(solid(part), at)
        assert found >= 0, part
        at = found + len(solid(part))


@each_format
def test_every_quote_grade_page_and_number_stands_in_it(corpus, format):
    answer = answered("Which steroid for a flare?")
    text = words(answer, corpus, format)
    has(text, answer.question, *answer.not_in_guideline, answer.index)
    for one in answer.citations:
        has(text, f"[{one.n}] {one.guideline.title}, page {one.at.page} (printed {one.at.label})", one.shown)
        has(text, " › ".join(one.section))
    for one in answer.statements:
        has(text, *one.text.split(" | "), *(one.grade or "").split(" | "))
    has(text, "5 of 5 quotes found on the page", "2 of 2 numbers found in the quoted lines")
    has(text, "Ministry of Samples · 2017 · 2nd edition", "This edition is 9 years old.")


@each_format
def test_its_parts_stand_in_the_order_of_the_chat(corpus, format):
    seen = Findings("photo", "arm", (Finding("crusted plaque", "probable"),), "Depth.", model={"name": "medgemma"})
    answer = replace(
        answered("Which steroid for a flare?"),
        status="partial",
        asked_as="Which topical steroid for a flare of eczema?",
        findings=seen,
        remarks=("This may be an emergency.",),
        warnings=("The index is old.",),
        clarify=("Child under 2?",),
    )
    in_order(
        words(answer, corpus, format),
        *("Which steroid for a flare?", "Asked as: Which topical steroid for a flare of eczema?"),
        *("Findings searched with", RESEARCH_USE, "photo · arm", "crusted plaque (probable)"),
        *("Cannot be told from the photo: Depth.", "The guideline answers part of this."),
        *("5 of 5 quotes found", "This may be an emergency.", "The index is old."),
        *(
            "Bottom line",
            LINES[1][2],
            "Act now, as the guideline prints it",
            LINES[5][2],
            "Recommendations",
            LINES[2][2],
            "Table rows",
            "Face and neck",
        ),
        *("The lines differ by", "Child under 2?"),
        *("Not in the guideline", "The dose of flucloxacillin", "Sources", "Evidence", "The cited pages"),
        *("About this file", "2026-11-26", "20261120-1", "For clinicians. Check the page before you act."),
        "not a prescription",
    )


@each_format
def test_all_three_say_the_same_words(corpus, format):
    """Modulo the feet of pages, which HTML has once and Word's are no part of the text."""
    foot = re.compile(r"For clinicians\. Check the page before you act\.\s*(page \d+ of \d+)?")
    answer = replace(answered("Which steroid?"), remarks=("≥5 mg/kg ≤ 10 µg at 38 °C – é", "kanak-kanak demam"))
    said = solid(foot.sub("", words(answer, corpus, format))).replace("•", "")
    assert said == solid(foot.sub("", words(answer, corpus, "docx"))).replace("•", "")


@each_format
def test_the_same_answer_and_date_give_the_same_bytes(corpus, format):
    answer = answered("Which steroid?")
    first = export_answer(answer, corpus, format, TODAY)
    assert export_answer(answer, corpus, format, TODAY) == first
    assert export_answer(answer, corpus, format, date(2027, 1, 1)) != first


@each_format
def test_a_silent_answer_says_so_and_names_the_closest_page(corpus, format):
    text = words(canned("silent?"), corpus, format)
    has(
        text, "The guidelines here do not answer this.", "Closest page: Care of the Itchy Skin in Adults (2017), page 1"
    )
    assert "Bottom line" not in text and "Not in the guideline" not in text


@each_format
def test_a_refused_question_says_why(corpus, format):
    answer = replace(canned("refuse"), not_in_guideline=("This asks the program to do something else.",))
    text = words(answer, corpus, format)
    has(text, "This is not a question for the guidelines.", "This asks the program to do something else.")
    assert "Evidence" not in text and "Sources" not in text


@each_format
def test_a_conflict_shows_both_sides_with_their_editions(corpus, format):
    newer = replace(ASTHMA, title="Itch in Children")
    first = Statement(DIFFERENT[0], (1,), "Grade C")
    second = Statement(DIFFERENT[1], (2,), "Grade B")
    cited = (cite(1, quote=first.text), cite(2, info=newer, quote=second.text))
    answer = Answer("conflict", 0.9, "How much?", "v1", first, (first, second), (), cited, Checks(2, 2))
    text = words(answer, corpus, format)
    has(text, "The guidelines print different things. Both are shown.")
    in_order(
        text,
        *("Where guidelines differ", "2025 · Society of Tests · Itch in Children · page 2 (printed 12)"),
        *(
            f"{DIFFERENT[1]} [2] Grade B",
            "2017 · Ministry of Samples · Care of the Itchy Skin in Adults · page 2",
        ),
        *(f"{DIFFERENT[0]} [1] Grade C", "Not in the guideline"),
    )
    assert "Bottom line" not in text, "neither stands out as the answer"
    assert solid(text.partition("Evidence")[0]).count(solid(DIFFERENT[0])) == 1


@each_format
def test_what_differs_beside_another_bottom_line_stands_below_it(corpus, format):
    answer = conflicting("How much cream?")
    answer = replace(answer, bottom_line=Statement("Apply it thinly.", (1,)))
    text = words(answer, corpus, format)
    in_order(text, "Bottom line", "Apply it thinly.", "Where guidelines differ", DIFFERENT[1], DIFFERENT[0])


@each_format
def test_a_malay_answer_is_saved_in_malay_and_its_quotes_as_printed(corpus, format):
    answer = replace(answered("Apakah krim untuk ekzema?"), clarify=("Pregnant?",), status="partial")
    text = READERS[format](export_answer(answer, corpus, format, TODAY, language="ms"))
    in_order(
        text,
        *("Garis panduan menjawab sebahagian sahaja.", "5 daripada 5 petikan ditemui pada muka surat"),
        *("Jawapan ringkas", LINES[1][2], "Grade A", "Bertindak sekarang, seperti yang tercetak", LINES[5][2]),
        *("Saranan", LINES[2][2], "Baris jadual", "Disalin sel demi sel", "Hamil?", "Tiada dalam garis panduan"),
        *(
            "Sumber",
            "Edisi ini berusia 9 tahun.",
            "Bukti",
            "[1] Care of the Itchy Skin in Adults, muka surat 2 (tercetak 12)",
        ),
        *("Ditemui perkataan demi perkataan", "Muka surat yang dirujuk", "Perihal fail ini", "bukan preskripsi"),
    )
    for english in ("Bottom line", "Recommendations", "Sources", "Evidence", "Found word", "For clinicians", "page 2"):
        assert solid(english) not in solid(text), english


@each_format
def test_the_same_words_on_two_pages_or_with_two_grades_are_both_shown(corpus, format):
    said = "The dose is 5 mg daily."
    lines = (Statement(said, (1,), "Grade A"), Statement(said, (2,), "Grade C"))
    cited = (cite(1, quote=said), cite(2, 3, quote=said))
    answer = Answer("answered", 0.9, "How much?", "v1", lines[0], lines, (), cited, Checks(2, 2))
    has(words(answer, corpus, format), f"{said} [1] Grade A", f"{said} [2] Grade C")


@each_format
def test_what_ocr_read_is_marked_with_its_uncertain_numbers(corpus, format):
    scanned = replace(cite(1, verified="ocr"), uncertain=("14",))
    answer = Answer("answered", 0.9, "How long?", "v1", None, (Statement(LINES[1][2], (1,)),), (), (scanned,))
    answer = replace(answer, checks=Checks(quotes_by_ocr=1))
    text = words(answer, corpus, format)
    has(text, "1 quote read by OCR", "check the numbers on the page image. Uncertain: 14.")
    assert "Found word for word" not in text


@each_format
def test_an_unverified_quote_and_repaired_words_are_told(corpus, format):
    answer = answered("Which?")
    cited = (replace(answer.citations[0], verified=False), replace(answer.citations[1], source_text="0ral"))
    text = words(replace(answer, citations=cited), corpus, format)
    has(text, "Not found on this page: read the page itself.", "The file's text layer holds instead: 0ral")


@each_format
def test_lines_keep_what_they_stand_under_and_what_must_be_known_of_them(corpus, format):
    under = Statement("5 mg daily", (2,), "B", lead=("Doses of flucloxacillin",), remarks=("Printed for adults.",))
    row = Statement(
        "Trunk | 14 days", (4,), None, "table", lead=("Site | Duration", "Steroids"), remarks=("Rows cut.",)
    )
    other = Statement("Face | 5 days | mild", (3,), None, "table", lead=("Site | Duration",), quotes="NICE")
    answer = replace(answered("How long?"), bottom_line=None, statements=(under, row, other))
    text = words(answer, corpus, format)
    in_order(text, "Doses of flucloxacillin", "5 mg daily [2] B Printed for adults.")
    in_order(
        text, "Steroids", "Rows cut.", "Site", "Duration", "Cited", "Trunk", "14 days", "[4]", "Copied cell by cell"
    )
    # A row that does not fit under its header is not set under it.
    in_order(text, "Site | Duration", "Face", "5 days", "mild", "[3]", "quoted from NICE")


@each_format
def test_a_row_of_very_many_cells_stands_as_a_line(corpus, format):
    row = " | ".join(f"cell {n}" for n in range(90))
    answer = replace(answered("How?"), bottom_line=None, statements=(Statement(row, (1,), "A", "table"),))
    has(words(answer, corpus, format), f"{row} [1] A")


@each_format
def test_who_made_it_is_told(corpus, format):
    wrote = Statement("It is considered when infected.", (2,), kind="summary")
    models = {"embedder": "minilm", "generator": "medgemma", "model": {"name": "medgemma", "revision": "abc123"}}
    answer = replace(answered("Which?"), bottom_line=wrote, models=models)
    text = words(answer, corpus, format)
    has(text, "Lines picked by medgemma, checked by code. The bottom line was written by medgemma", "medgemma abc123")
    failed = replace(
        answer, models={**models, "generator": "extractive"}, not_in_guideline=(f"{WITHOUT_MODEL} It ended.",)
    )
    text = words(failed, corpus, format)
    assert solid(text).count(solid(WITHOUT_MODEL)) == 1
    has(text, "code; nothing is from the language model")
    has(words(replace(answer, complete=False), corpus, format), "The language model was still reading")


@each_format
def test_withheld_lines_are_counted(corpus, format):
    answer = replace(answered("Which?"), checks=Checks(5, 5, withheld=2), not_in_guideline=())
    has(words(answer, corpus, format), "2 withheld: not found again on the page")


@each_format
def test_a_photo_is_never_in_it_and_its_findings_are(corpus, format):
    seen = Findings(
        "photo", "", (Finding("crusted plaque", "definite"), Finding("fever")), refused="", notes=("Cropped.",)
    )
    cited = (replace(cite(1), findings=("crusted plaque",)),)
    answer = Answer("answered", 0.9, "", "v1", None, (Statement(LINES[1][2], (1,)),), (), cited, findings=seen)
    text = words(answer, corpus, format)
    has(text, "crusted plaque (definite), led to [1]", "fever", "Cropped.", "Found by: crusted plaque", RESEARCH_USE)


@each_format
def test_a_replaced_edition_and_an_overdue_review_are_told(corpus, format):
    old = replace(ECZEMA, superseded_by="eczema-2025", review_due="2020")
    answer = Answer("answered", 0.9, "Which?", "v1", None, (Statement(LINES[1][2], (1,)),), (), (cite(1, info=old),))
    has(words(answer, corpus, format), "A newer edition is in the same corpus.", "Its review was due in 2020.")


@each_format
def test_a_page_that_cannot_be_drawn_is_told_and_everything_else_stands(corpus, format):
    gone = replace(ECZEMA, file="gone.pdf")
    answer = Answer("answered", 0.9, "Which?", "v1", None, (Statement(LINES[1][2], (1,)),), (), (cite(1, info=gone),))
    has(words(answer, corpus, format), "The picture of this page could not be drawn", LINES[1][2])


@each_format
def test_a_place_that_is_not_known_is_told(corpus, format):
    nowhere = replace(cite(1), at=Locator(2, None))
    answer = Answer("answered", 0.9, "Which?", "v1", None, (Statement(LINES[1][2], (1,)),), (), (nowhere,))
    has(words(answer, corpus, format), "The place on the page is not known")


def test_another_format_is_refused(corpus):
    with pytest.raises(InputError, match="'odt'"):
        export_answer(answered("Which?"), corpus, "odt")  # type: ignore[arg-type]


def test_a_page_is_drawn_once_however_often_it_is_cited():
    corpus = FakeCorpus()
    export_answer(answered("Which?"), corpus, "html", TODAY)
    assert sorted(corpus.rendered) == [("eczema.pdf", 1), ("eczema.pdf", 2), ("eczema.pdf", 3)]


# ---- answers of the sample


@pytest.fixture(scope="module")
def sample(index) -> Assistant:
    return Assistant(Corpus("corpora/sample", index=index), today=lambda: TODAY)


QUESTIONS = {
    "dose table": "dose of zelmorin for harbour fever in adults with kidney disease",
    "grade": "what is the treatment of moss lung",
    "silent": "Who won the football world cup?",
    "malay": "Apakah rawatan gatal bakau?",
}


@each_format
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_answers_of_the_sample_are_saved_word_for_word(sample, question, format):
    answer = sample.ask(question)
    started = time.process_time()
    file = export_answer(answer, sample.corpus, format, TODAY)
    spent = time.process_time() - started
    text = READERS[format](file)
    has(text, question, *(one.shown for one in answer.citations), *(one.at.label or "" for one in answer.citations))
    has(text, *(cell for one in answer.statements for cell in one.text.lstrip("•▪◦‣●■ ").split(" | ")))
    has(text, *(part for one in answer.statements for part in (one.grade or "").split(" | ")))
    has(text, *answer.remarks, *answer.warnings, *answer.clarify)
    assert len(file) < 3_000_000
    assert spent < 3  # 0.4 to 0.9 s of processor time where it was measured


def test_the_quoted_words_are_yellow_on_the_page(sample):
    answer = sample.ask(QUESTIONS["grade"])
    file = export_answer(answer, sample.corpus, "pdf", TODAY)
    with pypdfium2.PdfDocument(io.BytesIO(file)) as document:
        pictures = [page.render(scale=0.5).to_pil().convert("RGB") for page in document]
    red, green, blue = (b"".join(picture.getchannel(name).tobytes() for picture in pictures) for name in "RGB")
    assert sum(r > 230 and g > 200 and b < 120 for r, g, b in zip(red, green, blue, strict=True)) > 500
