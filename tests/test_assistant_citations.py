"""Citations of answers on the sample, verified without any code of the project, and what is withheld."""

import re
import shutil
import unicodedata
from dataclasses import replace
from functools import cache

import pypdf
import pypdfium2 as pdfium
import pytest

from cpgassist import Assistant, Corpus, Where
from cpgassist.types import DRAWN_KINDS, Sentence
from tests.fixtures.asked import ASKED, DOSE, HARBOUR, HARBOUR_2017, SAMPLE, answers, assistant, corpus, folder

__all__ = ["answers", "assistant", "corpus", "folder"]


# ---- citations, verified without any code of the project


def squeezed(text):
    """NFKC, without white space, hyphens and bullets."""
    return re.sub(r"[\s\-\u2010-\u2015\u2212\u00ad\ufffe\x02•]", "", unicodedata.normalize("NFKC", text)).casefold()


@cache
def printed(file, page):
    """What two engines read on a page: pdfium's and pypdf's text."""
    with pdfium.PdfDocument(SAMPLE / file) as document:
        ours = document[page - 1].get_textpage().get_text_range()
    return squeezed(ours), squeezed(pypdf.PdfReader(SAMPLE / file).pages[page - 1].extract_text())


@cache
def characters(file, page):
    """Each visible character of a page with the middle of its box, from the page's top left corner."""
    with pdfium.PdfDocument(SAMPLE / file) as document:
        sheet = document[page - 1]
        height, text = sheet.get_height(), sheet.get_textpage()
        places = []
        for i in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(i)
            places.append((text.get_text_range(i, 1), (left + right) / 2, height - (bottom + top) / 2))
        return places


@pytest.mark.parametrize("name", ASKED)
def test_every_quote_stands_on_its_page_for_two_other_readers(answers, name):
    for citation in answers[name].to_dict()["citations"]:
        assert citation["verified"] is True
        pages = printed(citation["guideline"]["file"], citation["page"])
        for cell in citation["quote"].split(" | "):
            assert squeezed(cell)
            assert all(squeezed(cell) in page for page in pages)


@pytest.mark.parametrize("name", ASKED)
def test_the_boxes_hold_the_quote_and_nothing_else(answers, name):
    """Of a drawing, whose title alone is quoted, they show the whole."""
    drawn = {n for one in answers[name].statements if one.kind in DRAWN_KINDS for n in one.citations}
    for citation in answers[name].to_dict()["citations"]:
        assert citation["boxes"]
        if citation["n"] in drawn:
            continue
        inside = "".join(
            character
            for character, x, y in characters(citation["guideline"]["file"], citation["page"])
            if any(le - 0.1 <= x <= ri + 0.1 and to - 0.1 <= y <= bo + 0.1 for le, to, ri, bo in citation["boxes"])
        )
        cells = [squeezed(cell) for cell in citation["quote"].split(" | ")]
        assert sorted(squeezed(inside)) == sorted("".join(cells))
        assert all(cell in squeezed(inside) for cell in cells)


@pytest.mark.parametrize("name", ASKED)
def test_statements_say_what_their_quotes_say(answers, name):
    quoted = {citation.n: squeezed(citation.quote.replace(" | ", "")) for citation in answers[name].citations}
    for statement in answers[name].statements:
        said = squeezed(statement.text.replace(" | ", ""))
        shown = "".join(quoted[n] for n in statement.citations)
        if statement.kind in DRAWN_KINDS:
            assert said.startswith(squeezed("See the ")) and said.removesuffix(".").endswith(shown.removesuffix("."))
            continue
        # Reference marks are kept in quotes and may be left out of statements.
        assert said in shown or re.sub(r"\d", "", said) in re.sub(r"\d", "", shown)
        for lead in statement.lead:
            assert squeezed(lead.replace(" | ", "")) in shown


def test_there_was_something_to_verify(answers):
    assert sum(len(answer.citations) for answer in answers.values()) > 100
    assert any(" | " in statement.text for answer in answers.values() for statement in answer.statements)


def test_page_labels_are_those_printed_in_the_foot(answers):
    labels = {(c.guideline.id, c.at.page): c.at.label for answer in answers.values() for c in answer.citations}
    assert labels[HARBOUR, 10] == "3"
    assert labels[HARBOUR, 6] == "vi"


# ---- what is withheld


@pytest.fixture
def own(folder, tmp_path):
    """A copy of the indexed corpus that a test may spoil."""
    shutil.copytree(folder, tmp_path / "own")
    return tmp_path / "own"


def spoil(*paths):
    for path in paths:
        path.write_bytes(path.read_bytes() + b"\n% changed after indexing\n")


def test_nothing_is_quoted_from_a_pdf_that_changed_after_indexing(own):
    spoil(own / f"{HARBOUR}.pdf")
    assistant = Assistant(Corpus(own, precision="float32"))
    for name in ("hf-001", "hf-005", "hf-006", "hf-011", "mos-005"):
        answer = assistant.ask(ASKED[name])
        assert HARBOUR not in {citation.guideline.id for citation in answer.citations}
        assert all(citation.verified for citation in answer.citations)
        if name != "mos-005":
            assert answer.status in ("silent", "partial")
            assert answer.checks.withheld
    assert answer.status == "answered"
    assert assistant.search(DOSE).hits


def test_a_pdf_that_changes_while_it_is_served_is_noticed(own):
    assistant = Assistant(Corpus(own, precision="float32"))
    assert assistant.ask(DOSE).status == "answered"
    spoil(*own.glob("*.pdf"))
    answer = assistant.ask(DOSE)
    assert (answer.status, answer.citations) == ("silent", ())
    assert answer.checks.withheld >= 5


def test_a_pdf_that_is_gone_is_not_quoted(own):
    (own / f"{HARBOUR}.pdf").unlink()
    answer = Assistant(Corpus(own, precision="float32")).ask(DOSE)
    assert HARBOUR not in {citation.guideline.id for citation in answer.citations}


@pytest.mark.parametrize(
    "changed", [[f"{HARBOUR}.pdf", f"{HARBOUR_2017}.pdf"], [f"{HARBOUR}.pdf"]], ids=["all", "some"]
)
def test_an_answer_that_was_withheld_says_so(own, changed):
    """DESIGN 4.3: the sentence is withheld and the answer says so."""
    spoil(*(own / name for name in changed))
    answer = Assistant(Corpus(own, precision="float32")).ask(ASKED["hf-016"], Where(guidelines=(HARBOUR, HARBOUR_2017)))
    assert answer.status == ("silent" if len(changed) == 2 else "partial")
    assert answer.checks.withheld
    assert "withheld" in str(answer)
    assert "do not answer this" not in str(answer)


class Inventing:
    """A model that makes sentences up, or says that a true one stands on another page."""

    name = "inventing"

    def __init__(self, invent):
        self._invent = invent

    def pick(self, question, hits, limit):
        return [(hits[0], self._invent(hits[0].passage.sentences[0]), 0.9)]


@pytest.mark.parametrize(
    "invent",
    [
        lambda sentence: Sentence("Give zelmorin 120 mg/kg/day.", sentence.page),
        lambda sentence: replace(sentence, text=sentence.text.replace("is", "is not", 1)),
        lambda sentence: replace(sentence, page=sentence.page + 1),
        lambda sentence: replace(sentence, page=999),
        lambda sentence: replace(sentence, page=0),
        lambda sentence: Sentence("", sentence.page),
        lambda sentence: Sentence("| | |", sentence.page),
    ],
)
def test_what_a_model_invents_is_never_shown(corpus, invent):
    assistant = Assistant(corpus, model=lambda index: Inventing(invent))
    answer = assistant.ask("The Harbour Antigen Rapid Test (HART) is done on a finger-prick sample")
    assert answer.models["generator"] == "inventing"
    assert (answer.status, answer.statements, answer.citations) == ("silent", (), ())
    assert answer.checks.withheld == 1


def test_a_model_that_says_what_is_printed_is_shown(corpus):
    answer = Assistant(corpus, model=lambda index: Inventing(lambda sentence: sentence)).ask(DOSE)
    assert (answer.status, len(answer.citations)) == ("answered", 1)
