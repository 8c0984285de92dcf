"""A corpus small enough to be recorded in every test, without an oracle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parity.cases.model import Case
from parity.observe.model import Outcome

ORACLE = "langgraph-1.2.22"


def echo(cases: Sequence[Case], hash_seed: int) -> list[Outcome]:
    """A recorder that answers at once, with what it was asked."""
    return [
        Outcome("observed", ({"e": "dumps", "tag": "msgpack", "hex": "c0"}, {"e": "loads", "value": case.body}))
        for case in cases
    ]


def named(*values: Any) -> list[tuple[str, Case]]:
    """Value and bytes cases, so that a corpus has more than one file."""
    return [
        *((f"v{index}", Case("value", {"value": value})) for index, value in enumerate(values)),
        ("b", Case("bytes", {"hex": "c0"})),
    ]
