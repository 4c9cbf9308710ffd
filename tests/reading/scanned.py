"""Scans made by ourselves: a page is drawn, photographed a little askew, and put into a PDF that holds nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from reportlab.lib.utils import ImageReader

from tests.reading import pdfs
from tests.reading.pdfs import Sheet, drawn

PARAGRAPH = (
    "Lamps in the harbour are lit at dusk and put out at dawn. The keeper notes the hour of both, and whether there was "
    "fog on the water. A lamp that smokes is cleaned before the next night."
)


def printed(sheet: Sheet) -> None:
    """A heading, running text with numbers, a list and a ruled table, all about lamps."""
    sheet.write(60, 90, "4. Care of the harbour lamps", 16, pdfs.BOLD)
    down = sheet.prose(60, 120, 470, PARAGRAPH)
    down = sheet.prose(60, down + 10, 470, "Fill the large lamp with 250 ml of oil and the small one with 0.5 litre.")
    sheet.write(60, down + 20, "4.1 Wicks", 13, pdfs.BOLD)
    down = sheet.lines(72, down + 40, ("• Trim the wick every 12 hours.", "• Replace it after 30 days."))
    rows = (("Lamp", "Oil", "Wick"), ("Large", "250 ml", "8 mm"), ("Small", "500 ml", "5 mm"))
    sheet.grid(60, down + 20, (150, 150, 150), (24, 24, 24), rows)


def picture_of(page: Path, number: int = 1, dpi: int = 150, askew: float = 0.4) -> Image.Image:
    """A page as a grey photograph."""
    document = pdfium.PdfDocument(page)
    picture: Image.Image = document[number - 1].render(scale=dpi / 72).to_pil().convert("L")
    document.close()
    return picture.rotate(askew, resample=Image.Resampling.BICUBIC, fillcolor=255)


def scan_of(folder: Path, draw: Callable[[Sheet], None], name: str = "scan", askew: float = 0.4) -> Path:
    """The drawing as a PDF of one picture, without text layer."""
    picture = picture_of(drawn(folder, draw, f"{name}-original"), askew=askew)
    sheet = Sheet(folder / f"{name}.pdf")
    sheet.canvas.drawImage(ImageReader(picture), 0, 0, sheet.width, sheet.height)
    return sheet.save()


def scribble(sheet: Sheet) -> None:
    """Ink without a word."""
    for i in range(40):
        sheet.canvas.circle(300 + 3 * i, 400 + i * i % 90, 5 + i * 4)


def mixed(folder: Path) -> Path:
    """A page of text with a picture of a paragraph in the middle and a logo at the head of three pages."""

    def cutting(sheet: Sheet) -> None:
        sheet.prose(20, 40, 430, PARAGRAPH)
        sheet.prose(20, 110, 430, "The bell is rung 14 times when fog comes in, and once when it has gone.")

    picture = picture_of(drawn(folder, cutting, "cutting"), askew=0).crop((0, 0, 980, 290))
    logo = Image.new("L", (200, 80), 128)
    sheet = Sheet(folder / "mixed.pdf")
    for number in range(3):
        sheet.canvas.drawImage(ImageReader(logo), 60, sheet.height - 60, 100, 40)
        sheet.prose(60, 90, 470, pdfs.OPENINGS[number] + " " + pdfs.LOREM)
        if number == 1:
            sheet.canvas.drawImage(ImageReader(picture), 60, sheet.height - 340, 980 * 72 / 150, 290 * 72 / 150)
            sheet.prose(60, 400, 470, pdfs.OPENINGS[5])
        sheet.next()
    return sheet.save()


def charted(folder: Path) -> Path:
    """A page of text around a picture of boxes with labels and one long remark."""

    def chart(sheet: Sheet) -> None:
        for i, label in enumerate(
            ("Lamp smokes", "Trim the wick 2 mm", "Lamp burns", "Call the keeper", "Change the oil")
        ):
            sheet.box(20 + 90 * i, 30, 84, 40)
            sheet.write(24 + 90 * i, 54, label, 8)
        sheet.write(20, 100, "A remark that is a sentence of many words stands below the boxes of this chart.", 9)

    picture = picture_of(drawn(folder, chart, "chart"), askew=0).crop((0, 0, 1000, 230))
    sheet = Sheet(folder / "charted.pdf")
    sheet.prose(60, 90, 470, pdfs.OPENINGS[0] + " " + pdfs.LOREM)
    sheet.canvas.drawImage(ImageReader(picture), 60, sheet.height - 280, 1000 * 72 / 150, 230 * 72 / 150)
    sheet.prose(60, 400, 470, pdfs.OPENINGS[5])
    return sheet.save()
