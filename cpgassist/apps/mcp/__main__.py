"""`python -m cpgassist.apps.mcp docs/mcp.md` writes the list of tools between the marks of that page."""

import sys
from pathlib import Path

from cpgassist.apps.mcp.describing import with_tools

if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_tools(page.read_text(encoding="utf-8")), encoding="utf-8")
