"""PDFs whose text layer is not what the page shows: each draws one such trap.

The glyphs are drawn honestly; `relabelled` then changes what the text layer says they are, as broken exporters do.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pypdf
import pypdfium2 as pdfium
from PIL import Image
from pypdf.generic import DecodedStreamObject, NameObject
from reportlab.lib.utils import ImageReader

from tests.reading.pdfs import BODY, LOREM, Sheet, drawn

_CMAP = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Told def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
{count} beginbfchar
{pairs}
endbfchar endcmap CMapName currentdict /CMap defineresource pop end end"""


def relabelled(path: Path, font: str, told: Mapping[int, int]) -> Path:
    """The file with the text layer telling another character for these codes of a one-byte font."""
    pairs = "\n".join(f"<{code:02X}> <{other:04X}>" for code, other in told.items())
    stream = DecodedStreamObject()
    stream.set_data(_CMAP.format(count=len(told), pairs=pairs).encode())
    writer = pypdf.PdfWriter(clone_from=path)
    for page in writer.pages:
        for held in page["/Resources"]["/Font"].values():
            if font in str(held.get_object()["/BaseFont"]):
                held.get_object()[NameObject("/ToUnicode")] = writer._add_object(stream)
    out = path.with_name(f"told-{path.name}")
    writer.write(out)
    return out


def mapped(path: Path, font: str, old: str, new: str) -> Path:
    """The file with one character of an embedded font's own ToUnicode table exchanged."""
    writer = pypdf.PdfWriter(clone_from=path)
    for page in writer.pages:
        for held in page["/Resources"]["/Font"].values():
            face = held.get_object()
            if font in str(face["/BaseFont"]):
                table = face["/ToUnicode"].get_object().get_data().decode()
                assert f"{ord(old):04X}" in table.upper()
                stream = DecodedStreamObject()
                stream.set_data(table.upper().replace(f"<{ord(old):04X}>", f"<{ord(new):04X}>").encode())
                # CMap operators are written in lower case.
                for operator in ("begincmap", "endcmap", "begincodespacerange", "endcodespacerange", "beginbfchar",
                                 "endbfchar", "beginbfrange", "endbfrange", "findresource", "begin", "dict", "def",
                                 "end", "currentdict", "defineresource", "pop"):  # fmt: skip
                    stream.set_data(stream.get_data().replace(operator.upper().encode(), operator.encode()))
                face[NameObject("/ToUnicode")] = writer._add_object(stream)
    out = path.with_name(f"mapped-{path.name}")
    writer.write(out)
    return out


# ---- signs


def symbol_sign(folder: Path, sign: str = "≥", code: int = 0xB3, told: int = 0xB3, tail: str = "90 cm") -> Path:
    """A sign set in Symbol whose code the text layer tells as Latin-1: the page shows ≥90, the layer says ³90."""

    def draw(sheet: Sheet) -> None:
        sheet.prose(60, 90, 470, LOREM)
        end = sheet.write(60, 160, "The waist is wide from ")
        sheet.canvas.setFont("Symbol", 10)
        sheet.canvas.drawString(end, sheet.height - 160, sign)
        sheet.write(end + 6, 160, f"{tail} on.")
        sheet.prose(60, 200, 470, LOREM)

    return relabelled(drawn(folder, draw, f"symbol-{told:x}"), "Symbol", {code: told})


def dingbats(folder: Path) -> Path:
    """A list whose bullets are set in ZapfDingbats and told as the letter l."""

    def draw(sheet: Sheet) -> None:
        down = sheet.prose(60, 90, 470, LOREM) + 12
        sheet.write(60, down, "Keep a list of:")
        for i, item in enumerate(("ropes in store", "bells on the tower", "ships at anchor")):
            sheet.canvas.setFont("ZapfDingbats", 8)
            sheet.canvas.drawString(66, sheet.height - (down + 16 + i * 14), "●")
            sheet.write(80, down + 16 + i * 14, item)

    return relabelled(drawn(folder, draw, "dingbats"), "Dingbats", {0x6C: 0x6C})


def underlined(sheet: Sheet) -> None:
    """Signs with a rule of their own, an underlined phrase, a rule in white, and a table's rule."""
    sheet.prose(60, 90, 470, LOREM)
    for down, sign in ((160, ">"), (180, "<"), (200, "+")):
        end = sheet.write(60, down, f"Gulls from {sign}"[:-1])
        after = sheet.write(end, down, sign, 10)
        sheet.canvas.setLineWidth(0.6)
        sheet.level(end, after, down + 1.6)
        sheet.write(after, down, "40 are many.")
    end = sheet.write(60, 220, "Gulls ")
    after = sheet.write(end, 220, "from >50 on")
    sheet.level(end, after, 221.6)
    end = sheet.write(60, 240, "Gulls from ")
    after = sheet.write(end, 240, ">")
    sheet.canvas.setStrokeGray(1)
    sheet.level(end, after, 241.6)
    sheet.canvas.setStrokeGray(0)
    sheet.write(after, 240, "60 are many.")
    sheet.grid(60, 300, (120, 120), (15, 15), (("Gulls", "Ropes"), (">70", "<80")))


def genuine(sheet: Sheet) -> None:
    """Signs that look doubtful and are what the page shows."""
    sheet.prose(60, 90, 470, LOREM)
    sheet.write(60, 160, "A rope of 3 m³ costs £20, its square 4 m² and its name is Straße.")
    sheet.write(60, 180, "Ropes >5 or <7 and 3+4.")


# ---- undecoded ligatures


def undecoded(folder: Path, *lines: str) -> Path:
    """Lines whose ligature ﬁ the text layer tells as U+FFFD."""

    def draw(sheet: Sheet) -> None:
        for i, line in enumerate(lines):
            sheet.write(60, 100 + 16 * i, line, 10, "Vera")
        sheet.prose(60, 300, 470, "A field is a field, and a fire is a fire. The final office is benefit to none.")

    return mapped(drawn(folder, draw, "undecoded"), "Vera", "ﬁ", "\ufffd")


def lying(folder: Path) -> Path:
    """The page shows 500 mg, the text layer says 900 mg."""

    def draw(sheet: Sheet) -> None:
        sheet.write(60, 100, "Imaginol 500 mg is given.", 10, "Vera")

    return mapped(drawn(folder, draw, "lying"), "Vera", "5", "9")


def homoglyphs(folder: Path) -> Path:
    """Every "a" of a line is told as the Cyrillic letter that looks like it."""

    def draw(sheet: Sheet) -> None:
        sheet.write(60, 100, "Imaginol at noon", 10, "Vera")

    return mapped(drawn(folder, draw, "homoglyphs"), "Vera", "a", "а")


def zero_width(folder: Path, control: str = "\u200b") -> Path:
    """A word with an invisible control character in it."""

    def draw(sheet: Sheet) -> None:
        sheet.write(60, 100, "Imagi|nol at noon", 10, "Vera")

    return mapped(drawn(folder, draw, "zero-width"), "Vera", "|", control)


# ---- words that nobody sees

SECRET = "Take ninety spoons of salt."


def hidden_line(how: Callable[[Sheet], None], name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        def draw(sheet: Sheet) -> None:
            sheet.prose(60, 90, 470, LOREM)
            sheet.canvas.saveState()
            how(sheet)
            sheet.canvas.restoreState()
            sheet.prose(60, 300, 470, LOREM)

        return drawn(folder, draw, name)

    return make


def _white(sheet: Sheet) -> None:
    sheet.canvas.setFillGray(1)
    sheet.write(60, 200, SECRET)


def _faint(sheet: Sheet) -> None:
    sheet.canvas.setFillGray(0.97)
    sheet.write(60, 200, SECRET)


def _black_on_black(sheet: Sheet) -> None:
    sheet.canvas.rect(50, sheet.height - 220, 300, 40, stroke=0, fill=1)
    sheet.write(60, 200, SECRET)


def _invisible(sheet: Sheet) -> None:
    text = sheet.canvas.beginText(60, sheet.height - 200)
    text.setFont(BODY, 10)
    text.setTextRenderMode(3)
    text.textOut(SECRET)
    sheet.canvas.drawText(text)


def _tiny(sheet: Sheet) -> None:
    sheet.write(60, 200, SECRET, 0.8)


def _transparent(sheet: Sheet) -> None:
    sheet.canvas.setFillAlpha(0)
    sheet.write(60, 200, SECRET)


def _under_picture(sheet: Sheet) -> None:
    sheet.write(60, 200, SECRET)
    picture = Image.new("RGB", (40, 10), (90, 120, 150))
    sheet.canvas.drawImage(ImageReader(picture), 50, sheet.height - 210, 300, 30)


def _under_panel(sheet: Sheet) -> None:
    sheet.write(60, 200, SECRET)
    sheet.canvas.setFillGray(0.8)
    sheet.canvas.rect(50, sheet.height - 210, 300, 30, stroke=0, fill=1)


def _clipped(sheet: Sheet) -> None:
    path = sheet.canvas.beginPath()
    path.rect(400, 100, 50, 50)
    sheet.canvas.clipPath(path, stroke=0, fill=0)
    sheet.write(60, 200, SECRET)


HIDDEN = {
    name: hidden_line(how, name)
    for name, how in {
        "white": _white,
        "faint": _faint,
        "black-on-black": _black_on_black,
        "invisible": _invisible,
        "tiny": _tiny,
        "transparent": _transparent,
        "under-picture": _under_picture,
        "under-panel": _under_panel,
        "clipped": _clipped,
    }.items()
}


def _white_on_dark(sheet: Sheet) -> None:
    sheet.canvas.setFillGray(0.2)
    sheet.canvas.rect(50, sheet.height - 220, 300, 40, stroke=0, fill=1)
    sheet.canvas.setFillGray(1)
    sheet.write(60, 200, SECRET)


def _white_on_rounded(sheet: Sheet) -> None:
    sheet.canvas.setFillGray(0.2)
    sheet.canvas.roundRect(50, sheet.height - 220, 300, 40, 8, stroke=0, fill=1)
    sheet.canvas.setFillGray(1)
    sheet.write(60, 200, SECRET)


def _white_on_picture(sheet: Sheet) -> None:
    picture = Image.new("RGB", (40, 10), (30, 40, 90))
    sheet.canvas.drawImage(ImageReader(picture), 50, sheet.height - 210, 300, 30)
    sheet.canvas.setFillGray(1)
    sheet.write(60, 200, SECRET)


def _grey(sheet: Sheet) -> None:
    sheet.canvas.setFillGray(0.6)
    sheet.write(60, 200, SECRET)


def _under_glass(sheet: Sheet) -> None:
    """Marked with a highlighter drawn over the words."""
    sheet.write(60, 200, SECRET)
    sheet.canvas.setFillAlpha(0.4)
    sheet.canvas.setFillColorRGB(1, 1, 0)
    sheet.canvas.rect(50, sheet.height - 210, 300, 30, stroke=0, fill=1)


def _inside_clip(sheet: Sheet) -> None:
    path = sheet.canvas.beginPath()
    path.rect(50, sheet.height - 220, 300, 60)
    sheet.canvas.clipPath(path, stroke=0, fill=0)
    sheet.write(60, 200, SECRET)


SEEN = {
    name: hidden_line(how, name)
    for name, how in {
        "white-on-dark": _white_on_dark,
        "white-on-rounded": _white_on_rounded,
        "white-on-picture": _white_on_picture,
        "grey": _grey,
        "under-glass": _under_glass,
        "inside-clip": _inside_clip,
    }.items()
}


def twice(sheet: Sheet) -> None:
    """A paragraph drawn twice at one place, the second time invisible; and a word in false bold, drawn twice."""
    sheet.prose(60, 90, 470, LOREM)
    sheet.canvas.saveState()
    text = sheet.canvas.beginText(60, sheet.height - 90)
    text.setFont(BODY, 10)
    text.setTextRenderMode(3)
    text.textLine(LOREM[:60])
    sheet.canvas.drawText(text)
    sheet.canvas.restoreState()
    sheet.write(60, 200, "Heavily")
    sheet.write(60.3, 200, "Heavily")


def only_hidden(sheet: Sheet) -> None:
    """A second page that holds nothing but invisible words."""
    sheet.prose(60, 90, 470, LOREM)
    sheet.next()
    _invisible(sheet)


def scan_with_layer(folder: Path, shifted: float = 0.0) -> Path:
    """A page that is one picture, with its words laid over it invisibly, as scanning software does."""
    words = [f"Line {i} of the scanned page about ropes and bells." for i in range(12)]

    def print_out(sheet: Sheet) -> None:
        for i, line in enumerate(words):
            sheet.write(60, 100 + 30 * i, line, 12)

    with pdfium.PdfDocument(drawn(folder, print_out, "paper")) as paper:
        picture = paper[0].render(scale=1.5).to_pil().convert("RGB")
    held = io.BytesIO()
    picture.save(held, "PNG")
    held.seek(0)

    def draw(sheet: Sheet) -> None:
        sheet.canvas.drawImage(ImageReader(held), 0, 0, sheet.width, sheet.height)
        text = sheet.canvas.beginText()
        text.setFont(BODY, 12)
        text.setTextRenderMode(3)
        for i, line in enumerate(words):
            text.setTextOrigin(60, sheet.height - (100 + 30 * i) - shifted)
            text.textOut(line)
        sheet.canvas.drawText(text)

    return drawn(folder, draw, f"scan-{shifted:g}")


def named(path: Path, font: str) -> Path:
    """The file with its first font called something else."""
    writer = pypdf.PdfWriter(clone_from=path)
    for held in writer.pages[0]["/Resources"]["/Font"].values():
        face = held.get_object()
        if "Helvetica" in str(face["/BaseFont"]):
            face[NameObject("/BaseFont")] = NameObject(f"/{font}")
    out = path.with_name(f"named-{path.name}")
    writer.write(out)
    return out
