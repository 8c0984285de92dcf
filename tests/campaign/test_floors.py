"""Vacuity: a layer that executed too little fails."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from parity.campaign.events import LayerFinished
from parity.campaign.floors import FLOORS, judge
from parity.campaign.plan import LAYERS, PROFILES, Plan
from parity.campaign.tally import Tally


def plan(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "seed": 1,
        "workers": 1,
        "oracle": "upstream",
        "subject": "core",
        "profile": "standard",
        "cases": {"graphs": 1500},
        "aa_cases": 10,
        "max_time": None,
        "timeout": 1.0,
        "shrink_seconds": 1.0,
        "customised": False,
    }
    return Plan(**{**values, **changes})


def finished(
    phase: str = "campaign", layer: str = "graphs", planned: int | None = 1500, **counts: Any
) -> LayerFinished:
    full = dict.fromkeys(FLOORS["standard"]["graphs"].features("graphs"), 10**6)
    values: dict[str, Any] = {"cases": 1500, "agreed": 1500, "supersteps": 10**6, "features": full, **counts}
    event = Tally(**values).finished(phase, layer, planned, 1.0)
    return event


def missed(the_plan: Plan, event: LayerFinished) -> list[str]:
    return [miss.floor for miss in judge(the_plan, [event], claim=False).missed]


def test_a_full_layer_reaches_every_floor() -> None:
    verdict = judge(plan(), [finished()], claim=False)
    assert verdict.missed == ()
    assert verdict.checked >= 3


def test_too_few_cases_supersteps_or_features_are_named() -> None:
    assert missed(plan(), finished(cases=1499, agreed=1499)) == ["cases"]
    assert missed(plan(), finished(supersteps=10)) == ["supersteps"]
    without = {name: 10**6 for name in FLOORS["standard"]["graphs"].features("graphs") if name != "send"}
    assert missed(plan(), finished(features=without)) == ["cases with feature send"]


def test_declining_is_no_way_to_pass() -> None:
    assert missed(plan(), finished(agreed=1000, unsupported=500)) == ["executed share"]


def test_nothing_at_all_is_not_parity() -> None:
    assert "cases" in missed(plan(), finished(cases=0, agreed=0))
    assert "cases" in missed(plan(customised=True, max_time=5.0), finished(cases=0, agreed=0, planned=None))


def test_chosen_numbers_are_held_to_themselves() -> None:
    chosen = plan(customised=True, cases={"graphs": 50})
    assert missed(chosen, finished(planned=50, cases=50, agreed=50, supersteps=0, features={})) == []
    assert missed(chosen, finished(planned=50, cases=49, agreed=49)) == ["cases"]


def test_the_gate_has_floors_too() -> None:
    assert missed(plan(), finished(phase="aa", planned=60, cases=0, agreed=0, supersteps=0)) == ["cases"]
    assert missed(plan(), finished(phase="aa", planned=60, cases=60, agreed=60, supersteps=0, features={})) == []


def test_a_layer_left_because_of_its_divergences_is_not_judged() -> None:
    assert judge(plan(), [finished(cases=3, agreed=1, diverged=2, stopped="hangs")], claim=False).checked == 0


def test_a_standard_claim_needs_the_recorded_corpora() -> None:
    corpus = finished("corpus", "corpus", None, cases=1200, agreed=1200)
    assert judge(plan(), [finished(), corpus], claim=True).missed == ()
    assert [miss.layer for miss in judge(plan(), [finished()], claim=True).missed] == ["corpus"]
    assert judge(plan(customised=True, cases={"graphs": 1500}), [finished()], claim=True).missed == ()
    few = finished("corpus", "corpus", None, cases=59, agreed=59)
    assert [miss.floor for miss in judge(plan(), [finished(), few], claim=True).missed] == ["cases"]


def test_a_stored_layer_may_be_of_any_size() -> None:
    assert missed(plan(), finished("corpus", "corpus", None, cases=5, agreed=5)) == []


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_the_table_asks_for_no_more_than_the_profile_runs_and_for_features_that_exist(profile: str) -> None:
    assert set(FLOORS[profile]) == set(PROFILES[profile].cases) == set(LAYERS)
    for layer, floor in FLOORS[profile].items():
        assert floor.cases <= PROFILES[profile].cases[layer]
        assert set(floor.rare) <= set(importlib.import_module(LAYERS[layer]).FEATURES)
        assert all(0 < count < floor.cases for count in floor.features(layer).values())


def test_the_standard_profile_asks_for_nearly_every_feature() -> None:
    for layer, floor in FLOORS["standard"].items():
        names = importlib.import_module(LAYERS[layer]).FEATURES
        assert len(floor.features(layer)) >= len(names) - 1


def test_rust_must_have_done_the_work_itself() -> None:
    work = dict.fromkeys(("bytes_encoded", "channel_operations", "tasks"), 10**7)
    rust = plan(subject="rust")
    assert missed(rust, finished(supersteps=5000, work={**work, "supersteps": 5000})) == []
    # One superstep fewer in Rust than the oracle committed, and it was somebody else's.
    assert missed(rust, finished(supersteps=5000, work={**work, "supersteps": 4999})) == ["supersteps in Rust"]
    assert missed(rust, finished(supersteps=5000, work={"supersteps": 5000})) == [
        "bytes_encoded in Rust",
        "channel_operations in Rust",
        "tasks in Rust",
    ]
    assert missed(plan(), finished(supersteps=5000)) == []


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_asks_rust_for_something(layer: str) -> None:
    chosen = plan(subject="rust", cases={layer: 50}, customised=True)
    found = finished(layer=layer, planned=50, cases=50, agreed=50, supersteps=0, features={})
    assert [name for name in missed(chosen, found) if not name.endswith(" in Rust")] == []
    assert missed(chosen, found) != []


def without_postgres(count: int, role: str = "oracle", **counts: Any) -> LayerFinished:
    """A full layer of programs, of which some were left out for want of a server."""
    features = dict.fromkeys(FLOORS["standard"]["programs"].features("programs"), 10**6)
    values: dict[str, Any] = {"features": {**features, "postgres": 0}, **counts}
    reasons = {f"{role}: no PostgreSQL: it is not installed": count}
    return finished(
        layer="programs", cases=1500, agreed=1500 - count, unsupported=count, unsupported_reasons=reasons, **values
    )


def test_programs_that_no_server_was_there_for_are_missed_where_parity_is_claimed() -> None:
    standard = plan(cases={"programs": 1500})
    assert missed(standard, without_postgres(100)) == ["cases with feature postgres"]


def test_a_first_look_needs_no_server() -> None:
    assert missed(plan(profile="quick", cases={"programs": 60}), without_postgres(100)) == []


def test_a_subject_that_declines_what_the_oracle_ran_has_no_such_excuse() -> None:
    quick = plan(profile="quick", cases={"programs": 60})
    assert missed(quick, without_postgres(100, role="subject")) == ["executed share"]


def test_a_layer_that_was_left_out_whole_is_not_parity() -> None:
    quick = plan(profile="quick", cases={"programs": 60})
    assert "executed share" in missed(quick, without_postgres(1500))
