"""Commands on this machine: what works, and which models fit it."""

from __future__ import annotations

import typer

from cpgassist.apps.cli.options import CorpusOption, IndexOption, JsonOption, open_corpus
from cpgassist.apps.cli.output import print_json, stdout


def doctor(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Check the corpus, its index and the embedder, and say what to do about each fault."""
    checks = open_corpus(corpus, index).check()
    if as_json:
        print_json([{"what": c.what, "state": c.state, "found": c.found, "cure": c.cure} for c in checks])
    else:
        from cpgassist.apps.tables import checks_table

        stdout().print(checks_table(checks))
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(1)
