"""The verdict for the console, and as JSON."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parity.check.judge import Difference, LineVerdict
from parity.check.model import TRACKS, Options, Timing
from parity.check.rules import REASONS
from parity.check.run import Check
from parity.check.sides import Times
from parity.compare.msgpack import hexdump, render_tree
from parity.report.aligned import Omitted, agreed, aligned, cut

__all__ = ["SCHEMA", "Ratio", "exit_code", "headline", "ratio_of", "tell", "to_json"]

SCHEMA = "parity/check/1"

_MAX_LINES = 40
_MAX_BLIND = 12
_ALIKE = 0.02
_TRACKS = {"stream": "chunk", "end": "outcome", "saver": "save", "state": "state", "history": "checkpoint of history"}


@dataclass(frozen=True)
class Ratio:
    """Upstream's time over the other side's: the median of the rounds, and the limits of their middle half."""

    median: float
    low: float
    high: float

    def text(self) -> str:
        """``1.31 (1.28 to 1.35)``."""
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"

    def words(self) -> str:
        """``1.31 times faster``, ``1.10 times slower``; where the rounds do not agree on which, so."""
        if self.low < 1 < self.high or abs(self.median - 1) < _ALIKE:
            return "no clear difference in time"
        return f"{self.median:.2f} times faster" if self.median > 1 else f"{1 / self.median:.2f} times slower"


def ratio_of(pairs: list[tuple[Timing, Timing]], clock: str) -> Ratio | None:
    """The ratio of these lines' times together, round by round; None where nothing was timed."""
    rounds = [zip(*(getattr(side, clock) for side in sides), strict=True) for sides in zip(*pairs, strict=True)]
    sums = [[sum(times) for times in side] for side in rounds]
    ratios = [one / other for one, other in zip(*sums, strict=True) if other > 0] if sums else []
    if not ratios:
        return None
    low, _, high = statistics.quantiles(ratios, method="inclusive") if len(ratios) > 1 else ratios * 3
    return Ratio(statistics.median(ratios), low, high)


def exit_code(check: Check) -> int:
    """0 where both sides are the same, else 1."""
    return int(check.verdict != "same")


def headline(check: Check, subject: str) -> str:
    """The verdict as one line."""
    lines = [line for line in check.lines if line.status == check.verdict]
    which = ", ".join(str(line.line.number) for line in lines[:5]) + (", …" if len(lines) > 5 else "")
    where = f"line{'s' * (len(lines) != 1)} {which}"
    if check.verdict == "same":
        return "SAME" + _speed(check.times)
    if check.verdict == "differs":
        return f"DIFFERS in {len(lines)} of {_count(len(check.lines), 'input')}: {where}"
    detail = lines[0].detail if lines else ""
    words = {
        "witness": f"NOT PROVEN ({subject}: witness)",
        "undecided": "UNDECIDED",
        "vacuous": "NOTHING TO COMPARE",
    }
    return f"{words[check.verdict]}: {where}: {detail}"


def tell(check: Check, options: Options) -> Iterator[str]:
    """The lines for the console."""
    loaded, subject = check.upstream.loaded, options.subject
    form = "asynchronous" if loaded.asynchronous else "synchronous"
    yield f"{options.target}: graph {loaded.name!r}, {form}; checkpoints: {loaded.saver}"
    versions = {**loaded.versions, **check.other.loaded.versions}
    yield f"upstream and {subject}: " + ", ".join(f"{name} {version}" for name, version in versions.items())
    yield ""
    yield from _table(check, subject)
    yield ""
    yield from _compared(check)
    yield from _remarks(check, options)
    first = next((line for line in check.lines if line.difference is not None), None)
    if first is not None and first.difference is not None:
        yield ""
        yield from _difference(first, first.difference, subject)
    yield ""
    yield headline(check, subject)


def _table(check: Check, subject: str) -> Iterator[str]:
    times = check.times.lines if check.times is not None else ()
    head = ["line", "verdict", "events"]
    if times:
        head += ["upstream ms", f"{subject} ms", f"upstream / {subject}", "ended with"]
    else:
        head += ["ended with"]
    rows = [head]
    for index, line in enumerate(check.lines[:_MAX_LINES]):
        row = [str(line.line.number), line.status, str(sum(line.events.values()))]
        if times:
            pair = times[index]
            ratio = ratio_of([pair], "wall")
            row += [f"{statistics.median(side.wall) * 1e3:.1f}" for side in pair]
            row += [ratio.text() if ratio is not None else "-"]
        rows.append([*row, cut(_plain(line.end))[:100]])
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        yield "  ".join(
            cell.ljust(width) if head[column] in ("verdict", "ended with") else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
    if len(check.lines) > _MAX_LINES:
        yield f"… {len(check.lines) - _MAX_LINES} more lines; --json has all"


def _compared(check: Check) -> Iterator[str]:
    events: Counter[str] = Counter()
    for line in check.lines:
        events.update(line.events)
    parts = [_count(events[track], _TRACKS[track], _plural(track)) for track in TRACKS if events[track]]
    values, skipped = (sum(getattr(line, name) for line in check.lines) for name in ("values", "skipped"))
    yield f"compared: {', '.join(parts) or 'nothing'}; {_count(values, 'value')} in them, {skipped:,} not comparable"
    rules: Counter[str] = Counter()
    for line in check.lines:
        rules.update(line.rules)
    for rule, count in sorted(rules.items()):
        yield f"rule {rule}, {_count(count, 'time')}: {REASONS[rule]}"
    blind = _grouped([f"line {line.line.number}, {place}" for line in check.lines for place in line.blind])
    yield from (f"  {_plain(text)}" for text in blind[:_MAX_BLIND])
    if len(blind) > _MAX_BLIND:
        yield f"  … {len(blind) - _MAX_BLIND} more; --json has all"


def _grouped(places: list[str]) -> list[str]:
    """Places whose paths end in the same name as one line: a value of the state shows in many events."""
    groups: dict[str, list[str]] = {}
    for place in places:
        name = re.split(r"[.\]\s]", re.sub(r"\[\d+\]", "", place).rstrip("]"))[-1]
        groups.setdefault(name, []).append(place)
    return [f"{group[0]}{f', and {len(group) - 1:,} places like it' if group[1:] else ''}" for group in groups.values()]


def _plural(track: str) -> str | None:
    return "checkpoints of history" if track == "history" else None


def _remarks(check: Check, options: Options) -> Iterator[str]:
    errors = [line for line in check.lines if line.end != "result"]
    if errors and len(errors) == len(check.lines):
        yield "note: every input ended in an error on upstream; is that what you meant to compare?"
        if "No synchronous function" in errors[0].end or "does not support sync" in errors[0].end:
            yield "note: part of the graph has no synchronous form; --async runs it asynchronously"
    deep = sum(observation.cut for observation in check.upstream.observations)
    if deep:
        yield f"note: {_count(deep, 'value')} too deep or too large to be compared whole"
    printed = [len(run.printed) for run in (check.upstream, check.other)]
    if any(printed):
        yield f"note: the program printed {printed[0]:,} and {printed[1]:,} bytes (--verbose shows them)"
    times = check.times
    if times is None:
        yield "time: not taken" + ("" if options.repeat == 0 else ": a process ended in the midst of a line")
        return
    if not times.repeats:
        yield f"time: not taken: {times.note}"
        return
    how = "stream" if options.modes else "invoke"
    ratios = [(clock, ratio_of(list(times.lines), clock)) for clock in ("wall", "cpu")]
    shown = ", ".join(f"{clock} {ratio.text()}" for clock, ratio in ratios if ratio is not None)
    rest = f"; {times.note}" if times.note else ""
    rounds = _count(times.repeats, "round")
    yield f"time: {how}, upstream / {options.subject}, median (and middle half) of {rounds}: {shown}{rest}"


def _difference(line: LineVerdict, found: Difference, subject: str) -> Iterator[str]:
    seen = "" if line.runs[1] == 1 else f", in {line.runs[0]} of {line.runs[1]} runs"
    where = f"line {line.line.number} (thread {_plain(line.line.thread)})"
    yield f"{where}: first difference, {found.track} event {found.index}{seen}"
    if found.last_agreed is not None:
        yield f"last agreed event (number {found.index - 1})"
        yield from _event(agreed(found.last_agreed))
    else:
        yield f"the two sides part at the first event of {found.track}"
    for side, event, other in (("upstream", found.expected, found.actual), (subject, found.actual, found.expected)):
        yield side
        yield from _event(aligned(event, other)) if event is not None else ["  no further event"]
    if found.where:
        yield f"where: {_plain(found.where)}"
    if found.bytes is not None:
        same = "the same value, encoded differently" if found.bytes.same_value else "another value"
        yield f"bytes: {found.bytes.what} at {_plain(found.bytes.path) or 'the top'}, {same}"
        for side, text, offset in (
            ("upstream", found.bytes.expected_hex, found.bytes.offset_expected),
            (subject, found.bytes.actual_hex, found.bytes.offset_actual),
        ):
            data = bytes.fromhex(text)
            yield f"{side}, {len(data)} bytes, offset {offset}"
            yield from render_tree(data, around=offset, max_lines=16).split("\n")
            yield from hexdump(data, around=offset).split("\n")


def _event(lines: Iterator[Any]) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Omitted):
            yield f"    {'  ' * line.depth}{line.text()}"
        else:
            mark = ">" if line.marked else " "
            yield f"  {mark} {'  ' * line.depth}{_plain(line.label + cut(line.text))}"


def _speed(times: Times | None) -> str:
    if times is None or not times.repeats:
        return ", not timed"
    wall, cpu = (ratio_of(list(times.lines), clock) for clock in ("wall", "cpu"))
    text = f", {wall.words()}" if wall is not None else ""
    return text + (f"; by the CPU: {cpu.words()}" if cpu is not None else "")


def _count(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _plain(text: str) -> str:
    """Text that cannot move the cursor or add lines."""
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode("ascii") for ch in text)


def to_json(check: Check, options: Options, source: str) -> dict[str, Any]:
    """All of it as JSON."""
    times = check.times
    both = list(times.lines) if times is not None else []
    return {
        "schema": SCHEMA,
        "verdict": check.verdict,
        "headline": headline(check, options.subject),
        "target": options.target,
        "inputs": source,
        "subject": options.subject,
        "versions": {"upstream": check.upstream.loaded.versions, "subject": check.other.loaded.versions},
        "saver": check.upstream.loaded.saver,
        "asynchronous": check.upstream.loaded.asynchronous,
        "runs": {"upstream": check.runs[0], "subject": check.runs[1]},
        "lines": [
            {
                **_line_json(line),
                "seconds": [{"wall": list(side.wall), "cpu": list(side.cpu)} for side in both[index]] if both else None,
            }
            for index, line in enumerate(check.lines)
        ],
        "rounds": times.repeats if times is not None else 0,
        "ratio": {clock: _ratio_json(ratio_of(both, clock)) for clock in ("wall", "cpu")},
    }


def _ratio_json(ratio: Ratio | None) -> dict[str, float] | None:
    return None if ratio is None else {"median": ratio.median, "low": ratio.low, "high": ratio.high}


def _line_json(line: LineVerdict) -> dict[str, Any]:
    found = line.difference
    return {
        "line": line.line.number,
        "thread": line.line.thread,
        "verdict": line.status,
        "detail": line.detail,
        "ended_with": line.end,
        "events": dict(line.events),
        "values": line.values,
        "not_comparable": line.skipped,
        "rules": dict(line.rules),
        "blind": list(line.blind),
        "runs": list(line.runs),
        "difference": None
        if found is None
        else {
            "track": found.track,
            "index": found.index,
            "where": found.where,
            "last_agreed": found.last_agreed,
            "expected": found.expected,
            "actual": found.actual,
            "bytes": found.bytes.to_json() if found.bytes is not None else None,
        },
    }
