"""Kills, damage, full disks and second writers: a reader always sees one complete version, and never in silence."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cpgassist.errors import CorpusError, IndexDamagedError, IndexLockedError, NoIndexError
from cpgassist.index import ChromaIndex, ExactIndex, IndexStore, chroma
from cpgassist.index.builder import STEPS
from tests.index.made import new_version

KILLED = Path(__file__).with_name("killed_builds.py")


def run(*arguments):
    import json

    done = subprocess.run(
        [sys.executable, str(KILLED), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr
    return json.loads(done.stdout)


def check_kills(folder, report):
    for _, before, after, _ in report["outcomes"]:
        assert after is not None
        assert not after.startswith("unsound"), after
        assert after >= before
    assert report["last_status"] == 0
    store = IndexStore(folder)
    assert report["last"] == store.current()
    assert store.verify() == []
    assert not list((folder / "versions").glob("*.building"))


def test_a_reader_sees_a_complete_version_after_each_of_20_kills(tmp_path):
    report = run(tmp_path, "random", 20, 20)
    check_kills(tmp_path, report)
    assert sum(killed for *_, killed in report["outcomes"]) == 20


@pytest.mark.slow
def test_a_reader_sees_a_complete_version_after_each_of_200_kills(tmp_path):
    report = run(tmp_path, "random", 200, 1)
    check_kills(tmp_path, report)
    assert sum(killed for *_, killed in report["outcomes"]) == 200


def test_a_kill_after_each_numbered_step_leaves_the_old_version_or_the_new_one(tmp_path):
    report = run(tmp_path, "steps")
    check_kills(tmp_path, report)
    assert len(report["outcomes"]) == len(STEPS) >= 15
    swapped = [step for step, before, after, killed in report["outcomes"] if after != before and killed]
    assert swapped == [len(STEPS)]  # replacing the pointer is the only commit point


HOLDER = (
    "import sys, time; from pathlib import Path; from cpgassist.index import IndexStore\n"
    "with IndexStore(Path(sys.argv[1])).lock():\n    print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_process_is_refused_at_once_and_told_who_writes(tmp_path, holder):
    store = IndexStore(tmp_path)
    started = time.monotonic()
    for attempt in (lambda: store.build(new_version()), store.rollback):
        with pytest.raises(IndexLockedError, match=f"process {holder.pid} since"):
            attempt()
    assert time.monotonic() - started < 20
    assert store.current() is None


def test_the_lock_goes_when_its_holder_is_killed(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    IndexStore(tmp_path).build(new_version())


def test_the_lock_is_taken_again_by_its_own_thread_only(tmp_path):
    store = IndexStore(tmp_path)
    with store.lock():
        store.build(new_version())
        with pytest.raises(IndexLockedError), IndexStore(tmp_path).lock():
            pass
    with IndexStore(tmp_path).lock():
        pass


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    store = IndexStore(folder)
    return folder, store.build(new_version(salt="-old")), store.build(new_version(salt="-new"))


@pytest.fixture
def copied(two_versions, tmp_path):
    """A store with two versions of its own, as a restored backup: (store, older id, newer id)."""
    folder, older, newer = two_versions
    shutil.copytree(folder, tmp_path / "copy")
    return IndexStore(tmp_path / "copy"), older, newer


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def zero(path):
    """Zeros, or ones where there were zeros already: Chroma fills a small graph with whatever its memory held."""
    content = path.read_bytes()
    path.write_bytes(bytes(len(content)) if any(content) else b"\xff" * len(content))


def salt_of(opened):
    return opened.passages[0].id[-4:]


def test_a_restored_backup_is_sound(copied):
    store, _, newer = copied
    assert store.verify() == []
    opened = store.open(full_check=True)
    assert (opened.version, opened.warnings) == (newer, ())
    opened.close()


SEALED = [
    "manifest.json", "passages.jsonl", "excluded.jsonl", "vectors.npy", "figures/places.jsonl", "figures/vectors.npy",
    "lexical/rules.json", "lexical/vocab.index.json", "lexical/params.index.json", "lexical/data.csc.index.npy",
    "lexical/indices.csc.index.npy", "lexical/indptr.csc.index.npy",
    "chroma/chroma.sqlite3", "chroma/*/data_level0.bin", "chroma/*/header.bin", "chroma/*/length.bin",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SEALED)
@pytest.mark.parametrize("spoil", [flip, cut, zero, os.unlink])
def test_damage_to_any_file_is_found_and_what_is_served_is_whole(copied, pattern, spoil):
    store, older, newer = copied
    [path] = (store.folder / "versions" / newer).glob(pattern)
    if not path.stat().st_size:
        pytest.skip(f"{path.name} is empty")
    spoil(path)
    problems = store.verify()
    assert any(path.name in problem for problem in problems), problems
    derived = pattern.startswith(("lexical", "chroma", "figures"))
    opened = store.open("chroma" if pattern.startswith("chroma") else "exact")
    try:
        assert any(path.name in warning for warning in opened.warnings)
        assert opened.version == (newer if derived else older)
        assert salt_of(opened) == ("-new" if derived else "-old")
        assert opened.nearest(np.array(new_version().vectors[7]), 1)[0][0] == 7
        assert opened.lexical("Passage 7 7.5mg", 1)[0][0] == 7
        assert (opened.figures is None) == pattern.startswith("figures")
    finally:
        opened.close()


@pytest.mark.parametrize("name", ["places.jsonl", "vectors.npy"])
def test_damaged_figures_cost_no_way_back_and_are_not_reused(copied, name):
    store, older, newer = copied
    for version in (older, newer):
        path = store.folder / "versions" / version / "figures" / name
        times = path.stat()
        content = bytearray(path.read_bytes())
        content[-4] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert any(name in problem for problem in store.verify())
    contents = store.load()
    assert contents.figures is None and len(contents.passages) == 40
    assert store.rollback() == older


def test_every_file_of_a_version_is_named_in_the_table_above(copied):
    store, _, newer = copied
    folder = store.folder / "versions" / newer
    named = {path for pattern in SEALED for path in folder.glob(pattern)}
    left = {path.name for path in folder.rglob("*") if path.is_file() and path not in named}
    assert left <= {"link_lists.bin", "index_metadata.pickle"}  # Chroma writes them only for larger collections


def test_damage_that_keeps_size_and_time_is_found_by_a_full_check(copied):
    store, older, newer = copied
    path = store.folder / "versions" / newer / "vectors.npy"
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[-4] ^= 1  # the last bit of a float: no norm shows it
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert any("vectors.npy" in problem for problem in store.verify())
    assert store.open("exact", full_check=True).version == older
    with pytest.raises(IndexDamagedError, match=r"vectors\.npy"):
        store.load()


@pytest.mark.parametrize("name", ["data_level0.bin", "link_lists.bin"])
def test_a_graph_that_would_crash_the_process_is_never_opened(tmp_path, name):
    """Flipped bits in these files, size and time unchanged, were measured to end the process with SIGSEGV."""
    store = IndexStore(tmp_path)
    [path] = (tmp_path / "versions" / store.build(new_version(count=1000))).glob(f"chroma/*/{name}")
    times = path.stat()
    path.write_bytes(bytes(byte ^ 0x55 for byte in path.read_bytes()))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    opened = store.open()
    assert isinstance(opened, ChromaIndex)
    assert name in opened.warnings[0]
    assert any(name in problem for problem in store.verify())
    opened.close()


def test_chroma_removed_altogether_is_rebuilt_in_private(copied):
    store, _, newer = copied
    sealed = store.folder / "versions" / newer / "chroma"
    shutil.rmtree(sealed)
    opened = store.open()
    assert isinstance(opened, ChromaIndex)
    assert opened.version == newer
    assert any("rebuilt from" in warning for warning in opened.warnings)
    assert opened.nearest(np.array(new_version().vectors[3]), 1)[0][0] == 3
    assert not sealed.exists()
    opened.close()


@pytest.mark.parametrize(("count", "word"), [(1000, "still agree"), (40, "rebuilt from")])
def test_chroma_opened_in_place_by_other_tools_still_serves_with_a_word(tmp_path, count, word):
    store = IndexStore(tmp_path)
    place = store.folder / "versions" / store.build(new_version(count=count)) / "chroma"
    client = chroma._new_client(place)
    collection = client.get_collection("passages", embedding_function=None)
    collection.query(query_embeddings=new_version().vectors[:1], n_results=3)
    client.close()
    opened = store.open()
    assert isinstance(opened, ChromaIndex)
    assert word in opened.warnings[-1]
    assert opened.nearest(np.array(new_version(count=count).vectors[7]), 1)[0][0] == 7
    opened.close()


def test_a_panic_in_chroma_is_damage_and_search_goes_on_exactly(copied, monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(*_, **__):
        raise PanicException("called `Option::unwrap()` on a `None` value")

    store, _, newer = copied
    opened = store.open()
    monkeypatch.setattr(opened.collection, "query", panic, raising=False)
    monkeypatch.setattr(type(opened.collection), "query", panic)
    assert opened.nearest(np.array(new_version().vectors[3]), 1)[0][0] == 3
    assert "PanicException" in opened.warnings[-1]
    monkeypatch.setattr(chroma, "_new_client", panic)
    again = store.open()
    assert type(again) is ExactIndex
    assert again.version == newer
    assert "searched exactly" in again.warnings[-1]


def test_when_every_version_is_damaged_nothing_is_served(copied):
    store, older, newer = copied
    for name in (older, newer):
        cut(store.folder / "versions" / name / "passages.jsonl")
    with pytest.raises(IndexDamagedError, match=r"passages\.jsonl") as caught:
        store.open()
    assert older in caught.value.message
    assert newer in caught.value.message
    with pytest.raises(IndexDamagedError):
        store.rollback()
    assert store.current() == newer


@pytest.mark.parametrize("content", ["", "nonsense", "../../etc", "20200101T000000-000000-00000000", "\x00"])
def test_a_spoiled_pointer_is_named_and_the_newest_version_serves(copied, content):
    store, _, newer = copied
    (store.folder / "CURRENT").write_text(content)
    assert store.verify() != []
    opened = store.open("exact")
    assert opened.version == newer
    assert any("CURRENT" in warning for warning in opened.warnings)
    with pytest.raises(IndexDamagedError, match="CURRENT"):
        store.manifest()
    assert store.build(new_version(salt="-next")) == store.current()


def test_the_next_build_heals_a_damaged_version_in_service(copied):
    store, _, newer = copied
    zero(store.folder / "versions" / newer / "vectors.npy")
    store.build(new_version(salt="-next"))
    opened = store.open("exact")
    assert (opened.version, opened.warnings) == (store.current(), ())


def test_without_an_index_it_says_so(tmp_path):
    store = IndexStore(tmp_path / "none")
    for attempt in (store.open, store.manifest, store.load, store.verify, store.rollback):
        with pytest.raises(NoIndexError, match="none") as caught:
            attempt()
        assert "cpgassist reindex" in caught.value.next_step


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
def test_a_full_disk_at_any_step_keeps_the_old_version_and_says_what_to_do(copied, step):
    store, _, newer = copied

    def progress(stage, name, done, total):
        if done == step:
            raise OSError(28, "No space left on device")

    with pytest.raises(CorpusError, match="No space left on device") as caught:
        store.build(new_version(salt="-next"), progress=progress)
    assert "MB" in caught.value.next_step
    assert str(store.folder) in caught.value.message
    assert not list((store.folder / "versions").glob("*.building"))
    if step < len(STEPS):
        assert store.current() == newer
        assert len(store.versions()) == 2
    opened = store.open("exact")
    assert opened.warnings == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(CorpusError, match=r"writer\.lock"):
        IndexStore(tmp_path / "index").build(new_version())


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "index").write_text("")
    with pytest.raises(CorpusError, match=r"writer\.lock"):
        IndexStore(tmp_path / "index").build(new_version())
