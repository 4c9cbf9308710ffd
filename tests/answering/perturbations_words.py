"""The words that perturbations turn on: drugs and which names mean one drug, units, values."""

from __future__ import annotations

import re
from dataclasses import dataclass

FICTIONAL = """zelmorin tarvexol pelgrain quillamide mirranol sorbrane dorvane nocturel sabrenide pelinol hesperol
ostivane mirucept cardemol salwatin rimbazol pasiral""".split()

NAMED = """prednisolone prednisone metformin rifampicin rifampin rifampisin clofazimine dapsone trastuzumab aspirin
ampicillin liraglutide nitrofurantoin cyclophosphamide paclitaxel cefuroxime amoxicillin semaglutide docetaxel
ceftriaxone ofloxacin levofloxacin fosfomycin sulfamethoxazole doxorubicin tadalafil sildenafil ceftazidime ceftibuten
levothyroxine cefixime amikacin norfloxacin epirubicin gentamicin gentamycin clindamycin pioglitazone cyclosporine
cefepime pertuzumab letrozole cefotaxime cefaclor anastrozole clarithromycin minocycline vardenafil paracetamol tramadol
pregabalin pentoxifylline gabapentin netilmicin methotrexate progesterone testosterone duloxetine meropenem avanafil
denosumab ciprofloxacin prednisolon azithromycin dobutamine glargine cotrimoxazole gatifloxacin moxifloxacin cefazolin
cefalexin cephalexin cefpodoxime ertapenem carboplatin cisplatin topiramate tetracycline cefadroxil saxagliptin
capsaicin varenicline diclofenac goserelin lapatinib vinorelbine triptorelin fulvestrant risperidone carvedilol
nebivolol norepinephrine gliclazide glibenclamide glimepiride glipizide vildagliptin linagliptin sitagliptin alogliptin
empagliflozin dapagliflozin canagliflozin albiglutide dulaglutide exenatide lixisenatide phentermine venlafaxine heparin
ibuprofen cefoxitin colistin vancomycin udenafil codeine morphine metronidazole bevacizumab capecitabine tamoxifen
exemestane lithium paroxetine amitriptyline imipramine nortriptyline fluoxetine sertraline clozapine olanzapine
quetiapine aripiprazole carbamazepine phenytoin atenolol metoprolol nadolol propranolol bromocriptine spironolactone
atorvastatin simvastatin rosuvastatin azathioprine orlistat lorcaserin naltrexone bupropion etambutol ethambutol
isoniazid piridoksin pyrazinamide tapentadol lidocaine haloperidol albuterol tobramycin doripenem streptomycin
temocillin imipenem warfarin bedaquiline osimertinib thalidomide acarbose repaglinide nateglinide clopidogrel
phentolamine papaverine alprostadil yohimbine nicotine clonidine captopril erythromycin penisilin
infliximab etanercept apremilast methylprednisolone""".split()

STEM = (
    r"[a-z]{3,}(?:cillin|floxacin|oxacin|mycin|micin|conazole|idazole|sartan|vastatin|gliptin|gliflozin|glutide|"
    r"afil|penem|cycline|olol|prazole|platin|taxel|rubicin|tinib|zumab|ximab|umab|dronate|triptan|setron|formin|"
    r"gliflozine)|cef[a-z]{4,}"
)

NOT_DRUGS = {
    "penicillin",
    "penisilin",
    "fluoroquinolone",
    "prestatin",
    "cefiximea",
    "cefuroximea",
    "lgb",
    "curcumin",
    "cefazlin",
    "cinoxacin",
}

SAME_DRUG = (
    {"rifampicin", "rifampin", "rifampisin"},
    {"cefalexin", "cephalexin"},
    {"gentamicin", "gentamycin"},
    {"prednisolone", "prednisone", "prednisolon", "methylprednisolone"},
    {"etambutol", "ethambutol"},
    {"cotrimoxazole", "sulfamethoxazole", "trimethoprim"},
    {"cefpodoxime", "cefpodoxim"},
    {"amoxicillin", "amoxycillin", "amoksisilin"},
    {"ampicillin", "ampisilin"},
    {"testosterone", "testosteron"},
)

DRUG = re.compile(
    rf"(?<![\w/–+-])(?:{'|'.join(sorted(FICTIONAL + NAMED, key=len, reverse=True))}|{STEM})(?![\w/–+-])", re.I
)

NUMBER = r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+[.,]\d+|\d+"

MEASURES = (
    r"mg/dL|mg/dl|mmol/L|mmol/l|µmol/L|μmol/L|g/dL|g/dl|mcg|µg|μg|mg|kg/m2|kg/m²|kg|grams?|gram|ml|mL|"
    r"mmHg|cm|mm|msec|ms|ppb|IU|kcal|kkal|km|°C|%|g(?![\w/])|L(?![\w/])"
)
TIMES = r"minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|menit|minit|jam|hari|minggu|bulan|tahun"
COUNTED = (
    r"patients?|participants?|women|men|adults|children|infants|neonates|cases|studies|trials|RCTs|doses|times|points|"
    r"persons|people|individuals|subjects|tablets?|capsules?|pasien|pesakit|orang|kali"
)
UNIT = rf"(?:(?:{MEASURES}|{TIMES}|{COUNTED})(?![A-Za-z]))"
RANGE = r"(?:\s?(?:-|–|to|hingga|sampai|or|and|atau)\s?)"

VALUE = re.compile(rf"(?<![\w.,/\[–-])(?P<low>{NUMBER})(?:{RANGE}(?P<high>{NUMBER}))?(?P<gap>[\s-]?)(?P<unit>{UNIT})")
COMPARED = re.compile(rf"[<>≥≤]=?\s?(?P<low>{NUMBER})(?![\w/]|[.,]\d|{RANGE}\d)")
CITED_AS = re.compile(
    r"(?:Table|Figure|Fig\.|Section|Appendix|Recommendation|Question|Box|Annex|Chapter|et al\.?,?|Jadual|Tabel)\s*$"
)


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its unit (or a comparator before it) as it stands in a text."""

    start: int
    end: int
    number: str
    unit: str
    whole: tuple[int, int]
    """From the first number of a range to the end of the unit."""
    ranged: bool


def find_values(text: str) -> list[Value]:
    """Numbers that say something: with a unit, or after a comparator; citations, table numbers and years are left out."""
    found: dict[int, Value] = {}
    for match in VALUE.finditer(text):
        if CITED_AS.search(text[: match.start()]):
            continue
        for group in ("low", "high"):
            if match[group]:
                span = match.span(group)
                found[span[0]] = Value(*span, match[group], match["unit"], match.span(), match["high"] is not None)
    for match in COMPARED.finditer(text):
        start, end = match.span("low")
        found.setdefault(start, Value(start, end, match["low"], "", (start, end), False))
    return [found[start] for start in sorted(found)]


def find_drugs(text: str) -> list[tuple[int, int, str]]:
    """Drug names in a text: start, end and the name in lower case."""
    return [(m.start(), m.end(), m[0].lower()) for m in DRUG.finditer(text) if m[0].lower() not in NOT_DRUGS]


def is_same_drug(one: str, other: str) -> bool:
    """Whether two names may mean one drug, so that exchanging them is no error."""
    return one == other or one in other or other in one or any({one, other} <= names for names in SAME_DRUG)
