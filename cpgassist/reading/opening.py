"""Bytes -> an open PDF: what is no PDF, encrypted or damaged is told; a second engine repairs what the first cannot open."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pypdfium2 as pdfium

from cpgassist.errors import DamagedPdfError, EncryptedPdfError, NotAPdfError


def check_is_pdf(path: Path, content: bytes) -> None:
    """Raises NotAPdfError unless the content begins as a PDF does."""
    # Leading junk before the header is allowed by the PDF Reference's implementation notes (3.4.1) up to 1,024 bytes.
    if b"%PDF-" not in content[:1024]:
        seen = "an empty file" if not content else "not a PDF, whatever its name says"
        raise NotAPdfError(f"{path.name} is {seen}.", "Replace it by the PDF itself.")


def open_pdf(path: Path, content: bytes) -> pdfium.PdfDocument:
    """The open document; raises EncryptedPdfError or DamagedPdfError when no engine can open it."""
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if _is_encrypted(content):
            raise EncryptedPdfError(
                f"{path.name} is encrypted and needs a password.", "Save a copy without a password."
            ) from error
        return _rescued(path, content, error)


def _is_encrypted(content: bytes) -> bool:
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        return bool(reader.is_encrypted) and not reader.decrypt("")
    except Exception:
        return b"/Encrypt" in content


def _rescued(path: Path, content: bytes, error: Exception) -> pdfium.PdfDocument:
    """The file rewritten by the second engine, which repairs other faults than the first."""
    try:
        writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(content), strict=False))
        rewritten = io.BytesIO()
        writer.write(rewritten)
        document = pdfium.PdfDocument(rewritten.getvalue())
        if len(document):
            return document
    except Exception as second:
        raise DamagedPdfError(
            f"{path.name} is damaged: neither PDF engine can open it ({error}; {type(second).__name__}: {second}).",
            "Get a whole copy of the file.",
        ) from error
    raise DamagedPdfError(f"{path.name} is damaged: it holds no readable page.", "Get a whole copy of the file.")
