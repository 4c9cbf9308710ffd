"""ServerModel against a server on loopback that behaves, and misbehaves, like real ones."""

import base64
import json
import os
import socket
import threading
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("openai", reason="the extra [openai] is not installed")

from cpgassist.errors import CpgassistError, InputError, ModelBusyError, ModelError
from cpgassist.models.neutral import BREAK
from cpgassist.models.servers import ServerModel, server_model
from cpgassist.models.servers.addresses import checked, is_loopback
from cpgassist.models.servers.messages import as_messages, most_tokens
from cpgassist.protocols import ChatModel
from cpgassist.settings import Settings
from cpgassist.types import Photo, Prompt
from tests.models.fake_server import DONE, MODEL, FakeServer, Plan, event

ROOT = Path(__file__).parents[2]

QUESTION = "A girl of 7 from Zubrowka has spots."
KEY = "sk-very-secret-4711"
PROMPT = Prompt("You are kind.", (QUESTION, "[1] Rest."))
PHOTO = Photo(b"\x89PNG-not-really", 3, 2, "Before")
WITH_PHOTO = Prompt("You are kind.", (PHOTO, Photo(b"second", 3, 2), QUESTION))


@pytest.fixture
def server():
    with FakeServer() as made:
        yield made


def failure(model, prompt=PROMPT) -> CpgassistError:
    """The error of a request, that nothing of the question or the key may be in, even where its traceback is logged."""
    with pytest.raises(CpgassistError) as caught:
        model.generate(prompt)
    logged = "".join(traceback.format_exception(caught.value))
    for secret in (QUESTION, "Zubrowka", KEY):
        assert secret not in str(caught.value) and secret not in logged
    assert caught.value.next_step
    return caught.value


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
    assert server.hung_up.wait(5)


def test_cancel_while_nothing_comes_ends_it_at_once(server):
    server.plan = Plan(gate=threading.Event(), stall=True)
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    made = server.model().generate(PROMPT, None, cancel)
    assert (made.finish, made.text) == ("cancelled", "") and made.seconds["total"] < 3


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


# ---- failures


def test_a_refused_connection():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = failure(ServerModel(f"http://127.0.0.1:{port}/v1", MODEL, retries=0))
    assert isinstance(error, ModelError) and "refused" in error.message and f"127.0.0.1:{port}" in error.message


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(tmp_path):
    key, certificate = unknown_certificate(tmp_path)
    with FakeServer() as made:
        made.encrypt(certificate, key)
        error = failure(ServerModel(f"https://{made.host}/v1", MODEL, retries=0, context=9))
        assert "TLS" in error.message and "SSL_CERT_FILE" in error.next_step
        assert made.requests == []


def unknown_certificate(folder):
    """A key and a certificate that signs itself."""
    pytest.importorskip("cryptography")
    from datetime import datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime.now() + timedelta(days=9))
    signed = made.sign(key, hashes.SHA256())
    secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *secret))
    (folder / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return folder / "key.pem", folder / "certificate.pem"


ECHOING = {"error": {"message": f"cannot do: {QUESTION}", "type": "x", "code": None}}


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, ModelError, "refused the request"),
        (401, ModelError, "refused the key"),
        (403, ModelError, "refused the key"),
        (422, ModelError, "refused the request"),
        (429, ModelBusyError, "too many requests"),
        (500, ModelError, "failed (500)"),
        (503, ModelBusyError, "not ready"),
        (529, ModelError, "failed (529)"),
    ],
)
def test_a_status_is_told_with_its_cause(server, monkeypatch, status, kind, words):
    monkeypatch.setenv("CPGASSIST_API_KEY", KEY)
    server.plan = Plan(status=status, said=ECHOING)
    model = server.model(key=lambda: os.environ["CPGASSIST_API_KEY"], key_env="CPGASSIST_API_KEY")
    error = failure(model)
    assert type(error) is kind and words in error.message
    assert server.requests[0]["headers"]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "said",
    [
        {"error": {"message": "This model's maximum context length is 64 tokens", "code": 400}},
        {"error": {"message": "the request exceeds the available context size", "type": "exceed_context_size_error"}},
    ],
)
def test_a_prompt_that_is_too_long_is_an_input_error(server, said):
    server.plan = Plan(status=400, said=said)
    assert isinstance(failure(server.model()), InputError)


@pytest.mark.parametrize(("status", "said"), [(400, "no"), (422, "no"), (500, "image input is not supported - mmproj")])
def test_a_model_that_reads_text_only_says_so(server, status, said):
    server.plan = Plan(status=status, said={"error": {"message": said}})
    error = failure(server.model(), WITH_PHOTO)
    assert isinstance(error, ModelError) and "reads text alone" in error.message


def test_a_model_known_to_read_text_only_is_sent_no_photo(server):
    model = server.model(vision=False)
    assert not model.info.vision
    assert "text alone" in failure(model, WITH_PHOTO).message
    assert all(got["body"] is None for got in server.requests)


def test_an_unknown_model_lists_those_that_are_there(server):
    server.models = [{"id": "medgemma:4b"}, {"id": "other\n<b>"}, {"nonsense": 1}]
    server.plan = Plan(status=404, said=ECHOING)
    error = failure(server.model())
    assert "knows no model 'fake-medgemma'" in error.message and "medgemma:4b, other<b>" in error.next_step
    assert server.model().models() == ["medgemma:4b", "other\n<b>"]


def test_an_address_without_chat_completions(server):
    server.plan = Plan(status=404, said=None)
    assert "/v1" in failure(server.model()).next_step


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(server, status):
    with FakeServer() as other:
        server.plan = Plan(status=status, said=None, headers={"Location": f"{other.url}/chat/completions"})
        assert "redirect" in failure(server.model()).message
        assert other.requests == []


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([b"data: {not json\n\n"], "cannot be read"),
        ([b"data: [1, 2]\n\n"], ""),
        ([b"data: {}\n\n", DONE], "no chat completion"),
        ([b"data: 7\n\n", DONE], ""),
        ([b'{"choices": [{"message": {"content": "Rest."}}]}'], "no chat completion"),
        ([b"\xff\xfe\x00garbage"], ""),
        ([], "no chat completion"),
        ([DONE], "no chat completion"),
        ([event({"content": "Rest"})], "broke off"),
        ([event({"content": "Rest"}), DONE], "broke off"),
        ([event({}, "stop"), DONE], "empty answer"),
        ([event({"content": " \n"}, "stop"), DONE], "empty answer"),
        ([event({"content": "Rest"}, "content_filter"), DONE], "content filter"),
        ([event({"content": "Rest"}, "tool_calls"), DONE], "none of a text"),
        ([event({"content": {"a": 1}}, "stop"), DONE], "empty answer"),
        ([event({"content": "Rest"}), b'data: {"error": {"message": "out of memory"}}\n\n'], "failed"),
        ([event({"content": "Rest"}), b'data: {"error": {"message": "context length", "code": 400}}\n\n'], "longer"),
    ],
)
def test_a_stream_that_is_no_whole_answer(server, raw, words):
    server.plan = Plan(raw=raw)
    error = failure(server.model())
    assert words in error.message and isinstance(error, InputError if words == "longer" else ModelError)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.binary(max_size=9)
        | st.sampled_from(
            [
                b"data: ",
                b"event: error\n",
                b"\n\n",
                b"{",
                b'{"choices":[{"delta":',
                b"[" * 99_999,
                b"null",
                b"}]}",
                DONE,
            ]
        )
        | st.recursive(
            st.none() | st.text(),
            lambda x: st.dictionaries(
                st.sampled_from(["choices", "delta", "content", "error", "usage"]), x | st.lists(x)
            ),
        ).map(lambda said: f"data: {json.dumps(said)}\n\n".encode()),
        max_size=6,
    )
)
def test_whatever_a_server_sends_is_an_answer_or_an_error_of_ours(server, raw):
    server.plan = Plan(raw=raw)
    failure(server.model())


def test_failed_requests_are_tried_again_once(server):
    server.plan = Plan(status=500, said=None, headers={"retry-after-ms": "1"})
    failure(server.model(retries=1))
    assert len(server.requests) == 2


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
