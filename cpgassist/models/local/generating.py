"""A transformers model as a ChatModel: one prompt, one answer, in the caller's own thread.

No thread runs beside the caller's: each token comes back through a streamer that `generate` calls, so that text arrives at
once, an error is the caller's at once, and what is streamed is what is returned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Event
from typing import Any

from cpgassist.errors import CpgassistError, InputError, ModelError
from cpgassist.models.local.constraint import SHORTEST, CitingProcessor, table_of
from cpgassist.models.local.grammar import Shape
from cpgassist.models.local.prompting import Prompter
from cpgassist.models.local.queue import queue_of
from cpgassist.models.local.streaming import Cancelled, TextStream
from cpgassist.types import Finish, Generated, ModelInfo, Prompt, Usage


class TransformersModel:
    """A loaded model; `cpgassist.models.local.load` makes one. Threads may share it: they are served in turn."""

    def __init__(
        self, model: Any, words: Any, info: ModelInfo, photos_first: bool, constrained: bool = True, waiting: int = 8
    ) -> None:
        """`words` is the processor or tokenizer; `waiting` bounds the queue."""
        self._model = model
        self._info = info
        self._prompter = Prompter(words, info, photos_first)
        self._constrained = constrained
        self._waiting = waiting
        self._ends = end_tokens(model, self._prompter.tokenizer)

    @property
    def info(self) -> ModelInfo:
        """Which model it is."""
        return self._info

    def count_tokens(self, prompt: Prompt) -> int:
        """Tokens of the prompt with its template and pictures, exactly."""
        return self._prompter.count(prompt)

    def generate(
        self, prompt: Prompt, on_text: Callable[[str], None] | None = None, cancel: Event | None = None
    ) -> Generated:
        """What the model writes; see protocols.ChatModel. An exception of `on_text` ends it and is raised as it is."""
        started = time.monotonic()
        length = self._checked_length(prompt)
        with queue_of(self._info.device).turn(self._waiting, cancel) as waited:
            if waited is None:
                spent = time.monotonic() - started
                return Generated("", "cancelled", seconds={"waiting": spent, "total": spent})
            return self._generated(prompt, length, on_text, cancel, started, waited)

    def _generated(
        self,
        prompt: Prompt,
        length: int,
        on_text: Callable[[str], None] | None,
        cancel: Event | None,
        started: float,
        waited: float,
    ) -> Generated:
        stream = TextStream(self._prompter.tokenizer, self._ends, on_text, cancel)
        cancelled = False
        try:
            self._run(prompt, stream, cancel)
        except Cancelled:
            cancelled = True
        except CpgassistError:
            raise
        except Exception as error:
            if error is stream.callers:
                raise
            raise _told(error, self._info) from error
        stream.close()
        finish: Finish = "cancelled" if cancelled else "stop" if stream.ended and not stream.in_thought else "length"
        seconds = {"waiting": waited, "total": time.monotonic() - started}
        if stream.first is not None:
            seconds["first_token"] = stream.first - started
        usage = Usage(length, stream.tokens, self._prompter.photos(prompt))
        return Generated(stream.text, finish, stream.thought, usage, seconds)

    def _checked_length(self, prompt: Prompt) -> int:
        """Tokens of the prompt; raises InputError when it is too long: nothing is ever cut off."""
        if self._shape(prompt) and prompt.max_new_tokens < SHORTEST:
            raise InputError(f"A citing answer takes at least {SHORTEST} tokens.", "Raise max_new_tokens.")
        length = self._prompter.count(prompt)
        if length + prompt.max_new_tokens > self._info.context:
            raise InputError(
                f"The prompt has {length} tokens and the answer may have {prompt.max_new_tokens}, and the model takes"
                f" {self._info.context} together.",
                "Ask with fewer passages or photos.",
            )
        return length

    def _run(self, prompt: Prompt, stream: TextStream, cancel: Event | None) -> None:
        import torch

        with torch.inference_mode(), _cancelling(self._model, cancel), self._seeded(prompt):
            self._model.generate(
                **self._prompter.inputs(prompt, self._model.device, self._model.dtype),
                generation_config=self._settings_for(prompt),
                logits_processor=self._constraint(prompt),
                streamer=stream,
            )

    def _settings_for(self, prompt: Prompt) -> Any:
        import transformers

        settings: Any = transformers.GenerationConfig
        # A model's own settings fill in what stays None: each must be said. Gemma 3's would sample.
        sampling = prompt.temperature > 0
        return settings(
            max_new_tokens=prompt.max_new_tokens,
            do_sample=sampling,
            temperature=prompt.temperature if sampling else 1.0,
            top_k=0 if sampling else 50,
            top_p=1.0,
            num_beams=1,
            repetition_penalty=1.0,
            eos_token_id=list(self._ends),
            pad_token_id=self._ends[0],
        )

    def _shape(self, prompt: Prompt) -> Shape | None:
        """The shape that the reply is held to; None where it is free."""
        return prompt.shape if prompt.shape != "free" and prompt.cites and self._constrained else None

    def _constraint(self, prompt: Prompt) -> list[Any]:
        shape = self._shape(prompt)
        table = table_of(self._prompter.tokenizer) if shape else None
        if shape is None or table is None:
            return []
        thought = self._prompter.thought_tokens if prompt.thinking else None
        return [CitingProcessor(table, shape, prompt.cites, prompt.max_new_tokens, self._ends, thought)]

    @contextmanager
    def _seeded(self, prompt: Prompt) -> Iterator[None]:
        """Samples by the prompt's seed, and leaves the program's own random numbers as they were."""
        import torch

        devices = [self._model.device] if self._model.device.type == "cuda" else []
        with torch.random.fork_rng(devices) if prompt.temperature > 0 else nullcontext():
            if prompt.temperature > 0:
                torch.manual_seed(prompt.seed)
            yield


def end_tokens(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """The tokens that end an answer: those that the model's files name, and its template's end of a turn."""
    named = model.generation_config.eos_token_id
    ends = set(named if isinstance(named, list) else [named]) | {tokenizer.eos_token_id}
    vocabulary = tokenizer.get_vocab()
    ends |= {vocabulary[turn] for turn in ("<end_of_turn>", "<|eot_id|>", "<|im_end|>") if turn in vocabulary}
    return tuple(sorted(ends - {None}))


@contextmanager
def _cancelling(model: Any, cancel: Event | None) -> Iterator[None]:
    """Lets `cancel` end the reading of a long prompt too, between two layers: on a CPU it takes minutes."""
    if cancel is None:
        yield
        return
    from transformers.modeling_layers import GradientCheckpointingLayer

    def look(*_: object) -> None:
        if cancel.is_set():
            raise Cancelled

    layers = [module for module in model.modules() if isinstance(module, GradientCheckpointingLayer)]
    hooks = [layer.register_forward_pre_hook(look) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _told(error: Exception, info: ModelInfo) -> ModelError:
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return ModelError(
            f"{info.device} ran out of memory while {info.name} answered.",
            "Ask with fewer passages or photos, close other programs, or set model_quantisation to nf4.",
        )
    return ModelError(
        f"{info.name} failed: {type(error).__name__}: {str(error)[:500]}",
        "Ask again; should it fail again, report it with this message.",
    )
