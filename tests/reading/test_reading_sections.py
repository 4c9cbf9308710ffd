"""Sections hold what stands under their heading and nothing else; lists that are not prose are flagged."""

import pytest

from cpgassist.reading.tableblocks import flat_header
from tests.reading import pdfs


def text(block):
    return " ".join(line.text for line in block.lines)


def path_of(guideline, words, page=None):
    """The path of the one section that holds the words."""
    found = {
        section.path
        for section in guideline.sections
        for block in section.blocks
        if block.kind != "running_head" and words in text(block) and page in (None, *block.pages)
    }
    assert len(found) == 1, found
    return found.pop()


def kinds(guideline, page, *left_out):
    return {
        b.kind for s in guideline.sections for b in s.blocks if b.pages == (page,) and b.kind != "running_head"
    } - set(left_out)


@pytest.mark.parametrize("draw", [pdfs.chapters, pdfs.front_and_chapters, pdfs.contents])
@pytest.mark.parametrize(
    ("number", "path"),
    [
        ("1", ("1 Introduction",)),
        ("1.1", ("1 Introduction", "1.1 Who should read this")),
        ("1.1.1", ("1 Introduction", "1.1 Who should read this", "1.1.1 Nurses")),
        ("1.2", ("1 Introduction", "1.2 What is new")),
        ("2", ("2 Treatment",)),
        ("2.1", ("2 Treatment", "2.1 Imaginol")),
        ("3", ("3 Follow-up",)),
    ],
)
def test_numbered_headings_become_paths(read, draw, number, path):
    assert path_of(read(draw), f"Text under {number} here") == path


def test_headings_are_not_repeated_in_the_text(read):
    guideline = read(pdfs.chapters)
    assert all("Who should read this" not in text(b) for s in guideline.sections for b in s.blocks)


def test_a_section_knows_the_page_its_heading_stands_on(read):
    guideline = read(pdfs.front_and_chapters)
    assert {s.path[0]: s.page for s in guideline.sections if len(s.path) == 1} == {
        "Key Messages": 1,
        "1 Introduction": 2,
        "2 Treatment": 2,
        "3 Follow-up": 2,
    }


def test_chapters_go_on_over_pages(read):
    def long(sheet):
        down = pdfs.heading(sheet, 80, "1 Introduction", 14)
        sheet.prose(60, down, 470, pdfs.LOREM)
        sheet.next()
        sheet.prose(60, 80, 470, f"On the next page. {pdfs.LOREM}")

    assert path_of(read(long), "On the next page") == ("1 Introduction",)


def test_a_paragraph_over_a_page_break_is_one_block(read):
    def broken(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.lines(60, 740, ("The dose for adults is 12 mg/kg/day, to be taken with food since the absorption of the",
                              "medicine falls by forty per cent if it is swallowed on an"))  # fmt: skip
        sheet.next()
        sheet.lines(60, 90, ("empty stomach in the morning, as was shown in a trial of twelve.",))
        sheet.prose(60, 130, 470, pdfs.LOREM)

    guideline = read(broken)
    block = next(b for s in guideline.sections for b in s.blocks if "The dose for adults" in text(b))
    assert block.pages == (1, 2) and text(block).endswith("a trial of twelve.")


def test_a_new_paragraph_on_the_next_page_is_a_new_block(read):
    def broken(sheet):
        sheet.prose(60, 90, 470, pdfs.LOREM)
        sheet.write(60, 760, "The last line of the page ends a sentence.")
        sheet.next()
        sheet.prose(60, 90, 470, f"A new one begins. {pdfs.LOREM}")

    guideline = read(broken)
    assert all(len(b.pages) == 1 for s in guideline.sections for b in s.blocks)


def test_the_sample_paragraph_with_a_mark_goes_on_over_the_page(harbour):
    block = next(b for s in harbour.sections for b in s.blocks if "absorption falls by 40% on an" in text(b))
    assert "empty stomach.15 level II-1" in text(block)


# ---- contents and references


def test_entries_of_a_contents_list_are_flagged(read):
    guideline = read(pdfs.contents)
    entries = [text(b) for s in guideline.sections for b in s.blocks if b.kind == "toc"]
    for entry in ("1.1 Who should read this", "2 Treatment", "2.1 Imaginol"):
        assert any(entry in words for words in entries)


def test_nothing_of_a_contents_page_is_searched(read):
    assert kinds(read(pdfs.contents), 1) == {"toc"}


def test_the_sample_contents_page_is_not_searched(harbour):
    assert kinds(harbour, 3) == {"toc"}
    assert not any("....." in name for s in harbour.sections for name in s.path)


def test_the_sample_malay_contents_page_is_flagged(gatal):
    section = next(s for s in gatal.sections if s.path == ("Kandungan",))
    assert {b.kind for b in section.blocks} - {"running_head"} == {"toc"}


def test_the_chapters_after_a_contents_list_are_not_flagged(read, harbour):
    assert kinds(read(pdfs.contents), 2) == {"text"}
    assert "toc" not in kinds(harbour, 8)


def test_reference_lists_are_flagged_and_end_at_the_next_heading(read):
    guideline = read(pdfs.references)
    listed = [text(b) for s in guideline.sections for b in s.blocks if b.kind == "reference_list"]
    assert listed == list(pdfs.REFERENCES)
    assert path_of(guideline, "After the references")[-1] == "Appendix 1 Search strategy"
    assert [b.kind for s in guideline.sections if s.path[-1].startswith("Appendix") for b in s.blocks] == ["text"]


def test_the_sample_references_are_flagged(harbour, moss, gatal):
    assert kinds(harbour, 16) == {"reference_list"}
    for guideline, page, count in ((harbour, 16, 29), (moss, 6, 15), (gatal, 7, 7)):
        listed = " ".join(
            text(b) for s in guideline.sections for b in s.blocks if b.kind == "reference_list" and b.pages == (page,)
        )
        assert all(f"{n}. " in listed for n in range(1, count + 1))


def test_no_prose_is_flagged_as_references(harbour, moss, gatal):
    for guideline in (harbour, moss, gatal):
        flagged = {page for s in guideline.sections for b in s.blocks if b.kind == "reference_list" for page in b.pages}
        assert flagged == {len(guideline.pages)}


# ---- the sample's sections


@pytest.mark.parametrize(
    ("words", "page", "tail"),
    [
        ("The incubation period is 5 to 21 days", 8, ("2 CLINICAL FEATURES",)),
        ("The following raise the risk", 8, ("1 INTRODUCTION", "1.2 Risk factors")),
        ("oxygen saturation below 94%", 9, ("2 CLINICAL FEATURES", "2.1 Danger signs")),
        (
            "A negative test should be repeated",
            9,
            ("3 DIAGNOSIS", "3.2 Harbour Antigen Rapid Test", "Recommendation 1"),
        ),
        ("Pelgrain is the alternative", 11, ("5 TREATMENT", "5.1 Non-severe Harbour fever", "5.1.2 Pelgrain")),
        ("Tarvexol is the only medicine", 11, ("5 TREATMENT", "5.2 Severe Harbour fever")),
        ("Corticosteroids should not be used", 12, ("5.2 Severe Harbour fever", "Recommendation 4")),
        ("Children clear zelmorin faster", 14, ("6 SPECIAL POPULATIONS", "6.2 Children")),
        ("Patients treated at home are reviewed", 14, ("8 FOLLOW-UP",)),
    ],
)
def test_the_sample_sections_end_as_printed(harbour, words, page, tail):
    assert path_of(harbour, words, page)[-len(tail) :] == tail


def test_the_sample_chapters_do_not_go_under_the_front_matter(harbour, gatal):
    assert "Key Recommendations" not in path_of(harbour, "Tarvexol is the only medicine")
    assert "Tahap Bukti dan Gred Saranan" not in path_of(gatal, "Gatal bakau ialah penyakit kulit")


def test_the_sample_text_after_a_box_goes_back_to_its_section(harbour):
    assert path_of(harbour, "The dose for adults is 12 mg/kg/day by mouth", 10)[-1] == "5.1.1 Zelmorin"
    assert path_of(harbour, "beacon interval >480 ms", 11)[-1] == "5.1.1 Zelmorin"


def test_the_sample_list_over_the_page_break_keeps_its_section(harbour, gatal):
    signs = [b for s in harbour.sections if s.path[-1:] == ("2.1 Danger signs",) for b in s.blocks if b.kind == "item"]
    assert len(signs) == 6 and {b.pages for b in signs} == {(8,), (9,)}
    reasons = [b for s in gatal.sections if s.path[-1:] == ("3.2 Rawatan oral",) for b in s.blocks if b.kind == "item"]
    assert [b.pages for b in reasons] == [(5,), (6,), (6,)]


@pytest.mark.parametrize(("name", "page"), [("harbour", 7), ("gatal", 4)])
def test_the_sample_algorithms_are_kept_as_one_flowchart(request, name, page):
    guideline = request.getfixturevalue(name)
    assert kinds(guideline, page) == {"flowchart"}
    assert len([b for s in guideline.sections for b in s.blocks if b.kind == "flowchart"]) == 1


@pytest.mark.parametrize(("name", "one", "other"), [("harbour", "Oral zelmorin 12 mg/kg/day", "IV tarvexol"),
                                                    ("gatal", "Krim pasiral 2%", "Tablet salwatin")])  # fmt: skip
def test_the_sample_algorithm_boxes_side_by_side_are_not_one_line(request, name, one, other):
    guideline = request.getfixturevalue(name)
    (block,) = [b for s in guideline.sections for b in s.blocks if b.kind == "flowchart"]
    assert not any(one in line.text and other in line.text for line in block.lines)


def test_appendices_are_not_under_the_last_chapter(harbour):
    assert path_of(harbour, "The search was run in two invented databases")[0] == "APPENDIX 1 SEARCH STRATEGY"


def test_the_sample_references_are_not_under_the_appendix(harbour, gatal):
    for guideline, title in ((harbour, "REFERENCES"), (gatal, "RUJUKAN")):
        assert [s.path for s in guideline.sections if s.path[-1:] == (title,)] == [(title,)]


def test_a_drawing_without_words_is_no_flowchart(read):
    assert all(b.kind == "text" for s in read(pdfs.textless).sections for b in s.blocks)


@pytest.mark.parametrize(
    ("header", "flat"),
    [
        ((), ()),
        ((("a", "b"),), ("a", "b")),
        ((("a", "b"), ("", "c")), ("a", "b c")),
        ((("a", "b"), ("a", "c")), ("a", "b c")),
        ((("", ""), ("x", "")), ("x", "")),
    ],
)
def test_a_header_of_two_rows_gives_one_name_per_column(header, flat):
    assert flat_header(header) == flat


@pytest.mark.parametrize("name", ["harbour", "moss", "gatal"])
def test_no_section_and_no_block_is_empty(request, name):
    """A section without blocks is a heading that stands over other headings only."""
    guideline = request.getfixturevalue(name)
    assert all(s.blocks or s.path for s in guideline.sections)
    assert all(b.lines for s in guideline.sections for b in s.blocks)


@pytest.mark.parametrize("name", ["harbour", "moss", "gatal"])
def test_a_table_has_a_line_for_each_row(request, name):
    guideline = request.getfixturevalue(name)
    for section in guideline.sections:
        for block in section.blocks:
            if block.kind == "table":
                assert len(block.lines) in (len(block.table.rows), len(block.table.rows) + len(block.table.header))
