"""Commands on this machine: what works, and which language models fit it."""

from __future__ import annotations

import typer

from cpgassist.apps.cli.options import CorpusOption, IndexOption, JsonOption, open_corpus
from cpgassist.apps.cli.output import print_json, stdout


def doctor(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Check the corpus, its index, the embedder and the language model, and say what to do about each fault."""
    checks = open_corpus(corpus, index).check()
    if as_json:
        print_json([{"what": c.what, "state": c.state, "found": c.found, "cure": c.cure} for c in checks])
    else:
        from cpgassist.apps.tables import checks_table

        stdout().print(checks_table(checks))
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(1)


def models(corpus: CorpusOption = None, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """List the language models: which is configured, which fit this machine, and how to get their weights."""
    from cpgassist.models.known import HOW_TO_GET, listed, this_machine

    settings, machine = open_corpus(corpus, index).settings, this_machine()
    configured = {
        "backend": settings.model_backend,
        "model": settings.model,
        "base_url": settings.base_url,
        "photo": settings.photo,
    }
    rows = listed(machine)
    if as_json:
        here = {"ram": machine.ram, "gpu": machine.gpu, "gpu_name": machine.gpu_name}
        print_json({"configured": configured, "machine": here, "models": rows, "how_to_get": HOW_TO_GET})
        return
    from cpgassist.apps.tables import models_table

    stdout().print(models_table(configured, machine, rows))
    stdout().print(HOW_TO_GET, highlight=False, markup=False)
