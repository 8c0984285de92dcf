"""The whole of `parity check`: upstream twice, the other side, what is in doubt again, and then the times."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from parity.check.judge import LineVerdict, Status, judge_line
from parity.check.model import Line, Options
from parity.check.sides import Run, Times, observe, time_sides

__all__ = ["CONFIRMATIONS", "SELDOM", "Check", "check", "rounds"]

CONFIRMATIONS = 2
"""Once a line differs, both sides run again so often: a graph that seldom varies is no fault of Rust's."""

SELDOM = 8
"""So often instead for as long as a difference shows in some runs only, as that of two errors that race."""

TIMING_SECONDS = 120.0


@dataclass(frozen=True)
class Check:
    """What came of it. `upstream` and `other` are the first runs of each side."""

    verdict: Status
    lines: tuple[LineVerdict, ...]
    upstream: Run
    other: Run
    times: Times | None
    runs: tuple[int, int]


def check(
    options: Options, lines: Sequence[Line], say: Callable[[str], None], after_load: Callable[[Run], None]
) -> Check:
    """Runs it. `after_load` gets upstream's first run before anything is judged, and may raise.

    Raises CheckError where a side cannot load the graph.
    """
    with tempfile.TemporaryDirectory(prefix="parity-check-") as name:
        folder = Path(name)
        say("upstream, first run")
        upstream = [observe(options, "upstream", lines, folder)]
        after_load(upstream[0])
        # Where upstream gives no answer there is nothing to wait for again.
        late = frozenset(
            line.number
            for line, observation in zip(lines, upstream[0].observations, strict=True)
            if observation.timed_out
        )
        say("upstream, second run")
        upstream.append(observe(options, "upstream", lines, folder, without=late))
        say(options.subject)
        others = [observe(options, options.subject, lines, folder, without=late)]
        verdicts = _judge(options, lines, upstream, others)
        while any(v.status == "differs" for v in verdicts) and len(others) <= (most := rounds(verdicts)):
            say(f"in doubt: both sides again, {len(others)} of {most}")
            upstream.append(observe(options, "upstream", lines, folder, without=late))
            others.append(observe(options, options.subject, lines, folder, without=late))
            verdicts = _judge(options, lines, upstream, others)
        alive = not any(observation.ended for run in (*upstream, *others) for observation in run.observations)
        times = None
        if options.repeat != 0 and alive:
            times = time_sides(options, lines, folder, seconds=TIMING_SECONDS, say=say)
    verdict = _verdict(verdicts)
    if verdict == "same" and _is_rust(options) and (times_missing := _nothing_done(others[0], times)):
        verdict, verdicts = "witness", [replace(v, status="witness", detail=times_missing) for v in verdicts]
    return Check(verdict, tuple(verdicts), upstream[0], others[0], times, (len(upstream), len(others)))


def rounds(verdicts: Sequence[LineVerdict]) -> int:
    """How often both sides run again: until what differs has differed every time, or long enough to call it steady."""
    seldom = any(verdict.status == "differs" and verdict.runs[0] < verdict.runs[1] for verdict in verdicts)
    return max(SELDOM, CONFIRMATIONS) if seldom else CONFIRMATIONS


def _judge(
    options: Options, lines: Sequence[Line], upstream: Sequence[Run], others: Sequence[Run]
) -> list[LineVerdict]:
    return [
        judge_line(
            line,
            [run.observations[index] for run in upstream],
            [run.observations[index] for run in others],
            witnessed=_is_rust(options),
            counted=others[0].loaded.counted,
        )
        for index, line in enumerate(lines)
    ]


def _verdict(lines: Sequence[LineVerdict]) -> Status:
    order: tuple[Status, ...] = ("differs", "witness", "undecided", "vacuous")
    for verdict in order:
        if any(line.status == verdict for line in lines):
            return verdict
    return "same"


def _is_rust(options: Options) -> bool:
    return options.subject.partition(":")[0] == "rust"


def _nothing_done(run: Run, times: Times | None) -> str:
    """What is wrong with the proof of all lines together, "" if nothing."""
    if times is not None and times.used:
        return f"{times.used[0]} of upstream was used in place of Rust while it was timed"
    work = [sum((observation.work or {}).values()) for observation in run.observations]
    if times is not None and times.repeats:
        work.append(sum((times.work or {}).values()))
    return "" if all(work) else "Rust did nothing"
