"""The structure of serialized bytes as an indented tree, for pages."""

from __future__ import annotations

from parity.compare.msgpack import Node
from parity.compare.msgpack.difference import describe
from parity.compare.msgpack.rows import rows
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


def render_tree(root: Node, marked: Node, side: str) -> Html:
    """The tree with the row of `marked` highlighted; rows far from it are left out of a long one."""
    lines = list(rows(root))
    here = next((i for i, row in enumerate(lines) if row.node is marked or row.key is marked), 0)
    keep = range(len(lines))
    if len(lines) > _MAX_ROWS:
        keep = range(max(here - _CONTEXT, 0), min(here + _MAX_ROWS - _CONTEXT, len(lines)))
    out: list[Part] = []
    if keep.start:
        out.append(el("span", {"class": "more"}, f"       … {keep.start} rows before\n"))
    for index in keep:
        row = lines[index]
        text: list[Part] = [el("span", {"class": "key"}, row.label), describe(row.node)]
        out += [
            el("span", {"class": "offset"}, f"{row.node.offset:06x} "),
            "  " * min(row.depth, _MAX_INDENT),
            el("mark", {"class": "changed"}, text) if index == here else text,
            "\n",
        ]
    if keep.stop < len(lines):
        out.append(el("span", {"class": "more"}, f"       … {len(lines) - keep.stop} more rows omitted\n"))
    return el("pre", {"class": f"tree {side}", "tabindex": 0}, out)
