"""A run of a suite: every test's outcome is known, and no crash, hang, filter or retry hides one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import tiny

from parity.suites.definition import Suite
from parity.suites.errors import SuiteError
from parity.suites.run import Limits, Run, run

LIMITS = Limits(test_seconds=30.0, run_seconds=60.0, jobs=0)

EVERY_OUTCOME = """\
import pytest

@pytest.fixture
def broken():
    raise RuntimeError("in setup")

@pytest.fixture
def breaks_late():
    yield
    raise RuntimeError("in teardown")

def test_passes():
    pass

def test_fails():
    assert 1 == 2

def test_errs(broken):
    pass

def test_errs_late(breaks_late):
    pass

@pytest.mark.skip(reason="not here")
def test_skips():
    pass

@pytest.mark.xfail
def test_is_expected_to_fail():
    assert False

@pytest.mark.xfail
def test_passes_unexpectedly():
    pass

@pytest.mark.flaky(retries=3)
def test_with_the_mark_of_a_plugin_that_is_not_there():
    assert False
"""


def running(tmp_path: Path, suite: Suite, backend: str = "python", limits: Limits = LIMITS, *arguments: str) -> Run:
    return run(suite, backend, cache=tmp_path, log=tmp_path / "logs" / "pytest.log", limits=limits, arguments=arguments)


def outcomes(done: Run) -> dict[str, str]:
    return {test.split("::")[-1]: result.outcome for test, result in done.outcomes.results.items()}


def test_every_outcome_is_told_apart(tmp_path: Path) -> None:
    done = running(tmp_path, tiny.cached(tmp_path, EVERY_OUTCOME))
    assert outcomes(done) == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_errs": "error",
        "test_errs_late": "error",
        "test_skips": "skipped",
        "test_is_expected_to_fail": "xfailed",
        "test_passes_unexpectedly": "xpassed",
        "test_with_the_mark_of_a_plugin_that_is_not_there": "failed",
    }
    assert done.finished
    assert done.outcomes.results["tests/test_tiny.py::test_fails"].reason == "assert 1 == 2"


def test_a_module_that_cannot_be_imported_is_an_error_and_one_that_skips_itself_is_skipped(tmp_path: Path) -> None:
    skips = "import pytest\npytest.skip('no server', allow_module_level=True)\n"
    known = tiny.cached(tmp_path, "import nowhere_to_be_found\n", tests__test_skips_py=skips)
    done = running(tmp_path, known)
    assert outcomes(done) == {"tests/test_tiny.py": "error", "tests/test_skips.py": "skipped"}
    assert not done.finished


def test_what_a_filter_takes_out_is_known(tmp_path: Path) -> None:
    known = tiny.cached(tmp_path, "def test_one(): pass\ndef test_two(): pass\n")
    done = running(tmp_path, known, "python", LIMITS, "-k", "one")
    assert outcomes(done) == {"test_one": "passed"}
    assert done.outcomes.deselected == ("tests/test_tiny.py::test_two",)


def test_an_abort_is_a_verdict_about_the_test_that_ran(tmp_path: Path) -> None:
    known = tiny.cached(tmp_path, "import os\ndef test_a(): pass\ndef test_b(): os.abort()\ndef test_c(): pass\n")
    done = running(tmp_path, known)
    assert outcomes(done) == {"test_a": "passed", "test_b": "crashed", "test_c": "lost"}
    assert not done.finished
    assert not done.stopped


def test_a_test_that_hangs_is_stopped_and_its_stack_is_in_the_log(tmp_path: Path) -> None:
    known = tiny.cached(tmp_path, "import time\ndef test_a(): pass\ndef test_hangs(): time.sleep(100)\n")
    done = running(tmp_path, known, "python", Limits(2.0, 60.0, 0))
    assert outcomes(done) == {"test_a": "passed", "test_hangs": "timeout"}
    assert "in test_hangs" in done.log.read_text()


def alive(pid: int) -> bool:
    """Whether a process still runs; one that has ended may wait for its adopted parent to ask."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def ends(pid: int) -> bool:
    """Whether a process that was killed is gone within ten seconds: a busy machine takes a moment to end it."""
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


OUTLIVES = """\
import subprocess, sys, time

def test_hangs():
    with open({path!r}, "w") as file:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        file.write(str(child.pid))
    time.sleep(600)
"""


def test_a_run_over_its_time_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    done = running(tmp_path, tiny.cached(tmp_path, OUTLIVES.format(path=str(pid))), "python", Limits(600.0, 12.0, 0))
    assert done.stopped
    assert outcomes(done)["test_hangs"] == "crashed"
    assert "in test_hangs" in done.log.read_text()
    assert ends(int(pid.read_text()))


def test_a_suite_without_a_test_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="pytest ran nothing of suite tiny: no tests ran"):
        running(tmp_path, tiny.cached(tmp_path, "nothing = 1\n"))


def test_arguments_that_pytest_does_not_know_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="pytest ran nothing"):
        running(tmp_path, tiny.cached(tmp_path), "python", LIMITS, "--no-such-option")


def test_the_callers_environment_does_not_change_what_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    monkeypatch.setenv("LANGGRAPH_BACKEND", "rust")
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "1")
    tests = "import os\ndef test_it(): assert not [name for name in os.environ if name.startswith('LANGGRAPH')]\n"
    assert outcomes(running(tmp_path, tiny.cached(tmp_path, tests))) == {"test_it": "passed"}


def test_on_rust_the_backend_is_on_and_its_testimony_is_read(tmp_path: Path) -> None:
    tests = "import os\ndef test_it(): assert os.environ['LANGGRAPH_BACKEND'] == 'rust'\n"
    done = running(tmp_path, tiny.cached(tmp_path, tests), "rust")
    assert outcomes(done) == {"test_it": "passed"}
    assert done.testimony is not None
    assert done.testimony.counters == {"codec.dumps": 3}
    assert done.testimony.live == ("a:b",)


def test_a_retry_cannot_turn_a_failure_into_a_pass(tmp_path: Path) -> None:
    again = """\
        import pytest
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            runtestprotocol(item, nextitem=nextitem)
            runtestprotocol(item, nextitem=nextitem)
            return True
        """
    plugin = "\n".join(line[8:] for line in again.splitlines())
    tests = "times = []\ndef test_it():\n    times.append(1)\n    assert len(times) == 2\n"
    done = running(tmp_path, tiny.cached(tmp_path, tests, tests__conftest_py=plugin))
    assert outcomes(done) == {"test_it": "failed"}
