"""The result for people: one table, then what differs and what the witness counted."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from parity.suites.outcomes import Outcomes
from parity.suites.verdict import Verdict
from parity.suites.witness import Evidence

__all__ = ["Row", "show"]

_SHOWN = 25
_PLAIN_WIDTH = 120
_MAX_REASON = 160
_SHOWN_PARTS = 3
_COLUMNS = ("passed", "failed", "errors", "skipped", "other", "differs")


@dataclass(frozen=True)
class Row:
    """A suite on a backend. `seconds` is None for a result from the cache; verdict and testimony are those of Rust."""

    suite: str
    backend: str
    outcomes: Outcomes
    seconds: float | None
    verdict: Verdict | None = None
    testimony: Evidence | None = None


def show(rows: Sequence[Row]) -> None:
    """Prints the table on standard output, then per run on Rust its differences, objections and counters."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console() if sys.stdout.isatty() else Console(width=_PLAIN_WIDTH)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("suite")
    table.add_column("backend")
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("verdict")
    for row in rows:
        verdict = row.verdict
        worth = Text("yardstick", "dim")
        if verdict is not None:
            worth = Text("same", "green") if verdict.good else Text("DIFFERS", "bold red")
        cells = [Text(str(number)) for number in _numbers(row)]
        table.add_row(row.suite, row.backend, *cells, "kept" if row.seconds is None else f"{row.seconds:.0f}", worth)
    console.print(table)
    for row in rows:
        if row.verdict is not None:
            for line in _details(row, row.verdict):
                console.print(Text(line), soft_wrap=True)


def _numbers(row: Row) -> tuple[int, ...]:
    counts = row.outcomes.counts()
    shown = [counts.pop(name, 0) for name in ("passed", "failed", "error", "skipped")]
    return (*shown, sum(counts.values()), len(row.verdict.differences) if row.verdict else 0)


def _details(row: Row, verdict: Verdict) -> list[str]:
    lines = [f"{row.suite} on rust: {'; '.join(verdict.objections) or 'all that passes on Python passes'}"]
    ordered = sorted(verdict.differences, key=lambda difference: not difference.worse)
    for difference in ordered[:_SHOWN]:
        sides = f"python {difference.python or 'has it not'}, rust {difference.rust or 'has it not'}"
        alone = f" ({difference.alone} when run alone)" if difference.alone else ""
        lines.append(f"  {difference.test}: {sides}{alone}: {_short(difference.reason)}")
    if len(ordered) > _SHOWN:
        lines.append(f"  and {len(ordered) - _SHOWN} more")
    if row.testimony is not None:
        counters = ", ".join(f"{name} {count}" for name, count in _groups(row.testimony.counters).items())
        names = len(row.testimony.live)
        lines.append(f"  witness: {row.testimony.processes} processes, {names} names replaced; {counters or 'no work'}")
    return lines


def _groups(counters: dict[str, int]) -> Counter[str]:
    """The counters summed up by the first three parts of their names; each by itself is in the results file."""
    groups: Counter[str] = Counter()
    for name, count in counters.items():
        groups[".".join(name.split(".")[:_SHOWN_PARTS])] += count
    return groups


def _short(text: str) -> str:
    return " ".join(text.split())[:_MAX_REASON]
