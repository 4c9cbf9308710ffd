"""A catalogue: which guidelines a publisher lists, where its official pages are, and no guideline itself."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cpgassist.errors import InputError

FILE = "catalogue.toml"
"""What a catalogue is called in the folder of its corpus."""
UNKNOWN_TERMS = "not known"
_INSTALLED = Path(__file__).parent / "shipped"
_CHECKOUT = Path(__file__).parents[2] / "corpora"
"""Where catalogues lie that come with cpgassist: in a wheel; in a checkout, with the corpora they are for."""


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    plain = url.isascii() and url.isprintable() and not re.search(r"[\s\\<>\"]", url)
    if not plain or parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("is no plain http:// or https:// address")
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Entry(BaseModel):
    """One guideline as a catalogue lists it: facts about it, as far as they are known."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)
    title: str = Field(min_length=3, max_length=300)
    edition: str | None = None
    year: int | None = Field(None, ge=1900, le=2200)
    specialty: str | None = None
    kind: str = "guideline"
    publisher: str | None = None
    number: str | None = None
    """The publisher's number of the document."""
    isbn: str | None = None
    pages: int | None = Field(None, ge=1)
    page: WebAddress | None = None
    """The official page where a person gets the file."""
    files: tuple[WebAddress, ...] = ()
    """Addresses of the file itself, the publisher's first."""
    superseded_by: str | None = None
    """Id of the entry that replaces this one."""
    superseded_basis: str | None = None
    """On what that rests, where the publisher has not said it."""
    terms: str = UNKNOWN_TERMS
    """What the guideline's front matter allows, in short; "not known" is no permission."""
    note: str | None = None

    @property
    def called(self) -> str:
        """Title, edition and year in one line."""
        edition = f", edition {self.edition}" if self.edition else ""
        return f"{self.title}{edition}{f' ({self.year})' if self.year else ''}"

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts of its addresses."""
        return frozenset(urlsplit(url).hostname or "" for url in (*self.files, *filter(None, [self.page])))


class Catalogue(BaseModel):
    """The entries of one collection, with what holds for all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)
    title: str
    collected: date
    """When the facts were collected; later editions are not in it."""
    source: str
    """Where the facts are from."""
    page: WebAddress
    """The official list, for entries without a page of their own."""
    terms: str = UNKNOWN_TERMS
    hosts: tuple[str, ...] = ()
    """Hosts that an address of the catalogue may lead on to, besides those of its entry."""
    guideline: tuple[Entry, ...] = ()

    def model_post_init(self, _: Any) -> None:
        """Raises ValueError where two entries have one id or an entry is replaced by none there is."""
        ids = [entry.id for entry in self.guideline]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"two entries are called {twice[0]}")
        lost = [e.id for e in self.guideline if e.superseded_by and e.superseded_by not in ids]
        if lost:
            raise ValueError(f"{lost[0]} is superseded by an entry that is not in the catalogue")

    def entry(self, name: str) -> Entry | None:
        """The entry of that id."""
        return next((entry for entry in self.guideline if entry.id == name), None)

    def official_page(self, entry: Entry) -> str:
        """Where a person gets the entry's file: its own page, else the catalogue's."""
        return entry.page or self.page

    def file_name(self, entry: Entry) -> str:
        """The file's name in a corpus: its title and year; its id besides, where two entries share those."""
        name = _plain_name(entry)
        shared = sum(_plain_name(other) == name for other in self.guideline) > 1
        return f"{name}-{entry.id}.pdf" if shared else f"{name}.pdf"


def _plain_name(entry: Entry) -> str:
    plain = unicodedata.normalize("NFKD", entry.title).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower()) or entry.id.split("-")
    if entry.year:
        words = [word for word in words if word != str(entry.year)]
    name = "-".join(words)[:70].rstrip("-")
    return f"{name}-{entry.year}" if entry.year else name


def shipped() -> dict[str, Path]:
    """The catalogues that come with cpgassist: their files by name."""
    if _INSTALLED.is_dir():
        return {path.stem: path for path in sorted(_INSTALLED.glob("*.toml"))}
    return {path.parent.name: path for path in sorted(_CHECKOUT.glob(f"*/{FILE}"))}


def open_catalogues(names: Sequence[str] = (), corpus: Path | None = None) -> tuple[Catalogue, ...]:
    """The catalogues of these names, files or folders; else the one in the corpus folder; else all that are shipped.

    Raises InputError for one that is not there or cannot be read.
    """
    known = shipped()
    if names:
        return tuple(read_catalogue(known[name] if name in known else _located(name, known)) for name in names)
    if corpus is not None and (corpus / FILE).is_file():
        return (read_catalogue(corpus / FILE),)
    return tuple(read_catalogue(path) for path in known.values())


def _located(name: str, known: Iterable[str]) -> Path:
    path = Path(name) / FILE if Path(name).is_dir() else Path(name)
    if not path.is_file():
        raise InputError(
            f"There is no catalogue {name!r}.", f"Name one of {', '.join(known) or 'none'}, or a {FILE} of your own."
        )
    return path


def read_catalogue(path: Path) -> Catalogue:
    """A catalogue from its file. Raises InputError, naming the key and the reason, when it cannot be used."""
    try:
        return Catalogue(**tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Correct the file or its permissions.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML: {error}.", "Correct it; corpora/README.md shows one.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise InputError(
            f"{path} is no catalogue: {where}: {first['msg']}.", "Correct it; corpora/README.md shows one."
        ) from error
