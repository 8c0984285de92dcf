"""The branches of upstream that no case takes, each with the reason: `uncovered.toml` beside the oracle whose lines
it names; and what is wrong with a measurement.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.corpus.coverage import Branch, CoverageError, FileCoverage
from parity.oracle.definition import DEFAULT, folder_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["FLOOR", "SCHEMA", "Listed", "complaints", "default_path", "load", "reachable_percent", "shown"]

SCHEMA = "parity/uncovered/1"
FILE = "uncovered.toml"

FLOOR = 95.0
"""Per cent of a file's branches, those that are listed not counted, that the cases must take."""

_ENTRY = re.compile(r"([a-z_/]+\.py):([1-9][0-9]{0,6}) -> ([1-9][0-9]{0,6}|exit)")


@dataclass(frozen=True)
class Listed:
    """Why branches are not taken, by branch, as `shown` writes them; `chance` are those that sometimes are."""

    reasons: Mapping[str, str]
    chance: frozenset[str] = frozenset()

    def reason(self, file: str, branch: Branch) -> str | None:
        """Why that branch is not taken; None if nobody has said."""
        return self.reasons.get(shown(file, branch))


def default_path() -> Path:
    """The list that belongs to the oracle. Raises OracleError without one."""
    return folder_of(DEFAULT) / FILE


def shown(file: str, branch: Branch) -> str:
    """A branch as it is printed and listed: `file:line -> line`."""
    first, then = branch
    return f"{file}:{first} -> {then if then > 0 else 'exit'}"


def load(path: Path) -> Listed:
    """The list in a file. Raises CoverageError: the file, and what is wrong in it."""
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
        if data.get("schema") != SCHEMA:
            raise ValueError(f"schema: expected {SCHEMA!r}, got {data.get('schema')!r:.60}")
        if unknown := sorted(data.keys() - {"schema", "reason"}):
            raise ValueError(f"{unknown[0]}: not known")
        groups = data.get("reason", [])
        if not isinstance(groups, list):
            raise ValueError("reason: expected [[reason]] tables")
        reasons: dict[str, str] = {}
        chance: set[str] = set()
        for number, group in enumerate(groups, 1):
            why, branches = _group(f"reason {number}", group)
            if group.get("chance", False):
                chance.update(branches)
            for branch in branches:
                if branch in reasons:
                    raise ValueError(f"{branch}: listed twice")
                reasons[branch] = why
        return Listed(reasons, frozenset(chance))
    except OSError as error:
        raise CoverageError(f"cannot read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise CoverageError(f"{path}: {error}") from error


def _group(place: str, group: Any) -> tuple[str, list[str]]:
    if not isinstance(group, dict) or group.keys() - {"chance"} != {"why", "branches"}:
        raise ValueError(f"{place}: expected why and branches, and maybe chance")
    if not isinstance(group.get("chance", False), bool):
        raise ValueError(f"{place}: chance: expected true or false")
    why, branches = group["why"], group["branches"]
    if not isinstance(why, str) or not why.strip():
        raise ValueError(f"{place}: why: expected words")
    if not isinstance(branches, list) or not branches:
        raise ValueError(f"{place}: branches: expected a list")
    for branch in branches:
        if not isinstance(branch, str) or not _ENTRY.fullmatch(branch):
            raise ValueError(f"{place}: expected 'file:line -> line' or 'file:line -> exit', got {branch!r:.60}")
    return why, branches


def reachable_percent(file: FileCoverage, listed: Listed) -> float:
    """Per cent of the branches taken, of those that are not listed; 100 where there are none."""
    wanted = [branch for branch in file.branches if listed.reason(file.name, branch) is None]
    return 100.0 * sum(branch in file.taken for branch in wanted) / len(wanted) if wanted else 100.0


def complaints(files: Mapping[str, FileCoverage], listed: Listed) -> list[str]:
    """One line for each thing that is wrong: a branch that is neither taken nor listed, one that is listed and taken
    (and not by chance), a file of whose other branches too few are taken.

    What is listed of files that were not measured is not looked at. Raises CoverageError for a branch that is listed
    and that its file does not have.
    """
    found: list[str] = []
    for file in files.values():
        known = {shown(file.name, branch): branch for branch in file.branches}
        said = [branch for branch in listed.reasons if branch.partition(":")[0] == file.name]
        if unknown := [branch for branch in said if branch not in known]:
            raise CoverageError(f"{unknown[0]} is listed, and {file.name} has no such branch")
        found += [
            f"UNCOVERED {shown(file.name, branch)}: no case takes it, and nobody has said why"
            for branch in file.missing
            if listed.reason(file.name, branch) is None
        ]
        found += [
            f"STALE {branch}: listed, and taken after all"
            for branch in said
            if known[branch] in file.taken and branch not in listed.chance
        ]
        if (percent := reachable_percent(file, listed)) < FLOOR:
            found.append(f"BELOW {file.name}: {percent:.1f} % of what is not listed is taken, {FLOOR:.0f} % are wanted")
    return found
