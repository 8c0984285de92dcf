"""Sets inside msgpack: their items in one order, everything else byte for byte."""

from parity.compare.msgpack.difference import set_class
from parity.compare.msgpack.tree import Node, parse


def sort_sets(data: bytes) -> tuple[bytes, int]:
    """`data` with the items of each ``set`` and ``frozenset`` envelope sorted, and how many sets that reordered.

    Items are ordered by the bytes of their shortest encoding, so that two sides that differ in an integer's width
    still line up. The length never changes; malformed bytes come back as they are.
    """
    if b"builtins" not in data:
        return data, 0
    root = parse(data)
    nodes = _inner_first(root)
    owners = {id(node.children[0].children[2]) for node in nodes if set_class(node) is not None}
    if not owners:
        return data, 0
    raw: dict[int, bytes] = {}
    short: dict[int, bytes] = {}
    reordered = 0
    for node in nodes:
        children = node.children
        if id(node) in owners:
            children = sorted(children, key=lambda item: (short[id(item)], raw[id(item)]))
            reordered += children != node.children
        if not node.children:
            raw[id(node)] = data[node.offset : node.end]
            short[id(node)] = _shortest(node)
            continue
        raw[id(node)] = data[node.offset : node.offset + node.header] + b"".join(raw[id(child)] for child in children)
        short[id(node)] = _head(node) + b"".join(short[id(child)] for child in children)
    return (raw[id(root)], reordered) if reordered else (data, 0)


def _inner_first(root: Node) -> list[Node]:
    found: list[Node] = []
    stack = [root]
    while stack:
        node = stack.pop()
        found.append(node)
        stack.extend(node.children)
    return found[::-1]


def _head(node: Node) -> bytes:
    return f"{node.kind}{node.code}{node.count} ".encode()


def _shortest(node: Node) -> bytes:
    value = node.value if isinstance(node.value, bytes) else repr(node.value).encode()
    return _head(node) + value
