"""The words of a question, widened by what the guidelines themselves and a small glossary say is the same.

Abbreviations come from the passages, where guidelines spell them out once ("multidrug therapy (MDT)"). The glossary
is a data file of English, Malay/Indonesian and Chinese clinical terms, so that a Malay question finds an English
guideline without any model. Widening only finds passages; what is quoted is always the guideline's own text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cpgassist.retrieval.concepts import Concept, Concepts
from cpgassist.retrieval.everyday import said_otherwise
from cpgassist.stems import stem

_SHORT_FORM = re.compile(r"\(([a-z]?[A-Z][A-Za-z0-9&/-]{1,9}s?)\)")
_ABBREVIATION = re.compile(
    r"(?<![\w-])[A-Za-z][A-Za-z0-9&/-]*[A-Z0-9][A-Za-z0-9]*(?![\w-])|(?<![\w-])[A-Z]{2,10}s?(?![\w-])"
)
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*|[^\w\s]")
_DRUG = re.compile(
    r"(?:glitazone|gliflozin|gliptin|glutide|formin|pril|sartan|olol|statin|cillin|mycin|oxacin|azole|vir|mab|nib|dipine|azepam"
    r"|caine|parin|triptan|setron|tidine|sone|solone|lukast|afil|dronate|thiazide|quine|bactam|oxaban|dopa|fibrate|zosin"
    r"|cycline|oxetine|fungin|floxacin|profen|coxib|barbital|semide|actone|phylline|terol)$|^(?:cef|sulfa)",
)
"""Common stems of international nonproprietary names (WHO)."""
_LONG = 9
"""Letters from which a word may have two slips."""
_RARE = 5
"""Passages up to which an abbreviation counts as hardly used."""
_ALTERNATIVES = 2
"""Names taken from the other language for one term."""
_ASKING = frozenset(
    "how many much when where what which who why may can allowed should after before during type kind list of the a an is"
    " patient patients start initiate mandatory required must need if or and not than more less berapa bila apa siapa"
    " mana boleh harus perlu selepas sebelum jenis pesakit pasien mulai mula jika atau dan tidak lebih kurang"
    " under over daripada dari".split()
)
"""Words that ask rather than name; the index's own rarity weights cannot know that in another language."""
_MALAY = frozenset(
    "yang dan untuk dengan pada adalah tidak atau dalam kepada oleh dari berapa apa bila boleh kah ke di sudah harus bagi"
    " ada ini itu pasien pesakit saya anak ibu bayi lebih kurang jika kalau selepas setelah mana siapa bagaimana perlu"
    " masih juga ya tak nak dos dosis ubat obat umur tahun hari".split()
)
_ENGLISH = frozenset(
    "the of and to in is for with be are or not by that what how when which who why should can does do a an on at from"
    " after before if his her much many long often first dose he she it i we you".split()
)
_MOST = 2
"""Long forms kept per abbreviation: more is a sign of a list, not of a definition."""


@dataclass(frozen=True, slots=True)
class Term:
    """One concept of the glossary: its alternatives in each language, the guideline's usual form first."""

    en: tuple[str, ...]
    ms: tuple[str, ...]
    zh: tuple[str, ...]


class Vocabulary:
    """What else the words of a question may be called in these guidelines."""

    def __init__(
        self,
        texts: Sequence[str],
        pieces: Callable[[Sequence[str]], list[int]],
        glossary: Sequence[Term] | None = None,
        languages: Sequence[str | None] | None = None,
    ) -> None:
        """`pieces` counts into how many pieces the embedder's tokenizer spells out each word; `languages` are those of the
        texts, all English where they are not given."""
        self._pieces = pieces
        self._texts = [text.lower() for text in texts]
        printed = [set(_LETTERS.findall(text)) for text in self._texts]
        self._words = Counter(word for words in printed for word in words)
        english = [one in (None, "en") for one in languages or [None] * len(texts)]
        pairs = list(zip(printed, english, strict=True))
        self._english: frozenset[str] = frozenset().union(*(words for words, own in pairs if own))
        self._foreign: frozenset[str] = frozenset().union(*(words for words, own in pairs if not own))
        self._initials: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            if word in self._english:  # only English questions are respelt
                self._initials[word[0]].append(word)
        self._long = abbreviations(texts)
        self._used = _uses(texts, self._long)
        terms = load_glossary() if glossary is None else glossary
        self._to_english = _lookup((foreign, term.en) for term in terms for foreign in (*term.ms, *term.zh))
        self._translatable = frozenset(word for term, _ in self._to_english for word in term.split())
        self._to_malay = _lookup((other, term.ms) for term in terms for other in (*term.en, *term.zh))
        names = ((*term.en, *term.ms, *term.zh) for term in terms)
        self._concepts = Concepts(names, self._used_as, len(texts), _ASKING | _MALAY | _ENGLISH)

    def form(self, question: str, language: str | None) -> Form:
        """The question as guidelines in this language ("en", "ms") would put it."""
        shorts = list(dict.fromkeys(_ABBREVIATION.findall(question)))
        longs = [long for short in shorts for long in self._spelled_out(short)]
        # Measured: spelling out what the passages themselves abbreviate drowns the question's other words.
        rare = [long for short in shorts if self._used[short] < _RARE for long in self._spelled_out(short)]
        own = spoken_language(question)
        repairs = self._repairs(question) if own == "en" else []
        everyday = self._everyday(question) if own == "en" else []
        terms: list[tuple[str, ...]] = []
        if language == "en" and own != "en":
            terms = _translated(question, self._to_english)
        elif language == "ms" and own != "ms":
            terms = _translated(question, self._to_malay)
        shared: Sequence[str] = ()
        if terms:
            shared = (
                [word for word in self.named(question) if word in self._foreign]
                if own == "en"
                else self.untranslated(question)
            )
        names = tuple(dict.fromkeys(name for alternatives in terms for name in alternatives))
        usual = tuple(dict.fromkeys(max(alternatives, key=self._used_as) for alternatives in terms))
        return Form(question, tuple(longs), tuple(rare), names, tuple(repairs), tuple(everyday), usual, tuple(shared))

    def concepts(self, question: str) -> tuple[Concept, ...]:
        """The clinical concepts that a question names, in whatever language."""
        return self._concepts.of(question)

    def _used_as(self, name: str) -> int:
        """In how many passages the rarest word of a name stands."""
        return min((self._words[word] for word in _LETTERS.findall(name.lower())), default=0)

    def named(self, text: str) -> list[str]:
        """The particular words of an English text, as the passages spell them: drugs, diseases, procedures.

        The embedder's tokenizer tells them: it spells them out in three or more pieces, everyday words in one. Two
        pieces make many inflected words too, so those count only when no passage prints them.
        """
        words = list(dict.fromkeys(w for w in _LETTERS.findall(text.lower()) if len(w) >= 5 and w.isascii()))
        counts = self._pieces(words) if words else []
        known = [w if w in self._words else self._nearest_word(w, n) for w, n in zip(words, counts, strict=True)]
        named = [k or w for w, n, k in zip(words, counts, known, strict=True) if n >= 3 or (n == 2 and not k)]
        return list(dict.fromkeys(named))

    def untranslated(self, question: str) -> list[str]:
        """The particular words that a Malay or Chinese question shares with the passages: names that no language changes."""
        words = [w for w in dict.fromkeys(_LETTERS.findall(question.lower())) if len(w) >= 5 and w.isascii()]
        common = self._translatable | _MALAY | _ASKING
        known = [word for word in words if self._words[word] and word not in common]
        # Malay inflects its own words into many pieces; what English texts print too, or ends as drugs do, is a name.
        named = [word for word in known if word in self._english or _DRUG.search(word)]
        counts = self._pieces(named) if named else []
        return [word for word, count in zip(named, counts, strict=True) if count >= 3]

    def _everyday(self, question: str) -> list[str]:
        """What guidelines print for everyday words that hardly any passage prints; others find their passages."""
        sayings = said_otherwise(question)
        return [name for said, means in sayings if self._printed(said.lower()) < _RARE for name in means]

    def _printed(self, words: str) -> int:
        """In how many passages these lower-case words stand."""
        if _LETTERS.fullmatch(words):
            return self._words[words]
        return sum(words in text for text in self._texts)

    def _repairs(self, question: str) -> list[str]:
        unknown = [w for w in _LETTERS.findall(question.lower()) if w not in self._words]
        counts = self._pieces(unknown) if unknown else []
        found = [self._nearest_word(word, count) for word, count in zip(unknown, counts, strict=True)]
        return [word for word in dict.fromkeys(found) if word]

    def _nearest_word(self, word: str, pieces: int) -> str | None:
        """The commonest word of the English passages one slip away, or two for long words, with the same first letter.

        Only what the tokenizer has to spell out is taken for misspelt: "croup" is a word of its own, not "group". An
        inflected form is none either, and two drugs may be two letters apart: dapoxetine is not duloxetine.
        """
        if len(word) < 5 or not word.isascii() or pieces < 3:
            return None
        slips_allowed = 2 if len(word) >= _LONG and not _DRUG.search(word) else 1
        near = process.extract(
            word,
            self._initials.get(word[0], ()),
            scorer=OSA.distance,
            score_cutoff=slips_allowed,
            limit=None,
        )
        least = min((slips for _, slips, _ in near), default=0)
        closest = [other for other, slips, _ in near if slips == least]
        meant = max(closest, key=lambda other: (self._words[other], other), default=None)
        return meant if meant and stem(meant) != stem(word) else None

    def _spelled_out(self, short: str) -> Sequence[str]:
        return self._long.get(short) or self._long.get(short.rstrip("s")) or self._long.get(short.upper()) or ()


@dataclass(frozen=True, slots=True)
class Form:
    """A question and what was added to it for guidelines in one language."""

    question: str
    long_forms: tuple[str, ...]
    rare_long_forms: tuple[str, ...]
    """Long forms of abbreviations that hardly any passage uses."""
    terms: tuple[str, ...]
    """The question's terms in the guidelines' language, when it is asked in another."""
    repairs: tuple[str, ...] = ()
    """Words of the passages that misspelt words of the question stand for."""
    everyday: tuple[str, ...] = ()
    """What guidelines print for the everyday words and shorthand of the question."""
    usual: tuple[str, ...] = ()
    """Of the alternatives in `terms`, the one that the passages print most."""
    shared: tuple[str, ...] = ()
    """Particular words that both languages print alike, when it is asked in another: most drugs."""

    @property
    def dense(self) -> str:
        """The text to embed: a question in another language gives way to its usual terms when they carry it."""
        if len(self.terms) >= 2:
            return " ".join((*self.shared, *self.usual, *_names(self.question), *self.long_forms))
        return " ".join((self.question, *self.long_forms, *self.everyday, *self.terms, *self.repairs))

    @property
    def lexical(self) -> str:
        """The text to look up word by word."""
        return " ".join((self.question, *self.rare_long_forms, *self.everyday, *self.terms, *self.repairs))


def spoken_language(text: str) -> str:
    """ "zh", "ms" (Malay and Indonesian) or "en", by script and the commonest words."""
    if _CJK.search(text):
        return "zh"
    words = re.findall(r"[^\W\d_]+", text.lower())
    return "ms" if sum(w in _MALAY for w in words) > sum(w in _ENGLISH for w in words) else "en"


def _translated(question: str, lookup: Sequence[tuple[str, tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """The other language's names for each term found in the question, longest first; words that only ask add nothing."""
    left = f" {' '.join(_WORD.findall(question.lower()))} "
    found: dict[tuple[str, ...], None] = {}
    for term, names in lookup:
        probe = term if _CJK.search(term) else f" {term} "
        if probe in left:
            left = left.replace(probe, "  ")
            named = tuple(n for n in names[:_ALTERNATIVES] if not all(word in _ASKING for word in n.lower().split()))
            if named:
                found[named] = None
    return list(found)


def _names(question: str) -> list[str]:
    """What stays the same in every language: numbers, abbreviations, names with capitals or digits inside."""
    return [word for word in re.findall(r"[\w/%.≥≤<>-]+", question) if re.search(r"\d|[A-Z].*[A-Z]", word)]


def abbreviations(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Short forms and their long forms, where a text prints "long form (SHORT)" and the letters fit.

    Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions in biomedical text".
    """
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for match in _SHORT_FORM.finditer(text):
            long = _long_form(match[1], text[max(0, match.start() - 120) : match.start()])
            if long:
                counted[match[1]][long.lower()] += 1
    return {short: tuple(long for long, _ in longs.most_common(_MOST)) for short, longs in counted.items()}


def _uses(texts: Iterable[str], shorts: Mapping[str, object]) -> Counter[str]:
    """In how many texts each abbreviation stands."""
    uses: Counter[str] = Counter()
    for text in texts:
        uses.update({word for word in _ABBREVIATION.findall(text) if word in shorts})
    return uses


def _long_form(short: str, before: str) -> str | None:
    """The shortest run of words before the bracket that holds the short form's letters in order."""
    words = re.split(r"[.;:()\[\]]", before)[-1].split()
    most = min(len(short) + 5, len(short) * 2)
    candidate = " ".join(words[-most:])
    s, c = len(short) - 1, len(candidate) - 1
    while s >= 0:
        letter = short[s].lower()
        if not letter.isalnum():
            s -= 1
            continue
        while c >= 0 and (candidate[c].lower() != letter or (s == 0 and c > 0 and (candidate[c - 1].isalnum()))):
            c -= 1
        if c < 0:
            return None
        c, s = c - 1, s - 1
    long = candidate[c + 1 :].strip(" ,-\u2013\"'")
    words = long.split()
    if len(long) <= len(short) + 2 or len(words) < 2 or any(word.strip(",") == short for word in words):
        return None
    return " ".join(words)


@lru_cache(maxsize=1)
def load_glossary() -> tuple[Term, ...]:
    """The terms of glossary.tsv."""
    rows = resources.files(__package__).joinpath("glossary.tsv").read_text(encoding="utf-8").splitlines()
    lines = [row.split("\t") for row in rows if row and not row.startswith("#")][1:]
    return tuple(Term(*(tuple(a.strip() for a in cell.split("|") if a.strip()) for cell in cells)) for cells in lines)


def _lookup(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> list[tuple[str, tuple[str, ...]]]:
    """(term, its names in the other language), longest terms first; a term of several concepts has the names of all."""
    names: dict[str, list[str]] = defaultdict(list)
    for term, others in pairs:
        names[term.lower()] += others[:_ALTERNATIVES]
    # A term that both languages share ("plasma") adds nothing.
    kept = ((term, tuple(n for n in others if n.lower() != term)) for term, others in names.items() if len(term) > 1)
    return sorted(((t, n) for t, n in kept if n), key=lambda pair: (-len(pair[0]), pair[0]))
