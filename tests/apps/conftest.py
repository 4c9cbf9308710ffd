"""The command line as tests run it: in this process, and installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cpgassist.apps.cli import main
from tests.apps.admin_desk import admin, client, office, site  # noqa: F401 - fixtures of test_admin*
from tests.test_corpus import _indexed, clinic  # noqa: F401 - theirs too

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpora" / "sample"
PROGRAM = Path(sys.executable).with_name("cpgassist")


@pytest.fixture(scope="session")
def index(tmp_path_factory) -> Path:
    """An index of the sample with the packaged embedder, outside the repository; test_readme uses it too."""
    folder = tmp_path_factory.getbasetemp() / "sample-index"
    if (folder / "CURRENT").is_file():
        return folder
    words = [PROGRAM, "reindex", "--corpus", SAMPLE, "--index", folder, "--json"]
    done = subprocess.run(list(map(str, words)), check=False, capture_output=True, text=True, timeout=240, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["added"] and done.stderr == ""
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of the sample guidelines."""
    return SAMPLE


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs main() on words in this process; gives exit code, stdout, stderr."""

    def running(*words) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cpgassist", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return code if isinstance(code, int) else 0, *capsys.readouterr()

    return running
