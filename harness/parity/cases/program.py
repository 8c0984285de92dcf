"""What a graph program must be beyond its schema: every name it uses exists, and it can start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from parity.cases.schema import CaseError

__all__ = ["check_program"]

_START, _END = "__start__", "__end__"


def check_program(body: Mapping[str, Any]) -> None:
    """Raises CaseError for a name that is used but not declared, a doubled one, or a program with no way in."""
    nodes = [node["name"] for node in body["nodes"]]
    keys = set(body["state"])
    for index, name in enumerate(nodes):
        if name in nodes[:index]:
            raise CaseError(f"/nodes/{index}/name", f"a second node named {name!r}")
        if name in keys:
            raise CaseError(f"/nodes/{index}/name", f"{name!r} is also a state key")
    known = {*nodes, _START, _END}
    for where, name in _node_names(body):
        if name not in known:
            raise CaseError(where, f"no node is named {name!r}")
    for where, key in _keys(body):
        if key not in keys:
            raise CaseError(where, f"no state key is named {key!r}")
    taken: set[tuple[str, str]] = set()
    for index, branch in enumerate(body["branches"]):
        pair = (branch["from"], branch["name"])
        if pair in taken:
            raise CaseError(f"/branches/{index}/name", f"a second branch {pair[1]!r} from {pair[0]!r}")
        taken.add(pair)
    if not any(source == _START for source, _ in body["edges"]) and not any(
        branch["from"] == _START for branch in body["branches"]
    ):
        raise CaseError("/edges", "no edge and no branch leaves __start__")


def _node_names(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for index, edge in enumerate(body["edges"]):
        for end in (0, 1):
            yield f"/edges/{index}/{end}", edge[end]
    for index, join in enumerate(body["joins"]):
        for position, name in enumerate(join["from"]):
            yield f"/joins/{index}/from/{position}", name
        yield f"/joins/{index}/to", join["to"]
    for index, branch in enumerate(body["branches"]):
        where = f"/branches/{index}"
        yield f"{where}/from", branch["from"]
        for position, name in enumerate(branch["ends"] or ()):
            yield f"{where}/ends/{position}", name
        path = branch["path"]
        if "node" in path:
            yield f"{where}/path/node", path["node"]
        for member in ("to", "then", "else"):
            for position, dest in enumerate(path.get(member, ())):
                yield f"{where}/path/{member}/{position}", dest if isinstance(dest, str) else dest["send"]


def _keys(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for index, node in enumerate(body["nodes"]):
        for position, instruction in enumerate(node["do"]):
            where = f"/nodes/{index}/do/{position}"
            if instruction["op"] == "write":
                yield f"{where}/key", instruction["key"]
    for index, branch in enumerate(body["branches"]):
        if "each" in branch["path"]:
            yield f"/branches/{index}/path/each", branch["path"]["each"]
