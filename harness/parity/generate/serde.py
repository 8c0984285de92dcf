"""What serde cases use; they are designed by hand (`corpus/entries/serde.py`), none are drawn."""

from __future__ import annotations

from parity.cases.model import Case

__all__ = ["features"]


def features(case: Case) -> set[str]:
    """The options and steps of a case, as `serde:NAME`."""
    return {f"serde:{name}" for name in (*case.body["options"], *(step["op"] for step in case.body["steps"]))}
