"""The sample photo: a drawn rapid test of the invented Harbour fever, which says on it that it is fictional."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

NAME = "sample-rapid-test.png"
MARK = "FICTIONAL - drawn for software, not for care"
_BENCH, _CASE, _EDGE, _WELL = (196, 205, 208), (250, 250, 246), (168, 172, 170), (228, 226, 214)
_LINE, _FAINT, _INK = (168, 44, 92), (214, 132, 164), (40, 48, 54)


def draw(folder: Path) -> Path:
    """Write the picture into the folder: a cassette with a strong control line and a faint test line."""
    picture = Image.new("RGB", (900, 600), _BENCH)
    pen = ImageDraw.Draw(picture)
    for y in range(0, 600, 6):  # light from above, so that it is not flat
        pen.line((0, y, 900, y), fill=tuple(part - y // 30 for part in _BENCH))
    pen.rounded_rectangle((150, 222, 762, 402), 34, fill=(150, 158, 160))  # its shadow
    pen.rounded_rectangle((138, 210, 750, 390), 34, fill=_CASE, outline=_EDGE, width=3)
    pen.rounded_rectangle((330, 262, 560, 338), 12, fill=_WELL, outline=_EDGE, width=3)
    pen.rectangle((392, 266, 402, 334), fill=_LINE)
    pen.rectangle((476, 266, 484, 334), fill=_FAINT)
    pen.ellipse((628, 262, 704, 338), fill=(214, 200, 192), outline=_EDGE, width=3)
    pen.ellipse((644, 278, 688, 322), fill=(150, 62, 58))
    for (x, y), size, words in (
        ((386, 228), 26, "C"),
        ((471, 228), 26, "T"),
        ((656, 346), 24, "S"),
        ((172, 262), 34, "HART"),
        ((172, 306), 18, "Harbour Antigen"),
        ((172, 328), 18, "Rapid Test"),
        ((150, 64), 30, MARK),
        ((150, 520), 22, "Read at 15 minutes. Harbour fever and this test do not exist."),
    ):
        pen.text((x, y), words, fill=_INK, font=ImageFont.load_default(size))
    about = PngImagePlugin.PngInfo()
    about.add_text("Description", MARK)
    target = folder / NAME
    picture.save(target, "PNG", pnginfo=about, optimize=True)
    return target
