"""Every way cpgassist can fail, who should read it, and its cure.

* CpgassistError                       anything below; carries `next_step` and the CLI's `exit_code`
  x InputError                   (2)   the person who typed it: a question, flag, setting or file name
    - PhotoError                       a photo that cannot be read or is too large
  x DocumentError                (4)   admins: one PDF was left out; the others go on
    - NotAPdfError                     the file is not a PDF
    - EncryptedPdfError                it needs a password
    - DamagedPdfError                  no engine can read it
    - LimitError                       it exceeded a limit of time, memory, size or pages
  x CorpusError                        admins
    - NoIndexError               (5)   nothing was indexed yet
    - IndexLockedError           (7)   another reindex is running
    - IndexDamagedError          (8)   files of a sealed version changed or vanished
    - IndexRefusedError          (1)   a new version did not pass acceptance; the old one still serves
    - EmbedderMismatchError      (6)   the index was made by another embedder than the one configured
  x ModelError                   (6)   a model is missing or failed
    - ModelBusyError                   its queue is full; ask again in a moment
"""

from __future__ import annotations

__all__ = [
    "CorpusError",
    "CpgassistError",
    "DamagedPdfError",
    "DocumentError",
    "EmbedderMismatchError",
    "EncryptedPdfError",
    "IndexDamagedError",
    "IndexLockedError",
    "IndexRefusedError",
    "InputError",
    "LimitError",
    "ModelBusyError",
    "ModelError",
    "NoIndexError",
    "NotAPdfError",
    "PhotoError",
]


class CpgassistError(Exception):
    """The base of every error cpgassist raises: what happened, and what to do next."""

    exit_code = 1
    """The exit code the command line ends with."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class InputError(CpgassistError):
    """A question, flag, setting or file name that cannot be used."""

    exit_code = 2


class PhotoError(InputError):
    """A photo that cannot be read, is too large, or lies about what it is."""


class DocumentError(CpgassistError):
    """One PDF could not be read; the message is the reason shown beside its name."""

    exit_code = 4


class NotAPdfError(DocumentError):
    """The file's content is not a PDF, whatever its name says."""


class EncryptedPdfError(DocumentError):
    """The PDF needs a password."""


class DamagedPdfError(DocumentError):
    """Neither PDF engine can read the file."""


class LimitError(DocumentError):
    """The file exceeded a limit of time, memory, size or pages."""


class CorpusError(CpgassistError):
    """A corpus or its index cannot be used as asked."""


class NoIndexError(CorpusError):
    """The corpus has no index yet."""

    exit_code = 5


class IndexLockedError(CorpusError):
    """Another process is reindexing this corpus."""

    exit_code = 7


class IndexDamagedError(CorpusError):
    """Files of a sealed index version changed or vanished."""

    exit_code = 8


class IndexRefusedError(CorpusError):
    """A new index version failed its acceptance checks and was not put into service."""


class EmbedderMismatchError(CorpusError):
    """The index was made by another embedder than the one configured."""

    exit_code = 6


class ModelError(CpgassistError):
    """A model is missing, does not match its published hash, or failed."""

    exit_code = 6


class ModelBusyError(ModelError):
    """Too many requests wait for one model already."""
