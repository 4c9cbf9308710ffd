"""The patterns by which a guideline words a quantity: numbers, bounds, denominators, frequencies, references.

All are matched at one place or in a window of fixed size, and no pattern repeats what it repeats: reading stays linear.
"""

from __future__ import annotations

import re
from typing import Literal

from cpgassist.quantities.units import NUMBER_WORDS

Comparator = Literal["", "<", "≤", ">", "≥", "≈", "minimum", "maximum"]

SIGNS = str.maketrans(
    "０１２３４５６７８９％／．：（）＜＞＝，–—−‐‑‒～〜⁄μ",
    "0123456789%/.:()<>=,------~~/µ",
)
"""Signs with several forms -> one, character by character."""
_THIN = "\u00a0\u2009\u202f\u2007"
_CJK_DIGITS = "一二两三四五六七八九十半"

NUMBER = re.compile(
    r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?!\d)"  # 1,000.5
    r"|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?![\d.])"  # 1.000.000
    rf"|[1-9]\d{{0,2}}(?: 000|[{_THIN}]\d{{3}})+(?![\d,.]?\d)"  # 1 000
    r"|\d+[.·]\d+"
    r"|0,\d+|\d+,\d{1,2}(?!\d|,\d)"  # 2,5 in Malay and Indonesian text
    r"|\d+\s?[½¼¾⅓⅔⅛]|\d+|[½¼¾⅓⅔⅛]|\.\d+"
)
VULGAR = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.33333333", "⅔": "0.66666667", "⅛": "0.125"}
SIMPLE = re.compile(r"(?:1/[2348]|2/3|3/4)(?![\d/.,]|\s?/)")
AND_SIMPLE = re.compile(r"\s(?=(?:1/[2348]|2/3|3/4)(?![\d/]))")
GROUPED = re.compile(r"[1-9]\d{0,2}\.\d{3}$|0\d+$")
"""1.500, in which a dot may group thousands or begin decimals, and 05: equal only to what is printed alike."""
_EXPONENT = r"(?:\s?\^\s?([-+]?\d{1,2})|([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))(?!\d)"
POWER = re.compile(r"\s{0,2}[x×*·]\s{0,2}10" + _EXPONENT)
TEN = re.compile(r"10" + _EXPONENT)
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
PAIR = re.compile(r"\s?/\s?(?=\d)")
RATIO = re.compile(r":(?=\d)|\s:\s(?=\d)")
SPREAD = re.compile(r"\s{0,2}(?:±|\+/-)\s{0,2}(?=\d)")
RANGE = re.compile(
    r"\s{0,2}(?:-|~|(?:to|hingga|sampai|sehingga|s/d)(?![a-z])|至|到)\s{0,2}(?=[-+]?[\d½¼¾]|[a-z一-十])", re.I
)
BETWEEN = re.compile(r"\s{0,2}(?:(?:and|dan)(?![a-z])|与|和)\s{0,2}", re.I)
BETWEEN_BEFORE = re.compile(r"(?<![a-z])(?:between|antara)\s{0,2}$|介于\s{0,2}$", re.I)

GAP = re.compile(r"\s{0,2}(?:-\s?)?")
UNIT = re.compile(
    r"mm\s?Hg(?![a-z])|[ckm]?m(?:[²³]|\^?[23](?!\d))|°\s?[CcFf](?![a-z])|[℃℉%‰]|per\s?cent(?![a-z])|cm\s?H2O|deg(?:rees?)?\.?\s(?:[CcFf](?![a-z])|[Cc]elsius|[Ff]ahrenheit)|[A-Za-zµ]{1,15}(?![A-Za-z])"
    r"|国际单位|毫米汞柱|摄氏度|微摩尔|毫摩尔|毫克|微克|公斤|千克|毫升|微升|小时|分钟|个月|星期|单位|千卡|毫米|厘米|[克升天日周月年岁秒片粒滴次]"
)  # fmt: skip
MULTIPLIER = re.compile(r"\s{0,2}(thousand|million|billion|juta|ribu)(?![a-z])", re.I)
INTERNATIONAL = re.compile(r"\s{0,2}international\s{1,2}units?(?![a-z])", re.I)
BODY = re.compile(r"\s?(?:of\s)?(?:body[ -]?weight|bw|bb|berat badan)(?![a-z])", re.I)
PER = re.compile(
    r"\s{0,2}(?:/|(?:per|setiap|tiap)(?![a-z])|每(?=公斤|千克|次|片|粒|毫升)|an?\s(?=(?:day|week|month|year|dose|hour)(?![a-z])))\s{0,2}",
    re.I,
)
INVERSE = re.compile(r"[ .·]?(kg|day|d|hour|hr|h|min|week|L|dL|mL|dose)(?:⁻¹|\^-1|-1)(?!\d)")
OLD = re.compile(r"[\s-]{0,2}(?:old(?![a-z])|of age(?![a-z]))|岁", re.I)
AGED = re.compile(r"(?<![a-z])(?:aged?|ages|usia|umur|berumur|berusia)\W{0,2}$", re.I)

ADVERBS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year"}
PERIOD = re.compile(
    r"\s{0,2}(?:(?:(?:in\s)?an?\s|per\s|each\s|every\s|/\s?)(hour|day|week|month|year|dose)(?![a-z])"
    r"|/\s?(d|h|wk|hari|minggu|jam|bulan|tahun|hr)(?![a-z])|(hourly|daily|weekly|monthly|yearly|annually)(?![a-z])"
    r"|(?:se|per\s?|setiap\s|tiap\s)(hari|minggu|bulan|tahun|jam)(?![a-z])|[每/]([天日周月年]))",
    re.I,
)
"""What a count of times is for: "a day", "/day", "daily", "sehari"."""
INTERVAL = re.compile(r"(?:-\s?|\s)(hourly|weekly|monthly|yearly)(?![a-z])|-\s?(daily)(?![a-z])", re.I)
EVERY_BEFORE = re.compile(r"(?<![a-z])(?:(?:every|each|setiap|tiap)\s{0,2}|q\.?\s?)$|每\s?$", re.I)

BOUNDS: tuple[tuple[Comparator, str], ...] = (
    ("≤", r"≤|⩽|<\s?/?\s?=|=\s?<|<\s?or\s?=|not?\s(?:more|greater|higher|longer|later|older)\sthan"
          r"|not\s(?:to\s)?(?:be\s)?exceed(?:ing|s|ed)?|(?:less|lower|fewer|smaller|below)\s(?:than\s)?or\sequal(?:\sto)?(?:\sthan)?"
          r"|up\sto|upto|at\s(?:the\s)?most|tidak\s(?:lebih\s(?:dari|daripada)|melebihi)|maksimal|paling\sbanyak"
          r"|不超过|至多|最多|小于等于"),
    ("≥", r"≥|⩾|>\s?/?\s?=|=\s?>|>\s?or\s?=|not?\s(?:less|lower|fewer|shorter|younger)\sthan"
          r"|(?:more|greater|higher|above)\s(?:than\s)?or\sequal(?:\sto)?(?:\sthan)?"
          r"|at\s(?:the\s)?least|sekurang-kurangnya|setidaknya|minimal|paling\ssedikit|tidak\skurang\s(?:dari|daripada)"
          r"|至少|不少于|大于等于"),
    ("<", r"<|(?:less|lower|fewer|smaller|younger|shorter)\sthan|below|under|kurang\s(?:dari|daripada)|(?:di\s?)?bawah"
          r"|小于|低于|少于"),
    (">", r">|(?:more|greater|higher|older|longer|larger)\sthan|above|over|exceed(?:s|ing|ed)?|lebih\s(?:dari|daripada)"
          r"|di\s?atas|melebihi|大于|高于|超过|多于"),
    ("≈", r"≈|~|±|approximately|approx\.?|about|around|circa|roughly|nearly|kira-kira|sekitar|lebih\skurang|约|大约"),
    ("minimum", r"minimum(?:\sof)?|min\.?(?:\sof)?|最低"),
    ("maximum", r"maximum(?:\sof)?|max\.?(?:\sof)?|maksimum|最高|最大"),
)  # fmt: skip
"""How a bound is worded; what is longer stands first, for "not more than" is no "more than"."""
BEFORE = re.compile(
    r"(?:(?<![A-Za-z])|(?![A-Za-z]))(?:"
    + "|".join(f"(?P<b{i}>{pattern})" for i, (_, pattern) in enumerate(BOUNDS))
    + r")(?:\s(?:the\s)?age\sof|\sa\stotal\sof|\susia|\sumur)?\s{0,2}[:=]?\s{0,2}$",
    re.I,
)
AFTER = re.compile(
    r"\s{0,2},?\s{0,2}(?:(?P<more>(?:or|and|atau)\s(?:more|above|over|older|higher|greater|longer|lebih)|ke\satas|及?以上)"
    r"|(?P<less>(?:or|and|atau)\s(?:less|below|under|younger|lower|fewer|shorter|kurang)|ke\sbawah|及?以下))"
    r"(?![a-z])(?!\sthan)",
    re.I,
)
LOOK_BACK = 56
"""Characters before a number in which its bound must stand."""

_LABELS = (
    "levels?|grades?|class(?:es)?|tables?|figures?|figs?\\.?|sections?|chapters?|appendix|annex|box|algorithms?|steps?"
    "|stages?|types?|phases?|category|categories|groups?|recommendations?|questions?|items?|pages?|refs?\\.?|references?"
    "|tahap|gred|jadual|tabel|gambar|rajah|bab|lampiran|kelas|tipe|derajat|jenis"
)
REFERENCE = re.compile(
    rf"(?<![A-Za-z])(?P<label>(?i:{_LABELS}))\s{{0,2}}"
    r"(?P<name>[IVX]{1,4}(?:-\d)?[a-cA-C]?(?![A-Za-z])|\d{1,3}(?:\.\d{1,3}){0,4}(?:-\d{1,2})?[A-Za-z]?(?![A-Za-z0-9%])"
    r"|[A-E](?![A-Za-z'’]|\.[A-Za-z]))"
    r"|\[\d{1,3}(?:\s?[,;-]\s?\d{1,3}){0,20}\]|[表图]\s?\d{1,3}"
    r"|(?<=[a-z)%]\.)\d{1,3}(?:[,-]\d{1,3}){0,9}(?![\d.])"  # the mark glued to a sentence's end
    r"|(?<![\d.,/-])(?!\d{1,3}(?:\.\d{3})+(?![\d.]))\d{1,3}(?:\.\d{1,3}){2,5}(?!\d)"  # a section's number
)
DATE = re.compile(r"(?<![\d/-])(?:\d{1,2}[/-]\d{1,2}[/-]\d{4}|\d{4}-\d{2}-\d{2})(?![\d/-])")
YEAR = re.compile(r"(?:19|20)\d\d$")
OFTEN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?P<short>[oO]\.?\s?[dD]\.?|[bB]\.?[iI]?\.?[dD]\.?|[tT]\.?[dD]\.?[sS]\.?|[tT]\.?[iI]\.?[dD]\.?"
    r"|[qQ]\.?[dD]\.?[sS]\.?|[qQ]\.?[iI]?\.?[dD]\.?)(?![A-Za-z0-9])"
    r"|(?P<other>(?i:every\s(?:other|second)\sday|(?:on\s)?alternate[\s-]days?|selang\ssehari))(?![a-z])"
    r"|(?P<count>(?i:once|twice|thrice|sekali))(?![a-z])"
    r"|(?P<adverb>(?i:hourly|daily|weekly|monthly|yearly|annually))(?![a-z])"
    r"|(?P<every>(?i:every|each|setiap|tiap))\s{0,2}"
    r"(?P<unit>(?i:hour|day|week|month|year|hari|minggu|bulan|tahun|jam))(?![a-z])"
    r")"
    r"|(?P<zhunit>[每一][天日周月年])\s?(?P<zhcount>[一二两三四五六]|\d{1,2})\s?次"
    r"|(?P<zhevery>每[天日周月年])"
)
"""How often, where no number begins it."""
WORD = re.compile(
    r"(?<![A-Za-z0-9-])(?i:"
    + "|".join(sorted((word for word in NUMBER_WORDS if word.isascii()), key=len, reverse=True))
    + rf")(?![A-Za-z])|[{_CJK_DIGITS}](?=\s?(?:次|片|粒|滴|天|周|个月|小时|岁|毫克|毫升))"
)
DIGITS = re.compile(
    r"(?<![A-Za-z_\d½¼¾⅓⅔⅛])(?<![A-Za-z]-)[-+]?(?=[\d½¼¾⅓⅔⅛])|(?<![^\s(\[<>≤≥=/~])(?=\.\d)|(?<=[Qq])(?=\d{1,2}\s?-?\d{0,2}\s?[Hh])"
)
"""Where a number in digits begins; a digit behind a letter belongs to a name (HbA1c, COVID-19)."""
SIGN_BEFORE = re.compile(r"[\d)%]\s?$")
"""What stands before a dash that is no minus."""
SCAN = re.compile(r"[A-Za-z]+|\.\d+|[-+]?\d[\d.,·]*|[½¼¾⅓⅔⅛\[表图每一二两三四五六七八九十半]")
"""The pieces of a text at which something may begin."""
OPENERS = (
    frozenset(
        "level levels grade grades class classes table tables figure figures fig figs section sections chapter chapters"
        " appendix annex box algorithm algorithms step steps stage stages type types phase phases category categories group"
        " groups recommendation recommendations question questions item items page pages ref refs reference references tahap"
        " gred jadual tabel gambar rajah bab lampiran kelas tipe derajat jenis"
        " o od b bd bid t tds tid q qd qds qid every each on alternate selang once twice thrice sekali setiap tiap".split()
    )
    | frozenset(ADVERBS)
    | frozenset(NUMBER_WORDS)
)
"""Words in lower case with which a reference, a frequency or a number may begin."""
ENDINGS = frozenset(
    "than exceed exceeding exceeds exceeded to upto most dari daripada melebihi maksimal banyak least kurangnya setidaknya"
    " minimal sedikit below under bawah above over atas approximately approx about around circa roughly nearly kira"
    " sekitar kurang minimum min of maximum max maksimum or usia umur".split()
)
"""Words in lower case with which a bound may end."""
