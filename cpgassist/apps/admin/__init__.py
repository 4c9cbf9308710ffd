"""The admin page: what is in the corpus, what comes into it, the index, its quality, its evaluation, what was said of it.

`add_admin` adds it to a web application; `cpgassist.apps.server` serves it where a token is set. Gradio is imported when
it is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.apps.web import Screen
    from cpgassist.assistant import Assistant
    from cpgassist.corpus import Corpus

__all__ = ["add_admin"]


def add_admin(app: FastAPI, corpus: Corpus, assistant: Assistant, title: str) -> Screen:
    """Add the admin page at `/admin`; its screen, for the guard, which asks for the token before anything of it.

    `corpus.settings.admin_token` must be set. `assistant` is the one that answers in the chat.
    """
    from cpgassist.apps.admin.entering import Door
    from cpgassist.apps.admin.office import Office
    from cpgassist.apps.admin.routes import OWN_PATHS, add_routes
    from cpgassist.apps.admin.screen import build
    from cpgassist.apps.web import GRADIO_PATHS, Screen, mount

    token = corpus.settings.admin_token
    assert token is not None, "the admin page needs a token"
    door = Door(token.get_secret_value())
    screen = Screen(
        path="/admin",
        folder=Path(__file__).parent / "assets",
        assets=("admin.css", "admin.js", "login.css"),
        modules=("admin.js",),
        gradio_paths=GRADIO_PATHS - {"info", "openapi.json", "call"},
        own_paths=OWN_PATHS,
        refuse=door.refuse,
    )
    office = Office(corpus, assistant)
    door.add_routes(app)
    add_routes(app, office)
    mount(app, screen, build(office, title), door.user)
    return screen
