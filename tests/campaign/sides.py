"""Sides that answer in this process, and a strategy of byte strings, to test the engine with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from parity.campaign.events import Event
from parity.campaign.layer import Context, LayerRun
from parity.campaign.rundir import RunDir
from parity.cases.model import Case
from parity.subjects.protocol import Reply, Status
from parity.triage.pair import Pair

Answer = Any
"""What a side says of a case: a value to observe, or a Status that is a verdict."""


class Side:
    """Observes `answer(data)`; a string that is a status is that verdict. Counts how often it was asked."""

    def __init__(self, answer: Callable[[bytes], Answer]) -> None:
        self._answer = answer
        self.asked = 0
        self.limits: list[float | None] = []
        self.hung: list[float | None] = []

    def run(self, case: Case) -> Reply:
        """The answer."""
        self.asked += 1
        value = self._answer(bytes.fromhex(case.body["hex"]))
        statuses: tuple[Status, ...] = ("unsupported", "panic", "exception", "timeout", "abort", "protocol")
        for status in statuses:
            if value == status:
                return Reply(status, None, "as told", 0.001)
        return Reply("observed", [{"e": "structure", "value": value}], "", 0.001)

    def run_many(self, cases: Sequence[Case], *, limit: float | None = None) -> list[Reply]:
        """The answers; none after one that ends a process. The limits are remembered, and those used up."""
        self.limits.append(limit)
        replies: list[Reply] = []
        for case in cases:
            replies.append(self.run(case))
            if replies[-1].status == "timeout":
                self.hung.append(limit)
            if replies[-1].status in ("panic", "timeout", "abort", "protocol"):
                break
        return replies


def cases() -> SearchStrategy[Case]:
    """Bytes cases of up to 12 bytes."""
    return st.binary(max_size=12).map(lambda data: Case("bytes", {"hex": data.hex()}))


def features(case: Case, _: object = ()) -> set[str]:
    """Whether there are any bytes."""
    return {"some"} if case.body["hex"] else {"none"}


def layer(
    tmp_path: Path,
    oracle: Side,
    subject: Side,
    *,
    wanted: int | None = 200,
    deadline: float | None = None,
    shrink_seconds: float = 5.0,
    known: set[str] | None = None,
    left_out: Callable[[Case], tuple[str, str] | None] = lambda _: None,
) -> tuple[LayerRun, RunDir, list[Event]]:
    """A layer over two sides in a run's folder of its own, and the events it emits."""
    run_dir = RunDir.create(tmp_path, 0)
    emitted: list[Event] = []
    context = Context(
        worker=0,
        run_dir=run_dir,
        oracle="oracle",
        subject="subject",
        seed=0,
        shrink_seconds=shrink_seconds,
        provenance={},
        known=set() if known is None else known,
        emit=emitted.append,
    )
    run = LayerRun(
        context,
        Pair(oracle, subject, before=lambda _: None),
        phase="campaign",
        layer="bytes",
        features=features,
        wanted=wanted,
        deadline=deadline,
        left_out=left_out,
    )
    return run, run_dir, emitted
