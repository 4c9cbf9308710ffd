"""Which entry a PDF is: drawn title pages of every shipped catalogue, the sample, and the real guidelines where they are."""

from __future__ import annotations

import csv
import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from cpgassist.catalogue import Entry, look, open_catalogues, recognise
from cpgassist.catalogue.fronts import front_of
from cpgassist.reading import read_guideline
from tests.catalogue.conftest import SAMPLE, book
from tests.catalogue.covers import LAYOUTS, draw

REAL = Path(__file__).parents[3] / "shared" / "guidelines"
SHIPPED = open_catalogues()
PAIRS = [(catalogue, entry) for catalogue in SHIPPED for entry in catalogue.guideline]
FEW = PAIRS[::11]
BODY = "Ministry of Health, Meridian Islands"
SAMPLES = [
    Entry(id="sample-harbour-fever-2023", title="Management of Harbour Fever", edition="2", year=2023, publisher=BODY, pages=16),
    Entry(id="sample-harbour-fever-2017", title="Management of Harbour Fever", edition="1", year=2017, publisher=BODY, pages=5),
    Entry(id="sample-lantern-pressure-2021", title="Lantern Pressure Syndrome in Adults", year=2021, pages=9),
    Entry(id="sample-moss-lung-2022", title="Diagnosis and Treatment of Moss Lung in Adults", year=2022, edition="3rd", pages=6),
    Entry(id="sample-gatal-bakau-2022", title="Pengurusan Gatal Bakau", year=2022, publisher="Kementerian Kesihatan Kepulauan Meridian", pages=7),
]  # fmt: skip


def told(path: Path, catalogues=SHIPPED):
    """Read in this process: `look` does the same in a child."""
    read = read_guideline(path, front=10)
    title = "" if read.info.title == path.stem else read.info.title
    return recognise(front_of(replace(read, info=replace(read.info, title=title))), catalogues)


def cover_of(folder: Path, entry: Entry, layout: str = "plain", **other) -> Path:
    facts = {"title": entry.title, "year": entry.year, "edition": entry.edition, "pages": entry.pages or 20}
    facts |= {"publisher": entry.publisher or "Department of Health", "layout": layout}
    return draw(folder / "document.pdf", **{**facts, **other})


def check_own(folder, pairs, layouts):
    misses = []
    for at, (_, entry) in enumerate(pairs):
        for layout in layouts or (LAYOUTS[at % len(LAYOUTS)],):
            found = told(cover_of(folder, entry, layout))
            if found.verdict != "is" or found.entry != entry:
                misses.append((entry.id, layout, found.verdict, found.entry and found.entry.id, found.why))
    return misses


def check_others(folder, pairs):
    """Documents that are like an entry and are not it."""
    wrong = []
    for at, (_, entry) in enumerate(pairs):
        year = (entry.year or 2000) + 7
        others = {
            "companion": {"label": "Quick Reference for Healthcare Providers"},
            "part": {"pages": 3},
            "edition": {"year": year, "edition": None},
            "publisher": {"publisher": "Gull Society of Elsewhere"},
        }
        if entry.year is None:
            del others["edition"]
        if entry.publisher is None or "malaysia" in entry.title.lower():
            del others["publisher"]  # nothing tells, or the title names the country
        for kind, other in others.items():
            found = told(cover_of(folder, entry, LAYOUTS[at % len(LAYOUTS)], **other))
            later = kind == "edition" and found.entry and abs((found.entry.year or 0) - year) <= 1
            if found.verdict == "is" and not later:
                wrong.append((kind, entry.id, found.entry.id))
    return wrong


def test_title_pages_of_shipped_entries_are_recognised(tmp_path):
    assert check_own(tmp_path, FEW, ()) == []


def test_what_is_like_an_entry_and_is_not_it_is_not_recognised(tmp_path):
    assert check_others(tmp_path, FEW[::4]) == []


@pytest.mark.slow
def test_title_pages_of_all_shipped_entries_in_all_layouts(tmp_path):
    assert check_own(tmp_path, PAIRS, LAYOUTS) == []
    assert check_others(tmp_path, PAIRS) == []


DENGUE = Entry(
    id="x",
    title="Management of Dengue Infection in Adults",
    edition="3",
    year=2015,
    publisher="Ministry of Health Malaysia",
)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ({}, "is"),
        ({"title": "Management of Dengue Infection in Children"}, "unknown"),
        ({"title": "Management of Malaria Infection in Adults"}, "unknown"),
        ({"title": "Dengue"}, "unknown"),
        ({"year": 2016}, "is"),
        ({"year": 2016, "edition": "4"}, "edition"),
        ({"year": 2010, "edition": "2"}, "edition"),
        ({"year": 2020, "edition": None}, "edition"),
        ({"year": None, "edition": None}, "unsure"),
        ({"year": None}, "is"),
        ({"pages": 6}, "part"),
        ({"label": "Training Module"}, "companion"),
        ({"publisher": "Ministry of Health Singapore"}, "unknown"),
        ({"publisher": "Kementerian Kesihatan Malaysia"}, "is"),
    ],
)
def test_each_sign_counts(tmp_path, other, verdict):
    found = told(cover_of(tmp_path, DENGUE, **other), [book(DENGUE)])
    assert found.verdict == verdict and (found.entry == DENGUE) == (verdict != "unknown")
    assert found.why or verdict == "is"


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Management of Hepatitis B", "Management of Hepatitis C"),
        ("Management of Type 1 Diabetes Mellitus", "Management of Type 2 Diabetes Mellitus"),
        ("Management of Asthma in Adults", "Management of Childhood Asthma"),
        ("Management of Obesity", "Screening and Diagnosis of Obesity in Adults: Nutrition and Lifestyle"),
    ],
)
def test_titles_that_differ_in_one_word_that_matters_are_two(tmp_path, title, other):
    entry = Entry(id="x", title=title, year=2020)
    assert told(cover_of(tmp_path, entry), [book(entry)]).verdict == "is"
    assert told(cover_of(tmp_path, entry, title=other), [book(entry)]).verdict == "unknown"


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("Management of Haemophilia", "Management of Hemophilia"),
        ("Management of Brain Tumours", "MANAGEMENT OF BRAIN TUMORS"),
        (
            "Management of Non-ST Elevation Myocardial Infarction (NSTE-ACS)",
            "Management of Non ST Elevation Myocardial Infarction",
        ),
        ("Management of Crohn's Disease", "Management of Crohn’s Disease"),
    ],
)
def test_one_title_in_two_spellings_is_one(tmp_path, title, printed):
    entry = Entry(id="x", title=title, year=2020)
    assert told(cover_of(tmp_path, entry, title=printed), [book(entry)]).verdict == "is"


def test_the_documents_own_number_tells_where_the_title_does_not(tmp_path):
    entry = Entry(id="x", title="Management of Gull Fever in the Harbour", year=2020, number="MOH/P/PAK/123.20(GU)")
    path = cover_of(tmp_path, entry, title="Gull fever: harbour handbook", number="MOH/P/PAK/123.20 (GU)-e")
    assert told(path, [book(entry)]).verdict == "is"
    assert (
        told(
            cover_of(tmp_path, entry, title="Gull fever: harbour handbook", number="MOH/P/PAK/124.20(GU)"),
            [book(entry)],
        ).verdict
        == "unknown"
    )


def test_running_heads_tell_where_no_title_can_be_read(tmp_path):
    bare = {"title": "", "label": ""}
    assert told(cover_of(tmp_path, DENGUE, **bare), [book(DENGUE)]).verdict == "unknown"
    assert told(cover_of(tmp_path, DENGUE, **bare, head=DENGUE.title), [book(DENGUE)]).verdict == "is"
    assert told(cover_of(tmp_path, DENGUE, **bare, head="Management of Malaria"), [book(DENGUE)]).verdict == "unknown"


def renamed(path: Path, folder: Path) -> Path:
    """The same document under a name that lies, saved anew without its metadata."""
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.metadata = None
    target = folder / "management-of-hypertension-2018 (1).pdf"
    writer.write(target)
    return target


def test_the_sample_is_recognised_under_any_name(tmp_path):
    catalogue = book(*SAMPLES)
    for entry in SAMPLES:
        path = renamed(SAMPLE / f"{entry.id}.pdf", tmp_path)
        assert look(path, [catalogue])[0].entry == entry, entry.id
        found = told(SAMPLE / f"{entry.id}.pdf", [book(*(one for one in SAMPLES if one != entry)), *SHIPPED])
        assert found.verdict in ("unknown", "edition"), entry.id


def real_entries() -> list[Entry]:
    """The whole guidelines of ../shared as a catalogue would list them; extracts and the scan of a part are no entries."""
    rows = csv.DictReader((REAL / "manifest.csv").open(encoding="utf-8"))
    whole = [row for row in rows if not re.search(r"algorithms|introduction|scan-", row["file"])]
    return [
        Entry(
            id=row["file"].removesuffix(".pdf"),
            title=re.sub(r"\s*\([^)]*\)", "", row["title"]),
            year=int(row["year"]),
            publisher=re.sub(r"\s*\(.*\)|MaHTAS, ", "", row["publisher"]),
            pages=int(row["pages"]),
        )
        for row in whole
    ]


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/guidelines is not here")
def test_real_guidelines_are_recognised_under_any_name_and_no_other_document_is(tmp_path):
    entries = real_entries()
    catalogue = book(*entries)
    names = {entry.id for entry in entries}
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    right, wrong = [], []
    for path in sorted(REAL.glob("*.pdf")):
        copy = renamed(path, tmp_path)
        found = look(copy, [catalogue])[0]
        if path.stem in names:
            right.append((path.stem, found.verdict == "is" and found.entry.id == path.stem))
            rest = book(*(entry for entry in entries if entry.id != path.stem))
            found = told(copy, [rest])
        if found.verdict == "is":
            wrong.append((path.stem, found.entry.id))
    assert sum(ok for _, ok in right) >= 0.95 * len(right), right
    assert wrong == []
