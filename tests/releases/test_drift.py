"""`parity drift`: a change between two releases is found, placed and told; what one lacks is no change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fake_releases import NO_GRAPHS, NO_RESPONSE_SCHEMA, TOPICS_REVERSED, UNSETTLED, make_release

from parity import cli
from parity.campaign.drift import alike, hold
from parity.cases.model import Case
from parity.generate.needs import NEEDS, lacking
from parity.generate.programs.features import features
from parity.generate.programs.themes import FEATURES
from parity.subjects.releases import cache
from parity.subjects.releases.cache import Installed
from parity.subjects.releases.name import parse_release
from parity.subjects.upstream.surface import surface

FEW = ("--cases", "channels=150", "--layer", "channels", "--aa-cases", "5", "--seed", "1", "--workers", "1")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def drift(*argv: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of a drift."""
    code = cli.main(("drift", *argv, "--fixtures", "nowhere", "--shrink-seconds", "5"))
    [report] = Path("reports").glob("*/report.json")
    found: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return code, found


class TestTwoReleases:
    def test_a_change_is_found_and_placed(self, capsys: pytest.CaptureFixture[str]) -> None:
        make_release("1.2.90")
        make_release("1.2.91", TOPICS_REVERSED)
        code, report = drift("1.2.90", "1.2.91", *FEW)
        assert code == 1
        # Topics of strings, of dicts and of lists of dicts show it: all in one row.
        assert [cause["fingerprint"] for cause in report["fingerprints"]] == ["channels/Topic:value@get.result"]
        identity = report["fingerprints"][0]["id"]
        assert report["drift"]["components"] == {"channels": [identity]}
        assert report["provenance"]["oracle_versions"]["langgraph"] == "1.2.90"
        assert report["provenance"]["subject_versions"]["langgraph"] == "1.2.91"
        assert {layer["phase"] for layer in report["layers"]} == {"aa", "aa_subject", "campaign"}
        page = next(Path("reports").glob("*/report.html")).read_text("utf-8")
        assert "<title>Drift: langgraph 1.2.90 → 1.2.91</title>" in page
        out = capsys.readouterr().out
        assert "channels: 1 change" in out
        # What was kept runs again on the same two releases.
        assert cli.main(("replay", identity)) == 1
        assert f"FAILED {identity}" in capsys.readouterr().out

    def test_no_change(self, capsys: pytest.CaptureFixture[str]) -> None:
        make_release("1.2.90")
        make_release("1.2.91")
        code, report = drift("1.2.90", "1.2.91", *FEW)
        assert code == 0
        assert report["fingerprints"] == []
        assert "no change found" in capsys.readouterr().out

    def test_a_release_that_does_not_agree_with_itself_is_not_judged(self) -> None:
        make_release("1.2.90")
        make_release("1.2.91", UNSETTLED)
        code, report = drift("1.2.90", "1.2.91", *FEW, "--aa-cases", "60")
        assert code == 1
        assert report["verdict"] == "error"
        assert "upstream@1.2.91 differs from itself" in report["reasons"][0]

    def test_what_the_older_one_lacks_is_told_and_is_no_change(self) -> None:
        make_release("1.2.90", NO_RESPONSE_SCHEMA)
        make_release("1.2.91")
        code, report = drift("1.2.90", "1.2.91", *FEW)
        assert code == 0
        assert report["drift"]["lacks"] == {"old": ["langgraph.types.interrupt(response_schema)"], "new": []}
        assert report["drift"]["absent"]["old"] == ["langgraph.types.interrupt(response_schema)"]

    def test_a_kind_that_one_does_not_run_is_no_agreement(self, capsys: pytest.CaptureFixture[str]) -> None:
        make_release("1.2.90", NO_GRAPHS)
        make_release("1.2.91")
        few = ("--cases", "graphs=10", "--layer", "graphs", "--aa-cases", "0", "--seed", "1", "--workers", "1")
        code, report = drift("1.2.90", "1.2.91", *few)
        assert code == 1
        assert report["verdict"] == "vacuity"
        assert report["fingerprints"] == []
        assert "VACUOUS graphs: executed cases: 0, needs 1" in capsys.readouterr().out
        [reason] = next(layer["unsupported_reasons"] for layer in report["layers"] if layer["phase"] == "campaign")
        assert "BackgroundExecutor" in reason


class TestBadInput:
    @pytest.mark.parametrize(
        ("argv", "says"),
        [
            (("1.2.91", "1.2.90"), "1.2.91 is newer than 1.2.90"),
            (("1.2.90", "1.2.90"), "the same release"),
            (("1.1.9", "1.2.90"), "1.1.9 is too old"),
            (("1.2.90", "latest"), "'latest' is not a release"),
            (("1.2.90", "1.2.91+x"), "'x' pins nothing"),
            (("1.2.90", "1.2.91", "--layer", "grafs"), "unknown layer 'grafs'"),
            (("1.2.90", "1.2.91", "--cases", "none"), "whole numbers"),
            (("1.2.90", "1.2.91", "--seconds", "0"), "--seconds"),
            (("1.2.90", "1.2.91", "--aa-cases", "-1"), "--aa-cases"),
            (("1.2.90",), "NEW"),
        ],
    )
    def test_one_line_and_2(self, argv: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
        if "--layer" in argv or "--cases" in argv or "--aa-cases" in argv:
            make_release("1.2.90")
            make_release("1.2.91")
        assert cli.main(("drift", *argv)) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("parity: error: ")
        assert says in captured.err
        assert captured.err.count("\n") == 1

    def test_a_release_that_cannot_be_imported(self, capsys: pytest.CaptureFixture[str]) -> None:
        make_release("1.2.90")
        make_release("1.2.91", "import sys\nsys.modules['langgraph.types'] = None")
        assert cli.main(("drift", "1.2.90", "1.2.91", *FEW)) == 2
        err = capsys.readouterr().err
        assert err.startswith("parity: error: langgraph 1.2.91 cannot be imported")
        assert err.count("\n") == 1


class TestHeldAgainstEachOther:
    def installed(self, distributions: dict[str, str], direct: dict[str, str]) -> Installed:
        return Installed(Path("nowhere"), "1.2.90", distributions, direct, {})

    def test_what_both_accept_is_made_equal(self) -> None:
        old = self.installed({"a": "1", "b": "1", "c": "1", "d": "1"}, {"a": ">=1", "b": "<2", "c": "<2"})
        new = self.installed({"a": "2", "b": "2", "c": "2", "d": "2"}, {"a": ">=1", "b": ">=1", "c": ">=2"})
        assert alike(old, new) == ({"a": "2"}, {"b": "1"})

    def test_a_missing_class_is_one_name(self) -> None:
        make_release(
            "1.2.90", "import langgraph.types as t\nt.__all__ = tuple(n for n in t.__all__ if n != 'Durability')"
        )
        make_release("1.2.91")
        pair = [cache.read(path.parent) for path in sorted((cache.root() / "releases").glob("*/release.json"))]
        assert pair[0] is not None
        assert pair[1] is not None
        held = hold(pair[0], pair[1], (parse_release("1.2.90"), parse_release("1.2.91")))
        assert held.lacks["old"] == ("langgraph.types.Durability",)
        assert held.distributions == (("langgraph", "1.2.90", "1.2.91"),)


def test_every_need_is_that_of_a_feature_that_programs_have() -> None:
    assert set(NEEDS) <= set(FEATURES)


def test_every_need_is_a_name_of_the_oracle_s_surface() -> None:
    """A name that is spelt otherwise would be absent nowhere, and lacking in every release."""
    assert set(NEEDS.values()) <= surface().keys()


@pytest.mark.parametrize(
    ("members", "absent", "left_out"),
    [
        ({"strict": True}, "langgraph.errors.UnknownInterruptError", True),
        ({"strict": False}, "langgraph.errors.UnknownInterruptError", False),
        ({"strict": True}, "langgraph.types.interrupt(response_schema)", False),
    ],
)
def test_an_answer_that_must_name_its_question_needs_a_release_that_can_refuse_it(
    members: dict[str, Any], absent: str, left_out: bool
) -> None:
    asks: dict[str, Any] = {"form": "state", "state": {"a": {"channel": "LastValue"}}, "edges": [["__start__", "n"]]}
    asks["nodes"] = [{"name": "n", "do": [{"op": "interrupt", "value": {"lit": 1}, "var": "x"}]}]
    ops: list[dict[str, Any]] = [{"op": "run", "input": {"t": "dict", "v": [["a", 1]]}}]
    ops.append({"op": "run", "input": {"command": {"resume": 1}}, **members})
    case = Case.from_json({"schema": "parity/case/1", "kind": "program", "graphs": {"main": asks}, "run": {"ops": ops}})
    assert (lacking(features(case), {absent}) == absent) is left_out


def test_a_case_that_needs_what_is_absent_is_left_out() -> None:
    feature, needed = next(iter(NEEDS.items()))
    assert lacking((feature, "other"), {needed}) == needed
    assert lacking((feature,), set()) is None
    assert lacking(("other",), {needed}) is None
