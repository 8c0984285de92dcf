"""What became of one mutant on one side: ours, or that of upstream's own suites."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["VERDICTS", "Kill", "Verdict"]

VERDICTS = ("killed", "survived", "unreached", "same", "unbuildable", "stopped")
"""`unreached`: nothing that the side has runs the mutant's line. `same`: it compiles to upstream's own code, so nobody
can tell it. `unbuildable`: Rust's compiler refuses it. `stopped`: its time was over before all that reach it had run.
"""


@dataclass(frozen=True)
class Kill:
    """How a mutant was told from upstream.

    `origin` is `corpus`, `regression`, `random`, `import` (LangGraph could not even be imported) or the suite's name;
    `kind` the case's kind; `case` its name, or the test's id; `how` the fingerprint of the difference, `timeout`,
    `abort`, or the outcome of the test; `summary` says more, in one line.
    """

    origin: str
    kind: str
    case: str
    how: str
    summary: str


@dataclass(frozen=True)
class Verdict:
    """One of `VERDICTS`, with what it cost.

    `seconds` is wall time from the first look at the mutant to the verdict, `cpu` processor seconds of the processes
    that ran it; `ran` how many cases or tests ran, of `reaching` that run the mutant's line; `applied` how it was put
    in place; `unconfirmed` how often something differed once, and not when it was run again.
    """

    verdict: str
    kill: Kill | None
    seconds: float
    cpu: float
    ran: int
    reaching: int
    applied: str
    unconfirmed: int = 0

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Verdict:
        """The inverse of `to_json`. Raises ValueError, in one line, on anything else."""
        try:
            kill = data["kill"]
            made = cls(**{**data, "kill": None if kill is None else Kill(**kill)})
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a verdict: {error!r:.100}") from error
        if made.verdict not in VERDICTS:
            raise ValueError(f"not a verdict: {made.verdict!r:.40}")
        return made
