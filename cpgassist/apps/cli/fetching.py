"""The commands of `cpgassist catalogue`: what guidelines there are, which of them a corpus has, and how to get one."""

from __future__ import annotations

import re
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cpgassist.apps.cli.options import LEFT_OUT, CorpusOption, JsonOption, QuietOption, open_corpus
from cpgassist.apps.cli.output import bars, print_json, stdout
from cpgassist.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from cpgassist.catalogue import Catalogue, Entry, Holdings, Outcome, Shelf

app = typer.Typer(
    help="List the guidelines of a catalogue, see which a corpus has, and get one. Catalogues hold facts and addresses, no"
    " guideline; `list` and `status` work offline, and nothing is ever fetched unless you type `get` and name it.",
    no_args_is_help=True,
)

CatalogueOption = Annotated[
    list[str] | None,
    typer.Option(
        "--catalogue",
        help="malaysia, philippines, or a catalogue.toml of your own; repeatable. (default: the corpus's own, else all)",
    ),
]
Pair = tuple["Catalogue", "Entry"]


@app.command("list")
def show_list(
    words: Annotated[list[str] | None, typer.Argument(help="Only entries that hold all of these words.")] = None,
    catalogue: CatalogueOption = None,
    specialty: Annotated[str | None, typer.Option("--specialty", help="Only specialties with these letters.")] = None,
    year: Annotated[str | None, typer.Option("--year", help="2021, 2018-2024, 2020- or -2015.")] = None,
    direct: Annotated[bool, typer.Option("--direct", help="Only those with an address of the file itself.")] = False,
    current: Annotated[bool, typer.Option("--current", help="Leave out those that another entry supersedes.")] = False,
    corpus: CorpusOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the entries: how each is got, and which are superseded. Offline."""
    first, last = _years(year)
    rows = [
        (book, entry)
        for book, entry in _entries(_catalogues(catalogue, corpus))
        if _holds(entry, words or [])
        and (not specialty or specialty.casefold() in (entry.specialty or "").casefold())
        and (not year or (entry.year is not None and first <= entry.year <= last))
        and not (direct and not entry.files)
        and not (current and entry.superseded_by)
    ]
    if as_json:
        print_json([_told(book, entry) for book, entry in rows])
    else:
        stdout().print(_list_table(rows))
        stdout().print(f"{len(rows)} entries. No file comes with cpgassist: `cpgassist catalogue get ID` gets one.")


@app.command("status")
def show_status(
    corpus: CorpusOption = None,
    catalogue: CatalogueOption = None,
    everything: Annotated[bool, typer.Option("--all", help="List entries that are superseded too.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show which entries the corpus has, lacks, or has in an older edition, whatever its files are called. Offline."""
    from cpgassist.catalogue import holdings

    settings = open_corpus(corpus, None).settings
    with bars(quiet or as_json) as progress:
        found = holdings(settings, _catalogues(catalogue, settings.corpus), progress)
    if as_json:
        entries = [one.to_dict() for one in found.entries]
        print_json({"entries": entries, "others": [{"file": file, "why": why} for file, why in found.others]})
    else:
        _print_holdings(found, everything)


@app.command("get")
def get(
    entry: Annotated[list[str], typer.Argument(help="Ids of entries; `cpgassist catalogue list` shows them.")],
    corpus: CorpusOption = None,
    catalogue: CatalogueOption = None,
    drop: Annotated[
        Path | None, typer.Option("--drop", help="Watch this folder for files you get in a browser, as ~/Downloads.")
    ] = None,
    open_pages: Annotated[bool, typer.Option("--open", help="Open the official pages in your browser.")] = False,
    older_too: Annotated[bool, typer.Option("--older-too", help="Look at files that lie in --drop already.")] = False,
    minutes: Annotated[float, typer.Option("--wait", min=0.0, help="Minutes to wait for each file.")] = 30.0,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a file that differs; the old one stays as .pdf.before.")
    ] = False,
    max_mb: Annotated[int, typer.Option("--max-mb", min=1, help="Refuse files larger than this.")] = 200,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="Ask this host too, private or not; repeatable.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Get entries into the corpus: straight from the address of the file where one is known, else with your help.

    A file is checked by its content and recorded in sources.jsonl. A CAPTCHA or login is never answered: then, or where no
    address is known, the official page is named (--open opens it), and a file that you save into the --drop folder is
    recognised by its title pages and copied into the corpus. Run it again to go on where it stopped.
    """
    from cpgassist.catalogue import DropFolder, Shelf

    shelf = Shelf.of(open_corpus(corpus, None).settings, replace)
    wanted = _named(entry, _catalogues(catalogue, shelf.folder))
    folder = _drop_folder(drop, shelf)
    silent = quiet or as_json
    outcomes: list[Outcome] = []
    with shelf.locked(), _until_interrupted():
        seen = DropFolder(folder, older_too) if folder else None
        for outcome in _fetched(wanted, shelf, max_mb, tuple(allow_host or ()), silent):
            outcomes.append(outcome)
        missing = [pair for pair in wanted if pair[1].id not in _done(outcomes)]
        if missing and (seen or open_pages):
            for outcome in _assisted(missing, shelf, seen, open_pages, minutes * 60, silent):
                outcomes.append(outcome)
    if as_json:
        print_json([outcome.to_dict() for outcome in outcomes])
    left = [entry.id for _, entry in wanted if entry.id not in _done(outcomes)]
    if left:
        if not silent:
            stdout().print(f"Still to get: {', '.join(left)}", highlight=False, markup=False)
        raise typer.Exit(LEFT_OUT)
    if not silent:
        stdout().print(f"Now run `cpgassist reindex --corpus {shelf.folder}`.", highlight=False, markup=False)


# ---- getting


def _fetched(
    wanted: Sequence[Pair], shelf: Shelf, max_mb: int, allowed: tuple[str, ...], silent: bool
) -> Iterator[Outcome]:
    from cpgassist.catalogue import Web, fetch, rules_for

    web = None
    for book, entry in wanted:
        if entry.files:
            _tell(f"Asking for {entry.called} ... {_remarks(book, entry)}", silent)
        web = Web(rules_for(book, entry, allowed), after=web)
        outcome = fetch(web, shelf, book, entry, max_mb * 1_000_000)
        _say(outcome, silent)
        yield outcome


def _assisted(
    missing: Sequence[Pair], shelf: Shelf, seen: Any, open_pages: bool, seconds: float, silent: bool
) -> Iterator[Outcome]:
    """The official pages one after the other, and what is dropped meanwhile."""
    from cpgassist.catalogue import watch

    filed: set[str] = set()
    for number, (book, entry) in enumerate(missing, 1):
        if entry.id in filed:
            continue
        page = book.official_page(entry)
        _tell(f"[{number}/{len(missing)}] {entry.called} {_remarks(book, entry)}\n    Official page: {page}", silent)
        if open_pages and (number == 1 or seen):
            webbrowser.open(page)
        if seen is None:
            continue
        _tell(f"    Save the PDF into {seen.folder}; Ctrl+C ends, and the same command goes on later.", silent)
        # Others that were asked for are filed too, in whatever order they come.
        rest = [(b, e) for b, e in missing if e.id not in filed]
        for outcome in watch(seen, shelf, [b for b, _ in rest], [e.id for _, e in rest], seconds):
            _say(outcome, silent)
            yield outcome
            if outcome.done and outcome.entry:
                filed.add(outcome.entry)
            if entry.id in filed:
                break


def _remarks(book: Catalogue, entry: Entry) -> str:
    """What a user should know before a file comes: its terms, and that another entry replaces it."""
    newer = book.entry(entry.superseded_by) if entry.superseded_by else None
    replaced = f" Superseded by {newer.id}, {newer.called}." if newer else ""
    return f"Terms: {entry.terms}.{replaced}"


def _done(outcomes: Sequence[Outcome]) -> set[str | None]:
    return {outcome.entry for outcome in outcomes if outcome.done}


def _tell(words: str, silent: bool) -> None:
    if not silent:
        sys.stderr.write(f"{words}\n")


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """Ends at Ctrl+C with what was done, which is recorded; nothing is half done."""
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write("Ended. What came is kept; run the same command to go on.\n")


def _say(outcome: Outcome, silent: bool) -> None:
    if silent:
        return
    where = f" -> {outcome.file} ({outcome.pages} pages, sha256 {outcome.sha256[:12]})" if outcome.sha256 else ""
    head = f"{outcome.entry or outcome.file}: {outcome.state.replace('_', ' ')}{where}"
    stdout().print(" ".join(filter(None, (head + ".", outcome.message))), highlight=False, markup=False, soft_wrap=True)
    if outcome.next_step:
        stdout().print(f"-> {outcome.next_step}", highlight=False, markup=False, soft_wrap=True)
    if not outcome.done and outcome.address and outcome.state == "by_hand":
        stdout().print(f"   {outcome.address}", highlight=False, markup=False, soft_wrap=True)


def _drop_folder(folder: Path | None, shelf: Shelf) -> Path | None:
    if folder is None:
        return None
    found = folder.expanduser()
    if not found.is_dir():
        raise InputError(f"There is no folder {found}.", "Name the folder your browser saves into with --drop.")
    if found.resolve() == shelf.folder.resolve():
        raise InputError(f"{found} is the corpus itself.", "Name another folder with --drop.")
    return found


# ---- choosing


def _catalogues(names: list[str] | None, corpus: Path | None) -> tuple[Catalogue, ...]:
    from cpgassist.catalogue import open_catalogues

    return open_catalogues(tuple(names or ()), corpus)


def _entries(catalogues: Sequence[Catalogue]) -> list[Pair]:
    return [(book, entry) for book in catalogues for entry in book.guideline]


def _named(ids: Sequence[str], catalogues: Sequence[Catalogue]) -> list[Pair]:
    """The entries of these ids, each once. Raises InputError for one that is not there, naming those most like it."""
    by_id = {entry.id: (book, entry) for book, entry in reversed(_entries(catalogues))}
    for name in ids:
        if name not in by_id:
            from rapidfuzz import fuzz, process

            spelt = process.extract(name, list(by_id), scorer=fuzz.ratio, limit=2)
            titles = {key: entry.title for key, (_, entry) in by_id.items()}
            meant = process.extract(name, titles, scorer=fuzz.token_set_ratio, limit=2)
            near = dict.fromkeys([key for key, _, _ in spelt] + [key for _, _, key in meant])
            raise InputError(
                f"No entry is called {name!r}.",
                f"Did you mean {', '.join(near) or 'none of them'}? `cpgassist catalogue list WORDS` finds ids.",
            )
    return [by_id[name] for name in dict.fromkeys(ids)]


def _holds(entry: Entry, words: Sequence[str]) -> bool:
    text = " ".join(filter(None, (entry.id, entry.called, entry.publisher, entry.specialty, entry.number))).casefold()
    # From the beginning of a word, and a number as a whole: "2" is not "2016".
    ends = {word: r"\b" if word.isdigit() else "" for word in words}
    return all(re.search(rf"\b{re.escape(word.casefold())}{end}", text) for word, end in ends.items())


def _years(said: str | None) -> tuple[int, int]:
    """First and last year of "2021", "2018-2024", "2020-" or "-2015". Raises InputError for anything else."""
    match = re.fullmatch(r"(\d{4})?(-)?(\d{4})?", said or "")
    if not match or (said is not None and not (match[1] or match[3])):
        raise InputError(f"{said!r} names no years.", "Write 2021, 2018-2024, 2020- or -2015.")
    first = int(match[1] or 0)
    return first, int(match[3]) if match[3] else 9999 if match[2] or not match[1] else first


# ---- showing


def _told(book: Catalogue, entry: Entry) -> dict[str, Any]:
    told = entry.model_dump(mode="json")
    told["page"] = book.official_page(entry)
    return {"catalogue": book.name, **told, "how": _how(entry), "collected": book.collected.isoformat()}


def _how(entry: Entry) -> str:
    return "direct" if entry.files else "by hand"


def _list_table(rows: Sequence[Pair]) -> Table:
    from rich.table import Table

    table = Table("id", "title", "edition", "year", "specialty", "how", "remark", box=None, header_style="bold")
    for _, entry in rows:
        basis = f" ({entry.superseded_basis})" if entry.superseded_basis else ""
        remark = f"superseded by {entry.superseded_by}{basis}" if entry.superseded_by else ""
        cells = (entry.id, entry.title, entry.edition, entry.year, entry.specialty, _how(entry), remark)
        table.add_row(*(str(cell or "-") if at < 6 else remark for at, cell in enumerate(cells)))
    return table


def _print_holdings(found: Holdings, everything: bool) -> None:
    from rich.table import Table

    table = Table("state", "id", "title", "year", "in the corpus", box=None, header_style="bold")
    shown = [one for one in found.entries if everything or one.state != "superseded"]
    for one in sorted(shown, key=lambda one: _ORDER.index(one.state)):
        told = " ".join((", ".join(one.files), one.why)).strip()
        table.add_row(one.state.replace("_", " "), one.entry.id, one.entry.title, str(one.entry.year or "-"), told)
    stdout().print(table)
    counts = ", ".join(
        f"{sum(one.state == state for one in found.entries)} {state.replace('_', ' ')}" for state in _ORDER
    )
    stdout().print(counts, highlight=False)
    for file, why in found.others:
        stdout().print(f"{file}: {why}", highlight=False, markup=False, soft_wrap=True)


_ORDER = ("held", "older", "other_edition", "missing", "superseded")
