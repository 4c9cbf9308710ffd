"""A hostile file ends only its own reader, and says in plain words why it was left out."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pypdf
import pytest
from pypdf.generic import DecodedStreamObject, NameObject

from cpgassist.errors import CpgassistError, DamagedPdfError, DocumentError, EncryptedPdfError, LimitError, NotAPdfError
from cpgassist.reading import read_guideline, read_in_sandbox, sandbox
from tests.reading import pdfs
from tests.reading.conftest import SAMPLE

MOSS = SAMPLE / "sample-moss-lung-2022.pdf"


def refused(path, kind, **limits):
    """The error, checked for what an admin needs: the file's name, a reason and a next step."""
    with pytest.raises(DocumentError) as error:
        read_in_sandbox(path, **limits)
    assert type(error.value) is kind, error.value
    assert error.value.message.startswith(path.name) and len(error.value.message) < 600
    assert error.value.next_step.endswith(".") and error.value.exit_code == 4
    assert "Traceback" not in str(error.value)
    return error.value


@pytest.mark.parametrize("name", ["moss-lung-2022", "gatal-bakau-2022", "lantern-pressure-2021"])
def test_the_child_reads_the_same_guideline(name):
    path = SAMPLE / f"sample-{name}.pdf"
    assert read_in_sandbox(path) == read_guideline(path)


def test_names_with_spaces_and_other_letters_are_read(tmp_path):
    path = pdfs.drawn(tmp_path, pdfs.plain_text, "指南 no. 1 – “draft”; $HOME")
    assert read_in_sandbox(path).info.file == path.name


def test_a_name_that_looks_like_an_option_is_read(tmp_path, monkeypatch):
    pdfs.drawn(tmp_path, pdfs.plain_text, "--help")
    monkeypatch.chdir(tmp_path)
    from pathlib import Path

    assert read_in_sandbox(Path("--help.pdf")).info.file == "--help.pdf"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("word.pdf", b"PK\x03\x04" * 900),
        ("empty.pdf", b""),
        ("picture.pdf", b"\x89PNG\r\n\x1a\n" * 300),
        ("text.pdf", b"Dear reader\n" * 300),
    ],
)
def test_what_is_no_pdf(tmp_path, name, made):
    path = tmp_path / name
    path.write_bytes(made)
    refused(path, NotAPdfError)


def test_an_empty_file_is_called_empty(tmp_path):
    path = tmp_path / "nothing.pdf"
    path.touch()
    assert "empty" in refused(path, NotAPdfError).message


def test_a_truncated_file(tmp_path):
    path = tmp_path / "cut.pdf"
    path.write_bytes(MOSS.read_bytes()[:3000])
    refused(path, DamagedPdfError)


def test_an_encrypted_file(tmp_path):
    writer = pypdf.PdfWriter(clone_from=pdfs.drawn(tmp_path, pdfs.plain_text))
    writer.encrypt(user_password="secret", owner_password="owner", algorithm="RC4-128")
    path = tmp_path / "locked.pdf"
    writer.write(path)
    assert "password" in refused(path, EncryptedPdfError).message


def test_a_file_encrypted_with_an_empty_password_is_read(tmp_path):
    writer = pypdf.PdfWriter(clone_from=pdfs.drawn(tmp_path, pdfs.plain_text))
    writer.encrypt(user_password="", owner_password="owner", algorithm="RC4-128")
    path = tmp_path / "open.pdf"
    writer.write(path)
    assert read_in_sandbox(path).pages[0].characters == 380


def test_too_many_pages():
    assert "6 pages" in refused(MOSS, LimitError, pages=5).message


def test_too_large_a_file_is_not_even_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    path = tmp_path / "large.pdf"
    with path.open("wb") as out:
        out.truncate(2_000_001)
    assert "limits.file_mb" in refused(path, LimitError, file_mb=1).next_step


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    """Small on disk, long to read: one page referred to 2,000 times."""
    path = tmp_path_factory.mktemp("endless") / "endless.pdf"
    writer = pypdf.PdfWriter()
    page = pypdf.PdfReader(MOSS).pages[0]
    for _ in range(2000):
        writer.add_page(page)
    writer.write(path)
    return path


def test_too_long_a_time(endless):
    assert "limits.seconds" in refused(endless, LimitError, seconds=2).next_step


def test_too_much_memory_for_the_reader_itself(tmp_path):
    path = pdfs.drawn(tmp_path, pdfs.plain_text)
    with path.open("ab") as out:
        out.truncate(150_000_000)
    assert "limits.memory_mb" in refused(path, LimitError, memory_mb=128).next_step


@pytest.fixture(scope="module")
def bomb(tmp_path_factory):
    """2 MB on disk, 400 MB of page content unpacked."""
    folder = tmp_path_factory.mktemp("bomb")
    writer = pypdf.PdfWriter(clone_from=pdfs.drawn(folder, pdfs.plain_text))
    stream = DecodedStreamObject()
    stream.set_data(b"BT ET " * 60_000_000)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    path = folder / "bomb.pdf"
    writer.write(path)
    return path


def test_a_stream_that_unpacks_beyond_memory_ends_its_reader_only(bomb):
    with pytest.raises(DocumentError) as error:
        read_in_sandbox(bomb, seconds=20, memory_mb=256)
    assert error.value.message.startswith("bomb.pdf") and error.value.next_step


def test_a_stream_that_unpacks_beyond_memory_is_a_matter_of_memory(bomb):
    refused(bomb, LimitError, seconds=20, memory_mb=256)


@pytest.fixture
def child_does(tmp_path, monkeypatch):
    """Makes the child run some code before it reads."""

    def doing(code):
        folder = tmp_path / "site"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(textwrap.dedent(code))
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return doing


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL"])
def test_a_crash_of_the_reader_is_reported_with_its_signal(child_does, name):
    child_does(f"import os, signal; os.kill(os.getpid(), signal.{name})")
    assert f"signal {getattr(signal, name).value}" in refused(MOSS, DamagedPdfError).message


def test_an_exception_in_the_reader_is_reported(child_does):
    child_does("import sys; sys.modules['pypdfium2'] = None")
    assert (
        "ImportError" in refused(MOSS, DamagedPdfError).message
        or "ModuleNotFoundError" in refused(MOSS, DamagedPdfError).message
    )


def test_a_bad_alloc_is_a_matter_of_memory(child_does):
    child_does("import os, sys; sys.stderr.write('terminate: std::bad_alloc'); sys.stderr.flush(); os.abort()")
    assert "limits.memory_mb" in refused(MOSS, LimitError).next_step


def test_warnings_of_the_child_do_not_disturb(child_does):
    child_does("import sys; sys.stderr.write('warning: something\\n')")
    assert len(read_in_sandbox(MOSS).pages) == 6


def test_words_of_a_library_on_stdout_do_not_disturb(child_does):
    child_does("print('library banner', flush=True)")
    try:
        read_in_sandbox(MOSS)
    except ValueError as error:
        raise AssertionError(error) from error


def test_a_file_that_vanished(tmp_path):
    with pytest.raises(CpgassistError):
        read_in_sandbox(tmp_path / "gone.pdf")


def test_whoever_stops_it_ends_the_reader_too(tmp_path, monkeypatch):
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"%PDF-1.7")
    mark = sandbox._OCR.decode()
    code = f"import sys, time; print({mark!r} + ' 1 9', file=sys.stderr, flush=True); time.sleep(60)"
    begun = []

    def start(arguments):
        begun.append(subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        return begun[0]

    def stopped(number, of):
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "start", start)
    with pytest.raises(KeyboardInterrupt):
        sandbox.read_in_sandbox(path, progress=stopped)
    assert begun[0].poll() is not None
    begun[0].stdout.close(), begun[0].stderr.close()
