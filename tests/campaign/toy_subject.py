"""A subject of a few lines that speaks the protocol: `python toy_subject.py MODE`.

It answers a graph program with its number of nodes. MODE says what it does of programs with two nodes or more: `right`
nothing special, `wrong` a wrong number, `hang` never answers, `panic`, `abort`, `junk` (no JSON), `decline`
(unsupported), `once` (wrong the first time only), `hashed` (a number that depends on PYTHONHASHSEED).
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any


def answer(mode: str, request: dict[str, Any], state: dict[str, bool]) -> str:
    """The line that answers a request."""
    case = request["case"]
    nodes = len(case.get("nodes", []))
    special = nodes >= 2
    if special and mode == "hang":
        time.sleep(3600)
    if special and mode == "abort":
        os.abort()
    if special and mode == "junk":
        return "no JSON"
    if special and mode == "panic":
        return json.dumps({"id": request["id"], "failure": {"kind": "panic", "type": "Panic", "message": "two nodes"}})
    if special and mode == "decline":
        return json.dumps({"id": request["id"], "unsupported": "two nodes"})
    if special and mode == "hashed":
        nodes += hash("x") % 1000
    if special and (mode == "wrong" or (mode == "once" and not state.get("done"))):
        state["done"] = True
        nodes += 1000
    events = [{"e": "call", "index": 0}, {"e": "result", "value": nodes}]
    return json.dumps({"id": request["id"], "observation": {"kind": case["kind"], "events": events}})


def main(mode: str) -> None:
    """Serves until the end of input."""
    kinds = ["value", "bytes", "channel", "graph"]
    print(json.dumps({"protocol": 1, "subject": f"toy {mode}", "kinds": kinds, "versions": {"toy": "1"}}), flush=True)
    state: dict[str, bool] = {}
    for line in sys.stdin:
        print(answer(mode, json.loads(line), state), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
