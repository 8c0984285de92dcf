"""The first structural difference between two msgpack inputs."""

import struct
from dataclasses import dataclass
from typing import Any

from parity.cases.model import Json
from parity.compare.msgpack.tree import MEANINGS, Node, parse, quoted, scalar, short, type_name


@dataclass(frozen=True)
class MsgpackDifference:
    """Where two msgpack inputs part.

    `what` is one of ``type``, ``value``, ``length``, ``missing key``, ``extra key``, ``key order``, ``ext code``,
    ``malformed`` (different values) or ``marker width``, ``set order`` (the same value in other bytes). `kind` is the
    expected object's msgpack kind; the texts show the two objects. Offsets are bytes into the two inputs, which
    `expected_hex` and `actual_hex` hold whole. `same_value`: the two decode to equal values, only the encoding differs.
    """

    path: str
    offset_expected: int
    offset_actual: int
    what: str
    kind: str
    expected_text: str
    actual_text: str
    expected_hex: str
    actual_hex: str
    same_value: bool

    def to_json(self) -> dict[str, Json]:
        """The difference as JSON."""
        return {
            "path": self.path,
            "offset_expected": self.offset_expected,
            "offset_actual": self.offset_actual,
            "what": self.what,
            "kind": self.kind,
            "expected_text": self.expected_text,
            "actual_text": self.actual_text,
            "expected_hex": self.expected_hex,
            "actual_hex": self.actual_hex,
            "same_value": self.same_value,
        }

    @classmethod
    def from_json(cls, value: dict[str, Json]) -> "MsgpackDifference":
        """The inverse of `to_json`. Raises `ValueError` on anything else."""
        fields: dict[str, Any] = {name: value.get(name) for name in cls.__dataclass_fields__}
        for name, field in fields.items():
            wanted = int if name.startswith("offset_") else bool if name == "same_value" else str
            if type(field) is not wanted:
                raise ValueError(f"{name} of a msgpack difference: expected {wanted.__name__}, got {field!r:.60}")
        return cls(**fields)


def diff(expected: bytes, actual: bytes) -> MsgpackDifference | None:
    """The first difference in the order of the bytes; None if the bytes are equal.

    A difference in value comes before one in encoding wherever they stand, so `same_value` speaks of the whole.
    """
    if expected == actual:
        return None
    found = _search(parse(expected), parse(actual))
    return MsgpackDifference(
        path=_place(found.actual if found.what == "extra key" else found.expected),
        offset_expected=found.expected.offset,
        offset_actual=found.actual.offset,
        what=found.what,
        kind=found.expected.kind,
        expected_text=describe(found.expected) if found.what != "extra key" else "nothing",
        actual_text=describe(found.actual) if found.what != "missing key" else "nothing",
        expected_hex=expected.hex(),
        actual_hex=actual.hex(),
        same_value=found.same_value,
    )


@dataclass(frozen=True)
class Part:
    """One of the places where two msgpack inputs part: the object at `path`, as each side has it."""

    path: str
    what: str
    expected: Node
    actual: Node


def parts(expected: bytes, actual: bytes) -> list[Part]:
    """Every difference, in the order of the bytes; of containers with other keys or lengths, the container alone."""
    found: list[Part] = []
    work: list[_Work] = [(parse(expected), parse(actual))]
    while work:
        item = work.pop()
        one, more = (item, []) if isinstance(item, _Found) else _compare(*item)
        if one is not None:
            node = one.actual if one.what == "extra key" else one.expected
            if "key" in one.what and node.kind != "map" and node.parent is not None:
                node = node.parent
            found.append(Part(node.path, one.what, one.expected, one.actual))
        work.extend(reversed(more))
    return found


def _place(node: Node) -> str:
    """The node's path; for a key of a map the path of what it stands for."""
    parent = node.parent
    if parent is not None and parent.kind == "map" and node.position % 2 == 0:
        following = node.position + 1
        if following < len(parent.children):
            return parent.children[following].path
    return node.path


def describe(node: Node) -> str:
    """One node in a few words: ``int 200 (cc)``, ``map of 2 (82)``, ``ext 0 one argument builtins.set, 20 bytes (c7)``.

    `langgraph_rs.codec.inspect` uses the same words.
    """
    marker = "" if node.marker is None else f" ({node.marker:02x})"
    if node.kind == "error":
        return f"malformed: {node.detail}"
    if node.kind == "nil":
        return f"nil{marker}"
    if node.kind == "str":
        return f"str {quoted(node)}{marker}"
    if node.kind == "bin" and isinstance(node.value, bytes):
        return f"bin {short(node.value.hex())}{marker}"
    if node.kind in ("array", "map"):
        return f"{node.kind} of {node.count}{marker}"
    if node.kind == "ext":
        return f"ext {node.code}{_meaning(node)}, {node.length - node.header} bytes{marker}"
    if node.kind == "document":
        return "an object with something after it"
    return f"{node.kind} {scalar(node)}{marker}"


def _meaning(node: Node) -> str:
    if node.code is None or node.code not in range(len(MEANINGS)):
        return ""
    words = f" {MEANINGS[node.code]}"
    named = type_name(node)
    if named is None:
        return words
    module, name, method = named
    called = f".{method}" if node.code == 3 and method is not None else ""
    return f"{words} {short(f'{module}.{name}{called}')}"


def set_class(node: Node) -> str | None:
    """``set`` or ``frozenset`` if the node is upstream's envelope of one, else None."""
    if node.kind != "ext" or node.code != 0 or len(node.children) != 1:
        return None
    envelope = node.children[0]
    if envelope.kind != "array" or envelope.count != 3 or len(envelope.children) != 3:
        return None
    module, name, items = envelope.children
    if module.value != b"builtins" or name.value not in (b"set", b"frozenset") or items.kind != "array":
        return None
    return name.text()


@dataclass(frozen=True)
class _Found:
    what: str
    expected: Node
    actual: Node
    same_value: bool


_Work = tuple[Node, Node] | _Found


def _search(expected: Node, actual: Node) -> _Found:
    encoding: _Found | None = None
    work: list[_Work] = [(expected, actual)]
    while work:
        item = work.pop()
        found, more = (item, []) if isinstance(item, _Found) else _compare(*item)
        if found is not None:
            if not found.same_value:
                return found
            encoding = encoding or found
        work.extend(reversed(more))
    return encoding or _differ("value", expected, actual)


def _differ(what: str, expected: Node, actual: Node, *, same: bool = False) -> _Found:
    return _Found(what, expected, actual, same)


def _compare(expected: Node, actual: Node) -> tuple[_Found | None, list[_Work]]:
    if expected.kind != actual.kind:
        malformed = {"error", "document"} & {expected.kind, actual.kind}
        return _differ("malformed" if malformed else "type", expected, actual), []
    if expected.kind == "error":
        return (None if expected.value == actual.value else _differ("malformed", expected, actual)), []
    if expected.kind == "float":
        return _compare_floats(expected, actual), []
    if expected.kind == "map":
        return _width(expected, actual) if expected.count == actual.count else None, _map_work(expected, actual)
    if expected.kind in ("array", "document"):
        return _width(expected, actual) if expected.count == actual.count else None, _array_work(expected, actual)
    if expected.kind == "ext":
        return _compare_extensions(expected, actual)
    if expected.value != actual.value:
        return _differ("value", expected, actual), []
    return _width(expected, actual), []


def _width(expected: Node, actual: Node) -> _Found | None:
    if expected.marker == actual.marker or expected.kind == "document":
        return None
    return _differ("marker width", expected, actual, same=True)


def _compare_floats(expected: Node, actual: Node) -> _Found | None:
    if expected.value == actual.value:
        return None
    if not isinstance(expected.value, bytes) or not isinstance(actual.value, bytes):
        return _differ("value", expected, actual)
    if len(expected.value) == len(actual.value):
        return _differ("value", expected, actual)
    narrow, wide = sorted((expected.value, actual.value), key=len)
    same = struct.pack(">d", struct.unpack(">f", narrow)[0]) == wide
    return _differ("marker width" if same else "value", expected, actual, same=same)


def _array_work(expected: Node, actual: Node) -> list[_Work]:
    work: list[_Work] = list(zip(expected.children, actual.children, strict=False))
    if len(expected.children) != len(actual.children) or expected.count != actual.count:
        work.append(_differ("length", expected, actual))
    return work


def _map_work(expected: Node, actual: Node) -> list[_Work]:
    work: list[_Work] = []
    pairs = list(zip(expected.pairs(), actual.pairs(), strict=False))
    for (key, value), (other_key, other_value) in pairs:
        if _identity(key) != _identity(other_key):
            return [*work, _key_difference(expected, actual, key, other_key)]
        work += [(key, other_key), (value, other_value)]
    longer = expected if len(expected.children) > len(actual.children) else actual
    if len(expected.children) != len(actual.children):
        first = longer.children[2 * len(pairs)]
        what = "missing key" if longer is expected else "extra key"
        if first.kind == "error":
            what = "malformed"
        side = (first, actual) if longer is expected else (expected, first)
        work.append(_differ(what, *side))
    elif len(expected.children) % 2:
        work.append((expected.children[-1], actual.children[-1]))
    elif expected.count != actual.count:
        work.append(_differ("length", expected, actual))
    return work


def _key_difference(expected: Node, actual: Node, key: Node, other_key: Node) -> _Found:
    names = [_identity(name) for name, _ in expected.pairs()]
    other_names = [_identity(name) for name, _ in actual.pairs()]
    if sorted(names) == sorted(other_names):
        return _differ("key order", key, other_key)
    if _identity(key) not in other_names:
        return _differ("missing key", key, other_key)
    return _differ("extra key", key, other_key)


def _identity(node: Node) -> str:
    """Equal for nodes that decode to equal values, whatever their width."""
    return "|".join(
        f"{below.kind} {below.code} {below.count} {None if below.children else below.value!r}" for below in _below(node)
    )


def _below(node: Node) -> list[Node]:
    found: list[Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        found.append(top)
        stack.extend(reversed(top.children))
    return found


def _compare_extensions(expected: Node, actual: Node) -> tuple[_Found | None, list[_Work]]:
    if expected.code != actual.code:
        return _differ("ext code", expected, actual), []
    if not expected.children or not actual.children:
        if expected.value != actual.value:
            return _differ("value", expected, actual), []
        return _width(expected, actual), []
    if set_class(expected) is not None and set_class(expected) == set_class(actual):
        items, other_items = expected.children[0].children[2], actual.children[0].children[2]
        looks = [_identity(item) for item in items.children]
        other_looks = [_identity(item) for item in other_items.children]
        if looks != other_looks and sorted(looks) == sorted(other_looks):
            return _differ("set order", items, other_items, same=True), []
    work: list[_Work] = list(zip(expected.children, actual.children, strict=False))
    if len(expected.children) != len(actual.children):
        work.append(_differ("malformed", expected, actual))
    # A different data length follows from what is inside; the header counts only when the data agree.
    same_length = expected.length - expected.header == actual.length - actual.header
    return None, [*work, *([found] if same_length and (found := _width(expected, actual)) else [])]
