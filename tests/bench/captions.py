"""How often a search made from a written caption reaches the right guideline and section.

    python -m tests.bench.captions --sample INDEX_OF_THE_SAMPLE --guidelines INDEX_OF_THE_DEVELOPMENT_GUIDELINES

Captions of the second kind need ../shared. Each row of what is printed is one way to make the query: `plain` joins the
findings and the question as they are, `ours` is imaging.query.query_of, the others lack one part of it.
The right guideline counts among the first 3 hits, the right section among the first 5: a hit under one of the caption's headings,
or on one of its pages where `by` is "pages" (headings that the reader does not get right).

The author of the captions also wrote the table of signs, so captions.jsonl flatters `ours`. The two other files
(--captions) were measured once before their misses were looked at; docs/photos.md has those figures and today's.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cpgassist.assistant import Assistant
from cpgassist.corpus import Corpus
from cpgassist.imaging.query import query_of
from cpgassist.imaging.signs import terms_of
from cpgassist.imaging.wording import affirmed
from cpgassist.types import Search
from cpgassist.types.findings import Finding, Findings
from tests.bench.captions_check import CAPTIONS, read_captions

ROOT = Path(__file__).resolve().parents[2]
Caption = Mapping[str, Any]
Making = Callable[[Findings, str], str]


def findings_of(caption: Caption) -> Findings:
    """A caption as a model would give it."""
    items = tuple(Finding(text) for text in caption["findings"])
    return Findings(caption["image_type"], caption["anatomy"], items, caption["limitations"])


def joined(*parts: str) -> str:
    """Parts that are not empty, as sentences."""
    return ". ".join(part for part in parts if part)


def _seen(findings: Findings) -> list[str]:
    """What the findings say is there."""
    return [text for item in findings.items if (text := affirmed(item.text))]


WAYS: dict[str, Making] = {
    "plain": lambda f, q: " ".join((*(item.text for item in f.items), q)),
    "plain, all fields": lambda f, q: " ".join((f.image_type, f.anatomy, *(i.text for i in f.items), f.limitations, q)),
    "ours": query_of,
    "ours without signs": lambda f, q: joined(q, f.image_type, f.anatomy, *_seen(f)),
    "signs and question alone": lambda f, q: joined(q, ", ".join(terms_of((*_seen(f), f.anatomy, f.image_type)))),
    "question alone": lambda f, q: q or " ".join(item.text for item in f.items),
    "plain, no question": lambda f, q: " ".join(item.text for item in f.items),
    "ours, no question": lambda f, q: query_of(f, ""),
}


def ranks(caption: Caption, found: Search) -> tuple[int | None, int | None]:
    """Rank of the first hit of the right guideline, and of the right section."""
    files = {caption["file"], *caption["also"]}
    guideline = section = None
    for hit in found.hits:
        passage = hit.passage
        if found.guidelines[passage.guideline].file not in files:
            continue
        guideline = guideline or hit.rank
        headed = bool(set(caption["section"]) & set(passage.heading_path))
        if headed or (caption["by"] == "pages" and set(caption["pages"]) & set(passage.pages)):
            section = section or hit.rank
    return guideline, section


def within(ranked: Sequence[int | None], k: int) -> str:
    """The share of ranks up to k, with its interval."""
    right, n = sum(rank is not None and rank <= k for rank in ranked), len(ranked)
    middle, spread = _wilson(right / n, n)
    low, high = middle - spread, middle + spread
    return f"{right / len(ranked):.3f} ({low:.2f}-{high:.2f})"


def _wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Middle and half width of the 95 % interval of a share."""
    spread = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5
    return (share + z * z / (2 * n)) / (1 + z * z / n), spread / (1 + z * z / n)


def main() -> None:
    """Print the table, and with --misses what every caption reached instead."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=Path)
    parser.add_argument("--guidelines", type=Path)
    parser.add_argument("--captions", type=Path, default=CAPTIONS)
    parser.add_argument("--ways", nargs="*", choices=sorted(WAYS), default=list(WAYS))
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--by", help="also by this field of the captions, for the last way")
    given = parser.parse_args()
    folders = {"sample": ROOT / "corpora/sample", "guidelines": ROOT.parent / "shared/guidelines"}
    indexes = {name: getattr(given, name) for name in folders if getattr(given, name)}
    assistants = {name: Assistant(Corpus(folders[name], index=index)) for name, index in indexes.items()}
    captions = [caption for caption in read_captions(given.captions) if caption["corpus"] in assistants]
    reached: list[tuple[int | None, int | None]] = []
    for way in given.ways:
        searches = [
            assistants[caption["corpus"]].search(WAYS[way](findings_of(caption), caption["question"]), 10)
            for caption in captions
        ]
        reached = [ranks(caption, found) for caption, found in zip(captions, searches, strict=True)]
        _tell(f"{way:26} n={len(captions)}", reached)
        for name in assistants:
            _tell(f"    {name}", [r for c, r in zip(captions, reached, strict=True) if c["corpus"] == name])
        if given.misses:
            _misses(captions, searches, reached)
    if given.by:
        groups = defaultdict(list)
        for caption, ranked in zip(captions, reached, strict=True):
            groups[str(caption[given.by]) or "not given"].append(ranked)
        for group, members in sorted(groups.items()):
            _tell(f"  {given.by} {group} n={len(members)}", members)


def _tell(title: str, reached: Sequence[tuple[int | None, int | None]]) -> None:
    guideline, section = [g for g, _ in reached], [s for _, s in reached]
    sys.stdout.write(f"{title:40} guideline@3 {within(guideline, 3)}  section@5 {within(section, 5)}\n")


def _misses(
    captions: Sequence[Caption], searches: Sequence[Search], reached: Sequence[tuple[int | None, int | None]]
) -> None:
    for caption, found, (guideline, section) in zip(captions, searches, reached, strict=True):
        if (guideline or 99) > 3 or (section or 99) > 5:
            shown = [
                f"{found.guidelines[h.passage.guideline].file[:12]} p{h.passage.page} {(h.passage.heading_path or ('',))[-1][:32]}"
                for h in found.hits[:5]
            ]
            sys.stdout.write(json.dumps([caption["id"], guideline, section, *shown], ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
