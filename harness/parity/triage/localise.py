"""Where a divergence of the drop-in backend lies: in the Rust crates, or in the bridge that joins them to LangGraph.

A second subject runs the case: `core`, the same crates on native values with no bridge between.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from parity.cases.model import Case, CaseError, Json
from parity.compare import compare
from parity.observe.model import Outcome
from parity.triage.pair import Side

__all__ = ["At", "Localised", "localise"]

At = Literal["core", "bridge", "unclear", "unsupported"]
"""`core`: the second subject does as the first did. `bridge`: it does as the oracle did. `unclear`: it does neither.
`unsupported`: it does not run such a case."""


@dataclass(frozen=True)
class Localised:
    """Where it lies, which subject said so, and what that one did where it did neither."""

    at: At
    by: str
    detail: str = ""

    def told(self) -> str:
        """One line for a reader."""
        if self.at == "core":
            return f"in the core: `{self.by}` does the same"
        if self.at == "bridge":
            return f"in the bridge: `{self.by}` agrees with the oracle"
        if self.at == "unclear":
            return f"not localised: `{self.by}` differs too, but otherwise: {self.detail}"
        return f"not localised: `{self.by}` does not run this case: {self.detail}"

    def to_json(self) -> dict[str, Json]:
        """As the divergence file holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, obj: Json) -> Localised:
        """The inverse of `to_json`. Raises CaseError."""
        values: Any = obj if isinstance(obj, dict) else {}
        if values.get("at") not in get_args(At) or not all(
            isinstance(values.get(key), str) for key in ("by", "detail")
        ):
            raise CaseError("/localised", f"expected at, by and detail, got {str(obj)[:80]}")
        return cls(values["at"], values["by"], values["detail"])


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
