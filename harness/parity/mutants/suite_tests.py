"""What is learnt once of a suite of upstream's: which tests pass, how long each takes, and which lines it runs.

Each test runs traced on unmutated upstream; one that fails then runs once more without. Those that do not pass are
left out, with the outcome. What is learnt is kept test by test: a session that is stopped goes on.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.mutants.errors import MutantsError
from parity.mutants.forks import Forkserver
from parity.mutants.reaching import Lines, reaching, read_lines, runs_on_import, written_lines
from parity.subjects.mutation.catalogue import Mutant
from parity.subjects.mutation.targets import TARGETS
from parity.suites import source
from parity.suites.definition import Suite
from parity.suites.errors import SuiteError
from parity.suites.run import surroundings
from parity.triage.files import write_atomic

__all__ = ["SUITES", "SuiteTests", "Test", "learn", "learn_of", "start_server"]

SCHEMA = "parity/mutants-suite/1"

SUITES = ("checkpoint", "langgraph")
"""The suites whose tests are the yardstick, the quicker one first: those of the packages that are mutated."""

_FIRST_LIMIT = 120.0
_SLACK_SECONDS = 5.0
_SLACK_FACTOR = 20.0
"""As for our own cases: see `pool`."""


@dataclass(frozen=True)
class Test:
    """A test that passes on upstream: its id in pytest, the seconds that it takes, the lines that it runs."""

    id: str
    seconds: float
    reach: Lines

    @property
    def limit(self) -> float:
        """Seconds that a mutant has for it."""
        return _SLACK_SECONDS + _SLACK_FACTOR * self.seconds


@dataclass(frozen=True)
class SuiteTests:
    """A suite's tests, the lines that run when it is collected, what is worth importing before, and who is left out."""

    name: str
    folder: Path
    tests: tuple[Test, ...]
    imported: Lines
    preload: tuple[str, ...]
    left_out: Mapping[str, str]

    def reaching(self, mutant: Mutant) -> list[Test]:
        """The tests that run the mutant's lines, the fastest first; none if the suite never imports its module."""
        if mutant.module not in self.imported:
            return []
        return reaching(self.tests, mutant, self.imported, lambda test: (test.seconds, test.id))

    def runs_on_import(self, mutant: Mutant) -> bool:
        """Whether the mutant's code has run when the tests have been collected."""
        return runs_on_import(mutant, self.imported)


def start_server(suite: Suite, folder: Path, mode: str, *options: str) -> Forkserver:
    """pytest on the suite's unpacked tests, as a fork server. Raises MutantsError."""
    command = (sys.executable, "-m", "parity.mutants.suite_server", mode, *options)
    return Forkserver(command, env=surroundings(suite), folder=folder)


def learn(suite: Suite, cache: Path, sources: Path, say: Callable[[str], None]) -> SuiteTests:
    """Unpacks the suite and learns what there is to learn, or takes it from the cache.

    Raises MutantsError if the suite cannot be fetched or collected, or its files in the cache are damaged.
    """
    key = _key(suite)
    folder = cache / f"suite-{suite.name}-{key}"
    kept = cache / f"suite-{suite.name}-{key}.jsonl"
    if not folder.is_dir():
        try:
            archive = source.fetch(suite.source, sources)
            folder.mkdir(parents=True)
            source.unpack(archive, folder)
        except (SuiteError, OSError) as error:
            raise MutantsError(str(error)) from error
    return learn_of(suite, folder, kept, say)


def learn_of(suite: Suite, folder: Path, kept: Path, say: Callable[[str], None]) -> SuiteTests:
    """What there is to learn of a suite's unpacked tests; kept in a file, and taken from there if it is. As `learn`."""
    if kept.is_file():
        return _read(suite, kept, folder)
    say(f"{suite.name}: running upstream's own tests, traced")
    with start_server(suite, folder, "full", "--trace") as server:
        ids = [str(name) for name in server.hello["tests"]]
        imported = read_lines(server.hello["reach"])
        first = _all(server, ids, kept.with_suffix(".traced"), trace=True)
        doubtful = [name for name, result in first.items() if result["outcome"] not in ("passed", "skipped", "xfailed")]
        second = _all(server, doubtful, kept.with_suffix(".again"), trace=False)
        preload = tuple(server.modules)
    outcomes = {name: (second.get(name) or result)["outcome"] for name, result in first.items()}
    tests = tuple(
        Test(name, float(result.get("seconds", 0.0)), read_lines(result.get("reach", {})))
        for name, result in first.items()
        if outcomes[name] == "passed"
    )
    left_out = {name: outcome for name, outcome in outcomes.items() if outcome != "passed"}
    learnt = SuiteTests(suite.name, folder, tests, imported, preload, left_out)
    _write(kept, learnt)
    say(f"{suite.name}: {len(tests)} tests pass, {len(left_out)} left out")
    return learnt


def _all(server: Forkserver, ids: Sequence[str], path: Path, *, trace: bool) -> dict[str, dict[str, Any]]:
    """What becomes of every test on upstream as it is, kept in a file as it comes; what is there is not run again."""
    found = _kept(path)
    try:
        with path.open("a", encoding="ascii") as file:
            while left := [name for name in ids if name not in found]:
                with server.session(trace=trace, tests=left, stop=False) as session:
                    for name, answer in zip(left, session.results([_FIRST_LIMIT] * len(left)), strict=False):
                        # A test that its process does not survive has no line of its own.
                        result = json.loads(answer.text) if answer.text else {"test": name, "outcome": answer.verdict}
                        found[name] = result
                        file.write(json.dumps(result) + "\n")
                        file.flush()
    except OSError as error:
        raise MutantsError(f"cannot write {path}: {error.strerror or error}") from error
    return {name: found[name] for name in ids}


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    """The whole lines of a file of results; none without it."""
    try:
        text = path.read_text("ascii") if path.exists() else ""
        results = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        if len(text) != text.rfind("\n") + 1:
            path.write_text(text[: text.rfind("\n") + 1], "ascii")
        return {str(result["test"]): result for result in results}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MutantsError(f"{path} is not what was learnt of a suite ({error!r:.100}): remove it") from error


def _key(suite: Suite) -> str:
    digest = hashlib.sha256(f"{SCHEMA}/{suite.source.sha256}/{sys.version_info[:2]}".encode())
    try:
        for target in TARGETS:
            digest.update(target.path().read_bytes())
    except OSError as error:
        raise MutantsError(f"cannot read upstream's source: {error}") from error
    return digest.hexdigest()[:16]


def _write(path: Path, learnt: SuiteTests) -> None:
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "tests": len(learnt.tests),
        "imported": written_lines(learnt.imported),
        "preload": list(learnt.preload),
        "left_out": dict(learnt.left_out),
    }
    lines = [head, *({"id": t.id, "seconds": t.seconds, "reach": written_lines(t.reach)} for t in learnt.tests)]
    try:
        write_atomic(path, "".join(json.dumps(line) + "\n" for line in lines).encode("ascii"))
    except OSError as error:
        raise MutantsError(f"cannot keep what was learnt of {learnt.name}: {error}") from error


def _read(suite: Suite, path: Path, folder: Path) -> SuiteTests:
    try:
        head, *lines = (json.loads(line) for line in path.read_text("ascii").splitlines())
        if head["schema"] != SCHEMA or head["tests"] != len(lines):
            raise ValueError("another schema, or not whole")
        tests = tuple(Test(str(one["id"]), float(one["seconds"]), read_lines(one["reach"])) for one in lines)
        imported = read_lines(head["imported"])
        return SuiteTests(suite.name, folder, tests, imported, tuple(head["preload"]), dict(head["left_out"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MutantsError(f"{path} is not what was learnt of a suite ({error!r:.100}): remove it") from error
