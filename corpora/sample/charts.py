"""Flowcharts: boxes in drawing order, arrows as vector art, Yes and No apart from what they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.platypus import Flowable, Paragraph

if TYPE_CHECKING:
    from layout import House

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A box of a flowchart; places are per mille of the chart's width, y downwards."""

    x: float
    y: float
    width: float
    height: float
    text: str
    fill: str = "#ffffff"
    question: bool = False


class Flowchart(Flowable):
    """Draws arrows, labels, boxes, in this order: the stream does not follow the branches."""

    def __init__(
        self, house: House, width: float, height: float, boxes: list[Box], arrows: list[list[Point]],
        labels: list[tuple[float, float, str]],
    ) -> None:  # fmt: skip
        super().__init__()
        self.house, self.width, self.unit = house, width, width / 1000
        self.height, self.boxes, self.arrows, self.labels = height * self.unit, boxes, arrows, labels

    def wrap(self, *_: float) -> tuple[float, float]:
        return self.width, self.height

    def place(self, x: float, y: float) -> Point:
        return x * self.unit, self.height - y * self.unit

    def draw(self) -> None:
        self.canv.setLineWidth(0.9)
        self.canv.setStrokeColor(self.house.accent)
        for points in self.arrows:
            self._arrow([self.place(*point) for point in points])
        self.canv.setFont(self.house.bold, 8)
        self.canv.setFillColor(HexColor("#000000"))
        for x, y, text in self.labels:
            self.canv.drawCentredString(*self.place(x, y), text)
        for box in self.boxes:
            self._box(box)

    def _arrow(self, points: list[Point]) -> None:
        path = self.canv.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        self.canv.drawPath(path)
        (x0, y0), (x1, y1) = points[-2], points[-1]
        length = max(abs(x1 - x0), abs(y1 - y0))
        dx, dy = (x1 - x0) / length * 6, (y1 - y0) / length * 6
        head = self.canv.beginPath()
        head.moveTo(x1, y1)
        head.lineTo(x1 - dx - dy / 2, y1 - dy + dx / 2)
        head.lineTo(x1 - dx + dy / 2, y1 - dy - dx / 2)
        head.close()
        self.canv.setFillColor(self.house.accent)
        self.canv.drawPath(head, fill=1)

    def _box(self, box: Box) -> None:
        left, bottom = self.place(box.x, box.y + box.height)
        width, height = box.width * self.unit, box.height * self.unit
        self.canv.setFillColor(HexColor(box.fill))
        if box.question:
            self._hexagon(left, bottom, width, height)
        else:
            self.canv.roundRect(left, bottom, width, height, 5, fill=1)
        style = self.house.style("chart", fontSize=7.8, leading=9.6, alignment=TA_CENTER)
        text = box.text.replace("<", "&lt;").replace("≥", '<font name="Vera">≥</font>').replace("//", "<br/>")
        words = Paragraph(text, style)
        inset = 12 if box.question else 5
        _, used = words.wrap(width - 2 * inset, height)
        words.drawOn(self.canv, left + inset, bottom + (height - used) / 2)

    def _hexagon(self, left: float, bottom: float, width: float, height: float) -> None:
        path = self.canv.beginPath()
        corners = [(0, 0.5), (0.07, 1), (0.93, 1), (1, 0.5), (0.93, 0), (0.07, 0)]
        path.moveTo(left, bottom + height / 2)
        for x, y in corners[1:]:
            path.lineTo(left + x * width, bottom + y * height)
        path.close()
        self.canv.drawPath(path, fill=1)


def harbour(house: House, width: float) -> Flowchart:
    """Algorithm 1 of the Harbour fever guideline."""
    boxes = [
        Box(640, 990, 330, 150, "IV tarvexol 5 mg/kg every 8 hours//and admit to a high care area", "#f6d5d0"),
        Box(250, 0, 500, 100, "Fever ≥38.5°C for 2 days or more AND//dock, ship or brine contact within 21 days"),
        Box(30, 990, 330, 150, "Oral zelmorin 12 mg/kg/day//as out-patient, review at 48 hours", "#d9ead3"),
        Box(290, 620, 420, 130, "Any danger sign, or DOCK score ≥6?", "#fff2cc", True),
        Box(290, 190, 420, 120, "HART positive?", "#fff2cc", True),
        Box(745, 370, 250, 170, "Repeat HART after 48 hours; look for another cause"),
        Box(290, 415, 420, 90, "Calculate the DOCK score (Table 2)"),
        Box(30, 830, 330, 75, "Non-severe Harbour fever", "#d9ead3"),
        Box(640, 830, 330, 75, "Severe Harbour fever", "#f6d5d0"),
        Box(290, 1230, 420, 110, "Afebrile for 24 hours by day 4?", "#fff2cc", True),
        Box(30, 1235, 180, 100, "Stop at day 7"),
        Box(770, 1220, 210, 130, "Discuss with the Island Fever Unit"),
    ]
    arrows = [
        [(500, 100), (500, 190)],
        [(500, 310), (500, 415)],
        [(710, 250), (870, 250), (870, 370)],
        [(500, 505), (500, 620)],
        [(290, 685), (195, 685), (195, 830)],
        [(710, 685), (805, 685), (805, 830)],
        [(195, 905), (195, 990)],
        [(805, 905), (805, 990)],
        [(195, 1140), (195, 1185), (460, 1185), (460, 1230)],
        [(805, 1140), (805, 1185), (540, 1185), (540, 1230)],
        [(290, 1285), (210, 1285)],
        [(710, 1285), (770, 1285)],
    ]
    labels = [(790, 240, "No"), (530, 370, "Yes"), (240, 675, "No"), (760, 675, "Yes")]
    labels += [(250, 1275, "Yes"), (740, 1275, "No")]
    return Flowchart(house, width, 1360, boxes, arrows, labels)


def bakau(house: House, width: float) -> Flowchart:
    """Algoritma 1 of the Malay guideline."""
    boxes = [
        Box(60, 640, 360, 130, "Krim pasiral 2% dua kali sehari//selama 10 hari", "#d9ead3"),
        Box(250, 0, 500, 90, "Gatal dan bintik selepas masuk kawasan bakau"),
        Box(580, 640, 360, 130, "Tablet salwatin 150 mg sekali//sehari selama 5 hari", "#f6d5d0"),
        Box(270, 170, 460, 120, "Ujian Titik Bakau positif?", "#fff2cc", True),
        Box(270, 390, 460, 120, "Keluasan ruam melebihi 10%//permukaan badan?", "#fff2cc", True),
        Box(840, 165, 160, 130, "Cari punca lain"),
    ]
    arrows = [
        [(500, 90), (500, 170)],
        [(500, 290), (500, 390)],
        [(730, 230), (840, 230)],
        [(270, 450), (240, 450), (240, 640)],
        [(730, 450), (760, 450), (760, 640)],
    ]
    labels = [(785, 218, "Tidak"), (530, 350, "Ya"), (205, 560, "Tidak"), (790, 560, "Ya")]
    return Flowchart(house, width, 800, boxes, arrows, labels)


CHARTS: dict[str, Callable[[House, float], Flowchart]] = {"harbour": harbour, "bakau": bakau}
