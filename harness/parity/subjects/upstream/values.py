"""What real upstream does with a value and with raw bytes (`docs/cases.md` §1)."""

from __future__ import annotations

import contextlib
import io
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import ormsgpack
from langgraph.checkpoint.serde.event_hooks import register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from parity.cases.schema import CaseError, Json
from parity.cases.values import MAX_BYTES
from parity.subjects.upstream.objects import Extension, build, describe

__all__ = ["UPSTREAM", "Codec", "error_of", "in_deep_stack", "observe_bytes", "observe_value", "quiet", "structure_of"]

T = TypeVar("T")


@dataclass(frozen=True)
class Codec:
    """What is observed: a serializer class, and a reader of msgpack `(data, ext_hook) -> object`."""

    serializer: Callable[..., Any]
    unpack: Callable[[bytes, Callable[[int, bytes], Any]], Any]


def _unpack(data: bytes, ext_hook: Callable[[int, bytes], Any]) -> Any:
    return ormsgpack.unpackb(data, ext_hook=ext_hook, option=ormsgpack.OPT_NON_STR_KEYS)


UPSTREAM = Codec(JsonPlusSerializer, _unpack)

_STRUCTURE_CODES = range(8)

_BASE_STACK = 64 << 20
_STACK_PER_BYTE = 768
_SHALLOW_BYTES = 1024
"""Input of this length nests no deeper than 340 extensions: neither a stack nor Python's recursion limit is near."""
_STACK_LOCK = threading.Lock()


def error_of(error: BaseException) -> Json:
    """An exception as an observation holds it: the bare class name and the message."""
    return {"type": type(error).__name__, "message": str(error)}


def observe_value(body: dict[str, Json], codec: Codec = UPSTREAM) -> list[dict[str, Json]]:
    """The `dumps`, `loads` and `strict` events of a value case. Raises CaseError if its value cannot be built."""
    return in_deep_stack(0, lambda: _observe_value(body["value"], codec.serializer))


def _observe_value(tagged: Json, serializer: Callable[..., Any]) -> list[dict[str, Json]]:
    value = build(tagged)
    permissive = serializer(allowed_msgpack_modules=True)
    with quiet():
        try:
            tag, data = permissive.dumps_typed(value)
        except Exception as error:
            return [{"e": "dumps", "error": error_of(error)}]
        typed = (tag, bytes(data))
        return [
            {"e": "dumps", "tag": tag, "hex": typed[1].hex()},
            _read("loads", permissive, typed),
            _read("strict", serializer(allowed_msgpack_modules=None), typed),
        ]


def _read(event: str, serializer: JsonPlusSerializer, typed: tuple[str, bytes]) -> dict[str, Json]:
    try:
        value = serializer.loads_typed(typed)
    except Exception as error:
        return {"e": event, "error": error_of(error)}
    return {"e": event, "value": describe(value)}


def observe_bytes(body: dict[str, Json], codec: Codec = UPSTREAM) -> list[dict[str, Json]]:
    """The `structure` and `gate` events of a bytes case. Raises CaseError for input longer than `MAX_BYTES`."""
    data = bytes.fromhex(body["hex"])
    if len(data) > MAX_BYTES:
        raise CaseError("/hex", f"more than {MAX_BYTES} bytes")
    if len(data) <= _SHALLOW_BYTES:
        return _observe_bytes(data, codec)
    return in_deep_stack(len(data), lambda: _observe_bytes(data, codec))


def _observe_bytes(data: bytes, codec: Codec) -> list[dict[str, Json]]:
    structure: dict[str, Json] = {"e": "structure"}
    try:
        structure["value"] = describe(structure_of(data, codec))
    except Exception as error:
        structure["error"] = error_of(error)
    return [structure, _gate(data, codec.serializer)]


def structure_of(data: bytes, codec: Codec = UPSTREAM) -> Any:
    """msgpack read as structure: nothing is constructed, extensions 0 to 7 are read inside by the same rule."""

    def structure(code: int, data: bytes) -> Extension:
        if code in _STRUCTURE_CODES:
            try:
                return Extension(code, data, True, codec.unpack(data, structure))
            except Exception:
                # the outer document is well-formed all the same, so the data stay as they are
                return Extension(code, data, False, None)
        return Extension(code, data, False, None)

    return codec.unpack(data, structure)


def _gate(data: bytes, serializer: Callable[..., Any]) -> dict[str, Json]:
    emitted: list[Any] = []
    event: dict[str, Json] = {"e": "gate", "events": []}
    unregister = register_serde_event_listener(emitted.append)
    try:
        with quiet():
            serializer(allowed_msgpack_modules=None).loads_typed(("msgpack", data))
    except Exception as error:
        event["error"] = error_of(error)
    finally:
        unregister()
    event["events"] = [
        {name: item if name == "kind" else describe(item) for name, item in one.items()} for one in emitted
    ]
    return event


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No log record, warning or print leaves upstream (`re.DEBUG` in a read pattern prints); nothing else changes."""
    logger = logging.getLogger("langgraph.checkpoint.serde.jsonplus")
    disabled = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = disabled


def in_deep_stack(input_bytes: int, work: Callable[[], T]) -> T:
    """Runs `work` in a thread of its own.

    Upstream reads each extension by a nested call of a recursive C reader whose depth counter starts anew, so 94 KB
    of input overflow an 8 MB stack and kill the interpreter. Nesting never exceeds the length of the input, so a stack
    in proportion to it is enough. A fresh thread also puts Python's recursion limit at the same place every time.
    """
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:
            failure.append(error)

    with _STACK_LOCK:
        previous = threading.stack_size(_BASE_STACK + _STACK_PER_BYTE * input_bytes)
        try:
            thread = threading.Thread(target=run, name="parity-observe")
            thread.start()
        finally:
            threading.stack_size(previous)
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
