"""Whom a text is about: ages, sex, pregnancy, kidneys and the like as typed conditions; English, Malay/Indonesian, Chinese.

A guideline's line is read more strictly than a question: a word counts where it says for whom ("in children", "Adults:",
a row's first cell), not where it compares ("than in adults") or takes out ("except in pregnancy").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from cpgassist.quantities.measures import Measure, Span, measures

__all__ = ["AXES", "Condition", "apart", "asked", "printed_for"]

AXES = ("age", "pregnancy", "kidneys", "allergy", "dialysis", "liver", "lactation", "immunity", "sex", "setting")
"""What patients differ by, the most telling first."""
_YEAR = Decimal(12)
_MONTH_OF = {"day": Decimal("0.0329"), "week": Decimal("0.23"), "month": Decimal(1), "year": _YEAR}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition that a patient meets or does not."""

    axis: str
    value: str
    """What it is on its axis: "child", "pregnant", "not pregnant"; of an allergy, to what."""
    span: Span | None = None
    """Months of age, or the clearance of the kidneys, where the axis is one of numbers."""
    printed: str = ""
    """The words or the number that say so."""
    numeric: bool = False
    """Whether a number says so, rather than a word."""

    def excludes(self, other: Condition) -> bool:
        """Whether no patient meets both; False where that is not certain."""
        if self.axis != other.axis:
            return False
        if self.span is not None and other.span is not None and (self.numeric or other.numeric):
            return not self.span.meets(other.span)
        return other.value in _OPPOSED.get(self.value, ())


_GROWN = ("adult", "older")
_OPPOSED: dict[str, tuple[str, ...]] = {
    "newborn": ("adolescent", *_GROWN), "infant": ("adolescent", *_GROWN), "child": _GROWN,
    "adolescent": ("newborn", "infant", "older"), "adult": ("newborn", "infant", "child"),
    "older": ("newborn", "infant", "child", "adolescent"),
} | {
    one: (other,)
    for pair in (
        ("pregnant", "not pregnant"), ("men", "women"), ("kidney impairment", "normal kidneys"), ("dialysis", "no dialysis"),
        ("liver impairment", "normal liver"), ("inpatients", "outpatients"), ("breastfeeding", "not breastfeeding"),
        ("immunocompromised", "immunocompetent"), ("HIV", "no HIV"), ("allergic", "not allergic"),
    )
    for one, other in (pair, pair[::-1])
}  # fmt: skip

_LATIN: dict[tuple[str, str], str] = {
    ("age", "newborn"): r"neonat(?:e|es|al|us)|new-?borns?|bayi baru lahir",
    ("age", "infant"): r"infants?|bab(?:y|ies)|bayi(?! baru lahir)|toddlers?",
    ("age", "child"): (
        r"child(?![- ]?(?:turcotte|pugh))|children(?!'s)|kids?|boys?|girls?"
        r"|p(?:a)?ediatrics?(?! (?:society|specialist|infectious|association|academy|nephro))"
        r"|kanak-kanak|anak(?:-anak)?(?! (?:ginjal"
        r"|benih|tekak))|budak|pediatrik?"
    ),
    ("age", "adolescent"): r"adolescents?|teen(?:ager)?s?|remaja",
    ("age", "adult"): r"adults?(?!-onset)|(?:orang )?dewasa",
    ("age", "older"): (
        r"older (?:people|persons?|adults?|patients?|individuals?|men|women|man|woman)|elderly"
        r"|geriatrics?|seniors|lansia|lanjut usia|usia lanjut|warga (?:emas|tua)"
    ),
    ("pregnancy", "not pregnant"): r"(?:non-?|not )pregnant|tidak (?:hamil|mengandung)",
    ("pregnancy", "pregnant"): (
        r"(?<!non-)(?<!non)(?<!not )(?:pregnan(?:t|cy)|gravid(?:a|ity)?|antenatal|gestational|obstetric)"
        r"|(?<!tidak )(?:ke)?hamil(?:an)?|(?<!tidak )mengandung"
    ),
    ("lactation", "breastfeeding"): r"lactat(?:ing|ion)|breast-?feeding|nursing mothers?|menyusu(?:i|kan)?|laktasi",
    ("kidneys", "normal kidneys"): (
        r"normal (?:renal|kidney) function|(?:renal|kidney) function (?:is )?normal|fungsi (?:ginjal"
        r"|buah pinggang) normal"
    ),
    ("kidneys", "kidney impairment"): (
        r"(?:(?:renal|kidney)(?:ly)? (?:impair(?:ment|ed)|insufficiency|failure|dysfunction|disease)"
        r"|(?:impaired|reduced|poor|decreased) (?:renal|kidney) function|ckd|esrd|eskd|aki|(?:gangguan"
        r"|penyakit|kegagalan|gagal|masalah)(?: fungsi)? (?:ginjal|buah pinggang))"
    ),
    ("dialysis", "no dialysis"): r"(?:not on|not requiring|without|pre-?) ?dialysis|non-?dialysis",
    ("dialysis", "dialysis"): (
        r"(?<!non-)(?<!not on )(?<!pre-)(?:h(?:a)?emo|peritoneal )?dialysis|(?:hemo)?dialisis"
        r"|cuci darah"
    ),
    ("liver", "normal liver"): r"normal (?:liver|hepatic) function",
    ("liver", "liver impairment"): (
        r"(?:(?:hepatic|liver) (?:impairment|insufficiency|failure|dysfunction|disease|cirrhosis)"
        r"|cirrhosis|cirrhotics?|impaired (?:liver|hepatic) function|(?:gangguan|penyakit|kegagalan"
        r"|gagal)(?: fungsi)? hati|sirosis)"
    ),
    ("sex", "women"): r"wom[ae]n|females|female (?:patients?|sex|adults?)|lad(?:y|ies)|girls?|wanita|perempuan",
    ("sex", "men"): r"m[ae]n|males|male (?:patients?|sex|adults?)|gentlem[ae]n|boys?|lelaki|pria|laki-laki",
    ("setting", "outpatients"): r"out-?patients?|ambulatory patients?|pesakit luar|rawat jalan",
    ("setting", "inpatients"): r"in-?patients?|hospitali[sz]ed(?: \w+)?|admitted patients|pesakit dalam|rawat inap",
    ("immunity", "immunocompetent"): r"immunocompetent|imunokompeten",
    ("immunity", "immunocompromised"): r"immuno-?(?:compromised|suppressed|deficient)|imunokompromi\w+|imunosupresi",
    ("immunity", "no HIV"): r"(?:hiv-negative|hiv negative|without hiv|hiv-uninfected)",
    ("immunity", "HIV"): r"(?<!without )hiv(?![- ](?:negative|uninfected|test\w*|screen\w*|status))|plhiv|odhiv",
}
_HAN: dict[tuple[str, str], str] = {
    ("age", "newborn"): "新生儿",
    ("age", "infant"): "婴儿|宝宝",
    ("age", "child"): "儿童|小儿|患儿|孩子|小孩",
    ("age", "adolescent"): "青少年",
    ("age", "adult"): "成人|成年人",
    ("age", "older"): "老年|老人|长者",
    ("pregnancy", "not pregnant"): "未怀孕|非孕|非妊娠|没有?怀孕",
    ("pregnancy", "pregnant"): "(?<!未)(?<!没)(?<!没有)怀孕|孕妇|(?<!非)妊娠|孕期",
    ("lactation", "breastfeeding"): "哺乳",
    ("kidneys", "kidney impairment"): "肾功能不全|肾功能损害|肾衰|慢性肾",
    ("dialysis", "dialysis"): "透析|洗肾",
    ("liver", "liver impairment"): "肝功能不全|肝硬化|肝衰",
    ("sex", "women"): "女性|女士|妇女|女患|她",
    ("sex", "men"): "男性|男士|男患|他(?!汀)",
    ("setting", "outpatients"): "门诊",
    ("setting", "inpatients"): "住院",
    ("immunity", "immunocompromised"): "免疫低下|免疫抑制|免疫缺陷(?!病毒)",
    ("immunity", "HIV"): "艾滋|HIV",
}
_SPANS = {  # months, wide: guidelines draw the line between child and adult from 12 to 18 years
    "newborn": Span(Decimal(0), Decimal(2)),
    "infant": Span(Decimal(0), Decimal(36)),
    "child": Span(Decimal(0), 18 * _YEAR),
    "adolescent": Span(9 * _YEAR, 20 * _YEAR),
    "adult": Span(14 * _YEAR, None),
    "older": Span(55 * _YEAR, None),
}
_ASKED_SPANS = {**_SPANS, "adult": Span(18 * _YEAR, None)}
_WORD = {
    key: re.compile(rf"(?<![A-Za-z-])(?:{pattern})(?![A-Za-z])" + (f"|{_HAN[key]}" if key in _HAN else ""), re.I)
    for key, pattern in _LATIN.items()
}
_ALLERGY = re.compile(
    r"(?<![A-Za-z])(?:allerg(?:y|ic|ies)|hypersensitiv(?:ity|e)|alergi|alahan|alah) (?:to |terhadap |kepada |pada )?"
    r"(?:an? |the )?(?P<to>[A-Za-z][A-Za-z-]{3,})"
    r"|(?P<class>[A-Za-z][A-Za-z-]{4,})[ -]allerg(?:y|ic|ies)\b(?! (?:to|terhadap|kepada|pada)\b)"
    r"|(?:对(?P<han>[\u4e00-\u9fff]{2,6}?)(?:类药物)?|(?P<han2>[\u4e00-\u9fff]{2,3}素))过敏",
    re.I,
)
_NO_ALLERGY = re.compile(
    r"\bno (?:known )?(?:drug )?allerg\w+|\bnkda\b|\bnot allergic\b|\bnon-?allergic\b"
    r"|\bwithout (?:an? )?(?:\w+ )?allergy\b|tiada alahan|tidak alergi|无过敏|不过敏", re.I
)  # fmt: skip
_CLEARANCE = re.compile(
    r"(?<![A-Za-z])(?:e?GFR|CrCl|CCT|creatinine clearance|e?LFG|klirens kreatinin)(?![A-Za-z])[^\d<>≤≥.;"
    r"|]{0,24}|(?:肾小球滤过率|肌酐清除率)[^\d<>≤≥]{0,6}", re.I
)  # fmt: skip

_FOR = re.compile(
    r"(?:(?:^|[|:;.,*(•●▪\n–]|\s-)\s*(?:\d+[.)]\s*)?(?:[^\W\d_][\w/-]*\s+){0,3}"
    r"|\b(?:in|for|among|amongst|to|with|on|if|are|is|of|bagi|untuk|pada|dalam|kepada|jika|dan|and|or"
    r"|atau)\s+(?:[\w/-]+,?\s+){0,3}"
    r"|[\u3000-\u9fff(（/])$",
    re.I,
)
"""What stands before a word that says for whom a line is printed."""
_DURING = re.compile(
    r"(?:^|[|:;.(•●▪]\s*|\b(?:in|during|throughout|for|semasa|selama|ketika|dalam|pada|saat)\s+(?:[\w-]+\s+)?)$", re.I
)
_OUT = re.compile(
    r"\b(?:than|compared (?:to|with)|versus|vs\.?|unlike|except|excluding|excludes?|other than|unless|without"
    r"|not (?:for|in)|outside|from|of all|number of|unintended|unwanted|mean|median|average|"
    r"more than|less than|history of|risk of|plan(?:ning)? (?:a |for )?|before|after|prevent(?:s|ing)?|exclude|wants? to become"
    r"|kecuali|selain|berbanding|daripada|dibanding(?:kan)?)\W+(?:[\w-]+\W+){0,3}$|(?:除|比|非)\S{0,3}$",
    re.I,
)
"""What takes the people that follow out, or only compares with them."""
_BEHIND_OUT = re.compile(
    r"^(?:'s|’s|-bearing|bearing|hood|\s(?:test\w*|of (?:patients|mothers|cases)|bearing"
    r"|hospital))",
    re.I,
)
_EXCLUDED = re.compile(r"\b(?:is|are|was|were) excluded\b|\bdikecualikan\b", re.I)
_PEOPLE = re.compile(
    r"(?:child(?:ren)?|infants?|neonates?|newborns?|babies|adults?|patients?|wom[ae]n|m[ae]n|girls?|boys?"
    r"|persons?|people|individuals?|those|anyone|adolescents?|kanak-kanak|anak|bayi|dewasa|pesakit|pasien|儿童|婴儿)"
    r"\s*[(,]?\s*(?:who are |who is |aged? |ages |between |from |berumur |berusia |umur |usia |of )*$",
    re.I,
)
_SHORT_AGE = re.compile(r"(?<![\w./])(\d{1,3})\s?(?:y/?o|yrs?[ /]?o(?:ld)?|(?P<sex>[MF])|(?P<month>mo|m/o))(?![\w/])")
_TIMES = {"day", "week", "month", "year"}


@lru_cache(maxsize=256)
def asked(question: str) -> tuple[Condition, ...]:
    """The conditions that a question gives of its patient, as far as they are certain."""
    found = [
        *_ages(question, strict=False),
        *_short_ages(question),
        *_clearances(question, asked=True),
        *_allergies(question),
    ]
    for (axis, value), match in _words(question):
        if not _BEHIND_OUT.match(question[match.end() :]) and not _denied(question, match, axis):
            found.append(Condition(axis, value, _ASKED_SPANS.get(value), match[0]))
    return tuple(_derived(_numbers_first(found), question))


@lru_cache(maxsize=4096)
def printed_for(text: str) -> tuple[Condition, ...]:
    """The conditions that a line is printed for.

    What stands above a line goes before it, a line break behind each: headings, lead-ins, then the line. Of each axis the
    innermost that names one counts.
    """
    found: dict[str, list[Condition]] = {}
    for level in text.split("\n"):
        own: dict[str, list[Condition]] = {}
        for condition in _level(level):
            own.setdefault(condition.axis, []).append(condition)
        found |= own
    return tuple(condition for axis in AXES for condition in found.get(axis, ()))


def apart(printed: Sequence[Condition], given: Sequence[Condition], axis: str) -> bool:
    """Whether what is printed on an axis is certainly for none of those that are asked about."""
    theirs, ours = ([one for one in conditions if one.axis == axis] for conditions in (printed, given))
    return bool(theirs and ours) and all(one.excludes(other) for one in theirs for other in ours)


def _level(text: str) -> list[Condition]:
    if _EXCLUDED.search(text):
        return []
    found = [*_ages(text, strict=True), *_clearances(text, asked=False), *_allergies(text)]
    unsure: set[str] = set()
    for (axis, value), match in _words(text):
        before = text[max(0, match.start() - 60) : match.start()]
        if _OUT.search(before):
            unsure.add(axis)
        elif not _BEHIND_OUT.match(text[match.end() :]) and _named_for(before, match):
            found.append(Condition(axis, value, _SPANS.get(value), match[0]))
    return [one for one in dict.fromkeys(_numbers_first(found)) if one.axis not in unsure]


def _words(text: str) -> Iterator[tuple[tuple[str, str], re.Match[str]]]:
    """The words for people of a text; of an axis's words that overlap, only the longest: "older adults"."""
    found = [(key, match) for key, pattern in _WORD.items() for match in pattern.finditer(text)]
    for key, match in found:
        within = (
            other is not match and one[0] == key[0] and other.start() <= match.start() and match.end() <= other.end()
            for one, other in found
        )  # fmt: skip
        if not any(within):
            yield key, match


def _named_for(before: str, match: re.Match[str]) -> bool:
    """Whether the words before say that it is for whom the line is printed; a pregnancy may also be what comes of it."""
    if match[0].lower() in ("pregnancy", "kehamilan"):
        return bool(_DURING.search(before))
    return bool(_FOR.search(before))


def _denied(text: str, match: re.Match[str], axis: str) -> bool:
    """Whether a question denies what it names: "no renal impairment"; what it denies of age or sex says nothing."""
    return bool(_OUT.search(text[max(0, match.start() - 40) : match.start()])) or bool(
        axis not in ("age", "sex") and re.search(r"\b(?:no|not|denies|tiada|tidak|tak|bukan)\s+(?:\w+\s){0,1}$"
        r"|[没无不]有?$", text[: match.start()][-24:], re.I)
    )  # fmt: skip


def _numbers_first(found: list[Condition]) -> list[Condition]:
    """The conditions without the words that a number makes more exact: "children under 5 years"."""
    exact = [one for one in found if one.numeric]
    return [
        one
        for one in found
        if one.numeric
        or one.span is None
        or not any(one.axis == other.axis and not one.excludes(other) for other in exact)
    ]


def _ages(text: str, *, strict: bool) -> Iterator[Condition]:
    for measure in measures(text):
        if measure.quantity.kind == "frequency":
            continue
        if measure.quantity.unit not in _TIMES and measure.dimension != "age in months":
            continue
        people = _PEOPLE.search(text[max(0, measure.start - 40) : measure.start])
        if not measure.dimension.startswith("age") and people is None:
            continue
        # A line that names one age may be for all from then on: "at 30 years" bounds nothing.
        if strict and not measure.bounded and measure.quantity.form != "range":
            continue
        if measure.per or (strict and _OUT.search(text[max(0, measure.start - 30) : measure.start])):
            continue
        quantity = measure.quantity
        exact = not strict and quantity.form == "value" and not quantity.comparator
        printed = f"{quantity.low}-{quantity.unit or 'year'}" if exact else measure.printed
        yield Condition("age", "age", _months(measure), printed, numeric=True)


def _months(measure: Measure) -> Span:
    quantity = measure.quantity
    scale = _MONTH_OF.get(quantity.unit, _YEAR)
    low = quantity.low * scale
    if quantity.high is not None:
        return Span(low, quantity.high * scale + scale)
    if quantity.comparator in ("<", "≤", "maximum"):
        return Span(Decimal(0), low if quantity.comparator == "<" else low + scale)
    # Someone of 5 years is not yet 6, and so may be counted with either.
    return Span(low, None) if quantity.comparator in (">", "≥", "minimum") else Span(low, low + scale * Decimal("0.99"))


def _short_ages(question: str) -> Iterator[Condition]:
    """Ages as they are noted: 62M, 4yo."""
    for match in _SHORT_AGE.finditer(question):
        scale = Decimal(1) if match["month"] else _YEAR
        age = int(match[1]) * scale
        if age <= 110 * _YEAR:
            yield Condition(
                "age",
                "age",
                Span(age, age + scale * Decimal("0.99")),
                f"{match[1]}-{'month' if match['month'] else 'year'}",
                numeric=True,
            )
            if match["sex"]:
                yield Condition("sex", "men" if match["sex"] == "M" else "women", printed=match[0])


def _clearances(text: str, *, asked: bool) -> Iterator[Condition]:
    for match in _CLEARANCE.finditer(text):
        reading = next(
            (m for m in measures(text[match.start() : match.end() + 40]) if m.end > match.end() - match.start()), None
        )
        if reading is None or len(reading.spans) != 1 or reading.dimension not in ("number", "volume"):
            continue
        quantity = reading.quantity
        low, high = quantity.low, quantity.high
        span = Span(low, high if high is not None else low)
        if quantity.comparator in ("<", "≤", "maximum"):
            span = Span(Decimal(0), low - (Decimal("0.01") if quantity.comparator == "<" else 0))
        elif quantity.comparator in (">", "≥", "minimum"):
            span = Span(low + (Decimal("0.01") if quantity.comparator == ">" else 0), None)
        elif not asked and high is None:
            continue
        yield Condition(
            "kidneys", "clearance", span, f"{match[0].split()[0].strip(' :=')} {reading.printed}", numeric=True
        )


def _allergies(text: str) -> Iterator[Condition]:
    if _NO_ALLERGY.search(text):
        yield Condition("allergy", "not allergic", printed=_NO_ALLERGY.findall(text)[0])
        return
    for match in _ALLERGY.finditer(text):
        to = next(word for word in match.groups() if word)
        if to.lower() not in _NO_THING:
            yield Condition("allergy", "allergic", printed=to)


_NO_THING = frozenset(
    "with without have having known drug drugs reaction reactions rhinitis such and are this that from patient patients"
    " severe history any other their pesakit pasien tiada ubat obat".split()
)


def _derived(found: list[Condition], question: str) -> Iterator[Condition]:
    """The conditions with what follows from them: a man is not pregnant, a woman is no child."""
    yield from found
    values = {condition.value for condition in found}
    ages = [condition.span for condition in found if condition.axis == "age" and condition.span is not None]
    sexes = {condition.value for condition in found if condition.axis == "sex"}
    if (
        not sexes
        and re.search(r"\b(?:he|his|him)\b", question, re.I)
        and not re.search(r"\b(?:she|her)\b", question, re.I)
    ):
        sexes = {"men"}
        yield Condition("sex", "men", printed="he")
    elif not sexes and ("pregnant" in values or re.search(r"\b(?:she|her)\b", question, re.I)):
        sexes = {"women"}
        yield Condition("sex", "women", printed="she")
    young = bool(ages) and all(span.high is not None and span.high < 9 * _YEAR for span in ages)
    if "pregnant" not in values and (sexes == {"men"} or young):
        yield Condition("pregnancy", "not pregnant", printed="man" if sexes == {"men"} else "child")
        yield Condition("lactation", "not breastfeeding", printed="man" if sexes == {"men"} else "child")
    if (not ages and _GROWN_WORD.search(question)) or (ages and _PARENT.search(question)):
        yield Condition("age", "adult", _ASKED_SPANS["adult"], "adult")


_GROWN_WORD = re.compile(
    r"\b(?:wom[ae]n|m[ae]n|lady|gentleman|mother|father|wife|husband|wanita|lelaki|pria|ibu|bapa)\b|女士|男士|妇女",
    re.I,
)
_PARENT = re.compile(r"\b(?:mothers?|fathers?|parents?|ibu bapa|ibunya)\b|母亲|父亲|家长", re.I)
