"""One tree of errors: what its docstring draws is what there is, and nothing else leaves the halls."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path

import pytest

from cpgassist import Assistant, Corpus, Where, errors
from cpgassist.errors import CpgassistError
from cpgassist.testing import HashEmbedder

SAMPLE = Path(__file__).parents[1] / "corpora" / "sample"

CLASSES = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind)}
_DRAWN = re.compile(r"^(?P<indent> *)[*x-] (?P<name>\w+)(?: +\((?P<code>\d)\))?")


def drawn() -> dict[str, tuple[str, int | None]]:
    """The tree of the docstring: each name with its parent and the exit code beside it."""
    path: list[tuple[int, str]] = [(-1, "Exception")]
    tree = {}
    for line in errors.__doc__.splitlines():
        if match := _DRAWN.match(line):
            depth, name = len(match["indent"]), match["name"]
            while path[-1][0] >= depth:
                path.pop()
            tree[name] = (path[-1][1], int(match["code"]) if match["code"] else None)
            path.append((depth, name))
    return tree


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes():
    assert {name: parent for name, (parent, _) in drawn().items()} == {
        name: kind.__bases__[0].__name__ for name, kind in CLASSES.items()
    }
    assert all(len(kind.__bases__) == 1 for kind in CLASSES.values())


def test_the_exit_codes_beside_the_names_are_those_of_the_classes():
    told = {name: code for name, (_, code) in drawn().items() if code is not None}
    assert told == {name: CLASSES[name].exit_code for name in told}
    for name, (parent, code) in drawn().items():
        if code is None and parent in CLASSES:
            assert CLASSES[name].exit_code == CLASSES[parent].exit_code


def test_every_error_is_exported_and_described():
    assert sorted(errors.__all__) == sorted(CLASSES)
    for name, kind in CLASSES.items():
        assert vars(kind).get("__doc__"), name
        assert issubclass(kind, CpgassistError) and kind.exit_code in range(1, 9)


def test_an_error_carries_its_message_and_next_step():
    error = errors.InputError("The question is empty.", "Type one.")
    assert (error.message, error.next_step, error.exit_code) == ("The question is empty.", "Type one.", 2)
    assert str(error) == "The question is empty. Type one."
    assert str(CpgassistError("Only this.")) == "Only this." and CpgassistError("Only this.").next_step == ""


# ---- nothing else leaves the halls -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("errors") / "corpus"
    folder.mkdir()
    shutil.copy(SAMPLE / "sample-moss-lung-2022.pdf", folder)
    Corpus(folder, embedder=HashEmbedder()).reindex()
    return folder


@pytest.fixture(scope="module")
def corpus(folder) -> Corpus:
    return Corpus(folder, embedder=HashEmbedder())


@pytest.fixture(scope="module")
def assistant(corpus) -> Assistant:
    return Assistant(corpus)


def raised(call, *arguments, **named) -> CpgassistError:
    with pytest.raises(CpgassistError) as error:
        call(*arguments, **named)
    assert error.value.message and error.value.next_step
    assert "Traceback" not in str(error.value) and "\n" not in error.value.message
    return error.value


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00", "\udcff", "x" * 2001])
def test_questions_that_cannot_be_asked(assistant, question):
    for call in (assistant.ask, assistant.search):
        assert raised(call, question).exit_code == 2


STRANGE = [
    "\udcff fever",
    "💊",
    "'; DROP TABLE passages;--",
    "* ^ ~ AND OR NOT NEAR/3",
    "((((",
    "[bold]fever",
    "0",
    "≥",
    "a" * 1999,
    "\u202efever",
    "<start_of_image>",
    "{question}",
    "%s %d",
    "\ufeff?",
    "fever\x00",
    "a\u0301" * 300,
]


@pytest.mark.parametrize("question", STRANGE)
def test_strange_questions_are_answered_or_silent(assistant, question):
    answer = assistant.ask(question)
    assert answer.status in ("answered", "partial", "silent", "refused")
    answer.question.encode("utf-8")
    assert assistant.search(question).index == answer.index


@pytest.mark.parametrize("k", [0, -1, 101, 10**9])
def test_k_out_of_range(assistant, k):
    assert raised(assistant.search, "fever", k=k).exit_code == 2


@pytest.mark.parametrize("name", ["", "unknown", "moss.pdf", "../x.pdf", "\x00", "\udcff"])
def test_an_unknown_guideline_in_a_filter(assistant, name):
    for call in (assistant.ask, assistant.search):
        assert raised(call, "fever", where=Where(guidelines=(name,))).exit_code == 2


def test_filters_that_let_nothing_through_are_no_error(assistant):
    for where in (Where(year_from=2100), Where(kinds=("flowchart", "unknown")), Where((), 2030, 1990)):
        assert assistant.search("fever", where=where).hits == ()
        assert assistant.ask("What is given for fever?", where).status == "silent"


LONG = pytest.param("x" * 5000, id="long")


@pytest.mark.parametrize("file", ["", ".", "..", "/", "/etc/passwd", "a/b.pdf", "\x00", "\udcff.pdf", LONG])
def test_files_that_are_not_there(corpus, file):
    assert raised(corpus.page_image, file, 1).exit_code == 2
    assert raised(corpus.page_size, file, 1).exit_code == 2


@pytest.mark.parametrize("page", [0, -1, 7, 10**12])
def test_pages_that_are_not_there(corpus, page):
    assert raised(corpus.page_image, "sample-moss-lung-2022.pdf", page).exit_code == 2
    assert raised(corpus.page_size, "sample-moss-lung-2022.pdf", page).exit_code == 2


@pytest.mark.parametrize("dpi", [0, -72])
def test_resolutions_that_cannot_be_drawn(corpus, dpi):
    assert raised(corpus.page_image, "sample-moss-lung-2022.pdf", 1, dpi=dpi).exit_code == 2


def test_an_index_folder_that_is_a_file(folder, tmp_path):
    (tmp_path / "index").write_text("a file")
    corpus = Corpus(folder, embedder=HashEmbedder(), index=tmp_path / "index")
    calls = (corpus.reindex, corpus.status, corpus.verify, corpus.rollback, corpus.passages, corpus.open_index)
    for call in (*calls, lambda: Assistant(corpus).ask("fever?")):
        raised(call)
    assert all(check.state in ("ok", "warn", "fail") for check in corpus.check())


NOT_TEXT = pytest.param(b"\xff\xfe", id="not text")


@pytest.mark.parametrize("content", [b"", b"\x00", NOT_TEXT, b"../../etc\n", b"20260101T000000-000000-00000000\n"])
def test_a_pointer_that_names_no_version(folder, tmp_path, content):
    shutil.copytree(folder, tmp_path / "corpus")
    (tmp_path / "corpus" / ".index" / "CURRENT").write_bytes(content)
    corpus = Corpus(tmp_path / "corpus", embedder=HashEmbedder())
    assert raised(corpus.status).exit_code == 8
    assert raised(corpus.passages).exit_code == 8
    assert corpus.verify()
    answer = Assistant(corpus).ask("What is moss lung?")  # the newest version serves, with a warning
    assert answer.warnings
    assert any(check.state == "fail" for check in corpus.check())


@pytest.mark.parametrize("name", ["manifest.json", "passages.jsonl", "vectors.npy", "excluded.jsonl"])
def test_a_version_with_a_file_missing_or_cut(folder, tmp_path, name):
    shutil.copytree(folder, tmp_path / "corpus")
    corpus = Corpus(tmp_path / "corpus", embedder=HashEmbedder())
    path = next((tmp_path / "corpus" / ".index" / "versions").iterdir()) / name
    for spoil in (lambda: path.write_bytes(path.read_bytes()[:-10]), lambda: path.write_bytes(b""), path.unlink):
        spoil()
        assert raised(Assistant(corpus).ask, "fever?").exit_code == 8
        assert raised(lambda: list(corpus.passages())).exit_code == 8
        assert corpus.verify()


def test_an_embedder_that_is_not_there(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CPGASSIST_EMBEDDER", str(tmp_path / "none"))
    corpus = Corpus(folder, index=tmp_path / "index")
    assert raised(corpus.embedder).exit_code == 6
    assert raised(corpus.reindex).exit_code == 6
