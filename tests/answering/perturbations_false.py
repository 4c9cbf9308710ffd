"""Unfaithful statements: one change to one line, of one kind, that alters what the line says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.answering.perturbations_words import TIMES, Value, find_values


@dataclass(frozen=True, slots=True)
class Change:
    """A statement made from a line: what stood there and what stands there now."""

    statement: str
    was: str
    now: str


def put(text: str, start: int, end: int, new: str) -> Change:
    """The change of text[start:end] into `new`, with the capital letter that the old words had."""
    old = text[start:end]
    if old[:1].isupper() and not old.isupper() and new[:1].islower():
        new = new[0].upper() + new[1:]
    return Change(text[:start] + new + text[end:], old, new)


def says_number(text: str, number: str) -> bool:
    """Whether a number stands in a text, whatever its thousands separators."""
    bare = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return re.search(rf"(?<![\d.,]){re.escape(number.replace(',', ''))}(?![\d]|[.,]\d)", bare) is not None


def is_ordered(text: str, value: Value, new: str) -> bool:
    """Whether a range still runs upwards once one of its numbers is changed."""
    if not value.ranged:
        return True
    numbers = re.findall(
        r"\d+(?:[.,]\d+)*", (text[: value.start] + new + text[value.end :])[value.whole[0] : value.whole[1] + 2]
    )
    try:
        low, high = (float(n.replace(",", "")) for n in numbers[:2])
    except ValueError:
        return False
    return low < high


def change_digit(text: str) -> Iterator[Change]:
    """One digit of a value is another."""
    for value in find_values(text):
        for place, digit in enumerate(value.number):
            if not digit.isdigit():
                continue
            for step in (1, 3, 5, 8):
                new = str((int(digit) + step) % 10)
                number = value.number[:place] + new + value.number[place + 1 :]
                if number[0] == "0" and value.number[0] != "0":
                    continue
                if not says_number(text, number) and float(number.replace(",", "")) and is_ordered(text, value, number):
                    yield put(text, value.start, value.end, number)


def scaled(number: str) -> Iterator[str]:
    """A number times ten and divided by ten, written as the number was."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        plain, mark = number.replace(",", ""), "."
    else:
        plain, mark = number.replace(",", "."), "," if "," in number else "."
    whole, _, part = plain.partition(".")
    if not int(whole or "0") and not int(part or "0"):
        return
    more = whole + (part[:1] or "0") + ("." + part[1:] if part[1:] else "")
    less = (whole[:-1] or "0") + "." + whole[-1] + part
    for new in (more, less):
        head, _, tail = new.partition(".")
        head, tail = head.lstrip("0") or "0", tail.rstrip("0")
        yield head + (mark + tail if tail else "")


def times_ten(text: str) -> Iterator[Change]:
    """A value is ten times or a tenth of what it was."""
    for value in find_values(text):
        for number in scaled(value.number):
            if not says_number(text, number) and is_ordered(text, value, number):
                yield put(text, value.start, value.end, number)


OTHER_UNITS = {
    "mg": ("mcg", "g"), "mcg": ("mg",), "µg": ("mg",), "μg": ("mg",), "g": ("mg", "kg"), "gram": ("milligram",), "grams": ("milligrams",),
    "kg": ("g",), "ml": ("L",), "mL": ("L",), "L": ("mL",), "cm": ("mm",), "mm": ("cm",), "ms": ("s",), "msec": ("sec",),
    "mg/dL": ("mmol/L", "g/dL"), "mg/dl": ("mmol/l",), "mmol/L": ("mg/dL",), "mmol/l": ("mg/dl",), "µmol/L": ("mmol/L",),
    "μmol/L": ("mmol/L",), "g/dL": ("mg/dL",), "g/dl": ("mg/dl",), "%": ("",), "kcal": ("cal",), "kkal": ("kal",), "km": ("m",),
    "minute": ("hour", "second"), "minutes": ("hours", "seconds"), "mins": ("hours",), "hour": ("day", "minute"), "hours": ("days", "minutes"),
    "day": ("week", "month"), "days": ("weeks", "months", "hours"), "week": ("day", "month"), "weeks": ("days", "months"),
    "month": ("week", "year"), "months": ("weeks", "years"), "year": ("month",), "years": ("months",),
    "menit": ("jam",), "minit": ("jam",), "jam": ("hari", "menit"), "hari": ("minggu", "jam"), "minggu": ("bulan", "hari"),
    "bulan": ("minggu", "tahun"), "tahun": ("bulan",),
}  # fmt: skip
SPELLED = re.compile(
    rf"\b(?:one|two|three|four|five|six|seven|eight|ten|twelve|dua|tiga|empat|lima|enam)[ -](?P<unit>{TIMES})\b"
)


def change_unit(text: str) -> Iterator[Change]:
    """A value keeps its number and has another unit."""
    for value in sorted(find_values(text), key=lambda v: v.unit == "%"):
        if not value.unit or not float(value.number.replace(",", ".") if value.number.count(",") == 1 else "1"):
            continue
        start = value.whole[1] - len(value.unit)
        after = text[value.whole[1] :]
        if value.unit == "%" and (
            after.lstrip(" )").startswith(("CI", "conf", "of the", "CrI"))
            or "percent" in text
            or re.match(r"\.\d", after)
            # "2.9% to 11.5%" and "2.9 to 11.5%" are one range in two spellings.
            or re.match(r"\s*(?:to|and|[-–])\s*\d[\d.,]*\s?%", after)
        ):
            continue
        if value.unit == "g" and after.startswith(" of ") and value.number == "1":
            continue
        for unit in OTHER_UNITS.get(value.unit, ()):
            yield put(text, start, value.whole[1], unit)
    for match in SPELLED.finditer(text):
        for unit in OTHER_UNITS.get(match["unit"], ()):
            yield put(text, *match.span("unit"), unit)


Rule = tuple[re.Pattern[str], tuple[str, ...]]


def rules(*pairs: tuple[str, str]) -> tuple[Rule, ...]:
    """Patterns of words, each with what may stand in their place; the part to replace is the group `x`."""
    return tuple((re.compile(pattern), tuple(new.split("|"))) for pattern, new in pairs)


def apply(
    text: str, table: tuple[Rule, ...], wanted: Callable[[str, str], bool] = lambda old, new: True
) -> Iterator[Change]:
    """Every change that a table of rules makes, one at a time."""
    for pattern, choices in table:
        for match in pattern.finditer(text):
            for new in choices:
                if wanted(match["x"], new):
                    yield put(text, *match.span("x"), new)


N = r"(?:approximately |about |an? |usia |umur |age |the age of )?(?:\d|one\b|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b|half\b|dua\b|tiga\b)"

PER = rules(
    (r"(?:mg|mcg|µg|g|mL|ml|units?|IU)/kg(?P<x>/day|/d\b|/hari)", "/dose"),
    (r"(?:mg|mcg|µg|g|mL|ml|IU)/kg(?P<x>/dose)", "/day"),
    (r"(?:mg|mcg|µg|\dg| g|mL|ml)(?P<x>/kg)\b(?!/m)", ""),
    (r"(?:mg|mcg|µg| g|mL|ml|drinks?|kcal|times|cigarettes|servings|dose)(?P<x>/(?:day|hari))\b", "/dose|/week"),
    (r"(?P<x>/(?:week|minggu))\b", "/day"),
    (r"(?P<x>/(?:month|bulan))\b", "/week"),
    (r"(?P<x>/hour)\b", "/day"),
    (r"(?<![A-Za-z])(?P<x>(?:per|a|each|every) day)\b(?! (?:or two|of|in|after|before|is|with))", "per week"),
    (r"\b(?P<x>(?:per|a|each|every) week)\b(?! (?:before|after|of|or))", "per day|per month"),
    (r"\b(?P<x>(?:per|each|every) month)\b", "per week"),
    (r"\b(?P<x>(?:per|each|every) year)\b", "per month"),
    (r"(?:times|\d|once|rate|twice|%) (?P<x>a year)\b", "a month"),
    (r"\b(?P<x>per minute)\b", "per hour"),
    (r"\b(?P<x>per hour)\b", "per day"),
    (r"\b(?P<x>per dose)\b", "per day"),
    (r"\b(?P<x>[Dd]aily)\b(?! (?:living|life|lives|activit|practice|routine|li[fv]|clinical|work|basis))", "weekly"),
    (r"\b(?P<x>[Ww]eekly)\b", "daily"),
    (r"\b(?P<x>[Mm]onthly)\b", "weekly"),
    (r"\b(?P<x>[Aa]nnually|[Yy]early)\b", "monthly"),
    (r"\b(?P<x>(?:per hari|sehari|setiap hari))\b(?!-)", "seminggu"),
    (r"\b(?P<x>(?:per minggu|seminggu|setiap minggu))\b", "sehari"),
)  # fmt: skip


def change_per(text: str) -> Iterator[Change]:
    """What a dose or a count is reckoned by is another: per day, per dose, per kilogram, per week."""
    yield from apply(text, PER)


FREQUENCY = rules(
    (r"\b(?P<x>[Oo]nce) (?:daily|a day|per day|weekly|a week|every|monthly|a month|a year|yearly|per week)\b", "twice|three times"),
    (r"\b(?P<x>[Tt]wice) (?:daily|a day|per day|weekly|a week|every|monthly|a month|a year|yearly|per week)\b", "once|three times"),
    (r"\b(?P<x>(?:[Tt]hree|3) times) (?:daily|a day|per day|weekly|a week|per week|a year)\b", "twice|once"),
    (r"\b(?P<x>(?:[Ff]our|4) times) (?:daily|a day|per day|weekly|a week|per week)\b", "twice"),
    (r"\b(?P<x>2 times) (?:daily|a day|per day|weekly|a week|per week)\b", "3 times"),
    (r"\b[Ee]very (?P<x>2|two|3|three|4|four) (?:hours|days|weeks|months|years)\b", "6|8"),
    (r"\b[Ee]very (?P<x>5|five|6|six|12|twelve) (?:hours|days|weeks|months|years)\b", "8|3"),
    (r"\b[Ee]very (?P<x>7|seven|8|eight|10|ten|24) (?:hours|days|weeks|months|years)\b", "6|12"),
    (r"\b(?P<x>[qQ] ?6 ?h)\b", "q8h|q12h"), (r"\b(?P<x>[qQ] ?8 ?h)\b", "q6h|q12h"),
    (r"\b(?P<x>[qQ] ?12 ?h)\b", "q8h|q24h"), (r"\b(?P<x>[qQ] ?24 ?h)\b", "q12h"),
    (r"(?:mg|g|day|dose|tab|days) (?P<x>OD)\b", "BID|TID"), (r"\b(?P<x>BID|bid)\b", "OD|TID"),
    (r"\b(?P<x>TID|tid|tds)\b", "BID|OD"), (r"\b(?P<x>QID|qid)\b", "BID"),
    (r"\bin (?P<x>two|2|one) (?:divided doses|dose)\b", "four"), (r"\bin (?P<x>three|3|four|4) (?:divided )?doses\b", "two"),
    (r"\b(?P<x>[Ss]ekali) (?:sehari|seminggu|sebulan|setahun)\b", "dua kali|tiga kali"),
    (r"(?<![-–\w])(?P<x>(?:[Dd]ua|2) kali) (?:sehari|seminggu|sebulan|setahun)\b", "sekali|tiga kali"),
    (r"(?<![-–\w])(?P<x>(?:[Tt]iga|3) kali) (?:sehari|seminggu|sebulan|setahun)\b", "sekali|dua kali"),
    (r"\b(?P<x>[1-4])(?: ?[x×] ?| kali (?:per|dalam) )(?:sehari|/hari|seminggu|hari)\b", "6"),
    (r"\b(?P<x>[2-7]|two|three|four|five) (?:times|days|sessions|doses) (?:a|per|each) (?:day|week|month)\b", "six"),
    (r"\b(?P<x>[Aa]nnual) (?:screening|examination|mammogra|follow|check|visit|evaluation|test|monitoring|assessment)", "monthly|five-yearly"),
    (r"\b(?P<x>[Dd]aily) (?:dose of|monitoring|dressing|examination|cleaning|injection)", "twice daily"),
    (r"\b(?P<x>[Mm]onthly)(?= (?:for|until|blood|follow|dose|visit|injection|monitoring|during)|$|[.,;|)])", "every three months"), (r"\b(?P<x>[Bb]iannual(?:ly)?)\b", "monthly"),
    (r"\b(?P<x>[Ss]ingle)[ -]dose\b", "double"), (r"\b(?P<x>[Tt]wo)[ -]doses?\b", "three"), (r"\b(?P<x>[Tt]hree)[ -]doses?\b", "two"),
    (r"\b(?P<x>[Oo]ne)[ -]dose\b", "three"),
)  # fmt: skip


def change_frequency(text: str) -> Iterator[Change]:
    """A dose or a check comes more or less often."""
    yield from apply(text, FREQUENCY, lambda old, new: new.lower() not in text.lower())


COMPARATOR = rules(
    (r"(?P<x><=|≤)\s?\d", ">|≥"), (r"(?P<x>>=|≥)\s?\d", "<|≤"), (r"(?<![<=-])(?P<x><)\s?\d", ">|≥"), (r"(?<![=-])(?P<x>>)\s?\d", "<|≤"),
    (rf"\b(?P<x>[Aa]t least) {N}", "at most"), (rf"\b(?P<x>[Aa]t most) {N}", "at least"),
    (rf"\b(?P<x>[Mm]ore than) {N}", "less than"), (rf"\b(?P<x>(?:[Ll]ess|[Ff]ewer) than) {N}", "more than"),
    (rf"\b(?P<x>(?:[Gg]reater|[Hh]igher) than) {N}", "lower than"), (rf"\b(?P<x>[Ll]ower than) {N}", "higher than"),
    (rf"\b(?P<x>[Oo]lder than) {N}", "younger than"), (rf"\b(?P<x>[Yy]ounger than) {N}", "older than"),
    (rf"\b(?P<x>[Aa]bove|[Oo]ver) (?!an? |the ){N}", "below"), (rf"\b(?P<x>[Bb]elow|[Uu]nder) {N}", "above"),
    (rf"\b(?P<x>[Uu]p to) {N}", "at least"), (rf"\b(?P<x>[Ww]ithin) {N}", "after"),
    (r"\d\S*(?: [A-Za-z/%]+)? (?P<x>(?:or|and) (?:more|above|older|over|higher|greater))\b", "or less"),
    (r"\d\S*(?: [A-Za-z/%]+)? (?P<x>(?:or|and) (?:less|below|younger|under|lower|fewer))\b", "or more"),
    (r"(?<!and )(?<!or )\b(?P<x>[Bb]efore)\b(?! (?:and|or|that|this)\b)", "after"),
    (r"(?<!and )(?<!or )(?<!look )(?<!looked )(?<!named )(?<!day )\b(?P<x>[Aa]fter)\b(?! (?:and|or|that|all|this)\b)", "before"),
    (rf"\b(?P<x>[Mm]elebihi|[Ll]ebih (?:dari|daripada)) {N}", "kurang dari"), (rf"\b(?P<x>[Kk]urang (?:dari|daripada)) {N}", "lebih dari"),
    (rf"\b(?P<x>[Dd]i bawah) (?:umur |usia )?{N}", "di atas"), (rf"\b(?P<x>[Dd]i atas) (?:umur |usia )?{N}", "di bawah"),
    (rf"\b(?P<x>[Mm]inimal) {N}", "maksimal"), (rf"\b(?P<x>[Mm]aksimal) {N}", "minimal"), (r"tahun (?P<x>ke atas)\b", "ke bawah"),
    (r"\b(?P<x>[Ss]ebelum)\b(?!nya)", "sesudah"), (r"\b(?P<x>[Ss]esudah|[Ss]elepas|[Ss]etelah)\b(?!nya)", "sebelum"),
)  # fmt: skip


def change_comparator(text: str) -> Iterator[Change]:
    """A limit is turned round: more into less, at least into at most, before into after."""
    if re.search(r"\bbefore\b.*\bafter\b|\bafter\b.*\bbefore\b|pre-?\s?and\s?post", text):
        return
    yield from apply(text, COMPARATOR)


AUX = r"(?:should|must|shall|is|are|was|were|do|does|did|has|have|had|could|would|will|may|might|need)"
JUDGED = "(?:strongly )?(?:recommended|advised|indicated|required|needed|effective|associated|safe|suggested|preferred|considered)"
NEGATION = rules(
    (rf"\b{AUX}(?P<x> not)\b(?! (?:only|yet|necessarily|just|merely|limited|or\b|until|so\b|even|exceed))", ""),
    (r"\b(?P<x>[Dd]o not )(?=[a-z])", ""), (r"\b(?P<x>cannot)\b(?! (?:but|only))", "can"), (r"\b(?P<x>can not)\b", "can"),
    (r"\b(?:is|are|was|were|has|have|had|showed|found|with|of|had|in|reported|there|There|demonstrated) (?P<x>no )(?!longer|more|less|one\b|matter|doubt|or\b|fewer|later|earlier|such|further|need|other)[a-z]", ""),
    (r"\b(?P<x>[Nn]ever)\b", "always"),
    (r"(?:should|must|shall|will) (?P<x>be)\b(?! not)", "not be"),
    (rf"\b(?P<x>is)(?= {JUDGED}\b)", "is not"), (rf"\b(?P<x>are)(?= {JUDGED}\b)", "are not"),
    (r"\b(?P<x>[Cc]ontraindicated)\b", "indicated"), (r"(?<!not )\b(?P<x>indicated)\b(?= (?:for|in|if|when)\b)", "contraindicated"),
    (r"\bbe (?P<x>avoided)\b", "used|given"), (r"^(?P<x>Avoid) (?!ing)", "Use|Give"),
    (r"(?<!with or )(?<!and )(?<!or )\b(?P<x>[Ww]ithout)\b(?! (?:or|and)\b)", "with"),
    (r"(?:[Pp]atients|[Aa]dults|[Ww]omen|[Mm]en|[Cc]hildren|[Pp]ersons|[Pp]eople|[Ii]ndividuals|[Tt]hose|[Nn]eonates|[Ii]nfants|pasien) (?P<x>with)\b(?! (?:or|and|regard|respect))", "without"),
    (r"\b(?P<x>[Uu]nless)\b", "if"), (r"(?:^|, |[a-z] )(?P<x>[Ii]f)\b(?<!as if)(?<!even if)(?<!what if)(?<!only if)(?! (?:not|any|needed|possible|necessary|available|indicated|so)\b)", "unless"),
    (r"(?:recommends?|suggests?|recommended|suggested|advise|strong|conditional|Strong|Conditional|weak|Weak) (?P<x>against)\b", "for"),
    (r"\b(?P<x>[Tt]idak )(?:boleh|dianjurkan|disarankan|direkomendasikan|diperlukan|dapat|ada|terdapat|perlu|efektif|digunakan|diberikan|menyebabkan|berjangkit|memerlukan|memberi|jelas)\b", ""),
    (r"\b(?P<x>[Tt]anpa)\b(?! atau)", "dengan"), (r"\b(?P<x>[Jj]angan )(?=[a-z])", ""),
)  # fmt: skip


def change_negation(text: str) -> Iterator[Change]:
    """A negation is dropped or added, or a word of advice is turned into its opposite."""
    if re.search(r"\b(?:whether|yes/no|yes or no|neither|nor|with or without|dengan atau tanpa)\b", text, re.I):
        return
    for change in apply(text, NEGATION):
        if change.now == "" and change.statement and text[0].isupper():
            yield Change(change.statement[0].upper() + change.statement[1:], change.was, change.now)
        else:
            yield change


ORAL_THING = (
    r"(?! (?i:lacer|and phar|tube|intub|and max|health|hygiene|cavity|cancer|sex|commun|surg|mucos|and maxillo|maxillo|glucose|contracepti|lesion|squamous|care|soft|"
    r"flora|present|exam|bacteria|poster|candid|glyc|lichen|ulcer|intercourse|evidence|tissue|function))"
)
ROUTE = rules(
    (rf"(?<!intra)(?<!trans)(?<!per )\b(?P<x>[Oo]ral){ORAL_THING}(?= [a-z])", "intravenous|intramuscular"),
    (r"\b(?P<x>[Oo]rally)\b", "intravenously|intramuscularly"), (r"\b(?P<x>by mouth)\b", "by intravenous infusion"),
    (r"\b(?P<x>[Ii]ntravenous)\b", "oral"), (r"\b(?P<x>[Ii]ntravenously)\b", "orally"), (r"\b(?P<x>[Ii]ntravena)\b", "oral"),
    (r"(?:mg|g|dose|day|hours|hour|dosis|mcg|units|q\d+h|BID|TID|OD) (?P<x>PO|p\.o\.)", "IV|IM"),
    (r"(?:mg|g|dose|day|hours|hour|mcg|units|q\d+h|BID|TID|OD|single|one) (?P<x>IV)\b", "PO|IM"),
    (r"\b(?P<x>IV)(?= (?:antibiotic|infusion|drip|fluid|therapy|administration|route|injection|treatment|push|bolus|or))", "IM|oral"),
    (r"\| (?P<x>IV)(?= \||$)", "PO|IM"), (r"\| (?P<x>PO)(?= \||$)", "IV|IM"), (r"\| (?P<x>IM)(?= \||$)", "IV|PO"),
    (r"\b(?P<x>IM)\b(?=[ ,.;)])", "PO"),
    (r"\b(?P<x>[Ii]ntramuscular(?:ly)?)\b", "oral"), (r"\b(?P<x>[Ss]ubcutaneous(?:ly)?)\b(?! (?:tissue|fat|nodul|emphys|inject.* site))", "intramuscular"),
    (r"\b(?P<x>[Ss]ubkutan)\b", "oral"), (r"\b(?P<x>under the skin)\b", "by mouth"),
    (r"\b(?P<x>[Ii]nhaled)\b", "oral"), (r"\b(?P<x>by inhalation)\b", "by mouth"),
    (r"\b(?P<x>[Tt]opical(?:ly)?)\b(?! (?:outline|area|review))", "oral"), (r"\b(?P<x>[Ii]ntracavernos(?:al|ous))\b", "oral"),
    (r"\b(?P<x>[Ii]ntraurethral)\b", "intravenous"), (r"\b(?P<x>[Vv]aginal) (?=estrogen|cream|tablet|gel|suppositor|ring)", "oral "),
    (r"\b(?P<x>[Tt]ransdermal)\b", "oral"), (r"\b(?P<x>[Pp]arenteral(?:ly)?)\b", "oral"), (r"\b(?P<x>[Pp]er oral)\b", "intravena"),
    (r"\b(?P<x>[Ii]ntralesional|[Ii]ntraarticular|[Ii]ntra-articular|[Ii]ntravaginal)\b", "oral"),
)  # fmt: skip
ROUTE_FAMILY = {
    "oral": r"\boral|\bPO\b|by mouth|p\.o\.", "PO": r"\boral|\bPO\b|by mouth|p\.o\.", "IV": r"\bIV\b|intraven|infusion|parenteral",
    "IM": r"\bIM\b|intramusc|parenteral", "intra": r"\bIV\b|\bIM\b|intraven|intramusc|parenteral|infusion", "by i": r"\bIV\b|intraven|infusion",
    "by m": r"\boral|\bPO\b|by mouth",
}  # fmt: skip


def change_route(text: str) -> Iterator[Change]:
    """A medicine is given by another way, one that the line does not name."""
    for change in apply(text, ROUTE):
        families = [found for key, found in ROUTE_FAMILY.items() if change.now.lower().startswith(key.lower())]
        if not any(re.search(found, text, re.I) for found in families):
            yield change


POPULATION = rules(
    (r"(?<!older )(?<!other )\b(?P<x>[Cc]hildren)\b(?!['’])", "adults"), (r"\b(?P<x>[Cc]hild)\b(?!['’-])", "adult"),
    (r"\b(?P<x>[Aa]dults)\b(?!['’])", "children"), (r"^(?P<x>Adult)(?=,| \|)", "child"), (r"\b(?P<x>[Pp]aediatric|[Pp]ediatric) (?=patient|population|UTI|case)", "geriatric "),
    (r"(?<!non-)(?<!not )\b(?P<x>[Pp]regnant)\b", "non-pregnant|lactating"), (r"\b(?P<x>[Nn]on-?pregnant)\b", "pregnant"),
    (r"\b(?P<x>[Ll]actating|[Bb]reast-?feeding) (?=women|mothers)", "pregnant "),
    (r"(?<!wo)\b(?P<x>[Mm]en)\b(?!['’-])", "women"), (r"\b(?P<x>[Ww]omen)\b(?!['’])", "men"), (r"\b(?P<x>[Mm]ales)\b", "females"), (r"\b(?P<x>[Mm]ale)\b", "female"),
    (r"\b(?P<x>[Ff]emales)\b", "males"), (r"\b(?P<x>[Ff]emale)\b", "male"), (r"\b(?P<x>[Bb]oys)\b", "girls"), (r"\b(?P<x>[Gg]irls)\b", "boys"),
    (r"\b(?P<x>[Ee]lderly)\b", "young"), (r"\b(?P<x>[Nn]eonates|[Nn]ewborns)\b", "adults|older children"), (r"\b(?P<x>[Ii]nfants)\b", "adults"),
    (r"\b(?P<x>[Pp]remature|[Pp]reterm) (?=infants|neonates|babies|newborns)", "term "), (r"(?<!-)\b(?P<x>[Tt]erm) (?=infants|neonates|babies|newborns)", "preterm "),
    (r"\b(?P<x>[Pp]remenopausal)\b", "postmenopausal"), (r"\b(?P<x>[Pp]ostmenopausal)\b", "premenopausal"),
    (r"\b(?P<x>[Oo]rang dewasa|[Dd]ewasa)\b(?! muda)", "kanak-kanak"), (r"\b(?P<x>[Kk]anak-kanak|[Aa]nak-anak)\b", "orang dewasa"),
    (r"\b(?P<x>[Ii]bu (?:hamil|mengandung))\b", "ibu menyusui"), (r"\b(?P<x>[Ll]aki-laki|[Pp]ria)\b", "perempuan"), (r"\b(?P<x>[Ww]anita|[Pp]erempuan)\b", "laki-laki"),
)  # fmt: skip
AGES = re.compile(
    r"(?:\b[Aa]ge[ds]? (?:of |from |above |below |between |over |under |≥ ?|> ?|< ?|≤ ?)?|(?:older|younger) than |(?:adults|children|women|men|patients) (?:≥ ?|> ?|< ?|≤ ?))"
    r"(?P<x>\d{1,2})(?![\d.,%]|-\w)|(?P<y>\d{1,2})[ -](?:years?|months?|tahun)[ -](?:old|of age|and above|ke atas)\b"
)
STEMS = {"adult": "adult", "child": "child|paediatric|pediatric", "non-pregnant": "non-?pregnant", "lactating": "lactat|breast", "pregnant": r"\bpregnan",
         "women": "women|female", "men": r"\bmen\b|\bmale", "female": "female|women", "male": r"\bmales?\b|\bmen\b", "girls": "girl|female", "boys": r"\bboy|\bmale",
         "young": "young", "geriatric": "geriatric|elderly|older", "older": "older|child", "term": r"(?<!pre)\bterm\b|full-term", "preterm": "preterm|premature",
         "postmenopausal": "post-?menop", "premenopausal": "pre-?menop", "kanak-kanak": "anak|bayi", "orang": "dewasa", "ibu": "menyusu", "perempuan": "perempuan|wanita|ibu",
         "laki-laki": r"laki|pria"}  # fmt: skip


def change_population(text: str) -> Iterator[Change]:
    """The people that a line speaks of are others, ones it does not name; or they are of another age."""
    for change in apply(text, POPULATION):
        key = next(k for k in sorted(STEMS, key=len, reverse=True) if change.now.lower().startswith(k))
        if not re.search(STEMS[key], text, re.I):
            yield change
    for match in AGES.finditer(text):
        group = "x" if match["x"] else "y"
        age = int(match[group])
        for other in (age + 20, age - 10 if age > 15 else age + 4, age + 7):
            if not says_number(text, str(other)):
                yield put(text, *match.span(group), str(other))
