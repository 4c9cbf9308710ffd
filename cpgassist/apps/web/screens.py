"""A Gradio app becomes a screen of the server: its files, its look, and nothing that leaves this computer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response

from cpgassist.apps.web.guard import Screen

_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


def mount(
    app: FastAPI, screen: Screen, blocks: Any, allowed: Callable[[Request], str | None] | None = None, **options: Any
) -> None:
    """Serve `blocks` at the screen's path, and its assets at `/assets/...`.

    `allowed` names the user of a request, or is None where anyone may come in; `options` are Gradio's own.
    """
    import gradio as gr

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
        _serve(app, screen, name)


def _serve(app: FastAPI, screen: Screen, name: str) -> None:
    path = screen.folder / name

    @app.get(f"/assets/{name}")
    def asset() -> Response:
        try:
            content = path.read_bytes()
        except OSError:
            raise HTTPException(404) from None
        return Response(content, media_type=_MEDIA_TYPES[path.suffix], headers={"Cache-Control": "no-cache"})
