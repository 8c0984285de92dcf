"""Upstream's checkpoint serializer with its msgpack written and read in Rust.

Needs LangGraph, which the rest of this package does not; import it only where a serializer is wanted.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from typing import Any, TypedDict

from langgraph.checkpoint.serde import jsonplus as _upstream

from langgraph_rs import _core

__all__ = ["CodecCounters", "DirectionCounters", "JsonPlusSerializer", "counters"]


class DirectionCounters(TypedDict):
    """What one direction did since the process began."""

    calls: int
    errors: int
    bytes: int
    values: dict[str, int]
    """Values by kind, those inside others included."""
    python: dict[str, int]
    """What was given to Python, by what it was."""


class CodecCounters(TypedDict):
    """What the codec did since the process began, in all threads."""

    encoded: DirectionCounters
    decoded: DirectionCounters


def counters() -> CodecCounters:
    """Bytes and values coded natively so far, and how often Python was called for what."""
    return _core.codec_counters()


class JsonPlusSerializer(_upstream.JsonPlusSerializer):
    """Drop-in for `langgraph.checkpoint.serde.jsonplus.JsonPlusSerializer`: equal bytes, objects, refusals and events.

    Rust writes and reads the `msgpack` tag. The other tags (`null`, `bytes`, `bytearray`, `json`, `pickle`) and the
    options are upstream's own code.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._use_native_hook()

    def with_msgpack_allowlist(self, extra_allowlist: Iterable[tuple[str, ...] | type]) -> _upstream.JsonPlusSerializer:
        """A serializer that also constructs these types, or this one if that changes nothing; mirrors upstream's."""
        merged = super().with_msgpack_allowlist(extra_allowlist)
        if merged is not self and isinstance(merged, JsonPlusSerializer):
            merged._use_native_hook()
        return merged

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The tag and the bytes of an object; mirrors upstream's, whose TypeError it raises."""
        if obj is None or isinstance(obj, (bytes, bytearray)):
            return super().dumps_typed(obj)
        try:
            return "msgpack", _core.encode_msgpack(obj)
        except TypeError as exc:
            if self.pickle_fallback:
                return "pickle", pickle.dumps(obj)
            raise exc

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object of a tag and bytes; mirrors upstream's, whose ValueError and NotImplementedError it raises."""
        tag, payload = data
        if tag == "msgpack":
            return _core.decode_msgpack(payload, self._unpack_ext_hook)
        return super().loads_typed(data)

    def _use_native_hook(self) -> None:
        # A hook of the user's own, given to the constructor or set later, is called as upstream calls it.
        if not self._custom_unpack_ext_hook:
            self._unpack_ext_hook = _core.ExtHook(self._allowed_msgpack_modules)
