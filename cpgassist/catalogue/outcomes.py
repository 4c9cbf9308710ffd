"""What became of an entry that was asked for: one state, one sentence, one next step."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal[
    "got",  # in the corpus, checked
    "unchanged",  # in the corpus already, and the same at its source
    "by_hand",  # no address of a file is known: a person gets it from the official page
    "captcha",  # a page that asks whether a person is there came in its place
    "login",  # a page that asks for a name and password, or code 401
    "web_page",  # some other web page came in its place
    "forbidden",  # code 403
    "not_found",  # code 404 or 410
    "busy",  # code 429 or 503
    "server_error",  # another code
    "robots",  # the site asks programs to keep out
    "refused",  # an address that is not fetched: another host, a private network, not http(s)
    "unreachable",  # no connection
    "cut_off",  # the body ended early; what came is kept
    "too_large",
    "not_pdf",
    "damaged",  # a PDF that cannot be opened or read
    "other_document",  # a sound PDF, but of something else
    "differs",  # the corpus holds a file of that name with other content
    "not_recognised",  # a dropped file that no entry describes
]
DONE: frozenset[State] = frozenset({"got", "unchanged"})
TRY_BY_HAND = "Get it in your browser from the official page; with --drop FOLDER cpgassist files it from there."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, and what to do next."""

    state: State
    message: str
    next_step: str = ""
    entry: str | None = None
    """Id of the entry."""
    address: str | None = None
    """Where the file was asked for, or the official page."""
    file: str | None = None
    """Its name in the corpus, or the dropped file's."""
    sha256: str | None = None
    pages: int | None = None

    @property
    def done(self) -> bool:
        """Whether the entry is in the corpus."""
        return self.state in DONE

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return asdict(self)


class Stopped(Exception):
    """A download ended without a file."""

    def __init__(self, state: State, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.state: State = state
        self.message = message
        self.next_step = next_step or TRY_BY_HAND
