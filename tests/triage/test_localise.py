"""Where a divergence of the drop-in backend lies is said by a second subject: the crates without the bridge."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from makers import Told, bytes_case, failing, make, observed

from parity.cases.model import CaseError
from parity.observe.model import Outcome
from parity.triage.divergence import Divergence
from parity.triage.localise import Localised, Parts, localise, localise_part
from parity.triage.show import show

CASE = bytes_case("c0")
ORACLE, SUBJECT = observed(1), observed(2)


@pytest.mark.parametrize(
    ("second", "at", "told"),
    [
        (ORACLE, "bridge", "in the bridge: `core` agrees with the oracle"),
        (SUBJECT, "core", "in the core: `core` does the same"),
        (Outcome("unsupported", (), "interrupts"), "unsupported", "`core` does not run this case: interrupts"),
        (failing("panic", "boom"), "unclear", "`core` differs too, but otherwise: "),
        (observed(1, 2), "unclear", "`core` differs too, but otherwise: "),
    ],
)
def test_the_second_subject_sides_with_one_or_with_none(second: Outcome, at: str, told: str) -> None:
    side = Told(second)
    found = localise(CASE, ORACLE, SUBJECT, side, "core")
    assert (found.at, found.by) == (at, "core")
    assert told in found.told()
    assert side.asked == [CASE]


def test_a_witness_verdict_is_the_bridges_where_the_crates_are_right() -> None:
    assert localise(CASE, ORACLE, failing("witness", "not Rust"), Told(ORACLE), "core").at == "bridge"


def test_the_same_failure_of_both_is_the_cores() -> None:
    broken = failing("panic", "boom")
    assert localise(CASE, ORACLE, broken, Told(broken), "core").at == "core"


def test_the_file_keeps_it_and_show_tells_it(tmp_path: Path) -> None:
    found = replace(make(), localised=Localised("bridge", "core"))
    loaded = Divergence.load(found.save(tmp_path))
    assert loaded == found
    assert "  in the bridge: `core` agrees with the oracle\n" in show(loaded)


def test_files_of_before_have_none(tmp_path: Path) -> None:
    obj = make().to_json()
    assert obj["localised"] is None
    del obj["localised"]
    assert Divergence.from_json(obj) == make()


@pytest.mark.parametrize("wrong", [5, {"at": "moon", "by": "core", "detail": ""}, {"at": "core"}])
def test_anything_else_is_refused(wrong: object) -> None:
    with pytest.raises(CaseError, match="localised"):
        Divergence.from_json(json.loads(json.dumps({**make().to_json(), "localised": wrong})))


def parts(showing: dict[str, bool]) -> Parts:
    """Two parts and what the subjects that stand for them show; those not named agree with the oracle."""
    return Parts(
        names=("codec", "io"),
        without=lambda *names: "-".join(("rust", *names)),
        only=lambda name: f"rust+{name}",
        side=lambda name: Told(SUBJECT if showing.get(name) else ORACLE),
    )


@pytest.mark.parametrize(
    ("showing", "found", "told"),
    [
        ({"rust-codec": True}, ("io",), "in the part `io`: with upstream's in its place both sides agree"),
        ({"rust+io": True}, ("io",), "in the part `io`: it shows with that alone in Rust, and not without it"),
        ({}, ("codec", "io"), "between the parts `codec`, `io`"),
        (dict.fromkeys(("rust-codec", "rust-io", "rust+none"), True), (), "in no part: it shows even with all"),
        (
            dict.fromkeys(("rust-codec", "rust-io", "rust+codec", "rust+io"), True),
            ("codec", "io"),
            "in several parts, each by itself",
        ),
        (dict.fromkeys(("rust-codec", "rust-io"), True), ("codec", "io"), "in the parts `codec` and `io`"),
        (dict.fromkeys(("rust-codec", "rust-io", "rust-codec-io"), True), (), "in no part or pair of parts"),
    ],
)
def test_the_smallest_set_of_parts_without_which_it_is_gone(
    showing: dict[str, bool], found: tuple[str, ...], told: str
) -> None:
    line, named = localise_part(CASE, ORACLE, SUBJECT, parts(showing))
    assert (named, line.startswith(told)) == (found, True), line


def test_a_missing_witness_has_no_part() -> None:
    assert localise_part(CASE, ORACLE, failing("witness", "not Rust"), parts({})) == ("", ())


def test_the_part_is_kept_and_told() -> None:
    found = Localised("bridge", "core", part="in the part `io`", parts=("io",))
    assert Localised.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert found.told() == "in the bridge: `core` agrees with the oracle; in the part `io`"
