"""The README is run: every block is a program, a command or a make target, or this fails."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = Path(sys.executable).with_name("cpgassist")
TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


@dataclass(frozen=True)
class Fence:
    """A fenced block: its language, its text and the line it starts on."""

    language: str
    text: str
    line: int

    def commands(self) -> list[str]:
        """The commands of a shell block, continued lines joined; the output in a console block is left out."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.language == "console":
            lines = [line[2:] for line in lines if line.startswith("$ ")]
            assert lines, f"README.md:{self.line}: a console block without a command"
        return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def fences(text: str) -> list[Fence]:
    found = []
    for match in re.finditer(r"^(```+|~~~+)[ ]*([^\n]*)\n(.*?)^\1[ ]*$", text, re.M | re.S):
        found.append(Fence(match[2].strip(), match[3], text[: match.start()].count("\n") + 1))
    return found


FENCES = fences(README)
SHELL = ("bash", "console")


@pytest.fixture(scope="module")
def environment(tmp_path_factory, index) -> dict[str, str]:
    """An index of the sample outside the repository, so that nothing is written into it."""
    copy = shutil.copytree(index, tmp_path_factory.mktemp("readme") / "index")
    offline = {**{name: value for name, value in os.environ.items() if not name.startswith("CPGASSIST_")}}
    return {**offline, "HF_HUB_OFFLINE": "1", "COLUMNS": "120", "CPGASSIST_INDEX": str(copy)}


def test_there_are_blocks_to_run():
    assert {"python", "bash"} <= {fence.language for fence in FENCES}
    assert README.count("\n```") % 2 == 0


@pytest.mark.parametrize("fence", FENCES, ids=[f"line {fence.line}" for fence in FENCES])
def test_every_block_of_the_readme_runs(fence, environment):
    if fence.language == "python":
        ran([sys.executable, "-c", fence.text], environment)
    elif fence.language in SHELL:
        for command in fence.commands():
            run_command(command, environment)
    else:
        pytest.fail(f"README.md:{fence.line}: a block of {fence.language or 'no language'!r} is not understood")


PAGES = [path for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in ("llamaindex.md", "notebook.md")]
"""tests/test_llamaindex.py and test_notebook_page.py run those, their blocks one after the other."""
BLOCKS = [
    pytest.param(fence, id=f"{path.name} line {fence.line}")
    for path in PAGES
    for fence in fences(path.read_text(encoding="utf-8"))
    if fence.language == "python"
]


@pytest.mark.parametrize("fence", BLOCKS)
def test_every_python_block_of_the_docs_runs(fence, environment):
    ran([sys.executable, "-c", fence.text], environment)


def run_command(command: str, environment: dict[str, str]) -> None:
    words = shlex.split(command, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words.pop(0)
    match words:
        case ["cd", _] | ["git", "clone", _, *_]:
            return
        case ["make", *targets]:
            named = [target for target in targets if "=" not in target]
            assert named and set(named) <= TARGETS, f"`{command}`: the Makefile has {sorted(TARGETS)}"
        case ["cpgassist", "serve", *options]:
            chat(options, environment)
        case ["cpgassist", *options] if not set(options) & {"|", ">", "&&", ";", "&", "<"}:
            ran([str(PROGRAM), *options], environment)
        case _:
            pytest.fail(f"README.md: the command `{command}` is not understood")


def ran(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    assert done.stdout.strip() and "Traceback" not in done.stderr


def chat(options: list[str], environment: dict[str, str]) -> None:
    """Starts the chat as written, but on a free port, and asks for its page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(PROGRAM), "serve", *options, "--port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as server:
        try:
            end = time.monotonic() + 60
            while server.poll() is None and time.monotonic() < end:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/chat/", timeout=5) as answer:
                        assert answer.status == 200
                        return
                except urllib.error.URLError:
                    time.sleep(0.1)
            server.kill()
            pytest.fail(f"the chat did not answer: {server.communicate()[1].decode()[-1000:]}")
        finally:
            server.terminate()


def test_make_targets_named_in_the_text_exist():
    prose = re.sub(r"^```.*?^```", "", README, flags=re.M | re.S)
    named = re.findall(r"`(?:\w+=\S+ )*make ([\w-]+)`", prose)
    assert set(named) <= TARGETS


def test_links_to_files_lead_somewhere():
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", README)
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert local and [link for link in local if not (ROOT / link).exists()] == []


def test_nothing_is_left_to_fill_in():
    assert re.findall(r"\b(?:TODO|TBD|FIXME|XXX|MEASURED|PLACEHOLDER)\b", README) == []


@pytest.mark.parametrize(
    "text",
    [
        "```bash\nls\n```\n",
        "```\nx\n```\n",
        "```yaml\na: 1\n```\n",
        "```bash\nmake nothing\n```\n",
        "```bash\ncpgassist passages | head\n```\n",
        "```bash\npip install x\n```\n",
        "```console\noutput only\n```\n",
    ],
)
def test_a_block_that_is_not_understood_fails(text):
    [fence] = fences(text)
    with pytest.raises((pytest.fail.Exception, AssertionError)):
        test_every_block_of_the_readme_runs(fence, {})


def test_fences_are_found_as_written():
    text = "a\n```python\nx = 1\n```\nb\n~~~bash\n# no\nmake \\\n  test\n~~~\n````console\n$ make test\nok\n````\n"
    assert [(fence.language, fence.line) for fence in fences(text)] == [("python", 2), ("bash", 6), ("console", 11)]
    assert [" ".join(c.split()) for f in fences(text)[1:] for c in f.commands()] == ["make test", "make test"]
