"""What the Rust backend says it did during a run: one file from each process, written when that process ends."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ENVIRONMENT", "Evidence", "collect", "environment"]

SCHEMA = "langgraph_rs/witness/1"

_FILE = "LANGGRAPH_RS_WITNESS_FILE"

ENVIRONMENT = {"LANGGRAPH_BACKEND": "rust", "LANGGRAPH_RS_WITNESS": "1"}
"""What switches the backend on, with every replaced Python function poisoned."""


def environment(folder: Path) -> dict[str, str]:
    """The environment of a run on Rust whose processes leave their testimony in a folder."""
    return {**ENVIRONMENT, _FILE: str(folder / "witness")}


@dataclass(frozen=True)
class Evidence:
    """All processes' testimonies together.

    `counters` are the sums, by dotted name. `caught` counts uses of replaced Python, `captured` and `bypassed` name
    references to it that escaped the hook: each must be empty. `live` names what Rust stood in for in some process.
    """

    processes: int
    counters: dict[str, int]
    caught: dict[str, int]
    captured: tuple[str, ...]
    bypassed: tuple[str, ...]
    live: tuple[str, ...]

    def moved(self, name: str) -> int:
        """The sum of the counters of that name or below it."""
        return sum(count for key, count in self.counters.items() if key == name or key.startswith(f"{name}."))

    def objections(self, work: tuple[str, ...]) -> list[str]:
        """Why a run with these testimonies proves nothing about Rust, or shows Python at its work; empty if it is fine.

        `work` names counters (or groups of them) that must have moved.
        """
        found: list[str] = []
        if not self.processes:
            found.append("vacuous: no process of the run left a testimony of the witness")
        elif idle := [name for name in work if not self.moved(name)]:
            found.append(f"vacuous: Rust did nothing in {', '.join(idle)}")
        found += [f"the witness caught {name}, called {times} times" for name, times in self.caught.items()]
        found += [f"{name} still holds an original that Rust replaces" for name in self.captured]
        found += [f"{name} was loaded without the hook" for name in self.bypassed]
        return found


def collect(folder: Path) -> Evidence:
    """Adds up the testimonies in a folder. A file that is none counts as a process that said nothing."""
    counters: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    captured: set[str] = set()
    states: dict[str, set[str]] = {}
    processes = 0
    for path in sorted(folder.glob("witness.*.json")):
        try:
            said = json.loads(path.read_bytes())
        except ValueError:
            continue
        if not isinstance(said, dict) or said.get("schema") != SCHEMA or not said.get("witness"):
            continue
        processes += 1
        counters.update(dict(_flat(said["counters"] or {})))
        caught.update(said["caught"])
        captured.update(said["captured"])
        for name, state in said["names"].items():
            states.setdefault(state, set()).add(name)
    return Evidence(
        processes,
        dict(sorted(counters.items())),
        dict(sorted(caught.items())),
        tuple(sorted(captured)),
        tuple(sorted(states.get("bypassed", ()))),
        tuple(sorted(states.get("live", ()))),
    )


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        elif value:
            found.append((f"{prefix}{key}", int(value)))
    return found
