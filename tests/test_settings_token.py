"""The admin token is a password: demanded long, from the environment alone, and never shown."""

import pytest

from cpgassist.errors import InputError
from cpgassist.settings import load

TOKEN = "Qz7-plume-harbour-41xx"


def test_off_unless_set(tmp_path, monkeypatch):
    assert load(tmp_path).admin_token is None
    monkeypatch.setenv("CPGASSIST_ADMIN_TOKEN", "  ")
    assert load(tmp_path).admin_token is None


def test_it_comes_from_the_environment_and_is_never_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("CPGASSIST_ADMIN_TOKEN", TOKEN)
    settings = load(tmp_path)
    assert settings.admin_token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings) + str(settings) + settings.model_dump_json() + str(settings.model_dump())


@pytest.mark.parametrize("token", ["short", "x" * 40, TOKEN[:19]])
def test_a_token_that_could_be_guessed_is_refused_without_being_told(tmp_path, monkeypatch, token):
    monkeypatch.setenv("CPGASSIST_ADMIN_TOKEN", token)
    with pytest.raises(InputError, match="at least 20 characters") as refused:
        load(tmp_path)
    told = str(refused.value) + repr(refused.value.__cause__)
    assert token not in told.replace("cpgassist", "")


def test_corpus_toml_may_not_hold_it(tmp_path):
    (tmp_path / "corpus.toml").write_text(f'admin_token = "{TOKEN}"\n')
    with pytest.raises(InputError, match="may not set 'admin_token'") as refused:
        load(tmp_path)
    assert TOKEN not in str(refused.value)
