"""A campaign worker: `python -m parity.campaign.worker`, a process with an oracle and a subject of its own.

It reads one JSON object per line on standard input, first a setup and then jobs, and writes messages the same way:
`ready`, `event`, `tally`, `done`, `failed`. It leads a process group of its own; when its input ends before it was
told to leave, the coordinator is dead, and it takes its whole group, hung subjects too, with it.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from parity.campaign.events import Event, to_json
from parity.campaign.explore import explore, explore_batches
from parity.campaign.finds import Context
from parity.campaign.inflight import InFlight
from parity.campaign.layer import LayerRun
from parity.campaign.plan import AA_HASH_SEED, KINDS, LAYERS, layer_of
from parity.campaign.rundir import RunDir
from parity.campaign.stored import CORPUS, Recorded, stored_cases
from parity.campaign.tally import Tally
from parity.cases.model import Case, CaseError
from parity.generate.needs import lacking
from parity.generate.pairs import PairCounts
from parity.subjects.process import SubjectProcess, SubjectStartError
from parity.subjects.registry import PARTS, UnknownSubjectError, only, second_opinion, spec_for, without
from parity.subjects.schedule import OTHER, VARIABLE
from parity.triage.divergence import GATES
from parity.triage.localise import Parts
from parity.triage.pair import FAILURES, Pair, Side
from parity.triage.waivers import Waiver

_TALLY_EVERY = 0.5
_ROLES = {"aa": ("oracle", "twin"), "aa_subject": ("subject", "subject_twin")}
"""Who is run against whom to see that a side agrees with itself."""
_MODULES = {
    "value": LAYERS["values"],
    "bytes": LAYERS["bytes"],
    "serde": "parity.generate.serde",
    "channel": LAYERS["channels"],
    "graph": LAYERS["graphs"],
    "program": LAYERS["programs"],
}


def main() -> int:
    """Serves one coordinator; returns the exit code."""
    # Only messages may reach the coordinator's pipe: whatever else prints goes to standard error.
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()

    def send(message: dict[str, Any]) -> None:
        out.write(json.dumps(message, separators=(",", ":")) + "\n")
        out.flush()

    try:
        with ExitStack() as stack:
            worker = _Worker(json.loads(lines.get()), send, stack)
            while (job := json.loads(lines.get()))["job"] != "leave":
                worker.work(job)
    except (SubjectStartError, UnknownSubjectError, CaseError) as error:
        send({"m": "failed", "kind": "environment", "detail": str(error)})
        return 2
    except Exception as error:
        traceback.print_exc()
        send({"m": "failed", "kind": "internal", "detail": f"{type(error).__name__}: {error}"})
        return 2
    return 0


class _Worker:
    def __init__(self, setup: dict[str, Any], send: Callable[[dict[str, Any]], None], stack: ExitStack) -> None:
        self._setup = setup
        self._send = send
        self._stack = stack
        self._index = int(setup["worker"])
        self._workers = int(setup["workers"])
        self._run_dir = RunDir(Path(setup["run_dir"]))
        self._in_flight = stack.enter_context(InFlight(self._run_dir.in_flight(self._index)))
        roles = {"oracle": (setup["oracle"], 0)}
        if setup["parity"]:
            roles["subject"] = (setup["subject"], 0)
        if setup["gate"]:
            roles["twin"] = (setup["oracle"], AA_HASH_SEED)
            if setup["drift"]:
                roles["subject_twin"] = (setup["subject"], AA_HASH_SEED)
        with ThreadPoolExecutor(len(roles)) as pool:
            started = {role: pool.submit(self._start, *how, other=role == "twin") for role, how in roles.items()}
        # All have ended by now, one way or another: whatever did start is closed even if another did not.
        for future in started.values():
            if future.exception() is None:
                stack.callback(future.result().close)
        self._sides = {role: future.result() for role, future in started.items()}
        told = [role for role in self._sides if role in ("oracle", "subject")]
        for role in told:
            hello = self._sides[role].hello
            send(
                {
                    "m": "ready",
                    "role": role,
                    "subject": hello.subject,
                    "kinds": hello.kinds,
                    "versions": hello.versions,
                    "lacks": hello.lacks,
                }
            )
        self._provenance = {
            **setup["provenance"],
            **{role: self._sides[role].hello.versions for role in told},
        }
        self._campaign_began: float | None = None
        self._corpora: Recorded | None = None
        self._known: dict[str, set[str]] = {}
        self._waivers = tuple(Waiver.from_json(waiver) for waiver in setup["waivers"])
        self._watched = {case_id: tuple(keys) for case_id, keys in setup["watched"].items()}
        drift = setup["provenance"].get("drift")
        self._absent = {
            role: (drift[side], frozenset(drift["absent"][side]))
            for role, side in (("oracle", "old"), ("subject", "new"))
            if drift
        }

    def work(self, job: dict[str, Any]) -> None:
        """Does one job to its end and says so."""
        phase, layer = job["phase"], job["layer"]
        started = time.monotonic()
        said = started
        pairs = PairCounts()

        def tick(tally: Tally) -> None:
            nonlocal said
            now = time.monotonic()
            if now - said >= _TALLY_EVERY:
                said = now
                self._send(_counted("tally", phase, layer, tally, pairs))

        if phase == "campaign" and self._campaign_began is None:
            self._campaign_began = started
        seconds = job["seconds"]
        run = LayerRun(
            self._context(phase),
            self._pair(phase),
            phase=phase,
            layer=layer,
            features=executed_of,
            used=lambda case, names: pairs.count(layer_of(case.kind), _generator(case), names),
            wanted=job["cases"],
            deadline=None if seconds is None else (self._campaign_began or started) + seconds,
            tick=tick,
            left_out=self._left_out,
            # A release that raises where the other does not is a change like any other, and cheap.
            hopeless=FAILURES - {"exception"} if self._setup["drift"] else FAILURES,
        )
        if layer in LAYERS:
            module = importlib.import_module(LAYERS[layer])
            if hasattr(module, "stream"):
                run.stream(module.stream(job["seed"], self._recorded().data))
            elif hasattr(module, "batches"):
                explore_batches(module.batches, job["seed"], run)
            else:
                explore(module.cases, job["seed"], run)
        else:
            kinds = {kind for name in self._setup["layers"] for kind in KINDS[name]}
            stored = self._recorded().cases if layer == CORPUS else stored_cases(layer, Path(self._setup["fixtures"]))
            # What a side does not claim to run is not asked; the corpora's floors say whether it ran enough.
            kinds &= set(self._pair(phase).kinds)
            run.replay(self._mine(case for case in stored if case.kind in kinds))
        self._in_flight.clear()
        if phase in GATES and job["last"]:
            self._sides["twin" if phase == "aa" else "subject_twin"].close()
        self._send(_counted("done", phase, layer, run.tally, pairs))

    def _left_out(self, case: Case) -> tuple[str, str] | None:
        """Why a case is not run: one of two releases, in that role, lacks what it needs."""
        for role, (release, absent) in self._absent.items():
            if (what := lacking(features_of(case), absent) if absent else None) is not None:
                return role, f"langgraph {release} lacks {what}"
        return None

    def _recorded(self) -> Recorded:
        """The recorded corpora: cases, and inputs that upstream wrote; nothing where nothing was recorded."""
        if self._corpora is None:
            self._corpora = Recorded.read(Path(self._setup["fixtures"]))
        return self._corpora

    def _mine(self, cases: Iterable[Case]) -> Iterator[Case]:
        return islice(cases, self._index, None, self._workers)

    def _start(self, name: str, hash_seed: int, *, other: bool = False) -> SubjectProcess:
        """Starts a subject, with `other` on the second schedule."""
        spec = spec_for(name)
        if other:
            spec = replace(spec, env={**spec.env, VARIABLE: OTHER})
        return SubjectProcess(spec, timeout=self._setup["timeout"], hash_seed=hash_seed)

    def _pair(self, phase: str) -> Pair:
        left, right = _ROLES.get(phase, ("oracle", "subject"))
        return Pair(self._sides[left], self._sides[right], self._in_flight.note, equals=self._setup["drift"])

    def _context(self, phase: str) -> Context:
        setup = self._setup
        return Context(
            worker=self._index,
            run_dir=self._run_dir,
            oracle=setup["subject" if phase == "aa_subject" else "oracle"],
            subject=setup["oracle" if phase == "aa" else "subject"],
            seed=setup["seed"],
            shrink_seconds=setup["shrink_seconds"],
            provenance=self._provenance,
            # Of each phase by itself: which random cases come next must not depend on what is kept on this disk.
            known=self._known.setdefault(phase, set()),
            emit=self._emit,
            second=None if phase in GATES or second_opinion(setup["subject"]) is None else self._second,
            parts=None if phase in GATES or second_opinion(setup["subject"]) is None else self._parts(),
            # A side against itself is never let pass anything.
            waivers=() if phase in GATES else self._waivers,
            watched=self._watched,
        )

    def _second(self) -> tuple[str, Side]:
        """The subject that says where a divergence lies; started for the first one, most runs need none."""
        name = second_opinion(self._setup["subject"])
        assert name is not None
        return name, self._late(name)

    def _parts(self) -> Parts:
        """The backend with parts of it left to upstream; each started when it is asked first."""
        name = self._setup["subject"]
        return Parts(PARTS, partial(without, name), partial(only, name), self._late)

    def _late(self, name: str) -> SubjectProcess:
        if name not in self._sides:
            self._sides[name] = self._start(name, 0)
            self._stack.callback(self._sides[name].close)
        return self._sides[name]

    def _emit(self, event: Event) -> None:
        self._send({"m": "event", "event": to_json(event)})


def features_of(case: Case) -> set[str]:
    """The features that a case uses, as the generator of its kind names them."""
    names: set[str] = _generator(case).features(case)
    return names


def executed_of(case: Case, events: Sequence[Mapping[str, Any]]) -> set[str]:
    """The features that the oracle came to, where the generator can tell by its events; else those that a case uses."""
    generator = _generator(case)
    names: set[str] = generator.executed(case, events) if hasattr(generator, "executed") else generator.features(case)
    return names


def _generator(case: Case) -> Any:
    return importlib.import_module(_MODULES[case.kind])


def _counted(m: str, phase: str, layer: str, tally: Tally, pairs: PairCounts) -> dict[str, Any]:
    """A message with all that was counted so far, and the pairs since the last one."""
    return {"m": m, "phase": phase, "layer": layer, "tally": tally.to_json(), "pairs": pairs.take()}


def _read(lines: queue.Queue[str], source: TextIO | None = None) -> None:
    left = False
    for line in source or sys.stdin:
        left = left or json.loads(line).get("job") == "leave"
        lines.put(line)
    if not left:
        os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
