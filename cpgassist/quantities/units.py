"""How units, frequencies and numbers are spelled, in English, Malay, Indonesian and Chinese.

One spelling is brought to another ("mcg" and "µg" to "microgram"), never one unit to another: mg stays mg, an
international unit is not a unit, 24 hours are not a day.
"""

from __future__ import annotations

from decimal import Decimal

__all__ = ["NAMES", "NUMBER_WORDS", "TIMES", "abbreviated", "unit_named"]

_SPELLINGS = {
    "mg": "mg mgs milligram milligrams milligramme milligrammes miligram 毫克",
    "g": "g gm gms gram grams gramme grammes gr 克",
    "kg": "kg kgs kilogram kilograms kilo kilos kgbb kgbw 公斤 千克",
    "microgram": "mcg µg ug microgram micrograms microgramme microgrammes mikrogram 微克",
    "ng": "ng nanogram nanograms 纳克",
    "pg": "pg picogram picograms",
    "lb": "lb lbs pound pounds",
    "oz": "oz ounce ounces",
    "mL": "ml mls milliliter milliliters millilitre millilitres mililiter 毫升",
    "L": "l liter liters litre litres 升",
    "dL": "dl deciliter decilitre 分升",
    "microlitre": "µl ul mcl microliter microliters microlitre microlitres 微升",
    "cc": "cc",
    "fL": "fl",
    "mol": "mol",
    "mmol": "mmol mmols millimole millimoles 毫摩尔",
    "micromol": "µmol umol micromol micromole micromoles mikromol 微摩尔",
    "nmol": "nmol nanomole nanomoles",
    "pmol": "pmol",
    "mEq": "meq milliequivalent milliequivalents",
    "mOsm": "mosm mosmol",
    "IU": "iu ius 国际单位",
    "mIU": "miu",
    "unit": "u unit units 单位",
    "MU": "mu megaunit megaunits",
    "kcal": "kcal kilocalorie kilocalories kkal 千卡",
    "kJ": "kj",
    "%": "% percent persen peratus",
    "‰": "‰",
    "mmHg": "mmhg 毫米汞柱",
    "cmH2O": "cmh2o",
    "kPa": "kpa",
    "°C": "°c ℃ celsius 摄氏度",
    "°F": "°f ℉ fahrenheit",
    "nm": "nm",
    "µm": "µm um micron microns",
    "mm": "mm millimetre millimetres millimeter millimeters 毫米",
    "cm": "cm cms centimetre centimetres centimeter centimeters sentimeter 厘米",
    "m": "m metre metres meter meters",
    "km": "km",
    "m²": "m2 m² m^2 sqm",
    "cm²": "cm2 cm² cm^2",
    "mm²": "mm2 mm² mm^2",
    "mm³": "mm3 mm³ mm^3",
    "cm³": "cm3 cm³ cm^3",
    "Hz": "hz",
    "bpm": "bpm",
    "Gy": "gy",
    "cGy": "cgy",
    "mSv": "msv",
    "µSv": "µsv usv",
    "second": "s sec secs second seconds detik 秒",
    "minute": "min mins minute minutes minit menit 分钟",
    "hour": "h hr hrs hour hours jam 小时",
    "day": "d day days hari 天 日",
    "week": "wk wks week weeks minggu 周 星期",
    "month": "mo mos mth mths month months bulan bln 个月 月",
    "year": "y yr yrs year years tahun thn 年 岁",
    "tablet": "tab tabs tablet tablets 片",
    "capsule": "cap caps capsule capsules kapsul 粒",
    "drop": "drop drops gtt gtts tetes titis 滴",
    "puff": "puff puffs semburan",
    "spray": "spray sprays",
    "dose": "dose doses dos dosis",
    "vial": "vial vials",
    "ampoule": "amp amps ampoule ampoules ampule ampules ampul",
    "sachet": "sachet sachets",
    "bottle": "bottle bottles botol",
    "teaspoon": "tsp teaspoon teaspoons",
    "tablespoon": "tbsp tablespoon tablespoons",
    "fold": "fold folds",
    "times": "time times kali x 次",
    "cell": "cell cells",
    "copy": "copy copies",
}
NAMES = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings.split()}
"""Spelling in lower case -> the one name a unit goes by."""

TIMES = frozenset("second minute hour day week month year".split())
"""The units that measure time."""

_CASED = {
    "Mg": "",
    "G": "",
    "M": "",
    "D": "",
    "S": "",
    "Y": "",
    "X": "times",
    "K": "",
    "Mo": "",
    "MM": "",
    "LB": "",
    "MO": "",
    "AMP": "",
    "mOs": "mOsm",
}
"""Spellings whose capitals make them another thing: Mg is magnesium and G a gauge."""


def unit_named(spelling: str) -> str:
    """The name of the unit that is spelled so; "" when it is no unit."""
    cased = _CASED.get(spelling)
    return NAMES.get(spelling.replace("μ", "µ").lower(), "") if cased is None else cased


_ENGLISH = "zero one two three four five six seven eight nine ten eleven twelve"
_MALAY = "sifar satu dua tiga empat lima enam tujuh lapan sembilan sepuluh sebelas duabelas"
NUMBER_WORDS = {
    **{word: Decimal(n) for words in (_ENGLISH, _MALAY) for n, word in enumerate(words.split())},
    **{"delapan": Decimal(8), "half": Decimal("0.5"), "setengah": Decimal("0.5"), "separuh": Decimal("0.5")},
    **{word: Decimal(n) for n, word in enumerate("零 一 二 三 四 五 六 七 八 九 十".split())},
    **{
        "两": Decimal(2),
        "半": Decimal("0.5"),
        "thirteen": Decimal(13),
        "fourteen": Decimal(14),
        "fifteen": Decimal(15),
    },
    **{"twenty": Decimal(20), "thirty": Decimal(30)},
}
"""Numbers written as words."""

_ABBREVIATED = {"od": 1, "qd": 1, "bd": 2, "bid": 2, "tds": 3, "tid": 3, "qds": 4, "qid": 4}


def abbreviated(spelling: str) -> int:
    """How many times a day a prescription's abbreviation asks for ("b.d." -> 2); 0 when it is none."""
    return _ABBREVIATED.get(spelling.replace(".", "").replace(" ", "").lower(), 0)
