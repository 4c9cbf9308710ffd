"""The sample guidelines: marked as fiction, reproducible, and true to the demo questions."""

import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pypdfium2 as pdfium
import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpora" / "sample"
PICTURE = "sample-rapid-test.png"
MARK = "FICTIONAL - sample text for software, not for care"
TEXTLESS = ("sample-lantern-pressure-2021.pdf", 7)
PAGES = {
    "sample-gatal-bakau-2022.pdf": 7,
    "sample-harbour-fever-2017.pdf": 5,
    "sample-harbour-fever-2023.pdf": 16,
    "sample-lantern-pressure-2021.pdf": 9,
    "sample-moss-lung-2022.pdf": 6,
}
# What wrote the committed files; other versions may compress the same pages differently.
MADE_WITH = {"reportlab": "5.1", "pillow": "12"}

QUESTIONS = [json.loads(line) for line in (ROOT / "demo" / "questions.jsonl").read_text("utf-8").splitlines()]
GOLD = [(question["id"], place) for question in QUESTIONS for place in question["gold"]]


@cache
def page_texts(path: Path) -> list[str]:
    with pdfium.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def squeezed(text: str) -> str:
    return re.sub(r"[\s\-\u2010-\u2015\u00ad\ufffe]+", "", text).lower()


def page_text(file: str, page: int) -> str:
    return page_texts(SAMPLE / file)[page - 1]


def printed_label(file: str, page: int) -> str:
    """What follows the mark in the foot of the page."""
    found = re.search(re.escape(MARK) + r"[ \r\n]+(\S+)", page_text(file, page))
    return found[1] if found else ""


def test_the_sample_holds_these_files():
    assert {path.name: len(page_texts(path)) for path in SAMPLE.glob("*.pdf")} == PAGES
    assert sum(path.stat().st_size for path in SAMPLE.glob("*.pdf")) < 1_500_000


@pytest.mark.parametrize(("file", "page"), [(file, page) for file in PAGES for page in range(1, PAGES[file] + 1)])
def test_every_page_says_that_it_is_fiction(file, page):
    if (file, page) == TEXTLESS:
        assert page_text(file, page).strip() == ""
    else:
        assert MARK in page_text(file, page)


def test_the_textless_page_is_a_picture():
    with pdfium.PdfDocument(SAMPLE / TEXTLESS[0]) as document:
        page = document[TEXTLESS[1] - 1]
        kinds = [item.type for item in page.get_objects()]
        grey = page.render(scale=0.5).to_pil().convert("L")
    assert kinds == [pdfium.raw.FPDF_PAGEOBJ_IMAGE]
    assert grey.getextrema()[0] < 120 < 220 < grey.getextrema()[1]


def generate(folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    subprocess.run([sys.executable, "-B", SAMPLE / "make_sample.py", folder], check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_sample_photo_says_that_it_is_fictional():
    images = pytest.importorskip("PIL.Image", reason="Pillow reads the photo")
    with images.open(SAMPLE / PICTURE) as picture:
        assert picture.text["Description"].startswith("FICTIONAL") and picture.width < 1000


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The folder that a run of the script has filled."""
    pytest.importorskip("reportlab", reason="reportlab writes the sample")
    folder = tmp_path_factory.mktemp("sample") / "run"
    generate(folder)
    return folder


@pytest.mark.slow
def test_two_runs_write_the_same_bytes(run, tmp_path):
    """In every run the next test compares one run with the committed files, byte for byte: they are another's."""
    first = {path.name: path.read_bytes() for path in run.iterdir()}
    assert generate(tmp_path / "second") == first


def test_the_committed_files_are_what_the_script_writes(run):
    reportlab = pytest.importorskip("reportlab", reason="reportlab writes the sample")
    pillow = pytest.importorskip("PIL", reason="Pillow draws the page without text layer")
    written = {path.name: path.read_bytes() for path in run.iterdir()}
    assert set(written) == {*PAGES, PICTURE}
    for name in PAGES:
        assert page_texts(run / name) == page_texts(SAMPLE / name)
    found = {"reportlab": reportlab.__version__, "pillow": pillow.__version__}
    if any(not found[name].startswith(f"{version}.") for name, version in MADE_WITH.items()):
        pytest.skip(f"text agrees; bytes are compared with {MADE_WITH} only, found {found}")
    for name, data in written.items():
        assert data == (SAMPLE / name).read_bytes(), f"{name}: run make_sample.py and commit the result"


@pytest.mark.parametrize(("number", "place"), GOLD, ids=[f"{number}-{i}" for i, (number, _) in enumerate(GOLD)])
def test_gold_quotes_stand_on_their_pages(number, place):
    text = squeezed("".join(page_text(place["file"], page) for page in place["pages"]))
    assert (squeezed(place["quote"]) in text) is not place["visual"]
    assert 4 <= len(place["quote"].split()) <= 40


@pytest.mark.parametrize("question", QUESTIONS, ids=[question["id"] for question in QUESTIONS])
def test_facts_stand_on_the_gold_pages(question):
    places = [place for place in question["gold"] if not place["visual"]]
    text = squeezed("".join(page_text(place["file"], page) for place in places for page in place["pages"]))
    for alternatives in question["facts"] if places else []:
        assert any(squeezed(fact) in text for fact in alternatives), alternatives
    assert question["answerable"] == bool(question["facts"])


def test_the_questions_are_many_and_mixed():
    kinds = [question["kind"] for question in QUESTIONS]
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS) >= 24
    wanted = "dose threshold contraindication recommendation table algorithm population abbrev lay crosslingual"
    assert set(wanted.split()) <= set(kinds)
    assert kinds.count("unanswerable-near") >= 5
    assert kinds.count("offtopic") == 3
    assert {question["lang"] for question in QUESTIONS} == {"en", "ms"}


@pytest.mark.parametrize(
    ("file", "page", "label"),
    [
        ("sample-harbour-fever-2023.pdf", 7, "vii"),
        ("sample-harbour-fever-2023.pdf", 8, "1"),
        ("sample-harbour-fever-2023.pdf", 16, "9"),
        ("sample-harbour-fever-2017.pdf", 4, "4"),
        ("sample-lantern-pressure-2021.pdf", 4, "2"),
        ("sample-lantern-pressure-2021.pdf", 8, "6"),
        ("sample-moss-lung-2022.pdf", 1, "412"),
        ("sample-gatal-bakau-2022.pdf", 4, "iv"),
        ("sample-gatal-bakau-2022.pdf", 5, "1"),
    ],
)
def test_printed_page_numbers_differ_from_the_pdf(file, page, label):
    assert printed_label(file, page) == label


def test_two_editions_differ_in_the_dose():
    old, new = ("".join(page_texts(SAMPLE / f"sample-harbour-fever-{year}.pdf")) for year in (2017, 2023))
    assert "1st Edition" in old
    assert "2nd Edition" in new
    assert "8 mg/kg/day by mouth in three divided doses" in " ".join(old.split())
    assert "12 mg/kg/day by mouth in two divided doses" in " ".join(new.split())


def test_one_recommendation_is_printed_with_two_grades():
    sentence = squeezed("Quillamide prophylaxis should be offered to dock workers before seasonal exposure.")
    assert sentence + "(gradeb)" in squeezed(page_text("sample-harbour-fever-2023.pdf", 6))
    assert sentence + "(gradec)" in squeezed(page_text("sample-harbour-fever-2023.pdf", 14))


def test_a_box_and_margin_marks_come_last_in_the_text_of_their_page():
    box = page_text("sample-harbour-fever-2023.pdf", 10)
    assert box.index("Recommendation 2") > box.index("The dose for adults is 12")
    marks = page_text("sample-lantern-pressure-2021.pdf", 4).split("or not at all.")[1]
    wanted = ["I, B", "IIa, C", "III, C", "I, C", "III, B", "IIb, B", "I, A", "IIa, B", "III, B"]
    assert marks.split("\r\n")[1:] == wanted


def test_a_table_runs_over_two_pages_with_its_header():
    for page in (12, 13):
        assert "Starting dose Maximum Remarks" in page_text("sample-harbour-fever-2023.pdf", page)


def test_no_file_has_bookmarks():
    for file in PAGES:
        with pdfium.PdfDocument(SAMPLE / file) as document:
            assert not list(document.get_toc())


def test_smoke_questions_point_at_pages_that_speak_of_them():
    config = tomllib.loads((SAMPLE / "corpus.toml").read_text("utf-8"))
    assert config["title"] == "Sample guidelines (fictional)"
    wanted = ["12 mg/kg/day", "below 130/80 mmHg is recommended", "Dos dewasa ialah 150 mg"]
    assert len(config["smoke"]) == len(wanted)
    for smoke, words in zip(config["smoke"], wanted, strict=True):
        assert squeezed(words) in squeezed(page_text(smoke["file"], smoke["page"]))
