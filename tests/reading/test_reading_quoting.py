"""What a guideline quotes of other bodies is no recommendation of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from cpgassist.types import Block
from tests.reading import pdfs

QUOTED = (
    ("Guideline", "Recommendation", "Strength of recommendation"),
    ("Society of Gulls 2019", "Bread should be given to gulls in winter", "Strong"),
    ("Board of Ropes 2021", "Bread should not be given to gulls at all", "Weak"),
)
OWN = (
    ("Group", "Recommendation", "Strength of recommendation"),
    ("Sailors", "Bread should be given to gulls in winter", "Strong"),
    ("Bakers", "Bread should not be given to gulls at all", "Weak"),
)


def table(rows: Sequence[Sequence[str]], title: str = "Table 7. Bread and gulls") -> Callable[[pdfs.Sheet], None]:
    def draw(sheet: pdfs.Sheet) -> None:
        pdfs.one_column(sheet)
        sheet.next()
        pdfs.one_column(sheet)
        sheet.next()
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.write(60, 160, title, 10, pdfs.BOLD)
        sheet.grid(60, 170, (110, 230, 130), [30.0] * len(rows), rows)
        sheet.prose(60, 330, 470, pdfs.LOREM)

    return draw


def rows_of(blocks: Sequence[Block]) -> dict[str, Block]:
    return {b.table.rows[0][0]: b for b in blocks if b.table is not None and len(b.table.rows) == 1}


def test_rows_of_a_table_with_a_column_of_bodies_name_whom_they_quote(blocks: Callable[..., list[Block]]) -> None:
    rows = rows_of(blocks(table(QUOTED)))
    assert {b.kind for b in rows.values()} == {"table"}
    assert rows["Board of Ropes 2021"].note == "quotes another body: Board of Ropes 2021"
    assert rows["Board of Ropes 2021"].grade == "Weak"


def test_a_column_of_people_names_no_bodies(blocks: Callable[..., list[Block]]) -> None:
    rows = rows_of(blocks(table(OWN)))
    assert {(b.kind, b.note) for b in rows.values()} == {("recommendation", "")}
    assert rows["Sailors"].grade == "Strong"


def test_a_caption_tells_that_a_table_is_others(blocks: Callable[..., list[Block]]) -> None:
    rows = rows_of(blocks(table(OWN, "Table 7. Recommendations from other groups")))
    assert {(b.kind, b.note) for b in rows.values()} == {("table", "quotes another body: other groups")}


@pytest.mark.parametrize(
    ("sentence", "body"),
    [
        ("GULLS recommends that bread be given in winter. (Grade A)", "GULLS"),
        ("The Society of Harbour Birds (SHB) suggests bread in winter. (Grade B)", "Society of Harbour Birds"),
        ("The 2019 SHB guideline recommends bread in winter. (Grade B)", "SHB"),
        ("We recommend that bread be given in winter. (Grade A)", None),
        ("The panel recommends that bread be given in winter. (Grade A)", None),
        ("Bread should be given in winter, as SHB recommends. (Grade A)", None),
    ],
)
def test_a_statement_that_another_body_makes(
    blocks: Callable[..., list[Block]], sentence: str, body: str | None
) -> None:
    def draw(sheet: pdfs.Sheet) -> None:
        for _ in range(2):
            pdfs.one_column(sheet)
            sheet.next()
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.prose(60, 160, 470, sentence)
        sheet.prose(60, 220, 470, pdfs.LOREM)

    (block,) = [b for b in blocks(draw) if "bread" in " ".join(line.text for line in b.lines).lower()]
    assert block.kind == ("recommendation" if body is None else "text")
    assert block.note == (f"quotes another body: {body}" if body else "")


def test_a_body_on_the_cover_speaks_for_itself(blocks: Callable[..., list[Block]]) -> None:
    def draw(sheet: pdfs.Sheet) -> None:
        sheet.write(60, 150, "Feeding of gulls", 26, pdfs.BOLD)
        sheet.write(60, 700, "Society of Harbour Birds (SHB)", 11)
        for _ in range(2):
            sheet.next()
            pdfs.one_column(sheet)
        sheet.next()
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.prose(60, 160, 470, "SHB recommends that bread be given in winter. (Grade A)")

    (block,) = [b for b in blocks(draw) if "SHB recommends" in b.lines[0].text]
    assert (block.kind, block.note) == ("recommendation", "")


def test_a_section_of_other_groups(blocks: Callable[..., list[Block]]) -> None:
    def draw(sheet: pdfs.Sheet) -> None:
        down = pdfs.heading(sheet, 80, "4.1.6 Recommendations from other groups", 12)
        sheet.prose(60, down, 470, "Bread should be given to gulls in winter. (Grade A)")
        down = pdfs.heading(sheet, 200, "4.2 Feeding of terns", 12)
        sheet.prose(60, down, 470, "Fish should be given to terns in winter. (Grade B)")

    others, own = (b for b in blocks(draw) if "winter" in b.lines[0].text)
    assert (others.kind, others.note) == ("text", "quotes another body: other groups")
    assert (own.kind, own.note, own.grade) == ("recommendation", "", "Grade B")
