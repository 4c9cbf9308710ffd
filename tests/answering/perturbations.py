"""Statements that a cited line supports and statements that it does not, made from guidelines by rule, with their labels.

They measure the checks that stand between an answer and a reader: `python tests/answering/perturbations.py --seed 7
--count 2400 --out FILE.jsonl [--passages DUMP.jsonl ...]` writes COUNT unfaithful statements and as many faithful ones, from
the sample guidelines and from any dump that `cpgassist passages --json` made. They share nothing with the checks.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.answering import perturbations_exchanged as exchanged
from tests.answering import perturbations_false as false
from tests.answering import perturbations_true as true
from tests.answering.perturbations_false import Change
from tests.answering.perturbations_lines import Block, Line, read_blocks, read_dump, sample_rows
from tests.answering.perturbations_words import find_drugs


@dataclass(frozen=True, slots=True)
class Made:
    """A change, the lines it is shown with and where they stand."""

    block: Block
    index: int
    change: Change
    headed: bool = False
    """Whether the statement says the header of a table too."""


PER_LINE = {"copy": 1, "shortened": 1, "drug_same": 6}
"""How many statements of a kind one line may give, where it is not two."""

Make = Callable[[Block, Line, random.Random], Iterable[Change]]


def by_text(make: Callable[[str], Iterable[Change]]) -> Make:
    """A kind that looks at nothing but the words of the line."""
    return lambda block, line, rng: make(line.text)


def copy(block: Block, line: Line, rng: random.Random) -> Iterator[Change]:
    """The line as it stands."""
    yield Change(line.text, "", "")


def reordered(block: Block, line: Line, rng: random.Random) -> Iterable[Change]:
    """The line in another order."""
    return true.reorder_row(block, line) if line.cells else true.reorder(line.text)


class Drugs:
    """The drugs of a corpus, from which another drug is taken: one of the passage first, then one of the file, then any."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for block in blocks:
            for line in block.lines:
                counts[block.source].update(name for _, _, name in find_drugs(line.text))
        self.by_file = {file: sorted(name for name, _ in names.most_common(25)) for file, names in counts.items()}

    def exchange(self, block: Block, line: Line, rng: random.Random) -> Iterator[Change]:
        """The line with another drug."""
        near = sorted({name for other in block.lines for _, _, name in find_drugs(other.text)})
        pool = self.by_file.get(block.source, [])
        away = rng.sample(pool, min(3, len(pool)))
        yield from exchanged.exchange_drug(line.text, [*rng.sample(near, min(2, len(near))), *away])


def unfaithful_kinds(drugs: Drugs) -> dict[str, Make]:
    """Every kind of error, with what makes it."""
    return {
        "digit": by_text(false.change_digit),
        "times_ten": by_text(false.times_ten),
        "unit": by_text(false.change_unit),
        "per": by_text(false.change_per),
        "comparator": by_text(false.change_comparator),
        "negation": by_text(false.change_negation),
        "exchanged": lambda block, line, rng: (
            exchanged.exchange_cells(block, line) if line.cells else exchanged.exchange_values(line.text)
        ),
        "drug": drugs.exchange,
        "drug_same": by_text(exchanged.exchange_drugs_within),
        "population": by_text(false.change_population),
        "route": by_text(false.change_route),
        "frequency": by_text(false.change_frequency),
    }


def faithful_kinds() -> dict[str, Make]:
    """Every kind of faithful statement, with what makes it."""
    return {
        "copy": copy,
        "respelled": by_text(true.respell),
        "shortened": lambda block, line, rng: true.say_row(block, line) if line.cells else true.shorten(line.text),
        "reordered": reordered,
    }


def is_new(block: Block, change: Change) -> bool:
    """Whether no line of the passage already says the statement."""
    plain = " ".join(change.statement.lower().split())
    return all(plain.rstrip(".") not in " ".join(line.text.lower().split()) for line in block.lines)


def candidates(
    blocks: Sequence[Block], make: Make, faithful: bool, rng: random.Random, per_line: int
) -> dict[str, list[Made]]:
    """What a kind can be made from, by file: up to `per_line` statements of a line, the lines in random order."""
    found: dict[str, list[Made]] = defaultdict(list)
    seen: set[str] = set()
    for block in blocks:
        for index, line in enumerate(block.lines):
            if not line.usable:
                continue
            changes = [c for c in make(block, line, rng) if faithful or is_new(block, c)]
            for change in rng.sample(changes, min(per_line, len(changes))):
                if change.statement not in seen:
                    seen.add(change.statement)
                    headed = bool(line.cells) and " | " not in change.statement
                    found[block.source].append(Made(block, index, change, headed))
    for made in found.values():
        rng.shuffle(made)
        if make is reordered:  # rows are many: they come where sentences are used up
            made.sort(key=lambda one: not one.block.lines[one.index].cells)
    return dict(sorted(found.items()))


def dealt(found: dict[str, list[Made]], count: int) -> list[Made]:
    """Up to `count` of what was found, file by file in turn, so that no file rules."""
    files = [list(made) for made in found.values()]
    taken: list[Made] = []
    while any(files) and len(taken) < count:
        for made in files:
            if made and len(taken) < count:
                taken.append(made.pop())
    return taken


def shown(made: Made, rng: random.Random) -> tuple[list[str], list[int]]:
    """The lines shown with a statement and the places of those it cites: one to four sentences, or a header and its rows."""
    block, index = made.block, made.index
    if block.header:
        return [line.text for line in block.lines], [0, index] if made.headed else [index]
    before = rng.randint(0, min(index, 2))
    after = rng.randint(0, min(len(block.lines) - 1 - index, 3 - before))
    return [line.text for line in block.lines[index - before : index + after + 1]], [before]


def make_items(blocks: Sequence[Block], seed: int, count: int) -> list[dict[str, Any]]:
    """`count` unfaithful statements and as many faithful ones (fewer where the sources give fewer), in random order.

    Kinds share the count evenly; what one kind cannot fill, the others do. The same seed and blocks give the same items.
    """
    items: list[dict[str, Any]] = []
    unfaithful = unfaithful_kinds(Drugs(blocks))
    total = count
    for faithful, kinds in ((False, unfaithful), (True, faithful_kinds())):
        pools = {}
        for kind, make in kinds.items():
            rng = random.Random(f"{seed}:{kind}")
            pools[kind] = candidates(blocks, make, faithful, rng, PER_LINE.get(kind, 2))
        wanted = share({kind: sum(map(len, pool.values())) for kind, pool in pools.items()}, total)
        for kind, pool in pools.items():
            rng = random.Random(f"{seed}:{kind}:shown")
            for number, made in enumerate(dealt(pool, wanted[kind])):
                lines, cited = shown(made, rng)
                items.append(
                    {
                        "id": f"{kind}-{number:04d}",
                        "lines": lines,
                        "cited": cited,
                        "statement": made.change.statement,
                        "faithful": faithful,
                        "kind": kind,
                        "source": made.block.source,
                        "page": made.block.page,
                        "was": made.change.was,
                        "now": made.change.now,
                    }
                )
        total = sum(not item["faithful"] for item in items)
    random.Random(seed).shuffle(items)
    return items


def share(sizes: dict[str, int], total: int) -> dict[str, int]:
    """How many of each kind: as even as their sizes allow, `total` together if there are enough."""
    wanted: dict[str, int] = {}
    left = total
    for place, kind in enumerate(sorted(sizes, key=lambda k: (sizes[k], k))):
        wanted[kind] = min(sizes[kind], left // (len(sizes) - place))
        left -= wanted[kind]
    return wanted


def table_of(items: Sequence[dict[str, Any]]) -> str:
    """Kind, source and count of the items, as lines of text."""
    counts = Counter((item["faithful"], item["kind"], item["source"]) for item in items)
    kinds = Counter((item["faithful"], item["kind"]) for item in items)
    lines = []
    for (faithful, kind), number in sorted(kinds.items()):
        lines.append(f"{'faithful' if faithful else 'unfaithful':10} {kind:12} {number:5}")
        lines += [f"{'':24}{n:5}  {file}" for (f, k, file), n in sorted(counts.items()) if (f, k) == (faithful, kind)]
    short = [
        kind for (faithful, kind), number in kinds.items() if not faithful and number < 0.75 * sum(kinds.values()) / 24
    ]
    return "\n".join([*lines, f"sources gave few of: {', '.join(sorted(short)) or 'none'}"])


def main() -> None:
    """Write the items as JSON lines and print how many there are of each kind and source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=2400, help="unfaithful statements; as many faithful ones are made")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passages", type=Path, nargs="*", default=[], help="dumps of `cpgassist passages --json`")
    asked = parser.parse_args()
    rows = [*sample_rows(), *(row for path in asked.passages for row in read_dump(path))]
    items = make_items(list(read_blocks(rows)), asked.seed, asked.count)
    asked.out.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    print(table_of(items))


if __name__ == "__main__":
    main()
