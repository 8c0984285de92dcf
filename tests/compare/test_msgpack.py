"""The structural msgpack parser, and where it says two inputs part."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import ormsgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.compare.msgpack import MsgpackDifference, Node, diff, hexdump, parse, render_tree, sort_sets, walk


def pack(value: Any) -> bytes:
    return ormsgpack.packb(value, option=ormsgpack.OPT_NON_STR_KEYS)


def ext(code: int, data: bytes) -> bytes:
    return b"\xc7" + bytes([len(data), code]) + data


def set_bytes(items: list[Any], name: str = "set") -> bytes:
    return ext(0, pack(["builtins", name, items]))


def difference(expected: bytes, actual: bytes) -> MsgpackDifference:
    found = diff(expected, actual)
    assert found is not None
    return found


class TestParser:
    def test_every_object_has_its_path_offset_length_and_marker(self) -> None:
        root = parse(pack({"a": [1, 200], "b c": {"x": None}}))
        seen = {node.path: (node.kind, node.offset, node.length, node.marker) for _, node in walk(root)}
        assert seen["a"] == ("array", 3, 4, 0x92)
        assert seen["a[1]"] == ("int", 5, 2, 0xCC)
        assert seen["['b c'].x"] == ("nil", 14, 1, 0xC0)
        assert seen[""] == ("map", 0, 15, 0x82)

    def test_extensions_0_to_7_are_read_as_trees_and_others_are_not(self) -> None:
        root = parse(b"\x92" + ext(7, pack([1])) + ext(8, pack([1])))
        inside, opaque = root.children
        assert [child.path for child in inside.children] == ["[0](ext 7)"]
        assert (opaque.code, opaque.children, opaque.value) == (8, [], b"\x91\x01")

    def test_a_negative_extension_code_is_kept(self) -> None:
        assert parse(b"\xd4\xff\x00").code == -1

    @pytest.mark.parametrize(
        "value", [0, 127, 128, 255, 256, 65535, 65536, 2**32, 2**64 - 1, -1, -32, -33, -129, -(2**63)]
    )
    def test_integers_of_every_width(self, value: int) -> None:
        assert parse(pack(value)).value == value

    @pytest.mark.parametrize(
        ("data", "detail"),
        [
            (b"", "truncated: 1 bytes missing"),
            (b"\xc1", "marker 0xc1 is not used"),
            (b"\xcd\x01", "truncated: 1 bytes missing"),
            (b"\xdb\xff\xff\xff\xff", "truncated: 4294967295 bytes missing"),
            (b"\x92\x01", "truncated"),
            (b"\x01\x02", "1 bytes left over"),
            (b"\xdf\xff\xff\xff\xff\x01", "truncated"),
            (b"\xc9\x00", "truncated"),
        ],
    )
    def test_malformed_bytes_become_an_error_node(self, data: bytes, detail: str) -> None:
        errors = [node.detail for _, node in walk(parse(data)) if node.kind == "error"]
        assert len(errors) == 1
        assert detail in errors[0]

    def test_a_malformed_envelope_does_not_stop_what_follows(self) -> None:
        root = parse(b"\x92" + ext(0, b"\x92\x01") + b"\x05")
        assert [child.kind for child in root.children] == ["ext", "int"]
        assert root.children[0].children[0].children[1].kind == "error"

    def test_depth_is_no_limit(self) -> None:
        deep = b"\x91" * 20_000 + b"\x01"
        assert sum(1 for _ in walk(parse(deep))) == 20_001
        assert difference(deep, deep[:-1] + b"\x02").path == "[0]" * 20_000
        assert render_tree(deep, max_lines=3).endswith("… 19998 lines after")

    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=200))
    def test_any_bytes_make_a_tree_that_covers_them(self, data: bytes) -> None:
        root = parse(data)
        assert (root.offset, root.end) == (0, len(data))
        assert [leaf for _, leaf in walk(root) if leaf.length < 0] == []
        render_tree(data)
        hexdump(data)
        assert sort_sets(data)[0].__class__ is bytes

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=60), st.binary(max_size=60))
    def test_different_bytes_always_differ_somewhere_and_equal_never(self, left: bytes, right: bytes) -> None:
        assert diff(left, left) is None
        assert (diff(left, right) is None) == (left == right)

    json_like = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
        max_leaves=10,
    )

    @settings(max_examples=200, deadline=None)
    @given(json_like)
    def test_it_reads_what_ormsgpack_writes(self, value: Any) -> None:
        def back(node: Node) -> Any:
            plain: dict[str, Callable[[], Any]] = {
                "array": lambda: [back(child) for child in node.children],
                "map": lambda: {back(key): back(item) for key, item in node.pairs()},
                "float": lambda: struct.unpack(">d", node.value)[0] if isinstance(node.value, bytes) else math.nan,
                "str": node.text,
            }
            return plain[node.kind]() if node.kind in plain else node.value

        assert back(parse(pack(value))) == value


class TestDifference:
    def test_a_wider_integer_is_the_same_value(self) -> None:
        found = difference(pack({"a": [1, 200]}), b"\x81\xa1a\x92\x01\xcd\x00\xc8")
        assert (found.what, found.kind, found.path, found.same_value) == ("marker width", "int", "a[1]", True)
        assert (found.offset_expected, found.offset_actual) == (5, 5)
        assert (found.expected_text, found.actual_text) == ("int 200 (cc)", "int 200 (cd)")

    @pytest.mark.parametrize(
        ("expected", "actual", "kind"),
        [
            (b"\xa1a", b"\xd9\x01a", "str"),
            (b"\xc4\x01a", b"\xc5\x00\x01a", "bin"),
            (b"\x91\x01", b"\xdc\x00\x01\x01", "array"),
            (b"\x81\x01\x01", b"\xde\x00\x01\x01\x01", "map"),
            (b"\xca\x3f\x80\x00\x00", b"\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", "float"),
            (b"\xd5\x00\x91\x01", b"\xc7\x02\x00\x91\x01", "ext"),
        ],
    )
    def test_other_widths(self, expected: bytes, actual: bytes, kind: str) -> None:
        found = difference(expected, actual)
        assert (found.what, found.kind, found.same_value) == ("marker width", kind, True)

    @pytest.mark.parametrize(
        ("expected", "actual", "what", "path"),
        [
            ({"a": 1}, {"a": 2}, "value", "a"),
            ({"a": 1}, {"a": 1.0}, "type", "a"),
            ({"a": 1}, {"a": True}, "type", "a"),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "key order", "a"),
            ({"a": 1, "b": 2}, {"a": 1}, "missing key", "b"),
            ({"a": 1}, {"a": 1, "b": 2}, "extra key", "b"),
            ({"a": 1, "c": 2}, {"b": 1, "c": 2}, "missing key", "a"),
            ([1, 2], [1], "length", ""),
            ([0.0], [-0.0], "value", "[0]"),
            ("a", "b", "value", ""),
        ],
    )
    def test_a_difference_in_value_is_placed(self, expected: Any, actual: Any, what: str, path: str) -> None:
        found = difference(pack(expected), pack(actual))
        assert (found.what, found.path, found.same_value) == (what, path, False)

    def test_inside_an_envelope_the_cause_is_named_and_not_the_length_that_follows(self) -> None:
        found = difference(ext(2, pack(["m", "N", {"x": 200}])), ext(2, b"\x93\xa1m\xa1N\x81\xa1x\xcd\x00\xc8"))
        assert (found.path, found.kind, found.same_value) == ("(ext 2)[2].x", "int", True)

    def test_another_extension_code(self) -> None:
        assert difference(ext(1, b"\x01"), ext(2, b"\x01")).what == "ext code"

    def test_a_wrong_value_counts_more_than_a_wrong_width_before_it(self) -> None:
        found = difference(pack([200, 1]), b"\x92\xcd\x00\xc8\x02")
        assert (found.path, found.what, found.same_value) == ("[1]", "value", False)

    def test_the_order_of_a_set_is_no_value(self) -> None:
        found = difference(set_bytes(["a", "b"]), set_bytes(["b", "a"]))
        assert (found.what, found.same_value) == ("set order", True)

    def test_sets_with_long_items_that_differ_late_are_different_values(self) -> None:
        first, second = ["x" * 100, 1], ["x" * 100, 2]
        assert not difference(set_bytes([first, second]), set_bytes([second, [*first, 3]])).same_value

    def test_malformed_is_a_different_value(self) -> None:
        assert difference(b"\x92\x01\x02", b"\x92\x01").what == "malformed"
        assert difference(b"\x01", b"\x01\x02").what == "malformed"

    def test_it_survives_its_json(self) -> None:
        found = difference(pack(1), pack(2))
        assert MsgpackDifference.from_json(found.to_json()) == found
        with pytest.raises(ValueError, match="same_value of a msgpack difference"):
            MsgpackDifference.from_json({**found.to_json(), "same_value": 1})


class TestSortedSets:
    def test_items_are_sorted_and_the_rest_is_untouched(self) -> None:
        left, right = pack([1]), pack([2])
        assert sort_sets(set_bytes(["b", "a"])) == (set_bytes(["a", "b"]), 1)
        assert sort_sets(b"\x93" + left + set_bytes(["b", "a"]) + right) == (
            b"\x93" + left + set_bytes(["a", "b"]) + right,
            1,
        )

    def test_sets_inside_sets(self) -> None:
        inner, inner_sorted = set_bytes(["d", "c"], "frozenset"), set_bytes(["c", "d"], "frozenset")
        outer = ext(0, b"\x93\xa8builtins\xa3set\x92" + inner + b"\xa1a")
        assert sort_sets(outer) == (ext(0, b"\x93\xa8builtins\xa3set\x92" + inner_sorted + b"\xa1a"), 1)

    def test_widths_inside_stay_as_they_are_and_line_up(self) -> None:
        wide = ext(0, b"\x93\xa8builtins\xa3set\x92\xa1z\xcd\x00\xc8")
        narrow = set_bytes([200, "z"])
        found = difference(sort_sets(narrow)[0], sort_sets(wide)[0])
        assert (found.what, found.kind, found.same_value) == ("marker width", "int", True)

    @pytest.mark.parametrize("name", ["deque", "list"])
    def test_nothing_else_is_sorted(self, name: str) -> None:
        data = ext(0, pack(["collections", name, ["b", "a"]]))
        assert sort_sets(data) == (data, 0)
        assert sort_sets(ext(1, pack(["builtins", "set", ["b", "a"]])))[1] == 0
        assert sort_sets(pack(["builtins", "set", ["b", "a"]]))[1] == 0


class TestViews:
    def test_the_tree_marks_the_offset(self) -> None:
        text = render_tree(pack({"a": [1, 200]}), around=5)
        assert [line for line in text.splitlines() if line.startswith(">")] == [">      5      int 200 (cc)"]

    def test_the_tree_is_capped_around_the_mark(self) -> None:
        text = render_tree(pack(list(range(100))), around=53, max_lines=5)
        assert len(text.splitlines()) == 7
        assert "… 48 lines before" in text or "lines before" in text

    def test_the_dump_marks_the_byte(self) -> None:
        assert hexdump(b"hello", around=1).startswith("00000000  68 [65] 6c  6c  6f ")
        assert "[--]" in hexdump(b"hello", around=5)
        assert "[--]" in hexdump(b"", around=0)
        assert len(hexdump(bytes(1000), around=500).splitlines()) == 5
