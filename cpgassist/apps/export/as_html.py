"""A Document as one HTML file: no script, and nothing that a browser would fetch."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from functools import singledispatch
from hashlib import sha256
from html import escape
from importlib.resources import files

from cpgassist.apps.export.blocks import (
    Block,
    Bullets,
    Document,
    Heading,
    Paragraph,
    Picture,
    Row,
    Rows,
    Run,
    Runs,
)


def write_html(document: Document) -> bytes:
    """The document as UTF-8 HTML. Its policy lets a browser apply the one style sheet and show the pictures inside."""
    style = files(__package__).joinpath("export.css").read_text(encoding="utf-8")
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">'
        f'<meta name="generator" content="cpgassist"><title>{escape(document.title)}</title><style>{style}</style>'
    )
    body = blocks_as_html(document.blocks)
    page = (
        f'<!DOCTYPE html>\n<html lang="{escape(document.language)}">\n<head>{head}</head>\n'
        f"<body>\n<main>\n{body}\n</main>\n<footer>{escape(document.footer)}</footer>\n</body>\n</html>\n"
    )
    return page.encode()


def blocks_as_html(blocks: Iterable[Block]) -> str:
    """The blocks one under the other, every word of them escaped."""
    return "\n".join(map(_block, blocks))


@singledispatch
def _block(block: Block) -> str:
    raise TypeError(type(block))


@_block.register
def _(block: Heading) -> str:
    anchor = f' id="{_anchor(block.citation)}"' if block.citation else ""
    return f"<h{block.level}{anchor}>{escape(block.text)}</h{block.level}>"


@_block.register
def _(block: Paragraph) -> str:
    tag = "blockquote" if block.look == "quote" else "p"
    language = f' lang="{escape(block.language)}"' if block.language else ""
    role = ' role="note"' if block.look in ("note", "warning") else ""
    return f'<{tag} class="{block.look.replace(" ", "-")}"{language}{role}>{_runs(block.runs)}</{tag}>'


@_block.register
def _(block: Bullets) -> str:
    return "<ul>" + "".join(f"<li>{_runs(item)}</li>" for item in block.items) + "</ul>"


@_block.register
def _(block: Rows) -> str:
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.header)
    head = f"<thead><tr>{names}</tr></thead>" if names else ""
    rows = "".join(_row(row, block.columns) for row in block.rows)
    return f'<div class="rows" tabindex="0"><table>{head}<tbody>{rows}</tbody></table></div>'


def _row(row: Row, columns: int) -> str:
    wide = f' colspan="{columns}"' if row.spans else ""
    return "<tr>" + "".join(f"<td{wide}>{_runs(cell)}</td>" for cell in row.cells) + "</tr>"


@_block.register
def _(block: Picture) -> str:
    data = b64encode(block.jpeg).decode()
    size = f'width="{block.width}" height="{block.height}"'
    return f'<figure><img src="data:image/jpeg;base64,{data}" {size} alt="{escape(block.alt)}"></figure>'


def _runs(runs: Runs | Iterable[Run]) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    words = escape(run.text)
    if run.to:
        return f'<a class="mark" href="#{_anchor(run.to)}">{words}</a>'
    return words if run.emphasis == "plain" else f'<span class="{run.emphasis}">{words}</span>'


def _anchor(citation: int) -> str:
    return f"citation-{citation}"
