"""Who may enter the admin page: those who know the token, by a login page or in a header. Nothing else opens anything."""

from __future__ import annotations

import secrets
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from cpgassist.apps.keeping.token import TokenCheck, address_of, bearer, digest
from cpgassist.evaluation.markup import Markup, tag

HOME = "/admin"
LOGIN = f"{HOME}/login"
COOKIE = "cpgassist_admin"
SESSION_SECONDS = 12 * 3600
"""A working day: then the token is asked for again."""
MOST_SESSIONS = 200
LONGEST_FORM = 4096

USER = "admin"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Door:
    """Lets in who has the token. Sessions live in memory: a restart ends them all."""

    def __init__(self, check: TokenCheck) -> None:
        self._check = check
        self._clock = check.clock
        self._sessions: dict[bytes, float] = {}
        self._lock = Lock()

    # ---- every request under /admin

    def refuse(self, scope: Scope) -> Response | None:
        """What a request gets that may not come in; None lets it in."""
        headers, path = Headers(scope=scope), "/" + scope["path"].strip("/")
        state_changing = scope["method"] not in _SAFE
        if path == LOGIN:
            return _foreign() if state_changing and not _same_origin(headers) else None
        given = bearer(headers)
        if given is not None:
            return self._refuse_bearer(given, address_of(scope))
        if not self._is_open(_cookie(headers)):
            asks_for_page = scope["method"] == "GET" and path == HOME
            return RedirectResponse(LOGIN, 303) if asks_for_page else _unknown()
        return _foreign() if state_changing and not _same_origin(headers) else None

    def user(self, request: Request) -> str | None:
        """The name of who sent the request, or None: Gradio's own check, which asks again behind the guard's."""
        return USER if self.refuse(request.scope) is None else None

    def _refuse_bearer(self, given: str, address: str) -> Response | None:
        if wait := self._check.wait(address):
            return _told(429, f"Too many wrong tokens: wait {wait} s.", {"Retry-After": str(wait)})
        return None if self._check.is_right(given, address) else _unknown()

    def _is_open(self, session: str) -> bool:
        with self._lock:
            until = self._sessions.get(digest(session), 0.0)
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
                self._sessions.pop(digest(request.cookies.get(COOKIE, "")), None)
            response = RedirectResponse(LOGIN, 303)
            response.delete_cookie(COOKIE, path=HOME)
            return response

    def _entered(self, request: Request, given: str) -> Response:
        address = address_of(request.scope)
        if wait := self._check.wait(address):
            return _page(f"Too many wrong tokens. Try again in {wait} s.", 429, {"Retry-After": str(wait)})
        if not self._check.is_right(given, address):
            return _page("That is not the token.", 401)
        self._check.forgive(address)
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
            self._sessions[digest(session)] = now + SESSION_SECONDS
        return session


def _same_origin(headers: Headers) -> bool:
    """Whether a page of this very server sent the request; browsers say so themselves, and pages cannot lie about it."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host", "")


def _cookie(headers: Headers) -> str:
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


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
