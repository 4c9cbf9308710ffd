"""What a reader can check an answer by: its use, inputs, method, data, what was measured, and its limits."""

from __future__ import annotations

from collections.abc import Iterable

from cpgassist.apps.chat.markup import edition_line, text
from cpgassist.apps.language.words import ABOUT
from cpgassist.types import GuidelineInfo


def about(guidelines: Iterable[GuidelineInfo], version: str, model: str = "") -> str:
    """The sheet, hidden until the browser opens it."""
    made = ABOUT["how_model"].format(model) if model else ABOUT["how_no_model"]
    titles = sorted(guidelines, key=lambda info: (info.title, -(info.published or 0)))
    items = "".join(f"<li><b>{text(info.title)}</b>{_edition(info)}</li>" for info in titles)
    parts = (
        ("use", ABOUT["use_text"], ""),
        ("inputs", ABOUT["inputs_text"], ""),
        ("how", f"{ABOUT['how_text']} {made}", ""),
        ("data", ABOUT["data_text"].format(version), f"<ul>{items}</ul>"),
        ("measured", ABOUT["measured_text"], ""),
        ("limits", ABOUT["limits_text"], ""),
    )
    sections = "".join(
        f"<section><h3>{ABOUT[name]}</h3><p>{text(said)}</p>{more}</section>" for name, said, more in parts
    )
    return (
        f'<div class="about-sheet" hidden><div class="head"><h2>{ABOUT["title"]}</h2>'
        f'<button type="button" class="close-about">✕<span class="sr"> {ABOUT["close"]}</span></button></div>'
        f'<div class="body">{sections}</div></div>'
    )


def _edition(info: GuidelineInfo) -> str:
    line = edition_line(info)
    return f" · {line}" if line else ""
