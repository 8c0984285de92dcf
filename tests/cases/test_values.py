"""Tagged values: made, checked, walked and shown without LangGraph."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from parity.cases import values as v
from parity.cases.model import Case, CaseError
from parity.cases.schema import validate
from parity.corpus.entries.values import entries

SMALL = [case.body["value"] for _, case in entries() if case.kind == "value" and len(str(case.body)) < 4000]

SHALLOW = [value for value in SMALL if max(where.count("/") for where, _ in v.walk(value)) < 12]


def test_plain_data_are_tagged_exactly() -> None:
    tagged = v.tag({"a": [1, 2**53, -0.0, "\ud800", b"\x00", (None, True)], 1: {}})
    assert tagged == v.dict_(
        (
            "a",
            [
                1,
                {"t": "int", "v": "9007199254740992"},
                {"t": "float", "bits": "8000000000000000"},
                {"t": "str", "hex": "eda080"},
                {"t": "bytes", "hex": "00"},
                {"t": "tuple", "v": [None, True]},
            ],
        ),
        (1, {"t": "dict", "v": []}),
    )
    with pytest.raises(TypeError, match="not plain data: set"):
        v.tag({1})


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        (1.5, "/", "float"),
        (2**53, "/", "2\\*\\*53"),
        ("\ud800", "/", "lone surrogates"),
        ({}, "/", "unknown kind"),
        ({"t": "nope"}, "/", "unknown kind"),
        ({"t": 1}, "/", "unknown kind"),
        ({"t": "deep"}, "/", "unknown kind"),
        ([1, {"t": "bytes", "hex": "0"}], "/1/hex", "hexadecimal"),
        ({"t": "bytes", "hex": "AB"}, "/hex", "hexadecimal"),
        ({"t": "bytes"}, "/", "needs 'hex'"),
        ({"t": "opaque", "x": 1}, "/", "no member 'x'"),
        ({"t": "int", "v": "12"}, "/v", "2\\*\\*53"),
        ({"t": "dict", "v": [[1]]}, "/v", "pairs"),
        ({"t": "dict", "v": [[1, {"t": "tuple", "v": 3}]]}, "/v/0/1/v", "array of values"),
        ({"t": "send", "node": "n", "arg": None, "timeout": None}, "/timeout", "TimeoutPolicy"),
        ({"t": "object", "code": 3, "cls": "a:B", "payload": None}, "/code", "extension code"),
        ({"t": "object", "code": 1, "cls": "a.B", "payload": None}, "/cls", "module:Name"),
        ({"t": "subclass", "base": "list", "v": "x"}, "/v", "kind list"),
        ({"t": "time", "v": [1, 2, 3, 4, None, "0"]}, "/v", "fold"),
        ({"t": "ndarray", "dtype": "f8", "shape": [], "order": "C", "hex": ""}, "/dtype", "dtype"),
    ],
)
def test_a_malformed_value_is_refused_with_its_place(value: Any, where: str, what: str) -> None:
    with pytest.raises(CaseError, match=what) as caught:
        v.check(value)
    assert caught.value.where == where
    assert "\n" not in str(caught.value)


def test_observed_kinds_are_accepted_only_in_observations() -> None:
    for value in (
        {"t": "deep"},
        {"t": "missing"},
        {"t": "ext", "code": -1, "hex": ""},
        {"t": "ext", "code": 0, "v": 1},
    ):
        v.check([value], observed=True)
        with pytest.raises(CaseError):
            v.check([value])
    with pytest.raises(CaseError, match="either"):
        v.check({"t": "ext", "code": 0, "v": 1, "hex": ""}, observed=True)


def test_limits_end_in_one_line() -> None:
    deep: Any = 1
    for _ in range(v.MAX_JSON_DEPTH + 1):
        deep = [deep]
    with pytest.raises(CaseError, match="nested deeper"):
        v.check(deep)
    with pytest.raises(CaseError, match="more than"):
        v.check([None] * (v.MAX_NODES + 1))


def test_check_and_schema_say_the_same() -> None:
    """Every small corpus value passes both; damaged in one place, both refuse or both pass."""
    damages = 0
    for value in SHALLOW[::3]:
        v.check(value)
        validate({"schema": "parity/case/1", "kind": "value", "value": value}, "case")
        for damaged in _damaged(value):
            assert _accepted(v.check, damaged) == _accepted(validate, _wrap(damaged), "case"), damaged
            damages += 1
    assert damages > 300


def _wrap(value: Any) -> dict[str, Any]:
    return {"schema": "parity/case/1", "kind": "value", "value": value}


def _accepted(work: Any, *args: Any) -> bool:
    try:
        work(*args)
    except CaseError:
        return False
    return True


def _damaged(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        return [[value, 0.5]]
    out: list[Any] = [{**value, "more": 1}, {**value, "t": "nope"}, {"t": value["t"]}]
    for name in value:
        if name != "t":
            out += [{**value, name: junk} for junk in (None, 7, "zz", [0.5], {"t": "nope"})]
    return out


def test_a_deep_value_is_a_valid_case() -> None:
    deep: Any = 1
    for _ in range(257):
        deep = v.dict_(("k", deep))
    case = Case.from_json(_wrap(deep))
    assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case


def test_walk_gives_every_value_with_a_pointer_that_leads_to_it() -> None:
    for value in SMALL:
        for where, found in v.walk(value):
            at: Any = value
            for step in where.split("/")[1:]:
                at = at[int(step)] if isinstance(at, list) else at[step]
            assert at is found or at == found
    assert v.kinds_in(
        {"t": "time", "v": [1, 2, 3, 4, {"t": "timezone", "args": [{"t": "timedelta", "v": [0, 0, 0]}]}, 0]}
    ) == {
        "time",
        "timezone",
        "timedelta",
        "int",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (v.tag({"a": [1, (2,), b"x", 2.0, None]}), "{'a': [1, (2,), b'x', 2.0, None]}"),
        (v.float_("7ff8000000000001"), "nan(0x7ff8000000000001)"),
        (v.float_(float("inf")), "float('inf')"),
        (v.str_("\ud800"), "'\\ud800'"),
        ({"t": "send", "node": "n", "arg": 1}, "Send('n', 1)"),
        ({"t": "set", "v": [1]}, "set([1])"),
        ({"t": "deep"}, "<deep>"),
    ],
)
def test_literal_reads_like_python(value: Any, text: str) -> None:
    assert v.literal(value) == text


def test_literal_is_total_and_bounded() -> None:
    junk = [
        {"t": "float", "bits": "zz"},
        {"t": "dict", "v": 3},
        {"no": 1},
        {"t": ["x"]},
        1.5,
        {"t": "str", "hex": "ff"},
    ]
    for value in [*junk, *(case.body.get("value") for _, case in entries())]:
        text = v.literal(value, limit=200)
        assert 0 < len(text) <= 200


def test_cases_import_neither_langgraph_nor_numpy() -> None:
    code = "import sys, parity.cases.model; print({'langgraph', 'numpy', 'ormsgpack'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
