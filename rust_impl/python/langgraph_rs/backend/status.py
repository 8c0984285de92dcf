"""What the backend does in this process: printed for people, and as plain data for a harness."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langgraph_rs.backend.activation import current
from langgraph_rs.backend.errors import BackendError
from langgraph_rs.backend.finder import BACKEND
from langgraph_rs.backend.record import RECORD
from langgraph_rs.backend.replaced import PARTS, REPLACED, Replacement
from langgraph_rs.backend.sources import load, problems, source_of

__all__ = ["SCHEMA", "counters", "main", "status", "witness", "write_witness"]

SCHEMA = "langgraph_rs/witness/1"

COUNTERS = ("codec", "channel", "algorithm")
"""The parts of the extension module that count their work, each by its function `NAME_counters()`."""


def witness() -> dict[str, Any]:
    """What Rust did in this process so far and what of upstream was caught in its place, as JSON-able data.

    `names` says of each row of the table ("module:name") whether it is `live`, `waiting` for its module to load,
    `bypassed` (the module has loaded without the hook), `left` (its part was not asked for) or `off`. `parts` lists the
    parts that Rust takes over where it was not asked for all of them, else it is None. `caught` counts uses of poisoned
    originals; `captured` lists attributes of loaded modules ("module.attribute") that still hold an original. Under the
    witness both must be empty. `counters` is None before the extension module has loaded.
    """
    finder = current()
    functions = [original.functions for original in (*RECORD.replaced.values(), *RECORD.poisoned.values())]
    return {
        "schema": SCHEMA,
        "pid": os.getpid(),
        "backend": None if finder is None else finder.mode,
        "verified": None if finder is None else finder.verified,
        "witness": finder is not None and finder.witness,
        "parts": None if finder is None or finder.parts is None else sorted(finder.parts),
        "names": {f"{row.module}:{row.name}": state_of(row) for row in REPLACED},
        "poisoned": sum(functions),
        "caught": RECORD.caught(),
        "captured": _captured(),
        "counters": counters() if "langgraph_rs._core" in sys.modules else None,
    }


def status() -> None:
    """Prints whether the backend is there, the table of replaced names with their files, and the live counters."""
    print("\n".join(_lines()))


def write_witness(path: str) -> Path:
    """Writes `witness()` to `PATH.PID.json`, whole or not at all; returns that path. Raises OSError."""
    target = Path(f"{path}.{os.getpid()}.json")
    draft = target.with_suffix(".tmp")
    draft.write_text(json.dumps(witness(), indent=1) + "\n", "utf-8")
    os.replace(draft, target)
    return target


def main() -> int:
    """`python -m langgraph_rs`: the status; exit code 2 if the backend was asked for and cannot be had."""
    finder = current()
    refused = False
    if finder is not None:
        try:
            finder.require()
        except BackendError as error:
            print(f"langgraph_rs: error: {error}", file=sys.stderr)
            refused = True
    status()
    return 2 if refused else 0


def state_of(row: Replacement) -> str:
    """`live`, `waiting`, `bypassed`, `left` or `off`, as `witness` tells it."""
    module = sys.modules.get(row.module)
    original = RECORD.replaced.get((row.module, row.name))
    if original is not None and original.still_replaced():
        return "live"
    finder = current()
    if finder is None or finder.verified is False:
        return "off"
    if not finder.takes(row):
        return "left"
    return "waiting" if module is None else "bypassed"


def _lines() -> list[str]:
    finder, known = current(), witness()
    packages = load()
    upstream = ", ".join(f"{package.name} {package.version}" for package in packages)
    lines = [f"langgraph_rs for {upstream}"]
    if finder is None:
        lines.append(f"backend: off; start Python with {BACKEND}=rust, or call langgraph_rs.install() before LangGraph")
        trouble = tuple(problems(packages))
    else:
        on = f"on, {known['poisoned']} functions poisoned" if finder.witness else "off"
        lines.append(f"backend: {finder.mode}, witness {on}")
        if finder.parts is not None:
            named = ", ".join(part for part in PARTS if part in finder.parts) or "none"
            lines.append(f"PARTIAL: Rust takes over {named}; the rest is upstream's, for finding faults only")
        trouble = finder.trouble
    lines += [f"cannot be used: {line}" for line in trouble]
    module = ""
    for row in REPLACED:
        if row.module != module:
            module = row.module
            source = source_of(module, packages)
            lines.append(f"{source.file}  sha256 {source.sha256}")
        lines.append(f"  {state_of(row):8} {row.name} -> {row.provider}")
    lines += [f"caught: {name} {times} times" for name, times in known["caught"].items()]
    lines += [f"captured: {name}" for name in known["captured"]]
    lines += [f"{name}: {count}" for name, count in _flat(known["counters"] or {})]
    return lines


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, int]]:
    """The counters that have counted something, by dotted path."""
    found: list[tuple[str, int]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        elif value:
            found.append((f"{prefix}{key}", value))
    return found


def counters() -> dict[str, Any]:
    """What the extension module counted since the process began, by part: nested, numbers at the ends."""
    core = importlib.import_module("langgraph_rs._core")
    return {name: getattr(core, f"{name}_counters")() for name in COUNTERS}


def _captured() -> list[str]:
    originals = {id(original.value) for original in RECORD.replaced.values()}
    return sorted(
        f"{name}.{attribute}"
        for name, module in list(sys.modules.items())
        for attribute, value in list(getattr(module, "__dict__", {}).items())
        if id(value) in originals
    )
