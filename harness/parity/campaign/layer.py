"""One layer in one worker: each case run, counted, and what diverges saved at once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from parity.campaign.events import OracleFailed, Unsupported
from parity.campaign.explore import Stop
from parity.campaign.finds import Context, Finds
from parity.campaign.plan import layer_of
from parity.campaign.stored import REGRESSIONS
from parity.campaign.tally import Tally
from parity.cases.model import Case
from parity.generate.swarm import BATCH
from parity.observe.model import Outcome
from parity.triage.divergence import GATES, Divergence
from parity.triage.files import write_atomic
from parity.triage.localise import localise, localise_part
from parity.triage.pair import FAILURES, Pair, Result, hangs, restless, second_answer
from parity.triage.reduce import reduce
from parity.triage.shrink import Hunt, Spent
from parity.triage.waivers import Waiver, matching

SETTLED = 3
"""How often a case that shows a new change between two releases must be answered alike by each of them."""

MAX_TIMEOUTS = 2
"""A worker leaves a layer after this many cases on which the subject did not answer in time: each costs the whole
time-out."""

MAX_FAILURES = 5
"""A worker leaves a layer after this many panics, aborts and the like: each costs a new process, and they say no
more."""


MAX_PARTED = 10
"""Of this many divergences of a layer a worker asks which part of the backend has them: each asks five subjects."""


class LayerRun:
    """Visits cases (see `explore.Visitor`) and keeps the numbers.

    `wanted` is how many cases to run, None for no limit; `deadline` is a time of `time.monotonic()`. `features` names
    the features that a case was seen to use by the oracle's events, and `used` is told of them. `left_out` says whose
    lack keeps a case from being run, and what it is. `hopeless` are the statuses of which few end the layer. `tick` is
    called after each case.
    """

    def __init__(
        self,
        context: Context,
        pair: Pair,
        *,
        phase: str,
        layer: str,
        features: Callable[[Case, Sequence[Mapping[str, Any]]], Collection[str]],
        wanted: int | None = None,
        deadline: float | None = None,
        tick: Callable[[Tally], None] = lambda _: None,
        used: Callable[[Case, Collection[str]], None] = lambda *_: None,
        left_out: Callable[[Case], tuple[str, str] | None] = lambda _: None,
        hopeless: Collection[str] = FAILURES,
    ) -> None:
        self.tally = Tally()
        self._context = context
        self._pair = pair
        self._phase = phase
        self._layer = layer
        self._features = features
        self._wanted = wanted
        self._deadline = deadline
        self._tick = tick
        self._used = used
        self._left_out = left_out
        self._hopeless = hopeless
        self._seen: set[bytes] = set()
        self._probed: dict[bytes, bool] = {}
        self._met_by_the_way: set[str] = set()
        self._flaky: set[str] = set()
        self._parts_left = MAX_PARTED
        self._found: Divergence | None = None
        self._first: Divergence | None = None
        self._finds = Finds(context, phase, layer)

    def wanted(self) -> int | None:
        """How many more cases to visit."""
        return None if self._wanted is None else self._wanted - self.tally.cases

    def visited(self) -> int:
        """How many different cases have been visited."""
        return len(self._seen)

    def rejected(self, count: int) -> None:
        """Counts examples that the strategy gave up."""
        self.tally.rejected += count

    def replay(self, cases: Iterable[Case]) -> None:
        """Visits stored cases. What diverges is reduced from the case itself: no strategy made it."""
        try:
            for case in cases:
                hunt = self.visit(case)
                if hunt is not None:
                    self.finish(hunt)
        except Stop:
            return

    def stream(self, cases: Iterator[Case]) -> None:
        """Visits cases sent many at a time. What diverges is reduced from the case itself, as in `replay`."""
        try:
            while drawn := list(islice(cases, BATCH)):
                self.visit_many(iter(drawn))
        except Stop:
            return

    def visit_many(self, cases: Iterator[Case]) -> None:
        """Runs and counts cases, sent together, as many as are wanted, and finishes what they show. Raises Stop."""
        self._check_limits()
        left = self.wanted()
        sent: list[Case] = []
        for case in cases:
            if left is not None and len(sent) >= left:
                break
            if self._is_new(case):
                sent.append(case)
        while sent:
            results = self._pair.run_many(sent)
            done, sent = sent[: len(results)], sent[len(results) :]
            for case, result in zip(done, results, strict=True):
                hunt = self._account(case, result)
                if hunt is None:
                    self._stop_if_hopeless()
                else:
                    self.finish(hunt)
        self._tick(self.tally)

    def visit(self, case: Case) -> Hunt | None:
        """Runs and counts a case that has not been run before; a hunt if it shows a new fingerprint. Raises Stop."""
        self._check_limits()
        if not self._is_new(case):
            return None
        result = self._pair.run(case)
        hunt = self._account(case, result)
        self._tick(self.tally)
        if hunt is None:
            self._stop_if_hopeless()
        return hunt

    def _check_limits(self) -> None:
        left = self.wanted()
        if left is not None and left <= 0:
            raise Stop
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self.tally.stopped = self.tally.stopped or "out of time"
            raise Stop

    def _is_new(self, case: Case) -> bool:
        """Whether a case is to be run: not if it has been in this layer, or is left out; counted either way."""
        digest = _digest(case)
        if digest in self._seen:
            self.tally.duplicates += 1
            return False
        self._seen.add(digest)
        lack = self._left_out(case)
        if lack is not None:
            self.tally.cases += 1
            self._unsupported(lack[0], case, lack[1])
        return lack is None

    def probe(self, hunt: Hunt, case: Case) -> bool:
        """Runs a smaller case for a hunt; True if it shows the same fingerprint. Raises Spent."""
        digest = _digest(case)
        if digest in self._probed:
            return self._probed[digest]
        hunt.check()
        result = self._pair.run_hasty(case) if hunt.hasty else self._pair.run(case)
        self.tally.seconds_oracle += result.seconds_oracle
        self.tally.seconds_subject += result.seconds_subject
        shown = result.fingerprint_id
        if hunt.probed(case, shown, hangs(result)) and self._found is not None:
            self._found = self._finds.smaller(self._found, case, result)
        elif shown is not None and shown not in self._context.known | self._met_by_the_way:
            # Shrinking has run into something else. It is kept, and shrunk if the layer meets it by itself.
            self._met_by_the_way.add(shown)
            if self._waiver(case, result) is None:
                self._finds.tell(self._finds.keep(case, result), self._second_time(case, result))
        self._tick(self.tally)
        self._probed[digest] = shown == hunt.fingerprint_id
        return self._probed[digest]

    def finish(self, hunt: Hunt) -> None:
        """Runs the smallest case once more, if it is not the one found, and saves the divergence for good."""
        self._probed = {}
        found, first = self._found, self._first
        self._found = self._first = None
        if found is not None:
            self._settle(hunt, found, first or found)
        self._stop_if_hopeless()

    def _settle(self, hunt: Hunt, found: Divergence, first: Divergence) -> None:
        final = replace(found, shrunk=True)
        gone = ""
        if found.case != found.original_case:
            gone = self._gone(found.case, found.fingerprint_id)
            gone = gone or self._chance(found.case, found.expected, found.actual)
        if gone and hunt.hasty:
            # It was only slow: what hung with all patience was the case found.
            final, gone = replace(first, shrunk=True), ""
        if gone:
            final = replace(final, flaky=True, again=gone)
            self.tally.diverged -= 1
            self.tally.fingerprints[found.fingerprint_id] -= 1
            self.tally.flaky[found.fingerprint_id] += 1
        else:
            final = self._localised(final)
        self._finds.ended(final, hunt)

    def _localised(self, found: Divergence) -> Divergence:
        """The divergence with the answer of a second subject, where there is one to ask."""
        if self._context.second is None:
            return found
        name, side = self._context.second()
        told = localise(found.case, found.expected, found.actual, side, name)
        if self._context.parts is not None and self._parts_left:
            self._parts_left -= 1
            part, parts = localise_part(found.case, found.expected, found.actual, self._context.parts)
            told = replace(told, part=part, parts=parts)
        return replace(found, localised=told)

    def _account(self, case: Case, result: Result) -> Hunt | None:
        tally = self.tally
        tally.cases += 1
        tally.seconds_oracle += result.seconds_oracle
        tally.seconds_subject += result.seconds_subject
        used = self._features(case, result.expected.events)
        tally.features.update(used)
        self._used(case, used)
        if result.actual is None:
            self._no_oracle(case, result)
            return None
        tally.supersteps += _supersteps(result)
        tally.verdicts[result.actual.status] += 1
        tally.work.update(result.work)
        if result.comparison is None:
            self._unsupported("subject", case, result.actual.detail)
            return None
        tally.normalisations.update(result.comparison.applied)
        fingerprint_id = result.fingerprint_id
        waiver = self._waiver(case, result)
        self._watch(case, waiver)
        if fingerprint_id is None:
            tally.agreed += 1
            return None
        if waiver is not None:
            tally.waived[waiver.key] += 1
            return None
        new = fingerprint_id not in self._context.known | self._flaky
        # On disk before the case is run again: a kill at any moment leaves it there.
        found = self._finds.keep(case, result) if new else None
        gone = self._second_time(case, result)
        if new and not gone:
            gone = self._chance(case, result.expected, result.actual)
        if gone:
            tally.flaky[fingerprint_id] += 1
            self._flaky.add(fingerprint_id)
            if found is not None:
                self._finds.tell(found, gone, mine=self._claim(f"flaky-{fingerprint_id}"))
            return None
        tally.diverged += 1
        tally.fingerprints[fingerprint_id] += 1
        if fingerprint_id in self._context.known:
            return None
        self._context.known.add(fingerprint_id)
        first = self._claim(fingerprint_id)
        # The chunk ends here even if another worker shrinks this fingerprint already, so that which cases come next
        # does not depend on which worker was faster.
        hunt = Hunt(fingerprint_id, case, self._context.shrink_seconds if first else 0.0, hasty=hangs(result))
        found = self._finds.tell(found or self._finds.keep(case, result), mine=first)
        if first:
            self._found = self._first = found
            self._reduce(hunt)
        return hunt

    def _claim(self, name: str) -> bool:
        """True for the first worker; what a side does with itself is another matter than what the two do."""
        return self._context.run_dir.claim(f"{self._phase}-{name}" if self._phase in GATES else name)

    def _waiver(self, case: Case, result: Result) -> Waiver | None:
        """The waiver that lets what a case showed pass."""
        difference = result.comparison.difference if result.comparison is not None else None
        if difference is None:
            return None
        return matching(self._context.waivers, difference.fingerprint, layer_of(case.kind))

    def _watch(self, case: Case, waiver: Waiver | None) -> None:
        """Counts a kept regression that no longer shows what its waiver says."""
        if self._phase == REGRESSIONS:
            for key in self._context.watched.get(case.case_id, ()):
                if waiver is None or waiver.key != key:
                    self.tally.passing[key] += 1

    def _second_time(self, case: Case, result: Result) -> str:
        """What was different when a case that diverged was run again on both sides; empty if it diverged alike.

        A failure of the subject that was met before is believed: running it again may cost a whole time-out, and has
        cost a process.
        """
        assert result.fingerprint_id is not None
        failed = result.actual is not None and result.actual.status in FAILURES
        if failed and result.fingerprint_id in self._context.known:
            return ""
        return self._gone(case, result.fingerprint_id, result)

    def _gone(self, case: Case, fingerprint_id: str, first: Result | None = None) -> str:
        """What both sides did in place of a divergence when a case was run again; empty if it was there."""
        again = self._pair.run(case)
        self.tally.seconds_oracle += again.seconds_oracle
        self.tally.seconds_subject += again.seconds_subject
        return "" if again.fingerprint_id == fingerprint_id else second_answer(first, again)

    def _chance(self, case: Case, expected: Outcome, actual: Outcome) -> str:
        """Where a side of two equals does not agree with itself on a case; empty if both do, each of a few times.

        Of equals none has passed a long gate, and what differs within one release is no change between two.
        """
        for _ in range(SETTLED if self._pair.equals else 0):
            again = self._pair.run(case)
            self.tally.seconds_oracle += again.seconds_oracle
            self.tally.seconds_subject += again.seconds_subject
            if told := restless(case, expected, actual, again):
                return told
        return ""

    def _reduce(self, hunt: Hunt) -> None:
        """Leaves out parts of the case first: a few bold steps. What time is left belongs to who proposed the case."""
        try:
            reduce(hunt.best, lambda candidate: self.probe(hunt, candidate))
        except Spent:
            return

    def _no_oracle(self, case: Case, result: Result) -> None:
        if result.expected.status == "unsupported":
            self._unsupported("oracle", case, result.expected.detail)
            return
        self.tally.oracle_failed += 1
        path = self._context.run_dir.oracle_failures / f"{case.case_id}.json"
        write_atomic(path, json.dumps(case.to_json(), indent=1).encode() + b"\n")
        self._context.emit(
            OracleFailed(
                phase=self._phase,
                layer=self._layer,
                status=result.expected.status,
                detail=result.expected.detail[:2000],
                path=str(path.relative_to(self._context.run_dir.path)),
            )
        )

    def _unsupported(self, role: str, case: Case, reason: str) -> None:
        self.tally.unsupported += 1
        key = f"{role}: {reason[:200]}"
        if not self.tally.unsupported_reasons[key]:
            self._context.emit(
                Unsupported(phase=self._phase, layer=self._layer, role=role, reason=reason[:200], case_id=case.case_id)
            )
        self.tally.unsupported_reasons[key] += 1

    def _stop_if_hopeless(self) -> None:
        verdicts = self.tally.verdicts
        if verdicts["timeout"] >= MAX_TIMEOUTS:
            self.tally.stopped = f"the subject did not answer in time on {verdicts['timeout']} cases"
            raise Stop
        failures = sum(verdicts[status] for status in self._hopeless)
        if failures >= MAX_FAILURES:
            self.tally.stopped = f"the subject failed on {failures} cases"
            raise Stop


def _digest(case: Case) -> bytes:
    return hashlib.blake2b(case.text.encode("ascii"), digest_size=12).digest()


def _supersteps(result: Result) -> int:
    """Supersteps that the oracle committed: each ends in a checkpoint; the one of the input has step -1."""
    return sum(1 for event in result.expected.events if event.get("e") == "put" and int(event.get("step", -1)) >= 0)
