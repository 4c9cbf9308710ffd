"""Arguments over environment over corpus.toml over defaults, and words for what cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from cpgassist.errors import InputError
from cpgassist.settings import GuidelineOverride, Limits, Settings, SmokeQuestion, load


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in os.environ:
        if name.startswith("CPGASSIST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def toml(tmp_path):
    """Writes corpus.toml; returns the corpus folder."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        (tmp_path / "corpus.toml").write_text(text, encoding=encoding)
        return tmp_path

    return write


# name, in corpus.toml, in the environment, as an argument; each with the value it gives
FIELDS = [
    ("dense_weight", ("0.1", 0.1), ("0.2", 0.2), (0.3, 0.3)),
    ("title", ('"a"', "a"), ("b", "b"), ("c", "c")),
    ("keep_versions", ("4", 4), ("5", 5), (6, 6)),
    ("workers", ("4", 4), ("5", 5), (6, 6)),
    ("threshold", ("0.1", 0.1), ("0", 0.0), (1, 1.0)),
    ("vector_search", ('"exact"', "exact"), ("chroma", "chroma"), ("exact", "exact")),
    ("precision", ('"bfloat16"', "bfloat16"), ("float32", "float32"), ("auto", "auto")),
    ("ocr", ('"off"', "off"), ("on", "on"), ("auto", "auto")),
    ("embedder", ('"x"', "x"), ("y", "y"), ("z", "z")),
    ("index", ('"x"', Path("x")), ("y", Path("y")), ("z", Path("z"))),
    ("documents", ('"x"', Path("x")), ("y", Path("y")), ("z", Path("z"))),
]


@pytest.mark.parametrize(("name", "file", "environment", "argument"), FIELDS, ids=[field[0] for field in FIELDS])
def test_arguments_over_environment_over_file_over_defaults(toml, monkeypatch, name, file, environment, argument):
    folder = toml("")
    assert getattr(load(folder), name) == Settings.model_fields[name].default
    toml(f"{name} = {file[0]}\n")
    assert getattr(load(folder), name) == file[1]
    monkeypatch.setenv(f"CPGASSIST_{name.upper()}", environment[0])
    assert getattr(load(folder), name) == environment[1]
    assert getattr(load(folder, **{name: argument[0]}), name) == argument[1]
    assert getattr(load(folder, **{name: None}), name) == environment[1]  # an option that was not given


def test_the_corpus_folder_comes_from_the_argument_or_the_environment(tmp_path, monkeypatch):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    (one / "corpus.toml").write_text('title = "One"')
    (two / "corpus.toml").write_text('title = "Two"')
    monkeypatch.setenv("CPGASSIST_CORPUS", str(one))
    assert (load().corpus, load().title) == (one, "One")
    assert (load(two).corpus, load(str(two)).title) == (two, "Two")


def test_the_default_corpus_is_the_sample(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[1])
    assert load().title == "Sample guidelines (fictional)"
    assert len(load().smoke) == 3


def test_settings_are_frozen(tmp_path):
    settings = load(tmp_path)
    for change in (lambda: setattr(settings, "workers", 3), lambda: setattr(settings.limits, "pages", 3)):
        with pytest.raises(ValidationError):
            change()
    for model in (GuidelineOverride(), SmokeQuestion(question="q", file="f")):
        with pytest.raises(ValidationError):
            model.file = model.title = "x"


def test_folders_follow_the_corpus_unless_named(tmp_path):
    settings = load(tmp_path)
    assert (settings.documents_folder, settings.index_folder) == (tmp_path, tmp_path / ".index")
    settings = load(tmp_path, documents="../library", index=tmp_path / "idx")
    assert settings.documents_folder == tmp_path / ".." / "library"
    assert settings.index_folder == tmp_path / "idx"
    assert load(tmp_path, documents="/srv/guidelines").documents_folder == Path("/srv/guidelines")


def test_the_tables_of_corpus_toml(toml):
    settings = load(
        toml(
            '[guidelines."a b.pdf"]\nid = "a-b"\nyear = 2020\n[[smoke]]\nquestion = "q"\nfile = "a b.pdf"\npage = 3\n'
            '[[smoke]]\nquestion = "r"\nfile = "a b.pdf"\n[limits]\npages = 9\n'
        )
    )
    assert settings.guidelines == {"a b.pdf": GuidelineOverride(id="a-b", year=2020)}
    assert [(smoke.question, smoke.page) for smoke in settings.smoke] == [("q", 3), ("r", None)]
    assert settings.limits == Limits(pages=9)


def test_a_limit_in_the_environment_leaves_the_other_limits_of_the_file(toml, monkeypatch):
    folder = toml("[limits]\npages = 9\nseconds = 5\n")
    monkeypatch.setenv("CPGASSIST_LIMITS__SECONDS", "7")
    assert load(folder).limits == Limits(pages=9, seconds=7)


BAD = [
    ("dense_weight = 1.5", "dense_weight", "1.5"),
    ('dense_weight = "much"', "dense_weight", "much"),
    ("keep_versions = 0", "keep_versions", "0"),
    ("workers = -1", "workers", "-1"),
    ('precision = "float8"', "precision", "float8"),
    ('vector_search = "faiss"', "vector_search", "faiss"),
    ('model_backend = "gpt"', "model_backend", "gpt"),
    ("threshold = 2", "threshold", "2"),
    ("titel = 'typing error'", "titel", "typing error"),
    ("limits = 3", "limits", "3"),
    ("[limits]\nmemory_mb = 1", "limits.memory_mb", "1"),
    ("[limits]\ntea = 1", "limits.tea", "1"),
    ('[guidelines."a.pdf"]\nid = "Not An Id"', "guidelines.a.pdf.id", "Not An Id"),
    ('[guidelines."a.pdf"]\nyear = 20', "guidelines.a.pdf.year", "20"),
    ('[guidelines."a.pdf"]\ncolour = "red"', "guidelines.a.pdf.colour", "red"),
    ('[[smoke]]\nquestion = "q"', "smoke.0.file", ""),
    ('[[smoke]]\nquestion = "q"\nfile = "f"\npage = 0', "smoke.0.page", "0"),
]


@pytest.mark.parametrize(("text", "name", "value"), BAD, ids=[f"{name}={value}" for _, name, value in BAD])
def test_a_bad_value_in_the_file_is_named_with_its_setting(toml, text, name, value):
    with pytest.raises(InputError) as error:
        load(toml(text))
    assert f"{name!r}" in error.value.message and value in error.value.message
    assert "corpus.toml" in error.value.next_step and error.value.exit_code == 2


def test_bad_arguments_and_environment_are_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"'workers'.*'many'"):
        load(tmp_path, workers="many")
    with pytest.raises(InputError, match="'colour'"):
        load(tmp_path, colour="red")
    monkeypatch.setenv("CPGASSIST_DENSE_WEIGHT", "7")
    with pytest.raises(InputError, match=r"'dense_weight'.*'7'"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["LIMITS", "SMOKE", "GUIDELINES"])
def test_a_table_in_the_environment_that_is_not_json_is_named(tmp_path, monkeypatch, name):
    monkeypatch.setenv(f"CPGASSIST_{name}", "not json")
    with pytest.raises(InputError, match=name.lower()):
        load(tmp_path)


def test_variables_of_other_programs_do_not_matter(tmp_path, monkeypatch):
    for name in ("CPGASSIST_SERVER_KEY", "CPGASSIST_COLOUR", "WORKERS", "TITLE"):
        monkeypatch.setenv(name, "x")
    assert load(tmp_path).title is None


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("corpus", "CPGASSIST_CORPUS"),
        ("allow_download", "CPGASSIST_ALLOW_DOWNLOAD"),
        ("allow_remote_photos", "CPGASSIST_ALLOW_REMOTE_PHOTOS"),
    ],
)
def test_the_file_may_not_name_its_corpus_nor_allow_downloads(toml, name, option):
    with pytest.raises(InputError) as error:
        load(toml(f"{name} = true\n"))
    assert f"may not set {name!r}" in error.value.message and option in error.value.next_step


@pytest.mark.parametrize("text", ["title = ", "[limits", 'a = 1\na = 2\ntitle = "x', "\x00"])
def test_broken_toml_is_an_input_error_that_names_the_file(toml, text):
    with pytest.raises(InputError, match=r"corpus\.toml is not valid TOML"):
        load(toml(text))


def test_a_file_in_another_encoding_is_an_input_error(toml):
    with pytest.raises(InputError, match="not valid TOML"):
        load(toml('title = "Kesihatan é"', encoding="latin-1"))


LONG = pytest.param("x" * 5000, id="long")


@pytest.mark.parametrize("folder", ["nowhere", "a/b/c", "\x00", LONG])
def test_a_folder_that_does_not_exist_is_an_input_error(tmp_path, folder):
    with pytest.raises(InputError, match="no folder"):
        load(tmp_path / folder)


def test_a_file_for_a_folder_is_an_input_error(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    with pytest.raises(InputError, match="no folder"):
        load(tmp_path / "a.pdf")


def test_the_keys_in_the_corpora_page_are_accepted(toml):
    page = (Path(__file__).parents[1] / "corpora" / "README.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    settings = load(toml(example))
    assert settings.title and settings.guidelines and settings.smoke
