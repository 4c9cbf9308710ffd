"""What a server that fails, lies or is not there leads to: a clear error that repeats no question and no key."""

import json
import os
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("openai", reason="the extra [openai] is not installed")

from cpgassist.errors import InputError, ModelBusyError, ModelError
from cpgassist.models.servers import ServerModel
from tests.fixtures.trials import trials
from tests.models.asked_server import KEY, QUESTION, WITH_PHOTO, failure, server
from tests.models.fake_server import DONE, MODEL, FakeServer, Plan, event

__all__ = ["server"]


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


@settings(max_examples=trials(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
