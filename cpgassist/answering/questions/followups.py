"""Follow-up questions made self-contained, by rule.

"and in pregnancy?" after "How is harbour fever treated in adults?" is asked as "How is harbour fever treated – and in
pregnancy?". What is carried comes from one earlier question alone, and what the follow-up contradicts is left behind:
another patient takes the place of the patient, another drug that of the drug. A question with a topic of its own is
never touched: a drug of the last patient must not slip into the next one's question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cpgassist.answering.questions.speech import NAME, Word, is_lead
from cpgassist.answering.questions.topics import AXES, Named, Sort, Topic, topic_of

LONGEST_ASKED = 2000
"""Characters of a condensed question; a longer one is asked as it was typed."""
JOINT = " – "
"""Stands between what is carried over and what was typed."""

_WEAK = frozenset("so ok okay also then jadi lalu terus".split())
"""Words that open any sentence, and tie it to nothing."""
_EXPLICIT = re.compile(
    r"(?:and )?(?:what|how) (?:about|of)\b|as for\b|why not\b|same for\b|bagaimana|gimana|macam mana|apa pula"
)
_PART = frozenset(
    "wh-any wh-measure meta kind kind-measure kind-condition choice thing state person age circumstance severity setting route"
    " amount it they if verb".split()
)
"""Roles that make a text without a name a part of what was said before, and no mere noise."""
_ADDING = frozenset("with plus on without versus vs than like from dengan tanpa 和 与 跟 合并 伴有".split())
"""Links before something that comes beside what was named, not in its place."""
_SWEEPING = frozenset("that this these those the above itu ini 这 此".split())
_REPLACING = frozenset(
    ("", *"of for against in during untuk bagi pada dalam semasa terhadap 在 对 给".split()),
)
"""Links before something that takes the place of what was named; a name without a link ("") does so too."""
_THEY = frozenset(("they", "them", "these patients", "those patients", "such patients", "mereka", "他们", "她们"))
"""References to patients asked about; he and she, beside a name, may be the next patient."""
_IN = frozenset("in during pada dalam semasa 在 对".split())
_LONG = 200
"""Characters over which a question is a story."""
_SENTENCES = re.compile(r"[.!?:;。！？；]\s*\w*[^\W\d]\w*\s+\w|[。！？；].")
"""A second sentence: a question that tells a story and names something needs no other."""
_DONE = re.compile(
    r"giv|tak|us|start|stop|continu|combin|saf|crush|prescri|administ|work|effectiv|beri|diberi|guna|digun|ambil|selamat|aman"
    r"|用|吃|停|安全"
)
"""Beginnings of what is said of a drug or a procedure."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation: as typed, and as it is asked when nothing before it is known."""

    question: str
    asked: str


def condensed(question: str, before: Sequence[Turn]) -> str:
    """The question as it must be asked when nothing before it is known; the question itself when it stands alone.

    It holds the typed question word for word, after what is carried over from the last turn that names something:
    `before` is oldest first, and nothing of an older turn is used.
    """
    if not before or len(question) > LONGEST_ASKED:
        return question
    typed = topic_of(question)
    if not leans(typed):
        return question
    last = next((topic for turn in reversed(before) if (topic := topic_of(_plain(turn.asked))).is_one), None)
    if last is None:
        return question
    asked = _asked(typed, last)
    return asked if len(asked) <= LONGEST_ASKED else question


def leans(typed: Topic) -> bool:
    """Whether a question can only be understood after another one."""
    said, tied, explicit = _opened(typed.words)
    if not typed.named:
        roles = {word.role for word in said}
        if not tied and _names_kind(typed) and typed.roles() & {"person", "circumstance"}:
            return False  # "vaccines for health workers": two parts make a topic
        return tied or bool(roles & {*_PART, NAME}) or roles in ({"wh"}, {"wh", "link"})
    if _SENTENCES.search(typed.text):
        return False
    if _reference(typed) is not None:
        return True
    asks = any(word.role.startswith("wh") for word in said)
    if said[0].role == "if":
        return not asks and not _has_main_clause(typed.words)
    if is_lead(said[-1]) and said[-1].folded not in _WEAK and not asks:
        return True
    framed = asks or _has_main_clause(typed.words) or (not explicit and any(word.role == "aux" for word in said))
    beside = said[0].role == "kind-measure" and all(_link(typed, one) in _ADDING for one in typed.named)
    return (tied or beside or said[0].role == "link") and not framed


def _opened(words: Sequence[Word]) -> tuple[list[Word], bool, bool]:
    """The words behind those that open the text, whether these tie it to what was said, and whether outright."""
    said = [word for word in words if word.role not in ("mark", "chat")]
    tied = explicit = False
    while said[1:] and is_lead(said[0]) and not explicit:
        tied = tied or said[0].folded not in _WEAK
        explicit = bool(_EXPLICIT.match(said[0].folded))
        said = said[1:]
    return said, tied, explicit


def _has_main_clause(words: Sequence[Word]) -> bool:
    """Whether behind a mark a sentence begins: "if allergic, is clarithromycin given?"."""
    return any(a.role == "mark" and b.role in ("aux", "verb") for a, b in pairwise(words))


def _reference(typed: Topic) -> int | None:
    """The place of the word that stands for something said before, or None."""
    words = typed.words
    first = min((one.first for one in typed.named), default=len(words))
    whole = bool(typed.of("measure") and typed.of("condition"))
    for i, word in enumerate(words[:first]):
        ahead = words[i + 1] if i + 1 < len(words) else None
        if word.refers or (word.folded in _THEY and typed.named and not whole):
            return i
        if word.role == "it" and not _is_empty(words, i) and not (ahead is not None and i + 1 == first):
            return i
    return None


def _is_empty(words: Sequence[Word], i: int) -> bool:
    """Whether "it" only fills a place: "Is it safe to give zelmorin?", "It is true that ..."."""
    if words[i].folded not in ("it", "that", "this"):
        return False
    behind = [word.folded for word in words[i + 1 :]]
    place = next((j for j, word in enumerate(behind) if word in ("to", "that")), None)
    return (
        place is not None and place <= 3 and all(words[i + 1 + j].role in ("verb", "stop", "aux") for j in range(place))
    )


def _asked(typed: Topic, last: Topic) -> str:
    at = _reference(typed)
    meant = _meant(typed, last) if at is not None else None
    if at is not None and meant is not None:
        end = typed.words[_span(typed, at)[1]].end
        aside = f"（{last.said(meant)}）" if typed.words[at].cjk else f" ({last.said(meant)})"
        said = f"{typed.text[:end]}{aside}{typed.text[end:]}"
        carried = "" if typed.named else _carried(typed, last, refers=True)
        return said if carried in ("", last.said(meant)) else f"{carried}{JOINT}{said}"
    carried = _carried(typed, last, refers=at is not None)
    return f"{carried}{JOINT}{typed.text}" if carried else typed.text


def _span(typed: Topic, at: int) -> tuple[int, int]:
    """The first and last place of a reference with its noun: "it", "that drug", "ubat itu"."""
    kinds = ("thing", "state")
    if at + 1 < len(typed.words) and typed.words[at + 1].role in kinds:
        return at, at + 1
    if at and typed.words[at].folded in _THAT and typed.words[at - 1].role in kinds:
        return at - 1, at
    return at, at


def _meant(typed: Topic, last: Topic) -> Named | None:
    """What a reference stands for, if one thing alone can be meant."""
    at = _reference(typed)
    if at is None or typed.words[at].role == "they":
        return None
    first, end = _span(typed, at)
    if typed.words[at].folded in _SWEEPING and first == end:
        return None  # "is there evidence for that?" points at all that was said
    wanted = _wanted(typed, at)
    named = last.of(wanted or "measure") or (() if wanted else last.of("condition"))
    sure = len(named) == 1 and (named[0].sort is not None or len(last.named) == 1)
    return named[0] if sure else None


def _wanted(typed: Topic, at: int) -> Sort | None:
    """Whether what is asked is asked of drugs and procedures or of diseases; None when it may be asked of both."""
    nouns = {word.role for word in typed.words[slice(_span(typed, at)[0], _span(typed, at)[1] + 1)]}
    if nouns & {"thing", "state"}:
        return "measure" if "thing" in nouns else "condition"
    roles = typed.roles()
    if roles & {"kind-measure", "wh-measure"}:
        return "measure"
    if "kind-condition" in roles:
        return "condition"
    done = any(word.role == "verb" and _DONE.match(word.folded) for word in typed.words)
    return "measure" if done else None


def _carried(typed: Topic, last: Topic, refers: bool) -> str:
    """What is taken over: the last question without what is contradicted, or its topic when something else is asked."""
    roles = typed.roles()
    drops: set[str] = {axis for axis in AXES if axis in roles}
    if not refers:
        drops |= _replaced(typed, last)
    conditional = _opened(typed.words)[0][0].role == "if"
    anew = (refers and not conditional) or _asks_anew(typed)
    story = _tells_a_story(last.text)
    if story and "condition" in drops:
        return ""  # a story without what the patient has is another patient's
    # "how long?" after "How is moss lung treated?" asks about the treatment: only an aspect replaces an aspect
    keep = () if roles & {"kind-condition", "kind"} else ("kind-condition",)
    carried = last.bare(drops, keep) if anew and not story else last.without(drops).rstrip("?？.。! ")
    return carried if topic_of(carried).says_something else ""


def _tells_a_story(text: str) -> bool:
    """Whether a question is carried whole: its topic cannot be cut out of several sentences."""
    return len(text) > _LONG or bool(re.search(r"[.!?。！？]\s+\w+\s+\w|[。！？].", text))


def _asks_anew(typed: Topic) -> bool:
    """Whether it asks for something else than the question before, rather than the same of something else."""
    said, _, explicit = _opened(typed.words)
    roles = {word.role for word in said}
    if said and said[0].role == "if":
        roles -= {"aux", "verb"}
    if roles & {"meta"} and not any(role.startswith("kind") for role in roles):
        return False
    asks = any(role.startswith(("wh", "kind")) or role == "choice" for role in roles)
    asks = asks or typed.words[0].folded == "why not"
    return asks or (not explicit and "aux" in roles)


def _replaced(typed: Topic, last: Topic) -> set[str]:
    """Of which sorts the last question's names give way to those of the typed one."""
    roles = typed.roles()
    if _opened(typed.words)[0][0].role == "if":
        return set()
    replaced: set[str] = set()
    aspect = "kind-condition" in roles and not typed.named and bool(last.of("condition"))
    if "choice" in roles or aspect or _names_kind(typed):
        replaced |= {"measure", "thing"}
    for one in typed.named:
        link = _link(typed, one)
        if link not in _REPLACING:
            continue
        sort = one.sort or _sort_by_question(last)
        if one.link is None and one.sort is None and sort is None:
            return {"measure", "condition"}
        if sort == "measure":
            replaced |= {"measure", "thing"}
        elif link not in _IN or any(_stands_in(last, other, one.sure) for other in last.of("condition")):
            replaced.add("condition")
            if "kind-condition" in roles:
                replaced.add("measure")
    return replaced


def _link(topic: Topic, one: Named) -> str:
    return topic.words[one.link].folded if one.link is not None else ""


def _stands_in(last: Topic, one: Named, sure: bool) -> bool:
    """Whether a disease of the last question stands where "in ..." would stand, so that another takes its place."""
    return _link(last, one) in (_IN | {"for", "untuk", "with", "dengan"} if sure else _IN)


def _sort_by_question(last: Topic) -> Sort | None:
    """Of which sort the things are that the last question can be asked of."""
    roles = last.roles()
    if roles & {"kind-measure", "wh-measure"} and last.of("measure"):
        return "measure"
    return "condition" if "kind-condition" in roles and not last.of("measure") else None


def _names_kind(typed: Topic) -> bool:
    """Whether another kind of drug or procedure is asked about: "which antibiotic?", "is surgery needed?"."""
    for i, word in enumerate(typed.words):
        before = typed.words[i - 1] if i else None
        known = before is not None and (before.role == "it" or before.folded in {"the", *_ADDING})
        behind = typed.words[i + 1 : i + 2]
        known = known or any(one.folded in _THAT or one.role.startswith("kind") for one in behind)
        if word.role == "thing" and not known and not word.refers:
            return True
    return False


_THAT = frozenset("itu ini tersebut berkenaan".split())
_ASIDE = re.compile(r"\s*[(（]([^()（）]*)[)）]")


def _plain(asked: str) -> str:
    """A condensed question as one phrase, to be taken apart again: without the words that only tied its parts."""
    parts: list[str] = []
    for part in asked.split(JOINT):
        said = _resolved(part.strip().rstrip("?？.。!！ "), " ".join(parts))
        words = topic_of(said).words
        start = 0
        while parts and start < len(words) and is_lead(words[start]):
            start += 1
        end = len(words)
        while parts and end > start and is_lead(words[end - 1]):
            end -= 1
        kept = said[words[start].start : words[end - 1].end] if start < end else ""
        if kept:
            linked = bool(parts) and words[start].role in ("link", "if")
            parts.append(f"{' ' if linked or not parts else ', '}{kept}")
    return "".join(parts).strip() or asked


def _resolved(part: str, before: str) -> str:
    """ "Is it (zelmorin) safe" -> "Is zelmorin safe", or "Is it safe" where zelmorin was named just before."""
    topic = topic_of(part)
    at = _reference(topic)
    if at is None:
        return part
    first, last = _span(topic, at)
    end = topic.words[last].end
    match = _ASIDE.match(part, end)
    if match is None:
        return part
    if match[1] in before:
        return part[:end] + part[match.end() :]
    kept = topic.words[at].text + " " if topic.words[at].refers else ""
    return f"{part[: topic.words[first].start]}{kept}{match[1]}{part[match.end() :]}"
