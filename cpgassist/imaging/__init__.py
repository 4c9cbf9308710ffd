"""Photo -> clean picture -> Findings -> the words to search with. Nothing here searches anything."""

from typing import TYPE_CHECKING, Any

from cpgassist.imaging.describing import describe
from cpgassist.imaging.looking import kind_notes
from cpgassist.imaging.parsing import FINDINGS_FIELDS, read_findings
from cpgassist.imaging.query import query_of, told_by

if TYPE_CHECKING:
    from cpgassist.imaging.intake import open_photo, open_photos

__all__ = [
    "FINDINGS_FIELDS",
    "describe",
    "kind_notes",
    "open_photo",
    "open_photos",
    "query_of",
    "read_findings",
    "told_by",
]


def __getattr__(name: str) -> Any:
    """Loads the intake, and Pillow with it, on first touch: findings typed by hand need neither."""
    if name in ("open_photo", "open_photos"):
        from cpgassist.imaging import intake

        return getattr(intake, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
