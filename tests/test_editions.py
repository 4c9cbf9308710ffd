"""Editions, copies and extracts: what is linked, what is searched, what is said of an older edition."""

import shutil
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist import Assistant, Corpus, Where
from cpgassist.editions import Document, cautions, edition_number, linked, review_passed, title_key
from cpgassist.testing import HashEmbedder
from cpgassist.types import GuidelineInfo, Locator, Passage, Sentence
from tests.fixtures.editions import GULL, METHOD, OLD_GULL, ROPE, guideline

TITLE = "Management of Gull Fever"
OFFICE = "Society of Invented Medicine"


def opened(folder, **settings):
    return Corpus(folder, embedder=HashEmbedder(), vector_search="exact", **settings)


def told(folder):
    """{file: (supersedes, superseded_by, same_as)} with files for ids."""
    infos = {report.info.id: report.info for report in opened(folder).reindex().guidelines}
    files = {None: None, **{id_: info.file for id_, info in infos.items()}}
    return {i.file: (files[i.supersedes], files[i.superseded_by], files[i.same_as]) for i in infos.values()}


def found(folder, question, where=None):
    search = Assistant(opened(folder)).search(question, 10, where)
    return [search.guidelines[hit.passage.guideline].file for hit in search.hits]


@pytest.fixture
def shelf(tmp_path):
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


@pytest.fixture
def editions(shelf):
    """The 2nd edition of 2024 and the 1st of 2017, which alone tells of baths and was to be reviewed in 2022."""
    guideline(shelf / "gull.pdf", TITLE, GULL, ("2nd Edition", "2024", OFFICE), "It will be reviewed in 2029.")
    guideline(shelf / "old.pdf", TITLE, OLD_GULL, ("1st Edition", "2017", OFFICE), "It will be reviewed in 2022.")
    return shelf


# ---- what is linked


def test_an_older_edition_is_linked_both_ways(editions):
    assert told(editions) == {"gull.pdf": ("old.pdf", None, None), "old.pdf": (None, "gull.pdf", None)}


def test_three_editions_lead_to_the_newest(editions):
    guideline(editions / "oldest.pdf", f"{TITLE} 2009", ROPE, (OFFICE,))
    assert told(editions) == {
        "gull.pdf": ("old.pdf", None, None),
        "old.pdf": ("oldest.pdf", "gull.pdf", None),
        "oldest.pdf": (None, "gull.pdf", None),
    }


@pytest.mark.parametrize(
    ("title", "cover"),
    [
        ("Management of Rope Burn", ("2017", OFFICE)),
        ("Management of Gull Fever in Children", ("2017", OFFICE)),
        (TITLE, ("2017", "Academy of Another Island")),
        (TITLE, ("2024", OFFICE)),
        (TITLE, ("3rd Edition", "2017", OFFICE)),
    ],
    ids=["another disease", "another group", "another publisher", "one year", "year and edition disagree"],
)
def test_a_near_miss_is_no_older_edition(shelf, title, cover):
    guideline(shelf / "gull.pdf", TITLE, (*GULL, METHOD), ("2nd Edition", "2024", OFFICE))
    guideline(shelf / "near.pdf", title, (*ROPE, METHOD), cover)
    assert set(told(shelf).values()) == {(None, None, None)}
    assert "near.pdf" in found(shelf, "rope burn on the palms")


def test_the_same_file_under_another_name_is_a_copy(shelf):
    guideline(shelf / "gull.pdf", TITLE, GULL, ("2024",))
    shutil.copy(shelf / "gull.pdf", shelf / "copy of gull.pdf")
    assert told(shelf) == {"copy of gull.pdf": (None, None, "gull.pdf"), "gull.pdf": (None, None, None)}
    assert set(found(shelf, "feather test for gull fever")) == {"gull.pdf"}


def test_the_same_text_drawn_again_is_a_copy(shelf):
    guideline(shelf / "gull.pdf", TITLE, GULL, ("2024",))
    guideline(shelf / "from the web.pdf", TITLE, GULL, ("2024",), "Printed from the library's web site.")
    links = told(shelf)
    assert sum(same is not None for _, _, same in links.values()) == 1
    assert all(links[file][:2] == (None, None) for file in links)


def test_an_extract_gives_way_to_the_whole_and_keeps_what_it_alone_prints(shelf):
    guideline(shelf / "gull.pdf", TITLE, (*GULL, *ROPE), ("2024",))
    own = ("Telephone", "Ring the gull line on 555 before noon.")
    guideline(shelf / "quick.pdf", f"Quick Reference: {TITLE}", (*GULL[:3], own), ("2024",))
    assert told(shelf)["quick.pdf"] == (None, None, "gull.pdf")
    assert "quick.pdf" not in found(shelf, "pelgrain dose for adults with gull fever")[:1]
    assert found(shelf, "ring the gull line before noon")[0] == "quick.pdf"
    assert set(found(shelf, "pelgrain dose", Where(guidelines=("quick.pdf",)))) == {"quick.pdf"}


@pytest.mark.parametrize(
    ("printed", "instead"),
    [("40 mg", "60 mg"), ("Offer", "Do not offer"), ("for 7", "for <7")],
    ids=["dose", "not", "<"],
)
def test_a_passage_that_a_copy_prints_otherwise_is_still_searched(shelf, printed, instead):
    guideline(shelf / "gull.pdf", TITLE, GULL, ("2024",))
    changed = (GULL[0], ("Treatment", GULL[1][1].replace(printed, instead)), *GULL[2:])
    guideline(shelf / "other.pdf", TITLE, changed, ("2024",))
    links = told(shelf)
    assert sum(same is not None for _, _, same in links.values()) == 1
    index = opened(shelf).open_index()
    searched = " ".join(p.text for p in index.passages if not p.repeated)
    assert GULL[1][1][:50] in searched and changed[1][1][:50] in searched


def test_an_extract_without_its_whole_is_searched(shelf):
    guideline(shelf / "quick.pdf", f"Quick Reference: {TITLE}", GULL[:3], ("2024",))
    assert told(shelf) == {"quick.pdf": (None, None, None)}
    assert found(shelf, "feather test")[0] == "quick.pdf"


def test_an_extract_of_an_older_edition_is_superseded_with_it(editions):
    guideline(editions / "leaflet.pdf", f"Quick Reference: {TITLE}", OLD_GULL[1:], ("1st Edition", "2017"))
    assert told(editions)["leaflet.pdf"] == (None, "gull.pdf", "old.pdf")
    assert set(found(editions, "seaweed baths for the itch")) == {"gull.pdf"}


def test_a_removed_whole_brings_its_extract_back(shelf):
    whole = guideline(shelf / "gull.pdf", TITLE, (*GULL, *ROPE), ("2024",))
    guideline(shelf / "quick.pdf", f"Quick Reference: {TITLE}", GULL[:3], ("2024",))
    assert told(shelf)["quick.pdf"][2] == "gull.pdf"
    whole.unlink()
    opened(shelf).reindex(allow_shrink=True)
    assert "quick.pdf" in found(shelf, "feather test for gull fever")


def test_corpus_toml_has_the_last_word(editions):
    (editions / "corpus.toml").write_text('[guidelines."gull.pdf"]\nsupersedes = ""\n')
    assert set(told(editions).values()) == {(None, None, None)}
    guideline(editions / "rope.pdf", "Care of Hands", ROPE, ("2020",))
    (editions / "corpus.toml").write_text('[guidelines."gull.pdf"]\nsupersedes = "rope.pdf"\n')
    links = told(editions)
    assert links["rope.pdf"] == (None, "gull.pdf", None)
    assert links["old.pdf"] == (None, None, None)


def test_two_statements_that_make_a_circle_end(editions):
    (editions / "corpus.toml").write_text(
        '[guidelines."gull.pdf"]\nsupersedes = "old.pdf"\n[guidelines."old.pdf"]\nsupersedes = "gull.pdf"\n'
    )
    assert len([1 for link in told(editions).values() if link[1]]) == 1


# ---- what is searched and said


def test_only_the_newest_edition_is_searched_unless_asked(editions):
    opened(editions).reindex()
    question = "pelgrain dose for gull fever"
    assert set(found(editions, question)) == {"gull.pdf"}
    assert set(found(editions, question, Where(superseded=True))) == {"gull.pdf", "old.pdf"}
    assert set(found(editions, question, Where(guidelines=("old.pdf",)))) == {"old.pdf"}
    assert set(found(editions, question, Where(year_to=2017))) == {"old.pdf"}


def asked(folder, question, where=None, today=date(2026, 6, 1), threshold=0.3):
    opened(folder).reindex()
    return Assistant(opened(folder, threshold=threshold), today=lambda: today).ask(question, where)


def test_an_answer_from_an_older_edition_names_the_newer_and_the_missed_review(editions):
    answer = asked(editions, "How are seaweed baths taken for gull fever?", Where(superseded=True))
    [warning] = [one for one in answer.warnings if "(2017) is quoted here" in one]
    assert "Superseded by Management of Gull Fever, 2nd Edition (2024)." in warning
    assert "Its review was due in 2022." in warning
    assert warning in str(answer)


def test_the_newest_edition_is_quoted_without_a_warning_until_its_review_is_due(editions):
    question = "How much pelgrain is offered to adults with gull fever?"
    assert asked(editions, question, threshold=0.0).warnings == ()
    late = asked(editions, question, today=date(2030, 1, 1), threshold=0.0)
    assert any("Its review was due in 2029." in warning for warning in late.warnings)


def test_silence_names_the_older_edition_that_has_passages(editions):
    answer = asked(editions, "How warm are seaweed baths taken?")
    assert answer.status == "silent" and answer.statements == ()
    assert "Management of Gull Fever, 1st Edition (2017), page 3" in answer.not_in_guideline[1]
    assert "Searched: 1 guideline." in answer.not_in_guideline[0]
    assert asked(editions, "How are ships painted in winter storms?").not_in_guideline[1:] == ()


def test_status_reports_the_links_and_the_missed_review(editions):
    guideline(editions / "quick.pdf", f"Quick Reference: {TITLE}", GULL[1:], ("2024",))
    opened(editions).reindex()
    rows = {row["file"]: row for row in opened(editions).status(date(2026, 1, 1))["guidelines"]}
    assert (rows["old.pdf"]["superseded_by"], rows["old.pdf"]["review_passed"]) == ("gull", True)
    assert (rows["gull.pdf"]["supersedes"], rows["gull.pdf"]["review_passed"]) == ("old", False)
    assert (rows["quick.pdf"]["same_as"], rows["quick.pdf"]["language"]) == ("gull", "en")
    assert "Superseded by" in rows["old.pdf"]["remarks"][0] and "gull.pdf" in rows["quick.pdf"]["remarks"][0]


# ---- the rules one by one

INFO = GuidelineInfo("gull", TITLE, "gull.pdf", "0" * 64, publisher=OFFICE, edition="2nd Edition", published=2024)


def document(info, *texts, **more):
    passages = [
        Passage(f"{info.id}:{n}", text, "text", info.id, (), (Locator(1),), **more) for n, text in enumerate(texts)
    ]
    return Document(info, passages)


def test_a_scan_gives_way_to_its_text_layer_even_where_it_misreads_a_number():
    text = "Offer pelgrain 40 mg once a day to adults with gull fever for 7 days and see them again in winter."
    scan = replace(INFO, id="scan", file="a.pdf", title="a", sha256="1" * 64, edition=None)
    read = document(scan, text.replace("40", "4O"), sentences=(Sentence(text, 1, confidence=0.7),), read_by_ocr=True)
    (_, [kept]), (info, [passage]) = linked([document(INFO, text), read])
    assert (info.same_as, passage.repeated, kept.repeated) == ("gull", True, False)


def test_linking_again_undoes_what_no_longer_holds():
    marked = replace(document(INFO, "One two three four five.").passages[0], repeated=True)
    [(info, [passage])] = linked([Document(replace(INFO, same_as="gone", superseded_by="gone"), [marked])])
    assert (info.same_as, info.superseded_by, passage.repeated) == (None, None, False)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (TITLE, "CLINICAL PRACTICE GUIDELINES: Management of Gull Fever (3rd Edition)", True),
        (TITLE, "Management of Gull Fever 2019 update", True),
        ("Garis Panduan Amalan Klinikal: Gatal Bakau (Edisi Kedua)", "Gatal Bakau 2015", True),
        ("海鸥热诊疗指南（第二版）", "海鸥热诊疗指南（2018年版）", True),
        (TITLE, "Management of Gull Fever in Children", False),
        ("Type 1 Gull Fever", "Type 2 Gull Fever", False),
        ("海鸥热诊疗指南", "绳伤诊疗指南", False),
    ],
)
def test_titles_are_compared_by_what_they_are_about(one, other, same):
    assert (title_key(one) == title_key(other)) is same
    assert title_key("Clinical Practice Guidelines (2nd Edition) 2020") == frozenset()


@pytest.mark.parametrize(
    ("edition", "number"),
    [("2nd Edition", 2), ("Third edition", 3), ("Edisi Kedua", 2), ("Edisi ke-4", 4), ("Version 2.3", 2.3),
     ("第三版", 3), ("第 2 版", 2), ("2019 update", None), (None, None), ("th Edition", None)],
)  # fmt: skip
def test_edition_numbers(edition, number):
    assert edition_number(edition) == number


@pytest.mark.parametrize(
    ("due", "passed"),
    [("2023", True), ("2026", False), ("May 2026", True), ("June 2026", False), ("Mei 2026", True), ("Julai 2026", False),
     ("2026-05-31", True), ("Disember 2025", True), (None, False), ("soon", False)],
)  # fmt: skip
def test_a_review_is_late_when_its_whole_month_or_year_has_passed(due, passed):
    info = replace(INFO, review_due=due)
    assert review_passed(info, date(2026, 6, 15)) is passed
    assert bool(cautions(info, {}, date(2026, 6, 15))) is passed


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(2000, 2006), st.sampled_from(["", "Z"])), max_size=7))
def test_links_never_run_in_circles_and_end_at_the_newest(made):
    infos = [
        replace(
            INFO, id=f"{n}", file=f"{n}.pdf", sha256=f"{n}", title=title, published=year, edition=None, publisher=body
        )
        for n, (title, year, body) in enumerate(made)
    ]
    after = {info.id: info for info, _ in linked([document(info, f"Only {info.id} says so.") for info in infos])}
    for info in after.values():
        newest = after.get(info.superseded_by or "")
        if newest:
            assert newest.superseded_by is None and newest.published > info.published and newest.title == info.title
        if info.supersedes:
            assert after[info.supersedes].superseded_by is not None
