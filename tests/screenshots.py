"""Pictures of the screens for the README: python tests/screenshots.py [FOLDER]   (make screenshots)

Serves the sample corpus, whose diseases and medicines are invented, goes through the screens in Chromium and writes
palette PNGs to docs/images. The photo is drawn here, and what a model says of it is scripted: no patient, no real model.
The sample must be indexed: cpgassist reindex --corpus corpora/sample.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "demo"), str(ROOT / "tests" / "apps")]

from app import EXAMPLES  # noqa: E402
from chat_browser import CHROMIUM, FLAGS, Chat, serving  # noqa: E402
from PIL import Image, ImageDraw, ImageFilter  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from cpgassist import Assistant, Corpus  # noqa: E402
from cpgassist.imaging import describe, open_photos  # noqa: E402
from cpgassist.testing import ScriptedChat  # noqa: E402

IMAGES = ROOT / "docs" / "images"
LARGEST = 250_000
"""Bytes of a picture."""
DESK: dict[str, Any] = {"viewport": {"width": 1400, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
DARK: dict[str, Any] = {**DESK, "color_scheme": "dark"}

DOSE = "Adult going home with mild Harbour fever: how much zelmorin, and for how many days?"
KIDNEYS = "Tarvexol interval if the eGFR is 22?"
CONFLICT = "Do we give dockers quillamide ahead of the season, and how firm is that advice?"
SILENT = "Maximum daily dose of metformin in type 2 diabetes?"
RASH = "Gatal bakau with a small patch of rash: which cream, how often, how long?"
SEEN = {
    "image_type": "drawing of skin",
    "anatomy": "forearm",
    "findings": [
        {"text": "small red patch of rash", "certainty": "definite"},
        {"text": "scratch marks", "certainty": "probable"},
        {"text": "scaling at the edge", "certainty": "possible"},
    ],
    "limitations": "a drawing, not a photo; itch and fever cannot be seen",
}


class Seer(Assistant):
    """An assistant whose model sees what SEEN says, whatever it is shown."""

    sees_photos = True

    def describe(self, *photos: Any, pairs: bool = False, cancel: Any = None) -> Any:
        """What SEEN says."""
        return describe(ScriptedChat(json.dumps(SEEN)), open_photos(photos, pairs=pairs), cancel)


def drawn_photo() -> bytes:
    """A forearm with a red patch, plainly drawn, and saying so."""
    picture = Image.new("RGB", (640, 480), (236, 240, 241))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((-80, 130, 720, 370), 110, fill=(222, 178, 150))
    draw.ellipse((250, 190, 400, 300), fill=(205, 120, 105))
    picture = picture.filter(ImageFilter.GaussianBlur(9))
    draw = ImageDraw.Draw(picture)
    for at in range(0, 60, 20):
        draw.line((420 + at, 200, 450 + at, 290), fill=(180, 95, 85), width=4)
    draw.rectangle((0, 430, 640, 480), fill=(30, 41, 59))
    draw.text((20, 440), "DRAWN FOR THE MANUAL - NO PATIENT", fill="white", font_size=28)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def save(chat: Chat, folder: Path, name: str) -> None:
    """The window as a palette PNG, once nothing in it moves."""
    page = chat.page
    pictures = "[...document.querySelectorAll('#panel .source:not([hidden]) img')]"
    chat.wait_until(f"{pictures}.every((one) => !one.checkVisibility() || (one.complete && one.naturalWidth))")
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_timeout(400)
    full = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for colours in (256, 128, 64):
        out = io.BytesIO()
        flat = full.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        flat.save(out, "PNG", optimize=True)
        if out.tell() < LARGEST:
            break
    (folder / f"{name}.png").write_bytes(out.getvalue())
    print(f"{name}.png: {out.tell():,} bytes, {full.width} x {full.height}")


def asked(question: str, chip: str = "") -> Callable[[Chat], None]:
    """Ask, and open the citation that a selector names."""

    def doing(chat: Chat) -> None:
        chat.ask(question)
        if chip:
            chat.page.locator(chip).first.click()

    return doing


def with_photo(chat: Chat) -> None:
    """The card of a described photo, over a question."""
    with chat.page.expect_file_chooser() as choosing:
        chat.page.click("#photo")
    choosing.value.set_files([{"name": "drawn.png", "mimeType": "image/png", "buffer": drawn_photo()}])
    chat.page.click("#photo-card .describe")
    chat.page.wait_for_selector("#photo-card .items")
    chat.page.fill("#ask textarea", RASH)


SCREENS: dict[str, tuple[dict[str, Any], Callable[[Chat], None]]] = {
    "chat-desktop": (DESK, asked(DOSE)),
    "chat-dark": (DARK, asked(KIDNEYS)),
    "chat-phone": (PHONE, asked(DOSE)),
    "chat-citation": (PHONE, asked(KIDNEYS, "#thread .turn a.cite")),
    "chat-photo": (DESK, with_photo),
    "chat-silent": (DESK, asked(SILENT)),
    "chat-conflict": (DESK, asked(CONFLICT)),
}


def admin(browser: Browser, address: str, token: str, folder: Path) -> None:
    """The admin page, behind its login; says so where this version has none."""
    page = browser.new_page(**DESK)
    reply = page.goto(f"{address}/admin")
    if reply is None or reply.status == 404:
        print("admin.png: left as it is, there is no admin page here")
        page.close()
        return
    page.fill("input[type=password]", token)
    page.press("input[type=password]", "Enter")
    page.wait_for_selector("#office .guidelines tbody tr, #office table.guidelines")
    shot = Chat.__new__(Chat)  # it is signed in already, and `Chat` would open the chat
    shot.page = page
    save(shot, folder, "admin")
    page.close()


def main() -> None:
    """Write every picture, or those named in the arguments after the folder."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    token = os.environ.setdefault("CPGASSIST_ADMIN_TOKEN", secrets.token_urlsafe(32))
    assistant = Seer(Corpus(ROOT / "corpora" / "sample", index=os.environ.get("SAMPLE_INDEX")))
    with serving(assistant, examples=EXAMPLES) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (window, doing) in SCREENS.items():
            chat = Chat(browser, address, **window)
            doing(chat)
            save(chat, folder, name)
            chat.context.close()
        admin(browser, address, token, folder)
        browser.close()


if __name__ == "__main__":
    main()
