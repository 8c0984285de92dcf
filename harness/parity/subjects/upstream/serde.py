"""What a serializer with options does with a list of steps (`docs/cases.md` §5)."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import enum
import importlib
import io
import json
import logging
import uuid
import warnings
import zoneinfo
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from langgraph.checkpoint.serde import _msgpack as gate
from langgraph.checkpoint.serde import event_hooks, jsonplus
from langgraph.checkpoint.serde.base import CipherProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer

from parity.cases.schema import CaseError, Json
from parity.subjects.upstream.objects import ENVELOPE_MODULES, Extension, build, describe
from parity.subjects.upstream.odd import ODD
from parity.subjects.upstream.values import UPSTREAM, Codec, in_deep_stack, structure_of

__all__ = ["observe_serde"]

_MAY_NAME = (*ENVELOPE_MODULES, "parity.subjects.upstream.odd")
"""Modules whose names the bytes of a case may call; beside these, upstream's safe types and what does not exist."""

_HARMLESS = {
    *(("builtins", name) for name in ("ValueError", "KeyError", "dict", "list", "int", "complex", "no_such_name")),
    *(("collections", name) for name in ("OrderedDict", "Counter", "no_such_name")),
    ("fractions", "Fraction"),
    ("parity_nothing", "Nothing"),
    ("", ""),
    ("", "Point"),
}


_CONSTANTS = 100
"""Of a long value, how many constants are looked at."""


class _Reversing(CipherProtocol):
    """Turns the bytes around."""

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        return "reversing", bytes(plaintext)[::-1]

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        if ciphername != "reversing":
            raise ValueError(f"unknown cipher {ciphername}")
        return ciphertext[::-1]


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[list[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append([record.levelname, record.getMessage()])


def observe_serde(body: dict[str, Json], codec: Codec = UPSTREAM) -> list[dict[str, Json]]:
    """An event for each step. Raises CaseError for a case that cannot be built or would call what it may not name."""
    return in_deep_stack(0, lambda: _observe(body, codec))


def _observe(body: dict[str, Json], codec: Codec) -> list[dict[str, Json]]:
    options = body["options"]
    with _controlled(options) as (emitted, records):
        steps = _Steps(_serializer(options, codec), codec)
        events = []
        for index, step in enumerate(body["steps"]):
            event = {"e": step["op"], **steps.take(step, f"/steps/{index}")}
            event["events"] = [_tagged(one) for one in emitted]
            event["log"] = records.texts[:]
            emitted.clear()
            records.texts.clear()
            events.append(event)
    return events


def _tagged(event: dict[str, Any]) -> Json:
    return {name: item if name == "kind" else describe(item) for name, item in event.items()}


@contextlib.contextmanager
def _controlled(options: dict[str, Json]) -> Iterator[tuple[list[Any], _Records]]:
    """What upstream says (events, log) is gathered, its memory of warnings is empty, `strict_env` holds inside."""
    emitted: list[Any] = []
    records = _Records()
    loggers = [logging.getLogger(module.__name__) for module in (jsonplus, event_hooks)]
    before = [(logger.propagate, logger.level) for logger in loggers]
    strict = gate.STRICT_MSGPACK_ENABLED
    for memory in (
        jsonplus._warned_unregistered_types,
        jsonplus._warned_blocked_types,
        jsonplus._warned_unreconstructable_types,
    ):
        memory.clear()
    gate.STRICT_MSGPACK_ENABLED = bool(options.get("strict_env", strict))
    unregister = [event_hooks.register_serde_event_listener(emitted.append)]
    if options.get("listener") == "fails":
        unregister.insert(0, event_hooks.register_serde_event_listener(_fails))
    for logger in loggers:
        logger.addHandler(records)
        logger.propagate = False
        logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield emitted, records
    finally:
        gate.STRICT_MSGPACK_ENABLED = strict
        for undo in unregister:
            undo()
            undo()
        for logger, (propagate, level) in zip(loggers, before, strict=True):
            logger.removeHandler(records)
            logger.propagate = propagate
            logger.setLevel(level)


def _fails(_: Any) -> None:
    raise RuntimeError("the listener fails")


def _codes(code: int, data: bytes) -> Any:
    return ("ext", code, data)


def _hook_fails(code: int, _: bytes) -> Any:
    raise LookupError(f"no {code}")


def _interrupts(_: int, __: bytes) -> Any:
    raise KeyboardInterrupt("in the hook")


def _serializer(options: dict[str, Json], codec: Codec) -> Any:
    arguments: dict[str, Any] = {}
    if "pickle_fallback" in options:
        arguments["pickle_fallback"] = options["pickle_fallback"]
    for name in ("allowed_json_modules", "allowed_msgpack_modules"):
        if name in options:
            allowed = options[name]
            arguments[name] = [_key(item) for item in allowed] if isinstance(allowed, list) else allowed
    hooks: dict[str, Any] = {
        "codes": _codes,
        "none": lambda code, data: None,
        "fails": _hook_fails,
        "interrupts": _interrupts,
        "to_json": jsonplus._msgpack_ext_hook_to_json,
        "exported": jsonplus._msgpack_ext_hook,
    }
    if "ext_hook" in options:
        arguments["__unpack_ext_hook__"] = hooks[options["ext_hook"]]
    made = codec.serializer(**arguments)
    return EncryptedSerializer(_Reversing(), made) if "cipher" in options else made


def _key(item: Json) -> Any:
    """An entry of an allowlist: the names as they are, or a class."""
    if isinstance(item, list):
        return tuple(item)
    module, _, name = item["class"].partition(":")
    if not any(module == known or module.startswith(known + ".") for known in _MAY_NAME):
        raise CaseError("/options", f"classes of {module} may not be named in a case")
    return getattr(importlib.import_module(module), name)


class _Steps:
    """Does steps with a serializer, one after the other."""

    def __init__(self, serializer: Any, codec: Codec) -> None:
        self._serializer = serializer
        self._codec = codec
        self._typed: tuple[str, bytes] | None = None

    def take(self, step: dict[str, Json], where: str) -> dict[str, Json]:
        """What the event of a step holds beside its name."""
        op = step["op"]
        if op == "dumps":
            return self._dumps(step, where)
        if op == "loads":
            typed = (step["tag"], bytes.fromhex(step["hex"]))
            _check_named(typed, where, self._codec)
            return self._loads(typed)
        if op == "revive":
            data = bytes.fromhex(step["hex"])
            _check_named(("json", data), where, self._codec)
            return self._revive(data, where)
        if op == "reload":
            return self._loads(self._typed) if self._typed is not None else {"nothing": True}
        if op == "copy":
            self._serializer = copy.copy(self._serializer)
            return {"class": _base_name(self._serializer)}
        return self._allow(step["modules"])

    def _dumps(self, step: dict[str, Json], where: str) -> dict[str, Json]:
        if "odd" in step:
            if step["odd"] not in ODD:
                raise CaseError(f"{where}/odd", "no such object")
            value = ODD[step["odd"]]()
        else:
            value = build(step["value"])
        self._typed = None
        try:
            tag, data = self._serializer.dumps_typed(value)
        except BaseException as error:
            return {"error": _chain(error)}
        self._typed = (tag, data)
        return {"tag": tag, "hex": bytes(data).hex(), "type": type(data).__name__}

    def _revive(self, data: bytes, where: str) -> dict[str, Json]:
        try:
            constructor = json.loads(data)
        except ValueError as error:
            raise CaseError(f"{where}/hex", f"not JSON: {error}") from error
        return self._told(lambda: self._serializer._revive_lc2(constructor))

    def _loads(self, typed: tuple[str, bytes]) -> dict[str, Json]:
        return self._told(lambda: self._serializer.loads_typed(typed))

    def _told(self, read: Callable[[], Any]) -> dict[str, Json]:
        try:
            value = read()
        except BaseException as error:
            return {"error": _chain(error)}
        name = f"{type(value).__module__}.{type(value).__qualname__}"
        return {"value": describe(value), "class": name, "constants": _constants(value)}

    def _allow(self, modules: list[Json]) -> dict[str, Json]:
        keys = [_key(item) for item in modules]
        try:
            merged = self._serializer.with_msgpack_allowlist(keys)
        except BaseException as error:
            return {"error": _chain(error)}
        same, self._serializer = merged is self._serializer, merged
        allowed = merged._allowed_msgpack_modules
        return {"same": same, "allowed": sorted(map(list, allowed)) if isinstance(allowed, set) else allowed}


def _base_name(serializer: Any) -> str:
    return type(serializer).__name__


def _constants(value: Any) -> list[Json]:
    """Of each thing in a loaded value of which Python has only one: what it is, and whether it is that one."""
    found: list[Json] = []
    pending = [value]
    while pending and len(found) < _CONSTANTS:
        one = pending.pop()
        if isinstance(one, enum.Enum):
            found.append([f"enum {one!r}", one is type(one)(one.value)])
        elif isinstance(one, zoneinfo.ZoneInfo):
            found.append([f"zone {one.key}", one.key is not None and one is zoneinfo.ZoneInfo(one.key)])
        elif isinstance(one, dt.timezone) and one == dt.timezone.utc and one.tzname(None) == "UTC":
            found.append(["utc", one is dt.timezone.utc])
        elif isinstance(one, uuid.UUID):
            found.append(["uuid safety", one.is_safe is uuid.SafeUUID.unknown])
        elif isinstance(one, (dt.datetime, dt.time)) and one.tzinfo is not None:
            pending.append(one.tzinfo)
        elif isinstance(one, (tuple, frozenset)) and not one and type(one) in (tuple, frozenset):
            found.append([f"empty {type(one).__name__}", one is type(one)()])
        elif isinstance(one, dict):
            pending += [*one.values(), *one.keys()]
        elif isinstance(one, (list, tuple, frozenset, set, deque)):
            pending += one
        elif isinstance(getattr(one, "__dict__", None), dict) and not isinstance(one, type):
            pending += vars(one).values()
    return found


def _chain(error: BaseException | None) -> Json:
    """An exception with its cause and context, each as deep as it goes (at most ten)."""
    return _linked(error, 10)


def _linked(error: BaseException | None, depth: int) -> Json:
    if error is None or depth == 0:
        return None
    return {
        "type": type(error).__name__,
        "message": str(error),
        "cause": _linked(error.__cause__, depth - 1),
        "context": _linked(error.__context__, depth - 1),
        "suppressed": error.__suppress_context__,
    }


def _check_named(typed: tuple[str, bytes], where: str, codec: Codec) -> None:
    """Raises CaseError if reading these bytes might call what a case may not name."""
    for module, name in _json_names(typed[1]) if typed[0] == "json" else _msgpack_names(typed[1], codec):
        known = any(module == one or module.startswith(one + ".") for one in _MAY_NAME)
        if not (known or (module, name) in gate.SAFE_MSGPACK_TYPES or (module, name) in _HARMLESS):
            raise CaseError(f"{where}/hex", f"{module}.{name} may not be named in a case")


def _json_names(data: bytes) -> Iterator[tuple[str, str]]:
    try:
        pending = [json.loads(data)]
    except ValueError:
        return
    while pending:
        found = pending.pop()
        if isinstance(found, dict):
            names = found.get("id") if found.get("lc") == 2 else None
            if isinstance(names, list) and names and all(isinstance(part, str) for part in names):
                yield ".".join(names[:-1]), names[-1]
            pending += found.values()
        elif isinstance(found, list):
            pending += found


def _msgpack_names(data: bytes, codec: Codec) -> Iterator[tuple[str, str]]:
    try:
        pending = [structure_of(data, UPSTREAM)]
    except Exception:
        return
    while pending:
        found = pending.pop()
        if isinstance(found, Extension) and found.decoded:
            parts = found.value
            if isinstance(parts, list) and len(parts) > 1 and found.code < 6:
                if isinstance(parts[0], str) and isinstance(parts[1], str):
                    yield parts[0], parts[1]
                elif any(isinstance(part, Extension) for part in parts[:2]):
                    yield "what another envelope gives", ""
            pending.append(parts)
        elif isinstance(found, dict):
            pending += [*found.keys(), *found.values()]
        elif isinstance(found, (list, tuple)):
            pending += found
