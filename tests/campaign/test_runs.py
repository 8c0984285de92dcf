"""Whole runs of the command, with toy subjects: exit codes, output, the event stream, and what is on disk."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from runs import Finished, command, run, run_toys, toy

from parity.campaign import events as ev
from parity.cases.model import Case


def test_two_equal_sides_are_parity(tmp_path: Path) -> None:
    done = run_toys(tmp_path, "right")
    assert done.code == 0, done.err
    assert done.footer.outcome == "parity"
    assert done.layer("campaign", "graphs").cases == 40
    assert done.layer("aa", "graphs").cases == 4
    assert done.divergences == []
    assert not (done.folder / "work").exists()


def test_the_seed_is_first_and_last_and_the_report_is_named_last(tmp_path: Path) -> None:
    done = run_toys(tmp_path, "right")
    lines = done.out.splitlines()
    assert lines[0] == "seed 5"
    assert lines[-1].startswith("seed 5  report reports/")
    assert (tmp_path / lines[-1].split()[-1]).exists()
    assert "seed 5" in done.err.splitlines()[0]
    assert "seed 5" in done.err.splitlines()[-1]


@pytest.mark.parametrize("options", [(), ("--no-color",)])
def test_on_a_terminal_the_results_stay_below_the_live_table(tmp_path: Path, options: tuple[str, ...]) -> None:
    leader, follower = pty.openpty()
    sides = ("--oracle", toy("right"), "--subject", toy("wrong"))
    fixed = ("--layer", "graphs", "--cases", "40", "--seed", "5", "--aa-cases", "0", "--shrink-seconds", "1")
    process = subprocess.Popen(
        command("run", *fixed, *sides, *options),
        cwd=tmp_path,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"},
    )
    os.close(follower)
    text = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(leader, 65536):
            text += chunk
    os.close(leader)
    assert process.wait() == 1
    assert "per second" in text.decode()
    after = text.decode().rsplit("\x1b[2K", 1)[-1]
    assert "report reports/" in after
    for line in ("seed 5\r\n", "DIVERGED loop/result", "  parity replay "):
        assert line in text.decode()
    assert (b"\x1b[1;31m" in text) == (not options)


def test_the_stream_is_complete_and_its_footer_proves_it(tmp_path: Path) -> None:
    done = run_toys(tmp_path, "wrong")
    stream = done.events
    assert isinstance(stream[0], ev.RunStarted)
    assert done.footer.events == len(stream) - 1
    assert [type(event) for event in stream].count(ev.RunFinished) == 1
    names = [event.name for event in stream if event.name != "progress"]
    assert names.index("layer_started") < names.index("divergence_found") < names.index("divergence_shrunk")


@pytest.mark.parametrize(
    ("mode", "fingerprint"),
    [
        ("wrong", "loop/result"),
        ("panic", "subject/panic"),
        ("abort", "subject/abort"),
        ("junk", "subject/protocol"),
        ("hang", "subject/timeout"),
    ],
)
def test_a_wrong_side_is_one_fingerprint_shrunk_and_replayable(tmp_path: Path, mode: str, fingerprint: str) -> None:
    started = time.monotonic()
    # Each step to a smaller case that hangs costs a second, whatever --timeout says.
    done = run_toys(tmp_path, mode, *(("--shrink-seconds", "25") if mode == "hang" else ()))
    assert time.monotonic() - started < 60
    assert done.code == 1
    assert list(done.footer.fingerprints.values()) == [fingerprint]
    (found,) = done.divergences
    assert found.shrunk
    assert not found.flaky
    assert found.count == done.footer.diverged
    assert len(found.case.body["nodes"]) == 2
    again = replay(tmp_path, found.id)
    assert again.returncode == 1
    assert again.stdout.startswith(f"FAILED {found.id}: ")
    fixed = replay(tmp_path, found.id, "--subject", toy("right"))
    assert fixed.returncode == 0
    assert fixed.stdout.startswith(f"FIXED {found.id}: ")


def replay(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("replay", "--timeout", "2", *arguments), cwd=tmp_path, capture_output=True, text=True, check=False
    )


def test_a_side_that_declines_is_vacuous_and_fails(tmp_path: Path) -> None:
    done = run_toys(tmp_path, "decline")
    assert done.code == 1
    assert done.footer.outcome == "vacuous"
    assert "VACUOUS graphs: executed share" in done.out
    assert {event.reason for event in done.events if isinstance(event, ev.Unsupported)} == {"two nodes"}


def test_an_oracle_that_differs_from_itself_stops_the_run_before_any_claim(tmp_path: Path) -> None:
    done = run_toys(tmp_path, "right", "--aa-cases", "30", oracle="hashed")
    assert done.code == 1
    assert done.footer.outcome == "aa_failed"
    assert {event.phase for event in done.events if isinstance(event, ev.LayerStarted)} == {"aa"}
    (found,) = done.divergences
    assert found.phase == "aa"
    assert replay(tmp_path, found.id).stdout.startswith("FAILED")


def test_the_gate_alone(tmp_path: Path) -> None:
    fixed = ("aa", "--layer", "graphs", "--seed", "5", "--workers", "1", "--cases", "30", "--shrink-seconds", "0")
    assert run(tmp_path, *fixed, "--oracle", toy("right")).code == 0
    assert run(tmp_path, *fixed, "--oracle", toy("hashed")).code == 1


def test_an_oracle_that_fails_is_exit_2_and_no_claim(tmp_path: Path) -> None:
    done = run_toys(tmp_path, "right", "--aa-cases", "0", oracle="panic")
    assert done.code == 2
    assert done.footer.outcome == "error"
    assert "the oracle gave no observation" in done.err
    assert list((done.folder / "oracle-failures").glob("*.json"))


def test_what_does_not_show_again_is_flaky(tmp_path: Path) -> None:
    done = run_toys(tmp_path, "once", "--workers", "1")
    assert done.code == 1
    (found,) = done.divergences
    assert found.flaky
    assert found.actual.events[1]["value"] > 1000
    assert "FLAKY loop/result in 1 case: " in done.out
    assert (done.footer.outcome, done.footer.flaky, done.footer.diverged) == ("flaky", 1, 0)
    # Another process of that toy is wrong once more; one that is right says nothing about it.
    assert replay(tmp_path, found.id).stdout.startswith("FAILED")
    assert "both sides agree this time; it was flaky" in replay(tmp_path, found.id, "--subject", toy("right")).stdout


def test_the_same_seed_and_workers_run_the_same_cases(tmp_path: Path) -> None:
    counts = [
        run_toys(tmp_path / name, "right").layer("campaign", "graphs").features for name in made(tmp_path, "a", "b")
    ]
    assert counts[0] == counts[1]


def made(tmp_path: Path, *names: str) -> tuple[str, ...]:
    for name in names:
        (tmp_path / name).mkdir()
    return names


def test_kept_regressions_run_first(tmp_path: Path) -> None:
    (found,) = run_toys(tmp_path, "wrong").divergences
    found.save(tmp_path / "fixtures" / "regressions")
    done = run_toys(tmp_path, "right")
    assert done.code == 0
    assert done.layer("regressions", "regressions").cases == 1
    phases = [event.phase for event in done.events if isinstance(event, ev.LayerStarted)]
    assert phases == ["regressions", "aa", "aa", "campaign"]
    page = (done.folder / "report.html").read_text("utf-8")
    assert page.index("Kept divergences, first of all") < page.index("Oracle against itself")
    assert run_toys(tmp_path, "wrong").layer("regressions", "regressions").diverged == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "parity/divergence/9"}'])
def test_a_malformed_regression_is_one_line_and_exit_2(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "fixtures" / "regressions"
    folder.mkdir(parents=True)
    (folder / "bad.json").write_text(text)
    done = run_toys(tmp_path, "right")
    assert done.code == 2
    assert done.err.count("parity: error: ") == 1
    assert "bad.json" in done.err
    assert "internal" not in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "parity/manifest/9"}'])
def test_a_malformed_corpus_is_one_line_and_exit_2(tmp_path: Path, text: str) -> None:
    (tmp_path / "fixtures" / "corpus").mkdir(parents=True)
    (tmp_path / "fixtures" / "manifest.json").write_text(text)
    done = run_toys(tmp_path, "right")
    assert done.code == 2
    assert done.err.count("parity: error: ") == 1
    assert "manifest.json" in done.err
    assert "internal" not in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "subject", ["exec:/no/such/program", f"exec:{os.path.realpath('/bin/true')}", "exec:/bin/echo hello"]
)
def test_a_subject_that_does_not_start_is_one_line_and_exit_2(tmp_path: Path, subject: str) -> None:
    done = run(
        tmp_path,
        "run",
        "--layer",
        "graphs",
        "--cases",
        "5",
        "--seed",
        "1",
        "--oracle",
        toy("right"),
        "--subject",
        subject,
    )
    assert done.code == 2
    assert done.err.count("parity: error: ") == 1
    assert "Traceback" not in done.err
    assert done.footer.outcome == "error"


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("run", "--layer", "graphs", "--seed", "5", "--workers", "2", "--aa-cases", "0", *arguments),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(found: object, seconds: float = 60.0) -> None:
    limit = time.monotonic() + seconds
    while not found():  # type: ignore[operator]
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.05)


def test_a_killed_run_loses_no_found_case(tmp_path: Path) -> None:
    process = start(
        tmp_path, "--cases", "100000", "--shrink-seconds", "0", "--oracle", toy("right"), "--subject", toy("wrong")
    )
    wait_for(lambda: list(tmp_path.glob("reports/*/divergences/*.json")))
    process.kill()
    process.wait()
    done = Finished(process.returncode, "", "", next(iter((tmp_path / "reports").iterdir())))
    assert not isinstance(done.events[-1], ev.RunFinished)
    (found,) = done.divergences
    again = replay(tmp_path, found.id)
    assert again.stdout.startswith(f"FAILED {found.id}")


def test_a_run_killed_while_a_subject_hangs_leaves_the_case_that_hangs_it(tmp_path: Path) -> None:
    process = start(
        tmp_path, "--cases", "100000", "--timeout", "600", "--oracle", toy("right"), "--subject", toy("hang")
    )
    wait_for(lambda: len(hanging(tmp_path)) == 2)
    process.kill()
    process.wait()
    for path in hanging(tmp_path):
        again = replay(tmp_path, str(path), "--oracle", toy("right"), "--subject", toy("hang"))
        assert again.returncode == 1
        assert "timeout" in again.stdout


def hanging(tmp_path: Path) -> list[Path]:
    """The files of cases in flight that the hanging toy hangs on."""

    def hangs(path: Path) -> bool:
        try:
            return len(Case.from_json(json.loads(path.read_bytes())).body["nodes"]) >= 2
        except ValueError:
            return False

    return [path for path in tmp_path.glob("reports/*/work/in-flight/*.json") if hangs(path)]


def test_a_killed_run_leaves_no_process_behind(tmp_path: Path) -> None:
    process = start(
        tmp_path, "--cases", "100000", "--timeout", "600", "--oracle", toy("right"), "--subject", toy("hang")
    )
    wait_for(lambda: len(hanging(tmp_path)) == 2)
    process.kill()
    process.wait()
    wait_for(lambda: not processes(str(tmp_path)), 20)


@pytest.mark.parametrize("after", ["run_started", "subject_ready", "layer_started", "divergence_found", "progress"])
def test_an_interrupt_at_any_moment_leaves_a_report_and_no_process(tmp_path: Path, after: str) -> None:
    """Twice in a row, a random moment after an event of that name: the second must not lose what the first saves."""
    subject = toy("wrong" if after == "divergence_found" else "right")
    process = start(tmp_path, "--cases", "100000", "--aa-cases", "3", "--oracle", toy("right"), "--subject", subject)
    wait_for(lambda: any(f'"{after}"' in path.read_text() for path in tmp_path.glob("reports/*/events.jsonl")))
    time.sleep(random.Random(after).random())
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == (1 if after == "divergence_found" else 2), err
    assert "Traceback" not in err
    folder = next(iter((tmp_path / "reports").iterdir()))
    done = Finished(process.returncode, out, err, folder)
    assert done.footer.outcome == "interrupted"
    assert done.footer.events == len(done.events) - 1
    assert "Incomplete" in (folder / "report.html").read_text("utf-8")
    wait_for(lambda: not processes(str(tmp_path)), 20)


def processes(folder: str) -> list[int]:
    """The processes that run in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd") == folder:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_still_reported(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path, "--cases", "100000", "--oracle", toy("right"), "--subject", toy("right"))
    wait_for(lambda: any('"progress"' in path.read_text() for path in tmp_path.glob("reports/*/events.jsonl")))
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "Traceback" not in err
    assert "parity: error: interrupted" in err
    assert out.splitlines()[-1].startswith("seed 5  report ")
    done = Finished(process.returncode, out, err, next(iter((tmp_path / "reports").iterdir())))
    assert done.footer.outcome == "interrupted"
    assert done.layer("campaign", "graphs").cases > 0
    wait_for(lambda: not processes(str(tmp_path)), 20)
