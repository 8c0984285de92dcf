"""Who tells a mutant of the crates: the differential cases on subject `core`, and the crates' own tests."""

from __future__ import annotations

import shutil
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

from parity.compare import compare
from parity.mutants.errors import MutantsError
from parity.mutants.pool import Pool, PoolCase
from parity.mutants.rust import WORKSPACE, Edit, RustCatalogue, Workspace
from parity.mutants.verdict import Kill, Verdict
from parity.observe.model import Outcome
from parity.subjects.mutation.catalogue import Mutant
from parity.subjects.process import SubjectProcess, SubjectSpec, SubjectStartError

__all__ = ["FIRST_KINDS", "CaseKiller", "CrateKiller"]

FIRST_KINDS = {
    "codec": ("bytes", "value", "channel", "graph"),
    "channels": ("channel", "graph", "bytes", "value"),
    "pregel": ("graph", "channel", "bytes", "value"),
    "graph": ("graph", "channel", "bytes", "value"),
}
"""The kinds of cases in the order in which they are likely to run a crate's code. No other kind runs on `core`."""

_BUILD_SECONDS = 1200.0
_TEST_SECONDS = 600.0
_CASE_SECONDS = 10.0
_BATCH = 32
_LIBRARY = "lib_core.dylib" if sys.platform == "darwin" else "lib_core.so"
_BUILD = ("build", "--offline", "--locked", "--quiet", "-p", "bridge", "--lib")
_TEST = ("test", "--offline", "--locked", "--quiet", "-p")


class CaseKiller:
    """Builds the extension with each mutant and asks `core` the cases on which it agrees with the oracle unmutated.

    Raises MutantsError if the crates as they are cannot be built, or agree on nothing.
    """

    def __init__(self, catalogue: RustCatalogue, pool: Pool, folder: Path) -> None:
        self._catalogue = catalogue
        self._workspace = Workspace(folder)
        self._package = folder / "package"
        self._link_package()
        outcome, _ = self._workspace.cargo(*_BUILD, seconds=_BUILD_SECONDS)
        if outcome != "passed":
            raise MutantsError(f"the crates as they are cannot be built in {folder}: {outcome}")
        self._cases = self._agreed(pool)
        if not self._cases:
            raise MutantsError("`core` agrees with the oracle on no case: `parity run --subject core`")

    def close(self) -> None:
        """The copy stays: the next session builds on it."""

    def judge(self, mutant: Mutant) -> Verdict:
        """What becomes of a mutant; the seconds are those of the build too."""
        began = time.perf_counter()
        edit = self._catalogue.edits[mutant.id]
        self._workspace.apply(edit)
        try:
            outcome, cpu = self._workspace.cargo(*_BUILD, seconds=_BUILD_SECONDS)
            if outcome != "passed":
                return Verdict("unbuildable", None, _since(began), round(cpu, 2), 0, 0, "build")
            applied = f"build {_since(began):.1f} s"
            cases = self._ordered(mutant.component)
            kill, ran = self._first(cases)
        finally:
            self._workspace.restore(edit)
        return Verdict(
            "killed" if kill is not None else "survived", kill, _since(began), round(cpu, 2), ran, len(cases), applied
        )

    def _ordered(self, crate: str) -> list[PoolCase]:
        kinds = FIRST_KINDS[crate]
        return sorted(self._cases, key=lambda case: (kinds.index(case.case.kind), case.origin == "random", case.number))

    def _first(self, cases: Sequence[PoolCase]) -> tuple[Kill | None, int]:
        """The first case that tells the mutant twice, and how many ran."""
        ran = 0
        while ran < len(cases):
            found = self._outcomes(cases[ran:])
            ran += len(found)
            case, outcome = found[-1]
            kill = _kill(case, outcome)
            if kill is not None and _kill(case, self._outcomes([case])[0][1]) is not None:
                return kill, ran
        return None, ran

    def _outcomes(self, cases: Sequence[PoolCase]) -> list[tuple[PoolCase, Outcome]]:
        """What `core`, as it is built now, makes of cases: all, or as far as the first that differs."""
        found: list[tuple[PoolCase, Outcome]] = []
        try:
            with SubjectProcess(self._install(), timeout=_CASE_SECONDS) as subject:
                while len(found) < len(cases):
                    batch = cases[len(found) : len(found) + _BATCH]
                    replies = subject.run_many([case.case for case in batch])
                    found += [(case, Outcome.from_reply(reply)) for case, reply in zip(batch, replies, strict=False)]
                    for index in range(len(found) - len(replies), len(found)):
                        if _kill(*found[index]) is not None:
                            return found[: index + 1]
        except SubjectStartError as error:
            return [*found, (cases[len(found)], Outcome("abort", (), str(error)[:300]))]
        return found

    def _agreed(self, pool: Pool) -> list[PoolCase]:
        asked = [case for case in pool.cases if case.case.kind in FIRST_KINDS["codec"]]
        agreed: list[PoolCase] = []
        left = asked
        while left:
            found = self._outcomes(left)
            agreed += [case for case, outcome in found if _kill(case, outcome) is None]
            left = left[len(found) :]
        return agreed

    def _link_package(self) -> None:
        target = self._package / "langgraph_rs"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(
            WORKSPACE / "python" / "langgraph_rs", target, ignore=shutil.ignore_patterns("*.so", "__pycache__")
        )

    def _install(self) -> SubjectSpec:
        """The package with the extension as it is built now. A loaded file must not be written over: it is replaced."""
        place = self._package / "langgraph_rs" / f"_core{sysconfig.get_config_var('EXT_SUFFIX')}"
        place.unlink(missing_ok=True)
        shutil.copyfile(self._workspace.target / "debug" / _LIBRARY, place)
        path = f"{self._package}:{Path(__file__).resolve().parents[2]}"
        return SubjectSpec("core", (sys.executable, "-m", "parity.subjects.worker", "core"), {"PYTHONPATH": path})


class CrateKiller:
    """Runs the tests of the mutant's own crate, as cargo-mutants does."""

    def __init__(self, catalogue: RustCatalogue, folder: Path) -> None:
        self._catalogue = catalogue
        self._workspace = Workspace(folder)
        for crate in sorted({mutant.component for mutant in catalogue.mutants.values()}):
            outcome, _ = self._workspace.cargo(*_TEST, crate, seconds=_BUILD_SECONDS + _TEST_SECONDS)
            if outcome != "passed":
                raise MutantsError(f"the tests of crate {crate} as it is: {outcome}")

    def close(self) -> None:
        """The copy stays: the next session builds on it."""

    def judge(self, mutant: Mutant) -> Verdict:
        """What becomes of a mutant; the seconds are those of the build too."""
        began = time.perf_counter()
        edit: Edit = self._catalogue.edits[mutant.id]
        self._workspace.apply(edit)
        try:
            built, cpu = self._workspace.cargo(*_TEST, mutant.component, "--no-run", seconds=_BUILD_SECONDS)
            if built != "passed":
                return Verdict("unbuildable", None, _since(began), round(cpu, 2), 0, 0, "build")
            applied = f"build {_since(began):.1f} s"
            outcome, more = self._workspace.cargo(*_TEST, mutant.component, seconds=_TEST_SECONDS)
        finally:
            self._workspace.restore(edit)
        kill = None if outcome == "passed" else Kill("crate", "test", f"cargo test -p {mutant.component}", outcome, "")
        verdict = "survived" if kill is None else "killed"
        return Verdict(verdict, kill, _since(began), round(cpu + more, 2), 1, 1, applied)


def _kill(case: PoolCase, actual: Outcome) -> Kill | None:
    if actual.status == "unsupported":
        return Kill(case.origin, case.case.kind, case.name, "unsupported", actual.detail[:300])
    difference = compare(case.case, case.outcome(), actual).difference
    if difference is None:
        return None
    return Kill(case.origin, case.case.kind, case.name, difference.fingerprint, difference.summary[:300])


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)
