"""Values that a question takes for granted: what to give, and limits; not what it tells of its patient.

"So 500 mg/kg is right?" states a dose; "a 14 kg child with eGFR 40" states whose it is. Use: `premises(question)` (or
`intent(question).premises`), then `contradictions.contradicted` for each one and the lines of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat

from cpgassist.answering.questions.populations import Condition, asked
from cpgassist.answering.support.tokens import tokens
from cpgassist.answering.support.wording import FUNCTION, named, stem
from cpgassist.quantities.measures import Measure, dose_like, measures, roles
from cpgassist.quantities.numbers import Quantity

__all__ = ["READING", "TOLD", "WORDS", "Premise", "before", "conditional", "is_drug", "premises"]


@dataclass(frozen=True, slots=True)
class Premise:
    """A value that the question states, and the words that say of what."""

    quantity: Quantity
    printed: str
    """The value as the question has it."""
    about: tuple[str, ...]
    """Stems of the words of its sentence that name a thing, in order."""
    anchors: tuple[str, ...]
    """Those that a line must have: drugs, and what the value is said of ("10 mg of x", "dose of x")."""
    measure: Measure
    roles: frozenset[str]
    """What the value is for: "maximum", "start", "target"."""
    beside: frozenset[str] = frozenset()
    """Stems of the words right before it."""
    where: tuple[Measure, ...] = ()
    """The other values of its sentence that say when it holds: a weight, a reading, a limit."""
    people: tuple[Condition, ...] = ()
    """Whom the question is about."""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_SENTENCE = re.compile(r"(?<=[.!?;。！？；])(?<!\d\.)\s*")
_REPORTED = _any(
    r"\b(?:guidelines?|cpg|protocols?|books?|textbook|manual|leaflet|formulary|poster|chart|label|boss"
    r"|consultant|registrar|pharmacist|colleague|nurse|specialist|professor"
    r"|article|app|chatgpt|ai|internet|google|he|she|they|it|who|moh|nice|page \d+|table \d+)"
    r" (?:\w+ )?(?:says?|said|states?|stated|recommends?|recommended|told|tells|prints?|lists?|gives?|advises?"
    r"|advised|suggests?|quotes?|writes|wrote|mentions?)\b(?! (?:what|which|how|when|who|about|nothing))",
    r"\b(?:guidelines?|cpg|protocol|(?:text)?book|formulary|poster|chart|leaflet) (?:\w+ )?ha(?:s|ve)\b",
    r"\baccording to\b|\bi (?:have )?(?:read|heard|was (?:told|taught)|thought|think|believe|remember|recall"
    r"|know|understand|assume|learn(?:ed|t))\b|\bas far as i know\b|\bwe (?:always|usually|normally) (?:give|use)\b"
    r"|\bis (?:printed|listed|stated|written|recommended|given) (?:as|at)\b",
    r"\b(?:menurut|katanya|kata|mengikut|berdasarkan)\b|\bsaya (?:baca|dengar|ingat|rasa|diberitahu)\b"
    r"|\b(?:garis panduan|pedoman|panduan)\b.{0,20}\b(?:kata|cakap|tulis|menyatakan|menyebut|nyatakan)\b",
    r"根据|指南(?:上)?(?:说|写|规定|建议)|听说|我记得|我以为|我看到",
)
_TAG = _any(
    r"\b(?:right|correct|yes|true|ok|okay|agreed?|no)\s*\?|\b(?:isn't it|is it not|aren't they|isn't that"
    r"|am i right|is (?:that|this|it) (?:right|correct|true|so)|is (?:right|correct|true)"
    r"|correct me|is it true|please confirm|confirm(?:ing)?|can you confirm|verify)\b",
    r"\b(?:betul|benar|kan|bukan|tepat|ya)(?: tak| ke)?\s*\?|\b(?:betulkah|benarkah|betul ke|betul tak"
    r"|apakah benar|apa betul|sahkan|konfirmasi)\b",
    r"对吗|对吧|是吗|是吧|没错吧|对不对|是不是|正确吗|确认",
)
_CONCLUDED = _any(
    r"(?:^|[,;] ?)(?:so|since|because|as|given(?: that)?|considering(?: that)?|assuming|therefore|now that"
    r"|knowing(?: that)?|if the)\b|\b(?:since|because|given that) (?:the|its?|x)\b",
    r"\b(?:kerana|karena|sebab|memandangkan|oleh sebab|jadi|maka)\b|因为|既然|所以|由于|鉴于",
)
_LIMIT = (
    r"dos(?:es?|age|ing)|dos[ei]s|target|goal|threshold|cut-?\s?off|limit|ceiling|max(?:imum)?|min(?:imum)?"
    r"|regimen|course|duration|interval|range|rate|strength|frequency|aim|level to"
    r"|sasaran|matlamat|had|batas|ambang|maksimum|maksimal|sukatan|tempoh|剂量|目标|上限|下限|疗程|阈值"
)
_COPULA = re.compile(
    rf"(?:\b(?:{_LIMIT})\b|剂量|目标|上限|下限|疗程|阈值)[^?.;]{{0,60}}?(?:\b(?:is|are|was|being|of|should be|must be|to be"
    rf"|adalah|ialah|at)\b|[=:]|是|为)"
    r"\s*(?:the |a |about |only |still |just |now |always |≤|≥|<|>|below |under |above |less than |more than "
    r"|up to )*$",
    re.IGNORECASE,
)
_LIMIT_WORD = re.compile(rf"\b(?:{_LIMIT})\b|剂量|目标|上限|下限|疗程|阈值", re.IGNORECASE)
_GIVEN = re.compile(
    r"\b(?:give|giving|start(?:ing)?|write up|prescribe|use|using|order|inject|infuse|increase(?: \w+)? to"
    r"|reduce(?: \w+)? to|raise(?: \w+)? to|treat(?:ed|ing)?|continue|need|needs|gets?|be given|bagi|beri"
    r"|berikan|suntik|mula|mulakan)\b"
    r"|给(?!予过)|开|打|用",
    re.IGNORECASE,
)
_THEIRS = re.compile(  # what a patient has, takes or took, before the value
    r"\b(?:(?:is|was|been|currently|already|now|still|patient|he|she|him|her|who) (?:\w+ )?on|takes?|taking"
    r"|took|taken|receiv(?:es|ed|ing)|was given|were given|had|has had|has been (?:on|given)|been given|got"
    r"|swallowed|ingested"
    r"|overdosed?(?: on| of)?|drank|prescribed (?:him|her) already|after|despite|failed|(?:available|stock|have"
    r"|only got|comes? in|supplied as|(?:tablets?|vials?|ampoules?|syrup|bottles?|strength) (?:of|is|are|:))"
    r"|sudah (?:makan|ambil|dapat|diberi)|telah (?:makan|ambil|diberi)|sedang (?:makan|ambil|minum)"
    r"|ada)\b[^,.;?]{0,40}$|(?:已经|正在|一直)(?:吃|服|用|打)[^，。；？]{0,15}$",
    re.IGNORECASE,
)
_LABS = (
    r"e?gfr|crcl|creatinine|hba1c|a1c|bp|blood pressure|hr|heart rate|pulse|rr|temp(?:erature)?|spo2|sats?"
    r"|saturation|weigh(?:s|ing)?|weight|bmi|height|urea|potassium|sodium|na\+?|k\+?|hb|ha?emoglobin"
    r"|platelets?|wbc|wcc|crp|inr|lactate|glucose|sugar|fbs|rbs|fpg|cbg|ldl|hdl|cholesterol|tsh|alt|ast"
    r"|bilirubin|cd4|viral load|psa|gcs|ph|score|apgar|ef|lvef|waist|gestation|gravida|para|bsa|tekanan darah"
    r"|gula|berat|suhu|nadi|血压|血糖|体重|体温|心率|肌酐"
)
READING = re.compile(
    rf"(?:\b(?:{_LABS})|血压|血糖|体重|体温|心率|肌酐)\s*(?:of|is|was|at|=|:|now|today|around|about|is now"
    rf"|dia|是|为|adalah)?\s*$",
    re.IGNORECASE,
)
_OWNED = re.compile(
    r"\b(?:his|her|with|whose|has|have|had|my patient's|patient's|their|dengan"
    r"|ada)\b[^,.;?]{0,40}$",
    re.IGNORECASE,
)
_LASTED = re.compile(
    r"^\s*(?:since|ago|history|of (?:fever|pain|cough|symptoms|diarrh\w+)|post|after (?:onset"
    r"|surgery|delivery)|pregnant|gestation|weeks pregnant|lalu|yang lalu|前)\b",
    re.IGNORECASE,
)
_PERSON_AFTER = re.compile(
    r"^[\s-]{0,2}(?:m|f|yo|y/o|old|year[- ]old|man|woman|male|female|boy|girl|child|kid|baby|infant|patient"
    r"|lady|gentleman|neonate|lelaki|perempuan|男|女)(?![a-z])", re.IGNORECASE
)  # fmt: skip
_OR = re.compile(r"\s*,?\s*(?:or|versus|vs\.?|atau|还是|或)\s*$", re.IGNORECASE)
_CLAUSE = re.compile(r"[,，;；:]\s")


def premises(question: str) -> tuple[Premise, ...]:
    """The values that a question states of what to give or of a limit, in order; not what it tells of its patient.

    At most `MOST`: who lists more asks about none of them.
    """
    sentences = _SENTENCE.split(question)
    return tuple(
        islice(chain.from_iterable(map(_of_sentence, repeat(question), sentences, (*sentences[1:], ""))), MOST)
    )


def _of_sentence(question: str, sentence: str, following: str) -> Iterator[Premise]:
    found = measures(sentence)
    # "The dose is 10 mg. Is that correct?"
    tagged = bool(_TAG.search(sentence) or (len(following.split()) <= _SHORT and _TAG.search(following)))
    dosed = any(map(dose_like, found))
    for i, measure in enumerate(found):
        near = (found[i - 1] if i else None, found[i + 1] if i + 1 < len(found) else None)
        if dosed and not dose_like(measure) and conditional(measure):
            continue  # a reading at which a dose is given
        if not _alternative(sentence, measure, near) and _stated(_Place.of(sentence, measure, tagged), measure):
            yield _premise(question, sentence, measure, found)


MOST = 8
"""Values of one question that are looked at."""
_SHORT = 5
"""Words of a sentence that only asks to confirm the one before it."""
_REACH = 300
"""Characters around a value that may tell what it is."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The words around a value."""

    before: str
    clause: str
    """The part of `before` that belongs to the value's clause."""
    behind: str
    tagged: bool
    """Whether the question asks to confirm ("right?")."""

    @classmethod
    def of(cls, sentence: str, measure: Measure, tagged: bool) -> _Place:
        before = sentence[max(0, measure.start - _REACH) : measure.start]
        return cls(before, _CLAUSE.split(before)[-1], sentence[measure.end : measure.end + _REACH], tagged)


_OLD = re.compile(r"^[\s-]{0,2}(?:years?[\s-])?(?:old|of age)\b", re.IGNORECASE)
_FROM_AGE = re.compile(
    r"\b(?:start\w*|begin\w*|stop\w*|end\w*|screen\w*|until|from|mula|sampai)\b[^,.;?]{0,20}$|[从到]$", re.IGNORECASE
)
_WHERE = re.compile(r"\b(?:if|when|at|until|once|unless|jika|apabila|bila)\b[^,.;?]{0,20}$", re.IGNORECASE)


def _alternative(sentence: str, measure: Measure, near: tuple[Measure | None, Measure | None]) -> bool:
    """Whether the question offers the value beside another: "5 mg or 10 mg?" states neither."""
    before, after = near
    if before is not None and before.comparable(measure) and _OR.match(sentence[before.end : measure.start]):
        return True
    return after is not None and after.comparable(measure) and bool(_OR.match(sentence[measure.end : after.start]))


def _stated(place: _Place, measure: Measure) -> bool:
    """Whether the value is said to be so, by the words around it."""
    copula = bool(_COPULA.search(place.clause))
    if _of_patient(place.clause, place.behind, measure, copula):
        return False
    reported = bool(_REPORTED.search(place.before))
    claimed = reported or place.tagged or bool(_CONCLUDED.search(place.before))
    if dose_like(measure):
        return claimed or copula or bool(_GIVEN.search(place.clause)) or _asked_of(place)
    if measure.dimension == "number" and not READING.search(place.clause):
        return False
    if reported or copula or measure.dimension.startswith(("age", "times in")):
        return claimed or copula
    given = measure.dimension in ("time", "months") and bool(_GIVEN.search(place.before) or _dosed(place.before))
    limited = bool(_LIMIT_WORD.search(place.clause) or _LIMIT_WORD.search(place.behind[:30]))
    return claimed and (limited or given or (measure.bounded and place.tagged))


_CONFIRMED = re.compile(
    r"^\s*(?:\S+ ){0,3}(?:is|are) (?:right|correct|enough|ok|okay|fine|safe|the dose"
    r"|too (?:much|little|high|low))\b",
    re.IGNORECASE,
)


_IS = re.compile(
    r"(?<!what )(?<!how much )\b(?:is|are|would|will|apakah|adakah)\s*$|\b(?:dose|dosage|dos|dosis)(?: of)?\s*$",
    re.IGNORECASE,
)


def _asked_of(place: _Place) -> bool:
    """Whether a dose itself is asked about: "is 40 mg enough?", "40 mg is safe?"."""
    return bool(_CONFIRMED.match(place.behind) or _IS.search(place.before))


def _dosed(before: str) -> bool:
    return any(dose_like(measure) for measure in measures(before))


def _of_patient(clause: str, behind: str, measure: Measure, copula: bool) -> bool:
    """Whether the value is the patient's own: age, weight, a reading, a drug taken, how long it has lasted."""
    aged = measure.dimension.startswith("age")
    if _PERSON_AFTER.match(_OLD.sub("", behind) if aged else behind) or (aged and not _FROM_AGE.search(clause)):
        return True
    if measure.dimension in ("weight", "length", "kcal") and not measure.per:
        return True
    if _LASTED.match(behind) or _THEIRS.search(clause):
        return True
    read = READING.search(clause)
    limited = (copula and _LIMIT_WORD.search(clause)) or (_REPORTED.search(clause) and _WHERE.search(clause))
    if read is not None and not measure.bounded and not limited:
        return True
    return not dose_like(measure) and not copula and not measure.bounded and bool(_OWNED.search(clause))


_GENERAL = frozenset(
    stem(word)
    for word in (
        "guideline cpg protocol book say state print recommend advise tell told tells says said read heard"
        " thought hear think right correct true confirm verify ok okay yes so since because given dose dosage"
        " target goal threshold limit maximum max minimum min start starting initial loading maintenance total"
        " daily regimen course duration interval range rate aim cutoff frequency kg mg day week hour month year"
        " once twice time tablet number value level amount exact patient adult child children infant baby man"
        " woman men women boy girl old pregnant elderly people person can could should may would must shall will"
        " need want know let please just still now always only also much many what which how when why where who i"
        " we me my he she him her his it this that they give giving write order prescribe use inject increase"
        " reduce treat continue get is are was be being been do does did not no isn't about per up down skip allow"
        " fine safe enough good then else same ask question doctor saya aku boleh betul benar kan kah tak ke dia"
        " dos dosis sasaran had pesakit pasien dewasa anak kanak ialah adalah bagi beri berapa apa menurut garis"
        " panduan kata untuk sehari hari minggu kali jadi kerana karena"
        " 是 吗 对 的 剂 量 每 天 目 标 指 南 说 根 据 因 为 所 以 给 我"
        " 可 最 大 病 人 患 者 应 该 用 不 次 日 成"
    ).split()
)
"""Words of a question that name no thing a line must be about."""
_OF = re.compile(
    r"(?:\b(?:dose|dosage|dos|dosis|amount|course) (?:of|for|untuk|bagi)|\b(?:of|for))\s+(?:the |oral |iv |im "
    r"|intravenous )?([^\W\d_][\w-]{2,})|([^\W\d_][\w-]{2,})\s+(?:dose|dosage|dos)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"([^\W\d_][\w-]{3,})(?:\s+(?:at|is|=|:|oral|iv|im|po|tablets?))?\s*$", re.IGNORECASE)
_BEHIND = re.compile(r"^\s*(?:of |oral |iv |im |po |intravenous )*([^\W\d_][\w-]{3,})", re.IGNORECASE)


def _premise(question: str, sentence: str, measure: Measure, found: Sequence[Measure]) -> Premise:
    about = _things(sentence) or _things(question)
    left, right = sentence[max(0, measure.start - _REACH) : measure.start], sentence[measure.end :]
    touching = [match[1] for match in (_BESIDE.search(left), _BEHIND.match(right)) if match]
    said_of = [word for match in _OF.finditer(sentence) for word in match.groups() if word]
    wanted = {stem(word) for word in (*touching * dose_like(measure), *said_of)}
    return Premise(
        quantity=measure.quantity,
        printed=measure.printed,
        about=about,
        anchors=tuple(dict.fromkeys((*_nearest_drug(left, right), *(word for word in about if word in wanted)))),
        measure=measure,
        roles=roles(sentence, measure) & TOLD,
        beside=before(sentence, measure),
        where=tuple(one for one in found if one is not measure and conditional(one)),
        people=asked(question),
    )


WORDS = re.compile(r"[^\W\d_]{3,}")


def _nearest_drug(left: str, right: str) -> list[str]:
    """The drug named last before a value, or first behind it."""
    words = (*reversed(WORDS.findall(left)), *WORDS.findall(right))
    return [stem(word) for word in words if is_drug(word)][:1]


def is_drug(word: str) -> bool:
    """Whether a word ends as names of drugs do, and is none of the commonest words."""
    return named(word) == "drug" and word.lower() not in FUNCTION


def conditional(measure: Measure) -> bool:
    """Whether a value says when something holds rather than how much: a limit, a range, a weight, a concentration."""
    ranged = measure.quantity.form == "range" and measure.dimension not in ("time", "months")
    return measure.bounded or ranged or measure.dimension == "weight" or bool(set(measure.per) & {"L", "dL", "mL"})


def before(text: str, measure: Measure) -> frozenset[str]:
    """Stems of the last words before a value, in its cell."""
    words = re.findall(r"[^\W_]+", text[max(0, measure.start - 40) : measure.start].split("|")[-1])[-3:]
    return frozenset(stem(word) for word in words) - _GENERAL


TOLD = frozenset(("maximum", "minimum", "start", "loading", "maintenance", "target", "threshold", "increment"))
"""Roles that tell one value of a thing from another; the rest follow from the kind of value."""


def _things(text: str) -> tuple[str, ...]:
    keys = (
        token.key for token in tokens(text).tokens if token.quantity is None and not token.negates and not token.modal
    )
    return tuple(
        dict.fromkeys(key for key in keys if isinstance(key, str) and key not in _GENERAL and not key.isdigit())
    )
