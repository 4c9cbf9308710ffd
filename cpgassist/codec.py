"""Frozen dataclasses <-> JSON, exactly: what was written comes back equal, and anything else is an error.

One codec serves the index's files and what a sandboxed reader sends back. It is compiled once per type from the
type's own annotations, so a field added to `types` is carried without a change here.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Coder = tuple[Callable[[Any], Any], Callable[[Any], Any]]
"""(to JSON, from JSON) of one type."""


def to_json(kind: type[T], value: T) -> Any:
    """The value as JSON types: lists for tuples, objects for dataclasses and mappings."""
    return _compiled(kind)[0](value)


def from_json(kind: type[T], data: Any) -> T:
    """The value again; raises ValueError, naming the field, when the JSON does not have the shape of `kind`."""
    value: T = _compiled(kind)[1](data)
    return value


def dump_line(kind: type[T], value: T) -> bytes:
    """The value as one line of JSON.

    ASCII, because a lone surrogate from a broken text layer must survive the round trip and U+2028 must not end
    the line.
    """
    return json.dumps(to_json(kind, value), ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _compiled(kind: Any) -> Coder:
    return _coder(kind)


@cache
def _coder(kind: Any) -> Coder:
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record(kind)
    if origin is tuple:
        return _sequence(arguments[0])
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments[1])
    if origin in (Union, types.UnionType):
        return _optional(next(argument for argument in arguments if argument is not type(None)))
    if origin is Literal:
        return _plain("one of " + ", ".join(map(str, arguments)), lambda data: data in arguments)
    if kind is float:
        return _plain("a number", lambda data: type(data) in (float, int))
    return _plain(kind.__name__, lambda data: type(data) is kind)


def _plain(name: str, fits: Callable[[Any], bool]) -> Coder:
    def decode(data: Any) -> Any:
        if not fits(data):
            raise ValueError(f"{data!r:.80} is not {name}")
        return data

    return lambda value: value, decode


def _optional(kind: Any) -> Coder:
    encode, decode = _coder(kind)
    return (
        lambda value: None if value is None else encode(value),
        lambda data: None if data is None else decode(data),
    )


def _sequence(kind: Any) -> Coder:
    encode, decode = _coder(kind)

    def decode_all(data: Any) -> Any:
        if type(data) is not list:
            raise ValueError(f"{data!r:.80} is not a list")
        return tuple([decode(item) for item in data])

    return lambda value: [encode(item) for item in value], decode_all


def _mapping(kind: Any) -> Coder:
    encode, decode = _coder(kind)

    def decode_all(data: Any) -> Any:
        if type(data) is not dict:
            raise ValueError(f"{data!r:.80} is not an object")
        return {name: decode(item) for name, item in data.items()}

    return lambda value: {name: encode(item) for name, item in value.items()}, decode_all


def _record(kind: Any) -> Coder:
    hints = get_type_hints(kind)
    parts = [(field.name, *_coder(hints[field.name])) for field in fields(kind)]
    required = {field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING}
    known = {name for name, _, _ in parts}

    def encode(value: Any) -> Any:
        return {name: inner(getattr(value, name)) for name, inner, _ in parts}

    def decode(data: Any) -> Any:
        if type(data) is not dict:
            raise ValueError(f"{data!r:.80} is not a {kind.__name__}")
        if not (required <= data.keys() <= known):
            odd = sorted((required - data.keys()) | (data.keys() - known))
            raise ValueError(f"a {kind.__name__} lacks or does not know {', '.join(odd)}")
        try:
            return kind(**{name: inner(data[name]) for name, _, inner in parts if name in data})
        except ValueError as error:
            raise ValueError(f"{kind.__name__}: {error}") from error

    return encode, decode
