"""The one desk of a server at which a corpus is kept, whichever door asks: an admin sees what the other one began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpgassist.apps.keeping.evaluations import Evaluations
from cpgassist.apps.keeping.jobs import Job, Jobs

if TYPE_CHECKING:
    from cpgassist.assistant import Assistant
    from cpgassist.corpus import Corpus
    from cpgassist.protocols import Progress


class JobDesk:
    """Begins the work of keeping a corpus; every method may be called from several threads.

    What begins a job raises InputError while another runs.
    """

    def __init__(self, corpus: Corpus, assistant: Assistant) -> None:
        self.corpus, self.assistant = corpus, assistant
        self.jobs = Jobs()
        self.evaluations = Evaluations(assistant)

    def reindex(self, full: bool = False, allow_shrink: bool = False) -> Job:
        """Begin a reindex."""
        return self.jobs.start("reindex", lambda progress: self.corpus.reindex(progress, full, allow_shrink))

    def dry_run(self, full: bool = False) -> Job:
        """Begin to look at what a reindex would do."""
        return self.jobs.start("dry-run", lambda _: self.corpus.changes(full))

    def verify(self) -> Job:
        """Begin to check every byte of the index."""
        return self.jobs.start("verify", lambda _: self.corpus.verify())

    def check(self) -> Job:
        """Begin to look for what should be looked at before the index is trusted."""
        return self.jobs.start("check", lambda _: self.corpus.quality())

    def roll_back(self) -> Job:
        """Begin to put the version before back into service."""
        return self.jobs.start("rollback", lambda _: self.corpus.rollback())

    def evaluate(self, name: str) -> Job:
        """Begin to run a question file."""

        def work(progress: Progress) -> Any:
            return self.evaluations.run(name, progress)

        return self.jobs.start("evaluation", work)

    def stop(self) -> Job:
        """Tell the job that runs to stop. Raises InputError where none can be stopped."""
        return self.jobs.stop()
