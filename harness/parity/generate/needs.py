"""What a case needs of LangGraph beyond release 1.2.0, so that a release that lacks it is not asked.

Names are those of `parity.subjects.upstream.surface`. A feature that every release since 1.2.0 has needs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

__all__ = ["NEEDS", "lacking"]

NEEDS: dict[str, str] = {
    "interrupt_schema": "langgraph.types.interrupt(response_schema)",
    "resume_strict": "langgraph.errors.UnknownInterruptError",
}
"""By feature, as `features(case)` of a generator names it: the public name or parameter that it needs.

Of what programs use, this is all that came after 1.2.0 (`parity.subjects.upstream.surface` of 1.2.0 and of 1.2.22)."""


def lacking(features: Iterable[str], absent: Collection[str]) -> str | None:
    """The first thing (by name) that a case with these features needs and that is absent; None if there is none."""
    return min((NEEDS[name] for name in features if NEEDS.get(name) in absent), default=None)
