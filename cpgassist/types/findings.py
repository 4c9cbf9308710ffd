"""What a photo shows, in words that a person has read before anything is searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cpgassist.errors import InputError

Certainty = Literal["definite", "probable", "possible", ""]
CERTAINTIES: tuple[Certainty, ...] = ("definite", "probable", "possible", "")

RESEARCH_USE = (
    "Description of a photo by a language model: for research use, not a diagnosis. Check it against the patient."
)
"""Travels with every answer that used a described photo."""
CHANGED = (
    "Description of a photo by a language model, changed by the user: for research use, not a diagnosis. "
    "Check it against the patient."
)
"""Stands there once a person changed words of the model."""
BY_USER = "Findings described by the user; no model has seen a photo."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is seen, in a few words."""

    text: str
    certainty: Certainty = ""
    """As the model said it; "" where it did not, or where a person typed the finding."""

    def to_dict(self) -> dict[str, str]:
        """The finding as JSON."""
        return {"text": self.text, "certainty": self.certainty}


@dataclass(frozen=True, slots=True)
class Findings:
    """A photo in four fields: what kind of picture, which part of the body, what is seen, what cannot be told."""

    image_type: str = ""
    anatomy: str = ""
    items: tuple[Finding, ...] = ()
    limitations: str = ""
    by: Literal["model", "user"] = "model"
    """Who described it; "user" as soon as a person changed more than leaving items out."""
    photos: int = 1
    """How many photos were described; 0 where none was given."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """ModelInfo of the model that described it."""
    refused: str = ""
    """Why the photo cannot be described reliably; "" when it can."""
    notes: tuple[str, ...] = ()
    """What was done to the photo before it was described, and what kind of picture an image model takes it for."""
    raw: str = ""
    """What the model wrote, word for word."""

    @classmethod
    def typed(cls, *texts: str, image_type: str = "", anatomy: str = "") -> Findings:
        """Findings as a person describes them, without a model and, as far as this program knows, without a photo."""
        items = tuple(Finding(" ".join(text.split())) for text in texts if text.strip())
        return cls(" ".join(image_type.split()), " ".join(anatomy.split()), items, by="user", photos=0)

    @property
    def label(self) -> str:
        """What stands beside every answer that used these findings."""
        if self.by == "model":
            return RESEARCH_USE
        return CHANGED if self.model or self.raw else BY_USER

    def __str__(self) -> str:
        """The findings in one line."""
        said = [f"{item.text} ({item.certainty})" if item.certainty else item.text for item in self.items]
        head = ", ".join(filter(None, (self.image_type, self.anatomy)))
        return ": ".join(filter(None, (head, "; ".join(said)))) or "none"

    def keep(self, *texts: str) -> Findings:
        """Only the items that hold one of these texts, whatever their case; image type and anatomy stay.

        Raises InputError for a text that no item holds.
        """
        for text in texts:
            if not any(text.casefold() in item.text.casefold() for item in self.items):
                seen = ", ".join(item.text for item in self.items) or "none"
                raise InputError(f"No finding holds {text!r}.", f"The findings are: {seen}.")
        kept = tuple(item for item in self.items if any(text.casefold() in item.text.casefold() for text in texts))
        return replace(self, items=kept)

    def edited(self, items: Iterable[str], image_type: str | None = None, anatomy: str | None = None) -> Findings:
        """These findings as a person confirmed them; words that the model did not say make them the user's."""
        said = {item.text: item for item in self.items}
        texts = [" ".join(text.split()) for text in items]
        kept = tuple(said.get(text, Finding(text)) for text in texts if text)
        kind = self.image_type if image_type is None else image_type.strip()
        part = self.anatomy if anatomy is None else anatomy.strip()
        changed = (kind, part) != (self.image_type, self.anatomy) or any(item.text not in said for item in kept)
        return replace(
            self, image_type=kind, anatomy=part, items=kept, by="user" if changed or self.by == "user" else "model"
        )

    def to_dict(self) -> dict[str, Any]:
        """The findings as they stand in Answer JSON."""
        return {
            "image_type": self.image_type,
            "anatomy": self.anatomy,
            "findings": [item.to_dict() for item in self.items],
            "limitations": self.limitations,
            "by": self.by,
            "photos": self.photos,
            "label": self.label,
            **({"refused": self.refused} if self.refused else {}),
            **({"notes": list(self.notes)} if self.notes else {}),
            **({"model": dict(self.model)} if self.model else {}),
        }
