"""Another version of a program's main graph, which a new process runs on the threads of the first."""

from __future__ import annotations

import copy

from parity.generate.programs.making import Body, Making
from parity.generate.programs.state import LOG

__all__ = ["AFTER", "with_other_version"]

AFTER = "after"
"""The name of the other version."""


def with_other_version(making: Making) -> dict[str, Body]:
    """The graphs with a second version of `main`, of which a channel is of another kind or a node is not there."""
    main = making.graphs["main"]
    after = copy.deepcopy(main)
    state: Body = after.get("state") or after.get("channels") or {}
    choice = making.below(4)
    if LOG in state and choice < 3:
        log = state[LOG]
        typed = {name: log[name] for name in ("default",) if name in log}
        if log["channel"] == "DeltaChannel" and choice:
            state[LOG] = {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list", **typed}
        else:
            frequency = 1 + making.below(4)
            delta: Body = {"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list"}
            state[LOG] = {**delta, "snapshot_frequency": frequency, **typed}
    if choice >= 2 and "a" in state:
        state["a"] = {**state["a"], "channel": "AnyValue"}
        state["a"].pop("type", None)
    return {"main": main, AFTER: after, **{name: graph for name, graph in making.graphs.items() if name != "main"}}
