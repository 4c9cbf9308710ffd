"""What an admin must look at before trusting an index: figures by guideline, and the pages to look at, worst first."""

from cpgassist.quality.examination import examine, examine_guideline, page_reports
from cpgassist.quality.findings import HOLDINGS, GuidelineQuality, PageQuality, Quality, Reason

__all__ = [
    "HOLDINGS",
    "GuidelineQuality",
    "PageQuality",
    "Quality",
    "Reason",
    "examine",
    "examine_guideline",
    "page_reports",
]
