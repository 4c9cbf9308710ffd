"""Writes the sample guidelines and the sample photo: `python corpora/sample/make_sample.py [FOLDER]`. Needs reportlab and Pillow.

Everything in them is invented. They imitate the layouts that make real guidelines hard to read for software. The same
versions of reportlab, Pillow and zlib write the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from layout import typeset
from picture import draw

HERE = Path(__file__).parent


def make(folder: Path) -> list[Path]:
    """Write every guideline of `text/` into the folder as `sample-NAME.pdf`, and the photo."""
    written = []
    for source in sorted((HERE / "text").glob("*.txt")):
        target = folder / f"sample-{source.stem}.pdf"
        typeset(source, target)
        written.append(target)
    return [*written, draw(folder)]


if __name__ == "__main__":
    for path in make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE):
        print(path.name)
