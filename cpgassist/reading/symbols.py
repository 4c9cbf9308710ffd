"""What the codes of symbol fonts stand for. A text layer that gives such a code as a letter says "³" for "≥"."""

from __future__ import annotations

import re

SYMBOL_FONT = re.compile(r"(?:^|[+,_-])symbol", re.IGNORECASE)
"""Adobe Symbol and its kin (SymbolMT, Symbol-Medium); "SegoeUISymbol" is an ordinary font with symbols in it."""
DINGBAT_FONT = re.compile(r"wingdings(?![23])|zapf\s*dingbats|(?:^|[+_-])dingbats", re.IGNORECASE)
_ZAPF_FONT = re.compile(r"dingbats", re.IGNORECASE)

# Adobe, "Symbol Encoding" (PDF Reference, appendix D.5). Letters of the Greek alphabet under their Latin neighbours.
_GREEK = dict(
    zip(
        map(ord, "ABCDEFGHIKLMNOPQRSTUWXYZabcdefghiklmnopqrstuwxyz"),
        "ΑΒΧ∆ΕΦΓΗΙΚΛΜΝΟΠΘΡΣΤΥΩΞΨΖαβχδεφγηικλμνοπθρστυωξψζ",
        strict=True,
    )
)
SYMBOL: dict[int, str] = {
    **_GREEK,
    **{code: chr(code) for code in (*range(0x28, 0x2D), *range(0x2E, 0x40), 0x5B, 0x5D, 0x7B, 0x7C, 0x7D)},
    0x2D: "−",
    0x40: "≅",
    0x4A: "ϑ",
    0x56: "ς",
    0x6A: "ϕ",
    0x76: "ϖ",
    0x7E: "∼",
    0xA2: "′",
    0xA3: "≤",
    0xA5: "∞",
    0xAB: "↔",
    0xAC: "←",
    0xAD: "↑",
    0xAE: "→",
    0xAF: "↓",
    0xB0: "°",
    0xB1: "±",
    0xB2: "″",
    0xB3: "≥",
    0xB4: "×",
    0xB7: "•",
    0xB8: "÷",
    0xB9: "≠",
    0xBA: "≡",
    0xBB: "≈",
    0xBC: "…",
    0xC5: "⊕",
    0xD6: "√",
    0xDE: "⇒",
    0xE5: "∑",
}

# Adobe, "ZapfDingbats Encoding" (PDF Reference, appendix D.6): U+2700 and on in order, but for signs that Unicode
# already had.
ZAPF: dict[int, str] = {code: chr(0x2701 + code - 0x21) for code in range(0x21, 0x7F)} | {
    0x25: "☎",
    0x2A: "☛",
    0x2B: "☞",
    0x48: "★",
    0x6C: "●",
    0x6E: "■",
    0x73: "▲",
    0x74: "▼",
    0x75: "◆",
    0x77: "◗",
    0xD4: "➔",
    0xD5: "→",
    0xE2: "➢",
    0xE4: "➤",
}

# Microsoft, Wingdings: the signs that word processors offer as bullets, arrows and ticks; the rest is left alone.
WINGDINGS: dict[int, str] = {
    0x6C: "●",
    0x6E: "■",
    0x6F: "□",
    0x71: "❑",
    0x72: "❒",
    0x75: "◆",
    0x76: "❖",
    0x9F: "•",
    0xA1: "○",
    0xA7: "▪",
    0xA8: "□",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xE8: "➔",
    0xFB: "✗",
    0xFC: "✓",
    0xFE: "☑",
}

# Adobe Glyph List, corporate use: ligatures, old-style digits and small capitals of expert fonts.
PRIVATE: dict[int, str] = {0xF001: "fi", 0xF002: "fl"}
PRIVATE |= {0xF730 + digit: str(digit) for digit in range(10)}
PRIVATE |= {0xF761 + n: chr(ord("A") + n) for n in range(26)}

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}

CONTROLS = "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9"
"""Zero-width characters and those that turn the direction of reading, as a range for a regular expression."""


def meant(code: int, font: str) -> str | None:
    """The sign that a code stands for in a symbol font of this name; None where the font or the sign is not known."""
    code = code - 0xF000 if 0xF000 <= code <= 0xF0FF else code
    if SYMBOL_FONT.search(font):
        return SYMBOL.get(code)
    if DINGBAT_FONT.search(font):
        return (ZAPF if _ZAPF_FONT.search(font) else WINGDINGS).get(code)
    return None
