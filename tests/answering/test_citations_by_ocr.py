"""What OCR read is quoted with its place and its doubts, and never called verified."""

from dataclasses import replace

from cpgassist.answering.citations import cite
from cpgassist.types import READ_BY_OCR, Answer, Box, Checks, Quote, Sentence, Table
from tests.fixtures.shelf import GUIDE, hits, passage

GUIDELINES = {"guide": GUIDE}
HERE, THERE = (Box(10, 20, 110, 32),), (Box(10, 40, 110, 52),)
SEEN = Sentence("Fill 250 ml.", 3, boxes=HERE, confidence=0.7, uncertain=("250",))


class Scan:
    """A page without text layer: words that OCR saw come back as they are, no others are found."""

    def __init__(self, unchanged=True):
        self.unchanged, self.asked = unchanged, []

    def __call__(self, info, page, words, seen=()):
        self.asked.append((page, words, seen))
        return Quote(words, tuple(seen)) if seen and self.unchanged else None


def citing(*sentences, find=None, at=-1, **more):
    one = replace(passage("1", "x", page=3, sentences=list(sentences)), **more)
    return cite([(hits(one)[0], one.sentences[at], 0.5)], GUIDELINES, find or Scan())


def test_a_quote_from_a_scan_carries_its_boxes_and_its_doubts():
    (citation,) = citing(SEEN).citations
    assert (citation.quote, citation.at.boxes) == ("Fill 250 ml.", HERE)
    assert citation.verified == "ocr" and citation.uncertain == ("250",)
    assert citation.to_dict()["verified"] == "ocr" and citation.to_dict()["uncertain"] == ["250"]


def test_it_is_counted_apart_from_quotes_that_were_found():
    assert citing(SEEN).checks == Checks(quotes=0, quotes_found=0, quotes_by_ocr=1)


def test_a_scan_that_has_changed_is_withheld():
    found = citing(SEEN, find=Scan(unchanged=False))
    assert found.statements == () and found.checks == Checks(quotes=1, withheld=1)


def test_a_sentence_over_two_scanned_pages_is_cited_on_both():
    over = replace(SEEN, text="Fill 250 ml. of oil", continued="of oil", continued_boxes=THERE)
    assert [(c.at.page, c.quote, c.at.boxes) for c in citing(over).citations] == [
        (3, "Fill 250 ml.", HERE),
        (4, "of oil", THERE),
    ]


def test_numbers_of_a_scanned_header_are_uncertain_for_nobody_knows_how_they_were_read():
    table = Table("", (("Lamp", "Under 12"),), (("Large", "250 ml"),))
    row = replace(SEEN, text="Large | 250 ml", uncertain=())
    cells, header = citing(row, table=table).citations
    assert (header.quote, header.uncertain, header.verified) == ("Lamp | Under 12", ("12",), "ocr")
    assert (cells.quote, cells.uncertain) == ("Large | 250 ml", ())


def test_the_printed_answer_says_how_it_was_read_and_names_what_is_uncertain():
    found = citing(SEEN)
    answer = Answer("answered", 0.9, "How much?", "v1", None, found.statements, citations=found.citations)
    assert f"{READ_BY_OCR} Uncertain: 250." in str(answer)


def test_quotes_from_a_text_layer_are_asked_as_before():
    asked = []
    cite(
        [(hits(passage("1", "Rest."))[0], passage("1", "Rest.").sentences[0], 0.5)],
        GUIDELINES,
        lambda info, page, words: asked.append(words) or Quote(words, HERE),
    )
    assert asked == ["Rest."]
