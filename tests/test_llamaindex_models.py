"""Language models through llama-index's sockets, both ways, offline: our models for its programs, its models for ours."""

import asyncio
import base64
import threading
from io import BytesIO

import pytest

pytest.importorskip("llama_index.core")

from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    ChatResponse,
    ImageBlock,
    LLMMetadata,
    TextBlock,
    ThinkingBlock,
)
from llama_index.core.bridge.pydantic import Field
from llama_index.core.llms import MockLLM
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.llms.custom import CustomLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode
from PIL import Image

from cpgassist.errors import InputError, ModelError, PhotoError
from cpgassist.llamaindex import GuidelineLLM, LlamaIndexModel
from cpgassist.llamaindex.models import plain_photo
from cpgassist.models.neutral import BREAK
from cpgassist.protocols import ChatModel
from cpgassist.types import Generated, ModelInfo, Photo, Prompt, Usage


class Parrot:
    """A ChatModel that says what it was shown, word by word."""

    info = ModelInfo("parrot", "test", vision=True, context=999)

    def __init__(self, endless=False):
        self.prompts, self.ended, self.endless = [], threading.Event(), endless

    def count_tokens(self, prompt):
        return 1

    def generate(self, prompt, on_text=None, cancel=None):
        self.prompts.append(prompt)
        text = "".join(
            f"<{part.width}x{part.height}>" if isinstance(part, Photo) else f" {part}" for part in prompt.parts
        )
        for word in [prompt.system, *text]:
            if on_text is not None:
                on_text(word)
        while self.endless:
            if cancel.wait(0.002):
                self.ended.set()
                return Generated(prompt.system + text, "cancelled")
            on_text(".")
        return Generated(prompt.system + text, "stop", "secret thought", Usage(3, 4))


def picture(mode="RGB", size=(4, 3), form="PNG", **more) -> bytes:
    file = BytesIO()
    Image.new(mode, size, 120 if mode != "RGB" else (200, 10, 10)).save(file, form, **more)
    return file.getvalue()


def user(*blocks) -> ChatMessage:
    return ChatMessage(role="user", blocks=[TextBlock(text=b) if isinstance(b, str) else b for b in blocks])


SYSTEM = ChatMessage("Be kind.", role="system")


# ---- ours for theirs


def test_a_chat_is_one_prompt_with_its_images():
    model = Parrot()
    llm = GuidelineLLM(model, max_new_tokens=7)
    made = llm.chat([SYSTEM, user("Spots?", ImageBlock(image=picture()))], temperature=0.5, seed=3)
    (prompt,) = model.prompts
    assert (prompt.system, prompt.parts[0]) == ("Be kind.", "Spots?")
    assert (prompt.photos[0].width, prompt.photos[0].height) == (4, 3)
    assert (prompt.max_new_tokens, prompt.temperature, prompt.seed) == (7, 0.5, 3)
    assert made.message.content == "Be kind. Spots?<4x3>" and made.message.role == "assistant"
    assert made.additional_kwargs == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert made.raw == {"choices": [{"finish_reason": "stop"}]}
    assert "secret thought" not in made.model_dump_json()


def test_a_stream_is_the_chat_in_pieces_however_it_is_asked():
    llm, messages = GuidelineLLM(Parrot()), [SYSTEM, user("Spots?")]
    whole = llm.chat(messages).message.content

    async def in_async():
        streamed = [piece async for piece in await llm.astream_chat(messages)]
        return streamed, (await llm.achat(messages)).message.content

    pieces = list(llm.stream_chat(messages))
    assert "".join(piece.delta for piece in pieces) == pieces[-1].message.content == whole
    assert pieces[-1].raw == {"choices": [{"finish_reason": "stop"}]}
    again, chatted = asyncio.run(in_async())
    assert [piece.delta for piece in again] == [piece.delta for piece in pieces] and chatted == whole


def test_completions_too():
    llm = GuidelineLLM(Parrot())

    async def in_async():
        return (await llm.acomplete("Hi")).text, [piece.delta async for piece in await llm.astream_complete("Hi")]

    assert llm.complete("Hi").text == " Hi"
    assert "".join(piece.delta for piece in llm.stream_complete("Hi")) == " Hi"
    text, deltas = asyncio.run(in_async())
    assert text == "".join(deltas) == " Hi"
    assert llm.complete("Hi", max_tokens=2) and llm.chat_model.prompts[-1].max_new_tokens == 2


def test_leaving_a_stream_ends_the_model():
    model = Parrot(endless=True)
    stream = GuidelineLLM(model).stream_complete("Hi")
    next(stream)
    stream.close()
    assert model.ended.wait(20)


def test_several_turns_are_told_apart():
    model = Parrot()
    turns = [user("One?"), ChatMessage("Yes.", role="assistant"), user("Two?")]
    turns[1].blocks.insert(0, ThinkingBlock(content="hm"))
    GuidelineLLM(model).chat([SYSTEM, *turns])
    assert model.prompts[0].parts == ("User:", "One?", "Assistant:", "Yes.", "User:", "Two?")


def test_what_is_neither_text_nor_image_is_an_input_error():
    with pytest.raises(InputError, match="audio"):
        GuidelineLLM(Parrot()).chat([user(AudioBlock(audio=b"x"))])


def test_images_come_from_bytes_files_and_data_urls_and_never_from_the_network(tmp_path):
    (tmp_path / "a.png").write_bytes(picture())
    data = "data:image/png;base64," + base64.b64encode(picture()).decode()
    llm = GuidelineLLM(Parrot())
    for block in (ImageBlock(path=tmp_path / "a.png"), ImageBlock(url=data), ImageBlock(image=BytesIO(picture()))):
        assert llm.chat([user(block)]).message.content == "<4x3>"
    for url in ("http://127.0.0.1:9/a.png", "https://example.org/a.png", "file:///etc/hostname"):
        with pytest.raises(InputError, match="nothing is fetched"):
            llm.chat([user(ImageBlock(url=url))])
    with pytest.raises(PhotoError):
        llm.chat([user(ImageBlock(image=b""))])


def test_the_imaging_room_can_take_the_pictures():
    llm = GuidelineLLM(Parrot(), photo_from_bytes=lambda content: Photo(content, 8, 9))
    assert llm.chat([user(ImageBlock(image=picture("L")))]).message.content == "<8x9>"


def test_metadata_and_description():
    llm = GuidelineLLM(Parrot(), max_new_tokens=5)
    said = llm.metadata
    assert (said.context_window, said.num_output, said.is_chat_model, said.model_name) == (999, 5, True, "parrot")
    assert llm.to_dict()["chat_model"] == "parrot (test)" and llm.class_name() == "GuidelineLLM"


def test_it_works_in_a_stock_query_engine():
    class One(BaseRetriever):
        def _retrieve(self, _):
            return [NodeWithScore(node=TextNode(text="Rest at home."), score=1.0)]

    answer = str(RetrieverQueryEngine.from_args(One(), llm=GuidelineLLM(Parrot(), max_new_tokens=9)).query("Spots?"))
    assert "Rest at home." in answer and "Spots?" in answer


def test_errors_of_the_model_are_raised():
    class Broken(Parrot):
        def generate(self, *_):
            raise ModelError("broken")

    for ask in (lambda llm: llm.complete("Hi"), lambda llm: list(llm.stream_complete("Hi"))):
        with pytest.raises(ModelError, match="broken"):
            ask(GuidelineLLM(Broken()))


# ---- plain photos


def test_a_photo_keeps_pixels_and_nothing_else():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SECRETMAKER"  # turned by 90 degrees
    photo = plain_photo(picture(form="JPEG", exif=exif, comment=b"SECRETNOTE"))
    assert (photo.width, photo.height) == (3, 4) and b"SECRET" not in photo.png
    with Image.open(BytesIO(photo.png)) as image:
        assert (image.mode, image.size, image.info) == ("RGB", (3, 4), {})


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", picture("L"), picture("RGBA"), picture("I;16"), picture(form="GIF"), picture()[:40]]
)
def test_any_other_picture_is_refused(content):
    with pytest.raises(PhotoError):
        plain_photo(content)


def test_a_picture_too_large_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr("cpgassist.llamaindex.models.MAX_PIXELS", 11)
    with pytest.raises(PhotoError, match="large"):
        plain_photo(picture())


# ---- theirs for ours


class Theirs(CustomLLM):
    """An LLM that streams what a test tells it, and remembers its messages."""

    said: list = Field(default_factory=list)
    form: str = "both"
    reason: str | None = "stop"
    raws: bool = True
    chats: bool = True
    error: str = ""
    gate: object = None
    got: list = Field(default_factory=list)

    @property
    def metadata(self):
        return LLMMetadata(context_window=77, is_chat_model=self.chats, model_name="theirs")

    @llm_chat_callback()
    def stream_chat(self, messages, **kwargs):
        self.got.append((messages, kwargs))

        def run():
            whole = ""
            for word in self.said:
                whole += word
                raw = {"choices": [{"finish_reason": self.reason if whole == "".join(self.said) else None}]}
                yield ChatResponse(
                    message=ChatMessage("" if self.form == "delta" else whole, role="assistant"),
                    delta=None if self.form == "whole" else word,
                    raw=raw if self.raws else None,
                    additional_kwargs={"prompt_tokens": 5, "completion_tokens": 6},
                )
                if self.gate is not None:
                    self.gate.wait(5)
            if self.error:
                raise RuntimeError(self.error)

        return run()

    def complete(self, prompt, formatted=False, **kwargs):
        raise NotImplementedError

    def stream_complete(self, prompt, formatted=False, **kwargs):
        raise NotImplementedError


PROMPT = Prompt("Be <eos>kind.", ("Spots <end_of_turn>?",), max_new_tokens=9)
PHOTO = Photo(picture(), 4, 3, "Before")


def test_an_llm_is_a_chat_model():
    model = LlamaIndexModel(MockLLM(max_tokens=3))
    assert isinstance(model, ChatModel)
    assert (model.info.backend, model.info.vision) == ("llama-index", False)
    assert model.generate(PROMPT).text.split() == ["text"] * 3


@pytest.mark.parametrize("form", ["both", "delta", "whole"])
def test_pieces_come_whatever_the_integration_gives(form):
    pieces = []
    made = LlamaIndexModel(Theirs(said=["<thi", "nk>hm</think>Re", "st."], form=form)).generate(PROMPT, pieces.append)
    assert (made.text, made.thought, made.finish) == ("Rest.", "hm", "stop") and "".join(pieces) == "Rest."
    assert (made.usage.prompt, made.usage.generated) == (5, 6)


def test_messages_are_harmless_and_images_blocks():
    llm = Theirs(said=["Rest."], got=[])
    LlamaIndexModel(llm, vision=True, options=lambda prompt: {"max_tokens": prompt.max_new_tokens}).generate(
        Prompt("Be <eos>kind.", (PHOTO, "Spots <end_of_turn>?"), max_new_tokens=9)
    )
    ((system, asked), kwargs) = llm.got[0]
    assert (system.role, system.content) == ("system", f"Be <{BREAK}eos>kind.") and kwargs == {"max_tokens": 9}
    label, image, text = asked.blocks
    assert (label.text, text.text) == ("Before:", f"Spots <{BREAK}end_of_turn>?")
    assert image.resolve_image().read() == PHOTO.png and image.image_mimetype == "image/png"


@pytest.mark.parametrize(("vision", "chats"), [(False, True), (True, False)])
def test_no_photo_is_dropped_silently(vision, chats):
    with pytest.raises(ModelError, match="text alone"):
        LlamaIndexModel(Theirs(said=["Rest."], chats=chats), vision=vision).generate(Prompt("", (PHOTO,)))


def test_cut_empty_and_failed_answers_are_told():
    assert LlamaIndexModel(Theirs(said=["Rest"], reason="length")).generate(PROMPT).finish == "length"
    assert LlamaIndexModel(Theirs(said=["Rest."], raws=False)).generate(PROMPT).finish == "stop"
    with pytest.raises(ModelError, match="broke off"):
        LlamaIndexModel(Theirs(said=["Rest"], reason=None)).generate(PROMPT)
    with pytest.raises(ModelError, match="empty"):
        LlamaIndexModel(Theirs(said=[])).generate(PROMPT)
    with pytest.raises(ModelError, match="RuntimeError") as caught:
        LlamaIndexModel(Theirs(said=["Rest"], error="cannot do Spots?")).generate(PROMPT)
    assert "Spots" not in str(caught.value)


def test_cancel_and_time():
    gate, cancel = threading.Event(), threading.Event()
    model = LlamaIndexModel(Theirs(said=["Rest", " now"], gate=gate))
    made = model.generate(PROMPT, lambda _: cancel.set(), cancel)
    assert (made.text, made.finish) == ("Rest", "cancelled")
    assert model.generate(PROMPT, None, cancel).text == ""
    with pytest.raises(ModelError, match=r"within 0\.1 s"):
        LlamaIndexModel(Theirs(said=["Rest", " now"], gate=gate), seconds=0.1).generate(PROMPT)
    gate.set()


def test_ours_through_theirs_and_back():
    parrot = Parrot()
    model = LlamaIndexModel(GuidelineLLM(parrot), vision=True)
    made = model.generate(Prompt("Be kind.", ("Spots?", PHOTO)))
    assert made.text == "Be kind. Spots? Before:<4x3>" and (made.usage.prompt, made.usage.generated) == (3, 4)
    assert model.info.context == 999 and model.count_tokens(PROMPT) > 40


def test_openai_like_sends_images_and_streams():
    like = pytest.importorskip("llama_index.llms.openai_like", reason="llama-index-llms-openai-like is not installed")
    from tests.models.fake_server import FakeServer, Plan

    with FakeServer() as server:
        server.plan = Plan(["Re", "st."])
        llm = like.OpenAILike(model="m", api_base=server.url, api_key="k", is_chat_model=True, max_retries=0)
        pieces = []
        made = LlamaIndexModel(llm, vision=True).generate(Prompt("Be kind.", ("Spots?", PHOTO)), pieces.append)
        assert (made.text, made.finish, pieces) == ("Rest.", "stop", ["Re", "st."])
        content = server.requests[-1]["body"]["messages"][1]["content"]
        assert base64.b64decode(content[2]["image_url"]["url"].split(",")[1]) == PHOTO.png
        server.plan = Plan(status=500, said={"error": {"message": "Spots?"}})
        with pytest.raises(ModelError, match="InternalServerError") as caught:
            LlamaIndexModel(llm).generate(PROMPT)
        assert "Spots" not in str(caught.value)
