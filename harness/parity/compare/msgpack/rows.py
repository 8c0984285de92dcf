"""The tree of msgpack as lines: one for each object, a map's simple keys before their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from parity.compare.msgpack.tree import Node, label, short


@dataclass(frozen=True)
class Row:
    """A line: how deep it is, what stands before the object, the object, and the key that is not a line of its own."""

    depth: int
    label: str
    node: Node
    key: Node | None


def rows(root: Node) -> Iterator[Row]:
    """The lines of a tree in the order of the bytes; a key without children is the label of its value.

    `langgraph_rs.codec.inspect` renders the same lines.
    """
    stack = [Row(0, "", root, None)]
    while stack:
        row = stack.pop()
        yield row
        stack.extend(reversed(list(_below(row.depth + 1, row.node))))


def _below(depth: int, node: Node) -> Iterator[Row]:
    if node.kind != "map":
        yield from (Row(depth, "", child, None) for child in node.children)
        return
    for position in range(0, len(node.children) - 1, 2):
        key, value = node.children[position], node.children[position + 1]
        if key.children:
            yield Row(depth, "key: ", key, None)
            yield Row(depth, "value: ", value, None)
        else:
            yield Row(depth, f"{short(label(key))}: ", value, key)
    if len(node.children) % 2:
        yield Row(depth, "", node.children[-1], None)
