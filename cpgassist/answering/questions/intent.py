"""What a question wants besides an answer: an order for a patient, help in an emergency, or consent to a value it states.

Use: `intent(question)` before the answer is made; `Intent.remarks` stand beside it. After the lines are picked, each of
`Intent.premises` is held against them with `contradictions.contradicted`. Nothing here answers, advises or refuses: the lines
shown stay the guideline's own. The word lists name how such questions are put in English, Malay/Indonesian and Chinese;
they name no disease and no drug.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cpgassist.answering.questions.premises import Premise, premises

__all__ = ["EMERGENCY", "ORDER", "Intent", "intent"]

ORDER = "This shows what the guideline prints; it does not order or decide for a patient."
EMERGENCY = "If this is happening now, follow your emergency procedure first."


@dataclass(frozen=True, slots=True)
class Intent:
    """What a question asks for, and the values that it takes for granted."""

    order: bool = False
    """Whether an order or a decision for one patient is asked for."""
    emergency: bool = False
    """Whether it reads as an emergency that happens now."""
    premises: tuple[Premise, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader is told beside the answer; the emergency stands first."""
        return (EMERGENCY,) * self.emergency + (ORDER,) * self.order


def intent(question: str) -> Intent:
    """The intent of a question; nothing of an empty one. Never raises, takes time linear in the question's length."""
    text = " ".join(question.translate(_QUOTES).split())
    return Intent(_orders(text), _is_emergency(text), premises(text))


_QUOTES = str.maketrans("’‘“”", "''\"\"")


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_ACT = (
    r"give|giving|start|stop|hold|withhold|skip|omit|discharge|admit|send|refer|increase|reduce|decrease|double"
    r"|halve|switch|change|prescribe|order|inject|infuse|operate|transfuse|intubate|treat|use|do|continue"
    r"|repeat|write|put|let|clear|drop|cut"
)
_PERSON = (
    "patient|man|woman|lady|gentleman|boy|girl|child|kid|baby|infant|newborn|neonate|mother|father|son|daughter"
    "|wife|husband"
)
_SOMEONE = _any(
    rf"\b(?:him|her|he|she|(?:my|our|this|that) (?:[\w/]+[- ]){{0,6}}(?:{_PERSON}))\b",
    r"\b\d{1,3} ?-?(?:yo|y/o|year[- ]old|month[- ]old|day[- ]old|week[- ]old|m|f)\b|\b\d+(?:\.\d+)? ?kg\b(?!/)",
    r"\b(?:dia|beliau|(?:pesakit|pasien|budak|anak|bayi|ibu|puan|pakcik|makcik)(?: \w+)? (?:ini|ni|saya|tu|itu))\b",
    r"这(?:个|位|名)|我的病人|他|她",
)
"""One person rather than a kind of patients."""
_DOSED = re.compile(
    r"\d\s?(?:mg|mcg|µg|g|ml|units?|iu|tablets?|tabs?|cc|puffs?|毫克|微克|毫升|片)(?![a-z])", re.IGNORECASE
)
_THIS_ONE = rf"(?:he|she|(?:my|our|this|that) (?:[\w/]+[- ]){{0,6}}(?:{_PERSON}))"
_ACT_MALAY = (
    r"bagi|kasi|kasih|beri|berikan|memberi|memberikan|mula|mulakan|memulai|henti|hentikan|menghentikan|stop"
    r"|admit|rujuk|merujuk|discaj|discharge|pulangkan|suntik|naikkan|turunkan|teruskan|tambah|kurangkan|guna"
    r"|gunakan|pakai|skip|tukar|ganti"
)
_ASKED = _any(
    rf"\b(?:can|could|may|should|shall|must|do|would|need) (?:i|we)(?: \w+){{0,3}}? (?:{_ACT})\b",
    rf"\b(?:i|we) (?:can|should|may|must|need to|have to) (?:\w+ )?(?:{_ACT})\b|\bwhether (?:i should "
    rf"|we should |to )(?:{_ACT})\b",
    rf"\b(?:ok|okay|fine|safe|all right|alright|allowed|good|enough) (?:for me )?to (?:{_ACT})\b",
    rf"\b(?:can|may|should|could|is|must|will) {_THIS_ONE}\b.{{0,40}}\b(?:go home|be discharged|stop|skip|start"
    rf"|have|take|get|leave|fly|fast|receive|(?:safe|fit|ready|ok|okay) (?:for|to))\b",
    r"\b(?:just )?(?:tell|give) me (?:the |an? )?(?:exact )?(?:dose|amount|drug|order|volume|rate|number|answer)\b",
    rf"\bhow (?:many|much)\b.{{0,40}}\b(?:do|should|can|shall) (?:i|we)\b|\bwould you (?:\w+ )?(?:{_ACT})\b"
    rf"|\bconfirm\b",
    r"\bcalculate\b|\bwork out the (?:dose|rate|volume)\b",
    rf"\b(?:boleh|bolehkah|bolehke|patutkah|patut|perlukah|perlu|apakah saya|adakah saya|harus"
    rf"|haruskah)(?: \w+){{0,3}}? (?:{_ACT_MALAY})\b",
    rf"\b(?:berapa|apa)\b.{{0,40}}\b(?:saya|aku|kita|kami) (?:\w+ )?(?:{_ACT_MALAY})\b",
    r"(?:可以|能|能不能|可不可以|该不该|应该|要不要|是否|需不需要)(?:我)?(?:给|让)|我(?:可以|能|应该|该|要不要)(?:给|让|停|开|加|用)",
)
"""Asks whether or what to give: an order where it is for someone or names an amount."""
_ORDERED = _any(
    r"(?:^|[.!?,;] ?|\b(?:please|pls|just|kindly|now|and|then) )(?:write (?:up|me|him|her|out)|prescribe (?:him"
    r"|her|me|it|this|\d)|(?:start|put|give|get) (?:him|her|me the order)|(?:discharge|admit|refer|sedate"
    r"|intubate|transfuse) (?:him|her|this|my))\b",
    r"\bwrite (?:(?:me|him|her|up|out|down) )?(?:an?|the|his|her|my|this) (?:\w+ )?(?:order|prescription|script"
    r"|drug chart|discharge)\b",
    r"\bwrite up \d|\b(?:order|prescribe) (?:\S+ ){1,5}for (?:him|her|my|this)\b",
    r"\b(?:confirm|approve|authori[sz]e|sign (?:it |this )?off|okay|clear)\b.{0,60}\bso (?:that )?(?:i"
    r"|we) (?:can|could|may|don't|do not|won't|need not)\b",
    r"\bso (?:that )?(?:i|we) can (?:skip|avoid|stop|discharge|send|go ahead|omit|leave out|proceed)\b",
    r"\b(?:decide|choose|pick|make the (?:call|decision|diagnosis)) for (?:me|us|him|her|my|this)\b"
    r"|\bmake the (?:call|decision)\b"
    r"|\byou decide\b|\b(?:choose|pick|decide) between\b.{0,60}\bfor (?:him|her|my|this|m(?:r|rs|s)\b)"
    r"|\bput in (?:the|an) order\b",
    r"\b(?:tell|telling) me (?:exactly )?what to (?:do|give|order|prescribe|write)\b|\bwhat (?:would"
    r"|do) you (?:give|prescribe|order|do)\b",
    r"\b(?:write|put|chart) (?:\S+ ){1,6}(?:on|in|into) (?:his|her|the) (?:\w+ )?(?:chart|notes|orders)\b|\byes/no\b",
    r"\bwhat should i do (?:with|for|about) (?:him|her|this|my)\b|\b(?:just|simply) (?:say|answer"
    r"|tell me) yes or no\b",
    r"\b(?:on my behalf|i will sign|i'll sign|sign for me)\b",
    r"\btolong (?:tulis|tuliskan|sahkan|preskripsi|resepkan|putuskan|bagi|beri|buat)\b|\b(?:sahkan|konfirmasi"
    r"|pastikan)\b.{0,60}\b(?:supaya|agar|biar)\b|\b(?:putuskan|tentukan|pilihkan) (?:untuk|bagi) (?:saya"
    r"|pesakit|pasien|dia)\b|\b(?:beritahu|bagitahu|cakap|katakan) (?:saja|je|sahaja)\b|\bboleh(?:kah)? (?:dia"
    r"|beliau|pesakit ini|pasien ini) (?:balik|pulang|discaj)\b",
    r"(?:帮我|替我|请)(?:开|决定|下医嘱|写)|(?:他|她|病人|患者)(?:可以|能|能不能)(?:出院|回家|停药)|直接(?:告诉|说)|下医嘱|(?:给|让)(?:他|她)(?:开|用|打|吃)"
    r"|确认(?:一下)?.{0,30}(?:这样|那么|就|好让)",
)
"""An order by its words alone."""


def _orders(text: str) -> bool:
    """Whether an order or a decision for one patient is asked for; "can I give X in pregnancy?" asks for a rule."""
    if _ORDERED.search(text):
        return True
    return bool(_ASKED.search(text)) and bool(_SOMEONE.search(text) or _DOSED.search(text))


_ALWAYS = _any(
    r"\b(?:not|isn't|stopped|stops|no longer|hardly|barely)(?: \w+)? breathing\b|\bcan(?:not|'t) breathe\b"
    r"|\bgasping\b|\bapno?eic\b|\bno pulse\b|\bpulseless\b",
    r"\b(?:has|just|have|suddenly|he|she|patient|child|baby|mother|man|woman|and|now) collapsed\b(?! (?:lung"
    r"|vertebra|vein|disc))|\bis collapsing\b|\bcollapsed (?:just|now|in|on|at|minutes|and)\b|\bcollapse now\b",
    r"\b(?:in|into|cardiac|respiratory|cardiorespiratory) arrest\b|\bcode blue\b|\banaphyla(?:xis|ctic)\b(?! to\b)",
    r"\bun(?:responsive|conscious)\b(?! to\b)|\bis (?:\w+ )?not responding\b(?! to\b)|\b(?:won't|will not|can't"
    r"|cannot) wake\b",
    r"\b(?:turn(?:ed|ing|s)|going|went|gone|is|looks|become|becoming|baby)(?: \w+)? blue\b|\b(?:limp|floppy"
    r"|pale|grey) and blue\b|\bblue (?:baby|lips"
    r"|newborn|infant|child)\b",
    r"\b(?:is|are|still|keeps|been|now|actively)(?: \w+)? (?:fitting|seizing|convulsing|choking)\b"
    r"|\bchoking (?:now|on)\b",
    r"\b(?:bleeding|ha?emorrhaging) (?:heavily|profusely|badly|massively|out|a lot|torrentially|non-?stop"
    r"|uncontrollabl[ey])\b|\b(?:heavily|profusely|massively|actively) bleeding\b|\bbleed\w* (?:that "
    r"|which )?(?:won't|will not|does not|doesn't|cannot be|can't be) stop|\bexsanguinating\b"
    r"|\bsoaking (?:through )?(?:\w+ )?(?:pads?|sheets?|towels?)\b",
    r"\b(?:suicidal|kill (?:himself|herself|themselves|myself|themself)|end (?:his|her|my"
    r"|their) life)\b.{0,30}\b(?:tonight|now|today)\b|\b(?:tonight|right now|today)\b.{0,40}\b(?:suicidal"
    r"|suicide|kill (?:himself|herself|myself))\b|\b(?:wants?|going|trying|threatens|threatening) to (?:kill"
    r"|hang) (?:himself|herself|myself|themselves)\b",
    r"\b(?:took|taken|swallowed|drank|ingested) (?:an overdose|poison|bleach|pesticide|weedkiller|paraquat"
    r"|a whole (?:bottle|box|strip))\b|\bhas overdosed\b"
    r"|\b(?:took|taken|swallowed) (?:\d{2,3}|all|lots of|many|a handful of) (?:\w+ )?(?:tablets|pills|capsules)\b"
    r"|\bdrown(?:ed|ing)\b|\bcord (?:prolapsed?|is (?:out|hanging|visible))\b|\b(?:throat|airway"
    r"|tongue) (?:is )?(?:closing|swelling|swollen)\b"
    r"|\bsats?\b\W{0,3}(?:\w+ )?[4-8]\d ?%",
    r"\b(?:is|are|'s|'re) (?:now |still )?having an? (?:\w+ )?(?:seizure|fit|convulsion|stroke|heart attack"
    r"|asthma attack)\b",
    r"\b(?:erect(?:ion)?|priapism)\b.{0,40}\b(?:for|lasting|lasted|since)\b.{0,25}\b(?:[4-9]|\d\d|four|five|six"
    r"|seven|eight"
    r"|several|many)\+? ?(?:h|hrs?|hours?)\b|\bpriapism\b.{0,40}\bnow\b",
    r"\b(?:tidak|tak|berhenti|henti|susah nak|tidak boleh|tak boleh) (?:ber)?na[fp]as\b|\b(?:tidak"
    r"|tak) sedarkan diri\b|\b(?:pengsan|rebah|pingsan|tumbang) tiba-tiba\b|\btiba-tiba (?:pengsan|rebah"
    r"|pingsan|tumbang)\b|\btercekik\b|\b(?:tak|tidak) sedar\b|\b(?:sedang|masih|tengah) (?:kejang|sawan"
    r"|tercekik|tersedak)\b|\b(?:ber|pen|per)?darah(?:an)? (?:banyak|teruk|hebat|tidak berhenti|tak berhenti"
    r"|tak henti)\b|\b(?:nak|mahu|mau|ingin) (?:mem)?bunuh diri\b|\banafilaks[ia]s?\b|\bhenti jantung\b"
    r"|\b(?:bayi|bibir|anak|budak)(?: \w+)? (?:kebiruan|biru|membiru)\b|\bereksi\b.{0,30}\b(?:[4-9]"
    r"|\d\d|enam|lima|empat|beberapa) jam\b|\b(?:telan|minum) (?:racun|paraquat)\b",
    r"没有?(?:了)?呼吸|不呼吸|停止呼吸|呼吸停止|喘不过气|心跳停|心脏骤停|没有?脉搏|昏迷|昏倒|晕倒|不省人事|叫不醒|没有?反应|倒地|正在抽搐|还在抽|抽搐不止|突然不能说话|半边无力|口角歪斜"
    r"|大出血|血流不止|出血不止|止不住血|发紫"
    r"|发绀|嘴唇青|过敏性休克|噎住|窒息|(?:想|要)自杀|勃起.{0,8}(?:[4-9]|\d\d|[四五六七八九十])个?小时|服毒|喝农药",
)
"""What cannot wait, whenever it is said of someone."""
_SYMPTOM = (
    r"(?:\b(?:chest pain|chest tightness|seizures?|fits?|convulsions?|stroke|fac(?:e|ial) droop(?:ing)?"
    r"|slurred speech|sudden weakness|drooling|shock"
    r"|bleed(?:ing)?|ha?emorrhage|choking|breathless(?:ness)?|short(?:ness)? of breath|stridor|wheez\w+"
    r"|overdose|suicidal|hypoglyca?emi[ac]|eclampsi[ac]|cord prolapse|septic|collapse|desaturating|heart attack"
    r"|poisoning|snake ?bites?|drowning|electrocution|sakit dada|nyeri dada|sesak na[fp]as|sawan|kejang|strok"
    r"|pengsan|pingsan|renjatan|syok|hipoglisemia)\b|胸痛|抽搐|中风|休克|呼吸困难|低血糖|出血)"
)
_HAPPENING = (
    r"(?:\b(?:right now|at the moment|as we speak|in front of me|in my (?:clinic|ward|room|hands)"
    r"|just (?:started|began|had)|minutes? ago|is having|please help|help me|this is an emergency|tiba-tiba"
    r"|baru saja)\b|现在|正在|刚刚|突然|救命)"
)
_AND_NOW = _any(
    rf"{_SYMPTOM}[^.?!。？！]{{0,80}}?(?:{_HAPPENING}|\b(?:tonight|sekarang)\b|马上)",
    rf"{_SYMPTOM}(?:[\s,]+\w+){{0,3}}[\s,]+now\b|\bcrushing chest pain\b(?=.{{0,40}}\b(?:now|minutes|sweating)\b)",
    rf"{_HAPPENING}[^.?!。？！]{{0,80}}?{_SYMPTOM}",
)
"""What may wait, unless it is happening."""
_BEFORE = re.compile(
    r"(?:\b(?:history of|previous(?:ly)?|prior|past|last (?:week|month|year)|years? ago|months? ago|weeks? ago"
    r"|prevent\w*|prophyla\w+|risk of|risk factors?|no|without|denies|denied|never|sejarah|riwayat|mencegah"
    r"|pencegahan|risiko|tiada)\W+(?:\w+\W+){0,3}|(?:既往|曾|病史|预防|没有)\S{0,4})$",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"^.{0,30}?(?:\b(?:last (?:week|month|year)|yesterday|(?:days?|weeks?|months?|years?) ago|in (?:19|20)\d\d"
    r"|as a (?:child|baby|teenager)|in (?:childhood|the past)|before"
    r"|(?:minggu|bulan|tahun) lepas|tahun lalu)\b|去年|上个月|以前)",
    re.IGNORECASE,
)
_LOOK = 60


def _is_emergency(text: str) -> bool:
    """Whether words of an emergency stand in the question that are not of the past, of prevention or denied."""
    for pattern in (_ALWAYS, _AND_NOW):
        for match in pattern.finditer(text):
            before, after = text[max(0, match.start() - _LOOK) : match.start()], text[match.end() : match.end() + _LOOK]
            if not _BEFORE.search(before) and not _PAST.search(after):
                return True
    return False
