"""One file from one address into a `.part` beside its place: resumable, limited, and no web page in its stead."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from cpgassist.catalogue.outcomes import Stopped
from cpgassist.catalogue.web import Web

PIECE = 1 << 16
LONGEST = 3600.0
"""Seconds that a download may take in all."""
AGAIN = "Run the same command again: it goes on where it stopped."
_ABOUT_PERSON = re.compile(
    rb"captcha|turnstile|cf-chl|challenge-platform|just a moment|are you (?:a )?(?:human|robot)|verify you are|bot detection"
    rb"|attention required",
    re.IGNORECASE,
)
_ABOUT_LOGIN = re.compile(
    rb"type\s*=\s*[\"']?password|<title>[^<]{0,60}(?:log ?in|sign ?in|log masuk)\b", re.IGNORECASE
)
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|!--|meta|script)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Came:
    """What a site says of a file: enough to ask later whether it changed."""

    url: str
    etag: str | None = None
    modified: str | None = None
    total: int | None = None
    """Bytes of the whole file, where the site says so."""

    @property
    def validator(self) -> str | None:
        """What If-Range takes: a strong ETag, else the date."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified

    def is_other_than(self, before: Came) -> bool:
        """Whether it is another file than the one that a download began with."""
        pairs = ((self.etag, before.etag), (self.modified, before.modified), (self.total, before.total))
        return any(one != two for one, two in pairs if one is not None and two is not None)


@dataclass(frozen=True, slots=True)
class Download:
    """A file that came whole, or one that did not change."""

    came: Came
    changed: bool
    """False: the site says that the file is the one we have."""
    note: str = ""
    """What a user should know: that it went on, or began anew."""


def download(
    web: Web,
    url: str,
    part: Path,
    max_bytes: int,
    have: Came | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Download:
    """Fetch into `part`, going on where an earlier run stopped; `have` is what the site said of the file we hold.

    Raises Stopped, and keeps what came of a file that can be gone on with.
    """
    end = clock() + LONGEST
    before = _begun(part, url)
    held = part.stat().st_size if before else 0
    if before is None:
        forget(part)
    response = web.get(url, _conditions(before, held, have))
    anew = ""
    if before is not None and not _goes_on(response, before, held):
        # Answered in whole (200), or with a part of another file: then the request is made again without conditions.
        forget(part)
        anew = "It began anew: the file at its source is another one now, or the site cannot go on with one."
        if response.status in (206, 416):
            response.close()
            response = web.get(url)
        before, held = None, 0
    with closing(response):
        if before is not None and response.status == 416:
            return Download(before, True, "It had come whole before.")
        if response.status == 304 and have is not None:
            return Download(have, False)
        if response.status not in (200, 206) or (response.status == 206 and before is None):
            raise _failure(response)
        came = _said(response, url)
        if came.total is not None and came.total > max_bytes:
            forget(part)
            raise _too_large(came.total, max_bytes)
        _receive(response, part, came, held, max_bytes, lambda: clock() > end)
    return Download(came, True, anew or (f"It went on after {held:,} bytes." if held else ""))


def forget(part: Path) -> None:
    """Remove what came of a download."""
    part.unlink(missing_ok=True)
    _notes(part).unlink(missing_ok=True)


def _notes(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _begun(part: Path, url: str) -> Came | None:
    """What was said of a file that an earlier run began to fetch from this address, where it can be gone on with."""
    try:
        came = Came(**json.loads(_notes(part).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    usable = came.url == url and came.validator and part.is_file() and part.stat().st_size
    return came if usable else None


def _conditions(before: Came | None, held: int, have: Came | None) -> dict[str, str]:
    if before is not None and before.validator:
        return {"Range": f"bytes={held}-", "If-Range": before.validator}
    if have is None:
        return {}
    named = {"If-None-Match": have.etag, "If-Modified-Since": have.modified}
    return {name: value for name, value in named.items() if value}


def _said(response: http.client.HTTPResponse, url: str) -> Came:
    whole = re.fullmatch(r"bytes \d+-\d+/(\d+)", response.headers.get("Content-Range") or "")
    length = response.headers.get("Content-Length") or ""
    total = int(whole[1]) if whole else int(length) if response.status == 200 and length.isdigit() else None
    return Came(url, response.headers.get("ETag"), response.headers.get("Last-Modified"), total)


def _goes_on(response: http.client.HTTPResponse, before: Came, held: int) -> bool:
    """Whether the answer is the rest of the very file that was begun, or says that all of it is here."""
    told = response.headers.get("Content-Range") or ""
    if response.status == 416:
        return told == f"bytes */{held}" and before.total in (None, held)
    if response.status == 206:
        return told.startswith(f"bytes {held}-") and not _said(response, before.url).is_other_than(before)
    # What came stays where the site only fails to answer.
    return response.status != 200


class _Broken(Exception):
    """The connection ended before the body did."""


def _receive(
    response: http.client.HTTPResponse, part: Path, came: Came, held: int, most: int, late: Callable[[], bool]
) -> None:
    """Write the body; nothing is written before its first bytes are seen to be a PDF's."""
    pieces = _pieces(response)
    size, broken = held, False
    try:
        first = next(pieces, b"")
    except _Broken as error:
        raise Stopped("cut_off", "The connection ended before anything came.", AGAIN) from error
    if held == 0:
        _check_begins_a_pdf(first, response.headers.get("Content-Type") or "")
        _notes(part).write_text(json.dumps(asdict(came)), encoding="utf-8")
    with part.open("ab" if held else "wb") as stream:
        try:
            for piece in chain((first,), pieces):
                size += len(piece)
                if size > most:
                    break
                stream.write(piece)
                if late():
                    raise Stopped("cut_off", f"It took more than an hour; {size:,} bytes have come.", AGAIN)
        except _Broken:
            broken = True
    if size > most:
        forget(part)
        raise _too_large(size, most)
    if broken or (came.total is not None and size < came.total):
        whole = f" of {came.total:,}" if came.total else ""
        raise Stopped("cut_off", f"The connection ended after {size:,}{whole} bytes.", AGAIN)


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """The body in pieces. Raises _Broken, after what came, where the connection broke."""
    while True:
        try:
            piece = response.read(PIECE)
        except http.client.IncompleteRead as error:
            if error.partial:
                yield error.partial
            raise _Broken from error
        except (OSError, http.client.HTTPException) as error:
            raise _Broken from error
        if not piece:
            return
        yield piece


def _check_begins_a_pdf(first: bytes, kind: str) -> None:
    if b"%PDF-" in first[:1024]:
        return
    if _PAGE.match(first) or "html" in kind.lower():
        raise _page(first)
    told = f" ({kind.split(';')[0]})" if kind else ""
    raise Stopped("not_pdf", f"What came is no PDF{told}." if first else "Nothing came: the file is empty.")


def _page(body: bytes) -> Stopped:
    """What a web page in a file's place is; cpgassist never answers one."""
    if _ABOUT_PERSON.search(body):
        return Stopped("captcha", "The site asks whether a person is there (a CAPTCHA). cpgassist never answers one.")
    if _ABOUT_LOGIN.search(body):
        return Stopped("login", "The site asks for a name and a password.")
    return Stopped("web_page", "A web page came in the place of the file.")


def _failure(response: http.client.HTTPResponse) -> Stopped:
    code = response.status
    body = b""
    with contextlib.suppress(OSError, http.client.HTTPException):
        body = response.read(PIECE)
    if _ABOUT_PERSON.search(body):
        return _page(body)
    if code == 401 or code == 407:
        return Stopped("login", f"The site wants a name and a password (code {code}).")
    if code == 403:
        return Stopped("forbidden", "The site does not give this file to programs (code 403).")
    if code in (404, 410):
        return Stopped("not_found", f"The file is no longer at this address (code {code}).")
    if code in (429, 503):
        when = response.headers.get("Retry-After")
        asked = f" It asks to come back after {when[:40]}{' s' if when.isdigit() else ''}." if when else ""
        return Stopped("busy", f"The site is busy (code {code}).{asked}", "Run the same command later.")
    return Stopped("server_error", f"The site answered with code {code}.")


def _too_large(size: int, most: int) -> Stopped:
    return Stopped(
        "too_large", f"It has {size / 1e6:,.0f} MB, more than the limit of {most / 1e6:,.0f} MB.", "Raise --max-mb."
    )
