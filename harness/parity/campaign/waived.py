"""Waivers in a run: which kept regressions they name, and what became of each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from parity.campaign.events import LayerFinished, WaiverJudged
from parity.campaign.floors import FLOORS
from parity.campaign.plan import Plan, layer_of
from parity.cases.model import Case
from parity.triage.saved import open_saved
from parity.triage.waivers import Waiver, expired, regression_path

__all__ = ["FAILING", "judge_waivers", "regression_case", "watched"]

FAILING = ("expired", "passing", "stale")
"""The states of a waiver that fail a run."""


def regression_case(waiver: Waiver, fixtures: Path) -> Case:
    """The case of the kept regression that a waiver names. Raises CaseError."""
    saved = open_saved(str(regression_path(waiver, fixtures)), ())
    return saved if isinstance(saved, Case) else saved.case


def watched(waivers: Sequence[Waiver], fixtures: Path) -> dict[str, tuple[str, ...]]:
    """By case id, the waivers whose kept regression that case is. Raises CaseError."""
    found: dict[str, tuple[str, ...]] = {}
    for waiver in waivers:
        case_id = regression_case(waiver, fixtures).case_id
        found[case_id] = (*found.get(case_id, ()), waiver.key)
    return found


def judge_waivers(
    plan: Plan, finished: Sequence[LayerFinished], fixtures: Path, *, complete: bool, today: date
) -> list[WaiverJudged]:
    """What became of each waiver of the plan. `complete`: the run came to its end, so what did not match is missing."""
    waived: Counter[str] = Counter()
    passing: Counter[str] = Counter()
    for layer in finished:
        waived.update(layer.waived)
        passing.update(layer.passing)
    judged: list[WaiverJudged] = []
    for waiver in plan.waivers:
        cases = waived[waiver.key]
        state, detail = "active" if cases else "unused", ""
        if expired(waiver, today):
            state, detail = "expired", f"it held until {waiver.expiry.isoformat()}; what it let pass counts"
        elif passing[waiver.key]:
            state, detail = "passing", f"its kept regression {waiver.regression} no longer shows it: take it out"
        elif complete and not cases and (layer_name := _ran_at_size(plan, finished, waiver, fixtures)):
            state, detail = "stale", f"no case of {layer_name} matched it in a run at full size: take it out"
        judged.append(
            WaiverJudged(
                key=waiver.key,
                fingerprint=waiver.fingerprint,
                reason=waiver.reason,
                owner=waiver.owner,
                issue=waiver.issue,
                expiry=waiver.expiry.isoformat(),
                regression=waiver.regression,
                state=state,
                cases=cases,
                detail=detail,
            )
        )
    return judged


def _ran_at_size(plan: Plan, finished: Sequence[LayerFinished], waiver: Waiver, fixtures: Path) -> str:
    """The layer in which the waiver should have shown, if as many of its cases ran as a claim of parity needs."""
    name = waiver.layer or layer_of(regression_case(waiver, fixtures).kind)
    profile = plan.profile if plan.profile != "quick" else "standard"
    floor = FLOORS[profile].get(name)
    ran = sum(layer.cases for layer in finished if (layer.phase, layer.layer) == ("campaign", name))
    return name if floor is not None and ran >= floor.cases else ""
