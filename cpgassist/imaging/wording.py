"""What the words of a description mean to us: how certain, whether denied, whether an order in disguise. Tables in code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpgassist.quantities.doses import DOSE
from cpgassist.types import Certainty

# The weakest certainty comes first: a finding that is hedged twice is as certain as its weaker hedge.
_HEDGES: tuple[tuple[Certainty, str], ...] = (
    ("possible", r"possib(?:le|ly|ility)|suspicious (?:for|of)|suspected|suspicion of"
                 r"|may (?:be|represent|indicate)|might|could be"
                 r"|cannot (?:be )?(?:exclude|rule out|ruled out)\w*|equivocal|questionable|uncertain|indeterminate"
                 r"|concerning for|worrisome for|not (?:certain|clear if|sure)|mungkin|barangkali|disyaki|diduga|dicurigai|curiga"
                 r"|可能|疑似|怀疑|不排除"),
    ("probable", r"probab(?:le|ly)|(?:most |very |highly )?likely"
                 r"|suggest(?:s|ive|ing)?|consistent with|compatible with"
                 r"|in keeping with|appears? to|presumed|presumably|favou?rs?|kemungkinan besar|berkemungkinan|sesuai dengan"
                 r"|很可能|考虑为"),
    ("definite", r"definit(?:e|ely)|certainly|unequivocal(?:ly)?|unmistakabl[ey]|pasti|jelas kelihatan|明确|肯定"),
)  # fmt: skip
"""Words within a finding that say how certain it is; "clear" is not there, for lungs are."""

_RATINGS: tuple[tuple[Certainty, str], ...] = (
    ("possible", r"low|weak|unsure|unclear|maybe|rendah|低"),
    ("probable", r"moderate|medium|fair|sederhana|sedang|中"),
    ("definite", r"certain|sure|high|clear|confirmed|confident|yes|present|tinggi|高"),
)
"""Words that say so only where the certainty has a field of its own; "moderate" is a size elsewhere."""


def _compiled(rows: tuple[tuple[Certainty, str], ...]) -> tuple[tuple[Certainty, re.Pattern[str]], ...]:
    return tuple(
        (certainty, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE)) for certainty, words in rows
    )


_HEDGED, _RATED = _compiled(_HEDGES), _compiled(_RATINGS)
# Longer phrases that a weaker row's word stands in.
_STRONGER = re.compile(r"kemungkinan besar|berkemungkinan|很可能", re.IGNORECASE)

_UNHEDGED = re.compile(
    r"\b(?:not|less|tidak|bukan)\s+(?:\w+\s+)?(?:likely|probabl[ey]|possible|definite(?:ly)?|pasti)\b", re.IGNORECASE
)


def certainty_in(text: str) -> Certainty:
    """How certain a finding says it is, by its own words; "" where it does not say."""
    text = _UNHEDGED.sub(" ", text)
    rest = _STRONGER.sub(" ", text)
    said: Certainty = next((certainty for certainty, words in _HEDGED if words.search(rest)), "")
    return said if said == "possible" or rest == text else "probable"


def rated(text: str) -> Certainty:
    """How certain the value of a field for certainty is; "" for what is no word of certainty, as a figure."""
    said = certainty_in(text)
    if said or re.search(r"\b(?:not|no)\b", text, re.IGNORECASE):
        return said
    return next((certainty for certainty, words in _RATED if words.search(text)), "")


_ORDER = re.compile(
    r"\b(?:recommend(?:ed|ation|ations|s)?|advis(?:e|ed|able)|prescri(?:be|bed|ption)|administ(?:er|ered|ration)|initiate[ds]?"
    r"|start(?:ed|ing)? (?:on|with|treatment|the patient|him|her)|stop taking|discontinue|consider(?:ed|ation of)?(?! to be)"
    r"|refer(?:ral|red)?(?: to| for| the)?|treat(?:ment|ments|ed with)?|therap(?:y|ies|eutic)|management|follow[- ]?up|work-?up"
    r"|biopsy (?:is|should|to)|should|must|needs? to|ought to|requires?|necessary|urgent(?:ly)?|admit|clinical correlation"
    r"|correlate clinically|further (?:evaluation|imaging|investigations?|tests?|assessment)|medic(?:ations?|ines?)"
    r"|antibiotics?|antifungals?|antivirals?|analgesics?"
    r"|(?:cortico)?steroids? (?:cream|tablets?|injections?)|dos(?:e|es|age|ing)|milligrams?"
    r"|\d+ (?:gm|grams?|millilit\w+)|(?:once|twice|thrice|(?:two|three|four) times) (?:a day|daily|weekly)"
    r"|seek (?:medical|care|help)"
    r"|rujuk(?:an)?|rawatan|terapi|pengobatan|ubat|obat|dosis|dos|berikan|diberikan|disarankan|dicadangkan|sarankan|perlu|harus"
    r"|segera|antibiotik)\b|(?:^|[.,;:(]|\band\b|\bthen\b)\W*(?:start|stop|give|take|apply|avoid|beri|mulakan|mulai"
    r"|(?:use|clean|cover|keep|order|monitor) (?:the|it|with|dry|for|an?|all|daily))\b"
    r"|建议|治疗|服用|给予|剂量|用药|转诊|每日|抗生素",
    re.IGNORECASE,
)
"""What reads like an order, a treatment or a follow-up: a description may carry none. "Injection" is redness of an eye."""
_IDENTITY = re.compile(
    r"\b(?:patient(?:'s)? (?:name|id|identifier)|name of (?:the )?patient|mrn|nric|ic (?:no|number)|medical record"
    r"|hospital number|passport|date of birth|d\.?o\.?b\.?|nama pesakit|nama pasien|no\.? (?:kad|ktp|rm))\b"
    r"|(?<!\d)\d{6,}(?!\d)|(?<!\d)\d{6}-\d{2}-\d{4}(?!\d)|姓名|身份证",
    re.IGNORECASE,
)


def is_order(text: str) -> bool:
    """Whether a text tells someone what to do or give, or carries a dose."""
    dosed = any(not text[found.end() : found.end() + 1].isalpha() for found in DOSE.finditer(text))  # not "2 glands"
    return dosed or bool(_ORDER.search(text))


def identifies(text: str) -> bool:
    """Whether a text carries a name field or a number that may tell who the patient is."""
    return bool(_IDENTITY.search(text))


_CLAUSES = re.compile(r"[;；。，、\n]|,(?!\d)|\.(?=\s|$)|\b(?:but|although|however|tetapi|namun|但)\b", re.IGNORECASE)
_DENIED_FROM = re.compile(
    r"(?:\b(?:no|not|nor|neither|without|absence of|absent|lack of|negative for|free of|free from|rather than"
    r"|tidak|tiada|tanpa|bukan|bebas)\b"
    r"|没有|未见|无).*",
    re.IGNORECASE | re.DOTALL,
)
_DENIED_WHOLE = re.compile(
    r"\b(?:absent|not (?:seen|visible|present|identified|evident|noted|appreciated|demonstrated|detected|observed)"
    r"|unremarkable|normal|unlikely"
    r"|improbable|(?<!not be )(?:excluded|ruled out)|tidak (?:kelihatan|tampak|ada|terlihat|ditemukan)|tiada|normal sahaja)\W*$"
    r"|^\s*(?:normal|unremarkable|intact|healthy)\b"
    r"|\b(?:is|are|appears?|looks?) (?:normal|unremarkable|intact|healthy|clear)\b|未见异常|正常",
    re.IGNORECASE,
)
_DANGLING = re.compile(r"\b(?:with|and|or|there (?:is|are)|is|are|dan|dengan|atau)\s*$", re.IGNORECASE)


def affirmed(text: str) -> str:
    """The parts of a finding that say something is there: "ulcer, no pus" gives "ulcer"; "" where all is denied."""
    return ", ".join(_affirmed_clauses(text))


def _affirmed_clauses(text: str) -> Iterator[str]:
    for clause in _CLAUSES.split(text):
        if _DENIED_WHOLE.search(clause):
            continue
        kept = _DANGLING.sub("", _DENIED_FROM.sub("", clause).strip()).strip(" :-–—")
        if any(sign.isalpha() for sign in kept):
            yield kept
