"""How well the support checks tell statements that their lines carry from those that they do not.

    python tests/bench/support_checks.py PERTURBED.jsonl [--misses KIND]

reads what `python tests/answering/perturbations.py --seed N --count 2400 --out PERTURBED.jsonl` wrote. That generator
shares no code with the checks and was committed before they were measured; figures are quoted for a seed that nothing
was tuned on.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from cpgassist.answering.support import unsupported


def main() -> None:
    """Prints the share judged right by kind, and the balanced accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--misses", help="print the statements of this kind that were judged wrong")
    asked = parser.parse_args()
    right: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    spent = []
    for line in asked.file.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        started = time.process_time()
        held = passes(item)
        spent.append(time.process_time() - started)
        right[item["faithful"], item["kind"]].append(held == item["faithful"])
        if held != item["faithful"] and item["kind"] == asked.misses:
            print(
                json.dumps(
                    {key: item[key] for key in ("lines", "cited", "statement", "was", "now")}, ensure_ascii=False
                )
            )
    for (faithful, kind), results in sorted(right.items()):
        print(f"{'passed' if faithful else 'caught':8}{kind:14}{mean(results):.3f} of {len(results)}")
    sides = [
        mean(one for (side, _), results in right.items() if side is faithful for one in results)
        for faithful in (True, False)
    ]
    print(f"balanced accuracy {mean(sides):.4f} (faithful passed {sides[0]:.4f}, unfaithful caught {sides[1]:.4f})")
    print(f"{1000 * mean(spent):.2f} ms a statement")


def passes(item: Mapping[str, Any]) -> bool:
    """Whether the checks let a statement through; a table's header stands above its rows, as it does in an answer."""
    lines, cited = item["lines"], item["cited"]
    header = [lines[0]] if len(lines) > 1 and " | " in lines[0] and cited != [0] else []
    return not unsupported(item["statement"], [lines[at] for at in cited if at or not header], header)


if __name__ == "__main__":
    main()
