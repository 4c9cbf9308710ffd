"""PDF -> Guideline. `read_guideline` reads in this process, `read_in_sandbox` in a child with limits."""

from typing import TYPE_CHECKING, Any

from cpgassist.reading.identity import guideline_id
from cpgassist.reading.quotes import PdfPages
from cpgassist.reading.sandbox import read_in_sandbox
from cpgassist.reading.unread import OcrLimits
from cpgassist.reading.unread import missing as ocr_missing

if TYPE_CHECKING:
    from cpgassist.reading.guideline import read_guideline

__all__ = ["OcrLimits", "PdfPages", "guideline_id", "ocr_missing", "read_guideline", "read_in_sandbox"]


def __getattr__(name: str) -> Any:
    """Loads the reader, and numpy with it, on first touch: a command that only looks at an index needs neither."""
    if name == "read_guideline":
        from cpgassist.reading.guideline import read_guideline

        return read_guideline
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
