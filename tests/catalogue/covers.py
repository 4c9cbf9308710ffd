"""Title pages as publishers set them, drawn for the entries of a catalogue: facts of the catalogue and words of ours."""

from __future__ import annotations

import textwrap
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

FILLER = (
    "This line stands where a chapter would, so that the file has the pages of a guideline and says nothing at all."
)
ORDINALS = ("", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh")
LAYOUTS = ("plain", "capitals", "year-first", "two-sizes", "left", "logo-words")


def draw(
    path: Path,
    title: str,
    year: int | None,
    edition: str | None = None,
    publisher: str = "",
    layout: str = "plain",
    pages: int = 20,
    label: str = "Clinical Practice Guidelines",
    number: str = "",
    head: str = "",
) -> Path:
    """A PDF with a cover in one of the layouts, a colophon and pages of filler under a running head."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    at = 760.0

    def line(words: str, size: float, bold: bool = True, gap: float = 1.25) -> None:
        nonlocal at
        canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        canvas.drawString(60, at, words) if layout == "left" else canvas.drawCentredString(297, at, words)
        at -= size * gap

    def block(words: str, size: float, width: int) -> None:
        for piece in textwrap.wrap(words, width):
            line(piece, size)

    bodies = [body.strip() for body in publisher.replace(" / ", ";").split(";")] if publisher else []
    named = edition and (f"{ORDINALS[int(edition)]} Edition" if edition.isdigit() else edition)
    if layout == "logo-words":
        for body in bodies:
            line(body, 8, bold=False)
        at -= 20
    if layout == "year-first" and year:
        line(str(year), 14)
        at -= 30
    if label:
        line(label.upper() if layout == "capitals" else label, 14 if layout == "two-sizes" else 20)
        at -= 60
    block(title.upper() if layout == "capitals" else title, 26, 26)
    at -= 40
    if named:
        line(named, 14)
    if layout != "year-first" and year:
        line(str(year), 14)
    at = 120
    for body in bodies:
        line(body, 11, bold=False)
    canvas.showPage()
    canvas.setFont("Helvetica", 10)
    colophon = [
        f"Published by: {bodies[0] if bodies else 'the authors'}",
        number,
        f"These guidelines were issued in {year} and will be reviewed in {year + 5}." if year else "",
        *textwrap.wrap(FILLER, 80),
    ]
    for row, words in enumerate(filter(None, colophon)):
        canvas.drawString(60, 700 - 16 * row, words)
    canvas.showPage()
    for number_ in range(3, pages + 1):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 810, head)
        for row in range(12):
            canvas.drawString(60, 760 - 16 * row, f"{FILLER[:90]} {number_}.{row}")
        canvas.showPage()
    canvas.save()
    return path
