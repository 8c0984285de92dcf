"""Programs of the functional API: an entrypoint and its tasks."""

from __future__ import annotations

from itertools import pairwise

from parity.generate.programs.instructions import policies, task_body
from parity.generate.programs.making import Body, Making

__all__ = ["make_entrypoint"]


def make_entrypoint(making: Making) -> None:
    """Makes `main` as an entrypoint with one to three tasks."""
    graph: Body = {"form": "entrypoint", "tasks": [], "do": []}
    making.graphs["main"] = graph
    asynchronous = making.asynchronous and making.below(2) == 0
    for index in range(1 + (making.below(3) if making.may("task_many", "threads") else making.below(2))):
        task: Body = {
            "name": f"t{index}",
            "do": task_body(making, f"t{index}"),
            "result": {"list": [{"lit": f"t{index}"}, {"var": "arg0"}]},
        }
        if making.want("task_interrupt"):
            task["result"] = {"list": [{"var": "answer"}, {"var": "arg0"}]}
        if asynchronous and making.below(2) == 0:
            task["async"] = True
        if making.may("task_caught") and index == 0:
            task["do"].append({"op": "raise", "error": "ValueError", "message": "t0 failed"})
        task.update(policies(making, asynchronous=task.get("async", False)))
        if making.want("cache_task"):
            task["cache"] = {"key": making.pick(("default", "constant"))}
        graph["tasks"].append(task)
    if making.may("task_nested"):
        _nest(making, graph["tasks"])
    do: list[Body] = []
    parts: list[Body] = [{"input": True}]
    calls = 1 + making.below(4 if making.may("task_many") else 2)
    later: list[Body] = []
    for index in range(calls):
        task = making.pick(graph["tasks"])
        do.append({"op": "task", "name": task["name"], "args": [{"lit": index}], "var": f"f{index}"})
        wait: Body = {"op": "result", "of": f"f{index}", "var": f"r{index}"}
        if making.want("task_caught"):
            wait["catch"] = True
        if making.want("task_unfinished", 3):
            continue
        # Waiting at once makes a sequence; waiting later, tasks that run side by side.
        (later if making.may("task_many") and making.below(2) == 0 else do).append(wait)
        parts.append({"var": f"r{index}"})
    do += later
    if making.may("interrupt", "interrupt_twice") and making.below(2) == 0:
        making.interrupts += 1
        do.insert(making.below(len(do) + 1), {"op": "interrupt", "value": {"lit": "main?"}, "var": "answer"})
        parts.append({"var": "answer"})
    if making.want("node_error_once", 2):
        do.append({"op": "raise", "error": "ValueError", "message": "main failed", "on_runs": [1]})
    if making.may("previous", "final"):
        parts.append({"previous": True})
    graph["do"] = do
    graph["result"] = {"list": parts}
    if making.may("final"):
        graph["save"] = {"len": {"list": parts}}
    if asynchronous:
        graph["async"] = True
    graph.update({key: value for key, value in policies(making, asynchronous=asynchronous).items() if key != "timeout"})
    if making.may("context"):
        graph["context"] = True


def _nest(making: Making, tasks: list[Body]) -> None:
    """Each task calls the one after it, before or after all else that it does; the last calls a new one."""
    tasks.append({"name": "inner", "do": task_body(making, "inner"), "result": {"list": [{"lit": "inner"}]}})
    for task, called in pairwise(tasks):
        calls: list[Body] = [{"op": "task", "name": called["name"], "args": [{"var": "arg0"}], "var": "f"}]
        if not making.want("task_unfinished", 3):
            calls.append(
                {"op": "result", "of": "f", "var": "x", **({"catch": True} if making.want("task_caught") else {})}
            )
        task["do"] = [*calls, *task["do"]] if making.below(2) else [*task["do"], *calls]
        if called is tasks[-1] and task.get("async"):
            called["async"] = True
