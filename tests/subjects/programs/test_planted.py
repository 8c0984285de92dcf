"""What each part of a trace is for: a fault that shows there and nowhere before, planted and seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langgraph import types
from langgraph.channels import BinaryOperatorAggregate
from langgraph.checkpoint import memory as memory_saver
from langgraph.pregel import _algo, _checkpoint, _retry, _runner
from langgraph.pregel import main as pregel_main
from langgraph.runtime import Runtime
from langgraph.store.memory import InMemoryStore
from made import LOG, ask, chain, dictionary, node, note, program, run

from parity.cases.model import Case
from parity.compare import compare
from parity.observe.model import Outcome
from parity.subjects.upstream.programs.run import observe_program

Patch = Callable[[pytest.MonkeyPatch], None]

FAIL_ONCE = {"op": "raise", "error": "ValueError", "message": "no", "on_runs": [1]}
ASKED = chain(node("a"), node("b", *ask("well?")))
RESUME = {"command": {"resume": "yes"}}
DELTA = {"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list"}


def replaced(owner: Any, name: str, make: Callable[[Any], Any]) -> Patch:
    """A patch that puts what `make` makes of the original in its place."""
    return lambda patch: patch.setattr(owner, name, make(getattr(owner, name)), raising=False)


def _without_parents(original: Any) -> Any:
    return lambda config, metadata: {k: v for k, v in original(config, metadata).items() if k != "parents"}


def _one_attempt_more(original: Any) -> Any:
    def patched(self: Any, **changes: Any) -> Any:
        if "node_attempt" in changes:
            changes["node_attempt"] += 1
        return original(self, **changes)

    return patched


def _oldest_first(original: Any) -> Any:
    return lambda *args, **options: iter(list(original(*args, **options))[::-1])


def _without_errors(original: Any) -> Any:
    def patched(*args: Any, **options: Any) -> Any:
        return tuple(task._replace(error=None) for task in original(*args, **options))

    return patched


def _twice(original: Any) -> Any:
    def patched(*args: Any) -> Any:
        for chunk in original(*args):
            yield chunk
            yield chunk

    return patched


def _stale(original: Any) -> Any:
    def patched(*args: Any, **_: Any) -> Any:
        return original(*args[:5], fresh=False)

    return patched


def _nothing_for_nodes(original: Any) -> Any:
    def patched(proc: Any, *rest: Any, **options: Any) -> Any:
        return original(proc, *rest, **options) if "__start__" in proc.triggers else {}

    return patched


FAULTS: dict[str, tuple[Patch, Case, str]] = {
    "saved metadata lack a member": (
        replaced(memory_saver, "get_checkpoint_metadata", _without_parents),
        program(chain(node("a")), run(["in"])),
        "loop/put:metadata",
    ),
    "a retry waits the longest time at once": (
        lambda patch: patch.setattr(_retry, "min", max, raising=False),
        program(chain(node("a", FAIL_ONCE, note("a"), retry={"attempts": 2, "on": "ValueError"})), run(["in"])),
        "loop/sleep:seconds",
    ),
    "a node is told of one attempt too many": (
        replaced(Runtime, "patch_execution_info", _one_attempt_more),
        program(chain(node("a")), run(["in"])),
        "loop/ran:seen",
    ),
    "history is told oldest first": (
        replaced(memory_saver.InMemorySaver, "list", _oldest_first),
        program(chain(node("a"), node("b")), run(["in"]), {"op": "history"}),
        "loop/history:checkpoints",
    ),
    "history is read back oldest first": (
        replaced(memory_saver.InMemorySaver, "list", _oldest_first),
        program(chain(node("a"), node("b")), run(["in"]), reread=True),
        "loop/reread:checkpoints",
    ),
    "the tasks of a state have no errors": (
        replaced(pregel_main, "tasks_w_writes", _without_errors),
        program(chain(node("a", FAIL_ONCE)), run(["in"]), {"op": "state"}),
        "algorithm/tasks:error",
    ),
    "chunks come twice": (
        replaced(pregel_main, "_output", _twice),
        program(chain(node("a")), run(["in"], api="stream", stream_mode="values")),
        "loop/chunk:values",
    ),
    "all interrupts have one id": (
        replaced(types, "_interrupt_id", lambda _: lambda ns, index: "0"),
        program(ASKED, run(["in"])),
        "algorithm/writes",
    ),
    "a resumption is not told to callbacks": (
        replaced(pregel_main, "GraphResumeEvent", lambda _: type("Never", (), {})),
        program(ASKED, run(["in"], callbacks=True), run(RESUME, callbacks=True)),
        "loop/callback:name",
    ),
    "a warning is not given": (
        replaced(pregel_main, "warnings", lambda _: type("Silent", (), {"warn": staticmethod(lambda *args: None)})),
        program(chain(node("a")), run(["in"], durability="sync"), saver="none"),
        "loop/order:warning",
    ),
    "a search of the store finds nothing": (
        replaced(InMemoryStore, "search", lambda _: lambda self, namespace, **options: []),
        program(
            chain(node("a")),
            {"op": "store", "do": "put", "namespace": ["n"], "key": "k", "value": dictionary(v=1)},
            {"op": "store", "do": "search", "namespace": ["n"]},
            store=True,
        ),
        "loop/store:result",
    ),
    "the end of the tasks wakes nobody": (
        replaced(_runner.FuturesDict, "on_done", lambda _: lambda self, task, future: None),
        program(chain(node("a")), run(["in"], api="astream", stream_mode="custom")),
        "loop/hang",
    ),
    "a channel gives no type": (
        lambda patch: patch.setattr(BinaryOperatorAggregate, "UpdateType", property(lambda self: None)),
        program(chain(node("a"), schema="dataclass"), {"op": "schemas"}),
        "loop/schemas:input",
    ),
    "a checkpoint without its history is read as it is": (
        replaced(_checkpoint, "_require_saver_for_history", lambda _: lambda *args: None),
        program(chain(node("a"), state={"log": DELTA}), run(["in"]), {"op": "channels", "saver": False}),
        "loop/error",
    ),
    "a task alone is not told where it is": (
        replaced(_retry, "_ensure_execution_info", lambda _: lambda runtime, config, task: runtime),
        program(chain(node("a")), {"op": "attempt", "node": "a", "input": dictionary(log=[])}),
        "algorithm/tasks",
    ),
    "a branch reads a state of one value without what was just written": (
        replaced(_algo, "local_read", _stale),
        program(
            {
                **{"form": "state", "schema": "value", "state": {"all": LOG}, "edges": [["__start__", "a"]]},
                "nodes": [
                    {"name": "a", "do": [{"op": "write", "key": "all", "value": {"lit": ["a"]}}]},
                    {"name": "b", "do": []},
                ],
                "branches": [{"from": "a", "name": "on", "path": {"each": "all", "node": "b"}}],
            },
            {"op": "run", "input": ["in"]},
        ),
        "algorithm/",
    ),
    "a node is given an empty state": (
        replaced(_algo, "_proc_input", _nothing_for_nodes),
        program(chain(node("a")), run(["in"])),
        "algorithm/given",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen_where_it_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, case, fingerprint = FAULTS[name]
    sound = observe_program(case.body)
    assert observe_program(case.body) == sound
    plant(monkeypatch)
    broken = observe_program(case.body)
    difference = compare(case, Outcome("observed", tuple(sound)), Outcome("observed", tuple(broken))).difference
    assert difference is not None
    assert difference.fingerprint.startswith(fingerprint), difference.summary
