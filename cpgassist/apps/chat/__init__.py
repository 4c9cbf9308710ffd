"""The chat: ask, read the quoted answer, see each quote marked on its page.

`add_chat` adds it to a web application; `cpgassist.apps.server` serves it. Gradio is imported when it is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.apps.web import Screen
    from cpgassist.assistant import Assistant

__all__ = ["add_chat"]


def add_chat(
    app: FastAPI, assistant: Assistant, title: str, examples: Sequence[str] = (), photo: Path | None = None
) -> Screen:
    """Add the chat at `/chat` and the routes of its photos and answers; its screen, for the guard.

    `examples` are questions offered while the chat is empty, `photo` is a picture offered with them.
    """
    from cpgassist.apps.chat.answer_routes import add_answer_routes
    from cpgassist.apps.chat.conversation import Conversations
    from cpgassist.apps.chat.photo_routes import add_photo_routes
    from cpgassist.apps.chat.screen import build
    from cpgassist.apps.web import Screen, mount

    screen = Screen(
        path="/chat",
        folder=Path(__file__).parent / "assets",
        assets=("chat.css", "chat.js", "evidence.js", "judging.js", "photo.js"),
        modules=("chat.js",),
    )
    conversations = Conversations(assistant)
    add_photo_routes(app, conversations.photos, photo)
    add_answer_routes(app, conversations.answers)
    mount(app, screen, build(conversations, title, examples, photo is not None))
    return screen
