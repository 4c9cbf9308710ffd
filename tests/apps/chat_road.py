"""The chat's road of a photo, without a browser: described, confirmed on the card, asked with."""

import html
import json
import re

from cpgassist.apps.chat.conversation import Conversations


def photo_road(assistant, photo: bytes, question: str) -> tuple[dict, str]:
    """The card that a photo gets, and the words of the answer once all its findings are confirmed."""
    chat = Conversations(assistant)
    card = chat.photos.describe([photo], False)
    confirmed = {name: card[name] for name in ("key", "image_type", "anatomy")}
    confirmed["items"] = [item["text"] for item in card["findings"]]
    *_, last = chat.turns(1, question, findings=json.dumps(confirmed))
    return card, " ".join(html.unescape(re.sub(r"<[^>]+>", " ", last)).split())
