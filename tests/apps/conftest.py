"""The command line as tests run it: in this process, and installed."""

import sys
from pathlib import Path

import pytest

from cpgassist.apps.cli import main
from tests.apps.admin_desk import admin, client, office, site  # noqa: F401 - fixtures of test_admin*

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpora" / "sample"
PROGRAM = Path(sys.executable).with_name("cpgassist")


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
