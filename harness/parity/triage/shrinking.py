"""A saved divergence made smaller, further than the run that found it had time for."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from parity.cases.model import Case, canonical
from parity.triage.divergence import Divergence
from parity.triage.pair import Pair, Result, hangs
from parity.triage.reduce import candidates, reduce
from parity.triage.shrink import Hunt, Spent, case_size

__all__ = ["Shrunk", "reduce_deeper", "shrink", "smaller_path"]


@dataclass(frozen=True)
class Shrunk:
    """What a search ended with: the smallest case that shows the divergence, and both sides' outcomes on it.

    `before` and `after` are bytes of canonical JSON, `seconds` wall time; `cut` says that the budget ended the search.
    """

    case: Case
    result: Result
    before: int
    after: int
    probes: int
    seconds: float
    cut: bool

    def put_into(self, saved: Divergence) -> Divergence:
        """The saved divergence with the smaller case in place of its own; `original_case` stays what was found."""
        return replace(saved.smaller(self.case, self.result), shrunk=True)


def shrink(case: Case, first: Result, pair: Pair, seconds: float) -> Shrunk:
    """Searches for the smallest case with the fingerprint that `first`, the result of `case`, shows.

    Parts are left out for as long as the difference shows; where no single part can go, two go at once, which is what
    a run has no time for. Ends when nothing more can be tried or after `seconds` of wall time.
    """
    assert first.fingerprint_id is not None
    hunt = Hunt(first.fingerprint_id, case, seconds, hasty=hangs(first))
    results = {_digest(case): first}

    def shows(candidate: Case) -> bool:
        digest = _digest(candidate)
        if digest not in results:
            hunt.check()
            result = results[digest] = pair.run_hasty(candidate) if hunt.hasty else pair.run(candidate)
            hunt.probed(candidate, result.fingerprint_id, hangs(result))
        return results[digest].fingerprint_id == hunt.fingerprint_id

    with contextlib.suppress(Spent):
        reduce_deeper(case, shows)
    best, result = hunt.best, results[_digest(hunt.best)]
    if hunt.hasty and best != case:
        result = pair.run(best)
        if result.fingerprint_id != hunt.fingerprint_id:
            best, result = case, first
    return Shrunk(
        case=best,
        result=result,
        before=case_size(case)[0],
        after=case_size(best)[0],
        probes=hunt.probes,
        seconds=hunt.seconds,
        cut=hunt.cut,
    )


def reduce_deeper(case: Case, shows: Callable[[Case], bool]) -> Case:
    """As `reduce`, and where it ends, two steps at once for as long as that gives a smaller case."""
    while True:
        case = reduce(case, shows)
        found = next((second for step in candidates(case) for second in candidates(step) if shows(second)), None)
        if found is None:
            return case
        case = found


def smaller_path(path: Path) -> Path:
    """Where the smaller version of a saved divergence or case is written: beside it, under a name of its own."""
    stem = path.stem.removesuffix(".min")
    return path.with_name(f"{stem}.min.json")


def _digest(case: Case) -> bytes:
    return hashlib.blake2b(canonical(case.to_json()).encode("ascii"), digest_size=12).digest()
