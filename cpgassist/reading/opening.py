"""Bytes -> an open PDF: what is no PDF, encrypted or damaged is told; a second engine repairs what the first cannot open."""

from __future__ import annotations

import ctypes
import io
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cpgassist.errors import DamagedPdfError, EncryptedPdfError, NotAPdfError

_MOST_PIXELS = 400_000_000
"""Pixels of one picture from which a page is not drawn: A3 scanned at 1200 dpi has 280 million, a bomb 10,000."""
_MOST_OBJECTS = 20_000
"""Objects of a page that are looked at for such pictures."""


def check_is_pdf(path: Path, content: bytes) -> None:
    """Raises NotAPdfError unless the content begins as a PDF does."""
    # Leading junk before the header is allowed by the PDF Reference's implementation notes (3.4.1) up to 1,024 bytes.
    if b"%PDF-" not in content[:1024]:
        seen = "an empty file" if not content else "not a PDF, whatever its name says"
        raise NotAPdfError(f"{path.name} is {seen}.", "Replace it by the PDF itself.")


class OpenPdf:
    """An open document, each page of which comes from the engine that can load it."""

    def __init__(self, path: Path, content: bytes) -> None:
        """Raises EncryptedPdfError or DamagedPdfError when no engine can open the content."""
        self._path, self._content = path, content
        self._second: pdfium.PdfDocument | None = None
        try:
            self._first = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            if _is_encrypted(content):
                raise EncryptedPdfError(
                    f"{path.name} is encrypted and needs a password.", "Save a copy without a password."
                ) from error
            self._first = self._second = _rewritten(path, content, error)

    def __len__(self) -> int:
        return len(self._first)

    def page(self, number: int) -> pdfium.PdfPage:
        """A page by its number from 1; raises PdfiumError or DamagedPdfError when neither engine can load it."""
        try:
            return self._first[number - 1]
        except pdfium.PdfiumError as error:
            if self._second is None:
                self._second = _rewritten(self._path, self._content, error)
            if len(self._second) != len(self._first):
                # A copy that lost pages would give this page's number to another one.
                raise
            return self._second[number - 1]

    def metadata(self) -> dict[str, str]:
        """The "title" and "author" that the document names, "" where it names none."""
        return {key: self._first.get_metadata_value(key.capitalize()) for key in ("title", "author")}

    def close(self) -> None:
        """Close what was opened."""
        for document in {id(d): d for d in (self._first, self._second) if d is not None}.values():
            document.close()


def open_quickly(path: Path) -> pdfium.PdfDocument:
    """The document for a look at one page: mapped from the file, or rewritten as it was when it was indexed.

    Raises PdfiumError or DamagedPdfError.
    """
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        return _rewritten(path, path.read_bytes(), error)


def check_drawable(page: pdfium.PdfPage) -> None:
    """Raises ValueError when the page holds a picture so large that drawing it would never end."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    for index in range(min(raw.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        item = raw.FPDFPage_GetObject(page.raw, index)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_IMAGE:
            continue
        # The size comes from the picture's dictionary; nothing is unpacked for it.
        if raw.FPDFImageObj_GetImagePixelSize(item, width, height) and width.value * height.value > _MOST_PIXELS:
            raise ValueError(f"it holds a picture of {width.value} x {height.value} pixels")


def _is_encrypted(content: bytes) -> bool:
    if b"/Encrypt" not in content:
        # Without the word no file is encrypted, and the second engine may need long to open a damaged one.
        return False
    import pypdf

    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        return bool(reader.is_encrypted) and not reader.decrypt("")
    except Exception:
        return True


def _rewritten(path: Path, content: bytes, error: Exception) -> pdfium.PdfDocument:
    """The file rewritten by the second engine, which repairs other faults than the first and is seldom needed."""
    import pypdf

    try:
        writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(content), strict=False))
        rewritten = io.BytesIO()
        writer.write(rewritten)
        document = pdfium.PdfDocument(rewritten.getvalue())
        if len(document):
            return document
    except MemoryError:
        raise
    except Exception as second:
        said = f"{type(second).__name__}: {second}"[:200]
        raise DamagedPdfError(
            f"{path.name} is damaged: neither PDF engine can open it ({error}; {said}).",
            "Get a whole copy of the file.",
        ) from error
    raise DamagedPdfError(f"{path.name} is damaged: it holds no readable page.", "Get a whole copy of the file.")
