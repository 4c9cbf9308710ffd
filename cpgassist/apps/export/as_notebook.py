"""An answer as a notebook shows it: a piece of HTML that asks for nothing, in the notebook's own colours."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from html import escape
from importlib.resources import files

from cpgassist.apps.export.as_html import blocks_as_html
from cpgassist.apps.export.composing import compose
from cpgassist.apps.export.evidence import quotes
from cpgassist.apps.language.words import CHECKS, counted
from cpgassist.types import Answer


def answer_html(answer: Answer, today: date | None = None) -> str:
    """The answer with the words and in the order of an export, its quotes folded under it and without pictures.

    A notebook shows it in its own page: the style reaches nothing outside of it, takes the page's colours, light or
    dark, and the marks of two answers lead each to its own quotes.
    """
    told = compose(answer, None, today or date.today())
    held = blocks_as_html(quotes(answer))
    folded = (
        f"<details><summary>{counted(len(answer.citations), CHECKS['quote'])}</summary>{held}</details>" if held else ""
    )
    # what leads to a quote stands in quotation marks, which text never holds unescaped
    name = sha256(json.dumps(answer.to_dict(), default=str, sort_keys=True).encode()).hexdigest()[:10]
    body = f"{blocks_as_html(told.blocks)}{folded}".replace('"#citation-', f'"#cpg-{name}-')
    body = body.replace('id="citation-', f'id="cpg-{name}-')
    style = files(__package__).joinpath("notebook.css").read_text(encoding="utf-8")
    return (
        f'<div class="cpgassist-answer {answer.status}" lang="{escape(told.language)}"><style>{style}</style>'
        f'{body}<p class="quiet">{escape(told.footer)}</p></div>'
    )
