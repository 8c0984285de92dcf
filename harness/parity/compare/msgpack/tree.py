"""A msgpack parser that turns any bytes into a tree and never recurses on them.

It is deliberately not ormsgpack: the comparison must see marker widths, key order and extension envelopes, and
must not share a bug with the decoder under test.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["nil", "bool", "int", "float", "str", "bin", "array", "map", "ext", "document", "error"]

#: What the extension codes mean whose data LangGraph fills with msgpack (``langgraph.checkpoint.serde.jsonplus``).
MEANINGS = (
    "one argument",
    "positional",
    "keyword",
    "method",
    "pydantic v1",
    "pydantic v2",
    "numpy array",
    "delta snapshot",
)

ENVELOPE_CODES = range(len(MEANINGS))


@dataclass(eq=False, repr=False, slots=True)
class Node:
    """One msgpack object inside its input.

    `offset` and `length` are bytes in the whole input, marker included. `header` is the number of bytes before the
    contents. `value` is the scalar: bool, int, the raw bytes of a float, str, bin, extension's data or error.
    `count` is the declared number of items (array) or pairs (map). The children of a map alternate key, value;
    an extension with code 0-7 has its data as children. A `document` is a whole input with something after its
    first object; an `error` stands for bytes that are no msgpack, `detail` says why.
    """

    kind: Kind
    offset: int
    marker: int | None = None
    length: int = 0
    header: int = 1
    value: bool | int | bytes | None = None
    code: int | None = None
    count: int = 0
    detail: str = ""
    parent: "Node | None" = None
    children: "list[Node]" = field(default_factory=list)
    position: int = 0

    @property
    def end(self) -> int:
        """The offset just after this object."""
        return self.offset + self.length

    @property
    def path(self) -> str:
        """Where the object is: ``channel_values.x[2]``, ``a(ext 0)[1]``, ``{key 3}``; empty for the root."""
        steps: list[str] = []
        node: Node = self
        while node.parent is not None:
            steps.append(_step(node.parent, node))
            node = node.parent
        return "".join(reversed(steps)).removeprefix(".")

    def get(self, key: str) -> "Node | None":
        """The value under a string key of a map (the last one, as a decoder would keep); None if there is none."""
        wanted = key.encode("utf-8", "surrogatepass")
        found: Node | None = None
        for name, value in self.pairs():
            if name.kind == "str" and name.value == wanted:
                found = value
        return found

    def pairs(self) -> "Iterator[tuple[Node, Node]]":
        """The complete key and value pairs of a map; nothing for another kind."""
        if self.kind == "map":
            yield from zip(self.children[0::2], self.children[1::2], strict=False)

    def text(self) -> str:
        """A str object's text, undecodable bytes shown escaped; empty for another kind."""
        if self.kind != "str" or not isinstance(self.value, bytes):
            return ""
        return self.value.decode("utf-8", "backslashreplace")


def parse(data: bytes) -> Node:
    """Read `data` as one msgpack object. Never raises: what is no msgpack becomes an `error` node in its place."""
    return _Parser(data).run()


def walk(root: Node) -> Iterator[tuple[int, Node]]:
    """Every node of the tree with its depth, in the order of the bytes."""
    stack = [(0, root)]
    while stack:
        depth, node = stack.pop()
        yield depth, node
        stack.extend((depth + 1, child) for child in reversed(node.children))


def label(key: Node) -> str:
    """A map's key in few words: ``name``, ``'some name'``, ``5``, ``array``."""
    if key.kind == "str":
        return key.text() if _is_plain(key) else quoted(key)
    if key.kind == "bin" and isinstance(key.value, bytes):
        return f"bin {short(key.value.hex())}"
    if key.kind in ("nil", "bool", "int", "float"):
        return scalar(key)
    return key.kind


def scalar(node: Node) -> str:
    """The value of a nil, bool, int or float, as Python writes it."""
    if node.kind == "float" and isinstance(node.value, bytes):
        (number,) = struct.unpack(">f" if len(node.value) == 4 else ">d", node.value)
        return repr(number)
    return repr(node.value)


def type_name(node: Node) -> tuple[str, str, str | None] | None:
    """Module, name and method that an extension of codes 0 to 5 names, if its data begin as upstream's envelope."""
    if node.code not in range(6) or not node.children or node.children[0].kind != "array":
        return None
    parts = [shown(part) if part.kind == "str" else None for part in node.children[0].children[:4]]
    if len(parts) < 2 or parts[0] is None or parts[1] is None:
        return None
    return parts[0], parts[1], parts[3] if node.code in (3, 5) and len(parts) > 3 else None


def shown(node: Node) -> str:
    """A str object's text on one line: controls, line separators, what turns a line's direction and what is no UTF-8
    are escaped; empty for another kind.
    """
    if node.kind != "str" or not isinstance(node.value, bytes):
        return ""
    return "".join(_ESCAPES.get(letter, letter) for letter in node.value.decode("utf-8", "surrogateescape"))


def quoted(node: Node) -> str:
    """A str object's text in quotes, escaped and cut."""
    return short(f"'{shown(node)}'")


def short(text: str) -> str:
    """Text of at most 60 characters; a longer one is cut."""
    return text if len(text) <= 60 else f"{text[:57]}…"


_ESCAPES = {
    **{chr(point): f"\\x{point:02x}" for point in (*range(0x20), *range(0x7F, 0xA0))},
    **{chr(0xDC00 + byte): f"\\x{byte:02x}" for byte in range(0x80, 0x100)},
    **{
        chr(point): f"\\u{point:04x}"
        for point in (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
    },
    **{"'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"},
}
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def _is_plain(key: Node) -> bool:
    text = key.text()
    return bool(text) and _PLAIN.issuperset(text)


def _step(parent: Node, node: Node) -> str:
    if parent.kind == "array":
        return f"[{node.position}]"
    if parent.kind == "ext":
        return f"(ext {parent.code})"
    if parent.kind != "map" or node.kind == "error":
        return f"<{node.detail or 'value'}>" if node.kind == "error" else ""
    if node.position % 2 == 0:
        return f"{{key {node.position // 2}}}"
    key = parent.children[node.position - 1]
    return f".{label(key)}" if _is_plain(key) else f"[{label(key)}]"


class _MalformedError(Exception):
    """These bytes are no msgpack; the text says why."""


@dataclass(slots=True)
class _Frame:
    node: Node
    remaining: int
    limit: int


_INTEGERS = {
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_BLOB_LENGTHS: dict[int, tuple[Kind, int]] = {
    0xC4: ("bin", 1),
    0xC5: ("bin", 2),
    0xC6: ("bin", 4),
    0xD9: ("str", 1),
    0xDA: ("str", 2),
    0xDB: ("str", 4),
}
_CONTAINER_LENGTHS: dict[int, tuple[Kind, int]] = {
    0xDC: ("array", 2),
    0xDD: ("array", 4),
    0xDE: ("map", 2),
    0xDF: ("map", 4),
}
_EXT_LENGTHS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_FIXED_EXT = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}


class _Parser:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.root = Node("document", 0, header=0)
        self.frames = [_Frame(self.root, 1, len(data))]

    def run(self) -> Node:
        while self.frames:
            frame = self.frames[-1]
            if frame.remaining == 0:
                self._close(frame)
                continue
            frame.remaining -= 1
            try:
                self._read(frame)
            except _MalformedError as problem:
                self._recover(str(problem))
        if len(self.root.children) != 1:
            return self.root
        only = self.root.children[0]
        only.parent = None
        return only

    def _close(self, frame: _Frame) -> None:
        node = frame.node
        if node.kind in ("ext", "document") and self.at < frame.limit:
            rest = frame.limit - self.at
            self._attach(node, self._error(frame.limit, f"{rest} bytes left over"))
            self.at = frame.limit
        node.length = self.at - node.offset
        self.frames.pop()

    def _recover(self, detail: str) -> None:
        """Skip to the end of the innermost envelope; the bytes up to there are one error node."""
        limit = self.frames[-1].limit
        self._attach(self.frames[-1].node, self._error(limit, detail))
        self.at = limit
        while self.frames:
            frame = self.frames[-1]
            frame.remaining = 0
            self._close(frame)
            if frame.node.kind in ("ext", "document"):
                break

    def _error(self, end: int, detail: str) -> Node:
        content = self.data[self.at : end]
        return Node("error", self.at, content[0] if content else None, len(content), 0, content, detail=detail)

    @staticmethod
    def _attach(parent: Node, node: Node) -> None:
        node.parent = parent
        node.position = len(parent.children)
        parent.children.append(node)

    def _need(self, start: int, size: int, limit: int) -> None:
        if start + size > limit:
            raise _MalformedError(f"truncated: {start + size - limit} bytes missing")

    def _length(self, size: int, limit: int) -> int:
        self._need(self.at + 1, size, limit)
        return int.from_bytes(self.data[self.at + 1 : self.at + 1 + size], "big")

    def _read(self, frame: _Frame) -> None:
        limit = frame.limit
        self._need(self.at, 1, limit)
        marker = self.data[self.at]
        if marker <= 0x7F or marker >= 0xE0:
            self._scalar(frame, "int", marker if marker <= 0x7F else marker - 0x100, 1)
        elif marker <= 0x8F:
            self._container(frame, "map", marker & 0x0F, 1)
        elif marker <= 0x9F:
            self._container(frame, "array", marker & 0x0F, 1)
        elif marker <= 0xBF:
            self._blob(frame, "str", marker & 0x1F, 1)
        elif marker == 0xC0:
            self._scalar(frame, "nil", None, 1)
        elif marker in (0xC2, 0xC3):
            self._scalar(frame, "bool", marker == 0xC3, 1)
        elif marker in _INTEGERS:
            layout = _INTEGERS[marker]
            size = struct.calcsize(layout)
            self._need(self.at + 1, size, limit)
            (number,) = struct.unpack_from(layout, self.data, self.at + 1)
            self._scalar(frame, "int", int(number), 1 + size)
        elif marker in (0xCA, 0xCB):
            size = 4 if marker == 0xCA else 8
            self._need(self.at + 1, size, limit)
            self._scalar(frame, "float", self.data[self.at + 1 : self.at + 1 + size], 1 + size)
        elif marker in _BLOB_LENGTHS:
            kind, size = _BLOB_LENGTHS[marker]
            self._blob(frame, kind, self._length(size, limit), 1 + size)
        elif marker in _CONTAINER_LENGTHS:
            kind, size = _CONTAINER_LENGTHS[marker]
            self._container(frame, kind, self._length(size, limit), 1 + size)
        elif marker in _FIXED_EXT:
            self._extension(frame, _FIXED_EXT[marker], 1)
        elif marker in _EXT_LENGTHS:
            size = _EXT_LENGTHS[marker]
            self._extension(frame, self._length(size, limit), 1 + size)
        else:
            raise _MalformedError(f"marker 0x{marker:02x} is not used in msgpack")

    def _scalar(self, frame: _Frame, kind: Kind, value: bool | int | bytes | None, length: int) -> None:
        header = 1 if kind == "float" else length
        self._attach(frame.node, Node(kind, self.at, self.data[self.at], length, header, value))
        self.at += length

    def _blob(self, frame: _Frame, kind: Kind, size: int, header: int) -> None:
        start = self.at + header
        self._need(start, size, frame.limit)
        content = self.data[start : start + size]
        self._attach(frame.node, Node(kind, self.at, self.data[self.at], header + size, header, content))
        self.at = start + size

    def _container(self, frame: _Frame, kind: Kind, count: int, header: int) -> None:
        node = Node(kind, self.at, self.data[self.at], 0, header, count=count)
        self._attach(frame.node, node)
        self.at += header
        self.frames.append(_Frame(node, count * 2 if kind == "map" else count, frame.limit))

    def _extension(self, frame: _Frame, size: int, before_code: int) -> None:
        self._need(self.at + before_code, 1, frame.limit)
        (code,) = struct.unpack_from(">b", self.data, self.at + before_code)
        header = before_code + 1
        start = self.at + header
        self._need(start, size, frame.limit)
        node = Node("ext", self.at, self.data[self.at], header + size, header, code=int(code))
        node.value = self.data[start : start + size]
        self._attach(frame.node, node)
        if node.code not in ENVELOPE_CODES:
            self.at = start + size
            return
        self.at = start
        self.frames.append(_Frame(node, 1, start + size))
