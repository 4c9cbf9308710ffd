"""What stands under an answer: judge it, export it, ask again."""

from __future__ import annotations

from cpgassist.apps.chat.markup import text
from cpgassist.apps.language.words import ACTIONS
from cpgassist.feedback import REASONS

_FORMATS = ("pdf", "docx", "html")


def actions(key: str) -> str:
    """The bar of a finished answer, kept under `key`; the browser does what its buttons say (assets/judging.js)."""
    formats = "".join(
        f'<a class="save" href="/exports/{text(key)}.{name}">{text(ACTIONS[name])}</a>' for name in _FORMATS
    )
    reasons = "".join(
        f'<button type="button" class="reason {name}">{text(ACTIONS[name])}</button>'
        for name in (reason.replace(" ", "_") for reason in REASONS)
    )
    return (
        f'<section class="actions" id="a-{text(key)}"><h3 class="sr">{ACTIONS["heading"]}</h3><div class="bar">'
        f"{_icon('up', ACTIONS['helpful'])}{_icon('down', ACTIONS['not_helpful'])}"
        f'<span class="spring"></span>{_worded("retry", ACTIONS["retry"])}{_worded("export", ACTIONS["export"])}'
        f'</div><div class="formats" hidden>{formats}</div>'
        f'<div class="reasons" hidden><span>{ACTIONS["why"]}</span>{reasons}</div>'
        f'<p class="thanks" hidden>{ACTIONS["thanks"]}</p><p class="taken-back" hidden>{ACTIONS["taken_back"]}</p>'
        f'<p class="saving" hidden>{ACTIONS["saving"]}</p><p class="trouble" hidden>{ACTIONS["failed"]}</p></section>'
    )


def retry() -> str:
    """The bar of a question that was not answered."""
    return f'<section class="actions"><div class="bar">{_worded("retry", ACTIONS["retry"])}</div></section>'


def _icon(name: str, words: str) -> str:
    """A button that shows a picture, its words for a screen reader and a pointer."""
    return f'<button type="button" class="icon {name}" title="{text(words)}"><span class="sr">{text(words)}</span></button>'


def _worded(name: str, words: str) -> str:
    return f'<button type="button" class="worded {name}">{text(words)}</button>'
