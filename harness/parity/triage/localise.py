"""Where a divergence of the drop-in backend lies: in the crates or in the bridge to LangGraph, and in which part.

A second subject runs the case: `core`, the same crates on native values with no bridge between. And the case is run on
the backend with one part after the other left to upstream: the part without which the divergence is gone has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Literal, get_args

from parity.cases.model import Case, CaseError, Json
from parity.compare import compare
from parity.observe.model import Outcome
from parity.triage.pair import Side

__all__ = ["At", "Localised", "Parts", "localise", "localise_part"]

At = Literal["core", "bridge", "unclear", "unsupported"]
"""`core`: the second subject does as the first did. `bridge`: it does as the oracle did. `unclear`: it does neither.
`unsupported`: it does not run such a case."""


@dataclass(frozen=True)
class Localised:
    """Where it lies, which subject said so, and what that one did where it did neither.

    `part` is a line on the part of the backend that has it, empty where none was looked for; `parts` names it, or the
    parts that have it together.
    """

    at: At
    by: str
    detail: str = ""
    part: str = ""
    parts: tuple[str, ...] = ()

    def told(self) -> str:
        """One line for a reader."""
        return f"{self._side()}; {self.part}" if self.part else self._side()

    def _side(self) -> str:
        if self.at == "core":
            return f"in the core: `{self.by}` does the same"
        if self.at == "bridge":
            return f"in the bridge: `{self.by}` agrees with the oracle"
        if self.at == "unclear":
            return f"not localised: `{self.by}` differs too, but otherwise: {self.detail}"
        return f"not localised: `{self.by}` does not run this case: {self.detail}"

    def to_json(self) -> dict[str, Json]:
        """As the divergence file holds it."""
        return {**asdict(self), "parts": list(self.parts)}

    @classmethod
    def from_json(cls, obj: Json) -> Localised:
        """The inverse of `to_json`. Raises CaseError."""
        values: Any = obj if isinstance(obj, dict) else {}
        if values.get("at") not in get_args(At) or not all(
            isinstance(values.get(key), str) for key in ("by", "detail")
        ):
            raise CaseError("/localised", f"expected at, by and detail, got {str(obj)[:80]}")
        parts = values.get("parts", [])
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in (*parts, values.get("part", ""))):
            raise CaseError("/localised", f"expected part and parts as texts, got {str(obj)[:80]}")
        return cls(values["at"], values["by"], values["detail"], values.get("part", ""), tuple(parts))


def localise(case: Case, expected: Outcome, actual: Outcome, second: Side, name: str) -> Localised:
    """Runs the case on the second subject, whose name is given, and says whom it sides with."""
    opinion = Outcome.from_reply(second.run_many((case,))[0])
    if opinion.status == "unsupported":
        return Localised("unsupported", name, opinion.detail[:500])
    own = compare(case, expected, opinion).difference
    if own is None:
        return Localised("bridge", name)
    first = compare(case, expected, actual).difference
    same = first is not None and own.fingerprint_id == first.fingerprint_id
    if same or compare(case, opinion, actual).difference is None:
        return Localised("core", name)
    return Localised("unclear", name, own.summary[:500])


@dataclass(frozen=True)
class Parts:
    """The parts of a backend, and the subjects that stand for it with some of them left to upstream.

    `without` names the subject that lacks these parts, `only` the one that has but this (or `none`), `side` starts it.
    """

    names: Sequence[str]
    without: Callable[..., str]
    only: Callable[[str], str]
    side: Callable[[str], Side]


def localise_part(case: Case, expected: Outcome, actual: Outcome, parts: Parts) -> tuple[str, tuple[str, ...]]:
    """The smallest set of parts without which the divergence is gone: a line for a reader, and their names.

    The oracle's output is substituted part by part: a run with `codec` left to upstream has upstream's bytes. Of
    several parts that each make it go away, the one that shows it alone is at fault: the others only carry it.
    """
    first = compare(case, expected, actual).difference
    if first is None or actual.status == "witness":
        return "", ()

    def shows(name: str) -> bool:
        outcome = Outcome.from_reply(parts.side(name).run_many((case,))[0])
        return compare(case, expected, outcome).difference is not None

    gone = tuple(part for part in parts.names if not shows(parts.without(part)))
    if len(gone) == 1:
        return f"in the part `{gone[0]}`: with upstream's in its place both sides agree", gone
    alone = tuple(part for part in (gone or parts.names) if shows(parts.only(part)))
    if gone and len(alone) == 1:
        return f"in the part `{alone[0]}`: it shows with that alone in Rust, and not without it", alone
    if gone:
        told = ", ".join(f"`{part}`" for part in gone)
        return f"between the parts {told}: with upstream's in place of any of them both sides agree", gone
    if shows(parts.only("none")):
        return "in no part: it shows even with all of them left to upstream", ()
    if alone:
        return f"in several parts, each by itself: {', '.join(f'`{part}`' for part in alone)}", alone
    for pair in combinations(parts.names, 2):
        if not shows(parts.without(*pair)):
            return f"in the parts `{pair[0]}` and `{pair[1]}`: with upstream's in place of both, both sides agree", pair
    return "in no part or pair of parts by itself", ()
