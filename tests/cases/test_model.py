"""A case file is read whole and checked, or refused in one line that says where and what."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from parity.cases.model import Case, CaseError, canonical
from parity.cases.schema import schema_names, validate

PROGRAM: dict[str, Any] = {
    "schema": "parity/case/1",
    "kind": "graph",
    "state": {"a": {"channel": "LastValue"}},
    "nodes": [{"name": "n", "defer": False, "do": [], "returns": "dict"}],
    "edges": [["__start__", "n"]],
    "joins": [],
    "branches": [],
    "run": {"recursion_limit": 5, "versions": "int", "calls": [{"input": None}]},
}


def changed(**members: Any) -> dict[str, Any]:
    return {**PROGRAM, **members}


def test_a_case_survives_its_own_json() -> None:
    case = Case.from_json(PROGRAM)
    assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case


def test_the_id_names_the_content_and_not_the_order_of_members() -> None:
    shuffled = dict(reversed(list(PROGRAM.items())))
    assert Case.from_json(shuffled).case_id == Case.from_json(PROGRAM).case_id
    assert (
        Case.from_json(changed(edges=[["__start__", "n"], ["n", "__end__"]])).case_id != Case.from_json(PROGRAM).case_id
    )


def test_canonical_text_is_sorted_and_ascii() -> None:
    assert canonical({"b": 1, "a": "é"}) == '{"a":"\\u00e9","b":1}'


def test_every_schema_is_a_valid_schema() -> None:
    folder = resources.files("parity.cases") / "schemas"
    for name in schema_names():
        Draft202012Validator.check_schema(json.loads((folder / f"{name}.schema.json").read_text("utf-8")))


def test_every_schema_of_a_whole_file_refuses_what_names_no_version() -> None:
    definitions_only = {"value", "serde", "channel", "graph", "program"}
    whole = set(schema_names()) - definitions_only
    assert {"case", "corpus", "manifest"} <= whole
    for name in whole:
        with pytest.raises(CaseError):
            validate({"schema": "no such thing"}, name)


@pytest.mark.parametrize(
    ("case", "where"),
    [
        ([], "/"),
        ({"schema": "parity/case/2", "kind": "graph"}, "/schema"),
        ({"schema": "parity/case/1", "kind": "poem"}, "/kind"),
        (changed(nodes=[]), "/nodes"),
        (changed(state={}), "/state"),
        (changed(state={"a": {"channel": "Nothing"}}), "/state/a"),
        (changed(edges=[["__start__", "nowhere"]]), "/edges/0/1"),
        (changed(edges=[["n", "__end__"]]), "/edges"),
        (changed(joins=[{"from": ["m"], "to": "n"}]), "/joins/0/from/0"),
        (changed(nodes=[PROGRAM["nodes"][0], PROGRAM["nodes"][0]]), "/nodes/1/name"),
        (changed(state={"n": {"channel": "LastValue"}}), "/nodes/0/name"),
        (
            changed(branches=[{"from": "n", "name": "b", "path": {"each": "z", "node": "n"}, "ends": None}]),
            "/branches/0/path/each",
        ),
        (changed(run={"recursion_limit": 0, "versions": "int", "calls": [{"input": None}]}), "/run/recursion_limit"),
    ],
)
def test_a_malformed_case_is_refused_where_it_is_wrong(case: Any, where: str) -> None:
    with pytest.raises(CaseError) as caught:
        Case.from_json(case)
    assert caught.value.where.startswith(where)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b'{"schema": "parity/case/1"', b"\x00\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_not_json_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(content)
    with pytest.raises(CaseError, match="not JSON"):
        Case.read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="cannot read"):
        Case.read(tmp_path / "none.json")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    with pytest.raises(CaseError, match="larger than"):
        Case.read(path)
