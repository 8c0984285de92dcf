"""Serde cases on upstream: options, steps, chained errors, and what a case may not name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parity.cases.model import Case
from parity.cases.schema import CaseError
from parity.corpus.entries.serde import ODD_NAMES, entries
from parity.subjects.upstream.odd import ODD
from parity.subjects.upstream.samples import SUBCLASSES
from parity.subjects.upstream.serde import observe_serde

POINT = {
    "t": "object",
    "code": 2,
    "cls": "parity.subjects.upstream.samples:Point",
    "payload": {"t": "dict", "v": [["x", 1], ["y", None]]},
}
RELOAD = {"op": "reload"}


def observe(*steps: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    case = Case("serde", {"options": options, "steps": list(steps)})
    return observe_serde(Case.from_json(case.to_json()).body)


def test_every_odd_object_is_a_case_and_can_be_made() -> None:
    assert set(ODD) == set(ODD_NAMES)
    assert len(ODD_NAMES) == len(set(ODD_NAMES)) > 100
    for make in ODD.values():
        make()
    assert SUBCLASSES.keys() == {"str", "int", "list", "dict", "float", "bytes", "tuple"}


def test_entries_are_valid_and_many() -> None:
    found = list(entries())
    assert len(found) > 700
    assert len({name for name, _ in found}) == len(found)
    for _, case in found:
        assert Case.from_json(case.to_json()) == case


def test_a_step_says_what_was_given_emitted_and_logged() -> None:
    dumped, loaded, again = observe({"op": "dumps", "value": POINT}, RELOAD, RELOAD)
    assert (dumped["e"], dumped["tag"], dumped["type"], dumped["events"], dumped["log"]) == (
        *("dumps", "msgpack", "bytes"),
        [],
        [],
    )
    assert loaded["value"] == POINT
    assert loaded["class"] == "parity.subjects.upstream.samples.Point"
    assert loaded["events"] == [
        {"kind": "msgpack_unregistered_allowed", "module": "parity.subjects.upstream.samples", "name": "Point"}
    ]
    assert len(loaded["log"]) == 1
    # The event comes each time, the warning once.
    assert (again["events"], again["log"]) == (loaded["events"], [])
    # A case begins with an empty memory of warnings.
    assert observe({"op": "dumps", "value": POINT}, RELOAD)[1]["log"] == loaded["log"]


def test_options_are_taken() -> None:
    assert observe({"op": "dumps", "value": POINT}, RELOAD, strict_env=True)[1]["value"] == POINT["payload"]
    assert (
        observe({"op": "dumps", "value": POINT}, RELOAD, allowed_msgpack_modules=None)[1]["value"] == POINT["payload"]
    )
    assert observe({"op": "dumps", "value": {"t": "opaque"}}, pickle_fallback=True)[0]["tag"] == "pickle"
    assert observe({"op": "dumps", "value": 1}, cipher="reversing")[0]["tag"] == "msgpack+reversing"
    hooked = observe({"op": "dumps", "value": POINT}, RELOAD, ext_hook="codes")[1]["value"]
    assert hooked["t"] == "tuple"
    failed = observe({"op": "dumps", "value": POINT}, RELOAD, listener="fails")[1]
    assert ["WARNING", "Serde listener failed"] in failed["log"]
    merged, _, loaded = observe(
        {"op": "allow", "modules": [{"class": POINT["cls"]}]},
        {"op": "dumps", "value": POINT},
        RELOAD,
        allowed_msgpack_modules=None,
    )
    assert merged["same"] is False
    assert loaded["value"] == POINT


def test_a_constructor_is_revived_as_a_subclass_would_have_it() -> None:
    module, _, name = POINT["cls"].partition(":")
    constructor = {"lc": 2, "type": "constructor", "id": [*module.split("."), name], "kwargs": {"x": 1}}
    step = {"op": "revive", "hex": json.dumps(constructor).encode().hex()}
    (refused,) = observe(step, allowed_json_modules=[])
    assert refused["error"]["type"] == "InvalidModuleError"
    assert "No allowed_json_modules configured." in refused["error"]["message"]
    (revived,) = observe(step, allowed_json_modules=True)
    assert revived["value"]["cls"] == POINT["cls"]


def test_errors_come_with_what_they_are_chained_to() -> None:
    (refused,) = observe(
        {"op": "dumps", "value": [{"t": "memoryview", "hex": ""}, {"t": "opaque"}]}, pickle_fallback=True
    )
    assert refused["error"]["type"] == "TypeError"
    assert refused["error"]["message"] == "cannot pickle memoryview objects"
    assert refused["error"]["context"]["message"] == "Type is not msgpack serializable: Opaque"
    (plain,) = observe({"op": "dumps", "odd": "model_dump_chained"})
    assert (plain["error"]["cause"], plain["error"]["context"]) == (None, None)


@pytest.mark.parametrize(
    ("step", "where"),
    [
        (
            {"op": "loads", "tag": "json", "hex": b'{"lc":2,"type":"constructor","id":["os","system"]}'.hex()},
            "/steps/0/hex",
        ),
        ({"op": "loads", "tag": "msgpack", "hex": (b"\xc7\x0d\x00\x93\xa2os\xa6system\xa1x").hex()}, "/steps/0/hex"),
        ({"op": "revive", "hex": b'{"lc":2,"type":"constructor","id":["os","system"]}'.hex()}, "/steps/0/hex"),
        ({"op": "revive", "hex": b"{".hex()}, "/steps/0/hex"),
        ({"op": "dumps", "odd": "no_such"}, "/steps/0/odd"),
        ({"op": "allow", "modules": [{"class": "os:system"}]}, "/options"),
    ],
)
def test_a_case_may_not_name_what_it_likes(step: dict[str, Any], where: str) -> None:
    with pytest.raises(CaseError) as refused:
        observe(step)
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ({}, []),
        ({"unknown": 1}, [RELOAD]),
        ({"ext_hook": "other"}, [RELOAD]),
        ({}, [{"op": "loads", "tag": "pickle", "hex": ""}]),
        ({}, [{"op": "dumps"}]),
        ({}, [{"op": "dumps", "value": {"t": "nothing"}}]),
    ],
)
def test_other_shapes_are_refused(options: dict[str, Any], steps: list[Any]) -> None:
    with pytest.raises(CaseError):
        observe(*steps, **options)
