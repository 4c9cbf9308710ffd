"""An assistant for screens that open before there is an index: it knows no guidelines then, and says why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cpgassist.errors import CorpusError

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant


class Patient:
    """An Assistant in all but this: without a usable index it has one that is empty, and a warning that tells."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    @property
    def index(self) -> Any:
        """The index in service, or an empty one."""
        try:
            return self._assistant.index
        except CorpusError:
            return SimpleNamespace(version="", guidelines={}, passages=(), warnings=())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the index in service, or why there is none."""
        try:
            return self._assistant.warnings
        except CorpusError as error:
            return (str(error),)
