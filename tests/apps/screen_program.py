"""The installed program, serving with folders of its own, every address that it looks up or connects to written down."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("cpgassist")
STRACE = shutil.which("strace")

RECORDER = '''
"""Writes down every address that this process, or one it starts, looks up, connects to or sends to."""
import os, socket

def told(what, address):
    with open(os.environ["RECORDED_ADDRESSES"], "a") as out:
        out.write(f"{what} {address!r}\\n")

def recorded(owner, name, at):
    original = getattr(owner, name)
    def calling(*given, **named):
        address = given[at] if len(given) > at else named.get("host", named)
        if isinstance(address, tuple) or owner is socket:
            told(name, address)
        return original(*given, **named)
    setattr(owner, name, calling)

for name in ("connect", "connect_ex"):
    recorded(socket.socket, name, 1)
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
    recorded(socket, name, 0)
plain = socket.socket.sendto
def sendto(self, data, *where):
    if isinstance(where[-1], tuple):
        told("sendto", where[-1])
    return plain(self, data, *where)
socket.socket.sendto = sendto
told("started", os.getpid())
'''


@dataclass
class Program:
    """A running `cpgassist serve`."""

    address: str
    base: Path
    """Holds `home`, `temp`, `corpus`, `index`, `log`, which are all the places it is told of."""
    process: subprocess.Popen
    traced: bool
    """Whether strace watches it too."""
    folders: list[Path] = field(default_factory=list)

    def addresses(self) -> list[str]:
        """What was looked up, connected to or sent to, as the recorder wrote it."""
        return (self.base / "addresses.txt").read_text("utf-8").splitlines()

    def calls(self) -> list[str]:
        """The kernel calls with an internet address in them; none where strace does not watch."""
        traced = self.base / "strace.txt"
        lines = traced.read_text("utf-8", "replace").splitlines() if traced.exists() else []
        return [line for line in lines if "sin_addr" in line or "sin6_addr" in line or "inet_pton" in line]


def far(addresses: list[str], calls: list[str]) -> list[str]:
    """Those that name anything but this machine."""
    away = [line for line in addresses if not line.startswith("started") and not re.search(_LOOPBACK, line)]
    return away + [line for line in calls if not re.search(r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"', line)]


_LOOPBACK = r"^\w+ \(?['\"b]*(127\.\d+\.\d+\.\d+|::1|localhost|None)\b"


@contextmanager
def served(base: Path, index: Path, settings: dict[str, str]):
    """`cpgassist serve` on the sample with a copy of its index, until the block ends; gives the Program."""
    folders = {name: base / name for name in ("home", "temp", "corpus", "index", "log", "recorder")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    for path in (ROOT / "corpora" / "sample").glob("*.[pt][do][fm]*"):
        shutil.copy2(path, folders["corpus"])
    shutil.copytree(index, folders["index"], dirs_exist_ok=True)
    (folders["recorder"] / "sitecustomize.py").write_text(RECORDER, "utf-8")
    (base / "addresses.txt").touch()
    port = _free_port()
    words = [PROGRAM, "serve", "--corpus", folders["corpus"], "--index", folders["index"], "--port", port, "--json"]
    traced = _can_trace()
    watch = [STRACE, "-f", "-qq", "-s", "0", "--seccomp-bpf", "-e", "signal=none", "-o", base / "strace.txt"]
    watch += ["-e", "trace=connect,sendto,sendmsg,sendmmsg"]
    out, err = (folders["log"] / f"std{name}.txt" for name in ("out", "err"))
    with out.open("wb") as told, err.open("wb") as complained:
        process = subprocess.Popen(
            list(map(str, [*(watch if traced else []), *words])),
            stdout=told, stderr=complained, stdin=subprocess.DEVNULL,
            env=_environment(folders, base, settings), cwd=folders["home"], start_new_session=True,
        )  # fmt: skip
    searched = [folders[name] for name in ("home", "temp", "corpus", "index", "log")]
    program = Program(f"http://127.0.0.1:{port}", base, process, traced, searched)
    try:
        _answers(f"{program.address}/chat/", process, err)
        yield program
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _environment(folders: dict[str, Path], base: Path, settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    home, temp = str(folders["home"]), str(folders["temp"])
    paths = [str(folders["recorder"]), str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        **kept,
        "HOME": home,
        **{name: temp for name in ("TMPDIR", "TMP", "TEMP")},
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "RECORDED_ADDRESSES": str(base / "addresses.txt"),
        **{f"CPGASSIST_{name}": value for name, value in settings.items()},
    }


def _can_trace() -> bool:
    if STRACE is None:
        return False
    tried = [STRACE, "-f", "--seccomp-bpf", "-e", "trace=connect", "-o", os.devnull, "true"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _answers(address: str, process: subprocess.Popen, err: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {address}: {err.read_text('utf-8', 'replace')}")
