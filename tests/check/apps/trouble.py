"""Nodes that fail, hang, print, leave, and kill their own process: which, says the input."""

import os
import signal
import sys
import time
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph


class State(TypedDict, total=False):
    """What to do, and what was done."""

    do: str
    done: str


def begin(state: State) -> dict[str, Any]:
    """A step before the trouble."""
    return {"done": "begun"}


def act(state: State) -> dict[str, Any]:
    """Does it."""
    match state["do"]:
        case "fail":
            error = LookupError("no such thing")
            error.add_note("looked everywhere")
            raise RuntimeError(f"cannot {state['do']}") from error
        case "hang":
            time.sleep(600)
        case "print":
            print('{"event": {"e": "result"}}')
            os.write(1, b"\x00\xff not JSON\n")
            print("to standard error", file=sys.stderr)
            input_ended = sys.stdin.read() == ""
            return {"done": f"printed, {input_ended}"}
        case "exit":
            sys.exit(3)
        case "leave":
            os._exit(7)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "close":
            os.closerange(3, 64)
    return {"done": state["do"]}


builder = StateGraph(State)
builder.add_node(begin)
builder.add_node(act)
builder.add_edge(START, "begin")
builder.add_edge("begin", "act")
builder.add_edge("act", END)
graph = builder.compile()
