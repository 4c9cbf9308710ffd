"""Run as a program: builds in forked children that are killed, and reports what a reader finds after each kill.

python killed_builds.py FOLDER random COUNT SEED
python killed_builds.py FOLDER steps
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import bm25s  # noqa: F401  imported before the forks, so that each child starts at once
import chromadb  # noqa: F401

from cpgassist.errors import NoIndexError
from cpgassist.index import IndexStore
from cpgassist.index.builder import STEPS
from cpgassist.index.manifest import changed_files
from tests.index.made import new_version


def child(folder, seed, kill_at=None):
    """Builds one version in a fork; kills itself after step `kill_at`. Returns the process id."""
    pid = os.fork()
    if pid:
        return pid

    def progress(stage, name, done, total):
        if done == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        IndexStore(folder, keep=2).build(new_version(count=30, seed=seed, salt=f"-{seed}"), progress=progress)
    except BaseException as error:
        print(repr(error), file=sys.stderr)
        os._exit(1)
    os._exit(0)


def read(folder):
    """What a reader sees: the version in service, or the sentence that says what is wrong."""
    store = IndexStore(folder)
    try:
        opened = store.open("exact", full_check=True)
    except NoIndexError:
        return None
    salt = opened.passages[0].id.partition("-")[2].partition("-")[2]
    sound = (
        not opened.warnings
        and opened.version == store.current()
        and not changed_files(store.folder / "versions" / opened.version, opened.manifest.files, full=True)
        and len(opened.passages) == 30
        and all(figure.passage.endswith(salt) for figure in opened.figures.figures)
        and all(passage.id.endswith(salt) for passage in opened.passages)
    )
    return opened.version if sound else f"unsound: {opened.warnings}"


def main(folder, mode, count="20", seed="0"):
    folder = Path(folder)
    chance = random.Random(int(seed))
    started = time.monotonic()
    os.waitpid(child(folder, 0), 0)
    duration = time.monotonic() - started
    steps = [None] * (5 * int(count)) if mode == "random" else list(range(1, len(STEPS) + 1))
    outcomes = []
    for number, step in enumerate(steps, 1):
        if mode == "random" and sum(killed for *_, killed in outcomes) == int(count):
            break
        before = read(folder)
        pid = child(folder, number, step)
        if step is None:
            time.sleep(chance.uniform(0, duration))
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):  # it was done before its time: on a quieter machine kills must come sooner
            duration = 0.8 * duration
        outcomes.append([step, before, read(folder), os.WIFSIGNALED(status)])
    last = child(folder, len(outcomes) + 1)
    _, status = os.waitpid(last, 0)
    print(json.dumps({"outcomes": outcomes, "last": read(folder), "last_status": status}))


if __name__ == "__main__":
    main(*sys.argv[1:])
