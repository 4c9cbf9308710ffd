"""Run as a program: reindexes in forked children that are killed, and reports what a reader finds after each kill.

python kill_reindex.py FOLDER COUNT SEED

Before each round one small guideline in FOLDER is drawn anew, so that there is something to read, embed and seal.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import bm25s  # noqa: F401  imported before the forks, so that each child starts at once
import chromadb  # noqa: F401
from reportlab.pdfgen.canvas import Canvas

from cpgassist import Assistant, Corpus
from cpgassist.testing import HashEmbedder


def draw(folder: Path, number: int) -> None:
    canvas = Canvas(str(folder / "round.pdf"), pagesize=(595, 842), invariant=1)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(60, 780, "Management of Round Worm in Harbours")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(60, 740, f"In this round the murmeline dose is {number} mg per day for adults.")
    canvas.save()


def child(folder: Path) -> int:
    """Reindexes in a fork; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        Corpus(folder, embedder=HashEmbedder(), keep_versions=2, ocr="off").reindex()
    except BaseException as error:
        print(repr(error), file=sys.stderr)
        os._exit(1)
    os._exit(0)


def whole(folder: Path) -> dict:
    """One reindex that is left alone, and what is read after it."""
    _, status = os.waitpid(child(folder), 0)
    if status:
        raise SystemExit(f"a reindex that was not killed failed: {status}")
    return read(folder)


def read(folder: Path) -> dict:
    """What a question finds: the version, and the round whose dose it names. Exact search: Chroma and forks clash."""
    assistant = Assistant(Corpus(folder, embedder=HashEmbedder(), vector_search="exact"))
    search = assistant.search("murmeline dose in this round")
    doses = {
        h.passage.text.split("dose is ")[1].split()[0] for h in search.hits if "murmeline dose is" in h.passage.text
    }
    sound = len(doses) == 1 and not assistant.warnings and len(search.guidelines) == 4
    return {"version": search.index, "round": int(doses.pop()) if sound else f"unsound: {assistant.warnings}"}


def main(folder: Path, count: int, chance: random.Random) -> dict:
    draw(folder, 0)
    whole(folder)
    draw(folder, 1)
    started = time.monotonic()
    whole(folder)
    duration = time.monotonic() - started
    rounds: list[dict] = []
    while sum(row["killed"] for row in rounds) < count and len(rounds) < 5 * count:
        number = len(rounds) + 2
        draw(folder, number)
        before = read(folder)
        pid = child(folder)
        time.sleep(chance.uniform(0, duration))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):  # it was done before its time: on a quieter machine kills must come sooner
            duration *= 0.8
        after = read(folder)
        following = whole(folder)
        problems = Corpus(folder, embedder=HashEmbedder(), vector_search="exact").status()["waiting"]
        rounds.append(
            {
                "number": number,
                "killed": os.WIFSIGNALED(status),
                "before": before,
                "after": after,
                "new": following,
                "next": following,
                "problems": [name for names in problems.values() for name in names],
            }
        )
    index = folder / ".index"
    return {
        "rounds": rounds,
        "building": [path.name for path in (index / "versions").glob("*.building")],
        "stray": [p.name for p in index.iterdir() if p.name not in ("CURRENT", "versions", "writer.lock")],
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3])))))
