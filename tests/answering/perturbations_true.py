"""Faithful statements: a line said in other spelling, in another order or without what nothing hangs on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.answering.perturbations_exchanged import says_cells, told_columns
from tests.answering.perturbations_false import Change
from tests.answering.perturbations_lines import Block, Line
from tests.answering.perturbations_words import MEASURES, NUMBER, TIMES, find_drugs

COUNTABLE = (
    r"(?:minutes|hours|days|weeks|months|years|doses|trials|studies|samples|patients|groups|tablets|divided doses)"
)
WORDED = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "twelve": "12",
}
BEFORE = r"(?<![\w.,/–-])"
SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"mg/kg/day\b", "mg per kg per day"), (r"mg/kg/day\b", "mg/kg per day"), (r"mg/kg/dose\b", "mg per kg per dose"), (r"(?<=\d )mg/day\b", "mg per day"),
    (r"(?<=\d )g/day\b", "g per day"), (r"(?<=\d )mg/kg(?![\w/])", "mg per kg"), (r"(?<=\dmg)/kg/day\b", " per kg per day"),
    (r"(?<=\d )(?:µg|μg)(?![\w/])", "micrograms"), (r"(?<=\d )(?:µg|μg)(?![\w/])", "mcg"), (r"(?<=\d )mcg(?![\w/])", "µg"), (r"(?<=\d )mcg(?![\w/])", "micrograms"),
    (rf"≥\s?(?={NUMBER})", "at least "), (rf"≥(?=\s?{NUMBER})", ">="), (rf"≤\s?(?={NUMBER})", "at most "), (rf"≤(?=\s?{NUMBER})", "<="),
    (rf"(?<![<=-])<\s?(?={NUMBER})", "less than "), (rf"(?<![=>-])>\s?(?={NUMBER})", "more than "),
    (r"(?<=\d )days\b(?! of)", "d"), (r"(?<=\d )hours\b(?! of)", "h"), (r"(?<=\d )minutes\b(?! of)", "min"),
    (r"\b([Tt])wice (?:daily|a day)\b", "2 times a day"), (r"\btwice daily\b", "twice a day"), (r"\bonce daily\b", "once a day"), (r"\bonce weekly\b", "once a week"),
    (r"\bthree times a day\b", "3 times a day"), (r"\bthree times daily\b", "three times a day"),
    (r"(?<=\d) (?=(?:mg|ml|mL|kg|g|cm|mm|mcg|µg)(?![\w]))", ""), (r"(?<=\d)(?=(?:mg|ml|mL|kg|mcg|cm|mm)(?:\b))", " "),
    (rf"{BEFORE}([1-9]\d{{0,2}}),(\d{{3}})(?![\d,–-]|\.\d|[^\[\]]*\])", r"\1\2"),
    (rf"{BEFORE}({NUMBER}) to ({NUMBER}) (?={TIMES}|{MEASURES})", r"\1–\2 "), (rf"{BEFORE}({NUMBER})[-–]({NUMBER}) (?=(?:{TIMES}|mg|g|kg|mL|ml|%)(?!\w))", r"\1 to \2 "),
    (r"(?<=\d)%(?! ?(?:CI|CrI|conf))", " percent"), (r"(?<=[a-z] )vs\.? (?=[a-z])", "versus "),
    (r"(?<=mg )IV\b", "intravenously"), (r"\bIV (?=antibiotic|infusion|fluid|therapy|administration|treatment)", "intravenous "), (r"(?<=mg )PO\b", "orally"),
    (r"\bby mouth\b", "orally"), (r"\bintravenously\b", "IV"), (r"\b[qQ] ?(\d+) ?h\b", r"every \1 hours"), (r"(?<=mg )BID\b", "twice daily"),
    (r"(?<=mg )TID\b", "three times a day"), (r"(?<=mg/kg )TID\b", "three times a day"), (r"(?<=mg/kg/dose )TID\b", "three times a day"),
    (r"\b(?<=[Ee]very )(\d+) hours\b", r"\1 h"), (r"mmol/L\b", "mmol per litre"), (r"mg/dL\b", "mg per dL"),
    (r"\bdua kali sehari\b", "2 kali sehari"), (r"\btiga kali sehari\b", "3 kali sehari"), (r"(?<=\d)%(?= permukaan)", " peratus"),
    (rf"\b(?<!-)({'|'.join(WORDED)}) (?={COUNTABLE}\b)", "WORDED"),
)  # fmt: skip


def is_in_language(text: str, new: str) -> bool:
    """Whether a spelling is of the language of the text: no English words in Malay or Indonesian, nor their decimal comma."""
    local = re.search(
        r"\b(?:dan|yang|dengan|pada|untuk|ialah|adalah|pasien|jika|selama|atau|bagi|sehari|umur|kadar)\b", text, re.I
    )
    return not local or not (
        r"\1\2" in new or re.search(r"\b(?:d|h|min|per|percent|than|least|most|to|times|litre|WORDED)\b", new)
    )


def spaced(text: str, match: re.Match[str], said: str) -> str:
    """Words that take the place of a sign, apart from what the sign stood against."""
    stuck = match.start() > 0 and text[match.start() - 1] not in " (["
    return " " + said if stuck and said[:1].isalpha() and match[0][:1] in "<>≥≤" else said


def respell(text: str) -> Iterator[Change]:
    """One spelling, or two of them at once, written in another way that means the same."""
    singles: list[Change] = []
    for pattern, new in SPELLINGS:
        match = re.search(pattern, text)
        if match and is_in_language(text, new) and not (singles and new == " percent"):
            said = spaced(text, match, WORDED[match[1]] + " " if new == "WORDED" else match.expand(new))
            singles.append(Change(text[: match.start()] + said + text[match.end() :], match[0], said))
    yield from singles
    for one in singles:
        for pattern, new in SPELLINGS:
            match = re.search(pattern, one.statement)
            if (
                match
                and new not in ("WORDED", "", " ", " percent")
                and is_in_language(text, new)
                and re.search(pattern, text)
                and match[0].strip() not in one.now
                and one.was != match[0]
            ):
                said = spaced(one.statement, match, match.expand(new))
                yield Change(
                    one.statement[: match.start()] + said + one.statement[match.end() :],
                    f"{one.was} & {match[0]}",
                    f"{one.now} & {said}",
                )
                break


BINDS = re.compile(
    r"\d|%|\b(?:no|not|non|never|without|except|unless|until|only|if|when|while|where|whereas|although|though|but|however|provided|"
    r"should|must|may|might|can|cannot|recommend\w*|suggest\w*|avoid\w*|contraindicat\w*|against|nor|neither|none|few|rare\w*|lack\w*|absen\w*|"
    r"child\w*|adult\w*|pregnan\w*|women|men|male\w*|female\w*|elderly|older|young\w*|infant\w*|neonat\w*|newborn\w*|lactat\w*|patients|people|those|"
    r"persons|individuals|who|whom|whose|daily|weekly|oral\w*|intraven\w*|IV|IM|PO|mild|moderate|severe|low|high|strong|weak|conditional|"
    r"grade|level|certainty|evidence|quality|risk|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|half|third|before|after|during|within|above|below|more|less|least|most|"
    r"especially|particularly|tidak|tanpa|kecuali|jika|bila|apabila|hanya|sahaja|saja|anak\w*|dewasa|hamil|mengandung|pasien|pesakit|bukan|jangan|sebelum|selepas|setelah)\b|n't\b",
    re.I,
)
LEADING = re.compile(
    r"^(?:However|Therefore|Thus|Hence|Moreover|Furthermore|In addition|Additionally|Consequently|Nevertheless|Nonetheless|"
    r"Similarly|Finally|Also|Indeed|Accordingly|As such|Meanwhile|Namun|Oleh karena itu|Oleh itu|Selain itu), (?=\w)"
)
REASON = re.compile(
    r", (?:because|since|as it|as they|as this|as these|which|including|such as|kerana|karena|termasuk|seperti) [^,;:()]{8,110}?(?=\.$|$)"
)
ASIDE = re.compile(r" \((?!s\))(?P<x>[^()\d]{2,60})\)(?!\d)")
CITATION = re.compile(r"(?<=[a-z]|\.) ?\[\d{1,3}(?:[,–-] ?\d{1,3})*\](?=[.,; ]|$)")


def is_plain_aside(before: str, words: str) -> bool:
    """Whether parentheses hold nothing but the abbreviation of the words before them, or examples on which nothing hangs."""
    if find_drugs(words) or re.search(r"[≥≤<>=/]", words) or BINDS.search(words):
        return False
    if re.fullmatch(r"[A-Z][A-Za-z-]{0,8}[A-Z]s?", words):
        initials = [w[0].lower() for part in before.split()[-7:] for w in re.split(r"[-/]", part) if w]
        return words[0].lower() in initials
    return words.startswith(("e.g. ", "e.g., ", "for example, "))


def shorten(text: str) -> Iterator[Change]:
    """A line without its first connective, an empty parenthesis or its last reason."""
    lead = LEADING.match(text)
    if lead:
        rest = text[lead.end() :]
        yield Change(rest[0].upper() + rest[1:], lead[0], "")
    for match in ASIDE.finditer(text):
        if is_plain_aside(text[: match.start()], match["x"]):
            yield Change(text[: match.start()] + text[match.end() :], match[0], "")
    for match in CITATION.finditer(text):
        yield Change(text[: match.start()] + text[match.end() :], match[0], "")
    reason = REASON.search(text)
    if (
        reason
        and not BINDS.search(reason[0])
        and not find_drugs(reason[0])
        and len(text[: reason.start()].split()) >= 6
    ):
        yield Change(text[: reason.start()] + text[reason.end() :], reason[0], "")


def say_row(block: Block, line: Line) -> Iterator[Change]:
    """A row said with its headers: the label and all cells, or all but cells on which nothing hangs."""
    columns = told_columns(block, line) if block.header and line.cells and line.cells[0] else []
    filled = [c for c in range(1, len(line.cells)) if line.cells[c]]
    if not columns or columns != filled:
        return
    yield Change(says_cells(block.header, line.cells, columns), line.text, "row")
    kept = [c for c in columns if not is_droppable(line.cells[c])]
    if kept and kept != columns:
        yield Change(says_cells(block.header, line.cells, kept), line.text, "part of row")
    amounts = [c for c in columns if is_amount(line.cells[c])]
    if len(amounts) > 1 and not any(GROUP.search(block.header[c]) for c in columns) and set(kept) <= set(amounts):
        for c in amounts:
            yield Change(says_cells(block.header, line.cells, [c]), line.text, "one cell")


AMOUNT = re.compile(
    r"\d\s?(?:mg|µg|μg|mcg|g|ml|mL|%)(?![A-Za-z])|^(?:RR|OR|HR|MD|SMD|WMD) |^-?\d[\d.,]*(?: ?(?:-|–|to|,) ?-?\d[\d.,]*)?$"
)
GROUP = re.compile(
    r"group|age|weight|population|patient|eGFR|condition|indication|severity|if\b|when|umur|usia|pasien|dewasa|kanak|berat",
    re.I,
)
HANGS = re.compile(
    r"[<>≥≤]|\b(?:years?|months?|age\w*|eGFR|dialysis|tahun|bulan|umur|no|not|without|except|unless|until|only|if|when|with|after|before|child\w*|adult\w*|"
    r"pregnan\w*|women|men|elderly|infant\w*|neonat\w*|severe|tidak|jika|kecuali|dewasa|anak\w*)\b|\d ?kg",
    re.I,
)


def is_amount(cell: str) -> bool:
    """Whether a cell is an amount and nothing else: no condition, no group of people."""
    return bool(AMOUNT.search(cell)) and not HANGS.search(cell) and not find_drugs(cell) and len(cell) < 60


def is_droppable(cell: str) -> bool:
    """Whether a cell is a remark that says nothing about how, to whom or how much."""
    return (
        not BINDS.search(cell)
        and not find_drugs(cell)
        and not re.search(r"\bwith|\bas\b|same|dengan|seperti|[≥≤<>/]", cell, re.I)
    )


def reorder_row(block: Block, line: Line) -> Iterator[Change]:
    """A row said with its headers, its columns in another order."""
    columns = told_columns(block, line) if block.header and line.cells and line.cells[0] else []
    filled = [c for c in range(1, len(line.cells)) if line.cells[c]]
    if len(columns) > 1 and columns == filled:
        yield Change(says_cells(block.header, line.cells, columns[::-1]), line.text, "columns reversed")
        if len(columns) > 2:
            yield Change(says_cells(block.header, line.cells, columns[1:] + columns[:1]), line.text, "columns turned")


CLAUSED = r"[^,;:()]+?"
FRONT = re.compile(
    rf"^(?P<head>(?:In|For|Among|During|If|When|Once|Bagi|Pada|Jika) {CLAUSED}), (?P<rest>[a-z]{CLAUSED})(?P<end>\.)$"
)
BACK = re.compile(rf"^(?P<rest>[A-Z]{CLAUSED}) (?P<head>(?:if|when|unless|jika|apabila) {CLAUSED})(?P<end>\.)$")
JOINED = re.compile(
    r"\b(?:and|but|while|whereas|unless|except|if|when|because|which|that|who|whose|where|than|so|dan|yang|tetapi|jika|atau|or|its|their|they|it|this|these|those|then)\b|[–—]| - "
)
LISTED = re.compile(
    r"(?P<lead>(?:\bsuch as|\bincluding|\binclude|\bincludes|\bare|:|\bseperti|\btermasuk) )(?P<items>[a-zA-Z][^.;:()|]*?)(?P<end>\.?)$"
)
PAIRED = re.compile(r"(?<=\b(?:of|by|in|on|as) )(?P<a>[a-z]{4,}) (?P<and>and|or) (?P<b>[a-z]{4,})(?=[.;)]|$)")
FINITE = re.compile(
    r"\b(?:is|are|was|were|should|may|must|can|cannot|could|will|would|has|have|had|do|does|did|recommend|suggest|give|increased|decreased|"
    r"lowered|reduced|raises?|needs?|perlu|boleh|harus|dapat|merupakan|dilakukan|diberikan|tidak|beri)\b",
    re.I,
)
ASKED = re.compile(
    r"\b(?:ask\w*|determin\w+|investigat\w+|see|assess\w*|know\w*|unclear|check\w*|decid\w+|time|as|even|only|especially|particularly|except|"
    r"than|and|or|but|not|of|to|evaluat\w+|tanya|unsure|wonder)$"
)


def reorder(text: str) -> Iterator[Change]:
    """A line whose clauses or list items stand in another order, where each keeps what belongs to it."""
    front = (
        None
        if re.match(r"In (?:sum|addition|short|general|contrast|fact|turn|particular|conclusion|summary|other)", text)
        else FRONT.match(text)
    )
    if (
        front
        and FINITE.search(front["rest"])
        and not JOINED.search(front["rest"])
        and not JOINED.search(front["head"].split(" ", 1)[1])
    ):
        rest, head = front["rest"], front["head"]
        yield Change(f"{rest[0].upper()}{rest[1:]} {head[0].lower()}{head[1:]}{front['end']}", head, "moved to the end")
    back = BACK.match(text)
    if (
        back
        and FINITE.search(back["rest"])
        and not ASKED.search(back["rest"])
        and not JOINED.search(back["rest"])
        and not JOINED.search(back["head"].split(" ", 1)[1])
    ):
        rest, head = back["rest"], back["head"]
        first = rest if rest[:2].isalpha() and rest[:2].isupper() else rest[0].lower() + rest[1:]
        yield Change(f"{head[0].upper()}{head[1:]}, {first}{back['end']}", head, "moved to the front")
    yield from turn_list(text)
    for match in PAIRED.finditer(text):
        if not re.search(
            r"\b(?:respectively|ratio|difference|between|versus|vs)\b|ing\b",
            text[match.start() - 30 if match.start() > 30 else 0 : match.end() + 20],
        ):
            said = f"{match['b']} {match['and']} {match['a']}"
            yield Change(text[: match.start()] + said + text[match.end() :], match[0], said)


def turn_list(text: str) -> Iterator[Change]:
    """The first item of a closing list last, where no item has a number, a negation or a word that leans on another item."""
    match = LISTED.search(text)
    if not match:
        return
    joined = re.fullmatch(r"(?P<first>.+?),? (?P<word>and|or|dan|atau) (?P<last>[^,]+)", match["items"])
    if not joined:
        return
    items = [*joined["first"].split(", "), joined["last"]]
    leans = re.compile(
        r"\b(?:other|others|etc|also|its|their|it|they|this|and|or|to|which|that|as|by|then|the|dan|atau|lain|than|of|in|on|for|with|from|is|are|even|\w+ly)\b"
    )
    lengths = {len(i.split()) > 1 for i in items}
    if (
        len(items) < 3
        or len(lengths) > 1
        or any(BINDS.search(i) or leans.search(i) or not 1 <= len(i.split()) <= 3 for i in items)
    ):
        return
    turned = [*items[1:], items[0]]
    said = ", ".join(turned[:-1]) + f" {joined['word']} {turned[-1]}"
    yield Change(text[: match.start("items")] + said + match["end"], match["items"], said)
