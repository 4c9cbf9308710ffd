"""Proves citations again with code that shares nothing with cpgassist: are the quoted words on the cited page?

usage: python tests/bench/citations_check.py ANSWERS.jsonl FOLDER_OF_PDFS

Two witnesses, for each citation of a batch run: pypdf's text of the page, another engine than the one that found the
quote, and the words that lie inside the citation's boxes. White space, hyphens, ligatures and the marks between the
cells of a row are folded; reference numbers printed between the words may stand in the page and not in the quote. Quotes
read by OCR are counted apart: no text layer can confirm them. Exit code 1 when a quote has no witness.
"""

import json
import logging
import re
import sys
import unicodedata
from functools import cache
from pathlib import Path

import pypdf
import pypdfium2

logging.disable()  # pypdf tells of every flaw of a file
MARK = r"(?:(?<![\d.,])[\d,]{1,9}(?![\d.,]))?"
"""A reference mark between two words; beside a figure it could not be told from a part of it."""


def folded(text):
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in text if c.isalnum() or c in "<>≤≥=%+/±.,")


@cache
def document(path):
    return pypdfium2.PdfDocument(path)


@cache
def by_pypdf(path, page):
    try:
        return folded(pypdf.PdfReader(path).pages[page - 1].extract_text())
    except Exception:
        return ""


def in_boxes(path, page, boxes):
    """The words inside the boxes, a point of slack around each; coordinates count from the visible page's top left."""
    sheet = document(path)[page - 1]
    text = sheet.get_textpage()
    left, bottom, right, top = sheet.get_bbox()
    turned = sheet.get_rotation()
    said = []
    for x, t, r, b in boxes:
        if turned == 0:
            area = (left + x - 1, top - b - 1, left + r + 1, top - t + 1)
        elif turned == 90:
            area = (left + t - 1, bottom + x - 1, left + b + 1, bottom + r + 1)
        elif turned == 180:
            area = (right - r - 1, bottom + t - 1, right - x + 1, bottom + b + 1)
        else:
            area = (right - b - 1, top - r - 1, right - t + 1, top - x + 1)
        said.append(text.get_text_bounded(*area))
    return folded(" ".join(said))


def stands_in(quote, text):
    """Whether every cell of a quote stands in a text, its words in order with nothing but figures between them."""
    for cell in quote.split(" | "):
        words = [re.escape(w) for w in (folded(word) for word in cell.split()) if w]
        if words and not re.search(MARK.join(words), text):
            return False
    return True


def main():
    answers = [json.loads(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
    folder = Path(sys.argv[2])
    total = ocr = page_seen = box_seen = 0
    unseen = []
    for answer in answers:
        for one in answer.get("citations", []):
            if one["verified"] == "ocr":
                ocr += 1
                continue
            total += 1
            path, page = str(folder / one["guideline"]["file"]), one["page"]
            # Words that the layer misreads are found by what the layer holds.
            quote = one.get("source_text") or one["quote"]
            boxed = stands_in(quote, in_boxes(path, page, one["boxes"]))
            paged = stands_in(quote, by_pypdf(path, page))
            box_seen += boxed
            page_seen += paged
            if not (boxed or paged):
                unseen.append((answer["id"], one["guideline"]["file"], page, quote[:90]))
    print(
        f"{total} citations, {ocr} more by OCR (not checked); inside their boxes {box_seen}, in pypdf's page {page_seen}"
    )
    print(f"confirmed by one of the two: {total - len(unseen)} of {total}")
    for row in unseen:
        print("  not confirmed:", *row)
    return bool(unseen)


if __name__ == "__main__":
    sys.exit(main())
