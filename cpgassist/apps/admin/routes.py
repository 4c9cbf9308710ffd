"""The admin page's own routes under /admin, past Gradio: files come in, pictures and the report go out.

The guard asks for the token before any of them (entering.py); what changes anything takes POST alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from cpgassist.apps.admin import plots
from cpgassist.apps.admin.opinions import opinions
from cpgassist.apps.keeping.evaluations import MOST_BYTES
from cpgassist.errors import CpgassistError, LimitError
from cpgassist.evaluation import risk_coverage
from cpgassist.evaluation.plots import risk_curve

if TYPE_CHECKING:
    from cpgassist.apps.admin.office import Office
    from cpgassist.evaluation.markup import Markup

OWN_PATHS = frozenset({"login", "logout", "here", "uploads", "questions", "plots", "shown", "report", "map.css"})
"""First segments under /admin of these routes and of the login's."""
DPI = 110
_PRIVATE = {"Cache-Control": "private, no-store"}


def add_routes(app: FastAPI, office: Office) -> None:
    """Add all of them."""
    _add_uploads(app, office)
    _add_pictures(app, office)
    _add_report(app, office)

    @app.get("/admin/here")
    def here() -> Response:
        """Nothing; a browser whose session has ended learns it here."""
        return Response(status_code=204, headers=_PRIVATE)


def _add_uploads(app: FastAPI, office: Office) -> None:
    @app.post("/admin/uploads")
    async def upload(request: Request, name: str = "") -> Response:
        _demand_bytes(request)
        return await _answered(
            office.arrivals.receive(name, request.stream()), lambda one: f"{one.name} is being read."
        )

    @app.post("/admin/uploads/{key}/add")
    async def add(key: str) -> Response:
        return await _answered(_apart(partial(office.add, key)))

    @app.post("/admin/uploads/{key}/replace")
    async def replace(key: str) -> Response:
        return await _answered(_apart(partial(office.add, key, replacing=True)))

    @app.post("/admin/uploads/{key}/discard")
    async def discard(key: str) -> Response:
        return await _answered(_apart(partial(office.arrivals.discard, key)))

    @app.post("/admin/questions")
    async def questions(request: Request, name: str = "") -> Response:
        _demand_bytes(request)

        async def keep() -> str:
            content = await _whole(request.stream(), MOST_BYTES)
            return str(await _apart(partial(office.evaluations.keep, name, content)))

        return await _answered(keep())


def _add_pictures(app: FastAPI, office: Office) -> None:
    @app.get("/admin/plots/{name}.svg")
    def plot(name: str) -> Response:
        draw = _PLOTS.get(name)
        try:
            drawn = draw(office) if draw is not None else None
        except (CpgassistError, OSError):
            drawn = None
        if drawn is None:
            raise HTTPException(404)
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        headers = {**_PRIVATE, "Content-Security-Policy": policy}
        content = plots.picture(drawn).encode("utf-8", "replace")
        return Response(content, media_type="image/svg+xml", headers=headers)

    @app.get("/admin/shown/{guideline}/{page}.png")
    def shown(guideline: str, page: int) -> Response:
        from cpgassist.apps.drawing import draw_page

        try:
            info = office.assistant.index.guidelines[guideline]
            size = office.corpus.page_size(info.file, page)
            held = office.corpus.page_passages(info.file, page)
            picture = draw_page(office.corpus.page_image(info.file, page, DPI), size, held, page)
        except (CpgassistError, KeyError):
            raise HTTPException(404) from None
        png = BytesIO()
        picture.save(png, "PNG")
        return Response(png.getvalue(), media_type="image/png", headers=_PRIVATE)

    @app.get("/admin/map.css")
    def map_style() -> Response:
        from cpgassist.apps.pagemap import cell_style

        return Response(cell_style(), media_type="text/css; charset=utf-8", headers={"Cache-Control": "no-cache"})


def _add_report(app: FastAPI, office: Office) -> None:
    @app.get("/admin/report")
    def report(save: bool = False) -> Response:
        content = office.evaluations.report()
        if content is None:
            raise HTTPException(404)
        # the page names the one script that may run; this server's own policy would forbid that one too
        policy = content.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
        headers = {**_PRIVATE, "Content-Security-Policy": policy}
        if save:
            headers["Content-Disposition"] = f'attachment; filename="evaluation-{date.today().isoformat()}.html"'
        return Response(content.encode("utf-8", "replace"), media_type="text/html; charset=utf-8", headers=headers)


# ---- plots


def _timeline(office: Office) -> Markup:
    guidelines = office.assistant.index.guidelines
    return plots.timeline(tuple(guidelines.values()), date.today())


def _kinds(office: Office) -> Markup:
    return plots.kinds(office.quality())


def _reasons(office: Office) -> Markup:
    return plots.reasons_by_week(opinions(office.corpus.settings), date.today())


def _risk(office: Office) -> Markup | None:
    last = office.evaluations.last
    return risk_curve(*risk_coverage(last.evaluation.rows)) if last is not None else None


_PLOTS: dict[str, Callable[[Office], Markup | None]] = {
    "timeline": _timeline,
    "kinds": _kinds,
    "reasons": _reasons,
    "risk": _risk,
}


# ---- answers


def _demand_bytes(request: Request) -> None:
    # a content type that no form of another site can send
    if request.headers.get("content-type") != "application/octet-stream":
        raise HTTPException(415)


async def _whole(content: AsyncIterator[bytes], most: int) -> bytes:
    body = bytearray()
    async for piece in content:
        body += piece
        if len(body) > most:
            raise LimitError(f"The file has more than {most // 1_000_000} MB.", "Send fewer questions at once.")
    return bytes(body)


async def _apart(work: Callable[[], Any]) -> Any:
    """The result of work that may wait for the disk, done in another thread."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


async def _answered(work: Any, said: Callable[[Any], str] = str) -> Response:
    """What was done as a sentence, or why it was not and what to do, both as JSON."""
    try:
        return JSONResponse({"said": said(await work)}, headers=_PRIVATE)
    except CpgassistError as error:
        told = {"message": error.message, "next_step": error.next_step}
        return JSONResponse(told, status_code=422, headers=_PRIVATE)
