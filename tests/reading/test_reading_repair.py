"""Words are read as the page shows them, and only where their ink or the document itself says so."""

import pytest

from cpgassist.reading import read_guideline
from cpgassist.reading.quotes import PdfPages, fold
from tests.reading import layers, pdfs


def lines_of(path):
    guideline = read_guideline(path)
    return [line.text for s in guideline.sections for b in s.blocks for line in b.lines], guideline


def told(guideline):
    return [(repair.source, repair.shown, repair.how) for repair in guideline.repairs]


# ---- signs of symbol fonts


@pytest.mark.parametrize(
    ("sign", "code", "layer", "tail", "source", "shown"),
    [
        ("≥", 0xB3, 0xB3, "90 cm", "³90", "≥90"),
        ("≥", 0xB3, 0xF0B3, "90 cm", "\uf0b390", "≥90"),
        ("≤", 0xA3, 0xA3, "90 cm", "£90", "≤90"),
        ("±", 0xB1, 0xF0B1, "5 cm", "\uf0b15", "±5"),
        ("μ", 0x6D, 0x6D, "g of salt", "mg", "μg"),
        ("β", 0x62, 0xDF, "-blocker", "ß-blocker", "β-blocker"),
        ("α", 0x61, 0x61, "-blocker", "a-blocker", "α-blocker"),
    ],
)
def test_a_sign_set_in_symbol_is_read_as_its_ink(tmp_path, sign, code, layer, tail, source, shown):
    lines, guideline = lines_of(layers.symbol_sign(tmp_path, sign, code, layer, tail))
    assert f"The waist is wide from {shown}{tail[tail.find(' ') :] if ' ' in tail else ''} on." in lines
    assert told(guideline) == [(source, shown, "glyph")]


def test_the_line_and_the_guideline_carry_the_repair_and_a_note_names_it(tmp_path):
    _, guideline = lines_of(layers.symbol_sign(tmp_path))
    (line,) = [line for s in guideline.sections for b in s.blocks for line in b.lines if line.repairs]
    assert line.repairs == guideline.repairs and guideline.repairs[0].page == 1
    assert any("≥90 for ³90" in note and "page 1" in note for note in guideline.notes)


def test_a_font_that_only_says_it_is_symbol_is_not_believed(tmp_path):
    """The code of ≥, told as ³, whose ink is a Q: neither can be told, so the words stay and are reported."""

    def draw(sheet):
        end = sheet.write(60, 100, "From ")
        sheet.write(end, 100, "Q", 10)
        sheet.write(end + 8, 100, "90 on.")

    path = layers.named(
        layers.relabelled(pdfs.drawn(tmp_path, draw, "posing"), "Helvetica", {0x51: 0xB3}), "Symbol-Like"
    )
    lines, guideline = lines_of(path)
    assert lines == ["From ³90 on."] and told(guideline) == [("³90", "³90", "undecided")]
    assert any("may not be what the page shows" in note for note in guideline.notes)


def test_bullets_told_as_letters_open_items(tmp_path):
    _, guideline = lines_of(layers.dingbats(tmp_path))
    items = [b.lines[0].text for s in guideline.sections for b in s.blocks if b.kind == "item"]
    assert items == ["● ropes in store", "● bells on the tower", "● ships at anchor"]
    assert told(guideline) == [("l", "●", "glyph")]


def test_signs_that_are_what_the_page_shows_stay(tmp_path):
    lines, guideline = lines_of(pdfs.drawn(tmp_path, layers.genuine))
    assert "A rope of 3 m³ costs £20, its square 4 m² and its name is Straße." in lines
    assert "Ropes >5 or <7 and 3+4." in lines
    assert guideline.repairs == () and guideline.notes == ()


# ---- underlined signs


@pytest.fixture
def underlined(tmp_path):
    return lines_of(pdfs.drawn(tmp_path, layers.underlined))


@pytest.mark.parametrize(("source", "shown"), [(">40", "≥40"), ("<40", "≤40"), ("+40", "±40")])
def test_a_sign_with_a_rule_of_its_own_is_read_with_it(underlined, source, shown):
    lines, guideline = underlined
    assert f"Gulls from {shown} are many." in lines
    assert (source, shown, "rendering") in told(guideline)


def test_a_sign_in_an_underlined_phrase_cannot_be_told(underlined):
    lines, guideline = underlined
    assert "Gulls from >50 on" in lines and (">50", ">50", "undecided") in told(guideline)


def test_a_rule_that_nobody_sees_changes_nothing(underlined):
    lines, guideline = underlined
    assert "Gulls from >60 are many." in lines
    assert not any(">60" in repair.source for repair in guideline.repairs)


def test_the_rules_of_a_table_underline_nothing(underlined):
    lines, guideline = underlined
    assert ">70 | <80" in lines
    assert not any("70" in repair.source or "80" in repair.source for repair in guideline.repairs)


# ---- undecoded ligatures


def test_an_undecoded_ligature_is_completed_from_the_document(tmp_path):
    lines, guideline = lines_of(layers.undecoded(tmp_path, "The ﬁeld is green and the ﬁre is out.", "The beneﬁt."))
    assert lines[:2] == ["The field is green and the fire is out.", "The benefit."]
    assert told(guideline) == [
        ("\ufffdeld", "field", "vocabulary"),
        ("\ufffdre", "fire", "vocabulary"),
        ("bene\ufffdt.", "benefit.", "vocabulary"),
    ]


def test_a_word_that_the_document_never_writes_is_told_by_the_glyph_alone(tmp_path):
    """The same glyph in the same font was "fi" in a word that the document does write."""
    lines, guideline = lines_of(layers.undecoded(tmp_path, "The ﬁeld.", "A ﬁxk."))
    assert lines[1] == "A fixk." and ("\ufffdxk.", "fixk.", "glyph") in told(guideline)


@pytest.mark.parametrize("line", ["A ﬁxk.", "ﬁ ﬁ"])
def test_what_nothing_tells_stays_undecided(tmp_path, line):
    lines, guideline = lines_of(layers.undecoded(tmp_path, line))
    assert lines[0] == line.replace("ﬁ", "\ufffd")
    assert {how for *_, how in told(guideline)} == {"undecided"}


def test_two_words_that_would_fit_leave_it_undecided(tmp_path):
    lines, guideline = lines_of(layers.undecoded(tmp_path, "A ﬁn.", "Tin, tin and the fin of a fish: n."))
    assert lines[0] == "A \ufffdn." and told(guideline)[0] == ("\ufffdn.", "\ufffdn.", "undecided")


def test_ordinary_ligatures_are_letters_and_no_repair(tmp_path):
    lines, guideline = lines_of(pdfs.drawn(tmp_path, pdfs.quotes))
    assert "The first dose of the fluid drug is ≥90 mg." in lines and guideline.repairs == ()


# ---- what is reported and what is not


def test_a_lying_text_layer_is_not_detected_and_not_claimed(tmp_path):
    """The page shows 500 mg and the layer says 900 mg: only OCR could tell, so nothing is said of this page."""
    lines, guideline = lines_of(layers.lying(tmp_path))
    assert lines == ["Imaginol 900 mg is given."]
    assert guideline.repairs == () and guideline.notes == ()


def test_letters_of_another_alphabet_are_reported_and_left(tmp_path):
    lines, guideline = lines_of(layers.homoglyphs(tmp_path))
    assert lines == ["Imаginol аt noon"] and guideline.repairs == ()
    assert any("two alphabets" in note and "page 1" in note and "Imаginol" in note for note in guideline.notes)


@pytest.mark.parametrize("control", ["\u200b", "\u200d", "\u202e", "\u2066", "\ufeff"])
def test_invisible_controls_are_dropped_and_reported(tmp_path, control):
    lines, guideline = lines_of(layers.zero_width(tmp_path, control))
    assert lines == ["Imaginol at noon"]
    assert told(guideline) == [(f"Imagi{control}nol", "Imaginol", "control")]
    assert any("control characters" in note for note in guideline.notes)


@pytest.mark.parametrize("text", ["Imаginol", "НbA1c", "mοuth"])
def test_two_alphabets(text):
    from cpgassist.reading.findings import of_two_alphabets

    assert of_two_alphabets(text)


@pytest.mark.parametrize("text", ["TNFα", "μg", "β-blocker", "naïve", "Straße", "кашель", "IFNγ", "Ω3", "γδT"])
def test_one_alphabet_or_an_honest_greek_letter(text):
    from cpgassist.reading.findings import of_two_alphabets

    assert not of_two_alphabets(text)


# ---- found again on the page


def test_repaired_words_are_found_by_what_the_text_layer_holds(tmp_path):
    path = layers.symbol_sign(tmp_path)
    pages = PdfPages(tmp_path)
    assert pages.find(path.name, 1, "The waist is wide from ≥90 cm on.") is None
    quote = pages.find(path.name, 1, "The waist is wide from ³90 cm on.")
    assert quote is not None and quote.text == "The waist is wide from ³90 cm on." and quote.boxes


def test_a_private_code_of_a_sign_does_not_fold_away():
    assert fold("from \uf0b390") != fold("from 90")
    assert fold("\uf0b7 item") == fold("item") == fold("\uf0a7 item")


def test_controls_fold_away_and_are_not_shown(tmp_path):
    path = layers.zero_width(tmp_path)
    quote = PdfPages(tmp_path).find(path.name, 1, "Imaginol at noon")
    assert quote is not None and quote.text == "Imaginol at noon"
