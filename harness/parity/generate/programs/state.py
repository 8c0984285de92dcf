"""The channels of a program's state, and values that fit them."""

from __future__ import annotations

from typing import Any

from parity.generate.graphs import REDUCERS
from parity.generate.programs.making import Body, Making, dictionary

__all__ = ["LOG", "TWIN", "fitting", "logged", "messages_of", "overwritten", "state_of"]

LOG = "log"
"""Every program's list of what ran: parallel writers' order shows in it."""

TWIN = "twin"
"""A plain reducer that gets the same writes as the DeltaChannel `log`."""

_SORTS: tuple[Any, ...] = (
    None,
    True,
    -33,
    70000,
    "é",
    [],
    {"t": "tuple", "v": [1, "a"]},
    dictionary(k=None, m=[1]),
    {"t": "float", "bits": "3ff8000000000000"},
    {"t": "bytes", "hex": "00ff"},
    {"t": "set", "v": [3]},
    {"t": "datetime", "v": "2024-01-02T03:04:05+00:00"},
    {"t": "uuid", "hex": "00000000000040008000000000000001"},
    {"t": "decimal", "v": "1.50"},
    {"t": "deque", "v": [1, 2]},
    {"t": "path", "parts": ["/", "a"]},
    {"t": "delta_snapshot", "v": [1]},
    {"t": "send", "node": "nowhere", "arg": 1},
)


def state_of(making: Making) -> dict[str, Body]:
    """A state: the log, one to three keys of any channel, and those that the drawn features call for."""
    state: dict[str, Body] = {}
    cadence: Body = {} if making.want("delta_default_cadence", 3) else {"snapshot_frequency": 1 + making.below(4)}
    if making.may("delta"):
        state[LOG] = {"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list", **cadence}
        state[TWIN] = _plain("add_list", "list")
    else:
        state[LOG] = _plain("add_list", "list")
    state["a"] = {"channel": "LastValue"}
    for key in ("b", "c")[: making.below(3)]:
        state[key] = _channel(making)
    if making.may(
        "messages", "message_without_id", "message_removed", "message_twice", "push_message", "chat", "tools"
    ):
        state["messages"] = {"channel": "Messages"}
    if making.may("delta_messages"):
        state["messages"] = {"channel": "DeltaChannel", "reducer": "messages", "type": "list", **cadence}
        state["plain_messages"] = {"channel": "Messages"}
    if making.may("managed"):
        state["left"] = {"managed": making.pick(("remaining_steps", "is_last_step"))}
    for feature, key, spec in (
        ("topic", "t", {"channel": "Topic", "accumulate": making.below(2) == 1}),
        ("ephemeral", "e", {"channel": "EphemeralValue", "guard": making.below(2) == 1}),
        ("untracked", "u", {"channel": "UntrackedValue", "guard": making.below(2) == 1}),
        ("any_value", "any", {"channel": "AnyValue"}),
        ("custom_channel", "own", {"channel": "Custom"}),
    ):
        if making.may(feature):
            state[key] = spec
    return state


def _plain(reducer: str, typ: str) -> Body:
    return {"channel": "BinaryOperatorAggregate", "reducer": reducer, "type": typ}


def _channel(making: Making) -> Body:
    if making.below(3) == 0:
        return {"channel": "LastValue"}
    return _plain(*making.pick(REDUCERS))


def logged(state: Body, entries: Any) -> Body:
    """The same for the log and, where there is one, for its plain twin."""
    return {key: entries for key in (LOG, TWIN) if key in state}


def messages_of(making: Making) -> Body:
    """An expression of one message or of a list of them."""
    number = making.below(5)
    message: Body = {"role": making.pick(("human", "ai", "tool")), "text": f"m{number}", "id": f"id{number % 3}"}
    if making.want("message_without_id"):
        del message["id"]
    if message["role"] == "tool":
        message["tool_call_id"] = "call"
    one: Body = {"message": message}
    if making.want("message_removed", 3):
        return {"list": [{"remove": f"id{number % 3}"}, one]}
    return {"list": [one, one]} if making.want("message_twice", 3) else {"list": [one]}


def fitting(making: Making, spec: Body) -> Body:
    """An expression whose value the channel's reducer takes; rarely one that it refuses."""
    small = making.below(10)
    if small == 9 and making.may("reducer_error"):
        return {"lit": None}
    typ, channel = spec.get("type"), spec.get("channel")
    if channel == "Messages" or spec.get("reducer") == "messages":
        return messages_of(making)
    value: Any = small
    if typ == "list":
        value = [small, str(small)][: small % 3]
    elif typ == "int" or channel == "Custom":
        value = small * 60
    elif typ == "str":
        value = "ab" * small
    elif typ == "dict":
        value = dictionary(**{"xyz"[small % 3]: small})
    elif channel == "Topic" and small > 5:
        value = [small, "t"]
    elif small > 3 and making.may("values_of_all_sorts"):
        value = making.pick(_SORTS)
    expr: Body = {"lit": value}
    wraps = channel == "BinaryOperatorAggregate" and making.want("overwrite", 3)
    wraps = wraps or (channel == "DeltaChannel" and making.want("delta_overwrite", 3))
    return overwritten(making, expr) if wraps else expr


def overwritten(making: Making, expr: Body) -> Body:
    """The value as an `Overwrite`, in one of the three forms that upstream takes."""
    return (
        {"overwrite": expr},
        {"dict": [["__overwrite__", expr]]},
        {"dict": [["type", {"lit": "__overwrite__"}], ["value", expr]]},
    )[making.below(3)]
