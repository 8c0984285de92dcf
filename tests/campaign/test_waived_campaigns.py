"""A waived divergence is counted apart; a waiver that is expired, stale or no longer needed fails the run."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from runs import Finished, command, run_toys, toy

from parity.campaign import events as ev
from parity.campaign.plan import Plan
from parity.campaign.tally import Tally
from parity.campaign.waived import judge_waivers
from parity.report.build import load
from parity.triage.waivers import Waiver

TODAY = date.today()


def keep(tmp_path: Path) -> str:
    """Keeps what a wrong toy shows as a regression; the name of it."""
    (found,) = run_toys(tmp_path, "wrong").divergences
    found.save(tmp_path / "fixtures" / "regressions")
    return found.id


def waive(tmp_path: Path, regression: str, *, fingerprint: str = "loop/result", days: int = 30, more: str = "") -> None:
    (tmp_path / "waivers.toml").write_text(
        'schema = "parity/waivers/1"\n[[waiver]]\n'
        f'fingerprint = "{fingerprint}"\nreason = "two nodes are <many>"\nowner = "ada"\n'
        f'issue = "https://example.org/12"\nexpiry = {TODAY + timedelta(days=days)}\n'
        f'regression = "{regression}"\n{more}'
    )


def judged(done: Finished) -> ev.WaiverJudged:
    (event,) = [event for event in done.events if isinstance(event, ev.WaiverJudged)]
    return event


def test_what_is_waived_is_neither_passed_nor_diverged(tmp_path: Path) -> None:
    waive(tmp_path, keep(tmp_path))
    done = run_toys(tmp_path, "wrong")
    assert done.code == 0, done.out + done.err
    assert done.divergences == []
    for phase, name in (("regressions", "regressions"), ("campaign", "graphs")):
        layer = done.layer(phase, name)
        waived = sum(layer.waived.values())
        assert waived > 0
        assert (layer.diverged, layer.agreed) == (0, layer.cases - waived)
    total = done.footer.waived
    assert judged(done).state == "active"
    assert judged(done).cases == total
    assert done.footer.message == f"no difference, {total} cases waived"
    assert f"WAIVED loop/result in {total} cases until" in done.out
    assert "two nodes are <many>" in done.out
    page = (done.folder / "report.html").read_text("utf-8")
    for text in ("two nodes are &lt;many&gt;", "https://example.org/12", "ada", f"{total} waived cases"):
        assert text in page
    report = load(done.folder / "report.json")
    assert (report.verdict, report.waived, report.waivers[0].cases) == ("parity", total, total)
    assert "active" in (done.folder / "summary.md").read_text("utf-8")


def test_another_fingerprint_is_not_waived(tmp_path: Path) -> None:
    keep(tmp_path)
    (path,) = (tmp_path / "fixtures" / "regressions").glob("*.json")
    waive(tmp_path, path.stem, fingerprint="loop/stream")
    done = run_toys(tmp_path, "wrong")
    assert done.code == 1
    assert done.footer.outcome == "diverged"
    assert judged(done).state == "passing"
    assert "WAIVER passing loop/stream" in done.out


@pytest.mark.parametrize("more", ['subject = "core"\n', 'layer = "values"\n'])
def test_a_waiver_for_something_else_lets_nothing_pass(tmp_path: Path, more: str) -> None:
    waive(tmp_path, keep(tmp_path), more=more)
    assert run_toys(tmp_path, "wrong").footer.outcome == "diverged"


def test_an_expired_waiver_lets_nothing_pass_and_fails_the_run(tmp_path: Path) -> None:
    name = keep(tmp_path)
    waive(tmp_path, name, days=0)
    assert run_toys(tmp_path, "wrong").code == 0
    waive(tmp_path, name, days=-1)
    done = run_toys(tmp_path, "wrong")
    assert (done.code, done.footer.outcome, judged(done).state) == (1, "diverged", "expired")
    assert "WAIVER expired loop/result (ada, https://example.org/12)" in done.out
    done = run_toys(tmp_path, "right")
    assert (done.code, done.footer.outcome, judged(done).state) == (1, "waivers", "expired")


def test_a_waiver_whose_regression_passes_fails_the_run(tmp_path: Path) -> None:
    waive(tmp_path, keep(tmp_path))
    done = run_toys(tmp_path, "right")
    assert done.code == 1
    assert done.footer.outcome == "waivers"
    assert judged(done).state == "passing"
    report = load(done.folder / "report.json")
    assert report.verdict == "waivers"
    assert "1 waiver must go" in (done.folder / "report.html").read_text("utf-8")


def test_a_waiver_must_name_a_regression_that_is_there(tmp_path: Path) -> None:
    waive(tmp_path, "nosuch")
    done = run_toys(tmp_path, "right")
    assert done.code == 2
    assert done.err.count("parity: error: ") == 1
    assert "names a regression that is not there: " in done.err
    assert "Traceback" not in done.err


def plan(waiver: Waiver, **changes: object) -> Plan:
    made = Plan(1, 1, "upstream", "core", "standard", {"graphs": None}, 0, None, 1.0, 1.0, False, True, (waiver,))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cases", "waived", "complete", "state"),
    [
        (100_000, 0, True, "stale"),
        (100_000, 1, True, "active"),
        (100_000, 0, False, "unused"),
        (100, 0, True, "unused"),
    ],
)
def test_one_that_nothing_matched_is_stale_in_a_run_at_size_only(
    tmp_path: Path, cases: int, waived: int, complete: bool, state: str
) -> None:
    name = keep(tmp_path)
    waiver = Waiver("loop/result", "r", "o", "i", TODAY, name)
    tally = Tally(cases=cases, agreed=cases - waived)
    tally.waived["loop/result"] = waived
    finished = [tally.finished("campaign", "graphs", None, 1.0)]
    fixtures = tmp_path / "fixtures"
    (found,) = judge_waivers(plan(waiver), finished, fixtures, complete=complete, today=TODAY)
    assert found.state == state
    # What ran at size must be the layer in which it would show.
    values = [tally.finished("campaign", "values", None, 1.0)]
    (found,) = judge_waivers(plan(waiver), values, fixtures, complete=complete, today=TODAY)
    assert found.state == ("active" if waived else "unused")


def test_the_oracle_is_never_let_differ_from_itself(tmp_path: Path) -> None:
    waive(tmp_path, keep(tmp_path))
    done = run_toys(tmp_path, "right", "--aa-cases", "30", oracle="hashed")
    assert done.footer.outcome == "aa_failed"
    assert done.layer("aa", "graphs").waived == {}


def check(tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        command("waivers", "check", *arguments), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_check_runs_the_regression_of_each(tmp_path: Path) -> None:
    name = keep(tmp_path)
    waive(tmp_path, name)
    code, out, err = check(tmp_path)
    assert (code, err) == (0, ""), out
    assert out.startswith("ok loop/result, until ")
    assert out.endswith("1 waiver checked, all hold\n")
    code, out, _ = check(tmp_path, "--subject", toy("right"))
    assert code == 1
    assert "both sides agree now" in out
    code, out, _ = check(tmp_path, "--subject", toy("panic"))
    assert (code, "it is subject/panic now" in out) == (1, True)
    waive(tmp_path, name, days=-1)
    code, out, _ = check(tmp_path)
    assert (code, out.startswith("EXPIRED loop/result, until ")) == (1, True)
    assert out.endswith("1 waiver checked, 1 must go\n")


def test_check_without_waivers_and_with_a_bad_file(tmp_path: Path) -> None:
    assert check(tmp_path) == (0, "no waivers: there is no waivers.toml\n", "")
    code, out, err = check(tmp_path, "nosuch.toml")
    assert (code, out, err) == (2, "", "parity: error: cannot read nosuch.toml: no such file\n")
    waive(tmp_path, "nosuch")
    code, out, err = check(tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("parity: error: the waiver of loop/result names a regression that is not there: ")
    waive(tmp_path, "nosuch", fingerprint="tasks")
    code, out, err = check(tmp_path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "waivers.toml, line 3, waiver 1, field fingerprint: 'tasks' is no fingerprint" in err
