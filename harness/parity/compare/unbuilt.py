"""Sets that upstream writes but cannot build again, and so reads back as lists in the order of the bytes."""

from __future__ import annotations

from parity.cases.model import Json
from parity.compare.jsondiff import flat_text
from parity.compare.msgpack import Node, parse
from parity.compare.msgpack.difference import set_class

__all__ = ["sort_unbuilt_sets"]


def sort_unbuilt_sets(written: bytes, value: Json) -> tuple[Json, int]:
    """The value read from the bytes `written`, with each list that stands where they have a set sorted, and how many.

    A tuple is read back as a list, so ``{(1,), "a"}`` cannot become a set again: upstream returns its items as a list.
    """
    if b"builtins" not in written:
        return value, 0
    unbuilt = _unbuilt(parse(written), value)
    if not unbuilt:
        return value, 0
    return _sorted_copy(value, unbuilt)


def _unbuilt(root: Node, value: Json) -> set[int]:
    """The ids of the lists inside `value` that are unbuilt sets: both trees are walked in step as far as they agree."""
    found: set[int] = set()
    work: list[tuple[Node, Json]] = [(root, value)]
    while work:
        node, read = work.pop()
        if node.kind == "array" and isinstance(read, list) and len(read) == len(node.children):
            work += zip(node.children, read, strict=True)
        elif node.kind == "map" and isinstance(read, dict) and read.get("t") == "dict":
            pairs = list(node.pairs())
            if len(pairs) == len(read["v"]):
                work += [(inner, row[1]) for (_, inner), row in zip(pairs, read["v"], strict=True)]
        elif node.kind == "ext" and len(node.children) == 1:
            if set_class(node) is not None and isinstance(read, list):
                found.add(id(read))
            work += _inside(node, read)
    return found


def _inside(node: Node, read: Json) -> list[tuple[Node, Json]]:
    """What an envelope holds, beside what was read from there: in the object it became, or bare if it became none."""
    data = node.children[0]
    if node.code == 7:
        return [(data, read["v"])] if isinstance(read, dict) and read.get("t") == "delta_snapshot" else []
    if data.kind != "array" or len(data.children) < 3:
        return []
    if isinstance(read, dict) and "payload" in read:
        return [(data.children[2], read["payload"])]
    return [(data.children[2], read)]


def _sorted_copy(root: Json, unbuilt: set[int]) -> tuple[Json, int]:
    order: list[Json] = []
    stack: list[Json] = [root]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
    made: dict[int, Json] = {}
    times = 0
    for node in reversed(order):
        if isinstance(node, list):
            items = [made[id(item)] for item in node]
            made[id(node)] = sorted(items, key=flat_text) if id(node) in unbuilt else items
            times += made[id(node)] != items
        elif isinstance(node, dict):
            made[id(node)] = {key: made[id(item)] for key, item in node.items()}
        else:
            made[id(node)] = node
    return made[id(root)], times
