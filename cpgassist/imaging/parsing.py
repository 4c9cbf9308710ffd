"""What a model wrote about a photo -> Findings, whatever shape it has. Never raises, never adds a word of its own.

JSON comes first, then "Field: value" lines and headings, then plain sentences. What reads like an order, a dose or a
name is left out of the findings, with a note; text that repeats itself or says that it cannot describe is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cpgassist.imaging.lenient import first_object
from cpgassist.imaging.wording import certainty_in, identifies, is_order, rated
from cpgassist.sentences import sentences
from cpgassist.types import CERTAINTIES, Certainty, Finding, Findings

__all__ = ["FINDINGS_FIELDS", "MAX_ITEMS", "MAX_LETTERS", "read_findings"]

FINDINGS_FIELDS: Mapping[str, str] = MappingProxyType(
    {"image_type": "Image type", "anatomy": "Anatomy", "items": "Findings", "limitations": "Limitations"}
)
"""The fields of Findings as a screen calls them, in order."""
MAX_ITEMS = 12
_READ = 20_000
"""Letters of a model's text that are read; a description has a tenth of that."""
MAX_LETTERS = 200
"""Of one item or field; what is longer is cut at a word, with an ellipsis."""

NOTHING = "The model wrote nothing that can be read as a description."
REPEATED = "The model's text repeats itself and is no description."
ORDERS_LEFT_OUT = (
    "Left out of the model's description, for a photo's description may not say what to do or give: {} of its lines."
)
NAMES_LEFT_OUT = "Left out of the model's description, for it may identify the patient: {} of its lines."

_FIELDS = {
    "image_type": "image type|type of image|imagetype|type|modality|kind of image|kind of picture|picture type|photo type|view"
                  "|image|examination|study|jenis imej|jenis gambar|jenis foto|tipe gambar|modaliti|modalitas"
                  "|图像类型|影像类型|图片类型|类型",
    "anatomy": "anatomy|anatomical region|anatomical site|anatomic site|anatomical location|body part|body region|body site"
               "|region|site|location|organ|anatomi|bahagian badan|bagian tubuh|lokasi|kawasan"
               "|部位|解剖部位|解剖",
    "items": "findings|key findings|finding|main findings|visible findings|observations|observation|items|features"
             "|visual findings|abnormalities|description"
             "|penemuan|penemuan utama|temuan|temuan utama|dapatan|ciri|发现|所见|主要发现|影像所见",
    "limitations": "limitations|limitation|limits|image quality|quality|caveats|uncertainties|not assessable|cannot be told"
                   "|batasan|had|keterbatasan|kualiti imej|kualitas gambar|局限性|局限|限制|图像质量",
    "refused": "cannot describe|refused|refusal|error|unable to describe",
    "": "certainty|confidence|clinical significance|significance|impression|diagnosis|differential|differential diagnosis"
        "|recommendation|recommendations|advice|treatment|management|plan|next steps"
        "|conclusion|interpretation|kesimpulan|diagnosa|cadangan|saran"
        "|诊断|建议|结论|意义",
}  # fmt: skip
"""What models call the fields, in English, Malay, Indonesian and Chinese; under "" what is no description and left out."""
_FIELD_OF = {name: field for field, names in _FIELDS.items() for name in names.split("|")}
_NEXT_FIELD = re.compile(
    rf"(?<=[.;。；])\s*(?=(?:{'|'.join(sorted(map(re.escape, _FIELD_OF), key=len, reverse=True))})\s*[:：])",
    re.IGNORECASE,
)
"""Where a field begins on the line of the one before."""
_TEXT_KEYS = "finding text name description observation item label feature penemuan temuan 发现 描述".split()
_CERTAINTY_KEYS = "certainty confidence likelihood probability kepastian keyakinan 确定性 可能性".split()
_WHERE_KEYS = "location site region side laterality lokasi 部位".split()

_TOKENS = re.compile(
    r"<\|[^<>|]{1,40}\|>|</?[a-zA-Z][a-zA-Z_0-9]{0,30}(?:\s[^<>]{0,80})?/?>|\[/?[A-Z_]{3,24}\]|<</?SYS>>|[\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
)
_MARKS = re.compile(r"\*\*|__|`{3}\w*|`+|^[ \t]*#{1,6}[ \t]+|~~|^[ \t]*>[ \t]*|\\(?=[_*#])", re.MULTILINE)
_BULLET = re.compile(r"^\s*(?:[-*+•●▪■◦–—]\s*|\(?\d{1,2}[.)]\s+|\(?[a-h][.)]\s+)+")
_LINE = re.compile(r"^\s*([^\W\d_][^:：=]{0,40}?)\s*(?:[:：=]|\s[-–—]\s)\s*(.*)$")
_EMPTY = re.compile(
    r"\W*(?:none|n/?a|nil|null|unknown|not (?:applicable|stated|specified|given)|\.{2,}|string|tiada|tidak ada|无)?\W*",
    re.IGNORECASE,
)
_CANNOT = re.compile(
    r"\b(?:(?:cannot|can ?not|can't|unable to|not able to|not possible to|won't|will not) (?:reliably )?(?:be )?"
    r"(?:describe|analy[sz]e|interpret|assess|evaluat|view|see|process|provide|identify|comment|help|assist|determine)\w*"
    r"|i(?:'m| am) sorry|i apologi[sz]e|as an ai|not a (?:medical|clinical) (?:image|photo|picture)"
    r"|(?:no|without an?) (?:image|photo|picture) (?:was |is |has been )?(?:provided|attached|given|visible|shown)"
    r"|too (?:blurry|blurred|dark|bright|small|unclear) to|tidak dapat (?:menerangkan|dijelaskan|menggambarkan|menilai)|maaf)"
    r"|无法(?:描述|判断|评估)|抱歉",
    re.IGNORECASE,
)
_DISCLAIMED = re.compile(r"diagnos|advice|treat|nasihat|诊断", re.IGNORECASE)
"""What a model says it cannot give while it does describe."""
_BEFORE = re.compile(r"^[\[(]?([^\W\d][^\[\]():：]{2,23})[\])]?\s*[:：–—-]\s+")
_BEHIND = re.compile(
    r"\s*(?:[\[(（]([^\[\]()（）]{2,40})[\])）]|[,;–—-]\s*(definite|probable|possible|likely|suspected|mungkin|pasti))\s*\.?$",
    re.IGNORECASE,
)
_RATES = re.compile(r"certain(?:ty)?|confiden(?:t|ce)|likelihood|kepastian|keyakinan|确定", re.IGNORECASE)
_PREAMBLE = re.compile(
    r"\W*(?:sure|okay|ok|certainly|of course|here(?: is|'s| are)|baik|berikut|好的|以下)\b.*", re.IGNORECASE
)
_SEPARATE = re.compile(r"[\n;；。|]+")


def read_findings(text: str, photos: int = 1) -> Findings:
    """The description that a text holds, `raw` the text itself; with `refused` and no items where it holds none."""
    plain = _plain(text[:_READ])
    if not any(sign.isalpha() for sign in plain):
        return Findings(photos=photos, refused=NOTHING, raw=text)
    if repeats(plain):
        return Findings(photos=photos, refused=REPEATED, raw=text)
    told = next(told for read in (_read_json, _read_lines, _read_prose) if (told := read(plain)) is not None)
    return _findings(told, photos, text)


def _plain(text: str) -> str:
    """The text without special tokens, HTML and marks of Markdown."""
    return _MARKS.sub("", _TOKENS.sub(" ", text)).replace("\r", "\n")


def repeats(text: str) -> bool:
    """Whether most of a text is one thing again and again, as of a model that has lost its way."""
    words = re.findall(r"[^\W_]+|[^\w\s]{4,}", text.casefold())
    if any(len(set(word)) < 3 < 12 < len(word) for word in words):
        return True
    if len(words) >= 12 and len(set(words)) * 5 < len(words):
        return True
    runs = Counter(zip(*(words[start:] for start in range(5)), strict=False))
    again = sum(count - 1 for count in runs.values())
    return len(words) >= 30 and again * 2 > sum(runs.values())


@dataclass
class _Told:
    """What was read so far, field by field."""

    texts: dict[str, list[str]] = field(
        default_factory=lambda: {"image_type": [], "anatomy": [], "limitations": [], "refused": []}
    )
    items: list[tuple[str, Certainty]] = field(default_factory=list)

    def add(self, name: str, value: Any) -> None:
        """Puts a value of whatever shape under a field; under "", nowhere."""
        if name == "items":
            self.items += _items(value)
        elif name:
            self.texts[name] += [text for text in _strings(value) if not _EMPTY.fullmatch(text[:MAX_LETTERS])]


def _field(name: str) -> str | None:
    """Our name of a field as a model called it; "" where it is left out, None for what is no field."""
    folded = " ".join(re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).casefold().split())
    return _FIELD_OF.get(folded)


def _read_json(text: str) -> _Told | None:
    """The fields of the first JSON object; None where there is none with anything in it."""
    value = first_object(text)
    if not isinstance(value, (dict, list)) or not value:
        return None
    told = _Told()
    _take(value, told)
    return told


def _take(value: dict[str, Any] | list[Any], told: _Told) -> None:
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict) and not _is_item(one):
                _take(one, told)
            else:
                told.add("items", one)
        return
    for key, inner in value.items():
        name = _field(key)
        if isinstance(inner, dict) and sum(_field(one) not in (None, "") for one in inner) > 1 and not _is_item(inner):
            _take(inner, told)  # the fields, wrapped
        elif name is not None:
            told.add(name, inner)
        elif isinstance(inner, (dict, list)):
            _take(inner if not isinstance(inner, list) else [one for one in inner if isinstance(one, dict)], told)


def _is_item(value: dict[str, Any]) -> bool:
    keys = {key.casefold() for key in value}
    return bool(keys & set(_TEXT_KEYS)) and (bool(keys & {*_CERTAINTY_KEYS, *_WHERE_KEYS, "present"}) or len(keys) == 1)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _strings(inner)]
    return []


def _items(value: Any) -> list[tuple[str, Certainty]]:
    """Findings of whatever shape as texts, each with the certainty that stands in a field of its own."""
    if isinstance(value, str):
        return [(text, "") for text in _separated(value)]
    if isinstance(value, list):
        return [item for inner in value for item in _items(inner)]
    if isinstance(value, dict):
        folded = {key.casefold(): inner for key, inner in value.items()}
        worded = [folded[key] for key in _TEXT_KEYS if key in folded]
        text = next((one for one in worded if isinstance(one, str)), "")
        return _one_item(text, folded) if worded else _named_items(value)
    return []


def _one_item(text: str, fields: dict[str, Any]) -> list[tuple[str, Certainty]]:
    if not text.strip():
        return []
    called = next((key for key in _CERTAINTY_KEYS if key in fields), "")
    certainty = fields.get(called, "")
    where = next((fields[key] for key in _WHERE_KEYS if isinstance(fields.get(key), str)), "")
    if where and not _EMPTY.fullmatch(where[:MAX_LETTERS]) and where.casefold() not in text.casefold():
        text = f"{text}, {where}"
    if _denies(fields.get("present", True)) or _denies(certainty):
        return [(f"{text}: absent", "")]
    if isinstance(certainty, str) and (
        rated(certainty) or _EMPTY.fullmatch(certainty[:MAX_LETTERS]) or _unfinished(certainty)
    ):
        return [(text, rated(certainty))]
    # "fracture" with certainty "unlikely" or 0.05 must not become "fracture".
    return [
        (
            text
            if isinstance(certainty, (dict, list, bool)) or certainty is None
            else f"{text} ({called} {certainty})",
            "",
        )
    ]


def _unfinished(certainty: str) -> bool:
    """Whether a word of certainty was cut off in the middle."""
    return any(word.startswith(certainty.strip().casefold()) for word in CERTAINTIES)


def _named_items(value: dict[str, Any]) -> list[tuple[str, Certainty]]:
    """Findings as keys: {"erythema": "definite", "pus": false, "margin": "raised"}."""
    found: list[tuple[str, Certainty]] = []
    for key, inner in value.items():
        name = " ".join(key.replace("_", " ").split())
        if inner is None:
            continue
        if inner is True:
            found.append((name, ""))
        elif _denies(inner):
            found.append((f"{name}: absent", ""))
        elif isinstance(inner, str) and rated(inner) and len(inner.split()) < 4:
            found.append((name, rated(inner)))
        elif isinstance(inner, (int, float)):
            found.append((f"{name}: {inner}", ""))
        else:
            found += [(f"{name}: {text}", certainty) for text, certainty in _items(inner)]
    return found


def _denies(value: Any) -> bool:
    return value is False or (
        isinstance(value, str)
        and value.strip().casefold() in ("false", "no", "absent", "none", "not present", "tidak", "tiada")
    )


def _separated(text: str) -> list[str]:
    """The findings of one string: its lines, sentences, or the members of a plain list."""
    pieces = [_BULLET.sub("", piece) for piece in _SEPARATE.split(text)]
    if len(pieces) == 1 and text.count(",") > 1 and all(len(part.split()) < 3 for part in text.split(",")):
        return text.split(",")
    return pieces


def _read_lines(text: str) -> _Told | None:
    """Headings and "Field: value" lines with what stands below each; bullets alone are findings. None without either."""
    told, current, fields, listed = _Told(), None, 0, False
    bullets = []
    for line in _NEXT_FIELD.sub("\n", text).splitlines():
        line = re.sub(r"^\s*\|(.*)\|\s*$", lambda row: re.sub(r"\s*\|\s*", ": ", row[1].strip(), count=1), line)
        bare = _BULLET.sub("", line).strip()
        if not bare or set(bare) <= set("-=|: "):
            continue
        named = _LINE.match(bare)
        name = _field(named[1]) if named else _field(bare.rstrip(":："))
        in_list = bare != line.strip()
        if current == "items" and in_list and not listed and name in ("image_type", "anatomy"):
            name = None  # "- Location: elbow" below the heading of the findings is one of them
        if name is not None:
            current, fields, listed = name, fields + 1, in_list
            if named:
                told.add(name, named[2])
        elif current is not None:
            told.add(current, bare)
        elif in_list:
            bullets.append(bare)
    if not fields:
        told.add("items", bullets)
    return told if fields or bullets else None


def _read_prose(text: str) -> _Told:
    told = _Told()
    said = [sentence for sentence in sentences(text) if not _PREAMBLE.fullmatch(sentence)]
    cannot = [sentence for sentence in said if _CANNOT.search(sentence)]
    refusals = [sentence for sentence in cannot if not _DISCLAIMED.search(sentence)]
    if refusals:
        told.texts["refused"] = refusals[:1]
    else:
        told.items = [(sentence, "") for sentence in said if sentence not in cannot]
    return told


def _findings(told: _Told, photos: int, raw: str) -> Findings:
    sieve = _Sieve()
    items = sieve.items(told.items)
    fields = {name: sieve.text(texts) for name, texts in told.texts.items()}
    refused, limitations = fields.pop("refused"), fields.pop("limitations")
    if refused and items:
        limitations, refused = " ".join(part for part in (limitations, refused) if part), ""
    elif not items and not refused and _CANNOT.search(limitations):
        refused = limitations
    notes = sieve.notes()
    if not items and not refused:
        if not any(fields.values()) and not notes:
            return Findings(photos=photos, refused=NOTHING, raw=raw)
        notes = (*notes, "The model named no findings.")
    kind, part = (fields[name].rstrip(".。") for name in ("image_type", "anatomy"))
    return Findings(kind, part, items, limitations, photos=photos, refused=refused, notes=notes, raw=raw)


class _Sieve:
    """Lets through what describes, and counts what does not."""

    def __init__(self) -> None:
        self.orders = self.names = self.over = 0

    def items(self, told: list[tuple[str, Certainty]]) -> tuple[Finding, ...]:
        """The items, each once, without what is no description, at most MAX_ITEMS."""
        kept: dict[str, Finding] = {}
        for text, certainty in told:
            marked, own = _unmarked(_clean(text))
            for sentence in sentences(marked.strip("[]{} ")):
                if self._describes(sentence):
                    found = Finding(_short(sentence.rstrip(".。 ")), certainty or own or certainty_in(sentence))
                    kept.setdefault(found.text.casefold(), found)
        self.over = max(0, len(kept) - MAX_ITEMS)
        return tuple(kept.values())[:MAX_ITEMS]

    def text(self, texts: list[str]) -> str:
        """A field's texts as one, without the sentences that are no description."""
        once = dict.fromkeys(sentence for text in texts for sentence in sentences(_clean(text)))
        return _short(" ".join(sentence for sentence in once if self._describes(sentence)))

    def _describes(self, text: str) -> bool:
        if _EMPTY.fullmatch(text):
            return False
        order, name = is_order(text), identifies(text)
        self.orders += order
        self.names += name
        return not (order or name)

    def notes(self) -> tuple[str, ...]:
        """What was left out, for the person who checks the findings."""
        said = []
        if self.orders:
            said.append(ORDERS_LEFT_OUT.format(self.orders))
        if self.names:
            said.append(NAMES_LEFT_OUT.format(self.names))
        if self.over:
            said.append(f"The model named {self.over} more findings than the {MAX_ITEMS} that are kept.")
        return tuple(said)


def _clean(text: str) -> str:
    return " ".join(_BULLET.sub("", text[: 10 * MAX_LETTERS]).split()).strip("\"'“”‘’|,* ")


def _short(text: str) -> str:
    if len(text) <= MAX_LETTERS:
        return text
    cut = text[: MAX_LETTERS - 1]
    return f"{cut[: cut.rfind(' ')] if cut.rfind(' ') > MAX_LETTERS // 2 else cut}…"


def _unmarked(text: str) -> tuple[str, Certainty]:
    """A finding without the mark of certainty before or behind it, and that certainty; marks of anything else stay."""
    for mark in (_BEFORE, _BEHIND):
        found = mark.search(text)
        if found is None:
            continue
        said = next(group for group in found.groups() if group)
        certainty = rated(said) if _RATES.search(said) else certainty_in(said)
        rest = (text[: found.start()] + text[found.end() :]).strip()
        if certainty and len(said.split()) < 4 and rest:
            return rest, certainty
    return text, ""
