"""What `parity check --json` writes follows its schema, and the schema lets nothing else pass."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ormsgpack
import pytest

from parity.cases.schema import CaseError, validate
from parity.check.judge import judge_line
from parity.check.model import TRACKS, Line, Loaded, Observation, Options, Timing, track_of
from parity.check.rules import REASONS
from parity.check.run import Check
from parity.check.sides import Run, Times
from parity.check.told import to_json

SCHEMA = Path(__file__).resolve().parents[2] / "harness" / "parity" / "cases" / "schemas" / "check.schema.json"


def observation(*events: dict[str, Any]) -> Observation:
    return Observation({t: tuple(e for e in events if track_of(e) == t) for t in TRACKS}, 0.1)


def put(number: int) -> dict[str, Any]:
    packed = {"tag": "msgpack", "hex": ormsgpack.packb({"n": number}).hex()}
    same = {"ns": "", "checkpoint_id": "c", "parent_id": None, "step": 1, "metadata": None, "blobs": []}
    return {"e": "put", "checkpoint": packed, **same}


def result(text: str) -> dict[str, Any]:
    return {"e": "result", "value": {"t": "dict", "v": [["answer", text]]}}


@pytest.fixture
def told() -> dict[str, Any]:
    """A verdict of three lines, as it is written: the same, with noise; other bytes; an event that is missing."""
    runs = [
        ((result("11111111-aaaa-4bbb-8ccc-000000000001"),), (result("22222222-aaaa-4bbb-8ccc-000000000002"),)),
        ((result("x"), put(1)), (result("x"), put(2))),
        ((result("x"),), ()),
    ]
    lines = []
    for number, (one, two) in enumerate(runs, 1):
        line = Line(number, "input", {}, "t", {}, None)
        # The first line's noise is upstream's own.
        again = two if number == 1 else one
        sides = ([observation(*one), observation(*again)], [observation(*two)])
        lines.append(judge_line(line, *sides, witnessed=False, counted=0))
    loaded = Loaded("LangGraph", ("answer",), False, "its own InMemorySaver", 1, {"langgraph": "1.2.22"})
    upstream, other = (Run(side, loaded, (), b"") for side in ("upstream", "rust"))
    timing = Timing((0.01, 0.02), (0.01, 0.02))
    check = Check("differs", tuple(lines), upstream, other, Times(((timing, timing),) * 3, 2, "", None, ()), (4, 3))
    return dict(json.loads(json.dumps(to_json(check, Options("app:graph"), "inputs.jsonl"))))


def test_what_is_written_follows_it(told: dict[str, Any]) -> None:
    assert [line["verdict"] for line in told["lines"]] == ["same", "differs", "differs"]
    assert told["lines"][0]["rules"] == {"ids": 1}
    assert told["lines"][1]["difference"]["bytes"]["path"] == "n"
    assert told["lines"][2]["difference"]["actual"] is None
    assert told["ratio"]["wall"] == {"median": 1.0, "low": 1.0, "high": 1.0}
    validate(told, "check")


def test_without_times_too(told: dict[str, Any]) -> None:
    for line in told["lines"]:
        line["seconds"] = None
    validate({**told, "rounds": 0, "ratio": {"wall": None, "cpu": None}}, "check")


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.update(schema="parity/check/2"),
        lambda v: v.update(verdict="SAME"),
        lambda v: v.update(more=1),
        lambda v: v.update(lines=[]),
        lambda v: v.pop("headline"),
        lambda v: v["runs"].update(upstream=1),
        lambda v: v["versions"].pop("subject"),
        lambda v: v["ratio"].update(wall=1.0),
        lambda v: v["ratio"]["cpu"].pop("low"),
        lambda v: v["lines"][0].update(verdict="differs"),
        lambda v: v["lines"][1].update(difference=None),
        lambda v: v["lines"][1].update(verdict="same"),
        lambda v: v["lines"][0].update(line=0),
        lambda v: v["lines"][0]["events"].update(chunks=1),
        lambda v: v["lines"][0]["rules"].update(other=1),
        lambda v: v["lines"][0].update(runs=[1]),
        lambda v: v["lines"][0]["seconds"].pop(),
        lambda v: v["lines"][0]["seconds"][0].update(wall=["fast"]),
        lambda v: v["lines"][1]["difference"].update(track="chunks"),
        lambda v: v["lines"][1]["difference"]["expected"].update(e="update"),
        lambda v: v["lines"][1]["difference"]["bytes"].update(expected_hex="0"),
        lambda v: v["lines"][1]["difference"]["bytes"].pop("same_value"),
    ],
)
def test_it_refuses_all_else(told: dict[str, Any], change: Change) -> None:
    other = copy.deepcopy(told)
    change(other)
    with pytest.raises(CaseError):
        validate(other, "check")


def test_it_names_every_rule_and_track_that_there_is() -> None:
    definitions = json.loads(SCHEMA.read_text("utf-8"))["$defs"]
    assert set(definitions["line"]["properties"]["rules"]["propertyNames"]["enum"]) == set(REASONS)
    assert definitions["track"]["enum"] == list(TRACKS)
