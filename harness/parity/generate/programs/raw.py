"""Programs of raw `Pregel`: channels of many kinds, and nodes that listen to them."""

from __future__ import annotations

from parity.generate.programs.instructions import policies
from parity.generate.programs.making import Body, Making
from parity.generate.programs.state import fitting

__all__ = ["make_raw"]


def make_raw(making: Making) -> None:
    """Makes `main` as a Pregel of one to three nodes that write a log and some other channels."""
    channels = _channels(making)
    nodes: list[Body] = []
    graph: Body = {
        "form": "pregel",
        "channels": channels,
        "nodes": nodes,
        "input": "in",
        "output": making.pick(("out", ["out", "log"])),
    }
    making.graphs["main"] = graph
    if making.may("raw_inputs"):
        channels["more"] = {"channel": "LastValue"}
        graph["input"] = ["in", "more"]
    free = [name for name in channels if name not in ("in", "both")]
    for index in range(1 + making.below(3)):
        name = f"r{index}"
        node: Body = {"name": name}
        source = (
            "in"
            if index == 0
            else making.pick(["in", "log", "out", *(name for name in ("t", "d", "more") if name in channels)])
        )
        if "both" in channels and index == 2:
            node["only"] = "both"
        elif making.below(2):
            node["only"] = source
        else:
            node["subscribe"] = [source]
            node["read"] = making.some(free, 2)
        do: list[Body] = [{"op": "write", "key": "log", "value": {"lit": [name]}}]
        writes = ["log"]
        for channel in making.some([channel for channel in free if channel != "log"], 2):
            # A node that writes what it is triggered by runs until the limit: one write of the log is enough of that.
            if channel != source:
                do.append({"op": "write", "key": channel, "value": fitting(making, channels[channel])})
                writes.append(channel)
        if "both" in channels and index < 2:
            do.append({"op": "write", "key": "both", "value": {"lit": name}})
            writes.append("both")
        if making.want("interrupt", 2):
            making.interrupts += 1
            do.append({"op": "interrupt", "value": {"lit": f"{name}?"}, "var": "answer"})
        if making.want("node_error_once", 2):
            do.append({"op": "raise", "error": "ValueError", "message": f"{name} failed", "on_runs": [1]})
        node.update({"do": do, "writes": writes, **policies(making, asynchronous=False)})
        if making.want("raw_tags"):
            node.update({"tags": [f"of {name}"], "metadata": {"of": name}})
        nodes.append(node)
    if "r1" not in {node["name"] for node in nodes} and "both" in channels:
        channels["both"]["names"] = ["r0"]
    _others(making, nodes)
    compiled: Body = {}
    for feature in ("interrupt_before", "interrupt_after"):
        if making.want(feature):
            making.static += 1
            compiled[feature] = [nodes[-1]["name"]] if making.may("raw_listener") else ["r0"]
    if compiled:
        graph["compile"] = compiled
    if making.want("raw_eager"):
        graph["eager"] = True


def _channels(making: Making) -> Body:
    channels: Body = {
        "in": {"channel": "EphemeralValue", "guard": making.below(2) == 1},
        "log": {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"},
        "out": {"channel": "LastValue"},
    }
    if making.may("raw_many_channels"):
        channels["t"] = {"channel": "Topic", "accumulate": making.below(2) == 1}
        channels["u"] = {"channel": "UntrackedValue", "guard": False}
        channels["any"] = {"channel": "AnyValue"}
    if making.may("delta"):
        channels["d"] = {
            "channel": "DeltaChannel",
            "reducer": "fold:add_list",
            "type": "list",
            "snapshot_frequency": 1 + making.below(3),
        }
    if making.may("raw_barrier"):
        channels["both"] = {"channel": "NamedBarrierValue", "names": ["r0", "r1"]}
    return channels


def _others(making: Making, nodes: list[Body]) -> None:
    """Nodes that do not fit in with the rest: one that listens to a delta channel, one without a function."""
    if making.may("raw_listener"):
        # It is woken by the first write and then not again, however often the channel is snapshotted.
        nodes[0]["do"].append({"op": "write", "key": "d", "value": {"lit": ["first"]}})
        nodes[0]["writes"] = list(dict.fromkeys([*nodes[0]["writes"], "d"]))
        heard = {"op": "write", "key": "log", "value": {"lit": ["heard"]}}
        nodes.append({"name": "listens", "subscribe": ["d"], "do": [heard], "writes": ["log"]})
    if making.may("raw_empty"):
        nodes.append({"name": "empty", "subscribe": ["log"]})
