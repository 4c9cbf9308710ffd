"""A small assistant for the chat's tests: real page images of a PDF made here, canned answers, no models."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock
from types import SimpleNamespace

import pypdfium2
import pytest

from cpgassist.conversation import Conversation
from cpgassist.errors import InputError, ModelError
from cpgassist.imaging import describe, told_by
from cpgassist.testing import ScriptedChat
from cpgassist.types import (
    CLOSEST,
    WITHOUT_MODEL,
    Answer,
    Box,
    Checks,
    Citation,
    GuidelineInfo,
    Hit,
    Locator,
    Passage,
    Search,
    Statement,
    Where,
)

XSS = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>**b** [l](javascript:hack()) \'"'
LINES = {
    1: (72, 150, "A topical corticosteroid of suitable potency should be used once daily until the flare clears."),
    2: (72, 190, "Oral flucloxacillin is considered when eczema is clinically infected (crusting, weeping)."),
    3: (72, 640, "Face and neck | Mild potency | 5 days"),
    4: (72, 660, "Trunk and limbs | Moderate potency | 14 days"),
    5: (72, 300, "Suspected eczema herpeticum is referred on the same day."),
}
SEEN = {
    "image_type": "clinical photo of skin",
    "anatomy": "left forearm",
    "findings": [
        {"text": "weeping eczema with crusting", "certainty": "definite"},
        {"text": "linear scratches", "certainty": "probable"},
        {"text": "swelling", "certainty": "possible"},
    ],
    "limitations": "fever cannot be seen",
}
"""What a scripted model says of a photo."""
_PDFIUM = Lock()  # pdfium is not thread-safe, and pages are asked for from several threads: without it, it crashed here
WIDTH, HEIGHT = 595.0, 842.0


HEADING = Box(72, 86, 250, 104)
"""Where a page's heading stands."""


def box_of(n):
    left, top, words = LINES[n]
    width = pytest.importorskip("reportlab.pdfbase.pdfmetrics").stringWidth(words, "Helvetica", 10)
    return Box(left, top, left + width, top + 12)


def make_pdf() -> bytes:
    canvas_module = pytest.importorskip("reportlab.pdfgen.canvas")
    out = io.BytesIO()
    canvas = canvas_module.Canvas(out, pagesize=(WIDTH, HEIGHT))
    for number in range(1, 4):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(72, HEIGHT - 40, "INVENTED TEXT FOR A TEST - NOT A GUIDELINE")
        canvas.setFont("Helvetica-Bold", 15)
        canvas.drawString(72, HEIGHT - 100, "5.2 Topical treatment of a flare")
        canvas.setFont("Helvetica", 10)
        for left, top, words in LINES.values():
            canvas.drawString(left, HEIGHT - top - 10, words)
        for row in range(18):
            canvas.drawString(
                72,
                HEIGHT - 340 - 15 * row,
                "Emollients are applied freely and often; follow-up is within two to four weeks.",
            )
        canvas.drawString(WIDTH / 2, 40, str(number + 10))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


ECZEMA = GuidelineInfo(
    "eczema",
    "Care of the Itchy Skin in Adults",
    "eczema.pdf",
    "ab" * 32,
    "Ministry of Samples",
    "2nd edition",
    2017,
    pages=3,
)
ASTHMA = GuidelineInfo(
    "asthma", f"Asthma {XSS}", "asthma.pdf", "cd" * 32, "Society of Tests", "1st edition", 2025, pages=3
)


def cite(n, page=2, info=ECZEMA, quote=None, verified=True):
    at = Locator(page, str(page + 10), (box_of(n),))
    return Citation(n, info, at, ("5 Treatment", "5.2 Topical treatment of a flare"), quote or LINES[n][2], verified)


def answered(question: str) -> Answer:
    said = (
        Statement(LINES[1][2], (1,), "Grade A | Level I", "recommendation"),
        Statement(LINES[2][2], (2,), "Grade B", "recommendation"),
        Statement(LINES[3][2], (3,), None, "table"),
        Statement(LINES[4][2], (4,), None, "table"),
        Statement(LINES[5][2], (5,), None, "text"),
    )
    return Answer(
        "answered", 0.93, question, "20261120-1", Statement(LINES[1][2], (1,)), said,
        ("The dose of flucloxacillin: nothing was found in the 2 guidelines searched.",),
        (cite(1), cite(2), cite(3, 3), cite(4, 3), cite(5, 1)), Checks(5, 5, 2, 2),
        {"embedder": "all-MiniLM-L6-v2", "generator": "extractive"}, {"retrieval": 0.25, "answering": 0.05},
        clarify=("Child under 2?", "eGFR?"),
    )  # fmt: skip


OLDER = replace(ECZEMA, id="eczema-2009", published=2009, edition="1st edition", superseded_by="eczema")
DIFFERENT = (
    "Mild cream is applied at 2 g per day for 5 days in adults.",
    "Mild cream is applied at 4 g per day for 5 days in adults.",
)


def conflicting(question: str) -> Answer:
    """Two editions that print two doses, the older one first."""
    said = tuple(Statement(words, (n,), "Grade B") for n, words in enumerate(DIFFERENT, 1))
    cited = (cite(1, 2, OLDER, DIFFERENT[0]), cite(2, 2, ECZEMA, DIFFERENT[1]))
    remark = "The guidelines print different things here: 2 g per day and 4 g per day. Both are shown."
    return Answer("conflict", 0.9, question, "v1", said[0], said, (), cited, Checks(2, 2), remarks=(remark,))


def canned(question: str) -> Answer:
    asked = question.lower()
    if "conflict" in asked:
        return conflicting(question)
    if "failure" in asked:
        raise ModelError("The embedder's files are missing.", "Run: cpgassist doctor")
    if "broken" in asked:
        raise RuntimeError(f"secret detail about {question}")
    if "astray" in asked:
        near = f"{CLOSEST}{ECZEMA.title}, page 2, section '5.2 Topical treatment of a flare'."
        line = f"The guidelines here do not answer this. Searched: 2 guidelines. {near}"
        heading = replace(cite(1), quote="", verified=False, at=Locator(2, "12", (HEADING,)))
        return Answer("silent", 0.1, question, "v1", not_in_guideline=(line,), closest=heading)
    if "silent" in asked:
        return Answer("silent", 0.1, question, "v1", citations=(cite(5, 1),), seconds={"retrieval": 0.2})
    if "refuse" in asked:
        return Answer("refused", 0.0, question, "v1")
    if "xss" in asked:
        quote = Citation(1, ASTHMA, Locator(1, XSS, (box_of(1),)), (XSS,), f"Quote {XSS}", True)
        said = (Statement(f"Said {XSS}", (1,), XSS, XSS), Statement(f"{XSS} | cell", (1,), None, "table"))
        return Answer(
            "partial",
            0.5,
            question,
            XSS,
            said[0],
            said,
            (XSS,),
            (quote,),
            Checks(1, 1),
            {"generator": XSS},
            {XSS: 1.0},
            (XSS,),
        )
    return answered(question)


class FakeCorpus:
    def __init__(self, feedback: Path | None = None) -> None:
        self.settings = SimpleNamespace(title="Sample guidelines", corpus=None, feedback=feedback)
        self.pdf = make_pdf()
        self.rendered: list[tuple[str, int]] = []

    def page_size(self, file: str, page: int) -> tuple[float, float]:
        self._known(file, page)
        return WIDTH, HEIGHT

    def page_image(self, file: str, page: int, dpi: int = 110):
        self._known(file, page)
        self.rendered.append((file, page))
        with _PDFIUM, pypdfium2.PdfDocument(self.pdf) as document:
            return document[page - 1].render(scale=dpi / 72).to_pil()

    def _known(self, file: str, page: int) -> None:
        if file not in ("eczema.pdf", "asthma.pdf") or not 1 <= page <= 3:
            raise InputError(f"There is no page {page} of {file}.")


class Reader:
    """A slow model that reads: it goes on where `step` is set, and stops where the answer is cancelled."""

    NAME = "medgemma-4b-it"

    def __init__(self) -> None:
        self.step = Event()
        self.stopped = 0

    def read(self, answer: Answer, cancel: Event | None):
        about = {**answer.models, "model": {"name": self.NAME}}
        yield replace(answer, complete=False, models=about)
        while not self.step.wait(0.01):
            if cancel is not None and cancel.is_set():
                self.stopped += 1
                yield replace(answer, models=about, not_in_guideline=(f"{WITHOUT_MODEL} {self.NAME} was stopped.",))
                return
        picked = (answer.statements[1], answer.statements[0])
        cited = (replace(answer.citations[1], n=1), replace(answer.citations[0], n=2))
        picked = (replace(picked[0], citations=(1,)), replace(picked[1], citations=(2,)))
        line = Statement("Flucloxacillin is considered when it is infected.", (1,), kind="summary")
        about["generator"] = self.NAME
        yield replace(answer, bottom_line=line, statements=picked, citations=cited, models=about)


@dataclass
class FakeAssistant:
    corpus: FakeCorpus = field(default_factory=FakeCorpus)
    index: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(version="20261120-1", guidelines={"eczema": ECZEMA, "asthma": ASTHMA})
    )
    asked: list[tuple[str, Where | None]] = field(default_factory=list)
    warnings: tuple[str, ...] = ()
    delay: float = 0.0
    eyes: ScriptedChat | None = None
    """The model that describes photos."""
    reader: Reader | None = None
    """The model that reads the lines and writes the bottom line."""
    confirmed: list = field(default_factory=list)
    """The findings of each question."""
    photos: list = field(default_factory=list)
    """The photos of each description, as bytes."""

    @property
    def sees_photos(self) -> bool:
        return self.eyes is not None

    def describe(self, *photos, pairs=False, cancel=None):
        from cpgassist.imaging import open_photos

        self.photos.append(photos)
        return describe(self.eyes, open_photos(photos, pairs=pairs), cancel)

    def conversation(self):
        return Conversation(self)

    def stream(self, question, where=None, findings=None, cancel=None):
        self.confirmed.append(findings)
        answer = self.ask(question, where)
        if findings is not None:
            cited = tuple(replace(one, findings=told_by(findings, one.quote)) for one in answer.citations)
            answer = replace(answer, findings=findings, citations=cited)
        if self.reader is None or answer.status != "answered":
            yield answer
        else:
            yield from self.reader.read(answer, cancel)

    def ask(self, question: str, where: Where | None = None) -> Answer:
        self.asked.append((question, where))
        time.sleep(self.delay or (3.0 if "slow" in question else 0.0))
        return canned(question)

    def search(self, question: str, k: int = 10, where: Where | None = None) -> Search:
        passage = Passage("eczema:1", LINES[1][2], "text", "eczema", ("5 Treatment",), (cite(1).at,))
        return Search(question, "v1", (Hit(passage, 1, 0.9, 0.8),), self.index.guidelines, 0.1)
