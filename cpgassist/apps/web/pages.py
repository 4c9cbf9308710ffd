"""The pictures of guideline pages, which every screen shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Response

from cpgassist.errors import CpgassistError

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

PAGE_DPI = 132  # an A4 page 1,091 pixels wide: sharp at panel width on a dense screen, about 200 kB
KEPT_PAGES = 64


def add_page_images(app: FastAPI, assistant: Assistant) -> None:
    """Add `/pages/{guideline}/{page}.jpg`."""
    picture = _pictures(assistant)

    @app.get("/pages/{guideline}/{page}.jpg")
    def page_image(guideline: str, page: str) -> Response:
        # `int` would also take "+1", "1_0" and other digits
        if not re.fullmatch(r"[1-9][0-9]{0,5}", page):
            raise HTTPException(404)
        try:
            info = assistant.index.guidelines.get(guideline)
            image = picture(info.sha256, info.file, int(page)) if info is not None else None
        except CpgassistError:
            image = None
        if image is None:
            raise HTTPException(404)
        return Response(image, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _pictures(assistant: Assistant) -> Callable[[str, str, int], bytes]:
    @lru_cache(maxsize=KEPT_PAGES)
    def picture(_sha256: str, file: str, page: int) -> bytes:
        jpeg = BytesIO()
        assistant.corpus.page_image(file, page, dpi=PAGE_DPI).convert("RGB").save(jpeg, "JPEG", quality=82)
        return jpeg.getvalue()

    return picture
