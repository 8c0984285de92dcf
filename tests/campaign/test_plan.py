"""What a run will do, from what was asked."""

from __future__ import annotations

import pytest

from parity.campaign.floors import FLOORS
from parity.campaign.plan import (
    LAYERS,
    PROFILES,
    PlanError,
    deadlines,
    derive_seed,
    layer_cases,
    parse_cases,
    parse_layers,
    share_out,
)

ALL = tuple(LAYERS)


@pytest.mark.parametrize(
    ("asked", "layers"),
    [
        ([], ALL),
        (["all"], ALL),
        (["graphs"], ("graphs",)),
        (["bytes,values"], ("values", "bytes")),
        (["bytes", "values"], ("values", "bytes")),
        (["graphs", "all"], ALL),
    ],
)
def test_layers(asked: list[str], layers: tuple[str, ...]) -> None:
    assert parse_layers(asked) == layers


def test_a_subject_is_not_asked_for_layers_that_it_does_not_run() -> None:
    assert (
        parse_layers([], "core") == parse_layers(["all"], "core") == tuple(name for name in ALL if name != "programs")
    )
    assert parse_layers([], "rust") == ALL
    with pytest.raises(PlanError, match="core:x does not run the layer programs"):
        parse_layers(["programs"], "core:x")


def test_an_unknown_layer_is_named_with_those_known() -> None:
    with pytest.raises(PlanError, match=r"'grahps'; known: values, channels, graphs, programs, bytes, all"):
        parse_layers(["grahps"])


def test_cases_for_all_or_by_name() -> None:
    assert parse_cases("5", ("values", "graphs")) == {"values": 5, "graphs": 5}
    assert parse_cases("graphs=2,values=1", ("values", "graphs")) == {"values": 1, "graphs": 2}
    assert parse_cases("graphs=2", ("values", "graphs")) == {"graphs": 2}


@pytest.mark.parametrize(
    "text", ["", "x", "0", "-1", "1.5", "graphs=", "graphs=x", "nosuch=1", "=3", "graphs=1,", "1" * 5000]
)
def test_bad_cases_are_one_clear_line(text: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_cases(text, ("graphs",))
    assert "\n" not in str(caught.value)


def test_numbers_win_over_the_profile_and_neither_means_time_alone() -> None:
    profile = PROFILES["quick"]
    assert layer_cases(profile, ("graphs",), "7") == {"graphs": 7}
    assert layer_cases(profile, ("graphs",), None) == {"graphs": profile.cases["graphs"]}
    assert layer_cases(None, ("graphs",), None) == {"graphs": None}


def test_the_profiles_have_the_numbers_of_the_claims() -> None:
    nightly, standard = PROFILES["nightly"].cases, PROFILES["standard"].cases
    assert (nightly["values"], nightly["bytes"]) == (100_000, 1_000_000)
    assert (standard["values"] * 20, standard["bytes"] * 20) == (nightly["values"], nightly["bytes"])
    assert (standard["channels"], standard["graphs"]) == (15000, 5000)
    assert PROFILES["nightly"].aa_cases == 10_000
    assert [FLOORS[profile][layer].cases for profile in PROFILES for layer in ("values", "bytes")] == [
        *(PROFILES[profile].cases[layer] for profile in PROFILES for layer in ("values", "bytes"))
    ]


def test_shares_add_up() -> None:
    assert share_out(10, 3) == [4, 3, 3]
    assert share_out(1, 2) == [1, 0]
    assert share_out(None, 2) == [None, None]


def test_seeds_differ_by_every_part_and_stay_the_same() -> None:
    seeds = {derive_seed(1, "campaign", "graphs", 2, index) for index in range(100)}
    assert len(seeds) == 100
    assert all(0 <= value < 2**63 for value in seeds)
    assert derive_seed(42, "campaign", "graphs", 2, 0) == derive_seed(42, "campaign", "graphs", 2, 0)


def test_the_last_layer_may_use_all_the_time() -> None:
    limits = deadlines(ALL, 100.0)
    assert limits[-1] == pytest.approx(100.0)
    assert limits == sorted(limits, key=lambda limit: limit or 0)
    assert deadlines(ALL, None) == [None] * len(ALL)
    drift = deadlines(ALL, 100.0, drift=True)
    assert drift[-1] == pytest.approx(100.0)
    assert drift != limits
