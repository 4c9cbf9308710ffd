"""The project beside three starters, one after another on one machine: `make bench`.

Needs the development guidelines, questions and starters in ../shared; says so and stops where they are absent. Every
run gets one thread (OMP_NUM_THREADS=1): torch's OpenMP threads spin while they wait for a busy core, which would
count against the starters. LlamaIndex runs with CHUNK=256, so that its chunks fit MiniLM's window.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
BENCH, GUIDELINES, QUESTIONS = SHARED / "bench", SHARED / "guidelines", SHARED / "questions" / "dev.jsonl"
LANGCHAIN = ROOT / ".venv-langchain" / "bin" / "python"
STARTERS = {"llamaindex": sys.executable, "langchain": str(LANGCHAIN), "pages-hybrid": sys.executable}
COMMAND = str(Path(sys.executable).with_name("cpgassist"))


def main() -> int:
    missing = [path for path in (BENCH, GUIDELINES, QUESTIONS) if not path.exists()]
    if missing:
        print(f"Nothing measured: {', '.join(str(path) for path in missing)} not found beside the project.")
        return 0
    pages = _pages()
    with tempfile.TemporaryDirectory() as folder:
        rows = [_ours(Path(folder), pages)]
        for name, python in STARTERS.items():
            if Path(python).exists():
                rows.append(_starter(name, python, Path(folder), pages))
            else:
                print(f"{name}: left out, {python} does not exist (make bench sets it up).")
    _show(rows, pages)
    return 0


def _pages() -> int:
    import pypdfium2

    return sum(len(pypdfium2.PdfDocument(path)) for path in GUIDELINES.glob("*.pdf"))


def _measured(command: list[str], **extra: str) -> tuple[float, float, float]:
    """(CPU seconds with all children, wall seconds, peak MB of the largest process) of a command."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", **extra}
    reading = (
        "import resource,subprocess,sys,json\n"
        "code=subprocess.run(sys.argv[2:]).returncode\n"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "json.dump([u.ru_utime+u.ru_stime,u.ru_maxrss/1024,code],open(sys.argv[1],'w'))\n"
    )
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", reading, told.name, *command], env=environment, check=True)
        wall = time.perf_counter() - started
        cpu, peak, code = json.loads(Path(told.name).read_text())
    if code not in (0, 4):
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return cpu, wall, peak


def _ours(folder: Path, pages: int) -> dict[str, object]:
    where = ["--corpus", str(GUIDELINES), "--index", str(folder / "index")]
    first = _measured([COMMAND, "reindex", *where, "--quiet"])
    second = _measured([COMMAND, "reindex", *where, "--quiet"])
    out = folder / "ours.jsonl"
    _measured([COMMAND, "batch", str(QUESTIONS), str(out), *where, "--search-only", "--quiet"])
    print(
        f"cpgassist, second reindex with nothing changed: {second[0]:.1f} CPU-s, {second[0] / first[0]:.1%} of the first"
    )
    return _row("cpgassist", out, first)


def _starter(name: str, python: str, folder: Path, pages: int) -> dict[str, object]:
    out = folder / f"{name}.jsonl"
    command = [python, str(BENCH / "run_starter.py"), name, str(GUIDELINES), str(QUESTIONS), str(out)]
    return _row(name, out, _measured(command, CHUNK="256"))


def _row(name: str, out: Path, cost: tuple[float, float, float]) -> dict[str, object]:
    sys.path.insert(0, str(BENCH))
    from score import load, search_scores

    figures, _, _ = search_scores(load(QUESTIONS), {row["id"]: row for row in load(out)})
    return {"name": name, "cost": cost, **{key: sum(values) / len(values) for key, values in figures.items()}}


def _show(rows: list[dict[str, object]], pages: int) -> None:
    names = ("R@1", "R@5", "R@10", "MRR@10", "file@1")
    print(f"\n| | {' | '.join(names)} | CPU ms/page | peak MB |\n|---|" + "---|" * (len(names) + 2))
    for row in rows:
        cpu, _, peak = row["cost"]
        figures = " | ".join(f"{row[name]:.3f}" for name in names)
        print(f"| {row['name']} | {figures} | {1000 * cpu / pages:.0f} | {peak:.0f} |")
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("torch", "chromadb", "llama-index-core", "pypdfium2", "pypdf")
    )
    print(f"\n{pages} pages, {versions}, Python {sys.version.split()[0]}, {os.cpu_count()} processors.")
    print("A starter's CPU holds its questions too (168 of them); cpgassist's is the reindex alone.")
    print(f"Peak of this script itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB.")


if __name__ == "__main__":
    sys.exit(main())
