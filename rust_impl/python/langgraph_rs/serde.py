"""Upstream's checkpoint serializer with its msgpack written and read in Rust.

Needs LangGraph, which the rest of this package does not; import it only where a serializer is wanted. Upstream's module
is imported where it is used: under the backend this module loads while that one does.
"""

from __future__ import annotations

import copy
import importlib
import json
import pickle
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from langgraph.checkpoint.serde import _msgpack as _gate
from langgraph.checkpoint.serde.base import SerializerProtocol

from langgraph_rs import _core

if TYPE_CHECKING:
    from langgraph.checkpoint.serde._msgpack import AllowedMsgpackModules

__all__ = [
    "MSGPACK_EXT_HOOK",
    "CodecCounters",
    "DirectionCounters",
    "JsonPlusSerializer",
    "counters",
    "create_msgpack_ext_hook",
    "msgpack_enc",
]


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


def msgpack_enc(data: Any) -> bytes:
    """Mirrors `jsonplus._msgpack_enc`. Raises TypeError in ormsgpack's words."""
    return _core.encode_msgpack(data)


def create_msgpack_ext_hook(
    allowed_modules: set[tuple[str, ...]] | Literal[True] | None,
) -> Callable[[int, bytes], Any]:
    """Mirrors `jsonplus._create_msgpack_ext_hook`: True allows all with a warning, None only the safe types."""
    return _core.ExtHook(allowed_modules)


MSGPACK_EXT_HOOK = create_msgpack_ext_hook(None)
"""Stands for `jsonplus._msgpack_ext_hook`."""


class JsonPlusSerializer(_core.TypedCodec, SerializerProtocol):
    """Drop-in for `langgraph.checkpoint.serde.jsonplus.JsonPlusSerializer`: equal bytes, objects, refusals and events.

    `dumps_typed` and `loads_typed` are Rust's, and so is the `msgpack` tag. The other tags need no codec of their own:
    `null`, `bytes` and `bytearray` are what they hold, `pickle` is Python's, and the legacy `json` is read by Python's
    reader with upstream's rules for what may be revived. Upstream's class knows this one as a subclass.
    """

    def __init__(
        self,
        *,
        pickle_fallback: bool = False,
        allowed_json_modules: Iterable[tuple[str, ...]] | Literal[True] | None = None,
        allowed_msgpack_modules: AllowedMsgpackModules | Literal[True] | None = _gate._SENTINEL,
        __unpack_ext_hook__: Callable[[int, bytes], Any] | None = None,
    ) -> None:
        """Options as upstream's. `LANGGRAPH_STRICT_MSGPACK` decides where `allowed_msgpack_modules` is not given."""
        if allowed_msgpack_modules is _gate._SENTINEL:
            allowed_msgpack_modules = None if _gate.STRICT_MSGPACK_ENABLED else True
        self.pickle_fallback = pickle_fallback
        self._allowed_json_modules = _normalized(allowed_json_modules)
        self._allowed_msgpack_modules = _normalized(allowed_msgpack_modules)
        self._custom_unpack_ext_hook = __unpack_ext_hook__ is not None
        # A hook of the user's own, given here or set later, is called as upstream calls it.
        self._unpack_ext_hook: Callable[[int, bytes], Any] = (
            create_msgpack_ext_hook(self._allowed_msgpack_modules)
            if __unpack_ext_hook__ is None
            else __unpack_ext_hook__
        )

    def with_msgpack_allowlist(self, extra_allowlist: Iterable[tuple[str, ...] | type]) -> JsonPlusSerializer:
        """A serializer that also constructs these types, or this one if that changes nothing; mirrors upstream's."""
        own = self._allowed_msgpack_modules
        if isinstance(own, bool):
            return self
        known = set(own) if own else set()
        merged = known | _module_keys(tuple(extra_allowlist))
        if merged == known:
            return self
        clone = copy.copy(self)
        clone._allowed_json_modules = _normalized(self._allowed_json_modules)
        clone._allowed_msgpack_modules = _normalized(tuple(merged))
        if not clone._custom_unpack_ext_hook:
            clone._unpack_ext_hook = create_msgpack_ext_hook(clone._allowed_msgpack_modules)
        return clone

    def _dumps_refused(self, obj: Any, refusal: TypeError) -> tuple[str, bytes]:
        """The tag and the bytes of what msgpack refuses; called by `dumps_typed` where `pickle_fallback` is set."""
        try:
            raise refusal
        except TypeError:
            return "pickle", pickle.dumps(obj)

    def _loads_rarer(self, data: tuple[str, bytes]) -> Any:
        """What Rust leaves of `loads_typed`: rare tags, and data that are no plain pair."""
        tag, payload = data
        if tag == "null":
            return None
        if tag == "bytes":
            return payload
        if tag == "bytearray":
            return bytearray(payload)
        if tag == "json":
            return json.loads(payload, object_hook=self._reviver)
        if tag == "msgpack":
            return _core.decode_msgpack(payload, self._unpack_ext_hook)
        if self.pickle_fallback and tag == "pickle":
            return pickle.loads(payload)
        raise NotImplementedError(f"Unknown serialization type: {tag}")

    # The legacy `json` tag. Upstream's names: a subclass may override them.

    def _reviver(self, value: dict[str, Any]) -> Any:
        from langgraph.checkpoint.serde import jsonplus

        known = value.get("lc") == 2 and value.get("type") == "constructor"
        if known and value.get("id") is not None:
            safe = jsonplus._is_safe_json_type(value["id"])
            if safe or self._allowed_json_modules:
                try:
                    return self._revive_lc2(value)
                except jsonplus.InvalidModuleError as error:
                    if not safe:
                        text = "Object %s is not in the deserialization allowlist.\n%s"
                        jsonplus.logger.warning(text, value["id"], error.message)
        return jsonplus.LC_REVIVER(value)

    def _revive_lc2(self, value: dict[str, Any]) -> Any:
        from langgraph.checkpoint.serde import jsonplus

        self._check_allowed_json_modules(value)
        *path, name = value["id"]
        try:
            found = getattr(importlib.import_module(".".join(path)), name)
            if isinstance(found, type) and issubclass(found, BaseException):
                return None
            # An envelope's `method` is never followed: only the constructor revives.
            return found(*(value.get("args") or ()), **(value.get("kwargs") or {}))
        except Exception as error:
            jsonplus.logger.warning(
                "Failed to revive lc:2 envelope %s (legacy_method_field=%s, error=%s); returning None",
                ".".join((*path, name)),
                "method" in value,
                type(error).__name__,
            )
            return None

    def _check_allowed_json_modules(self, value: dict[str, Any]) -> None:
        from langgraph.checkpoint.serde import jsonplus

        needed = tuple(value["id"])
        if jsonplus._is_safe_json_type(list(needed)):
            return
        allowed = self._allowed_json_modules
        refused = f"Refused to deserialize JSON constructor: {'.'.join(needed)}. "
        if not allowed:
            raise jsonplus.InvalidModuleError(
                f"{refused}No allowed_json_modules configured.\n\n"
                "Unblock with ONE of:\n"
                f"  • JsonPlusSerializer(allowed_json_modules=[{needed!r}, ...])\n"
                "  • (DANGEROUS) JsonPlusSerializer(allowed_json_modules=True)\n\n"
                "Note: Prefix allowlists are intentionally unsupported; prefer exact symbols "
                "or plain-JSON representations revived without import-time side effects."
            )
        if allowed is not True and needed not in allowed:
            raise jsonplus.InvalidModuleError(
                f"{refused}Symbol is not in the deserialization allowlist.\n\n"
                "Add exactly this symbol to unblock:\n"
                f"  JsonPlusSerializer(allowed_json_modules=[{needed!r}, ...])\n"
                "Or, as a last resort (DANGEROUS):\n"
                "  JsonPlusSerializer(allowed_json_modules=True)"
            )


def _normalized(allowlist: AllowedMsgpackModules | Literal[True] | None) -> set[tuple[str, ...]] | Literal[True] | None:
    """Mirrors `jsonplus._normalize_allowlist`."""
    if allowlist is True:
        return True
    return _module_keys(allowlist) if allowlist else None


def _module_keys(modules: AllowedMsgpackModules) -> set[tuple[str, ...]]:
    """Mirrors `jsonplus._normalize_module_keys`: a class stands for its module and name."""
    return {(item.__module__, item.__name__) if isinstance(item, type) else item for item in modules}


def _known_to_upstream() -> None:
    # Used beside upstream's class and not in its place, this one must pass where upstream asks for that class.
    from langgraph.checkpoint.serde import jsonplus

    upstreams: Any = jsonplus.JsonPlusSerializer
    if upstreams is not JsonPlusSerializer:
        upstreams.register(JsonPlusSerializer)


_known_to_upstream()
