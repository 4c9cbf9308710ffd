"""How a table is announced and what may stand under it: captions and footnotes, told by how they are printed."""

from __future__ import annotations

import re

CAPTION = re.compile(
    r"^\W{0,2}(?:CPG\s+)?(?:TABLE|TABEL|JADUAL|TABLA|TABLEAU|BOX|APPENDIX|LAMPIRAN|ANNEX)\s*(?:\d|[A-Z](?:\d|\b)|[IVX]+\b)",
    re.IGNORECASE,
)
"""The opening of a caption: a name for tables with a number or letter."""
