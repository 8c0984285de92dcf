"""How much of upstream differential cases run: branch coverage of the files that we reimplement.

The oracle's worker runs traced (`subjects/branches.py`), as any subject does, and is asked case after case: all its
threads, and so all tasks of asyncio. A "crash" of a program ends no process. coverage.py says what the branches are,
and which were taken. What no differential case runs is compared by none.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.cases.model import Case
from parity.subjects.mutation.targets import TARGETS, MutationError
from parity.subjects.process import SubjectProcess, SubjectSpec

__all__ = ["Branch", "CoverageError", "FileCoverage", "covered_files", "measure"]

_TIMEOUT = 120.0
_ROOT = "langgraph/"

Branch = tuple[int, int]
"""From which line to which; a negative one is the end of the function that begins there."""


class CoverageError(RuntimeError):
    """Coverage could not be measured, or the list of what is not covered cannot be used; the message is one line."""


@dataclass(frozen=True)
class FileCoverage:
    """Of one file, named below `langgraph/`: its branches, and those that were taken."""

    name: str
    branches: frozenset[Branch]
    taken: frozenset[Branch]

    @property
    def missing(self) -> tuple[Branch, ...]:
        """The branches that were not taken, in the order of the file."""
        return tuple(sorted(self.branches - self.taken))

    @property
    def percent(self) -> float:
        """Per cent of the branches taken; 100 where there are none."""
        return 100.0 * len(self.taken) / len(self.branches) if self.branches else 100.0

    def __or__(self, other: FileCoverage) -> FileCoverage:
        """What two measurements of the same file have taken together."""
        return FileCoverage(self.name, self.branches | other.branches, self.taken | other.taken)


def covered_files() -> dict[str, Path]:
    """The files that are measured, by name: those that `parity mutants` mutates. Raises CoverageError."""
    try:
        return {target.file.removeprefix(_ROOT): target.path() for target in TARGETS}
    except MutationError as error:
        raise CoverageError(str(error)) from error


def measure(cases: Sequence[Case], files: dict[str, Path]) -> dict[str, FileCoverage]:
    """Branch coverage of these files by these cases, as the files are given.

    Raises CoverageError if coverage.py gives no report, if the oracle does not survive a case, or if a file is not even
    imported.
    """
    with tempfile.TemporaryDirectory() as folder:
        arcs = Path(folder) / "arcs.json"
        worker = ("-m", "parity.subjects.branches", str(arcs), *map(str, files.values()))
        with SubjectProcess(SubjectSpec("upstream", (sys.executable, *worker), {}), timeout=_TIMEOUT) as subject:
            for case in cases:
                reply = subject.run(case)
                if reply.status != "observed":
                    raise CoverageError(f"case {case.case_id}: {reply.status}: {reply.detail}")
        if not arcs.exists():
            raise CoverageError("the oracle's worker has not told which lines it ran")
        found = _analysed(Path(folder), json.loads(arcs.read_text("ascii")))
    by_path = {Path(path).resolve(): file for path, file in found.items()}
    return {name: _read(name, by_path.get(path.resolve())) for name, path in files.items()}


def _analysed(folder: Path, arcs: dict[str, list[tuple[int, int]]]) -> dict[str, Any]:
    """What coverage.py makes of these pairs of lines, by path."""
    coverage = importlib.import_module("coverage")
    data = coverage.CoverageData(basename=str(folder / "data"))
    data.add_arcs({path: [tuple(pair) for pair in pairs] for path, pairs in arcs.items()})
    data.write()
    report = folder / "report.json"
    options = (f"--data-file={folder / 'data'}", "-o", str(report), "-q", "--rcfile=")
    done = subprocess.run(
        (sys.executable, "-m", "coverage", "json", *options), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CoverageError(" ".join((done.stdout + done.stderr).split())[:300] or "coverage gave no report")
    found: dict[str, Any] = json.loads(report.read_text("utf-8"))["files"]
    return found


def _read(name: str, file: dict[str, Any] | None) -> FileCoverage:
    if file is None:
        raise CoverageError(f"{name} was not imported by any case")
    taken = frozenset((int(first), int(then)) for first, then in file["executed_branches"])
    missing = frozenset((int(first), int(then)) for first, then in file["missing_branches"])
    return FileCoverage(name, taken | missing, taken)
