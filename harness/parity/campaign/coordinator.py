"""A run from its first event to its last: starts the workers, hands out the jobs, adds up, judges."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import IO, Any, Literal

from parity.campaign import events as ev
from parity.campaign.floors import Verdict, judge
from parity.campaign.pairs import RunPairs
from parity.campaign.plan import Plan, deadlines, derive_seed, share_out
from parity.campaign.rundir import RunDir
from parity.campaign.stored import CORPUS, REGRESSIONS, has_stored
from parity.campaign.tally import Tally
from parity.campaign.waived import FAILING, judge_waivers, watched
from parity.cases.model import CaseError
from parity.triage.divergence import GATES, Divergence
from parity.triage.waivers import active

Outcome = Literal["parity", "diverged", "flaky", "vacuous", "waivers", "aa_failed", "interrupted", "error"]

_PROGRESS_EVERY = 1.0
_LEAVE_SECONDS = 10.0


class WorkerError(RuntimeError):
    """A worker that could not go on. `environment` says that the user can mend it: a subject that does not start."""

    def __init__(self, message: str, environment: bool) -> None:
        super().__init__(message)
        self.environment = environment


@dataclass
class _Layer:
    """A layer as it runs: which workers are in it, and what each has counted so far."""

    phase: str
    name: str
    planned: int | None
    jobs: list[dict[str, Any]]
    tallies: dict[int, Tally] = field(default_factory=dict)
    pairs: RunPairs = field(default_factory=RunPairs)
    done: set[int] = field(default_factory=set)
    started: float | None = None
    said: float = 0.0

    def total(self) -> Tally:
        total = Tally()
        for index in sorted(self.tallies):
            total.add(self.tallies[index])
        return total


class Coordinator:
    """One run. `emit` takes every event, in order; `command` is what the user typed; `fixtures` holds the stored
    cases."""

    def __init__(
        self,
        plan: Plan,
        run_dir: RunDir,
        emit: Callable[[ev.Event], None],
        *,
        command: str,
        fixtures: Path,
        provenance: dict[str, Any],
        disarm: Callable[[], None] = lambda: None,
    ) -> None:
        """`disarm` is called when the run has ended: from then on an interrupt must not be raised."""
        self._plan = plan
        self._run_dir = run_dir
        self._sink = emit
        self._command = command
        self._fixtures = fixtures
        self._provenance = provenance
        self._events = 0
        self._workers: list[subprocess.Popen[bytes]] = []
        self._messages: queue.Queue[tuple[int, dict[str, Any] | None]] = queue.Queue()
        self._finished: list[ev.LayerFinished] = []
        self._names: dict[str, str] = {}
        self._ready: set[str] = set()
        self._up: set[int] = set()
        self._disarm = disarm
        self._busy = 0.0
        self._flaky: dict[str, str] = {}
        self._watched: dict[str, tuple[str, ...]] = {}
        self._pairs = RunPairs()
        # One day for the whole run, also past midnight.
        self._today = date.today()

    def run(self) -> ev.RunFinished:
        """Runs the plan; always ends with RunFinished, whatever happens on the way, an interrupt too."""
        started = time.monotonic()
        self._emit(self._run_started())
        outcome: Outcome
        message = ""
        verdict = Verdict(0, ())
        layers: list[_Layer] = []
        complete = False
        try:
            # Whatever was found once is looked at before anything else; what it says is claimed after the gate only.
            kept, gate = self._kept_layers(), self._gate_layers()
            self._watched = watched(self._plan.waivers, self._fixtures)
            self._start_workers(gate=bool(gate))
            while len(self._up) < self._plan.workers:
                self._receive()
            layers.extend(kept + gate)
            self._drive(kept + gate)
            own = [layer for layer in self._finished if layer.phase in GATES]
            outcome = "aa_failed" if any(layer.diverged or layer.flaky for layer in own) else "parity"
            if outcome == "parity" and self._plan.parity:
                parity = self._parity_layers()
                layers.extend(parity)
                self._drive(parity)
            self._dismiss()
            complete = outcome == "parity"
            verdict = judge(self._plan, self._finished, claim=complete and self._plan.parity)
            if not complete:
                message = f"{self._unsettled()} differs from itself under two hash seeds; no claim is made"
        except KeyboardInterrupt:
            self._close_layers(layers)
            complete, outcome, message = False, "interrupted", "interrupted before the end"
        except (WorkerError, CaseError) as error:
            self._close_layers(layers)
            complete, outcome, message = False, "error", str(error)
        finally:
            self._disarm()
            self._kill_workers()
        self._settle_counts()
        self._pairs.save(self._run_dir)
        for miss in verdict.missed:
            self._emit(miss)
        judged = judge_waivers(
            self._plan, self._finished, self._fixtures, complete=complete and self._plan.parity, today=self._today
        )
        for waiver in judged:
            self._emit(waiver)
        if complete:
            outcome, message = self._judge(verdict, [waiver for waiver in judged if waiver.state in FAILING])
        return self._finish(outcome, message, verdict, time.monotonic() - started)

    # -- the steps of a run

    def _gate_layers(self) -> list[_Layer]:
        return [layer for phase in (GATES if self._plan.drift else GATES[:1]) for layer in self._gate(phase)]

    def _gate(self, phase: str) -> list[_Layer]:
        plan = self._plan
        layers: list[_Layer] = []
        if plan.aa_cases and has_stored(REGRESSIONS, self._fixtures):
            layers.append(self._stored_layer(phase, REGRESSIONS))
        layers += [self._random_layer(phase, name, plan.aa_cases, None) for name in plan.layers if plan.aa_cases]
        if has_stored(CORPUS, self._fixtures):
            layers.append(self._stored_layer(phase, CORPUS))
        if layers:
            for job in layers[-1].jobs:
                job["last"] = True
        return layers

    def _kept_layers(self) -> list[_Layer]:
        """Every divergence that is kept."""
        if not self._plan.parity or not has_stored(REGRESSIONS, self._fixtures):
            return []
        return [self._stored_layer(REGRESSIONS, REGRESSIONS)]

    def _parity_layers(self) -> list[_Layer]:
        plan = self._plan
        stored = [self._stored_layer(CORPUS, CORPUS)] if has_stored(CORPUS, self._fixtures) else []
        limits = deadlines(plan.layers, plan.max_time, drift=plan.drift)
        random = [
            self._random_layer("campaign", name, plan.cases[name], limit)
            for name, limit in zip(plan.layers, limits, strict=True)
        ]
        return stored + random

    def _random_layer(self, phase: str, name: str, cases: int | None, deadline: float | None) -> _Layer:
        shares = share_out(cases, self._plan.workers)
        jobs = [
            _job(phase, name, share, derive_seed(self._plan.seed, phase, name, self._plan.workers, index), deadline)
            for index, share in enumerate(shares)
        ]
        return _Layer(phase, name, cases, jobs)

    def _stored_layer(self, phase: str, name: str) -> _Layer:
        return _Layer(phase, name, None, [_job(phase, name, None, 0, None) for _ in range(self._plan.workers)])

    def _unsettled(self) -> str:
        """The side that does not agree with itself."""
        if not self._plan.drift:
            return "the oracle"
        first = next(one.phase for one in self._finished if one.phase in GATES and (one.diverged or one.flaky))
        return self._plan.oracle if first == "aa" else self._plan.subject

    def _judge(self, verdict: Verdict, failing: Sequence[ev.WaiverJudged]) -> tuple[Outcome, str]:
        """The first of what fails a run, worst first; what else failed is told in the message."""
        diverged = sum(layer.diverged for layer in self._finished)
        failed = sum(layer.oracle_failed for layer in self._finished)
        flaky = sum(_sum(layer.flaky) for layer in self._finished)
        waived = sum(_sum(layer.waived) for layer in self._finished)
        found: list[tuple[Outcome, str]] = []
        if diverged or self._names:
            found.append(("diverged", f"{_number(len(self._names), 'fingerprint')} in {_number(diverged, 'case')}"))
        if failed:
            found.append(("error", f"the oracle gave no observation on {_number(failed, 'case')}"))
        if flaky or self._flaky:
            found.append(("flaky", f"{_number(flaky, 'case')} diverged and then did not"))
        if verdict.missed:
            found.append(("vacuous", f"{_number(len(verdict.missed), 'floor')} not reached"))
        if failing:
            found.append(("waivers", f"{_number(len(failing), 'waiver')} expired, stale or passing"))
        apart = [f"{_number(waived, 'case')} waived"] if waived else []
        if not found:
            return "parity", ", ".join(("no change found" if self._plan.drift else "no difference", *apart))
        return found[0][0], ", ".join([message for _, message in found] + apart)

    # -- driving the workers

    def _start_workers(self, *, gate: bool) -> None:
        for index in range(self._plan.workers):
            with self._run_dir.log(index).open("wb") as log:
                # A group of its own: Ctrl-C reaches only this process, and a worker can be ended with all its subjects.
                process = subprocess.Popen(
                    (sys.executable, "-m", "parity.campaign.worker"),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
            self._workers.append(process)
            assert process.stdout is not None
            threading.Thread(target=_pump, args=(index, process.stdout, self._messages), daemon=True).start()
            self._send(
                index,
                {
                    "worker": index,
                    "workers": self._plan.workers,
                    "run_dir": str(self._run_dir.path.resolve()),
                    "oracle": self._plan.oracle,
                    "subject": self._plan.subject,
                    "seed": self._plan.seed,
                    "timeout": self._plan.timeout,
                    "shrink_seconds": self._plan.shrink_seconds,
                    "fixtures": str(self._fixtures.resolve()),
                    "provenance": self._provenance,
                    "gate": gate,
                    "layers": list(self._plan.layers),
                    "parity": self._plan.parity,
                    "waivers": [waiver.to_json() for waiver in active(self._plan.waivers, self._today)],
                    "watched": self._watched,
                    "drift": self._plan.drift,
                },
            )

    def _drive(self, layers: Sequence[_Layer]) -> None:
        """Runs layers to their end; each worker goes on to the next without waiting for the others."""
        if not layers:
            return
        origin = time.monotonic()
        for index in range(self._plan.workers):
            for layer in layers:
                self._send(index, layer.jobs[index])
        by_key = {(layer.phase, layer.name): layer for layer in layers}
        self._begin(layers[0])
        while not all(len(layer.done) == self._plan.workers for layer in layers):
            index, message = self._receive()
            kind = message["m"]
            if kind in ("tally", "done"):
                layer = by_key[message["phase"], message["layer"]]
                self._begin(layer)
                layer.tallies[index] = Tally.from_json(message["tally"])
                layer.pairs.add(message["pairs"])
                if kind == "done":
                    layer.done.add(index)
                    self._after(layer, layers)
                else:
                    self._progress(layer)
        self._busy += time.monotonic() - origin

    def _after(self, layer: _Layer, layers: Sequence[_Layer]) -> None:
        if len(layer.done) == self._plan.workers:
            self._end(layer)
        following = layers.index(layer) + 1
        if following < len(layers):
            self._begin(layers[following])

    def _begin(self, layer: _Layer) -> None:
        if layer.started is None:
            layer.started = layer.said = time.monotonic()
            self._emit(ev.LayerStarted(layer.phase, layer.name, layer.planned))

    def _end(self, layer: _Layer) -> None:
        assert layer.started is not None
        seconds = time.monotonic() - layer.started
        event = layer.total().finished(layer.phase, layer.name, layer.planned, seconds, layer.pairs.size())
        self._finished.append(event)
        if layer.phase not in GATES:
            self._pairs.add(layer.pairs.counts())
        self._emit(event)

    def _close_layers(self, layers: Iterable[_Layer]) -> None:
        """Publishes what is known of layers that were cut short."""
        for layer in layers:
            if layer.started is not None and len(layer.done) < self._plan.workers:
                for tally in layer.tallies.values():
                    tally.stopped = tally.stopped or "the run ended"
                if not layer.tallies:
                    layer.tallies[0] = Tally(stopped="the run ended")
                self._end(layer)

    def _progress(self, layer: _Layer) -> None:
        now = time.monotonic()
        assert layer.started is not None
        if now - layer.said < _PROGRESS_EVERY:
            return
        layer.said = now
        total = layer.total()
        self._emit(
            ev.Progress(
                layer.phase,
                layer.name,
                total.cases,
                layer.planned,
                total.agreed,
                total.diverged,
                total.unsupported,
                now - layer.started,
            )
        )

    def _receive(self) -> tuple[int, dict[str, Any]]:
        """The next message that is not for everybody. Raises WorkerError when a worker cannot go on."""
        index, message = self._messages.get()
        if message is None:
            raise self._worker_failed(index, "ended without a word", environment=False)
        if message["m"] == "failed":
            raise self._worker_failed(index, message["detail"], environment=message["kind"] == "environment")
        if message["m"] == "event":
            self._heard(ev.from_json(message["event"]))
        elif message["m"] == "ready":
            self._up.add(index)
            if message["role"] not in self._ready:
                self._ready.add(message["role"])
                self._emit(
                    ev.SubjectReady(
                        message["role"],
                        message["subject"],
                        tuple(message["kinds"]),
                        message["versions"],
                        message["lacks"],
                    )
                )
        return index, message

    def _heard(self, event: ev.Event) -> None:
        if isinstance(event, ev.DivergenceFound):
            (self._flaky if event.flaky else self._names)[event.fingerprint_id] = event.fingerprint
        elif isinstance(event, ev.DivergenceShrunk) and event.flaky:
            self._flaky[event.fingerprint_id] = event.fingerprint
        self._emit(event)

    def _worker_failed(self, index: int, detail: str, *, environment: bool) -> WorkerError:
        log = str(self._run_dir.log(index).relative_to(self._run_dir.path))
        self._emit(ev.WorkerFailed(index, detail, log))
        if environment:
            return WorkerError(detail, environment=True)
        return WorkerError(f"worker {index}: {detail} (see {self._run_dir.log(index)})", environment=False)

    def _send(self, index: int, message: dict[str, Any]) -> None:
        stdin = self._workers[index].stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps(message).encode("ascii") + b"\n")
            stdin.flush()
        except OSError:
            # The worker is gone; what it said, or that it said nothing, comes through its messages.
            return

    def _dismiss(self) -> None:
        """Lets the workers end by themselves, subjects first."""
        for index in range(len(self._workers)):
            self._send(index, {"job": "leave"})
        limit = time.monotonic() + _LEAVE_SECONDS
        for process in self._workers:
            try:
                process.wait(max(0.1, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                return

    def _kill_workers(self) -> None:
        for process in self._workers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    # -- what is said

    def _emit(self, event: ev.Event) -> None:
        self._sink(event)
        self._events += 1

    def _run_started(self) -> ev.RunStarted:
        plan = self._plan
        return ev.RunStarted(
            run_id=self._run_dir.run_id,
            seed=plan.seed,
            command=self._command,
            oracle=plan.oracle,
            subject=plan.subject,
            profile=plan.profile,
            workers=plan.workers,
            layers=plan.layers,
            timeout=plan.timeout,
            shrink_seconds=plan.shrink_seconds,
            at=_now(),
            provenance=self._provenance,
        )

    def _settle_counts(self) -> None:
        """Writes into each divergence file how many cases of the whole run showed its fingerprint.

        What turned out to be flaky when it was shrunk, in every case that showed it, is no divergence.
        """
        counts = Tally()
        for layer in self._finished:
            counts.fingerprints.update(layer.fingerprints)
            counts.flaky.update(layer.flaky)
        for name in self._flaky:
            if not counts.fingerprints[name]:
                self._names.pop(name, None)
        for path in sorted(self._run_dir.divergences.glob("*.json")):
            divergence = Divergence.load(path)
            own = counts.flaky if divergence.flaky else counts.fingerprints
            count = max(1, own[divergence.fingerprint_id])
            if count != divergence.count:
                replace(divergence, count=count).save(path.parent)

    def _finish(self, outcome: Outcome, message: str, verdict: Verdict, seconds: float) -> ev.RunFinished:
        inside = sum(layer.seconds_oracle + layer.seconds_subject for layer in self._finished)
        wall = self._busy * self._plan.workers
        event = ev.RunFinished(
            run_id=self._run_dir.run_id,
            seed=self._plan.seed,
            exit_code=_exit_code(outcome, bool(self._names or self._flaky)),
            outcome=outcome,
            message=message,
            cases=sum(layer.cases for layer in self._finished),
            diverged=sum(layer.diverged for layer in self._finished),
            fingerprints=dict(sorted(self._names.items())),
            floors_missed=len(verdict.missed),
            floors_checked=verdict.checked,
            seconds=seconds,
            share=inside / wall if wall else 0.0,
            events=self._events,
            at=_now(),
            waived=sum(_sum(layer.waived) for layer in self._finished),
            flaky=sum(_sum(layer.flaky) for layer in self._finished),
        )
        self._emit(event)
        return event


def _exit_code(outcome: Outcome, diverged: bool) -> int:
    if outcome in ("interrupted", "error"):
        return 1 if diverged else 2
    return 0 if outcome == "parity" else 1


def _job(phase: str, layer: str, cases: int | None, seed: int, seconds: float | None) -> dict[str, Any]:
    return {
        "job": "layer",
        "phase": phase,
        "layer": layer,
        "cases": cases,
        "seed": seed,
        "seconds": seconds,
        "last": False,
    }


def _pump(index: int, stream: IO[bytes], messages: queue.Queue[tuple[int, dict[str, Any] | None]]) -> None:
    for line in stream:
        messages.put((index, json.loads(line)))
    messages.put((index, None))


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
