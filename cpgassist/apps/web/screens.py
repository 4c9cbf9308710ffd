"""A Gradio app becomes a screen of the server: its files, its look, and nothing that leaves this computer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response

from cpgassist.apps.web.bundle import add_bundle
from cpgassist.apps.web.guard import ASSETS, BASE, Screen

_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


def mount(
    app: FastAPI, screen: Screen, blocks: Any, allowed: Callable[[Request], str | None] | None = None, **options: Any
) -> None:
    """Serve `blocks` at the screen's path, and its assets at `/assets/...`.

    `allowed` names the user of a request, or is None where anyone may come in; `options` are Gradio's own.
    """
    import gradio as gr

    add_bundle(app, screen.path)
    fonts = ["system-ui", "sans-serif"]
    gr.mount_gradio_app(
        app,
        blocks,
        path=screen.path,
        auth_dependency=allowed,
        ssr_mode=False,
        run_history=False,
        footer_links=[],
        show_error=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        theme=gr.themes.Base(primary_hue="teal", neutral_hue="slate", font=fonts, font_mono=["monospace"]),
        **options,
    )
    for name in screen.assets:
        _serve(app, screen.folder / name)


def add_base_style(app: FastAPI) -> None:
    """Serve the style sheet that every screen starts from."""
    _serve(app, ASSETS / BASE)


def _serve(app: FastAPI, path: Path) -> None:
    @app.get(f"/assets/{path.name}")
    def asset() -> Response:
        try:
            content = path.read_bytes()
        except OSError:
            raise HTTPException(404) from None
        return Response(content, media_type=_MEDIA_TYPES[path.suffix], headers={"Cache-Control": "no-cache"})
