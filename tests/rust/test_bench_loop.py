"""The benchmark of the loop: both backends really run, and what cannot be compared is said in one line."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "bench_loop.py"


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_loop", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


class FakeWorker:
    """A worker that answers without running anything."""

    def __init__(self, **answer: Any) -> None:
        self.answer = {"seconds": 0.001, "digest": "same", "backend": "rust", "build": "release", **answer}

    def run(self, name: str) -> dict[str, Any]:
        return self.answer


def row(module: ModuleType) -> Any:
    return module.Row("a row", "superstep", 10, lambda: lambda: None)


def test_prints_a_row_of_both_backends() -> None:
    done = bench("--rounds", "1", "--only", "sequential, 10 nodes", "--allow-debug")
    assert done.returncode == 0, done.stderr
    header, _, line = done.stdout.splitlines()
    assert header == "| graph | per | upstream µs | rust µs | upstream / rust |"
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:2] == ["sequential, 10 nodes", "superstep"]
    assert all(float(cell) > 0 for cell in cells[2:])


def test_a_workers_answer_says_which_backend_ran() -> None:
    for backend in ("upstream", "rust"):
        command = [sys.executable, str(SCRIPT), "--worker", backend]
        done = subprocess.run(
            command, input="self-loop, sync\n", capture_output=True, text=True, timeout=300, check=True
        )
        assert f'"backend": "{backend}"' in done.stdout
        assert ('"live": 0' in done.stdout) == (backend == "upstream")


def test_every_row_can_be_made(module: ModuleType) -> None:
    names = [row.name for row in module.rows()]
    assert len(names) == len(set(names))
    for part in ("self-loop, sync", "self-loop, async", "10 nodes", "3000 nodes", "fan-out", "wide state", "sends"):
        assert any(part in name for name in names)
    small = [each for each in module.rows() if "000 nodes" not in each.name]
    results = {each.name: each.make()() for each in small}
    assert results["self-loop, sync"] == results["self-loop, async"] == {"n": 200}
    assert results["sequential, 100 nodes"] == {"n": 100}
    assert len(results["fan-out to 100 nodes, sync"]["seen"]) == 101
    assert results["100 parallel sends, sync"] == results["100 parallel sends, async"] == {"seen": list(range(100))}
    assert set(results["wide state, 300 keys, 20 steps"].values()) == {20}


def test_takes_the_fastest_round_of_each(module: ModuleType) -> None:
    workers = [FakeWorker(seconds=0.002), FakeWorker(seconds=0.001)]
    assert module.fastest(workers, row(module), 3, allow_debug=False) == pytest.approx([200.0, 100.0])


def test_results_that_differ_are_not_compared(module: ModuleType) -> None:
    with pytest.raises(module.BenchError, match="the backends disagree on 'a row'"):
        module.fastest([FakeWorker(), FakeWorker(digest="other")], row(module), 1, allow_debug=False)


def test_a_debug_build_is_not_timed(module: ModuleType) -> None:
    with pytest.raises(module.BenchError, match="debug build"):
        module.fastest([FakeWorker(), FakeWorker(build="debug")], row(module), 1, allow_debug=False)


def test_what_cannot_be_timed_ends_in_one_line_and_two() -> None:
    for arguments in (["--only", "no such row"], ["--rounds", "0"]):
        done = bench(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("bench: nothing to time")
        assert len(done.stderr.splitlines()) == 1


def test_a_worker_that_ends_early_is_told(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "__file__", "/nonexistent/bench_loop.py")
    worker = module.Worker("rust")
    with pytest.raises(module.BenchError, match="the rust worker ended while running 'x'"):
        worker.run("x")
    worker.close()
