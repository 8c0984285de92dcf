"""Real programs on upstream and on the backend: the same, and how much was compared."""

from __future__ import annotations

import pytest
from checking import Checker

from parity.check.run import CONFIRMATIONS, SELDOM


def test_a_chat_in_two_threads_with_its_messages_streamed_and_timed(checker: Checker) -> None:
    modes = "values,updates,messages,debug"
    checked = checker.run("chat:graph", "chat.jsonl", "--stream", modes, "--subgraphs", "--repeat", "3")
    assert checked.code == 0, checked.out + checked.err
    assert checked.verdicts == ["same", "same", "same"]
    assert [(line["line"], line["thread"]) for line in checked.result["lines"]] == [
        (1, "ada"),
        (2, "ada"),
        (4, "input-4"),
    ]
    # The message ids of the first two lines are random; the model's chunks are there, and so are the saves.
    assert checked.rules() == {"ids"}
    assert all(line["not_comparable"] == 0 for line in checked.result["lines"])
    assert all(min(line["events"].values()) > 0 for line in (checked.result["lines"][index] for index in (1, 2)))
    # History is read after the last line of a thread.
    assert checked.result["lines"][0]["events"]["history"] == 0
    assert checked.result["rounds"] == 3
    assert [len(side["wall"]) for side in checked.result["lines"][0]["seconds"]] == [3, 3]
    assert all(seconds > 0 for side in checked.result["lines"][0]["seconds"] for seconds in side["cpu"])
    assert "time: stream, upstream / rust, median (and middle half) of 3 rounds: wall " in checked.out
    assert checked.out.splitlines()[-1].startswith("SAME, ")


def test_an_agent_that_asks_and_is_answered_on_its_own_saver(checker: Checker) -> None:
    checked = checker.run("agent:graph", "agent.jsonl")
    assert checked.code == 0, checked.out + checked.err
    assert checked.verdicts == ["same"] * 4
    assert checked.result["saver"] == "its own InMemorySaver"
    assert {line["thread"] for line in checked.result["lines"][:2]} == {"input-1"}
    assert {line["thread"] for line in checked.result["lines"][2:]} == {"input-3"}


def test_subgraphs_that_run_at_once(checker: Checker) -> None:
    checked = checker.run("nested:graph", "nested.jsonl", "--subgraphs")
    assert checked.code == 0, checked.out + checked.err
    assert checked.result["lines"][0]["not_comparable"] == 0
    assert checked.rules() <= {"task-order"}
    # Three inner graphs with one more in each: the saves of seven namespaces.
    assert checked.result["lines"][0]["events"]["saver"] > 40


def test_nodes_without_a_synchronous_form_are_run_asynchronously(checker: Checker) -> None:
    checked = checker.run("asynchronous:graph", "asynchronous.jsonl")
    assert checked.code == 0, checked.out + checked.err
    assert checked.result["asynchronous"] is True
    # Of one node: which of two parallel errors is raised is up to their threads.
    forced = checker.run("asynchronous:alone", "asynchronous.jsonl", "--sync")
    assert forced.code == 0, forced.out + forced.err
    assert "No synchronous function provided" in forced.out
    assert "every input ended in an error" in forced.out
    assert "--async runs it" in forced.out


def test_the_functional_api_with_what_it_returned_before(checker: Checker) -> None:
    checked = checker.run("functional:total", "functional.jsonl", "--checkpointer", "memory")
    assert checked.code == 0, checked.out + checked.err
    assert checked.verdicts == ["same"] * 3
    assert checked.result["saver"] == "InMemorySaver of parity"


def test_without_a_saver_there_are_no_checkpoints(checker: Checker) -> None:
    checked = checker.run("functional:total", [[1, 2]], "--checkpointer", "none")
    assert checked.code == 0, checked.out + checked.err
    events = checked.result["lines"][0]["events"]
    assert {name for name, count in events.items() if count} == {"stream", "end"}


def test_tasks_that_end_in_any_order_are_compared_task_by_task(checker: Checker) -> None:
    checked = checker.run("racy:graph", "racy.jsonl")
    assert checked.code == 0, checked.out + checked.err
    assert checked.rules() == {"task-order"}
    assert checked.result["lines"][0]["not_comparable"] == 0
    in_order = checker.run("racy:graph", "racy.jsonl", "--inline")
    assert in_order.code == 0
    assert in_order.rules() == set()


def test_what_varies_by_itself_is_told_and_not_compared(checker: Checker) -> None:
    checked = checker.run("clock:noisy", "clock.jsonl")
    assert checked.code == 0, checked.out + checked.err
    assert checked.rules() == {"ids", "timestamps", "not-comparable"}
    [line] = checked.result["lines"]
    # Nothing but the one value that nobody can foresee, wherever it shows.
    assert all(place.endswith("noise") or place.startswith(("put", "put_writes")) for place in line["blind"])
    assert line["values"] > line["not_comparable"] > 0
    assert "data.shake.noise" in checked.out
    assert "your graph differs from itself here" in checked.out


def test_where_nothing_of_the_outcome_can_be_compared_it_is_not_called_the_same(checker: Checker) -> None:
    checked = checker.run("clock:noise_alone", "clock.jsonl")
    assert checked.code == 1
    assert checked.verdicts == ["vacuous"]
    assert checked.out.splitlines()[-1].startswith("NOTHING TO COMPARE: line 1: ")


def test_what_a_program_does_to_its_process_is_compared_too(checker: Checker) -> None:
    inputs = [{"do": what} for what in ("fail", "print", "exit", "leave", "kill", "close", "nothing")]
    checked = checker.run("trouble:graph", inputs, "--verbose", "--repeat", "2")
    assert checked.code == 0, checked.out + checked.err
    assert checked.verdicts == ["same"] * 7
    ends = [line["ended_with"] for line in checked.result["lines"]]
    assert ends[0] == "RuntimeError: cannot fail"
    assert ends[1] == "result"
    assert ends[2:5] == ["SystemExit: 3", "exited with code 7", "killed by SIGKILL"]
    assert ends[5].startswith("exited")
    assert ends[6] == "result"
    # What was streamed and saved before the process ended was compared.
    assert checked.result["lines"][4]["events"]["stream"] > 3
    assert checked.result["lines"][4]["events"]["saver"] > 3
    assert "\x00\ufffd not JSON" in checked.err
    assert "\x00" not in checked.out
    assert "time: not taken: a process ended" in checked.out


def test_a_hang_on_upstream_leaves_it_undecided(checker: Checker) -> None:
    checked = checker.run("trouble:graph", [{"do": "hang"}, {"do": "nothing"}], "--timeout", "15")
    assert checked.code == 1
    assert checked.verdicts == ["undecided", "same"]
    assert checked.out.splitlines()[-1] == "UNDECIDED: line 1: upstream gave no answer within 15 s"


@pytest.mark.parametrize(
    ("target", "inputs", "fault", "says"),
    [
        ("strict:graph", "strict.jsonl", "loads_shifted", "first difference, state event 0, in 3 of 3 runs"),
        ("strict:graph", "strict.jsonl", "original_used", "JsonPlusSerializer.dumps_typed of upstream was used"),
        ("strict:graph", "strict.jsonl", "python_instead", "encodings in Rust: "),
    ],
)
def test_a_fault_in_the_backend_is_found(checker: Checker, target: str, inputs: str, fault: str, says: str) -> None:
    checked = checker.run(target, inputs, "--subject", f"rust:{fault}")
    assert checked.code == 1
    assert says in checked.out
    assert set(checked.verdicts) == {"differs" if fault == "loads_shifted" else "witness"}


@pytest.mark.parametrize(
    ("fault", "where"),
    [("int_width", "put"), ("reducer_reversed", "stream"), ("version_twice", "put")],
)
def test_a_fault_in_upstream_is_found(
    checker: Checker, fault: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parity.check.run.CONFIRMATIONS", 0)
    inputs = [{"log": ["begin", 200]}]
    checked = checker.run("racy:graph", inputs, "--inline", "--subject", f"faulty:{fault}")
    assert checked.code == 1
    assert checked.verdicts == ["differs"]
    found = checked.result["lines"][0]["difference"]
    event = found["expected"] or found["actual"]
    assert event["e"].startswith(where), found


def test_a_difference_of_each_kind_and_who_ended_how(checker: Checker) -> None:
    inputs = [{"do": what} for what in ("more", "write", "note", "leave", "hang", "nothing")]
    checked = checker.run("sided:graph", inputs, "--timeout", "15")
    assert checked.code == 1
    assert checked.verdicts == ["differs"] * 5 + ["same"]
    more, write, note, leave, hang, _ = [line["difference"] for line in checked.result["lines"]]
    assert (more["track"], more["expected"]["mode"], more["where"]) == ("stream", "updates", "data.act.done")
    assert write["actual"]["mode"] == "custom"
    assert note["actual"]["e"] == "stream"
    assert (leave["track"], leave["actual"]) == ("stream", None)
    assert (hang["track"], hang["actual"]) == ("stream", None)
    assert "DIFFERS in 5 of 6 inputs: lines 1, 2, 3, 4, 5" in checked.out
    assert "last agreed event (number " in checked.out
    # Only what differs is marked.
    assert [line.split() for line in checked.out.splitlines() if line.startswith("  > ")] == [[">"], [">", '"more"']]


def test_a_difference_that_does_not_always_show_says_how_often_it_did(checker: Checker) -> None:
    checked = checker.run("sided:graph", [{"do": "sometimes"}] * 4)
    assert checked.code == 1
    assert "differs" in checked.verdicts
    runs = [line["runs"] for line in checked.result["lines"] if line["verdict"] == "differs"]
    assert all(CONFIRMATIONS < most <= SELDOM + 1 for _, most in runs), runs


def test_the_page_shows_the_verdict_and_runs_nothing(checker: Checker) -> None:
    page = checker.folder / "page.html"
    checked = checker.run("sided:graph", [{"do": "more"}], "--html", str(page))
    assert checked.code == 1
    text = page.read_text()
    assert "DIFFERS in 1 of 1 input" in text
    assert "default-src &#x27;none&#x27;" in text
    assert "<script" not in text
