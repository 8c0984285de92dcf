"""The yardstick: tests that run in pytest tell mutants, chosen by the lines that they run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import find

from parity.mutants.suite_killer import SuiteKiller
from parity.mutants.suite_tests import SuiteTests, learn_of
from parity.subjects.mutation.catalogue import Catalogue, Mutant
from parity.suites.definition import Source, Suite

SUITE = Suite("tiny", Source("tiny", "1", "tiny-1.tar.gz", "0" * 64), 1, (), {}, None, False, False)

TESTS = """
import pytest
from langgraph.channels.last_value import LastValue
from langgraph.channels.topic import Topic
from langgraph.pregel._checkpoint import LATEST_VERSION, empty_checkpoint


def test_last():
    channel = LastValue(int)
    channel.update([3])
    assert channel.get() == 3


def test_slow_and_last():
    import time
    time.sleep(0.2)
    channel = LastValue(int)
    assert channel.update([3])


def test_topic():
    channel = Topic(int, accumulate=True)
    channel.update([1, [2]])
    assert channel.get() == [1, 2]


def test_version():
    assert empty_checkpoint()["v"] == LATEST_VERSION == 4


def test_fails_anyway():
    assert False


@pytest.mark.skip
def test_skipped():
    pass
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tiny")
    (made / "tests").mkdir()
    (made / "tests" / "test_tiny.py").write_text(TESTS, "utf-8")
    (made / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", "utf-8")
    return made


@pytest.fixture(scope="module")
def tests(folder: Path) -> SuiteTests:
    return learn_of(SUITE, folder, folder / "learnt.jsonl", lambda _: None)


@pytest.fixture(scope="module")
def suite(catalogue: Catalogue, tests: SuiteTests) -> Iterator[SuiteKiller]:
    made = SuiteKiller(catalogue, [(SUITE, tests)], 60.0)
    yield made
    made.close()


def of(catalogue: Catalogue, module: str) -> list[Mutant]:
    return catalogue.modules[f"langgraph.{module}"].mutants


def updated(catalogue: Catalogue) -> Mutant:
    """`LastValue.update` says None where it says that it took a value."""
    mutants = of(catalogue, "channels.last_value")
    return find(mutants, function="LastValue.update", operator="return", original="return True")


def test_tests_that_pass_are_learnt_with_the_lines_that_they_run(tests: SuiteTests, catalogue: Catalogue) -> None:
    names = [test.id.split("::")[1] for test in tests.tests]
    assert names == ["test_last", "test_slow_and_last", "test_topic", "test_version"]
    assert {name.split("::")[1]: outcome for name, outcome in tests.left_out.items()} == {
        "test_fails_anyway": "failed",
        "test_skipped": "skipped",
    }
    mutant = find(
        of(catalogue, "channels.last_value"), function="LastValue.update", operator="return", original="return True"
    )
    assert [test.id.split("::")[1] for test in tests.reaching(mutant)] == ["test_last", "test_slow_and_last"]


def test_what_is_learnt_is_read_again(folder: Path, tests: SuiteTests) -> None:
    said: list[str] = []
    assert learn_of(SUITE, folder, folder / "learnt.jsonl", said.append) == tests
    assert said == []


def test_learning_goes_on_where_it_was_stopped(folder: Path, tests: SuiteTests, tmp_path: Path) -> None:
    lines = (folder / "learnt.traced").read_text("ascii").splitlines(keepends=True)
    (tmp_path / "learnt.traced").write_text("".join(lines[:3]) + lines[3][:20], "ascii")
    again = learn_of(SUITE, folder, tmp_path / "learnt.jsonl", lambda _: None)
    assert (tmp_path / "learnt.traced").read_text("ascii").startswith("".join(lines[:3]))
    assert [(test.id, test.reach) for test in again.tests] == [(test.id, test.reach) for test in tests.tests]


def test_a_mutant_is_killed_by_the_test_that_sees_it(catalogue: Catalogue, suite: SuiteKiller) -> None:
    mutant = find(of(catalogue, "channels.last_value"), function="LastValue.get", operator="return")
    verdict = suite.judge(mutant)
    assert verdict.verdict == "killed"
    assert verdict.kill is not None
    assert (verdict.kill.case, verdict.kill.how) == ("tests/test_tiny.py::test_last", "failed")
    assert (verdict.reaching, verdict.applied) == (1, "swap")


def test_a_mutant_that_only_the_slower_test_sees_is_killed_by_it(catalogue: Catalogue, suite: SuiteKiller) -> None:
    mutant = find(
        of(catalogue, "channels.last_value"), function="LastValue.update", operator="return", original="return True"
    )
    verdict = suite.judge(mutant)
    assert verdict.kill is not None
    assert verdict.kill.case == "tests/test_tiny.py::test_slow_and_last"


def test_a_mutant_of_what_runs_on_import_is_imported(catalogue: Catalogue, suite: SuiteKiller) -> None:
    mutant = find(of(catalogue, "pregel._checkpoint"), operator="constant", variant="+1", source="LATEST_VERSION = 4")
    verdict = suite.judge(mutant)
    assert verdict.kill is not None
    assert verdict.kill.case == "tests/test_tiny.py::test_version"
    assert verdict.applied == "import"


def test_an_equivalent_mutant_survives(catalogue: Catalogue, suite: SuiteKiller) -> None:
    mutant = find(
        of(catalogue, "channels.last_value"),
        function="LastValue.update",
        operator="constant",
        variant="0",
        source="self.value = values[-1]",
    )
    verdict = suite.judge(mutant)
    assert (verdict.verdict, verdict.ran, verdict.reaching) == ("survived", 2, 2)


def test_a_mutant_that_no_test_reaches_is_told_at_once(catalogue: Catalogue, suite: SuiteKiller) -> None:
    mutant = find(of(catalogue, "channels.topic"), function="Topic.from_checkpoint", operator="return")
    assert suite.judge(mutant).verdict == "unreached"


def test_a_test_that_hangs_is_ended(catalogue: Catalogue, suite: SuiteKiller) -> None:
    """The test sleeps for longer than its limit of a tenth of a second."""
    mutant = find(
        of(catalogue, "channels.last_value"), function="LastValue.update", operator="return", original="return True"
    )
    hasty = SuiteKiller(catalogue, [(side.suite, _hasty(side.tests)) for side in suite._sides], 60.0)
    try:
        verdict = hasty.judge(mutant)
    finally:
        hasty.close()
    assert verdict.kill is not None
    assert verdict.kill.how == "timeout"


def _hasty(tests: SuiteTests) -> SuiteTests:
    return replace(tests, tests=tuple(replace(test, seconds=-0.245) for test in tests.tests if "slow" in test.id))
