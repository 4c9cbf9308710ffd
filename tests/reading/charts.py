"""Algorithms, figures and what only looks like one, drawn for `test_reading_figures`; all content is invented."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader

from tests.reading.pdfs import BOLD, LOREM, Sheet

TITLE = "Algorithm 1. Care of imaginary cough"
STEPS = (
    ("Patient with imaginary cough", 220, 110),
    ("Count the coughs for one hour", 220, 190),
    ("Few coughs: rest at home", 90, 290),
    ("Many coughs: call the harbour", 350, 290),
    ("See again after four tides", 220, 390),
)


def node(sheet: Sheet, words: str, left: float, top: float, wide: float = 150, high: float = 40) -> None:
    sheet.box(left, top, wide, high)
    sheet.prose(left + 6, top + 16, wide - 12, words, 9)


def arrow(sheet: Sheet, x: float, y: float, x2: float, y2: float, head: bool = True) -> None:
    """A line with a filled head, as word processors draw them: two objects."""
    sheet.canvas.line(x, sheet.height - y, x2, sheet.height - y2)
    if head:
        path = sheet.canvas.beginPath()
        down = 1 if y2 > y else 0
        tip = (x2, sheet.height - y2 - 5) if down else (x2 + 5, sheet.height - y2)
        path.moveTo(*tip)
        path.lineTo(x2 - (3 if down else 0), sheet.height - y2 + (0 if down else 3))
        path.lineTo(x2 + (3 if down else 0), sheet.height - y2 - (0 if down else 3))
        path.close()
        sheet.canvas.drawPath(path, stroke=0, fill=1)


def chart(sheet: Sheet, down: float = 0, heads: bool = True) -> None:
    """Five boxes and the arrows between them: the boxes and arrows first, the words after."""
    for _, left, top in STEPS:
        sheet.box(left, top + down, 150, 40)
    arrow(sheet, 295, 150 + down, 295, 184 + down, heads)
    sheet.level(165, 425, 260 + down)
    sheet.upright(295, 230 + down, 260 + down)
    for x in (165, 425):
        arrow(sheet, x, 260 + down, x, 284 + down, heads)
        sheet.upright(x, 330 + down, 360 + down)
    sheet.level(165, 425, 360 + down)
    arrow(sheet, 295, 360 + down, 295, 384 + down, heads)
    for words, left, top in reversed(STEPS):
        sheet.prose(left + 6, top + down + 16, 138, words, 9)
    sheet.write(200, 255 + down, "No", 8)
    sheet.write(380, 255 + down, "Yes", 8)


def algorithm(sheet: Sheet) -> None:
    sheet.write(150, 80, TITLE, 13, BOLD)
    chart(sheet)


def unnamed_algorithm(sheet: Sheet) -> None:
    """Prose, a chart without any title, prose."""
    sheet.prose(60, 60, 470, f"Before the chart. {LOREM}")
    chart(sheet, 30)
    sheet.prose(60, 490, 470, f"After the chart. {LOREM}")


def curved_algorithm(sheet: Sheet) -> None:
    """Rounded boxes, an oval and a diamond, joined by one slanted line each."""
    canvas, height = sheet.canvas, sheet.height
    sheet.prose(60, 60, 470, LOREM)
    canvas.ellipse(200, height - 150, 380, height - 110)
    path = canvas.beginPath()
    path.moveTo(290, height - 180)
    for x, y in ((380, 220), (290, 260), (200, 220)):
        path.lineTo(x, height - y)
    path.close()
    canvas.drawPath(path)
    canvas.roundRect(60, height - 360, 150, 50, 8)
    canvas.roundRect(380, height - 360, 150, 50, 8)
    canvas.line(290, height - 150, 290, height - 180)
    canvas.line(220, height - 232, 150, height - 310)
    canvas.line(360, height - 232, 440, height - 310)
    sheet.write(225, 133, "Imaginary cough seen", 10)
    sheet.write(255, 224, "Can he sing?", 10)
    sheet.write(75, 340, "Yes: send him home", 10)
    sheet.write(395, 340, "No: send for a choir", 10)
    sheet.prose(60, 420, 470, LOREM)


def nested_algorithm(sheet: Sheet) -> None:
    """The chart drawn at twice its size inside a form that is placed at half scale."""
    canvas = sheet.canvas
    sheet.prose(60, 60, 470, LOREM)
    canvas.beginForm("chart")
    canvas.scale(2, 2)
    chart(sheet)
    canvas.endForm()
    canvas.saveState()
    canvas.scale(0.5, 0.5)
    canvas.doForm("chart")
    canvas.restoreState()
    sheet.prose(60, 490, 470, LOREM)


def copied_algorithm(sheet: Sheet) -> None:
    """All words a second time, invisible, smaller and out of place."""
    algorithm(sheet)
    text = sheet.canvas.beginText()
    text.setTextRenderMode(3)
    text.setFont("Helvetica", 8)
    for words, left, top in STEPS:
        text.setTextOrigin(left + 30, sheet.height - top - 30)
        text.textOut(words)
    sheet.canvas.drawText(text)


def captioned_algorithm(sheet: Sheet) -> None:
    """In a section, between paragraphs, over a caption that does not say what it is; the section goes on after it."""
    sheet.write(60, 60, "1 Treatment", 14, BOLD)
    sheet.prose(60, 82, 470, f"Before the chart. {LOREM}")
    chart(sheet, 40)
    sheet.write(150, 490, "Figure 7. Steps of care. Drawn by the harbour office.", 10)
    sheet.prose(60, 530, 470, f"After the chart. {LOREM}")


def picture(size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, "white")
    return image, ImageDraw.Draw(image)


def place(sheet: Sheet, image: Image.Image, left: float, top: float, wide: float, high: float) -> None:
    held = io.BytesIO()
    image.save(held, "PNG")
    held.seek(0)
    sheet.canvas.drawImage(ImageReader(held), left, sheet.height - top - high, wide, high)


def algorithm_picture() -> Image.Image:
    image, pen = picture((900, 600))
    boxes = ((330, 20), (330, 220), (60, 420), (600, 420))
    for x, y in boxes:
        pen.rectangle((x, y, x + 240, y + 110), outline="black", width=3)
        for row in range(3):
            pen.text((x + 20, y + 15 + 30 * row), "words of an invented step in a box", fill="black", font_size=13)
    pen.line((450, 130, 450, 220), fill="black", width=3)
    pen.line((450, 330, 450, 375), fill="black", width=3)
    pen.line((180, 375, 720, 375), fill="black", width=3)
    for x in (180, 720):
        pen.line((x, 375, x, 420), fill="black", width=3)
    return image


def plot_picture() -> Image.Image:
    image, pen = picture((900, 600))
    pen.line((80, 20, 80, 540), fill="black", width=3)
    pen.line((80, 540, 880, 540), fill="black", width=3)
    pen.line([(80 + 8 * x, 520 - (x * 37) % 400) for x in range(100)], fill="red", width=3)
    for x in range(10):
        pen.text((90 + 80 * x, 560), str(x), fill="black", font_size=20)
    return image


def form_picture() -> Image.Image:
    image, pen = picture((900, 1200))
    for y in range(50, 1150, 180):
        pen.line((40, y, 860, y), fill="black", width=2)
        pen.text(
            (60, y + 20), "An invented question of a form, to be answered with a number", fill="black", font_size=20
        )
        pen.rectangle((500, y + 70, 820, y + 140), outline="black", width=3)
        for x in range(500, 820, 64):
            pen.line((x, y + 70, x, y + 140), fill="black", width=3)
            pen.text((x + 20, y + 90), "7 7", fill="black", font_size=18)
    return image


def photograph() -> Image.Image:
    image = Image.new("RGB", (300, 200))
    image.putdata([((x * 7 + y * 3) % 256, (x * y) % 256, (y * 5 + x) % 256) for y in range(200) for x in range(300)])
    return image


def pictured_algorithm(sheet: Sheet) -> None:
    sheet.prose(60, 90, 470, LOREM)
    place(sheet, algorithm_picture(), 100, 150, 390, 260)
    sheet.write(130, 430, "Gambar 4. Langkah batuk khayalan di pelabuhan", 10)
    sheet.prose(60, 470, 470, LOREM)


def pictured_plot(sheet: Sheet) -> None:
    sheet.prose(60, 90, 470, LOREM)
    place(sheet, plot_picture(), 100, 150, 390, 260)
    sheet.write(130, 430, "Figure 3. Coughs by the hour of the day", 10)
    sheet.prose(60, 470, 470, LOREM)


def caption_overleaf(sheet: Sheet) -> None:
    sheet.write(60, 60, "1 Treatment", 14, BOLD)
    sheet.prose(60, 90, 470, LOREM * 4)
    place(sheet, plot_picture(), 100, 520, 390, 260)
    sheet.next()
    sheet.write(130, 60, "Figure 3. Algorithm for the harbour", 10)
    sheet.prose(60, 100, 470, f"Overleaf. {LOREM}")


def form_pages(sheet: Sheet) -> None:
    """A heading on page 1; pages 2 and 3 are a picture each with nothing but a page number; page 4 is prose."""
    sheet.write(60, 80, "Annex 1 Self-evaluation", 14, BOLD)
    sheet.prose(60, 110, 470, LOREM)
    for number in (2, 3):
        sheet.next()
        place(sheet, form_picture(), 150, 80, 300, 400)
        sheet.write(520, 800, str(number), 10)
    sheet.next()
    sheet.prose(60, 110, 470, LOREM)


def drawn_plot(sheet: Sheet) -> None:
    """Bars with round heads between two axes, labels at the edges, the caption above."""
    sheet.prose(60, 60, 470, LOREM)
    sheet.write(100, 130, "Fig. 2. Ships by the month", 10)
    sheet.upright(100, 150, 350)
    sheet.level(100, 480, 350)
    for month in range(12):
        sheet.canvas.setFillGray(0.5)
        sheet.canvas.roundRect(110 + 30 * month, sheet.height - 350, 12, 40 + 11 * month, 3, stroke=0, fill=1)
        sheet.canvas.setFillGray(0)
        sheet.write(112 + 30 * month, 362, str(month + 1), 8)
    sheet.prose(60, 420, 470, f"After the plot. {LOREM}")


# ---- what is no algorithm and no figure


def shaded_table(sheet: Sheet) -> None:
    """Every second row shaded, the rules drawn piece by piece."""
    rows = [("Drug", "Dose", "Note"), *((f"Drug {i}", f"{i} mg", "With water") for i in range(1, 8))]
    sheet.prose(60, 60, 470, LOREM)
    for i in range(0, 8, 2):
        for c in range(3):
            sheet.box(60 + 150 * c, 130 + 20 * i, 150, 20, fill=0.9)
    sheet.grid(60, 130, (150, 150, 150), (20,) * 8, rows)
    sheet.prose(60, 330, 470, LOREM)


def form(sheet: Sheet) -> None:
    """Fields to fill in, and a box to tick before each."""
    for i in range(10):
        sheet.canvas.circle(66, sheet.height - (96 + 30 * i), 4)
        sheet.write(76, 100 + 30 * i, f"Question {i} of an invented form")
        sheet.box(300, 85 + 30 * i, 200, 20)
        sheet.level(60, 500, 110 + 30 * i)


def decorated(sheet: Sheet) -> None:
    """A page of prose between wavy lines, with a coloured strip at its head."""
    sheet.box(0, 0, 595, 40, fill=0.7)
    sheet.write(60, 25, "Care pathway news", 10, BOLD)
    for i in range(12):
        path = sheet.canvas.beginPath()
        path.moveTo(0, 60 + i)
        path.curveTo(200, 100 + 4 * i, 400, 20 + 4 * i, 595, 60 + i)
        sheet.canvas.drawPath(path)
    for i in range(6):
        sheet.prose(60, 90 + 70 * i, 470, LOREM)


def boxed_recommendations(sheet: Sheet) -> None:
    """Three rounded boxes of statements under each other."""
    for i in range(3):
        sheet.canvas.roundRect(55, sheet.height - (180 + 150 * i), 480, 90, 8)
        sheet.write(65, 108 + 150 * i, f"Recommendation {i + 1}", 11, BOLD)
        sheet.prose(65, 126 + 150 * i, 460, f"Imaginol should be given to all sailors of group {i}. (Grade A)")
    sheet.prose(60, 540, 470, f"The care pathway and the algorithm are printed elsewhere. {LOREM}")


def photographs(sheet: Sheet) -> None:
    sheet.prose(60, 60, 470, LOREM)
    place(sheet, photograph(), 60, 130, 300, 200)
    sheet.prose(60, 360, 470, LOREM)


def stamped(sheet: Sheet) -> None:
    """A round stamp and a signature, without a caption, as decrees end."""
    image, pen = picture((600, 400))
    pen.ellipse((20, 20, 380, 380), outline="blue", width=8)
    pen.arc((200, 100, 580, 300), 0, 300, fill="blue", width=6)
    sheet.prose(60, 60, 470, LOREM)
    place(sheet, image, 60, 400, 300, 200)


def cover_of_report(sheet: Sheet) -> None:
    """A ruled drawing on the first of five pages, a photograph on the last, prose between."""
    place(sheet, plot_picture(), 60, 300, 470, 300)
    sheet.write(60, 120, "Imaginary Cough", 28, BOLD)
    for page in range(4):
        sheet.next()
        sheet.prose(60, 90, 470, f"{page} pages. {LOREM}")
    sheet.next()
    place(sheet, photograph(), 0, 0, 595, 500)


NOT_DRAWN: Sequence[object] = (
    shaded_table,
    form,
    decorated,
    boxed_recommendations,
    photographs,
    stamped,
    cover_of_report,
)
