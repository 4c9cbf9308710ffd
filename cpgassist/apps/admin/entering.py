"""Who may enter the admin page: those who know the token, by a login page or in a header. Nothing else opens anything."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from cpgassist.evaluation.markup import Markup, tag

HOME = "/admin"
LOGIN = f"{HOME}/login"
COOKIE = "cpgassist_admin"
SESSION_SECONDS = 12 * 3600
"""A working day: then the token is asked for again."""
MOST_SESSIONS = 200
FREE_TRIES = 5
"""Wrong tokens that one address may send before it has to wait."""
FIRST_WAIT, LONGEST_WAIT = 30.0, 900.0
"""Seconds; each further wrong token doubles the wait."""
MOST_ADDRESSES = 5000
LONGEST_FORM = 4096

USER = "admin"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Tries:
    """Wrong tokens by address, and how long each must wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    def wait(self, address: str) -> int:
        """Whole seconds until the address may try again; 0 when it may now."""
        with self._lock:
            count, last = self._wrong.get(address, (0, 0.0))
        if count < FREE_TRIES:
            return 0
        seconds = min(FIRST_WAIT * 2.0 ** min(count - FREE_TRIES, 20), LONGEST_WAIT)
        return max(0, math.ceil(last + seconds - self._clock()))

    def wrong(self, address: str) -> None:
        """Count a wrong token."""
        with self._lock:
            count, _ = self._wrong.pop(address, (0, 0.0))
            self._wrong[address] = (count + 1, self._clock())
            while len(self._wrong) > MOST_ADDRESSES:
                del self._wrong[next(iter(self._wrong))]

    def right(self, address: str) -> None:
        """Forget its wrong tokens."""
        with self._lock:
            self._wrong.pop(address, None)


class Door:
    """Lets in who has the token. Sessions live in memory: a restart ends them all."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = _digest(token)
        self._clock = clock
        self._tries = Tries(clock)
        self._sessions: dict[bytes, float] = {}
        self._lock = Lock()

    # ---- every request under /admin

    def refuse(self, scope: Scope) -> Response | None:
        """What a request gets that may not come in; None lets it in."""
        headers, path = Headers(scope=scope), "/" + scope["path"].strip("/")
        state_changing = scope["method"] not in _SAFE
        if path == LOGIN:
            return _foreign() if state_changing and not _same_origin(headers) else None
        bearer = _bearer(headers)
        if bearer is not None:
            return self._refuse_bearer(bearer, _address(scope))
        if not self._is_open(_cookie(headers)):
            asks_for_page = scope["method"] == "GET" and path == HOME
            return RedirectResponse(LOGIN, 303) if asks_for_page else _unknown()
        return _foreign() if state_changing and not _same_origin(headers) else None

    def user(self, request: Request) -> str | None:
        """The name of who sent the request, or None: Gradio's own check, which asks again behind the guard's."""
        return USER if self.refuse(request.scope) is None else None

    def _refuse_bearer(self, given: str, address: str) -> Response | None:
        if wait := self._tries.wait(address):
            return _told(429, f"Too many wrong tokens: wait {wait} s.", {"Retry-After": str(wait)})
        if not compare_digest(_digest(given), self._token):
            self._tries.wrong(address)
            return _unknown()
        return None

    def _is_open(self, session: str) -> bool:
        with self._lock:
            until = self._sessions.get(_digest(session), 0.0)
        return bool(session) and self._clock() < until

    # ---- coming and going

    def add_routes(self, app: FastAPI) -> None:
        """Add the login page, which needs no script, and the way out."""

        @app.get(LOGIN)
        def login_page() -> Response:
            return _page()

        @app.post(LOGIN)
        async def login(request: Request) -> Response:
            return self._entered(request, await _typed_token(request))

        @app.post(f"{HOME}/logout")
        def logout(request: Request) -> Response:
            with self._lock:
                self._sessions.pop(_digest(request.cookies.get(COOKIE, "")), None)
            response = RedirectResponse(LOGIN, 303)
            response.delete_cookie(COOKIE, path=HOME)
            return response

    def _entered(self, request: Request, given: str) -> Response:
        address = _address(request.scope)
        if wait := self._tries.wait(address):
            return _page(f"Too many wrong tokens. Try again in {wait} s.", 429, {"Retry-After": str(wait)})
        if not compare_digest(_digest(given), self._token):
            self._tries.wrong(address)
            return _page("That is not the token.", 401)
        self._tries.right(address)
        response = RedirectResponse(f"{HOME}/", 303)
        response.set_cookie(
            COOKIE,
            self._new_session(),
            max_age=SESSION_SECONDS,
            path=HOME,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    def _new_session(self) -> str:
        session, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._sessions = {known: until for known, until in self._sessions.items() if now < until}
            while len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[_digest(session)] = now + SESSION_SECONDS
        return session


def _same_origin(headers: Headers) -> bool:
    """Whether a page of this very server sent the request; browsers say so themselves, and pages cannot lie about it."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host", "")


def _bearer(headers: Headers) -> str | None:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else None


def _cookie(headers: Headers) -> str:
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _digest(secret: str) -> bytes:
    # of one length, so that comparing takes the same time whatever was given
    return sha256(secret.encode("utf-8", "replace")).digest()


async def _typed_token(request: Request) -> str:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_FORM:
            return ""
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=4) if body.count(b"&") < 4 else {}
    return fields.get("token", [""])[0].strip()


def _told(status: int, detail: str, headers: dict[str, str]) -> Response:
    return JSONResponse({"detail": detail}, status, headers={"Cache-Control": "no-store", **headers})


def _unknown() -> Response:
    return _told(401, "The admin token is needed.", {"WWW-Authenticate": "Bearer"})


def _foreign() -> Response:
    return _told(403, "Only this server's own pages may ask for that.", {})


def _page(problem: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    warned = tag("p", problem, class_="problem", role="alert") if problem else Markup("")
    field = Markup(
        '<label for="token">Admin token</label><input id="token" name="token" type="password" required autofocus '
        'autocomplete="current-password" spellcheck="false"><button type="submit">Enter</button>'
    )
    form = tag("form", warned, field, method="post", action=LOGIN)
    about = "It is the value of CPGASSIST_ADMIN_TOKEN on the computer that runs cpgassist."
    body = tag("main", tag("h1", "cpgassist admin"), form, tag("p", about), tag("p", tag("a", "To the chat", href="/")))
    head = Markup(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>cpgassist admin</title><link rel="stylesheet" href="/assets/base.css">'
        '<link rel="stylesheet" href="/assets/login.css">'
    )
    content = f"<!doctype html>\n{tag('html', tag('head', head), tag('body', body, class_='login'), lang='en')}\n"
    policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    said = {"Cache-Control": "no-store", "Content-Security-Policy": policy, **(headers or {})}
    return HTMLResponse(content, status, headers=said)
