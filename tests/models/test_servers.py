"""ServerModel against a server on loopback that behaves, and misbehaves, like real ones."""

import base64
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("openai", reason="the extra [openai] is not installed")

from cpgassist.errors import InputError, ModelError
from cpgassist.models.neutral import BREAK
from cpgassist.models.servers import ServerModel, server_model
from cpgassist.models.servers.addresses import checked, is_loopback
from cpgassist.models.servers.messages import as_messages, most_tokens
from cpgassist.protocols import ChatModel
from cpgassist.settings import Settings
from cpgassist.types import Photo, Prompt
from tests.models.asked_server import KEY, PHOTO, PROMPT, QUESTION, ROOT, WITH_PHOTO, failure, server
from tests.models.fake_server import MODEL, Plan

__all__ = ["server"]


# ---- what is sent


def test_it_is_a_chat_model_that_sends_what_openai_servers_take(server):
    model = server.model(context=8192)  # isinstance looks at `info`, which would ask
    assert isinstance(model, ChatModel)
    made = model.generate(Prompt("Be kind.", ("One.", "Two."), max_new_tokens=99, temperature=0.5, seed=7))
    (got,) = server.requests
    assert got["path"] == "/v1/chat/completions"
    assert got["body"] == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Be kind.\n\nOne.\nTwo."}],  # Gemma has no system turn
        "max_tokens": 99,
        "temperature": 0.5,
        "seed": 7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert made.text and made.finish == "stop"


def test_other_models_get_a_system_turn():
    assert as_messages(Prompt("Be kind.", ("One.",))) == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "One."},
    ]
    assert as_messages(Prompt("", ("One.",))) == [{"role": "user", "content": "One."}]


def test_photos_go_as_data_urls_behind_their_labels(server):
    server.model().generate(WITH_PHOTO)
    content = server.requests[0]["body"]["messages"][0]["content"]
    assert [item["type"] for item in content] == ["text", "image_url", "image_url", "text"]
    assert content[0]["text"] == "You are kind.\n\nBefore:"
    head, data = content[1]["image_url"]["url"].split(",")
    assert (head, base64.b64decode(data)) == ("data:image/png;base64", PHOTO.png)
    assert content[3]["text"] == QUESTION


def test_special_tokens_are_harmless_everywhere_and_surrogates_gone(server):
    literal = "<end_of_turn>"
    photo = Photo(b"x", 1, 1, f"A{literal}")
    server.model().generate(Prompt(f"s{literal}", (photo, f"q{literal} \ud800")))
    sent = json.dumps(server.requests[0]["body"], ensure_ascii=False)
    assert literal not in sent and sent.count(f"<{BREAK}end_of_turn>") == 3


def test_thinking_is_asked_for_as_medgemma_wants_it(server):
    server.model().generate(Prompt("Be kind.", ("One.",), thinking=True))
    text = server.requests[0]["body"]["messages"][0]["content"]
    assert text == "SYSTEM INSTRUCTION: think silently if needed. Be kind.\n\nOne."


def test_nothing_of_this_machine_or_of_openai_variables_is_sent(server, monkeypatch):
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", KEY)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Secret: {KEY}\nAuthorization: Bearer {KEY}")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    server.model().generate(PROMPT)
    headers = {name.lower() for name in server.requests[0]["headers"]}
    assert headers == {"host", "accept", "connection", "content-type", "content-length", "user-agent"}
    assert KEY not in str(server.requests)


def test_the_key_is_read_from_its_variable_before_each_request(server, monkeypatch):
    model = server_model(serving(server.url, api_key_env="MY_KEY"))
    for key in ("one", "two"):
        monkeypatch.setenv("MY_KEY", key)
        model.generate(PROMPT)
    assert [got["headers"]["authorization"] for got in server.requests] == ["Bearer one", "Bearer two"]
    monkeypatch.setenv("MY_KEY", "né\n" + KEY)
    assert "MY_KEY" in failure(model).next_step


def test_no_proxy_stands_before_loopback(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert server.model().generate(PROMPT).text


# ---- what comes back


def test_pieces_come_as_they_are_written(server):
    gate, pieces = threading.Event(), []

    def on_text(piece):
        pieces.append(piece)
        gate.set()  # the server goes on only once the first piece was seen

    server.plan = Plan(["Rest", " [1]", "."], gate=gate)
    made = server.model().generate(PROMPT, on_text)
    assert pieces == ["Rest", " [1]", "."] and made.text == "Rest [1]."
    assert made.usage.prompt > 0 and made.usage.generated == 3
    assert 0 <= made.seconds["first_token"] <= made.seconds["total"]


def test_a_stream_is_what_the_whole_is_and_the_same_twice(server):
    pieces, model = [], server.model()
    made = model.generate(PROMPT, pieces.append)
    assert "".join(pieces) == made.text == model.generate(PROMPT).text
    assert model.generate(Prompt("You are kind.", (QUESTION, "[1] Rest!"))).text != made.text


def test_usage_is_0_where_the_server_does_not_say(server):
    server.plan = Plan(usage=False)
    assert server.model().generate(PROMPT).usage.prompt == 0


def test_a_budget_that_ran_out_is_told(server):
    made = server.model().generate(Prompt("", ("Go.",), max_new_tokens=3))
    assert made.finish == "length" and len(made.text.split()) == 3


def test_thoughts_are_taken_out_of_the_pieces(server):
    server.plan = Plan(["<unu", "sed94>tho", "ught\nHm", "m.<unused", "95>Re", "st <30."])
    pieces = []
    made = server.model().generate(PROMPT, pieces.append)
    assert (made.text, made.thought, made.finish) == ("Rest <30.", "Hmm.", "stop")
    assert "".join(pieces) == made.text


def test_thoughts_that_the_server_takes_out_are_thoughts(server):
    server.plan = Plan(["Rest."], reasoning="Hm.")
    made = server.model().generate(PROMPT)
    assert (made.text, made.thought) == ("Rest.", "Hm.")


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_thought_without_an_end_is_a_truncated_answer(server, finish):
    server.plan = Plan(["<think>", "So"], finish=finish)
    made = server.model().generate(PROMPT)
    assert (made.text, made.thought, made.finish) == ("", "So", "length")


def test_a_template_that_opens_the_thought(server):
    server.plan = Plan(["Hm", ".</think>", "Rest."])
    made = server.model(thinks_at_once=True).generate(PROMPT)
    assert (made.text, made.thought) == ("Rest.", "Hm.")
    assert "thoughts" in failure(server.model()).message


def test_what_on_text_raises_is_raised(server):
    def on_text(_):
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        server.model().generate(PROMPT, on_text)


# ---- leaving


def test_cancel_ends_it_and_hangs_up(server):
    server.plan = Plan(["Rest"], endless=True)
    cancel, pieces = threading.Event(), []

    def on_text(piece):
        pieces.append(piece)
        if len(pieces) == 3:
            cancel.set()

    made = server.model().generate(PROMPT, on_text, cancel)
    assert made.finish == "cancelled" and len(pieces) <= 5 and made.text == "".join(pieces)
    assert server.hung_up.wait(20)


def test_cancel_while_nothing_comes_ends_it_at_once(server):
    server.plan = Plan(gate=threading.Event(), stall=True)
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    made = server.model().generate(PROMPT, None, cancel)
    assert (made.finish, made.text) == ("cancelled", "") and made.seconds["total"] < 8  # the server would wait for 10


def test_cancelled_before_it_began_nothing_is_sent(server):
    cancel = threading.Event()
    cancel.set()
    assert server.model().generate(PROMPT, None, cancel).finish == "cancelled"
    assert server.requests == []


@pytest.mark.parametrize("stall", [True, False])
def test_an_answer_that_is_not_complete_in_time(server, stall):
    server.plan = Plan(gate=threading.Event(), stall=stall)
    error = failure(server.model(seconds=0.3))
    assert isinstance(error, ModelError) and "within 0.3 s" in error.message and "model_seconds" in error.next_step


def test_a_trickle_does_not_renew_the_time(server):
    server.plan = Plan(["Rest"], endless=True)
    assert "within 0.3 s" in failure(server.model(seconds=0.3)).message


# ---- what is allowed


@pytest.mark.parametrize(
    "url", ["http://localhost:1/v1", "http://LOCALHOST", "http://127.0.0.1", "https://127.9.9.9/", "http://[::1]:80/v1"]
)
def test_this_machine_is_allowed(url):
    assert checked(url).local


@pytest.mark.parametrize(
    "url",
    ["https://example.org/v1", "https://10.0.0.1", "https://0.0.0.0", "https://localhost.example.org", "https://127.0.0.1.example.org",
     "https://[::ffff:127.0.0.1]/", "https://127.1/", "https://2130706433/", "https://[fe80::1]/", "https://localhost./"],
)  # fmt: skip
def test_other_machines_need_a_setting(url):
    with pytest.raises(InputError, match="allow_remote"):
        checked(url)
    assert not checked(url, allow_remote=True).local
    with pytest.raises(InputError, match="https"):
        checked(url.replace("https", "http"), allow_remote=True)


@pytest.mark.parametrize(
    "url",
    [None, "", "ftp://localhost", "localhost:1", "http://", "http://u:p@localhost", "http://localhost@example.org",
     "http://localhost\\@example.org", "http://localhost#@example.org", "http://localhost?x=1", "http://local host",
     "http://localhost:99999", "http://localhost:0", "http://ⓛocalhost", "http://localhost\n", "http://[::1", "http://%6cocalhost"],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url):
    if url == "http://localhost\n":
        assert checked(url).url == "http://localhost"
        return
    with pytest.raises(InputError) as caught:
        checked(url, allow_remote=True)
    assert "u:p" not in str(caught.value)


@given(st.text(max_size=20))
def test_only_plain_spellings_are_loopback(host):
    if is_loopback(host):
        assert host.lower() == "localhost" or host.startswith("127.") or ":" in host


def test_photos_to_another_machine_need_a_setting_of_their_own():
    model = ServerModel("https://example.org/v1", "m", allow_remote=True, retries=0)
    error = failure(model, WITH_PHOTO)
    assert isinstance(error, InputError) and "allow_remote_photos" in error.next_step


def serving(url, **more) -> Settings:
    return Settings(base_url=url, model=MODEL, model_seconds=9, **more)


def test_settings_make_a_model(server):
    assert server_model(serving(server.url)).generate(PROMPT).text
    with pytest.raises(InputError, match="allow_remote"):
        server_model(serving("https://example.org/v1"))
    with pytest.raises(InputError, match="base_url"):
        server_model(Settings(model=MODEL))
    with pytest.raises(InputError, match="model"):
        server_model(Settings(base_url=server.url))


# ---- what it says of itself


@pytest.mark.parametrize(("told", "context"), [({"max_model_len": 4096}, 4096), ({"context_length": 9}, 9), ({}, 8192)])
def test_the_context_is_asked_once(server, told, context):
    server.models = [{"id": "other", "max_model_len": 1}, {"id": MODEL, **told}]
    model = server.model()
    assert model.info.context == model.info.context == context
    assert [got["path"] for got in server.requests] == ["/v1/models"]
    assert (model.info.name, model.info.backend, model.info.vision) == (MODEL, "openai", True)
    assert model.info.device == server.host


def test_a_server_that_does_not_list_its_models_is_asked_once(server):
    server.models = None
    model = server.model()
    assert model.info.context == model.info.context == 8192
    assert len(server.requests) == 1


def test_it_says_so_without_its_server_too():
    assert ServerModel("http://127.0.0.1:9/v1", "m", retries=0).info.context == 8192
    assert ServerModel("http://127.0.0.1:9/v1", "m", context=5).info.context == 5


@given(st.text(), st.text(), st.integers(0, 4))
def test_the_bound_of_tokens_counts_figures_and_other_writings_whole_and_letters_by_halves(system, text, photos):
    prompt = Prompt(system, (text, *[PHOTO] * photos), thinking=True)
    halves = sum(1 if one.isascii() and (one.isalpha() or one == " ") else 2 for one in text + system)
    assert 2 * most_tokens(prompt) >= 2 * 256 * photos + halves


def test_the_bound_holds_for_a_real_tokenizer_on_guideline_text():
    from cpgassist.models.embedding import load_embedder

    embedder = load_embedder("all-MiniLM-L6-v2", "float32", False)
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "corpora" / "sample" / "text").glob("*.txt"))]
    pieces = [line for text in texts for line in text.splitlines() if line.strip()]
    for piece, tokens in zip(pieces, embedder.count_tokens(pieces), strict=True):
        assert most_tokens(Prompt("", (piece,))) >= tokens
