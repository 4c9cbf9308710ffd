"""The admin page: what is in the corpus, what comes into it, the index, its quality, its evaluation, what was said of it.

`add_admin` adds it to a web application; `cpgassist.apps.server` serves it where a token is set. Gradio is imported when
it is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cpgassist.apps.admin.office import Office
    from cpgassist.apps.keeping import TokenCheck
    from cpgassist.apps.web import Screen
    from cpgassist.assistant import Assistant
    from cpgassist.corpus import Corpus

__all__ = ["add_admin", "open_office"]


def open_office(corpus: Corpus, assistant: Assistant) -> Office:
    """The desk of jobs that the admin page and other doors share. `assistant` is the one that answers in the chat."""
    from cpgassist.apps.admin.office import Office

    return Office(corpus, assistant)


def add_admin(app: FastAPI, office: Office, check: TokenCheck, title: str) -> Screen:
    """Add the admin page at `/admin`; its screen, for the guard, which asks for the token before anything of it."""
    from cpgassist.apps.admin.entering import Door
    from cpgassist.apps.admin.routes import OWN_PATHS, add_routes
    from cpgassist.apps.admin.screen import build
    from cpgassist.apps.web import GRADIO_PATHS, Screen, mount

    door = Door(check)
    screen = Screen(
        path="/admin",
        folder=Path(__file__).parent / "assets",
        assets=("admin.css", "admin.js", "login.css"),
        modules=("admin.js",),
        gradio_paths=GRADIO_PATHS - {"info", "openapi.json", "call"},
        own_paths=OWN_PATHS,
        refuse=door.refuse,
    )
    door.add_routes(app)
    add_routes(app, office)
    mount(app, screen, build(office, title), door.user)
    return screen
