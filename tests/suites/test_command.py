"""`parity upstream`: its exit codes, and that each fault it guards against ends in the right one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny

from parity import cli
from parity.oracle.verify import Installed
from parity.suites import definition, environment
from parity.suites.definition import Suite
from parity.suites.environment import require_environment
from parity.suites.errors import SuiteError

Command = Callable[..., int]

ONLY_ON_PYTHON = """\
import os

def test_passes():
    pass

def test_only_on_python():
    assert "LANGGRAPH_BACKEND" not in os.environ, "not on Rust"
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command with a suite of its own, in an environment that is taken to be right."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(environment, "require_environment", lambda: None)
    monkeypatch.setattr(environment, "require_backend", lambda: None)

    def run(suite: Suite, *arguments: str) -> int:
        monkeypatch.setattr(definition, "load", lambda: {suite.name: suite})
        return cli.main(
            ["upstream", "--cache", str(tmp_path), "--out", str(tmp_path / "out"), "--jobs", "0", *arguments]
        )

    return run


def results(tmp_path: Path) -> list[dict[str, object]]:
    [path] = sorted((tmp_path / "out").glob("upstream-*/results.json"))[-1:]
    found = json.loads(path.read_text())
    assert isinstance(found, list)
    return found


def test_the_same_on_both_is_0(command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tiny.cached(tmp_path)) == 0
    printed = capsys.readouterr().out
    assert "tiny on rust: all that passes on Python passes" in printed
    # Where langgraph_rs is installed with its .pth file, each process testifies beside what the suite says itself.
    assert re.search(r"witness: [1-9]\d* processes, [1-9]\d* names replaced; .*codec\.dumps 3", printed)
    assert [row["counts"] for row in results(tmp_path)] == [{"passed": 1}, {"passed": 1}]


def test_a_test_that_passes_on_python_alone_is_1_and_named(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tiny.cached(tmp_path, ONLY_ON_PYTHON)) == 1
    printed = capsys.readouterr().out
    assert "tiny on rust: 1 test pass on Python and not on Rust" in printed
    assert (
        "tests/test_tiny.py::test_only_on_python: python passed, rust failed (failed when run alone): "
        "AssertionError: not on Rust"
    ) in printed


def test_a_failure_that_passes_alone_is_told_as_such_and_is_1_all_the_same(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = """\
        import os
        beside = []
        def test_first(): beside.append(1)
        def test_second(): assert "LANGGRAPH_BACKEND" not in os.environ or not beside
        """
    assert command(tiny.cached(tmp_path, "\n".join(line[8:] for line in tests.splitlines()))) == 1
    assert "test_second: python passed, rust failed (passed when run alone)" in capsys.readouterr().out


def test_a_green_run_without_the_witness_is_1(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    idle = tiny.TESTIFIES.replace('{"dumps": 3}', '{"dumps": 0}')
    assert command(tiny.cached(tmp_path, tests__conftest_py=idle)) == 1
    assert "tiny on rust: vacuous: Rust did nothing in codec" in capsys.readouterr().out


def test_a_crash_on_rust_is_1(command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = "import os\ndef test_it():\n    if 'LANGGRAPH_BACKEND' in os.environ: os.abort()\n"
    assert command(tiny.cached(tmp_path, tests)) == 1
    assert "test_it: python passed, rust crashed" in capsys.readouterr().out


def test_a_hang_on_rust_is_1(command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = "import os, time\ndef test_it():\n    if 'LANGGRAPH_BACKEND' in os.environ: time.sleep(600)\n"
    assert command(tiny.cached(tmp_path, tests), "--test-timeout", "3") == 1
    assert "test_it: python passed, rust timeout" in capsys.readouterr().out


def test_fewer_passing_on_python_than_there_should_be_is_2(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tiny.cached(tmp_path, passed=2), "--backend", "python") == 2
    assert "only 1 tests of suite tiny pass on Python; at least 2 should" in capsys.readouterr().err


def test_what_fails_on_python_by_chance_is_asked_of_rust_all_the_same(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "tried"
    tests = f"""\
        import os, pathlib
        def test_busy():
            mark = pathlib.Path({str(mark)!r})
            tried = mark.exists()
            mark.touch()
            assert tried and "LANGGRAPH_BACKEND" not in os.environ
        def test_passes(): pass
        """
    known = tiny.cached(tmp_path, "\n".join(line[8:] for line in tests.splitlines()), passed=2)
    assert command(known) == 1
    said = capsys.readouterr()
    assert "tiny on python: 1 failed, once more" in said.err
    assert "test_busy: python passed, rust failed" in said.out


def test_a_hash_that_is_not_the_pinned_one_is_2(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tiny.distribution()
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with tiny.index(data) as (url, _):
        monkeypatch.setenv("PIP_INDEX_URL", url)
        assert command(tiny.with_another_hash(tiny.suite(data))) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(
        f"parity: error: cannot fetch {tiny.FILE} from the package index: the file has another hash"
    )


def test_pythons_result_is_kept_for_rust_until_something_changes(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tiny.cached(tmp_path, ONLY_ON_PYTHON)
    assert command(suite, "--backend", "python") == 0
    capsys.readouterr()
    assert command(suite, "--backend", "rust") == 1
    assert "tiny on python" not in capsys.readouterr().err
    other = tiny.cached(tmp_path, ONLY_ON_PYTHON + "\n")
    assert command(other, "--backend", "rust") == 1
    assert "tiny on python: running" in capsys.readouterr().err


def test_a_part_of_a_suite_is_not_kept_as_the_whole(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tiny.cached(tmp_path, ONLY_ON_PYTHON)
    assert command(suite, "--", "-k", "test_passes") == 0
    assert "1 tests were deselected" not in capsys.readouterr().out
    assert command(suite, "--backend", "rust") == 1


def test_an_unknown_suite_is_2(command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tiny.suite(b""), "--suite", "nosuch") == 2
    assert capsys.readouterr().err == "parity: error: unknown suite 'nosuch'; known: tiny, all\n"


def test_an_environment_without_the_plugins_of_upstreams_suites_is_an_error() -> None:
    from parity.oracle.verify import installed

    def all_but_syrupy(name: str) -> Installed | None:
        return None if name == "syrupy" else installed(name) or Installed("0", Path())

    with pytest.raises(SuiteError, match=r"installed, but .* is|it is not there; run it as `nox -s upstream`"):
        require_environment(find=all_but_syrupy)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("parity/suites/1", "parity/suites/9"), "schema: expected 'parity/suites/1'"),
        (('sha256 = "3', 'sha256 = "X'), "sources.langgraph.sha256"),
        (('file = "langgraph-1', 'file = "../langgraph-1'), "sources.langgraph.file"),
        (("passed = 2941", "passed = -1"), "suites.langgraph.passed: expected a whole number"),
        (("postgres = 5441", "postgres = 99999"), "suites.checkpoint-postgres.postgres"),
        (("serial = true", "serail = true"), "suites.checkpoint-postgres.serail: not known"),
        (('source = "langgraph-prebuilt"', 'source = "nosuch"'), "'nosuch' is not one of sources"),
        (("[suites.langgraph]", "[suites.langgraph"), "is not TOML"),
    ],
)
def test_a_definition_that_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    from parity.oracle.definition import DEFAULT, folder_of

    text = (folder_of(DEFAULT) / definition.FILE).read_text("utf-8")
    assert change[0] in text
    path = tmp_path / "suites.toml"
    path.write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(SuiteError) as error:
        definition.load(path)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_the_suites_are_those_that_were_promised() -> None:
    suites = definition.load()
    assert {name: suite.passed for name, suite in suites.items()} == {
        "langgraph": 2941,
        "checkpoint": 255,
        "prebuilt": 260,
        "conformance": 33,
        "checkpoint-sqlite": 155,
        "checkpoint-postgres": 304,
    }
    assert all("codec.encoded.values" in suite.work for suite in suites.values())
