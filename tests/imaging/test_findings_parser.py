from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpgassist.imaging import FINDINGS_FIELDS, read_findings
from cpgassist.imaging.parsing import MAX_ITEMS, MAX_LETTERS
from cpgassist.types import CERTAINTIES, Finding, Findings

WANTED = (
    Finding("two deep ulcers under the big toe", "definite"),
    Finding("surrounding redness", "probable"),
    Finding("no visible bone", "possible"),
)


def same(seen: Findings) -> bool:
    return (seen.image_type, seen.anatomy, seen.items, seen.limitations, seen.refused) == (
        "clinical photo", "right foot", WANTED, "depth cannot be told", "",
    )  # fmt: skip


PLAIN = {
    "image_type": "clinical photo",
    "anatomy": "right foot",
    "findings": [{"text": item.text, "certainty": item.certainty} for item in WANTED],
    "limitations": "depth cannot be told",
}
JSON = json.dumps(PLAIN)
SHAPES = {
    "json": JSON,
    "indented": json.dumps(PLAIN, indent=4),
    "in a fence": f"Here is the description:\n```json\n{JSON}\n```\nI hope this helps!",
    "with a preamble": f"Sure! {JSON}",
    "trailing commas": JSON.replace("}]", "},],").replace('told"}', 'told",}'),
    "single quotes": repr(PLAIN),
    "curly quotes": JSON.replace('"', "“", 1).replace('"', "”", 1),
    "bare keys": JSON.replace('"image_type"', "image_type").replace('"findings"', "findings"),
    "missing commas": JSON.replace('", "anatomy', '"\n "anatomy').replace("}, {", "} {"),
    "unfinished": JSON[:-2],
    "comments": JSON.replace('"anatomy"', '// where it is\n"anatomy"'),
    "special tokens": f"<start_of_turn>model\n{JSON}<end_of_turn>",
    "another order": json.dumps(dict(reversed(PLAIN.items()))),
    "other names and more keys": json.dumps(
        {
            "Image Type": "clinical photo", "bodyPart": "right foot", "clinical_significance": "an infection",
            "Key Findings": [{"finding": item.text, "confidence": item.certainty} for item in WANTED],
            "Limitation": ["depth cannot be told"], "recommendation": "see a surgeon", "score": 0.3,
        }
    ),
    "wrapped": json.dumps({"result": {"description": PLAIN}}),
    "in a list": json.dumps([PLAIN]),
    "marks in the words": json.dumps(
        {**PLAIN, "findings": [f"{WANTED[0].text} (definite)", f"Probable: {WANTED[1].text}", f"{WANTED[2].text} - possible"]}
    ),
    "nested lists": json.dumps({**PLAIN, "findings": [[PLAIN["findings"][0]], [[PLAIN["findings"][1]], PLAIN["findings"][2]]]}),
    "one string": json.dumps(
        {**PLAIN, "findings": f"- {WANTED[0].text} [definite]\n- {WANTED[1].text} [probable]\n- {WANTED[2].text} [possible]"}
    ),
    "named": json.dumps({**PLAIN, "findings": {item.text: item.certainty for item in WANTED}}),
    "lines": "Image type: clinical photo\nAnatomy: right foot\nFindings: two deep ulcers under the big toe (definite);"
             " surrounding redness (likely); no visible bone (possible)\nLimitations: depth cannot be told",
    "one line": "Image type: clinical photo. Anatomy: right foot. Findings: two deep ulcers under the big toe, definite;"
                " surrounding redness, probable; no visible bone, possible. Limitations: depth cannot be told",
    "markdown": "**Image Type:** clinical photo\n\n**Anatomy**: right foot\n\n**Findings:**\n1. two deep ulcers under the big toe"
                " (*definite*)\n2. **surrounding redness** (probable)\n3. no visible bone (possible)\n\n**Limitations:** depth cannot be told",
    "headings": "# Image type\nclinical photo\n\n## Anatomy\nright foot\n\n## Findings\n* two deep ulcers under the big toe - definite\n"
                "* surrounding redness - probable\n* no visible bone - possible\n\n## Limitations\ndepth cannot be told\n",
    "table": "| Field | Value |\n|---|---|\n| Limitations | depth cannot be told |\n| Image type | clinical photo |\n| Anatomy | right foot |"
             "\n| Findings | two deep ulcers under the big toe (definite); surrounding redness (probable); no visible bone (possible) |",
    "Malay names": "Jenis imej: clinical photo\nBahagian badan: right foot\nPenemuan:\n- two deep ulcers under the big toe (pasti)\n"
                   "- surrounding redness (kemungkinan besar)\n- no visible bone (mungkin)\nBatasan: depth cannot be told",
    "Chinese names": "图像类型：clinical photo\n部位：right foot\n发现：\n- two deep ulcers under the big toe（明确）\n"
                     "- surrounding redness（很可能）\n- no visible bone（可能）\n局限性：depth cannot be told",
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_one_description_in_many_shapes(shape):
    seen = read_findings(SHAPES[shape])
    assert same(seen), seen
    assert seen.raw == SHAPES[shape] and seen.notes == ()


@pytest.mark.parametrize("length", range(60, len(JSON), 7))
def test_text_that_stops_in_the_middle_gives_what_is_there(length):
    seen = read_findings(JSON[:length])
    assert seen.image_type == "clinical photo" and not seen.refused
    assert all(any(whole.text.startswith(item.text) for whole in WANTED) for item in seen.items)


def test_a_list_below_the_findings_may_use_the_names_of_fields():
    text = "**Image type:** photo\n**Findings:**\n* **Location:** elbow\n* **Colour:** red\n* **Heart:** normal\n\n**Diagnosis:** eczema\n- more"
    seen = read_findings(text)
    assert [item.text for item in seen.items] == [
        "Location: elbow",
        "Colour: red",
        "Heart: normal",
    ] and seen.anatomy == ""


def test_findings_by_region_and_of_two_photos():
    seen = read_findings('{"findings": {"lungs": ["streaks", "no fluid"], "heart": "normal"}}')
    assert [item.text for item in seen.items] == ["lungs: streaks", "lungs: no fluid", "heart: normal"]
    both = read_findings(
        json.dumps(
            [{"image_type": "photo", "findings": ["a scar"]}, {"image_type": "photo", "findings": ["a scar", "a scab"]}]
        ),
        2,
    )
    assert (both.image_type, [item.text for item in both.items], both.photos) == ("photo", ["a scar", "a scab"], 2)


def test_bullets_and_sentences_alone_are_findings():
    assert [item.text for item in read_findings("- red plaque\n- silvery scale\n- cracked skin").items] == [
        "red plaque", "silvery scale", "cracked skin",
    ]  # fmt: skip
    prose = "The photo shows a round red patch on the arm. It is probably scaly. I cannot provide a diagnosis."
    assert read_findings(prose).items == (
        Finding("The photo shows a round red patch on the arm"),
        Finding("It is probably scaly", "probable"),
    )


@pytest.mark.parametrize(
    ("said", "certainty"),
    [
        ("definite", "definite"), ("Definitely", "definite"), ("certain", "definite"), ("high confidence", "definite"),
        ("probable", "probable"), ("likely", "probable"), ("very likely", "probable"), ("moderate", "probable"),
        ("possible", "possible"), ("suspected", "possible"), ("uncertain", "possible"), ("low", "possible"), ("unclear", "possible"),
        ("pasti", "definite"), ("mungkin", "possible"), ("kemungkinan besar", "probable"), ("很可能", "probable"), ("可能", "possible"),
        ("90%", ""), ("banana", ""), ("", ""), ("unlikely", ""), ("not high", ""),
    ],
)  # fmt: skip
def test_words_of_certainty(said, certainty):
    assert (
        read_findings(json.dumps({"findings": [{"text": "a red patch", "certainty": said}]})).items[0].certainty
        == certainty
    )


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("opacity suspicious for consolidation", "possible"),
        ("likely a fracture", "probable"),
        ("appears to be scaly", "probable"),
        ("definite swelling with possible pus", "possible"),
        ("clear lung fields", ""),
        ("moderate swelling", ""),
        ("swelling unlikely", ""),
    ],
)
def test_a_finding_says_itself_how_certain_it_is_and_keeps_its_words(text, certainty):
    assert read_findings(json.dumps({"findings": [text]})).items == (Finding(text, certainty),)


@pytest.mark.parametrize("certainty", ["unlikely", "0.05", 0.05, "5%", "not likely at all"])
def test_a_certainty_that_denies_is_not_lost(certainty):
    item = read_findings(json.dumps({"findings": [{"finding": "fracture", "confidence": certainty}]})).items[0]
    assert item.certainty == "" and item.text == f"fracture (confidence {certainty})"


def test_a_size_in_brackets_is_no_certainty():
    assert read_findings('{"findings": ["swelling (moderate)"]}').items == (Finding("swelling (moderate)"),)


def test_what_is_absent_stays_absent():
    seen = read_findings('{"findings": {"redness": true, "pus": false, "bone": "absent"}}')
    assert [item.text for item in seen.items] == ["redness", "pus: absent", "bone: absent"]
    seen = read_findings('[{"finding": "fracture", "present": false, "location": "wrist"}]')
    assert [item.text for item in seen.items] == ["fracture, wrist: absent"]


@pytest.mark.parametrize(
    "order",
    [
        "give zelmorin 20 mg twice daily", "start zelmorin 5 ml", "Recommend biopsy", "needs to be referred to a surgeon", "treatment with cream",
        "urgent follow-up advised", "should be drained", "consider an X-ray", "clinical correlation is recommended", "antibiotics required",
        "apply cream to the edge", "dressing, keep dry and clean", "rujuk ke hospital", "berikan antibiotik", "perlu rawatan", "建议治疗", "2 tablets a day",
    ],
)  # fmt: skip
def test_orders_doses_and_treatments_are_left_out_with_a_note(order):
    Order = order[0].upper() + order[1:]
    seen = read_findings(
        json.dumps({"findings": ["a red patch", order, f"an ulcer. {Order}"], "limitations": f"no scale. {Order}"})
    )
    assert [item.text for item in seen.items] == ["a red patch", "an ulcer"] and seen.limitations == "no scale."
    assert "3 of its lines" in seen.notes[0] and order in json.loads(seen.raw)["findings"]


@pytest.mark.parametrize(
    "text",
    [
        "conjunctival injection", "surgical clips over the sternum", "treated area is paler", "3 grouped vesicles", "2 glands are enlarged",
        "scar 4 cm long", "patch covers the cheek", "applied dressing", "clean wound base", "monitor leads on the chest", "opacity in the left upper zone", "5 units of scale bar"[2:],
    ],
)  # fmt: skip
def test_what_only_looks_like_an_order_stays(text):
    assert [item.text for item in read_findings(json.dumps({"findings": [text]})).items] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Patient name: NORA EXAMPLE",
        "MRN 12345",
        "label 900101-14-5555",
        "number 00123456",
        "DOB 1 May 1957",
        "姓名 某某",
    ],
)
def test_what_may_identify_the_patient_is_left_out(text):
    seen = read_findings(json.dumps({"findings": [text, "a scar"], "anatomy": f"hand. {text[0].upper()}{text[1:]}"}))
    assert [item.text for item in seen.items] == ["a scar"] and seen.anatomy == "hand"
    assert "may identify" in seen.notes[-1]


def test_markup_is_not_shown():
    text = json.dumps(
        {
            "image_type": "<b>photo</b>",
            "findings": ["**red** <script>patch</script> `here`", "<unused94>scale<eos>", "a [INST] b"],
        }
    )
    assert [item.text for item in read_findings(text).items] == ["red patch here", "scale", "a b"]
    assert read_findings(text).image_type == "photo"


def test_caps():
    many = [
        f"lesion number {number}"
        for number in "one two three four five six seven eight nine ten eleven twelve more last".split()
    ]
    seen = read_findings(json.dumps({"findings": [*many, "LESION NUMBER ONE"]}))
    assert len(seen.items) == MAX_ITEMS and "2 more findings" in seen.notes[0]
    long = " ".join(f"word{chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(100))
    assert read_findings(json.dumps({"findings": [long]})).items[0].text.endswith("…")


def test_a_reason_beside_findings_is_a_limitation():
    seen = read_findings('{"findings": ["a scar"], "cannot_describe": "the lower half is dark"}')
    assert seen.refused == "" and seen.limitations == "the lower half is dark"
    seen = read_findings('{"cannot_describe": false, "findings": ["a scar"]}')
    assert seen.refused == "" and seen.limitations == ""


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "...", '{"image_type": "...", "findings": []}', "{'a': 1}", "null", "[[[[", "```json\n```", "-\n-\n"],
)
def test_nothing_is_refused(text):
    seen = read_findings(text)
    assert seen.refused and seen.items == ()


def test_a_picture_without_findings_is_no_refusal():
    seen = read_findings('{"image_type": "chest X-ray", "anatomy": "chest", "findings": []}')
    assert seen.refused == "" and seen.items == () and "no findings" in seen.notes[0]


def test_a_list_that_loops_is_refused():
    assert read_findings('{"findings": [' + '"a red patch on the left arm", ' * 60).refused


def test_the_names_of_the_fields():
    assert list(FINDINGS_FIELDS) == ["image_type", "anatomy", "items", "limitations"]
    assert all(hasattr(Findings(), name) for name in FINDINGS_FIELDS)


def sound(text: str) -> None:
    seen = read_findings(text)
    assert seen.raw == text and len(seen.items) <= MAX_ITEMS and bool(seen.refused) <= (not seen.items)
    for shown in (seen.image_type, seen.anatomy, seen.limitations, *(item.text for item in seen.items)):
        assert len(shown) <= MAX_LETTERS and "\n" not in shown and "<end_of_turn>" not in shown
    assert all(item.text and item.certainty in CERTAINTIES for item in seen.items)


@settings(deadline=None)
@given(st.text(max_size=600))
def test_any_text_is_read_without_an_error(text):
    sound(text)


@pytest.mark.parametrize(
    "scrap",
    [
        "\n",
        "!",
        "{",
        "[",
        '{"a":',
        "- ",
        " ",
        "a: ",
        "<a ",
        "ulcer, ",
        "(",
        '"',
        "1. ",
        "a.b ",
        "* * ",
        "# ",
        "|",
        "no ",
        "（",
        "3 g ",
    ],
)
def test_long_nonsense_is_read_at_once(scrap):
    began = time.process_time()
    for text in (scrap * 30_000, scrap * 30_000 + "z", f'{{"findings": ["{scrap * 9000}'):
        sound(text)
    assert time.process_time() - began < 3


PIECES = ['{"', '":', '"}', "[", "]", "{", "}", ",", "'", "\n", "- ", "findings", "Image type:", "anatomy", "```json", "\\u12", "null", "ulcer", "no pus",
          "<end_of_turn>", "20 mg", ". ", "certainty", "limitations", "可能", "“", "//", "/*", "**", "| "]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=60).map("".join))
def test_any_scraps_of_a_description_are_read_without_an_error(text):
    sound(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*PLAIN, "text", "certainty", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*PLAIN, "Key findings", "other"]), VALUES))
def test_any_json_is_read_without_an_error(value):
    sound(json.dumps(value))


WORDS = st.sampled_from("round scaly plaque blister swelling edge crust streak nodule patch".split())


@given(
    st.lists(
        st.tuples(st.lists(WORDS, min_size=1, max_size=4, unique=True).map(" ".join), st.sampled_from(CERTAINTIES[:3])),
        min_size=1,
        max_size=12,
    )
)
def test_what_was_asked_for_comes_back_as_it_was_written(items):
    text = json.dumps({"findings": [{"text": one, "certainty": certainty} for one, certainty in items]})
    expected = list({one: Finding(one, certainty) for one, certainty in reversed(items)}.values())[::-1]
    seen = read_findings(text)
    assert seen.refused or sorted(item.text for item in seen.items) == sorted(item.text for item in expected)
