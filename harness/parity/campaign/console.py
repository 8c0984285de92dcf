"""A run as a person sees it: progress on standard error, results on standard output."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from parity.campaign import events as ev
from parity.triage.divergence import GATES

_PLAIN_EVERY = 5.0
_TOLD = ("langgraph", "ormsgpack")


class RunConsole:
    """Subscribes to a run. On a terminal it keeps a live table; elsewhere it prints plain lines every few seconds.

    `out` gets what a script may read: the seed first, a line per finished layer and per fingerprint, the verdict.
    `err` gets progress. `color` False prints no colours anywhere.
    """

    def __init__(self, out: TextIO, err: TextIO, *, color: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._console = Console(file=err, no_color=not color, highlight=False, soft_wrap=True)
        self._live: Live | None = None
        self._clock = clock
        self._rows: dict[tuple[str, str], tuple[ev.Progress | ev.LayerFinished | None, int | None]] = {}
        self._divergences: dict[str, ev.DivergenceFound | ev.DivergenceShrunk] = {}
        self._counts: dict[str, int] = {}
        self._flaky: dict[str, int] = {}
        self._said = clock()
        self._began = clock()

    def __enter__(self) -> RunConsole:
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=4, transient=True, get_renderable=self._table)
            self._live.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __call__(self, event: ev.Event) -> None:
        """Shows an event."""
        if isinstance(event, ev.RunStarted):
            self._began = self._clock()
            self._print(f"seed {event.seed}")
            self._note(
                f"seed {event.seed}: {event.oracle} against {event.subject}, {', '.join(event.layers)}; "
                f"{event.workers} workers, run {event.run_id}"
            )
        elif isinstance(event, ev.SubjectReady):
            # A release of upstream names all that is in its environment; a line has room for what it is about.
            told = {name: version for name, version in event.versions.items() if name.startswith(_TOLD)}
            versions = ", ".join(f"{name} {version}" for name, version in sorted((told or event.versions).items()))
            self._note(f"{event.role} {event.subject} is ready ({versions})")
        elif isinstance(event, ev.LayerStarted):
            self._rows[event.phase, event.layer] = (None, event.cases)
            self._note(f"{_title(event.phase, event.layer)}: started")
        elif isinstance(event, ev.Progress):
            self._progress(event)
        elif isinstance(event, (ev.DivergenceFound, ev.DivergenceShrunk)):
            self._divergence(event)
        elif isinstance(event, ev.Unsupported):
            self._note(f"{_title(event.phase, event.layer)}: {event.role} does not support: {event.reason}")
        elif isinstance(event, ev.OracleFailed):
            self._note(f"{_title(event.phase, event.layer)}: the oracle failed ({event.status}): {event.detail[:200]}")
        elif isinstance(event, ev.WorkerFailed):
            self._note(f"worker {event.worker} failed: {event.detail}")
        elif isinstance(event, ev.LayerFinished):
            self._layer(event)
        elif isinstance(event, ev.FloorMissed):
            self._print(
                f"VACUOUS {_title(event.phase, event.layer)}: {event.floor}: {event.got:g}, needs {event.required:g}"
            )
        elif isinstance(event, ev.WaiverJudged):
            self._waiver(event)
        else:
            self._finish(event)

    def _progress(self, event: ev.Progress) -> None:
        self._rows[event.phase, event.layer] = (event, event.planned)
        now = self._clock()
        if self._live is None and now - self._said >= _PLAIN_EVERY:
            self._said = now
            planned = "" if event.planned is None else f" of {event.planned}"
            self._note(
                f"{_title(event.phase, event.layer)}: {event.cases}{planned} cases, "
                f"{event.cases / max(event.seconds, 1e-9):.0f}/s, {event.diverged} diverged"
            )

    def _divergence(self, event: ev.DivergenceFound | ev.DivergenceShrunk) -> None:
        self._divergences[event.id] = event
        verb = "found" if isinstance(event, ev.DivergenceFound) else "shrunk"
        verb = f"{verb}, flaky," if event.flaky else verb
        self._note(
            f"{_title(event.phase, event.layer)}: {verb} {event.fingerprint} ({event.id}, {event.case_bytes} bytes): "
            f"{event.summary}"
        )
        if isinstance(event, ev.DivergenceShrunk) and event.cut and event.probes:
            self._note(
                f"{_title(event.phase, event.layer)}: shrinking was cut by its budget after {event.seconds:.1f} s and "
                f"{event.probes} probes; `parity shrink {event.id}` goes on"
            )

    def _waiver(self, event: ev.WaiverJudged) -> None:
        count = f"{event.cases} case{'s' * (event.cases != 1)}"
        if event.state in ("expired", "passing", "stale"):
            self._print(f"WAIVER {event.state} {event.key} ({event.owner}, {event.issue}): {event.detail}")
        elif event.state == "active":
            self._print(
                f"WAIVED {event.key} in {count} until {event.expiry} ({event.owner}, {event.issue}): {event.reason}"
            )
        else:
            self._note(f"the waiver of {event.key} was not needed; too little ran to call it stale")

    def _layer(self, event: ev.LayerFinished) -> None:
        self._rows[event.phase, event.layer] = (event, event.planned)
        for fingerprint_id, count in event.fingerprints.items():
            self._counts[fingerprint_id] = self._counts.get(fingerprint_id, 0) + count
        for fingerprint_id, count in event.flaky.items():
            self._flaky[fingerprint_id] = self._flaky.get(fingerprint_id, 0) + count
        parts = [f"{event.cases} cases", f"{event.agreed} agreed", f"{event.diverged} diverged"]
        if event.waived:
            parts.append(f"{sum(event.waived.values())} waived")
        if event.flaky:
            parts.append(f"{sum(event.flaky.values())} flaky")
        if event.unsupported:
            [reason, *more] = event.unsupported_reasons or ("",)
            parts.append(f"{event.unsupported} unsupported" + ("" if more or not reason else f" ({reason})"))
        if event.oracle_failed:
            parts.append(f"{event.oracle_failed} without an oracle")
        if event.supersteps:
            parts.append(f"{event.supersteps} supersteps")
        if event.work:
            # Sums of a kind that a reader can hold against the numbers before it.
            named = ("supersteps", "tasks", "channel_operations", "bytes_encoded", "bytes_decoded")
            told = ", ".join(f"{event.work[name]} {name.replace('_', ' ')}" for name in named if event.work.get(name))
            parts.append(f"in Rust {told}")
        if event.pairs_possible:
            parts.append(f"{event.pairs_executed} of {event.pairs_possible} pairs of features")
        parts.append(f"{event.seconds:.1f} s")
        if event.stopped is not None:
            parts.append(f"stopped: {event.stopped}")
        self._print(f"{_title(event.phase, event.layer)}: {', '.join(parts)}")

    def _finish(self, event: ev.RunFinished) -> None:
        for found in self._divergences.values():
            count = (self._flaky if found.flaky else self._counts).get(found.fingerprint_id, 1)
            verdict = "FLAKY" if found.flaky else "DIVERGED"
            self._print(f"{verdict} {found.fingerprint} in {count} case{'s' * (count != 1)}: {found.summary}")
            if isinstance(found, ev.DivergenceShrunk) and found.localised:
                self._print(f"  {found.localised}")
            self._print(f"  parity replay {found.id}")
        self._print(
            f"{event.outcome.upper()}: {event.message}; {event.cases} cases in {event.seconds:.1f} s, "
            f"{event.share:.0%} of it inside oracle and subject"
        )
        self._note(f"seed {event.seed}: {event.outcome}")

    def _print(self, line: str) -> None:
        # The live table is taken away first: on a terminal it would be drawn over what is printed beside it.
        if self._live is not None:
            self._live.stop()
        print(_safe(line), file=self._out, flush=True)
        if self._live is not None:
            self._live.start()

    def _note(self, line: str) -> None:
        self._console.print(Text(_safe(f"[{self._clock() - self._began:6.1f}s] {line}")))

    def _table(self) -> Table:
        table = Table(title=f"{self._clock() - self._began:.0f} s", title_justify="left")
        for name in ("layer", "cases", "of", "per second", "diverged", "unsupported"):
            table.add_column(name, justify="left" if name == "layer" else "right")
        for (phase, layer), (state, planned) in self._rows.items():
            cells = ["0", "", "0", "0"]
            if state is not None:
                rate = state.cases / max(state.seconds, 1e-9)
                cells = [str(state.cases), f"{rate:.0f}", str(state.diverged), str(state.unsupported)]
            style = "bold red" if state is not None and state.diverged else None
            table.add_row(
                _title(phase, layer), cells[0], "" if planned is None else str(planned), *cells[1:], style=style
            )
        return table


def _title(phase: str, layer: str) -> str:
    if phase in GATES:
        return f"A/A {layer}" if phase == "aa" else f"A/A of the subject {layer}"
    return layer


def _safe(line: str) -> str:
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode("ascii") for ch in line)
