"""What real upstream does with values and bytes, and the corpus of them."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import ormsgpack
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from langgraph.checkpoint.serde._msgpack import SAFE_MSGPACK_TYPES

from parity.cases.model import Case, CaseError
from parity.cases.values import MAX_BYTES, check, object_, tag
from parity.corpus.entries.values import entries
from parity.generate import raw, values
from parity.generate.classes import SAFE_TYPES, SAMPLES
from parity.subjects.upstream.objects import build, describe
from parity.subjects.upstream.values import in_deep_stack, observe_bytes, observe_value

ENTRIES = list(entries())

_GENERATE = settings(
    max_examples=250, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def test_the_corpus_is_large_and_without_repetition() -> None:
    kinds = Counter(case.kind for _, case in ENTRIES)
    assert kinds["value"] >= 330
    assert kinds["bytes"] >= 60
    assert len({name for name, _ in ENTRIES}) == len(ENTRIES)
    assert len({case.case_id for _, case in ENTRIES}) == len(ENTRIES)


def test_every_entry_is_canonical_and_observed() -> None:
    for name, case in ENTRIES:
        if case.kind == "value":
            value = case.body["value"]
            assert Case.from_json(case.to_json()) == case
            assert in_deep_stack(0, lambda v=value: describe(build(v), depth=10_000)) == value, name
            events = observe_value(case.body)
            assert [event["e"] for event in events] in (["dumps"], ["dumps", "loads", "strict"]), name
        else:
            assert [event["e"] for event in observe_bytes(case.body)] == ["structure", "gate"], name


def test_observations_are_shallow_enough_for_every_tool() -> None:
    for name, case in ENTRIES:
        observe = observe_value if case.kind == "value" else observe_bytes
        for event in observe(case.body):
            check(event.get("value"), observed=True)
            assert _json_depth(event) < 220, name


def _json_depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        containers = [item for item in level if isinstance(item, (list, dict))]
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    return depth


_WALK = """
import hashlib, json, sys
from parity.corpus.entries.values import entries
from parity.subjects.upstream.values import observe_bytes, observe_value
for name, case in entries():
    events = (observe_value if case.kind == "value" else observe_bytes)(case.body)
    print(name, case.case_id, hashlib.sha256(json.dumps(events).encode()).hexdigest())
"""


def test_the_corpus_does_not_depend_on_the_hash_seed() -> None:
    """No entry has a set whose order Python's string hash decides, so there is no exception to make."""
    runs = []
    for hash_seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", _WALK], capture_output=True, text=True, env=environment, check=True
        )
        runs.append(done.stdout.splitlines())
    assert len(runs[0]) == len(ENTRIES)
    assert runs[0] == runs[1]


def test_the_order_of_a_set_is_the_only_thing_a_hash_seed_changes() -> None:
    code = (
        "import json; from parity.subjects.upstream.values import observe_value; "
        "print(json.dumps(observe_value({'value': {'t': 'set', 'v': list('abcdefgh')}})))"
    )
    seen = set()
    for hash_seed in ("0", "1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        events = json.loads(done.stdout)
        seen.add(events[0]["hex"])
        assert sorted(events[1]["value"]["v"]) == list("abcdefgh")
    assert len(seen) > 1


NOT_CONSTRUCTIBLE = {
    ("pathlib", "WindowsPath"),
    ("pathlib._local", "Path"),
    ("pathlib._local", "PosixPath"),
    ("pathlib._local", "WindowsPath"),
}
"""Of upstream's allowlist, on Linux under CPython 3.10 to 3.12 (`pathlib._local` is of 3.13)."""

NEVER_ITS_OWN = {("pathlib", "Path")}
"""Constructible, but the instance is of another class (`PosixPath`), so it is read and never written."""

_KIND_CLASSES = {
    "path": ("pathlib", "PosixPath"),
    "pattern": ("re", "compile"),
    "uuid": ("uuid", "UUID"),
    "decimal": ("decimal", "Decimal"),
    "deque": ("collections", "deque"),
    "zoneinfo": ("zoneinfo", "ZoneInfo"),
    "send": ("langgraph.types", "Send"),
    **{kind: ("builtins", kind) for kind in ("set", "frozenset")},
    **{kind: ("datetime", kind) for kind in ("datetime", "date", "time", "timedelta", "timezone")},
}


def test_the_corpus_covers_the_allowlist() -> None:
    assert set(SAFE_TYPES) == set(SAFE_MSGPACK_TYPES)
    assert len(SAFE_TYPES) == 49
    read_back = set()
    for _, case in ENTRIES:
        if case.kind == "value":
            strict = observe_value(case.body)[-1].get("value")
            if isinstance(strict, dict):
                if strict["t"] == "object":
                    read_back.add(tuple(strict["cls"].split(":")))
                elif strict["t"] == "ip":
                    read_back.add(("ipaddress", strict["cls"]))
                elif strict["t"] in _KIND_CLASSES:
                    read_back.add(_KIND_CLASSES[strict["t"]])
    missing = set(SAFE_MSGPACK_TYPES) - read_back
    if sys.platform == "linux" and sys.version_info < (3, 13):
        assert missing == NOT_CONSTRUCTIBLE | NEVER_ITS_OWN
    named = {name for name, _ in ENTRIES}
    assert {f"gate/safe-{module}-{name}" for module, name in SAFE_TYPES} <= named


@_GENERATE
@given(values.cases())
def test_every_generated_value_can_be_built_and_observed(case: Case) -> None:
    events = observe_value(case.body)
    assert events[0]["e"] == "dumps"
    json.dumps(events)


@_GENERATE
@given(raw.cases())
def test_every_generated_input_is_observed(case: Case) -> None:
    assert [event["e"] for event in observe_bytes(case.body)] == ["structure", "gate"]


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ({"t": "set", "v": [1, True]}, "/", "equal elements"),
        ({"t": "set", "v": [[]]}, "/", "elements of a set"),
        ({"t": "dict", "v": [[1, 0], [True, 0]]}, "/v/1/0", "equal to an earlier"),
        ({"t": "dict", "v": [[[], 0]]}, "/v/0/0", "not a dict key"),
        ([{"t": "datetime", "v": "2024-01-02 03:04:05"}], "/0/v", "not the canonical text"),
        ({"t": "datetime", "v": "yesterday"}, "/v", "not a datetime"),
        ({"t": "date", "v": [2024, 2, 30]}, "/v", "not a date"),
        ({"t": "timedelta", "v": [0, 90000, 0]}, "/v", "not normalised"),
        ({"t": "zoneinfo", "key": "Mars/Base"}, "/key", "not a time zone"),
        ({"t": "path", "parts": ["a/b"]}, "/parts", "parts of a path"),
        ({"t": "pattern", "pattern": "(", "flags": 32}, "/", "not a pattern"),
        ({"t": "pattern", "pattern": "a", "flags": 0}, "/flags", "final flags are 32"),
        ({"t": "pattern", "pattern": "a", "flags": 160}, "/flags", "DEBUG"),
        ({"t": "ndarray", "dtype": "<f8", "shape": [2], "order": "F", "hex": "00" * 16}, "/order", "written C"),
        ({"t": "ndarray", "dtype": "<f8", "shape": [2], "order": "C", "hex": "00"}, "/hex", "expected 16 bytes"),
        ({"t": "ndarray", "dtype": "|O8", "shape": [1], "order": "C", "hex": "00" * 8}, "/dtype", "dtype"),
        ({"t": "exception", "cls": "builtins:int", "args": [], "repr": "0"}, "/cls", "exception class"),
        ({"t": "exception", "cls": "builtins:ValueError", "args": [], "repr": "x"}, "/repr", "the repr is"),
        (object_(0, "os:system", "true"), "/cls", "may not be named"),
        (object_(0, f"{SAMPLES}:Nothing", 1), "/cls", "no such class"),
        (object_(0, f"{SAMPLES}:Color", 99), "/payload", "cannot be made"),
        (object_(0, f"{SAMPLES}:Color", True), "/", "would not give this code and payload"),
        (object_(2, f"{SAMPLES}:Color", 1), "/payload", "cannot be made"),
        (object_(2, f"{SAMPLES}:Point", tag({"y": 1})), "/payload", "no value for the field x"),
        (object_(2, f"{SAMPLES}:Point", tag({"y": 1, "x": 1})), "/", "would not give this code and payload"),
        ({"t": "str", "hex": "61"}, "/", "JSON string"),
        ({"t": "str", "hex": "ff"}, "/hex", "not UTF-8"),
    ],
)
def test_a_value_that_is_not_canonical_is_refused_with_its_place(value: Any, where: str, what: str) -> None:
    with pytest.raises(CaseError, match=what) as caught:
        build(value)
    assert caught.value.where == where
    assert "\n" not in str(caught.value)


def test_strict_reading_keeps_the_payload_of_a_class_outside_the_allowlist() -> None:
    point = object_(2, f"{SAMPLES}:Point", tag({"x": 1, "y": None}))
    dumps, loads, strict = observe_value({"value": point})
    assert dumps["tag"] == "msgpack"
    assert loads["value"] == point
    assert strict["value"] == point["payload"]


def test_an_unserialisable_object_is_an_error_event() -> None:
    assert observe_value({"value": [{"t": "opaque"}]}) == [
        {"e": "dumps", "error": {"type": "TypeError", "message": "Type is not msgpack serializable: Opaque"}}
    ]


def test_structure_constructs_nothing_and_the_gate_names_what_is_blocked() -> None:
    data = ormsgpack.packb(ormsgpack.Ext(0, ormsgpack.packb(["os", "no_such_name", 1])))
    structure, gate = observe_bytes({"hex": data.hex()})
    assert structure["value"] == {"t": "ext", "code": 0, "v": ["os", "no_such_name", 1]}
    assert gate == {"e": "gate", "events": [{"kind": "msgpack_blocked", "module": "os", "name": "no_such_name"}]}
    broken, _ = observe_bytes({"hex": "d400c1"})
    assert broken["value"] == {"t": "ext", "code": 0, "hex": "c1"}


def test_nothing_read_is_printed_or_logged(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    debug = ormsgpack.packb(ormsgpack.Ext(1, ormsgpack.packb(["re", "compile", ["a", 128]])))
    observe_bytes({"hex": debug.hex()})
    observe_value({"value": object_(0, f"{SAMPLES}:Mood", "wild")})
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert not logging.getLogger("langgraph.checkpoint.serde.jsonplus").disabled


def test_nesting_that_overflows_an_ordinary_stack_is_survived() -> None:
    """94 KB of arrays inside extensions kill the interpreter when read in the main thread, so a process tries it."""
    code = (
        "import ormsgpack\n"
        "data = b'\\x01'\n"
        "for _ in range(900): data = ormsgpack.packb(ormsgpack.Ext(7, b'\\x91' * 100 + data))\n"
        "from parity.subjects.upstream.values import observe_bytes\n"
        "import sys\n"
        "print(observe_bytes({'hex': data.hex()})[0].keys(), flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "dict_keys(['e', 'value'])" in done.stdout
    with pytest.raises(CaseError, match="more than"):
        observe_bytes({"hex": "c0" * (MAX_BYTES + 1)})
