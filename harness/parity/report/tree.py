"""The structure of serialized bytes as an indented tree, for pages."""

from __future__ import annotations

from collections.abc import Iterator

from parity.compare.msgpack import Node
from parity.compare.msgpack.difference import describe
from parity.report.markup import Html, Part, el

__all__ = ["find", "render_tree"]

_MAX_ROWS = 90
_CONTEXT = 12
_MAX_INDENT = 24


def find(root: Node, offset: int) -> Node:
    """The node that begins at `offset`, else the innermost one that holds it."""
    best = root
    stack = [root]
    while stack:
        node = stack.pop()
        if node.offset == offset and node.kind != "document":
            return node
        if node.offset <= offset < node.end and node.length <= best.length:
            best = node
        stack.extend(reversed(node.children))
    return best


def _rows(root: Node) -> Iterator[tuple[int, str, Node, Node | None]]:
    """`(depth, label, node, key)` in the order of the bytes; a scalar key is the label of its value, not a row."""
    stack: list[tuple[int, str, Node, Node | None]] = [(0, "", root, None)]
    while stack:
        depth, label, node, key = stack.pop()
        yield depth, label, node, key
        below: list[tuple[int, str, Node, Node | None]] = []
        if node.kind == "map":
            for position in range(0, len(node.children) - 1, 2):
                name, value = node.children[position], node.children[position + 1]
                if name.children:
                    below += [(depth + 1, "key: ", name, None), (depth + 1, "value: ", value, None)]
                else:
                    shown = name.text() if name.kind == "str" else str(name.value)
                    below.append((depth + 1, f"{shown[:80]}: ", value, name))
            if len(node.children) % 2:
                below.append((depth + 1, "", node.children[-1], None))
        else:
            below = [(depth + 1, "", child, None) for child in node.children]
        stack.extend(reversed(below))


def render_tree(root: Node, marked: Node, side: str) -> Html:
    """The tree with the row of `marked` highlighted; rows far from it are left out of a long one."""
    rows = list(_rows(root))
    here = next((i for i, (_, _, node, key) in enumerate(rows) if node is marked or key is marked), 0)
    keep = range(len(rows))
    if len(rows) > _MAX_ROWS:
        keep = range(max(here - _CONTEXT, 0), min(here + _MAX_ROWS - _CONTEXT, len(rows)))
    out: list[Part] = []
    if keep.start:
        out.append(el("span", {"class": "more"}, f"       … {keep.start} rows before\n"))
    for index in keep:
        depth, label, node, _ = rows[index]
        text: list[Part] = [el("span", {"class": "key"}, label), describe(node)]
        out += [
            el("span", {"class": "offset"}, f"{node.offset:06x} "),
            "  " * min(depth, _MAX_INDENT),
            el("mark", {"class": "changed"}, text) if index == here else text,
            "\n",
        ]
    if keep.stop < len(rows):
        out.append(el("span", {"class": "more"}, f"       … {len(rows) - keep.stop} more rows omitted\n"))
    return el("pre", {"class": f"tree {side}", "tabindex": 0}, out)
