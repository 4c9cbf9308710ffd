"""The topic of a question: the things it names and the patients it is about, and the text without some of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cpgassist.answering.questions.speech import NAME, Word, words_of

Sort = Literal["measure", "condition"]
"""What is done or given (drug, procedure, test), or what a patient has (disease, finding)."""

AXES = ("person", "circumstance", "severity", "setting", "route", "choice")
"""Properties of the patient or the treatment; one value of each takes the place of another."""

_MEASURE = re.compile(
    r"(?:[\w-]{2,}(?:in|ine|ol|ole|ide|one|onate|oate|urate|irate|unate|exate|am|ib|mab|vir|ium|cept|prim|zid|grel|fenac"
    r"|anyl|ostat|oxifen|bose|xime|parib|azol|pam)s?"
    r"|\w*(?:pril|afil|dipine?|sartan|profen|tapenem|statin|lukast|gliptin|gliflozin|glutide|formin|triptan|setron)s?"
    r"|\w*(?:ectomy|[oa]scopy|ography|gram|plasty|therapy|metry|puncture|transfusion|transplant\w*|intubation"
    r"|ventilation|catheter\w*|tomy|stomy|scan|test|ultrasound|stent\w*|patch|cream|ointment|inhaler|spray)"
    r"|mri|ct|ecg|eeg|bcg|cpap|iud|ors)"
)
"""Endings of drug names, most of them of the international nonproprietary names, and of procedures."""
_NO_MEASURE = re.compile(
    r"\w*(?:skin|pain|brain|sprain|strain|protein|albumin|bilirubin|globin|creatinine|urine|migraine|gangrene|origin|margin"
    r"|suicide|cholesterol|bone|stone|menopausal|spine|intestine|vein|groin|exam|bleeding)|(?:base|guide|mid|dead)lines?|line"
)
_CONDITION = re.compile(
    r"\w*(?:itis|osis|oma|omas|a?emia|pathy|uria|algia|iasis|ism|rrh?o?ea|plegia|penia|trophy|sepsis|asthma|eczema|lepsy|phrenia"
    r"|fever|failure|disease|syndrome|infection|cancer|pain|cough|diabetes|hypertension|hypotension|pressure|stroke|injury"
    r"|bleeding|haemorrhage|hemorrhage|ulcers?|fractures?|abscess|malaria|deficiency|disorder|dengue|lung|heart|rash|wounds?|burns?"
    r"|attack|shock|seizures?|pox|flu|measles|mumps|rabies|stones?|depression|anxiety|dementia|delirium|psoriasis|acne|gout"
    r"|pneumonia|influenza|scabies|syphilis|croup|pertussis|tetanus|cholera|typhoid|eclampsia|angina|urticaria|impetigo|vertigo"
    r"|cataract|pregnancy|ache|headache|migraine|dislocation|obesity|overdose|poisoning|bites?|sting|reflux|leprosy|arrest|embolism|block)"
    r"|hiv|aids|tb|uti|copd|dvt|pcos|covid(?:-19)?"
)
"""Endings and last words of the names of diseases and findings."""
_MALAY_CONDITION = frozenset(
    "demam penyakit jangkitan infeksi kanser kanker radang sakit kencing darah batuk cirit strok asma kusta denggi tibi".split()
)
_ALLERGY = re.compile(r"allerg|intoleran|hypersens|alah|alergi|过敏")
_CHINESE_MEASURE = re.compile(
    r".*(?:霉素|西林|沙星|唑|他汀|普利|沙坦|双胍|素|片|药|胶囊|疫苗|剂|胺|林|匹林|洛尔|地平|列净|列汀|术|镜|酮|松|龙)$"
)
_CHINESE_CONDITION = re.compile(
    r".*(?:病|症|炎|热|癌|瘤|感染|衰竭|综合征|血压|痛|伤|喘|核|风|梗|疹|疮|溃疡|中毒|血|疾|哮喘)$"
)
_AT = frozenset("in for among during to untuk pada bagi kepada dalam semasa ketika 对 给 在".split())
"""Links before the patients a question is about."""
_STATE_OF = frozenset("in after before during following pada dalam selepas setelah sebelum semasa".split())
"""Links that make of something done a state of the patient."""
_HAVING = frozenset("with who having on without dengan yang tanpa known suspected confirmed 合并 伴 伴有".split())
_UNDER = _AT | {"with", "if", "on", "dengan", "jika", "kalau", "having", "who", "has", "have", "如果"}
"""Links before a patient's circumstances."""
_FILLER = frozenset(("stop", "severity", "aux"))
_PATIENTS = {"en": "patients", "ms": "pesakit"}


@dataclass(frozen=True, slots=True)
class Named:
    """Something a text names: words `first` to `last`, both included, and the place of the link before, if any."""

    first: int
    last: int
    sort: Sort | None
    link: int | None
    sure: bool = True
    """Whether the name's own form tells its sort, not only its place."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A text taken apart."""

    text: str
    words: tuple[Word, ...]
    named: tuple[Named, ...]

    def roles(self) -> set[str]:
        """The roles of its words; an age counts as a person."""
        return {"person" if word.role == "age" else word.role for word in self.words}

    @property
    def is_one(self) -> bool:
        """Whether there is something to ask about: a name, or two of a kind of drug, a patient and the like."""
        return bool(self.named) or len(self.roles() & _CORE) > 1

    @property
    def says_something(self) -> bool:
        """Whether it holds more than links and fillers."""
        return any(role in _CORE or role.startswith(("kind", "wh-", "meta")) for role in self.roles())

    def of(self, sort: Sort) -> tuple[Named, ...]:
        """What it names of a sort; what cannot be told counts as a condition."""
        return tuple(one for one in self.named if (one.sort or "condition") == sort)

    def said(self, one: Named) -> str:
        """The words of something named."""
        return self.text[self.words[one.first].start : self.words[one.last].end]

    def without(self, drops: Collection[str]) -> str:
        """The text without some of AXES, "measure" or "condition"; an ellipsis where a sentence's subject stood."""
        gone = _gone(self, drops)
        parts: list[str] = []
        at = 0
        for i, word in enumerate(self.words):
            parts += [self.text[at : word.start], gone.get(i, word.text)]
            at = word.end
        return _tidied("".join((*parts, self.text[at:])))

    def bare(self, drops: Collection[str], keep: Collection[str] = ()) -> str:
        """What it names and whom it is about, without what it asks of them, and without some of both.

        Words with the roles in `keep` stay too.
        """
        core = _CORE | set(keep)
        gone = _gone(self, drops)
        left = [i for i in range(len(self.words)) if i not in gone or gone[i] not in ("", ELLIPSIS)]
        kept: list[int] = []
        for place in range(len(left) - 1, -1, -1):
            before = left[place - 1] if place else None
            if self._kept(core, left[place], before, kept[-1] if kept else None):
                kept.append(left[place])
        kept.reverse()
        while kept and (
            self.words[kept[0]].role in ("link", "join", "mark") or self.words[kept[0]].folded in _ARTICLES
        ):
            kept.pop(0)
        return _joined([gone.get(i, self.words[i].text) for i in kept])

    def _kept(self, core: Collection[str], i: int, before: int | None, after: int | None) -> bool:
        word = self.words[i]
        if word.role in core:
            return True
        if word.role == "stop" and before is not None and self.words[before].role == "amount":
            return True
        if after is None or (word.end != self.words[after].start and after != i + 1):
            return False
        if word.role in ("link", "join"):
            return self.words[after].role not in ("link", "join", "mark")
        return (word.role == "stop" and self.words[after].role in core) or (
            word.text == "," and self.words[after].role in core
        )


ELLIPSIS = "…"
_CORE = frozenset(
    (NAME, "person", "age", "circumstance", "severity", "setting", "route", "thing", "state", "choice", "amount")
)
_ARTICLES = frozenset(
    "a an the my our your any some all each every i we you me please there one yang 的 我 您 你".split()
)


def topic_of(text: str) -> Topic:
    """A text taken apart."""
    words = words_of(text)
    return Topic(text, words, tuple(_named(words)))


def is_topic(words: Sequence[Word], i: int) -> bool:
    """Whether a circumstance is itself what is asked about ("How is renal failure treated?")."""
    roles = {word.role for word in words}
    before = _before(words, i)
    if "kind-measure" in roles or "wh-measure" in roles:
        return False
    linked = before is not None and words[before].folded not in ("of", "for", "untuk", "bagi")
    asks = "kind-condition" in roles or words[0].role.startswith(("wh", "aux"))
    return asks and not linked and not any(word.role in ("if", "lead") for word in words[:i])


def _named(words: Sequence[Word]) -> Iterator[Named]:
    i = 0
    before: Named | None = None
    while i < len(words):
        if not _names(words, i):
            i += 1
            continue
        last = i
        while (after := _joins(words, last)) is not None:
            last = after
        link = _before(words, i)
        if not _is_of_circumstance(words, link, last):
            sort = _sort(words, i, last, link)
            if before is not None and _is_listed(words[before.last + 1 : i]):
                sort = _form(words, i, last) or before.sort or sort
            before = Named(i, last, sort, link, _form(words, i, last) is not None)
            yield before
        i = last + 1


def _is_listed(between: Sequence[Word]) -> bool:
    """Whether two names stand in one list: "amoxicillin or cefaclor"."""
    return 0 < len(between) < 3 and all(word.role == "join" or word.text in ",/、" for word in between)


def _names(words: Sequence[Word], i: int) -> bool:
    word = words[i]
    if word.role == "circumstance":
        return is_topic(words, i)
    return word.role == NAME and not _objectless(words, i)


def _joins(words: Sequence[Word], last: int) -> int | None:
    """The word that goes on with a name: the next one, or the one behind "of"."""
    for ahead in (1, 2, 3):
        i = last + ahead
        if i >= len(words):
            return None
        between = words[last + 1 : i]
        if not between and words[i].role in (NAME, "state", "thing"):
            return i
        if len(between) == 1 and between[0].folded == "use" and words[i].role == "state":
            return i  # "alcohol use disorder"
        linked = bool(between) and between[0].folded == "of" and all(word.folded in ("of", "the") for word in between)
        if linked and words[i].role == NAME:
            return i
    return None


def _objectless(words: Sequence[Word], i: int) -> bool:
    """Whether a word that no table knows names nothing, by its place, where it is the only one.

    "How to taper?", "should it be titrated?": in a verb's place without an object, it takes its object from the talk.
    "Which cream?": it is what is asked for.
    """
    before = words[i - 1].folded if i else ""
    if any(word.role == NAME for j, word in enumerate(words) if j != i) or not words[i].text.islower():
        return False
    framed = bool({word.role.partition("-")[0] for word in words[:i]} & {"wh", "aux"})
    last = all(word.role == "mark" for word in words[i + 1 :])
    wanted = last and before in ("what", "which") and all(word.role in ("link", "lead") for word in words[: i - 1])
    return wanted or (framed and before in ("to", "i", "we", "you", "be", "been"))


def _is_of_circumstance(words: Sequence[Word], link: int | None, last: int) -> bool:
    """Whether a name tells of a circumstance: "allergic to penicillin", "sulfa allergy"."""
    behind = words[last + 1] if last + 1 < len(words) else None
    allergy = behind is not None and behind.role == "circumstance" and _ALLERGY.search(behind.folded)
    return bool(allergy) or (link is not None and _of_circumstance(words, link))


def _of_circumstance(words: Sequence[Word], link: int) -> bool:
    """Whether a link hangs on a circumstance: "allergic to penicillin"."""
    return (
        link > 0
        and words[link - 1].role == "circumstance"
        and words[link].folded in ("to", "kepada", "terhadap", "dengan")
    )


def _before(words: Sequence[Word], i: int) -> int | None:
    """The place of the link before a word, articles and degrees skipped."""
    i -= 1
    while i >= 0 and words[i].role in ("stop", "severity", "route") and words[i].folded not in ("not",):
        i -= 1
    linked = i >= 0 and (words[i].role == "link" or words[i].folded in ("if", "jika", "kalau", "如果"))
    return i if linked else None


def _sort(words: Sequence[Word], first: int, last: int, link: int | None) -> Sort | None:
    by_form = _form(words, first, last)
    if by_form == "measure" and link is not None and words[link].folded in _STATE_OF:
        return "condition"  # "after splenectomy", "in dialysis": what was done is what the patient now has
    if by_form is not None:
        return by_form
    before = first - 1 if link is None else link - 1
    near = words[before].role if before >= 0 else ""
    if near in ("kind-measure", "wh-measure") and (
        link is None or words[link].folded in ("of", "for", "untuk", "bagi", "with")
    ):
        return "measure"
    if near == "verb" and link is None:
        return "measure"
    behind = [word.role for word in words[last + 1 : last + 4] if word.role not in ("stop", "aux")]
    if link is None and behind and behind[0] in ("verb", "kind-measure"):
        return "measure"
    if near == "kind-condition" and link is not None and words[link].folded in ("with", "dengan"):
        return "measure"
    if near == "kind-condition" or (link is None and behind and behind[0] == "kind-condition"):
        return "condition"
    return "condition" if link is not None and words[link].folded in _AT else None


def _form(words: Sequence[Word], first: int, last: int) -> Sort | None:
    """What the form of a name tells: endings of drug names and diseases, last words, Malay first words."""
    end, start = words[last], words[first].folded.split()[0]
    if end.cjk:
        text = "".join(word.text for word in words[first : last + 1])
        return "measure" if _CHINESE_MEASURE.match(text) else "condition" if _CHINESE_CONDITION.match(text) else None
    if end.role in ("thing", "state"):
        return "measure" if end.role == "thing" else "condition"
    if end.role == "circumstance" or start in _MALAY_CONDITION:
        return "condition"
    tail = end.folded
    if _CONDITION.fullmatch(tail):
        return "condition"
    if _MEASURE.fullmatch(tail) and not _NO_MEASURE.fullmatch(tail):
        return "measure"
    return None


def _gone(topic: Topic, drops: Collection[str]) -> dict[int, str]:
    """The places of the words that are dropped, with what stands there instead."""
    words = topic.words
    gone: dict[int, str] = {}
    for one in topic.named:
        if (one.sort or "condition") in drops:
            start, end = _with_amounts(words, one) if one.sort == "measure" else (one.first, one.last)
            start = one.link if one.link is not None and one.link < start else start
            while one.link is None and start and words[start - 1].role in _FILLER - {"aux"}:
                start -= 1
            gone.update({i: "" for i in range(start, end + 1)})
            if one.link is None and _is_subject(words, start):
                gone[start] = ELLIPSIS
    for i in range(1, len(words) - 1):
        if words[i].role == "join" and i - 1 in gone and i + 1 in gone:
            gone[i] = ""
    inside = {i for one in topic.named for i in range(one.first, one.last + 1)}
    for i, word in enumerate(words):
        axis = "person" if word.role == "age" else word.role
        if axis not in drops or i in inside or i in gone:
            continue
        if axis == "person":
            _drop_person(words, i, gone)
        elif axis == "circumstance":
            _drop_circumstance(words, i, gone)
        else:
            gone[i] = ""
            if axis == "setting" and i and words[i - 1].role == "link":
                gone[i - 1] = ""
    return gone


def _with_amounts(words: Sequence[Word], one: Named) -> tuple[int, int]:
    """The first and last place of a drug with the strength beside it: another drug's is never its own."""
    first, last = one.first, one.last
    while last + 1 < len(words) and _is_strength(words, last + 1):
        last += 1
    before = first - 1 if one.link is None or words[one.link].folded != "of" else one.link - 1
    if before > 0 and words[before].role == "stop" and words[before - 1].role == "amount":
        first = before - 1
    elif before >= 0 and words[before].role == "amount":
        first = before
    return first, last


def _is_strength(words: Sequence[Word], i: int) -> bool:
    return words[i].role == "amount" or (words[i].role == "stop" and words[i - 1].role in ("amount", "stop"))


def _is_subject(words: Sequence[Word], start: int) -> bool:
    return any(word.role == "aux" for word in words[:start])


def _drop_person(words: Sequence[Word], i: int, gone: dict[int, str]) -> None:
    first = last = i
    while last + 1 < len(words) and _goes_on(words, last + 1):
        last += 1
    while (
        first
        and (words[first - 1].role == "stop" or words[first - 1].role in ("person", "age"))
        and first - 1 not in gone
    ):
        first -= 1
    at = first - 1 if first and words[first - 1].folded in _AT else None
    behind = words[last + 1] if last + 1 < len(words) else None
    having = behind is not None and behind.folded in _HAVING
    gone.update({j: "" for j in range(first, last + 1)})
    if words[i].cjk:
        return
    if at is not None and not having:
        gone[at] = ""
    elif having or behind is None or (behind.role in ("aux", "verb", "kind-condition") and _is_subject(words, first)):
        gone[first] = _PATIENTS["ms" if _malay(words) else "en"] if (having or first) else ""


def _goes_on(words: Sequence[Word], i: int) -> bool:
    """Whether a word still belongs to the patients named before it: "children aged 5 to 12 years", "men and women"."""
    word = words[i]
    if word.role in ("person", "age") or word.folded in ("patients", "patient"):
        return True
    after = words[i + 1].role if i + 1 < len(words) else ""
    if word.role == "amount":
        return words[i - 1].role in ("person", "link", "age") or words[i - 1].folded in ("to", "-")
    if word.role == "join":
        return after in ("person", "age")
    if word.role == "link" or word.text == "-":
        return after == "amount" and word.folded in ("of", "over", "under", "above", "below", "to", "between", "-")
    return words[i - 1].role == "amount" and word.role == "stop"


def _drop_circumstance(words: Sequence[Word], i: int, gone: dict[int, str]) -> None:
    last = i
    if i + 2 < len(words) and _of_circumstance(words, i + 1):
        last = i + 2
        while last + 1 < len(words) and words[last + 1].role == NAME:
            last += 1
    first = i
    while first and words[first - 1].role in _FILLER:
        first -= 1
    if first and words[first - 1].folded in _UNDER:
        gone.update({j: "" for j in range(first - 1, last + 1)})
    elif not i or words[i - 1].text == "," or (last + 1 < len(words) and words[last + 1].role.startswith("kind")):
        gone.update({j: "" for j in range(i, last + 1)})


def _malay(words: Sequence[Word]) -> bool:
    from_malay = (
        "apakah berapa bagaimana untuk pada bagi rawatan dos dosis ubat obat dengan adakah apa boleh pesakit".split()
    )
    return any(word.folded in from_malay for word in words)


def _joined(texts: Sequence[str]) -> str:
    """Words put together again: no blank between Chinese, nor before a comma."""
    joined = ""
    for text in texts:
        glued = not joined or text == "," or (ord(joined[-1]) > 0x2FFF and ord(text[0]) > 0x2FFF)
        joined += text if glued else f" {text}"
    return _tidied(joined)


def _tidied(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,?.!;])", r"\1", text)
    text = re.sub(r"(?:^|(?<=,))[\s,]+|[\s,]+$", lambda m: " " if m.start() else "", text).strip(" ,:;")
    return re.sub(rf"(?:{ELLIPSIS}\s*)+", f"{ELLIPSIS} ", text).strip()
