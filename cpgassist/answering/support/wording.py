"""The words that a check of meaning must know: which carry none, which turn it round, which name a route or a person."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

__all__ = [
    "AGAINST",
    "BREAKS",
    "FUNCTION",
    "MODALS",
    "NOT",
    "OPPOSITES",
    "ORDER",
    "STRONG",
    "WEAK",
    "doing",
    "named",
    "stem",
]


Named = Literal["route", "population", "frequency", "drug", "words"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION = _words(
    "a an the of in on at to for by from as with and or nor that which who whom whose this these those it its they their"
    " them there here he she his her we our you your is are was were be been being am has have had having do does did"
    " will would shall if when where while whereas but then than so also both either each such into onto upon about"
    " via through during among amongst between eg ie etc"
    " dose doses dosage dosing dosed patient patients people person persons individual individuals"
    " use uses used using give gives given giving administer administered administration take taken receive receiving"
    " received treatment therapy treated treat case cases include includes including included follow follows followed"
    " following guideline guidelines state states stated according say says whose however therefore thus please"
    " yang dan atau di ke dari pada untuk dengan dalam oleh adalah ialah ini itu jika bila apabila akan telah sudah dapat"
    " bagi kepada daripada serta juga secara sebagai para pasien pesakit diberikan diberi berikan beri digunakan guna"
    " dos dosis rawatan terapi pengobatan maka agar supaya tetapi manakala sedangkan"
    " 的 了 在 和 与 或 为 是 对 于 及 以 并 其 该 由 被 把 患 者 剂 量 用 给 予"
)
"""Words that may be added or left out without changing what is said."""

BREAKS = _words(
    "but while whereas then however if when unless except where tetapi manakala sedangkan jika apabila kecuali"
)
"""Words with which another clause begins."""

NOT = _words("not no never without neither nor non cannot tidak jangan bukan tanpa tak belum tiada 不 勿 无 未 没 非")
"""Words that deny what follows."""

_AGAINST = (
    "avoid avoided avoiding avoids stop stopped stopping stops discontinue discontinued discontinuing withhold withheld"
    " withholding cease ceased omit omitted against except unless exclude excluded excludes excluding prohibited prohibit"
    " contraindicated contraindication contraindications discouraged discourage kecuali hindari dihindari elakkan dielakkan"
    " hentikan dihentikan dilarang melainkan dikontraindikasikan kontraindikasi 禁 避 停 除"
)

STRONG = _words("should must recommend recommended recommends recommendation advised advise shall always harus perlu")
STRONG |= _words("dianjurkan direkomendasikan disarankan hendaklah mesti wajib disyorkan")
"""Words that oblige."""
WEAK = _words("may might can could consider considered suggest suggested suggests optional boleh dapat pertimbangkan")
WEAK |= _words("dipertimbangkan mungkin")
"""Words that allow."""

MODALS = _words("should must shall always may might can could harus hendaklah mesti wajib boleh dapat mungkin")
"""Words of obligation that govern nothing themselves."""

ORDER = re.compile(
    r"(?:^|[.;:•|,)]\s*|\b(?:then|and|to|dan)\s)\W{0,3}(?:do not|don.t|give|use|start|stop|avoid|administer|take|treat|offer"
    r"|check|monitor|refer|measure|perform|infuse|inject|add|switch|replace|repeat|continue|discontinue|begin|increase"
    r"|reduce|apply|assess|screen|test|obtain|ensure|keep|jangan|berikan|beri|mulai|hentikan|gunakan|lakukan|periksa)\b"
    r"|[给用服停禁]|\b(?:is|are) (?:indicated|given|used|needed|required|preferred)\b|first[- ]line|treatment of choice"
    r"|\b(?:diberi|diberikan|digunakan|diperlukan)\b|contraindicated|is not to be",
    re.I,
)
"""What tells to do or not to do without a word of obligation."""

_OPPOSITES = (
    "before after|above below|increase decrease|increased decreased|raise lower|more less|start stop|begin end|with without"
    "|indicated contraindicated|men women|male female|man woman|boys girls|child adult|children adults|high low|higher lower"
    "|early late|earlier later|first last|maximum minimum|max min|always never|positive negative|present absent|inpatient"
    " outpatient|acute chronic|mild severe|safe unsafe|effective ineffective|sebelum selepas|sebelum sesudah|lebih kurang"
    "|atas bawah|naik turun|meningkat menurun|kanak dewasa|anak dewasa|lelaki wanita|pria wanita|前 后|上 下|增 减"
)
_ROUTES = (
    "iv im sc oral rectal topical inhaled inhalation nasal intranasal sublingual buccal intraosseous intrathecal"
    " transdermal nebulised nebulized enteral parenteral intradermal intravitreal intravaginal vaginal otic ophthalmic"
    " suntikan injection infusion bolus enema intravena oralnya 口 静 肌 皮"
)
_PEOPLE = (
    "child children adult adults infant infants neonate neonates newborn newborns baby babies toddler pregnant pregnancy"
    " lactating breastfeeding women woman men man male female boys girls elderly older adolescent adolescents preterm"
    " paediatric pediatric kanak dewasa bayi hamil kehamilan wanita lelaki pria anak lansia remaja menyusui mengandung"
    " warga 儿 童 孕 妇 婴 男 女 老"
)
_DOING = re.compile(
    r"(?:ed|ing|est|er|ly)$|^(?:start|stop|begin|increas|reduc|need|exceed|least|most|total|first|second|last|high|low"
    r"|target|level|add|infus|inject|tak|giv|by|per|than|maximum|minimum|max|min|start|then|repeat|adjust|dilut)[a-z]{0,3}$"
)


def doing(word: str) -> bool:
    """Whether a word tells what is done or how much, so that it names nothing: "needed", "start", "highest"."""
    return _DOING.search(word.lower()) is not None


_WHEN = "nightly night morning evening bedtime stat nocte noon mane prn hourly malam pagi siang petang 晚 早"
_DRUG = re.compile(
    r"(?:cillin|mycin|micin|floxacin|cycline|azole|vir|statin|pril|sartan|olol|dipine|prazole|tidine|parin|xaban|gliptin"
    r"|gliflozin|formin|glutide|mab|nib|pam|lam|barb|caine|profen|coxib|triptan|setron|sone|solone|onide|terol|phylline"
    r"|thiazide|semide|taxel|rubicin|ozole|oxifen|platin|trexate|domide|afil|lukast|gatran|grel|olone|idone|apine|tine|oxetine|triptyline|zepam|done|morphine|codeine|fentanil|penem|kacin|nazole|fungin|clovir|tegravir|amivir|buvir|citabine|uracil|phosphamide|relin|stim|poetin|zosin|nitrate|xin|quine|dazole|zolid|bactam|cef\w+|sulfa\w*|insulin|aspirin|dapsone|clofazimine|vaccine)$"
)
_SPELLED = {
    "intravenous": "iv", "intravenously": "iv", "intravena": "iv", "intramuscular": "im", "intramuscularly": "im",
    "subcutaneous": "sc", "subcutaneously": "sc", "subkutan": "sc", "sq": "sc", "subcut": "sc", "orally": "oral",
    "po": "oral", "peroral": "oral", "inhalation": "inhal", "inhaled": "inhal", "inhalational": "inhal",
    "maximal": "max", "maximum": "max", "maksimum": "max", "maksimal": "max", "minimum": "min", "minimal": "min",
    "woman": "women", "man": "men", "children": "child", "feet": "foot", "mice": "mouse", "teeth": "tooth",
}  # fmt: skip


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """A word without its ending, in one spelling; light, for drugs that differ in an ending must stay apart."""
    word = unicodedata.normalize("NFKC", word).lower()
    if word in _SPELLED:
        return _SPELLED[word]
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    return _ended(word.replace("ae", "e").replace("oe", "e").replace("isation", "ization").replace("sulph", "sulf"))


_ENDINGS = (
    *((ending, 4) for ending in "ation ating ated ate ising izing ised ized ise ize ing".split()),
    ("ied", 3), ("ed", 4), ("ly", 4), ("e", 3),
)  # fmt: skip
"""Endings to take off, and how many letters must be left."""


def _ended(word: str) -> str:
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    for ending, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: -len(ending)] + ("y" if ending == "ied" else "")
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word.removesuffix("our") + "or" if word.endswith("our") and len(word) > 5 else word


AGAINST = frozenset(stem(word) for word in _AGAINST.split())
"""Stems of words that turn what they govern into its contrary."""
OPPOSITES = {
    stem(one): stem(other) for pair in _OPPOSITES.split("|") for one, other in (pair.split(), reversed(pair.split()))
}
"""A stem -> the stem that says the contrary."""
_NAMES: dict[str, Named] = {stem(word): "route" for word in _ROUTES.split()}
_NAMES |= {stem(word): "population" for word in _PEOPLE.split()}
_NAMES |= {stem(word): "frequency" for word in _WHEN.split()}


def named(word: str) -> Named:
    """What a word names, as a kind of problem: "route", "population", "frequency", "drug"; "words" for anything else."""
    kind = _NAMES.get(stem(word))
    if kind is None:
        kind = "drug" if _DRUG.search(word.lower()) else "words"
    return kind


def beginning(word: str) -> str:
    """A particular word without its ending, so that "vaccine" finds "vaccination"."""
    return word[: max(5, len(word) - 2)]
