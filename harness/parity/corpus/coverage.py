"""How much of upstream's serializer the recorded cases run: branch coverage of `jsonplus.py`, measured by coverage.py.

The oracle's worker runs under `coverage run --branch` as any subject does, and is asked every recorded value, bytes and
serde case. What a differential case does not reach is not compared by any.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from parity.cases.model import Case
from parity.subjects.process import SubjectProcess, SubjectSpec

__all__ = ["EXPLAINED", "FLOOR", "KINDS", "CoverageError", "FileCoverage", "measure"]

FLOOR = 95.0
"""Per cent of the branches of `jsonplus.py` that the cases must take."""

KINDS = ("value", "bytes", "serde")
"""The kinds of cases that are run."""

_TIMEOUT = 120.0
_FILES = ("jsonplus.py", "_msgpack.py", "event_hooks.py", "encrypted.py", "types.py", "base.py")
_FOLDER = "langgraph/checkpoint/serde"

EXPLAINED: dict[tuple[str, int, int], str] = {
    ("jsonplus.py", 166, 168): "a merged allowlist that is empty equals the one it was merged with: returned before",
    ("jsonplus.py", 168, 169): "as the line before",
    ("jsonplus.py", 168, 171): "as the line before",
    ("jsonplus.py", 194, 201): "the module check never refuses a safe type, so whoever is refused is not safe",
    ("jsonplus.py", 255, 256): "`_reviver` asks first whether any module is allowed",
    ("jsonplus.py", 526, 527): "a store's Item has a `dict()` method, which is asked for before",
}
"""Branches that no case can take through the serializer's public methods, `(file, from line, to line)`, and why."""


class CoverageError(RuntimeError):
    """Coverage could not be measured; the message is one line."""


@dataclass(frozen=True)
class FileCoverage:
    """Of one file: its branches, those taken, and those that were not, `(from line, to line)`; negative is an exit."""

    name: str
    branches: int
    taken: int
    missing: tuple[tuple[int, int], ...]
    lines: int
    lines_missing: tuple[int, ...]

    @property
    def percent(self) -> float:
        """Per cent of the branches taken; 100 where there are none."""
        return 100.0 * self.taken / self.branches if self.branches else 100.0

    @property
    def unexplained(self) -> tuple[tuple[int, int], ...]:
        """The missing branches for which there is no reason in `EXPLAINED`."""
        return tuple(branch for branch in self.missing if (self.name, *branch) not in EXPLAINED)


def measure(cases: Sequence[Case], *, cover: Path | None = None) -> list[FileCoverage]:
    """Branch coverage of upstream's serializer files by these cases, `jsonplus.py` first; `cover` is another folder.

    Raises CoverageError without coverage.py, or if the oracle does not survive a case.
    """
    include = str(cover or f"*/{_FOLDER}") + "/*.py"
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        options = ("--branch", f"--include={include}", f"--data-file={data}")
        worker = ("-m", "parity.subjects.worker", "upstream")
        spec = SubjectSpec("upstream", (sys.executable, "-m", "coverage", "run", *options, *worker), {})
        with SubjectProcess(spec, timeout=_TIMEOUT) as subject:
            for case in cases:
                reply = subject.run(case)
                if reply.status != "observed":
                    raise CoverageError(f"case {case.case_id}: {reply.status}: {reply.detail}")
        report = Path(folder) / "report.json"
        done = subprocess.run(
            (sys.executable, "-m", "coverage", "json", f"--data-file={data}", "-o", str(report), "-q"),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CoverageError(" ".join((done.stdout + done.stderr).split())[:300] or "coverage gave no report")
        return _files(json.loads(report.read_text("utf-8")))


def _files(report: dict[str, dict[str, dict[str, object]]]) -> list[FileCoverage]:
    found: dict[str, FileCoverage] = {}
    for path, file in report["files"].items():
        summary = file["summary"]
        assert isinstance(summary, dict)
        missing = file["missing_branches"]
        lines = file["missing_lines"]
        assert isinstance(missing, list)
        assert isinstance(lines, list)
        name = Path(path).name
        found[name] = FileCoverage(
            name,
            int(summary["num_branches"]),
            int(summary["covered_branches"]),
            tuple((int(first), int(then)) for first, then in missing),
            int(summary["num_statements"]),
            tuple(int(line) for line in lines),
        )
    return [found[name] for name in _FILES if name in found]
