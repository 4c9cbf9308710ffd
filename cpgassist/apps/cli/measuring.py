"""The command of those who measure: retrieval, answers, and what was read of the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpgassist.apps.cli.options import CorpusOption, IndexOption, JsonOption, QuietOption, open_assistant, open_corpus
from cpgassist.apps.cli.output import bars, print_json, stdout
from cpgassist.errors import InputError


def evaluate(
    questions: Annotated[Path | None, typer.Argument(help="Question file (docs/evaluation.md).")] = None,
    corpus: CorpusOption = None,
    index: IndexOption = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write a self-contained HTML page here.")] = None,
    baseline: Annotated[Path | None, typer.Option("--baseline", help="A saved --json run to compare with.")] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Slice every figure by this field of the questions; repeatable.")
    ] = None,
    structure: Annotated[
        Path | None, typer.Option("--structure", help="Score what was read instead: a dump of passages, or a corpus.")
    ] = None,
    truth: Annotated[Path | None, typer.Option("--truth", help="Folder of truth files (docs/quality.md).")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="With --structure: list every miss.")] = False,
    present_only: Annotated[
        bool, typer.Option("--present-only", help="With --structure: leave out files that are not there.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Measure retrieval and answers on a question file, or with --structure what was read of the pages."""
    if structure is not None or truth is not None:
        _evaluate_structure(structure, truth, index, misses, present_only, as_json)
        return
    if questions is None:
        raise InputError("No question file is named.", "Name one, or --structure and --truth.")
    from datetime import date

    from cpgassist.evaluation import check_groupable, compare, read_evaluation, read_questions, write_report
    from cpgassist.evaluation import evaluate as measured

    asked, fields = read_questions(questions), tuple(dict.fromkeys(by or ()))
    check_groupable(asked, fields)
    before = read_evaluation(baseline) if baseline else None
    assistant = open_assistant(corpus, index)
    assistant.index  # noqa: B018 - without an index every question would fail
    with bars(quiet or as_json) as progress:
        evaluation = measured(
            assistant,
            asked,
            progress=lambda done, total: progress("ask", "", done, total),
            date=date.today().isoformat(),
        )
    changes = compare(evaluation, before) if before else ()
    if report:
        write_report(evaluation, report, changes, fields)
    if as_json:
        print_json({**evaluation.to_dict(by=fields), "changes": [change.to_dict() for change in changes]})
    else:
        stdout().print(evaluation.table(by=fields, changes=changes))


def _evaluate_structure(
    of: Path | None, truth: Path | None, index: Path | None, misses: bool, present_only: bool, as_json: bool
) -> None:
    from cpgassist.evaluation.structure import read_dump, read_rows, read_truth, score_structure

    if of is None or truth is None:
        raise InputError("--structure and --truth go together.", "Name a dump or corpus, and a folder of truth files.")
    told = read_truth(truth)
    extracted = read_rows(open_corpus(of, index).passages()) if of.is_dir() else read_dump(of)
    score = score_structure(extracted, told, present_only)
    if as_json:
        print_json(score.to_dict())
    else:
        stdout().print(score.table(misses))
