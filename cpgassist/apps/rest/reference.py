"""The OpenAPI document, and a page that reads it to a person without any script or address elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
code, pre { font: .9rem ui-monospace, monospace; }
pre { overflow-x: auto; border: 1px solid #8886; border-radius: 8px; padding: .7rem; }
section { border-top: 1px solid #8886; padding: .5rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dd { margin: 0; }
dt { font-weight: 600; }
"""


def add_reference(app: FastAPI) -> None:
    """Add `/openapi.json` and `/docs`."""

    @app.get("/openapi.json", include_in_schema=False)
    def document() -> Response:
        return JSONResponse(app.openapi())

    @app.get("/docs", include_in_schema=False)
    def page() -> Response:
        return HTMLResponse(reference_page(app.openapi()))


def reference_page(document: dict[str, Any]) -> str:
    """The document as one HTML page: every route with its fields, an example and its answers."""
    info, base = document["info"], document["servers"][0]["url"]
    routes = "".join(
        _route(document, base, method, path, about)
        for path, methods in document["paths"].items()
        for method, about in methods.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])} REST</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['summary'])}</p>"
        f'<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI {escape(document["openapi"])}).</p>{routes}'
    )


def _route(document: dict[str, Any], base: str, method: str, path: str, about: dict[str, Any]) -> str:
    fields = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in _fields(document, about))
    answers = "".join(
        f"<dt>{escape(code)}</dt><dd>{escape(said['description'])}</dd>" for code, said in about["responses"].items()
    )
    example = _example(document, about)
    shown = ""
    if example is not None:
        body = json.dumps(example, ensure_ascii=False)
        curl = f"curl -s {base}{path} -H 'Content-Type: application/json' -d '{body}'"
        shown = f"<pre>{escape(curl)}</pre>"
    return (
        f"<section><h2><code>{method.upper()} {escape(base + path)}</code></h2><p><b>{escape(about['summary'])}.</b> "
        f"{escape(about.get('description', ''))}</p><dl>{fields}</dl>{shown}<dl>{answers}</dl></section>"
    )


def _fields(document: dict[str, Any], about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in about.get("parameters", ()):
        yield one["name"], _words(one["schema"], one.get("required", False), one.get("description", ""))
    schema = _body(document, about)
    for name, field in schema.get("properties", {}).items():
        yield name, _words(field, name in schema.get("required", ()), field.get("description", ""))


def _body(document: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    for content in about.get("requestBody", {}).get("content", {}).values():
        schema: dict[str, Any] = content["schema"]
        name = schema.get("$ref", "").rpartition("/")[2]
        return dict(document["components"]["schemas"][name]) if name else schema
    return {}


def _example(document: dict[str, Any], about: dict[str, Any]) -> Any:
    examples = _body(document, about).get("examples")
    return examples[0] if examples else None


def _words(schema: dict[str, Any], required: bool, description: str) -> str:
    kind = schema.get("type") or " or ".join(str(one.get("type", "object")) for one in schema.get("anyOf", ()))
    said = [kind or "object", "required" if required else "optional", description]
    return ", ".join(part for part in said if part)
