"""Each operation of a program, and the events that it leaves (`docs/programs.md` §3, §4)."""

from __future__ import annotations

import random
from typing import Any

import pytest
from made import LOG, ask, chain, dictionary, kinds, node, note, observed, of, plain, program, ran, results, run

from parity.cases.model import canonical
from parity.generate.programs import make
from parity.generate.swarm import Choices
from parity.subjects.upstream.programs.run import observe_program

SYNC = ("invoke", "stream", "stream_v3")
ASYNC = ("ainvoke", "astream", "events_v2", "events_v3")
SAVERS = ("memory", "sqlite")
RESUME = {"command": {"resume": "yes"}}
TWO = chain(node("a"), node("b"))
ASKED = chain(node("a"), node("b", *ask("well?")), node("c"))


def head(events: list[dict[str, Any]]) -> list[Any]:
    """`log` of the state that was read last."""
    value: list[Any] = plain(of(events, "state")[-1]["values"])["log"]
    return value


class TestRun:
    """Every way to call a graph."""

    def test_invoke_is_told_in_the_order_in_which_it_happens(self) -> None:
        events = observed(TWO, run(["in"], durability="sync"))
        assert kinds(events, "version") == [
            *("op", "load", "put", "put_writes", "put"),
            *("ran", "put_writes", "put", "ran", "put_writes", "put", "result"),
        ]
        assert [event["step"] for event in of(events, "put")] == [-1, 0, 1, 2]
        assert results(events) == [{"log": ["in", "a", "b"]}]

    @pytest.mark.parametrize("saver", SAVERS)
    @pytest.mark.parametrize("api", [*SYNC, *ASYNC])
    def test_each_api_runs_the_nodes_and_saves_the_same(self, api: str, saver: str) -> None:
        def saved(name: str) -> list[Any]:
            events = observed(ASKED, run(["in"], api=name), run(RESUME, api=name), {"op": "state"}, saver=saver)
            assert of(events, "error", "hang", "unresolved") == []
            assert ran(events) == ["a", "b", "b", "c"]
            assert head(events) == ["in", "a", "yes", "c"]
            return [(event["checkpoint_id"], event["step"], event["blobs"]) for event in of(events, "put")]

        assert saved(api) == saved("invoke")

    @pytest.mark.parametrize("api", ["stream", "astream"])
    def test_chunks_are_told_as_the_reader_got_them(self, api: str) -> None:
        modes = ["values", "updates"]
        events = observed(TWO, run(["in"], api=api, stream_mode=modes))
        assert [plain(event["data"]) for event in of(events, "chunk")] == [
            ("values", {"log": ["in"]}),
            ("updates", {"a": {"log": ["a"]}}),
            ("values", {"log": ["in", "a"]}),
            ("updates", {"b": {"log": ["b"]}}),
            ("values", {"log": ["in", "a", "b"]}),
        ]

    def test_events_v2_tell_the_nodes_as_chains(self) -> None:
        events = observed(TWO, run(["in"], api="events_v2"))
        chunks = [plain(event["data"]) for event in of(events, "chunk")]
        ended = [chunk["name"] for chunk in chunks if chunk["event"] == "on_chain_end"]
        assert ended == ["a", "b", "LangGraph"]
        assert chunks[0]["run_id"].startswith("00000000-0000-7000-8000-")

    @pytest.mark.parametrize("api", ["stream_v3", "events_v3"])
    def test_events_v3_tell_protocol_events_and_then_the_output(self, api: str) -> None:
        events = observed(ASKED, run(["in"], api=api))
        chunks = [plain(event["data"]) for event in of(events, "chunk")]
        assert {"values"} == {chunk["method"] for chunk in chunks}
        [(output, interrupted, interrupts)] = results(events)
        assert (output["log"], interrupted) == (["in", "a"], True)
        assert [interrupt["value"] for interrupt in interrupts] == ["well?"]

    @pytest.mark.parametrize("api", ["batch", "abatch"])
    def test_inputs_of_a_batch_run_on_threads_of_their_own(self, api: str) -> None:
        inputs = [dictionary(log=["x"]), dictionary(log=["y"])]
        events = observed(
            TWO, {"op": "run", "api": api, "inputs": inputs}, {"op": "state", "thread": "t-1"}, {"op": "state"}
        )
        assert results(events) == [[{"log": ["x", "a", "b"]}, {"log": ["y", "a", "b"]}]]
        on_one, on_none = of(events, "state")
        assert plain(on_one["values"]) == {"log": ["y", "a", "b"]}
        assert plain(on_none["values"]) == {}

    def test_a_failure_in_a_batch_is_its_result(self) -> None:
        failing = chain(node("a", {"op": "raise", "error": "ValueError", "message": "no", "on_runs": [2]}, note("a")))
        inputs = [dictionary(log=["x"]), dictionary(log=["y"])]
        [[first, second]] = results(observed(failing, {"op": "run", "api": "batch", "inputs": inputs}))
        assert first == {"log": ["x", "a"]}
        assert second["cls"] == "builtins:ValueError"

    def test_an_error_is_told_with_its_notes_and_does_not_end_the_case(self) -> None:
        failing = chain(
            node("a", {"op": "raise", "error": "ValueError", "message": "no", "note": "n", "on_runs": [1]}, note("a"))
        )
        events = observed(failing, run(["in"]), run())
        [error] = of(events, "error")
        assert (error["type"], error["message"], error["cause"]) == ("ValueError", "no", None)
        assert error["notes"][0] == "n"
        assert error["notes"][1].startswith("During task with name 'a'")
        assert results(events) == [{"log": ["in", "a"]}]

    @pytest.mark.parametrize("api", ["stream", "astream"])
    def test_a_reader_may_stop_early(self, api: str) -> None:
        events = observed(TWO, run(["in"], api=api, stream_mode="updates", take=1), {"op": "state"})
        assert len(of(events, "chunk")) == 1
        assert ran(events) == ["a"]
        assert of(events, "state")[0]["next"] == ["b"]

    @pytest.mark.parametrize("api", ["stream_v3", "events_v3", "events_v2"])
    def test_a_reader_of_events_may_stop_early_too(self, api: str) -> None:
        events = observed(TWO, run(["in"], api=api, take=1), run(["again"]))
        assert len(of(events, "chunk")) == 1
        assert of(events, "hang", "error") == []

    def test_the_same_run_id_again_goes_on(self) -> None:
        events = observed(ASKED, run(["in"], run_id=1), run(["more"], run_id=1), run(["more"], run_id=2))
        assert ran(events) == ["a", "b", "b", "a", "b"], "the second input is not taken, the third is"

    def test_callbacks_are_told(self) -> None:
        events = observed(ASKED, run(["in"], callbacks=True), run(RESUME, callbacks=True))
        names = [event["name"] for event in of(events, "callback")]
        assert names.count("on_chain_start") == names.count("on_chain_end") + names.count("on_chain_error")
        assert "on_interrupt" in names
        assert "on_resume" in names

    def test_a_drain_is_told_and_leaves_the_rest_for_later(self) -> None:
        draining = chain(node("a", {"op": "drain"}, note("a")), node("b"))
        events = observed(draining, run(["in"], control=True), run())
        assert [event["type"] for event in of(events, "error")] == ["GraphDrained"]
        assert kinds(events).count("drained") == 1
        assert results(events) == [{"log": ["in", "a", "b"]}]

    def test_a_retry_tells_how_long_it_would_sleep(self) -> None:
        once = {"op": "raise", "error": "ValueError", "message": "no", "on_runs": [1, 2]}
        retried = chain(node("a", once, note("a"), retry={"attempts": 3, "on": "ValueError"}))
        for api in ("invoke", "ainvoke"):
            events = observed(retried, run(["in"], api=api))
            assert [event["seconds"] for event in of(events, "sleep")] == [1.0, 1.5]
            assert ran(events) == ["a", "a", "a"]

    def test_a_warning_is_told(self) -> None:
        events = observed(TWO, run(["in"], durability="sync"), saver="none")
        [warning] = of(events, "warning")
        assert "`durability` has no effect" in warning["message"]


class TestTimeouts:
    """They fire by the clock of the loop: at once, and always at the same moment."""

    @pytest.mark.parametrize("timeout", [{"run": 0.05}, {"idle": 0.05}])
    def test_a_node_that_hangs_runs_into_its_time_out(self, timeout: dict[str, float]) -> None:
        hanging = chain({"name": "a", "do": [{"op": "hang"}], "async": True, "timeout": timeout}, node("b"))
        [error] = of(observed(hanging, run(["in"], api="ainvoke")), "error")
        assert error["type"] == "NodeTimeoutError"
        assert "0.050s" in error["message"]

    def test_whoever_watches_attempts_is_told(self) -> None:
        hanging = chain({"name": "a", "do": [{"op": "hang"}], "async": True, "timeout": {"run": 0.05}})
        told = of(observed(hanging, run(["in"], api="ainvoke", callbacks=True)), "attempt")
        events = [plain(event["given"]) for event in told]
        assert [event["event"] for event in events] == ["start", "finish"]
        assert (events[1]["status"], events[1]["error_type"]) == ("error", "NodeTimeoutError")

    def test_a_step_that_hangs_runs_into_its_time_out(self) -> None:
        hanging = chain({"name": "a", "do": [{"op": "hang"}], "async": True}, compile={"step_timeout": 0.5})
        [error] = of(observed(hanging, run(["in"], api="ainvoke")), "error")
        assert error["type"] == "TimeoutError"


class TestAsyncCode:
    """Functions of both kinds, in an async run."""

    def test_a_sync_function_may_wait_for_a_task(self) -> None:
        task = {"name": "t", "do": [], "result": {"add": [{"var": "arg0"}, {"lit": 1}]}}
        body = [
            {"op": "task", "name": "t", "args": [{"input": True}], "var": "f"},
            {"op": "result", "of": "f", "var": "r"},
        ]
        graph = {"form": "entrypoint", "tasks": [task], "do": body, "result": {"var": "r"}}
        for api in ("invoke", "ainvoke"):
            assert results(observed(graph, {"op": "run", "api": api, "input": 41})) == [42]

    def test_an_async_function_cannot_be_run_by_a_sync_call(self) -> None:
        graph = chain({"name": "a", "do": [note("a")], "async": True})
        events = observed(graph, run(["in"]), run(["in"], api="ainvoke"))
        assert [event["type"] for event in of(events, "error")] == ["TypeError"]
        assert results(events)[-1]["log"][-1] == "a"


class TestResuming:
    """Interrupted threads and what answers them."""

    def test_answers_by_id_go_where_they_belong(self) -> None:
        parallel = {
            "form": "state",
            "state": chain(node("x"))["state"],
            "nodes": [node(name, *ask(f"{name}?")) for name in ("a", "b", "c")],
            "edges": [["__start__", name] for name in ("a", "b", "c")],
        }
        by_id = {"command": {"resume_by_id": [[2, "third"], [0, "first"]]}}
        rest = {"command": {"resume_by_id": [[0, "second"]]}}
        events = observed(parallel, run(["in"]), run(by_id), run(rest))
        assert results(events)[-1] == {"log": ["in", "first", "second", "third"]}
        assert ran(events) == [*"abc", *"abc", "b"]

    def test_an_interrupt_that_is_not_there_is_told_and_nothing_is_run(self) -> None:
        events = observed(ASKED, run(["in"]), run({"command": {"resume_by_id": [[1, "x"]]}}))
        assert kinds(events)[-2:] == ["op", "unresolved"]

    def test_a_command_may_update_and_go_elsewhere(self) -> None:
        events = observed(
            ASKED, run(["in"]), run({"command": {"update": dictionary(log=["u"]), "goto": ["c"]}}), {"op": "state"}
        )
        assert head(events)[:3] == ["in", "a", "u"]


class TestHistory:
    """Reading and rewriting a thread."""

    def test_state_is_told_whole(self) -> None:
        events = observed(ASKED, run(["in"]), {"op": "state"})
        [state] = of(events, "state")
        assert state["next"] == ["b"]
        assert [task["name"] for task in state["tasks"]] == ["b"]
        assert [interrupt["value"] for interrupt in plain(state["interrupts"])] == ["well?"]
        assert state["created_at"] == "2026-01-01T00:00:00+00:00"

    @pytest.mark.parametrize("saver", SAVERS)
    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_history_has_every_checkpoint_newest_first(self, saver: str, asynchronous: bool) -> None:
        whole = {"op": "history", "async": asynchronous}
        events = observed(TWO, run(["in"]), whole, {**whole, "limit": 2}, {**whole, "before": {"nth": 1}}, saver=saver)
        first, limited, earlier = ([state["next"] for state in event["states"]] for event in of(events, "history"))
        assert first == [[], ["b"], ["a"], ["__start__"]]
        assert limited == first[:2]
        assert earlier == first[2:]

    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_an_update_forks_and_the_run_goes_on_from_it(self, asynchronous: bool) -> None:
        update = {"op": "update", "at": {"nth": 1}, "values": dictionary(log=["u"]), "as_node": "a"}
        events = observed(TWO, run(["in"]), {**update, "async": asynchronous}, run())
        [updated] = of(events, "updated")
        assert plain(updated["config"])["configurable"]["checkpoint_ns"] == ""
        assert results(events)[-1] == {"log": ["in", "a", "u", "b"]}

    def test_bulk_updates_are_supersteps(self) -> None:
        steps = [
            [{"values": dictionary(log=["1"]), "as_node": "a"}],
            [{"values": dictionary(log=["2"]), "as_node": "b"}],
        ]
        events = observed(TWO, run(["in"]), {"op": "bulk_update", "supersteps": steps}, {"op": "history", "limit": 2})
        [history] = of(events, "history")
        assert [plain(state["values"])["log"][-1] for state in history["states"]] == ["2", "1"]

    def test_a_replay_runs_again_what_came_after(self) -> None:
        events = observed(TWO, run(["in"]), run(at={"nth": 2}), run(at={"put": 2}))
        assert ran(events) == ["a", "b", "a", "b", "b"]

    def test_a_checkpoint_that_is_not_there_is_told(self) -> None:
        events = observed(TWO, run(["in"]), run(at={"nth": 9}), {"op": "state", "at": {"put": 99}})
        assert [event["what"] for event in of(events, "unresolved")] == ["nth 9: 4 checkpoints", "put 99: 4 were put"]

    def test_a_subgraph_is_reached_by_the_name_of_its_task(self) -> None:
        graphs = {"main": chain({"name": "a", "graph": "child"}), "child": chain(node("x", *ask("inner?")))}
        events = observed(graphs, run(["in"]), {"op": "state", "at": {"nth": 0, "sub": "a"}})
        [state] = of(events, "state")
        assert state["next"] == ["x"]
        assert plain(state["config"])["configurable"]["checkpoint_ns"].startswith("a:")

    def test_everything_held_is_read_back_and_what_has_changed_is_told(self) -> None:
        events = observed(TWO, run(["in"]), run(["more"]), reread=True)
        first, second = of(events, "reread")
        assert plain(second["head"]["values"])["log"] == ["in", "a", "b", "more", "a", "b"]
        assert first["held"] == []
        assert [plain(held["values"])["log"] for held in second["held"]] == [["in", "a", "b"]]
        assert [set(state) for state in second["history"][4:]] == [{"same"}] * 4, "unchanged since the first reading"


class TestProcesses:
    """A crash ends a process; another one goes on with what was saved."""

    @pytest.mark.parametrize("saver", SAVERS)
    @pytest.mark.parametrize("api", ["invoke", "ainvoke"])
    def test_a_run_that_crashed_is_resumed_by_another_process(self, api: str, saver: str) -> None:
        crash = {"at": "put", "nth": 4, "kind": "crash", "when": "before"}
        events = observed(
            chain(node("a"), node("b"), node("c")),
            run(["in"], api=api, fault=crash, durability="sync"),
            {"op": "restart"},
            run(api=api),
            saver=saver,
        )
        assert kinds(events).count("crash") == 1
        assert ran(events) == ["a", "b", "c"], "b had finished, and its writes were saved"
        assert results(events) == [{"log": ["in", "a", "b", "c"]}]

    def test_what_a_dead_process_would_still_do_is_not_seen(self) -> None:
        crash = {"at": "put_writes", "nth": 2, "kind": "crash", "when": "before"}
        wide = {
            "form": "state",
            "state": chain(node("x"))["state"],
            "nodes": [node(name) for name in ("a", "b", "c")],
            "edges": [["__start__", name] for name in ("a", "b", "c")],
        }
        events = observed(wide, run(["in"], fault=crash), {"op": "restart"}, run())
        crashed = events[: kinds(events).index("crash") + 1]
        assert crashed[-1] == {"e": "crash"}
        assert events[len(crashed)]["op"] == "restart"
        runs = [event["run"] for event in of(events, "ran") if event["what"] == "main.c"]
        assert runs == [1], "a run in a dead process is no run"

    def test_a_saver_that_fails_once_is_an_error_of_the_run(self) -> None:
        fault = {"at": "put_writes", "nth": 2, "kind": "error", "when": "before"}
        events = observed(TWO, run(["in"], fault=fault), run())
        assert [event["message"] for event in of(events, "error")] == ["the saver failed at put_writes 2"]
        assert results(events) == [{"log": ["in", "a", "b"]}]

    @pytest.mark.parametrize("version", [1, 2, 3])
    @pytest.mark.parametrize("saver", SAVERS)
    def test_a_thread_of_an_older_format_goes_on(self, version: int, saver: str) -> None:
        events = observed(ASKED, run(["in"]), {"op": "old_format", "v": version}, run(RESUME), saver=saver)
        [old] = of(events, "old_format")
        assert old["v"] == version
        assert ran(events)[-1] == "c"
        last = of(events, "put")[-1]
        assert last["step"] == 3

    def test_sends_of_an_older_format_are_taken(self) -> None:
        branch = {"from": "a", "name": "b", "path": {"to": [{"send": "b", "arg": {"lit": 1}}]}, "ends": None}
        graph = {**chain(node("a"), node("b")), "edges": [["__start__", "a"]], "branches": [branch]}
        events = observed(graph, run(["in"], interrupt_after=["a"]), {"op": "old_format", "v": 3}, run())
        assert ran(events) == ["a", "a.b", "b"]

    def test_a_deleted_thread_begins_anew(self) -> None:
        events = observed(TWO, run(["in"]), {"op": "delete_thread"}, {"op": "state"}, run(["new"]))
        assert plain(of(events, "state")[0]["values"]) == {}
        assert results(events)[-1] == {"log": ["new", "a", "b"]}

    def test_a_cached_node_does_not_run_until_the_cache_is_cleared(self) -> None:
        cached = chain(node("a", cache={"ttl": None, "key": "constant"}))
        events = observed(cached, run(["in"]), run(["in"]), {"op": "clear_cache"}, run(["in"]), cache=True)
        assert ran(events) == ["a", "a"]

    def test_the_store_outlives_a_restart(self) -> None:
        at = {"namespace": ["n"], "key": "k"}
        events = observed(
            TWO,
            {"op": "store", "do": "put", **at, "value": dictionary(v=1)},
            {"op": "restart"},
            {"op": "store", "do": "get", **at},
            store=True,
        )
        assert plain(of(events, "store")[-1]["result"])["value"] == {"v": 1}


class TestVersions:
    """Channel versions of every type."""

    @pytest.mark.parametrize("saver", SAVERS)
    @pytest.mark.parametrize("kind", ["int", "str", "float", "custom"])
    def test_a_thread_with_these_versions_runs_stops_and_goes_on(self, kind: str, saver: str) -> None:
        events = observed(ASKED, run(["in"]), run(RESUME), versions=kind, saver=saver)
        assert of(events, "error") == []
        assert results(events)[-1] == {"log": ["in", "a", "yes", "c"]}


class TestEndless:
    """What does not end of itself is ended."""

    def test_an_operation_with_too_many_runs_is_ended_like_a_crash(self) -> None:
        branch = {"from": "a", "name": "again", "path": {"to": ["a"]}, "ends": None}
        graph = {**chain(node("a", {"op": "let", "var": "x", "value": {"lit": 1}})), "branches": [branch]}
        graph["edges"] = [["__start__", "a"]]
        events = observed(graph, run(["in"], recursion_limit=400), {"op": "state"})
        assert kinds(events).count("endless") == 1
        assert of(events, "state")[0]["next"] == ["a"]

    def test_values_that_grow_without_end_end_the_operation(self) -> None:
        double = {"op": "write", "key": "log", "value": {"get": "log"}}
        branch = {"from": "a", "name": "again", "path": {"to": ["a"]}, "ends": None}
        graph = {**chain(node("a", double)), "edges": [["__start__", "a"]], "branches": [branch]}
        events = observed(graph, run(["in"], recursion_limit=60), {"op": "state"})
        assert kinds(events).count("endless") == 2, "the trace is full, so the second operation ends at once"
        assert len(ran(events)) < 60


class TestNoChance:
    """The same case gives the same trace, whatever ran before it in the same process."""

    def test_programs_run_in_any_order_give_the_same(self) -> None:
        cases = []
        chance = random.Random(5)
        while len(cases) < 50:
            case = make(Choices(chance.randbytes(4000)))
            if case.body["run"].get("schedule") != "threads":
                cases.append(case)
        cases.append(program(ASKED, run(["in"], api="events_v2"), run(RESUME, api="ainvoke"), saver="sqlite"))
        first = [observe_program(case.body) for case in cases]
        second = [observe_program(case.body) for case in reversed(cases)][::-1]
        for case, one, other in zip(cases, first, second, strict=True):
            assert one == other, canonical(case.to_json())


class TestParts:
    """What a graph is made of, asked from outside."""

    def test_the_schemas_of_a_graph(self) -> None:
        events = observed(chain(node("a")), {"op": "schemas"})
        [told] = of(events, "schemas")
        log = {"items": {}, "title": "Log", "type": "array"}
        assert told["input"]["schema"]["properties"] == told["output"]["schema"]["properties"] == {"log": log}
        assert set(told) == {"e", "input", "output", "input_model", "output_model"}

    @pytest.mark.parametrize("saver", SAVERS)
    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_the_channels_of_a_checkpoint_by_hand(self, saver: str, asynchronous: bool) -> None:
        rare = {"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list"}
        graph = chain(node("a", note("a"), note("r", "rare")), state={"log": LOG, "rare": rare})
        ask_for = {"op": "channels", "async": asynchronous}
        without = {**ask_for, "saver": False}
        events = observed(graph, run(["in"]), ask_for, without, {**without, "at": {"nth": 2}}, saver=saver)
        whole, before = of(events, "channels")
        assert dict(whole["values"])["log"] == ["in", "a"]
        assert dict(whole["values"])["rare"] == ["r"]
        [refused] = of(events, "error")
        assert "no checkpointer or config was passed" in refused["message"]
        assert dict(before["values"])["__start__"] == dictionary(log=["in"])
        assert "rare" in before["names"]

    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_a_task_alone_knows_where_it_is_from_its_config(self, asynchronous: bool) -> None:
        failing = {"op": "raise", "error": "ValueError", "on_runs": [1]}
        graph = chain(node("a", failing, note("a"), retry={"attempts": 2, "on": "ValueError"}))
        events = observed(graph, {"op": "attempt", "node": "a", "input": dictionary(log=["in"]), "async": asynchronous})
        infos = [plain(event["seen"]["execution_info"]) for event in of(events, "ran")]
        assert [info["node_attempt"] for info in infos] == [1, 2]
        assert {(info["checkpoint_ns"], info["task_id"], info["thread_id"]) for info in infos} == {
            ("a:task", "task", "alone")
        }
        [told] = of(events, "attempt")
        assert told["writes"] == [["log", ["a"]]]
