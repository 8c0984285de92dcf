"""Attempts in programs: sleeps and what refreshes a time-out, errors that are caught, retries, other versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langgraph import errors as upstream_errors
from langgraph.pregel import _retry, _runner
from made import LOG, ask, chain, dictionary, node, note, observed, of, plain, program, ran, results, run

from parity.compare import compare
from parity.observe.model import Outcome
from parity.subjects.upstream.programs.run import observe_program
from parity.subjects.upstream.programs.trace import without_addresses

Event = dict[str, Any]

FAIL = {"op": "raise", "error": "ValueError", "message": "no"}
TASK = {"op": "task", "name": "t", "args": [], "var": "f"}
ASKED = chain(node("a"), node("b", *ask("well?")))


def sleep(seconds: float) -> dict[str, Any]:
    return {"op": "sleep", "seconds": seconds}


def awaited(*do: Any, **members: Any) -> dict[str, Any]:
    """A graph of one async node."""
    return chain(node("a", *do, **{"async": True}, **members))


def errors(events: list[Event]) -> list[str]:
    return [event["type"] for event in of(events, "error")]


def test_a_sleep_moves_the_runs_own_clock_and_takes_no_time() -> None:
    events = observed(awaited(sleep(40), note("a"), timeout={"run": 50}), run(["in"], api="ainvoke"))
    assert results(events) == [{"log": ["in", "a"]}]
    events = observed(awaited(sleep(40), sleep(20), note("a"), timeout={"run": 50}), run(["in"], api="ainvoke"))
    assert errors(events) == ["NodeTimeoutError"]


@pytest.mark.parametrize(("refresh", "ends"), [("auto", []), ("heartbeat", ["NodeTimeoutError"])])
def test_what_refreshes_an_idle_time_out_is_the_policys_matter(refresh: str, ends: list[str]) -> None:
    does = [sleep(0.75), {"op": "emit", "value": {"lit": 1}}, sleep(0.75), note("a")]
    graph = awaited(*does, timeout={"idle": 1, "refresh_on": refresh})
    assert errors(observed(graph, run(["in"], api="ainvoke"))) == ends


def test_who_is_told_of_attempts_is_told_of_progress() -> None:
    beats = [{"op": "heartbeat"}, sleep(0.5), {"op": "heartbeat"}, note("a")]
    events = observed(awaited(*beats, timeout={"idle": 1}), run(["in"], api="ainvoke", callbacks=True))
    told = [str(event["given"]) for event in of(events, "attempt")]
    assert "start" in told[0]
    assert len([text for text in told if "progress" in text]) >= 2
    assert "finish" in told[-1]


def test_what_goes_on_after_its_time_out_writes_nothing() -> None:
    stubborn = [{"op": "hang", "stubborn": True}, note("late")]
    branch = {"op": "if", "cond": {"cmp": "eq", "left": {"run": True}, "right": {"lit": 1}}, "then": stubborn}
    graph = awaited(branch, sleep(9), note("a"), timeout={"run": 10}, retry={"attempts": 2, "on": "all"})
    assert results(observed(graph, run(["in"], api="ainvoke"))) == [{"log": ["in", "a"]}]


def test_a_caught_error_is_a_result_and_an_interrupt_is_not_caught() -> None:
    caught = {"op": "result", "of": "f", "var": "x", "catch": True}
    writes = {"op": "write", "key": "log", "value": {"list": [{"var": "x"}]}}
    tasks = [{"name": "t", "do": [FAIL]}]
    assert results(observed(chain(node("a", TASK, caught, writes), tasks=tasks), run(["in"]))) == [
        {"log": ["in", "ValueError: no"]}
    ]
    tasks = [{"name": "t", "do": [{"op": "interrupt", "value": {"lit": "?"}, "var": "y"}], "result": {"var": "y"}}]
    again = run({"command": {"resume": "yes"}})
    events = observed(chain(node("a", TASK, caught, writes), tasks=tasks), run(["in"]), again)
    assert results(events)[-1] == {"log": ["in", "yes"]}


def test_a_call_can_be_caught_too() -> None:
    call = {"op": "call", "graph": "child", "var": "x", "catch": True}
    graphs = {"main": chain(node("a", call, note("a"))), "child": chain(node("b", FAIL))}
    assert results(observed(graphs, run(["in"]))) == [{"log": ["in", "a"]}]


@pytest.mark.parametrize(
    ("policy", "slept"),
    [
        ({}, [1.0, 1.5, 2.5]),
        ({"initial": 0.25, "factor": 3, "most": 1, "jitter": False}, [0.25, 0.75, 1]),
    ],
)
def test_the_intervals_of_retries_are_told(policy: dict[str, Any], slept: list[float]) -> None:
    graph = chain(node("a", FAIL, retry={"attempts": 4, "on": "all", **policy}))
    assert [event["seconds"] for event in of(observed(graph, run(["in"])), "sleep")] == slept


def test_retries_of_listed_errors_and_of_none_that_can_be_asked() -> None:
    listed = chain(node("a", FAIL, retry={"attempts": 3, "on": ["KeyError", "ValueError"]}))
    assert ran(observed(listed, run(["in"]))) == ["a", "a", "a"]
    assert ran(observed(chain(node("a", FAIL, retry={"attempts": 3, "on": ["KeyError"]})), run(["in"]))) == ["a"]
    assert errors(observed(chain(node("a", FAIL, retry={"attempts": 3, "on": "invalid"})), run(["in"]))) == [
        "TypeError"
    ]


@pytest.mark.parametrize("form", ["state", "entrypoint"])
def test_a_graph_has_policies_for_all_that_has_none(form: str) -> None:
    once = {**FAIL, "on_runs": [1]}
    compiled = {"retry": {"attempts": 2, "on": "all"}, "cache": {}}
    graph = (
        chain(node("a", once), compile=compiled)
        if form == "state"
        else {"form": form, "do": [once], "compile": compiled}
    )
    events = observed(graph, run(["in"]), run(["in"], thread="other"), cache=True)
    assert len(of(events, "ran")) == 2


def test_a_key_that_cannot_be_made_is_an_error_of_the_run() -> None:
    events = observed(chain(node("a", cache={"key": "fails"})), run(["in"]), cache=True)
    assert (errors(events), ran(events)) == (["ValueError"], [])


def test_an_answer_is_strict_where_that_is_asked_for() -> None:
    unknown = {"command": {"resume": dictionary(**{"0" * 32: 1})}}
    events = observed(ASKED, run(["in"]), run(unknown, strict=True), run(unknown))
    assert errors(events) == ["UnknownInterruptError"]
    assert ran(events) == ["a", "b", "b"]


def test_a_command_may_be_for_a_parent_that_is_not_there() -> None:
    events = observed(ASKED, run({"command": {"update": dictionary(log=["x"]), "graph": "parent"}}))
    assert errors(events) == ["InvalidUpdateError"]


def test_a_new_process_may_run_another_version_on_the_same_thread() -> None:
    delta = {"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 9}
    first = {**ASKED, "state": {"log": delta}}
    after = {**ASKED, "state": {"log": LOG}}
    events = observed(
        {"main": first, "after": after},
        *(run(["in"]), {"op": "restart", "main": "after"}, run({"command": {"resume": "yes"}}), {"op": "state"}),
    )
    assert [event["what"] for event in of(events, "ran")] == ["main.a", "main.b", "after.b"]
    assert plain(of(events, "state")[-1]["values"]) == {"log": ["in", "a", "yes"]}


@pytest.mark.parametrize("api", ["invoke", "ainvoke"])
def test_a_saver_may_take_no_paths(api: str) -> None:
    events = observed(ASKED, run(["in"], api=api), saver="pathless")
    assert {event["path"] for event in of(events, "put_writes")} == {""}
    assert any(event["path"] for event in of(observed(ASKED, run(["in"], api=api)), "put_writes"))


def test_the_config_of_a_subgraphs_state_names_its_parents_checkpoint_which_is_replayed() -> None:
    graphs = {"main": chain({"name": "s", "graph": "child"}, node("z")), "child": ASKED}
    inside = {"at": {"nth": 0, "sub": "s"}}
    events = observed(graphs, run(["in"]), {"op": "state", **inside}, run(None, **inside))
    assert [event["what"] for event in of(events, "ran")] == ["child.a", "child.b"] * 2


def test_what_upstream_cancels_with_is_told_without_its_address() -> None:
    assert without_addresses("<object object at 0x7f>") == "<object>"
    assert (
        without_addresses("(<object object at 0x7f>, <Task cancelled name='Task-1' coro=<f() done>>)") == "(<object>)"
    )
    assert without_addresses("1 < 2 > at 0x7f") == "1 < 2 > at 0x7f"


def _cut(original: Callable[..., Any]) -> Callable[..., Any]:
    """Runs a task so that its errors have lost where they came from."""

    def patched(*args: Any, **options: Any) -> Any:
        try:
            return original(*args, **options)
        except Exception as error:
            raise error.with_traceback(None) from error.__cause__

    return patched


def _never_told(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: None


def _says_otherwise(original: type[upstream_errors.NodeTimeoutError]) -> type[upstream_errors.NodeTimeoutError]:
    """A time-out whose message is right and whose attributes are not."""

    def init(self: upstream_errors.NodeTimeoutError, *args: Any, **options: Any) -> None:
        original.__init__(self, *args, **options)
        self.elapsed += 1

    return type(original.__name__, (original,), {"__init__": init, "__module__": original.__module__})


FAULTS = {
    "frames": (_runner, "run_with_retry", _cut, program(chain(node("a", FAIL)), run(["in"]))),
    "fields": (
        _retry,
        "NodeTimeoutError",
        _says_otherwise,
        program(awaited(sleep(2), timeout={"run": 1}), run(["in"], api="ainvoke")),
    ),
    "attempt": (
        _retry,
        "_emit_progress",
        _never_told,
        program(
            awaited({"op": "heartbeat"}, sleep(0.5), note("a"), timeout={"idle": 1}),
            run(["in"], api="ainvoke", callbacks=True),
        ),
    ),
}


@pytest.mark.parametrize("shows", FAULTS)
def test_a_planted_fault_shows_in_frames_and_fields_of_errors_and_in_what_attempts_tell(
    shows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name, make, case = FAULTS[shows]
    sound = observe_program(case.body)
    assert observe_program(case.body) == sound
    monkeypatch.setattr(owner, name, make(getattr(owner, name)))
    broken = observe_program(case.body)
    difference = compare(case, Outcome("observed", tuple(sound)), Outcome("observed", tuple(broken))).difference
    assert difference is not None
    assert shows in difference.fingerprint
