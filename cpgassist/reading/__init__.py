"""PDF -> Guideline. `read_guideline` reads in this process, `read_in_sandbox` in a child with limits."""

from cpgassist.reading.guideline import read_guideline
from cpgassist.reading.identity import guideline_id
from cpgassist.reading.quotes import PdfPages
from cpgassist.reading.sandbox import read_in_sandbox
from cpgassist.reading.unread import OcrLimits
from cpgassist.reading.unread import missing as ocr_missing

__all__ = ["OcrLimits", "PdfPages", "guideline_id", "ocr_missing", "read_guideline", "read_in_sandbox"]
