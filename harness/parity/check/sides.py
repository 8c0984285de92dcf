"""All lines on one side, observed; and the two sides in turn, for time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.check.host import Answer, Host
from parity.check.model import TRACKS, Event, Line, Loaded, Observation, Options, Timing, track_of

__all__ = ["Run", "Times", "observe", "time_sides"]


LEAST_ROUNDS, MOST_ROUNDS, ENOUGH_SECONDS = 5, 50, 4.0
"""Rounds for time unless `--repeat` says how many: no fewer, no more, and enough of them once they took so long."""


@dataclass(frozen=True)
class Run:
    """What one side did with every line, and what the user's code printed there."""

    side: str
    loaded: Loaded
    observations: tuple[Observation, ...]
    printed: bytes


@dataclass(frozen=True)
class Times:
    """For each line the times of upstream and of the other side; how often they were taken, and why no oftener.

    `work` adds up what Rust did meanwhile; `used` names upstream's functions that were used in its place.
    """

    lines: tuple[tuple[Timing, Timing], ...]
    repeats: int
    note: str = ""
    work: dict[str, int] | None = None
    used: tuple[str, ...] = ()


def observe(
    options: Options, side: str, lines: Sequence[Line], folder: Path, *, without: frozenset[int] = frozenset()
) -> Run:
    """Runs the lines one after the other on one side, those whose numbers are in `without` left out.

    Raises CheckError where the graph cannot be loaded.
    """
    with Host(options, side, folder, observed=True) as host:
        loaded = host.load()
        observations = []
        for line in lines:
            if line.number in without:
                observations.append(_observation(Answer([], ended="not run")))
            else:
                observations.append(_observation(host.ask({"op": "observe", "line": line.to_json()})))
        host.close()
        return Run(side, loaded, tuple(observations), host.printed())


def _observation(answer: Answer) -> Observation:
    tracks: dict[str, list[Event]] = {name: [] for name in TRACKS}
    for event in answer.events:
        tracks[track_of(event)].append(event)
    if answer.ended:
        kind = "timeout" if answer.timed_out else "died"
        tracks["end"].append({"e": kind, "message": answer.ended})
    tracks["saver"].sort(key=_saver_order)
    proof = answer.done or answer.proof
    work = proof.get("work")
    return Observation(
        {name: tuple(events) for name, events in tracks.items()},
        answer.seconds,
        answer.ended,
        work,
        tuple(proof.get("used", ())),
        proof.get("cut", 0),
    )


def _saver_order(event: Event) -> tuple[Any, ...]:
    """Saves reach a saver from several threads; within a namespace checkpoints follow each other by their ids."""
    is_writes = event["e"] == "put_writes"
    where = (event["ns"], event["checkpoint_id"] or "", is_writes)
    return (*where, event["task_path"], event["task_id"]) if is_writes else (*where, "", "")


def time_sides(
    options: Options, lines: Sequence[Line], folder: Path, *, seconds: float, say: Callable[[str], None]
) -> Times:
    """Times both sides: a round to warm up, then rounds in which each line runs on both, the first one in turn.

    Ends early after `seconds`, but not before one round. A side that ends in the midst of a line is timed no further.
    """
    began = time.perf_counter()
    took: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]] = [([], []) for _ in lines]
    work: dict[str, int] = {}
    used: set[str] = set()
    rounds, note = 0, ""
    with (
        Host(options, "upstream", folder, observed=False) as upstream,
        Host(options, options.subject, folder, observed=False) as other,
    ):
        most = MOST_ROUNDS if options.repeat is None else options.repeat
        for number in range(most + 1):
            spent = time.perf_counter() - began
            if number > 1 and spent > seconds:
                note = f"no more than {seconds:g} s are spent on times"
                break
            if options.repeat is None and number > LEAST_ROUNDS and spent > ENOUGH_SECONDS:
                break
            say(f"time: round {number}" if number else "time: warming up")
            if number == 1:
                began = time.perf_counter()
            seen: set[str] = set()
            for index, line in enumerate(lines):
                command = {
                    "op": "time",
                    "line": line.to_json(),
                    "modes": options.modes,
                    "fresh": line.thread not in seen,
                }
                seen.add(line.thread)
                pair = [(0, upstream), (1, other)]
                for place, host in pair if number % 2 else reversed(pair):
                    answer = host.ask(command)
                    if answer.ended:
                        return Times((), 0, f"line {line.number} on {host.side}: {answer.ended}")
                    used.update(answer.done.get("used", ()))
                    for name, count in answer.done.get("work", {}).items():
                        work[name] = work.get(name, 0) + count
                    if number:
                        took[index][place].append(answer.done)
            rounds += number > 0
    return Times(
        tuple((_timing(first), _timing(second)) for first, second in took), rounds, note, work or None, tuple(used)
    )


def _timing(answers: list[dict[str, Any]]) -> Timing:
    return Timing(
        tuple(answer["wall"] for answer in answers),
        tuple(answer["cpu"] for answer in answers),
        tuple(sorted({answer["error"] for answer in answers if answer["error"]})),
    )
