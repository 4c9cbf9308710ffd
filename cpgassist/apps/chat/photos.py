"""Photos in the chat: described in memory, kept as findings until a person has confirmed them.

No photo is ever written to disk: its bytes come with one request, and are gone when that is answered.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING, Any

from cpgassist.apps.language.malay import said
from cpgassist.apps.language.words import PHOTO
from cpgassist.apps.web.kept import Kept
from cpgassist.apps.web.questions import IC_NUMBER
from cpgassist.errors import CpgassistError, InputError, PhotoError
from cpgassist.imaging import open_photo
from cpgassist.models.servers.addresses import is_loopback
from cpgassist.types import BY_USER, RESEARCH_USE, Findings

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant

MOST_ITEMS = 20
LONGEST_ITEM = 200
"""Letters; the browser's fields hold no more."""

EMPTY = InputError(PHOTO["empty"], PHOTO["empty_next"])
GONE = InputError("The description of this photo is no longer kept.", "Describe the photo again, or discard it.")
UNREADABLE = InputError("The findings could not be read.", "Reload the page and describe the photo again.")

logger = logging.getLogger(__name__)


class Photos:
    """Describes photos, and keeps the descriptions until they were confirmed, discarded or an hour old."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._kept: Kept[Findings] = Kept()

    def card(self) -> dict[str, Any]:
        """What the card in the browser needs to know: its words, the limits, and whether a model sees photos here."""
        from cpgassist.imaging.intake import MAX_BYTES, MAX_PHOTOS

        return {
            "words": dict(PHOTO),
            "sees": self._assistant.sees_photos,
            "where": said(where_photos_go(self._assistant)),
            "by_user": said(BY_USER),
            "by_model": said(RESEARCH_USE),
            "most_photos": MAX_PHOTOS,
            "most_bytes": MAX_BYTES,
            "most_items": MOST_ITEMS,
            "longest_item": LONGEST_ITEM,
        }

    def describe(self, photos: Sequence[bytes], pairs: bool, cancel: Event | None = None) -> dict[str, Any]:
        """The findings as JSON with the `key` they are kept under; none where the photo cannot be described.

        Raises what Assistant.describe raises, a PhotoError naming the photo where there are several.
        """
        try:
            seen = self._assistant.describe(*photos, pairs=pairs, cancel=cancel)
        except PhotoError as error:
            raise _naming(error, photos) from None
        told = {"refused": said(seen.refused), "notes": [said(note) for note in seen.notes]}
        key = "" if seen.refused else self._kept.keep(seen)
        return {name: told.get(name, value) for name, value in seen.to_dict().items()} | {"key": key}

    def confirmed(self, told: str) -> tuple[str, Findings] | None:
        """The key and the findings that a person confirmed, from the browser's JSON; None when no photo is asked with.

        Raises InputError for what cannot be read, an IC number, and a description that is no longer kept.
        """
        if not told.strip():
            return None
        key, items, kind, part = _read(told)
        if any(IC_NUMBER.search(text) for text in (*items, kind, part)):
            raise InputError("This looks like an IC number.", "Remove it before sending.")
        if not items:
            raise EMPTY
        if not key:
            return "", Findings.typed(*items, image_type=kind, anatomy=part)
        seen = self._kept.get(key)
        if seen is None:
            raise GONE
        return key, seen.edited(items, kind, part)

    def forget(self, key: str) -> None:
        """Drop a description; unknown keys are dropped already."""
        self._kept.drop(key)


def where_photos_go(assistant: Assistant) -> str:
    """Who looks at a photo, and on which machine."""
    if not assistant.sees_photos:
        return "No model here looks at photos. One that you choose stays in this browser, beside what you type."
    place = remote_place(assistant)
    if place:
        return f"Photos are sent to {place} to be described, and are not kept here."
    return "Photos are described on this computer, in memory, and are not kept."


def remote_place(assistant: Assistant) -> str:
    """The host that a configured model runs on, where that is another machine; "" otherwise."""
    from urllib.parse import urlsplit

    settings = assistant.corpus.settings
    if getattr(settings, "model_backend", "extractive") not in ("openai", "vertex"):
        return ""
    host = urlsplit(settings.base_url or "").hostname or "another computer"
    return "" if is_loopback(host) else host


def again(told: str) -> str:
    """The key of the answer whose question, with its findings, the browser asks again; "" for a card."""
    try:
        key = json.loads(told).get("answer", "") if told.strip() else ""
    except (ValueError, AttributeError):
        return ""  # what is no card is refused as one
    return key if isinstance(key, str) else ""


def _read(told: str) -> tuple[str, list[str], str, str]:
    try:
        card = json.loads(told)
        key, kind, part = (str(card.get(name) or "") for name in ("key", "image_type", "anatomy"))
        items = [" ".join(str(item).split()) for item in card["items"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UNREADABLE from None
    items = [item for item in items if item]
    if len(items) > MOST_ITEMS or any(len(text) > LONGEST_ITEM for text in (*items, kind, part)):
        raise InputError(f"At most {MOST_ITEMS} findings of {LONGEST_ITEM} letters are searched with.", "Shorten them.")
    return key, items, " ".join(kind.split()), " ".join(part.split())


def _naming(error: PhotoError, photos: Sequence[bytes]) -> CpgassistError:
    """The error with the number of the photo it is about, where there are several."""
    if len(photos) < 2:
        return error
    for number, photo in enumerate(photos, 1):
        try:
            open_photo(photo)
        except PhotoError as found:
            return PhotoError(f"Photo {number}: {found.message}", found.next_step)
    return error
