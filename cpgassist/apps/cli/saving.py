"""An answer as a file: what `cpgassist ask --save` may write, and that it never writes over anything."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cpgassist.errors import InputError

if TYPE_CHECKING:
    from cpgassist.apps.export import Format
    from cpgassist.assistant import Assistant
    from cpgassist.types import Answer

_SUFFIXES: dict[str, Format] = {".html": "html", ".htm": "html", ".pdf": "pdf", ".docx": "docx"}


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is not there yet."""

    path: Path
    format: Format


def new_file(path: Path) -> NewFile:
    """The file to save to, checked before the question is asked: an answer may take minutes.

    Raises InputError for another suffix, a folder that is not there, and for a file that is: an answer that someone
    kept is a record of what was read when, and no later answer may take its place.
    """
    format = _SUFFIXES.get(path.suffix.lower())
    if format is None:
        raise InputError(f"An answer cannot be saved as {path.name!r}.", "End the name in .html, .pdf or .docx.")
    if path.exists():
        raise _taken(path)
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}.", "Make it, or save somewhere else.")
    return NewFile(path, format)


def save(answer: Answer, assistant: Assistant, file: NewFile) -> None:
    """Write the answer; stderr says where. Raises InputError for what cannot be written."""
    from cpgassist.apps.export import export_answer
    from cpgassist.apps.language.words import turn_language

    language = turn_language("en", answer.asked_as or answer.question)
    exported = export_answer(answer, assistant.corpus, file.format, language=language)
    try:
        with file.path.open("xb") as out:
            out.write(exported)
    except FileExistsError:
        raise _taken(file.path) from None
    except OSError as error:
        raise InputError(f"{file.path} cannot be written: {error.strerror}.", "Save somewhere else.") from None
    sys.stderr.write(f"Saved: {file.path}\n")


def _taken(path: Path) -> InputError:
    return InputError(f"{path} is there already, and is not written over.", "Choose another name, or remove it.")
