"""Where the browser sends photos: `/photos`, past Gradio, whose uploads are files on disk."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import language_of, speaking
from cpgassist.apps.web.failures import note
from cpgassist.apps.web.working import result_of
from cpgassist.errors import CpgassistError, PhotoError

if TYPE_CHECKING:
    from pathlib import Path

    from cpgassist.apps.chat.photos import Photos

AT_ONCE = 2
"""Requests whose photos are held in memory at the same time; the others wait with theirs unread."""

UNEXPECTED = CpgassistError(
    "Something went wrong on this computer, and the photo was not described.",
    "Try again, or type what you see.",
)


def add_photo_routes(app: FastAPI, photos: Photos, example: Path | None = None) -> None:
    """Add GET `/photos` (what the card needs), POST `/photos` (describe) and DELETE `/photos/{key}` (forget).

    GET `/photos/example` gives the picture that is offered as an example. POST takes the photos' bytes one after the
    other, their lengths in `sizes`. Its content type is one that a browser sends to this server from this server's own
    pages alone.
    """
    workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="describe")
    room = asyncio.Semaphore(AT_ONCE)

    @app.get("/photos")
    async def card(request: Request) -> Response:
        try:
            with speaking(language_of(request.headers)):  # goes along into the thread
                return _json(await run_in_threadpool(photos.card))
        except CpgassistError as error:
            return _failed(error, request)

    @app.get("/photos/example")
    def picture() -> Response:
        try:
            content = example.read_bytes() if example is not None else None
        except OSError:
            content = None
        kind = mimetypes.guess_type(example.name)[0] if example is not None else None
        return Response(status_code=404) if content is None else Response(content, media_type=kind)

    @app.post("/photos")
    async def describe(request: Request, sizes: str = "", pairs: bool = False) -> Response:
        if request.headers.get("content-type") != "application/octet-stream":
            return Response(status_code=415)
        async with room:
            try:
                lengths = _lengths(sizes)
                content = await _split(request, lengths)
                language = language_of(request.headers)

                def look(cancel: Event) -> dict[str, Any]:
                    with speaking(language):
                        return photos.describe(content, pairs, cancel)

                seen = await result_of(request, workers, look)
                return _json(seen)
            except CpgassistError as error:
                return _failed(error, request)
            except Exception as error:
                note(error, "while describing a photo")
                return _failed(UNEXPECTED, request)

    @app.delete("/photos/{key}")
    async def forget(key: str) -> Response:
        photos.forget(key)
        return Response(status_code=204)


def _lengths(sizes: str) -> list[int]:
    from cpgassist.imaging.intake import MAX_BYTES, MAX_PHOTOS

    if not re.fullmatch(r"[1-9][0-9]{0,9}(?:,[1-9][0-9]{0,9})*", sizes):
        raise PhotoError("No photo was given.", "Choose one, or type what you see.")
    lengths = [int(size) for size in sizes.split(",")]
    if len(lengths) > MAX_PHOTOS:
        raise PhotoError(f"{len(lengths)} photos are too many.", f"Choose at most {MAX_PHOTOS}.")
    for number, length in enumerate(lengths, 1):
        if length > MAX_BYTES:
            raise PhotoError(
                f"Photo {number} is larger than {MAX_BYTES // 1024 // 1024} MB.",
                "Export it smaller, for example with a longest side of 2000 pixels.",
            )
    return lengths


async def _split(request: Request, lengths: list[int]) -> list[bytes]:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > sum(lengths):
            break
    if len(body) != sum(lengths):
        raise PhotoError("The photo did not arrive whole.", "Describe it again.")
    ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
    return [bytes(body[end - length : end]) for end, length in zip(ends, lengths, strict=True)]


def _json(value: dict[str, Any]) -> Response:
    return JSONResponse(value, headers={"Cache-Control": "no-store"})


def _failed(error: CpgassistError, request: Request) -> Response:
    with speaking(language_of(request.headers)):
        told = {"message": said(error.message), "next_step": said(error.next_step)}
    return JSONResponse(told, status_code=422, headers={"Cache-Control": "no-store"})
