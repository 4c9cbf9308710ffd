"""No test reaches a model hub or reports anything, however pytest is started; what is slow to make is made once a run."""

import fcntl
import gc
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fixtures.trials import THOROUGH

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
for name in [name for name in os.environ if name.startswith("CPGASSIST_")]:
    del os.environ[name]

gc.disable()  # until every test is collected: what is imported stays, and to look through it for garbage takes as long


def pytest_collection_finish():
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # a tenth of the processor time of what makes many small things
    gc.enable()


# How long an example takes on a busy machine says nothing of it; tests that bound a time count their processor time.
# `make test` tries the same examples every time, so that it fails for what was changed alone; `make test-slow` tries new ones.
settings.register_profile("calm", deadline=None, derandomize=not THOROUGH, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

SAMPLE = Path(__file__).parents[1] / "corpora" / "sample"
PROGRAM = Path(sys.executable).with_name("cpgassist")


@pytest.fixture(scope="session")
def _readers():
    from tests.fixtures.quick_readers import Readers

    readers = Readers()
    yield readers
    readers.close()


@pytest.fixture(scope="module", autouse=True)
def quick_readers(_readers):
    """PDFs are read by processes that need not import the reader first; tests/reading starts real ones."""
    from cpgassist.reading import sandbox

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "start", _readers.start)
        yield


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Gives the folder of a name that `make(folder)` fills, once a run: other processes of pytest-xdist wait for it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder_of(name, make) -> Path:
        folder, made = shared / f"made-{name}", shared / f"made-{name}.done"
        with (shared / f"made-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one that failed
                folder.mkdir()
                make(folder)
                made.touch()
        return folder

    return folder_of


@pytest.fixture(scope="session")
def sample_folder(made_once):
    """The sample guidelines, indexed with the packaged embedder; tests copy it and never write to it."""

    def make(folder):
        from cpgassist import Corpus

        for path in SAMPLE.glob("*.pdf"):
            shutil.copy2(path, folder)
        toml = (SAMPLE / "corpus.toml").read_text("utf-8")
        (folder / "corpus.toml").write_text(toml.split("[[smoke]]")[0], "utf-8")
        Corpus(folder, precision="float32", ocr="off").reindex()

    return made_once("sample", make)


@pytest.fixture(scope="session")
def index(made_once) -> Path:
    """An index of the sample, made by the installed program; tests copy it and never write to it."""

    def make(folder):
        words = [PROGRAM, "reindex", "--corpus", SAMPLE, "--index", folder, "--json"]
        done = subprocess.run(list(map(str, words)), check=False, capture_output=True, text=True, timeout=480)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["added"] and done.stderr == ""

    return made_once("index", make)


@pytest.fixture(scope="session")
def _indexed(tmp_path_factory) -> Path:
    from tests.fixtures.clinic import three

    folder = tmp_path_factory.mktemp("corpus") / "clinic"
    folder.mkdir()
    three(folder)
    return folder


@pytest.fixture
def clinic(_indexed, tmp_path) -> Path:
    """Three small guidelines, indexed."""
    return Path(shutil.copytree(_indexed, tmp_path / "clinic"))


@pytest.fixture(scope="session")
def _mixed(tmp_path_factory, _indexed) -> Path:
    from tests.fixtures.clinic import with_bad_files

    folder = tmp_path_factory.mktemp("mixed") / "clinic"
    folder.mkdir()
    with_bad_files(folder, _indexed)
    return folder


@pytest.fixture
def mixed(_mixed, tmp_path) -> Path:
    """Three good files and three bad ones, indexed."""
    return Path(shutil.copytree(_mixed, tmp_path / "mixed"))


@pytest.fixture
def bare(tmp_path) -> Path:
    """An empty folder."""
    (tmp_path / "bare").mkdir()
    return tmp_path / "bare"
