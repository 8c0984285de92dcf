"""Whatever a subject process does ends in a verdict about it, and the next case still runs."""

import sys
import time
from pathlib import Path

import pytest

from parity.cases.model import Case
from parity.subjects.process import SubjectProcess, SubjectSpec, SubjectStartError

CASE = Case("value", {"value": 1})

HELLO = 'print(\'{"protocol":1,"subject":"toy","kinds":["value"],"versions":{}}\', flush=True)\n'
TOY = (
    """
import json, os, signal, sys, time
"""
    + HELLO
    + """
for line in sys.stdin:
    request = json.loads(line)
    value = request["case"]["value"]
    if value == "hang":
        time.sleep(60)
    elif value == "exit":
        print("last words", file=sys.stderr, flush=True)
        sys.exit(3)
    elif value == "kill":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif value == "noise":
        print("not json", flush=True)
        continue
    elif value == "panic":
        print(json.dumps({"id": request["id"], "failure": {"kind": "panic", "type": "P", "message": "m"}}), flush=True)
        continue
    elif value == "other":
        print(json.dumps({"id": request["id"] + 1, "unsupported": "x"}), flush=True)
        continue
    elif value == "unsupported":
        print(json.dumps({"id": request["id"], "unsupported": "not mine"}), flush=True)
        continue
    events = [{"e": "echo", "value": value, "seed": os.environ["PYTHONHASHSEED"]}]
    print(json.dumps({"id": request["id"], "observation": {"kind": "value", "events": events}}), flush=True)
"""
)


def toy(tmp_path: Path, source: str = TOY) -> SubjectSpec:
    path = tmp_path / "toy.py"
    path.write_text(source)
    return SubjectSpec("toy", (sys.executable, str(path)), {})


def say(value: str) -> Case:
    return Case("value", {"value": value})


def test_a_case_comes_back_as_events(tmp_path: Path) -> None:
    with SubjectProcess(toy(tmp_path), hash_seed=7) as subject:
        reply = subject.run(CASE)
    assert reply.status == "observed"
    assert reply.events == [{"e": "echo", "value": 1, "seed": "7"}]


@pytest.mark.parametrize(
    ("value", "status", "detail"),
    [
        ("exit", "abort", "exited with code 3; last words"),
        ("kill", "abort", "killed by SIGSEGV"),
        ("noise", "protocol", "Expecting value"),
        ("panic", "panic", "P: m"),
        ("other", "protocol", "expected an answer to request"),
        ("unsupported", "unsupported", "not mine"),
    ],
)
def test_a_failure_is_a_verdict_and_the_next_case_runs(tmp_path: Path, value: str, status: str, detail: str) -> None:
    with SubjectProcess(toy(tmp_path)) as subject:
        reply = subject.run(say(value))
        assert (reply.status, detail in reply.detail) == (status, True), reply
        assert subject.run(CASE).status == "observed"


def test_a_hang_ends_with_the_timeout(tmp_path: Path) -> None:
    started = time.monotonic()
    with SubjectProcess(toy(tmp_path), timeout=0.5) as subject:
        assert subject.run(say("hang")).status == "timeout"
        assert subject.run(CASE).status == "observed"
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("source", ["", "print('hello', flush=True)", "import nothing_of_that_name"])
def test_a_subject_that_does_not_greet_is_an_error_that_says_so(tmp_path: Path, source: str) -> None:
    with pytest.raises(SubjectStartError, match="toy"):
        SubjectProcess(toy(tmp_path, source))


def test_a_command_that_does_not_exist_is_an_error_that_says_so() -> None:
    with pytest.raises(SubjectStartError, match="no-such-program"):
        SubjectProcess(SubjectSpec("ghost", ("/no-such-program",), {}))


def test_cases_sent_ahead_come_back_in_order(tmp_path: Path) -> None:
    with SubjectProcess(toy(tmp_path)) as subject:
        replies = subject.run_many([say(str(number)) for number in range(200)])
        assert [reply.events and reply.events[0]["value"] for reply in replies] == [str(n) for n in range(200)]
        assert subject.run(say("after")).status == "observed"


@pytest.mark.parametrize(
    ("bad", "status"),
    [("kill", "abort"), ("exit", "abort"), ("panic", "panic"), ("noise", "protocol"), ("hang", "timeout")],
)
def test_a_verdict_is_the_last_of_the_cases_sent_ahead(tmp_path: Path, bad: str, status: str) -> None:
    with SubjectProcess(toy(tmp_path), timeout=1.0) as subject:
        replies = subject.run_many([say("a"), say(bad), say("b"), say("c")])
        assert [reply.status for reply in replies] == ["observed", status]
        assert [reply.status for reply in subject.run_many([say("b"), say("c")])] == ["observed"] * 2


def test_no_more_is_sent_ahead_than_a_pipe_holds(tmp_path: Path) -> None:
    long = "x" * 20_000
    with SubjectProcess(toy(tmp_path)) as subject:
        assert len(subject.run_many([say(long)] * 5)) == 2
        assert len(subject.run_many([say(long * 20), say("a")])) == 1


CLAIMED = (
    HELLO
    + """
import json
from parity.subjects.limits import bound_memory
bound_memory()
for line in sys.stdin:
    request = json.loads(line)
    claimed = int.from_bytes(bytes.fromhex(request["case"]["hex"])[1:5], "big")
    try:
        room = [None] * claimed
        answer = {"observation": {"kind": "bytes", "events": []}}
    except MemoryError as error:
        answer = {"failure": {"kind": "exception", "type": "MemoryError", "message": str(error)}}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
"""
)


def test_who_believes_a_claimed_length_is_found_out(tmp_path: Path) -> None:
    with SubjectProcess(toy(tmp_path, "import sys\n" + CLAIMED)) as subject:
        assert subject.run(Case("bytes", {"hex": "dd00000001c0"})).status == "observed"
        assert subject.run(Case("bytes", {"hex": "ddffffffff"})).status == "exception"
