"""Proves that no caption of captions.jsonl names its guideline, the guideline's disease or a heading it should reach.

A caption's words are those of all its fields and its question. Two words are the same when they are equal but for a
plural s, or when both have six letters or more and begin with the same six ("mandible" is "mandibular"). Words under
four letters and the words of GENERIC, which name no topic, do not count.

    python -m tests.bench.captions_check
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

CAPTIONS = Path(__file__).with_name("captions.jsonl")
FRESH = Path(__file__).with_name("captions_fresh.jsonl")
"""Captions in other words and on other sections, written and measured when the table of signs had its first 189 rows; rows
for their misses came after."""
LATER = Path(__file__).with_name("captions_later.jsonl")
"""Captions in roundabout words, written and measured when the table had 261 rows; 28 rows, most for their misses, came
after."""
SEEN = ("image_type", "anatomy", "findings", "limitations", "question")
"""The fields that a search may use."""
KEYS = {*SEEN, "id", "corpus", "file", "also", "section", "pages", "by"} | {
    "domain",
    "sex",
    "age_group",
    "language",
    "skin_tone",
}
GENERIC = frozenset(
    "what which when should that this with from among using used other also both does have been being will into than after before during"
    " recommend recommended recommendation recommendations question statement appendix patients patient"
    " adalah atau dengan pada yang untuk bawah".split()
)
TITLES: Mapping[str, str] = {
    "sample-harbour-fever-2023.pdf": "management of harbour fever",
    "sample-lantern-pressure-2021.pdf": "lantern pressure syndrome in adults",
    "sample-moss-lung-2022.pdf": "moss lung",
    "sample-gatal-bakau-2022.pdf": "gatal bakau mangrove itch",
    "ph-doh-leprosy-2021.pdf": "philippine leprosy clinical practice guidelines hansen lepra kusta",
    "id-kemenkes-diabetes-melitus-tipe-2-2020.pdf": "tata laksana diabetes melitus mellitus diabetic tipe 2 dewasa",
    "ph-doh-urinary-tract-infection-2023.pdf": "diagnosis and management of urinary tract infection among filipino children adults",
    "ph-psohns-mandibular-fractures-2021.pdf": "management of isolated mandibular body fractures in adults",
    "who-tb-infection-prevention-2019.pdf": "tuberculosis infection prevention and control tuberculous",
    "us-cdc-outpatient-infection-prevention-2016.pdf": "infection prevention for outpatient settings safe care",
    "ph-doh-cardiovascular-screening-2021.pdf": "periodic health examination screening for cardiovascular disease",
    "ph-doh-obesity-adults-2023.pdf": "screening and diagnosis of obesity in adults obese",
    "my-mahtas-erectile-dysfunction-2024-retypeset.pdf": "management of erectile dysfunction erection impotence",
    "ph-doh-breast-cancer-2022.pdf": "breast cancer carcinoma",
    "ph-doh-cervical-cancer-prevention-2023.pdf": "cervical cancer prevention premalignant lesions of the cervix",
    "ph-doh-neonatal-sepsis-2019.pdf": "neonatal sepsis neonate septic",
    "ph-doh-lifestyle-advice-2021.pdf": "periodic health examination lifestyle advice",
}
"""What each guideline is called, with other names of its disease."""


def read_captions(path: Path = CAPTIONS) -> list[dict[str, Any]]:
    """The captions, in order."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def words(text: str) -> list[str]:
    """The words that count, in lower case."""
    return [word for word in re.findall(r"[^\W\d_]{4,}", text.lower()) if word not in GENERIC]


def same(one: str, other: str) -> bool:
    """Whether two words are the same but for their endings."""
    if one.removesuffix("s") == other.removesuffix("s"):
        return True
    return min(len(one), len(other)) >= 6 and one[:6] == other[:6]


def given_away(caption: Mapping[str, Any]) -> list[str]:
    """The words of a caption that its guideline's title or a heading of its section holds too."""
    shown = [caption[key] if isinstance(caption[key], str) else " ".join(caption[key]) for key in SEEN]
    banned = words(" ".join((TITLES[caption["file"]], *caption["section"])))
    return [word for word in words(" ".join(shown)) if any(same(word, other) for other in banned)]


def faults(captions: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong, one line each; empty when nothing is."""
    captions = list(captions)
    found = [f"{c['id']}: keys {sorted(KEYS ^ c.keys())}" for c in captions if c.keys() != KEYS]
    found += [f"{name}: twice" for name, times in Counter(c["id"] for c in captions).items() if times > 1]
    for caption in captions:
        if given := given_away(caption):
            found.append(f"{caption['id']}: gives away {', '.join(given)}")
        if not caption["findings"] or not caption["section"] or not caption["pages"]:
            found.append(f"{caption['id']}: has no finding, section or page")
    return found


if __name__ == "__main__":
    every = [*read_captions(), *read_captions(FRESH), *read_captions(LATER)]
    wrong = faults(every)
    sys.stdout.write("\n".join((*wrong, f"{len(every)} captions, {len(wrong)} faults")) + "\n")
    sys.exit(bool(wrong))
