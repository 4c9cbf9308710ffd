"""A model server on loopback that behaves, or misbehaves, as a test tells it."""

import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cpgassist.models.servers import ServerModel

MODEL = "fake-medgemma"
CONTEXT = 8192
WORDS = "rest drink water cool shade walk sleep warm broth salt lemon honey".split()


def echo(body: dict) -> list[str]:
    """Pieces of a text that any change of the request changes."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    return [("" if n == 0 else " ") + WORDS[byte % len(WORDS)] for n, byte in enumerate(digest[:24])] + ["."]


@dataclass
class Plan:
    """What the server does next."""

    pieces: list | None = None
    """Content of the chunks; what `echo` makes of the request when None."""
    status: int = 200
    said: object = None
    """The JSON of a failure."""
    headers: dict = field(default_factory=dict)
    finish: str | None = None
    """"stop", or "length" where max_tokens ended it, when None; "" for no finish at all."""
    raw: list | None = None
    """Bytes to send as the stream, in place of all else."""
    reasoning: str = ""
    usage: bool = True
    gate: threading.Event | None = None
    """Waited for after the first chunk (before the headers with `stall`)."""
    stall: bool = False
    endless: bool = False


class FakeServer:
    """Serves /v1/models and /v1/chat/completions (or any path that ends so) by `plan`; `requests` are those it got."""

    def __init__(self) -> None:
        self.plan = Plan()
        self.models = [{"id": MODEL, "object": "model"}]
        self.requests: list[dict] = []
        self.hung_up = threading.Event()
        fake = self

        class Handler(_Handler):
            server_model = fake

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.host = f"127.0.0.1:{self._http.server_port}"
        self.url = f"http://{self.host}/v1"

    def __enter__(self):
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        if self.plan.gate is not None:
            self.plan.gate.set()
        self._http.shutdown()
        self._http.server_close()

    def encrypt(self, certificate, key) -> None:
        """Speak TLS from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self._http.handle_error = lambda *_: None

    def model(self, **options) -> ServerModel:
        """A ServerModel on this server."""
        return ServerModel(self.url, MODEL, **{"retries": 0, "seconds": 20, **options})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._got(None)
        models = self.server_model.models
        self._json(404 if models is None else 200, {"object": "list", "data": models})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._got(body)
        plan = self.server_model.plan
        if plan.stall:
            plan.gate.wait(10)
        length = _length(body)
        if length > CONTEXT:
            return self._json(400, {"error": {"message": f"maximum context length is {CONTEXT} tokens", "code": 400}})
        if plan.status != 200:
            return self._json(plan.status, plan.said, plan.headers)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for event in plan.raw if plan.raw is not None else _events(plan, body):
                self.wfile.write(event)
                self.wfile.flush()
        except OSError:
            self.server_model.hung_up.set()

    def _got(self, body):
        self.server_model.requests.append(
            {"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}, "body": body}
        )

    def _json(self, status, said, headers=None):
        data = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(data)

    def log_message(self, *_):
        pass


def _length(body: dict) -> int:
    """Tokens, as this server counts them: four characters of text, and 256 a photo."""
    contents = [message["content"] for message in body["messages"]]
    items = [item for content in contents if isinstance(content, list) for item in content]
    texts = [content for content in contents if isinstance(content, str)] + [item.get("text", "") for item in items]
    return 1 + sum(map(len, texts)) // 4 + 256 * sum(item["type"] == "image_url" for item in items)


def event(delta=None, finish=None, **more) -> bytes:
    """One chunk of a chat completion."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": choices, **more}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def _events(plan: Plan, body: dict) -> Iterator[bytes]:
    pieces = echo(body) if plan.pieces is None else plan.pieces
    limit = body.get("max_tokens", 10_000)
    yield event({"role": "assistant", "content": ""})
    if plan.reasoning:
        yield event({"reasoning_content": plan.reasoning})
    for number, piece in enumerate(pieces[:limit]):
        yield event({"content": piece})
        if number == 0 and plan.gate is not None and not plan.stall:
            plan.gate.wait(10)
    pace = threading.Event()
    while plan.endless:
        pace.wait(0.005)
        yield event({"content": " more"})
    finish = ("length" if len(pieces) > limit else "stop") if plan.finish is None else plan.finish
    if finish:
        yield event({}, finish)
    if plan.usage and body.get("stream_options", {}).get("include_usage"):
        yield event(usage={"prompt_tokens": _length(body), "completion_tokens": min(len(pieces), limit)})
    yield DONE


# ---- makers for the contract suite: a model whose text depends on the whole request; its `close` stops the server


def make_server_model(**options) -> ServerModel:
    """A ServerModel."""
    server = FakeServer().__enter__()
    return _closing(server.model(**options), server)


def make_vertex_model(**options) -> ServerModel:
    """A ServerModel on an endpoint of Vertex AI, with a token provider."""
    server = FakeServer().__enter__()
    url = f"http://{server.host}/v1beta1/projects/p/locations/l/endpoints/1"
    options = {"retries": 0, "seconds": 20, "key": lambda: "token", "backend": "vertex", **options}
    return _closing(ServerModel(url, "", **options), server)


def make_llama_index_model():
    """A ServerModel as a llama-index LLM, as our ChatModel again."""
    from cpgassist.llamaindex import GuidelineLLM, LlamaIndexModel

    served = make_server_model()
    model = LlamaIndexModel(
        GuidelineLLM(served),
        vision=True,
        options=lambda prompt: {
            "max_tokens": prompt.max_new_tokens,
            "temperature": prompt.temperature,
            "seed": prompt.seed,
        },
    )
    model.close = served.close
    return model


def _closing(model, server):
    model.close = lambda: server.__exit__()
    return model
