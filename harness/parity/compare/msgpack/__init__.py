"""msgpack as structure: parse any bytes, find where two encodings part, show it."""

from parity.compare.msgpack.difference import MsgpackDifference, Part, describe, diff, parts
from parity.compare.msgpack.sets import sort_sets
from parity.compare.msgpack.tree import Kind, Node, parse, walk
from parity.compare.msgpack.view import hexdump, render_tree

__all__ = [
    "Kind",
    "MsgpackDifference",
    "Node",
    "Part",
    "describe",
    "diff",
    "hexdump",
    "parse",
    "parts",
    "render_tree",
    "sort_sets",
    "walk",
]
