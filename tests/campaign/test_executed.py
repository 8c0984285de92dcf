"""What a run counts is what was executed: by the oracle's events, not by what a case holds."""

from __future__ import annotations

import json
from pathlib import Path

from runs import run

from parity.campaign.worker import executed_of, features_of
from parity.cases.model import Case
from parity.generate.pairs import PairTable
from parity.report.build import load

PLANTED = Case(
    "program",
    {
        "graphs": {
            "main": {
                "form": "state",
                "state": {"log": {"channel": "LastValue"}},
                "nodes": [
                    {"name": "a", "do": [{"op": "emit", "value": {"lit": 1}}], "returns": "none"},
                    {"name": "b", "do": [{"op": "store", "do": "get", "namespace": ["n"], "key": "k", "var": "v"}]},
                ],
                "edges": [["__start__", "a"], ["b", "__end__"]],
                "joins": [],
                "branches": [
                    {"from": "a", "name": "go", "path": {"if": {"has": "log"}, "then": ["b"], "else": ["__end__"]}}
                ],
            }
        },
        "run": {"store": True, "ops": [{"op": "run", "input": {"t": "dict", "v": []}, "stream_mode": "values"}]},
    },
)
"""Holds a node `b` with the feature `store` that no run comes to."""


def test_a_feature_that_is_held_and_never_executed_is_not_counted(tmp_path: Path) -> None:
    Case.from_json(PLANTED.to_json())
    assert "store" in features_of(PLANTED)
    kept = tmp_path / "fixtures" / "regressions"
    kept.mkdir(parents=True)
    (kept / "planted.json").write_text(json.dumps(PLANTED.to_json()))
    options = ("--layer", "programs", "--cases", "1", "--aa-cases", "0", "--workers", "1", "--seed", "5")
    done = run(tmp_path, "run", "--subject", "upstream", "--fixtures", "fixtures", *options)
    assert done.code == 0, done.err
    layer = done.layer("regressions", "regressions")
    assert layer.cases == 1
    assert {"emit", "branch", "no_return"} <= set(layer.features)
    assert "store" not in layer.features
    table = PairTable.from_json(json.loads((done.folder / "pairs-programs.json").read_text()))
    assert "branch+emit" in table.executed
    assert not [pair for pair in table.executed if "store" in pair.split("+")]
    assert layer.pairs_executed <= len(table.executed) < layer.pairs_possible == len(table.possible)
    (shown,) = load(done.folder / "report.json").pairs
    assert shown.executed == table.executed
    page = (done.folder / "report.html").read_text("utf-8")
    assert f"{len(table.executed):,} of {len(table.possible):,} pairs" in page


def test_a_generator_that_cannot_tell_counts_what_a_case_holds() -> None:
    case = Case("bytes", {"hex": "c0"})
    assert executed_of(case, ()) == features_of(case) == {"nil"}
