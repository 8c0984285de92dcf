"""The Rust codec against the installed ormsgpack and langgraph: the same cases, the same observations."""

from __future__ import annotations

import itertools
import json
import random
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from langgraph_rs import _core

from parity.cases.model import Case, Json
from parity.cases.schema import CaseError
from parity.cases.values import dict_, float_, hex_of, int_, object_, str_
from parity.compare import compare
from parity.observe.model import Outcome
from parity.subjects.upstream.values import observe_bytes, observe_value

SAMPLES = "parity.subjects.upstream.samples"

INTEGERS = sorted(
    {
        sign * (2**power + delta)
        for power in (0, 4, 5, 7, 8, 15, 16, 31, 32, 53, 63, 64, 70)
        for delta in (-1, 0, 1)
        for sign in (1, -1)
    }
)
LENGTHS = (0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536)
SURROGATES = ("\ud800", "a\udfff", "\ud800\udc00", "\u00e9\udc80\U0001f600")


def difference(kind: str, body: dict[str, Json]) -> str | None:
    """The first difference between upstream and the Rust codec on a case, as a sentence; None if there is none."""
    case = Case(kind, body)
    observe = {"value": observe_value, "bytes": observe_bytes}[kind]
    expected = Outcome("observed", tuple(observe(body)), "")
    reply = json.loads(_core.run_case(json.dumps(case.to_json())))
    assert reply["kind"] == kind
    found = compare(case, expected, Outcome("observed", tuple(reply["events"]), "")).difference
    if found is None:
        return None
    return f"{json.dumps(body)[:400]}\n{found.summary[:400]}\nupstream: {found.expected}\nrust: {found.actual}"[:3000]


def assert_same(kind: str, bodies: Iterable[dict[str, Json]], *, at_least: int) -> None:
    """No case differs, and there are as many cases as the test claims."""
    ran = 0
    differences = []
    for body in bodies:
        try:
            found = difference(kind, body)
        except CaseError:
            # not canonical, or nothing that Python could build: upstream has no behaviour to compare
            continue
        ran += 1
        if found is not None:
            differences.append(found)
    assert not differences, f"{len(differences)} of {ran} differ, the first:\n{differences[0]}"
    assert ran >= at_least


def values(items: Iterable[Json]) -> Iterator[dict[str, Json]]:
    for item in items:
        yield {"value": item}


def inputs(items: Iterable[bytes]) -> Iterator[dict[str, Json]]:
    for item in items:
        yield {"hex": item.hex()}


def tuple_(*items: Json) -> Json:
    return {"t": "tuple", "v": list(items)}


def nested(levels: int, wrap: Callable[[Json], Json]) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = wrap(value)
    return value


# --- boundary tables ----------------------------------------------------------------------------------------------


def test_integers_at_every_width_as_value_item_and_key() -> None:
    tagged = [int_(number) for number in INTEGERS]
    assert_same("value", values(tagged + [[one] for one in tagged] + [dict_((one, 1)) for one in tagged]), at_least=200)


def test_strings_and_buffers_at_every_length() -> None:
    made: list[Json] = []
    for length in LENGTHS:
        made += ["x" * length, "\u00e9" * (length // 2), dict_(("k" * length, 1))]
        made += [hex_of(kind, bytes(length)) for kind in ("bytes", "bytearray", "memoryview")]
        made += [[hex_of(kind, bytes(length))] for kind in ("bytes", "bytearray", "memoryview")]
        made.append(dict_((hex_of("bytes", bytes(length)), None)))
        # the extension's own length forms
        made.append({"t": "delta_snapshot", "v": "x" * length})
    assert_same("value", values(made), at_least=100)


def test_containers_at_every_length() -> None:
    made: list[Json] = []
    for length in (*LENGTHS[:-2], 65536):
        made += [[None] * length, tuple_(*[None] * length), dict_(*((index, None) for index in range(length)))]
        made.append({"t": "deque", "v": [None] * length})
    assert_same("value", values(made), at_least=30)


@pytest.mark.parametrize(
    "bits",
    [
        "8000000000000000",
        "7ff8000000000001",
        "fff0000000000000",
        "7ff0000000000001",
        "0000000000000001",
        "3ff8000000000000",
    ],
)
def test_floats_keep_every_bit(bits: str) -> None:
    number = float_(bits)
    assert_same("value", values([number, [number], dict_((number, number))]), at_least=3)


def test_surrogates_in_every_place() -> None:
    texts = [str_(text) for text in SURROGATES]
    made = texts + [[text] for text in texts] + [dict_((text, 1)) for text in texts]
    made += [dict_((tuple_(text), 1)) for text in texts]
    made += [dict_(({"t": "subclass", "base": "str", "v": text}, 1)) for text in texts]
    made += [{"t": "pattern", "pattern": text, "flags": 32} for text in texts]
    made += [{"t": "subclass", "base": "str", "v": text} for text in texts]
    assert_same("value", values(made), at_least=20)


KEYS: list[Json] = [
    None,
    True,
    tuple_(),
    tuple_(1, tuple_("a", float_(1.5)), None),
    tuple_({"t": "frozenset", "v": []}),
    {"t": "frozenset", "v": []},
    {"t": "datetime", "v": "2024-01-02T03:04:05.000006+05:30"},
    {"t": "datetime", "v": "2024-01-02T03:04:05-05:00:31.000007"},
    {"t": "datetime", "v": "0001-01-01T00:00:00+23:59:59"},
    {"t": "datetime", "v": "2024-01-02T03:04:05"},
    {"t": "date", "v": [1, 1, 1]},
    {"t": "time", "v": [1, 2, 3, 4, None, 1]},
    {"t": "time", "v": [1, 2, 3, 4, {"t": "zoneinfo", "key": "UTC"}, 0]},
    {"t": "timedelta", "v": [1, 0, 0]},
    {"t": "uuid", "hex": "0123456789abcdef0123456789abcdef"},
    {"t": "decimal", "v": "1.5"},
    {"t": "memoryview", "hex": "00"},
    {"t": "subclass", "base": "int", "v": 300},
    {"t": "subclass", "base": "float", "v": float_(1.0)},
    {"t": "subclass", "base": "bytes", "v": hex_of("bytes", b"x")},
    {"t": "subclass", "base": "tuple", "v": tuple_()},
    {"t": "path", "parts": ["/", "a"]},
    {"t": "delta_snapshot", "v": 1},
    {"t": "opaque"},
    object_(0, f"{SAMPLES}:Color", "green"),
    object_(0, f"{SAMPLES}:Color", 1),
    object_(0, f"{SAMPLES}:Color", tuple_(1, 2)),
    object_(0, f"{SAMPLES}:Mood", "calm"),
    object_(0, f"{SAMPLES}:Level", 2**40),
    object_(0, "pydantic.types:SecretStr", "s"),
    object_(2, f"{SAMPLES}:Record", dict_(("name", 1), ("score", 2))),
]


def test_every_kind_of_key() -> None:
    made = (
        [dict_((key, 1)) for key in KEYS]
        + [dict_((tuple_(key), 1)) for key in KEYS]
        + [[dict_((1, dict_((key, 1))))] for key in KEYS]
    )
    assert_same("value", values(made), at_least=80)


def test_depth_limits_of_the_writer() -> None:
    made = []
    for levels in (254, 255, 256, 257):
        made.append(nested(levels, lambda inner: [inner]))
        made.append({"t": "delta_snapshot", "v": nested(levels, lambda inner: [inner])})
        made.append(nested(levels, lambda inner: dict_((1, inner))))
        made.append(dict_((nested(levels - 1, tuple_), 1)))
        made.append(nested(levels, lambda inner: {"t": "deque", "v": [inner]}))
    assert_same("value", values(made), at_least=15)


def test_a_fault_inside_an_extension_names_the_outermost_object() -> None:
    faults: list[Json] = [{"t": "opaque"}, int_(2**64), {"t": "subclass", "base": "float", "v": float_(1.0)}]
    made: list[Json] = []
    for fault in faults:
        made += [
            fault,
            [fault],
            {"t": "delta_snapshot", "v": fault},
            {"t": "deque", "v": [{"t": "delta_snapshot", "v": fault}]},
        ]
        made += [{"t": "set", "v": [fault]}, {"t": "frozenset", "v": [fault]}, {"t": "send", "node": "n", "arg": fault}]
        made += [object_(2, f"{SAMPLES}:Point", dict_(("x", fault), ("y", None)))]
    made.append({"t": "ndarray", "dtype": "<M8[D]", "shape": [1], "order": "C", "hex": "00" * 8})
    made.append({"t": "ndarray", "dtype": "<M8[D]", "shape": [2, 2], "order": "F", "hex": "00" * 32})
    assert_same("value", values(made), at_least=20)


@pytest.mark.parametrize(
    "dtype", ["|b1", "|i1", "<i8", ">i4", "<f2", "<f8", "<f16", "<c16", "|S3", "<U2", "|V4", "<m8[s]"]
)
def test_arrays_of_every_dtype(dtype: str) -> None:
    size = {
        "|b1": 1,
        "|i1": 1,
        "<i8": 8,
        ">i4": 4,
        "<f2": 2,
        "<f8": 8,
        "<f16": 16,
        "<c16": 16,
        "|S3": 3,
        "<U2": 8,
        "|V4": 4,
        "<m8[s]": 8,
    }[dtype]
    made: list[Json] = []
    for shape, order in (
        ([], "C"),
        ([0], "C"),
        ([3], "C"),
        ([2, 3], "C"),
        ([2, 3], "F"),
        ([1, 3], "C"),
        ([2, 0, 2], "C"),
        ([2, 1, 2], "F"),
    ):
        count = 1
        for axis in shape:
            count *= axis
        made.append({"t": "ndarray", "dtype": dtype, "shape": shape, "order": order, "hex": "00" * (size * count)})
    assert_same("value", values(made), at_least=8)


# --- bytes --------------------------------------------------------------------------------------------------------

TAILS = (
    b"",
    b"\x00",
    b"\x01",
    b"\xa1a",
    b"\x00\x00\x00\x01\x05",
    b"\x01\x05\x93\xa1a\xa1b\x01",
    b"\xff\xff\xff\xff",
    b"\x00" * 20,
    b"\x91" * 20,
)


def test_every_marker_with_every_kind_of_tail() -> None:
    heads = [bytes([marker]) for marker in range(256)]
    # ormsgpack allocates for the items that an array32 claims, so these would ask the oracle for 32 GB
    plain = [head + tail for head, tail in itertools.product(heads, TAILS) if head != b"\xdd"]
    keys = [b"\x81" + item + b"\x01" for item in plain]
    key_items = [b"\x81\x91" + item + b"\x01" for item in plain]
    assert_same("bytes", inputs(plain + keys + key_items), at_least=6500)


def test_depth_limits_of_the_reader() -> None:
    made = [
        opening * levels + leaf
        for opening in (b"\x91", b"\x81\x01")
        for levels in (1021, 1022, 1023, 1024)
        for leaf in (b"\x01", b"\x90", b"\xc1", b"")
    ]
    made += [b"\x81" + b"\x91" * levels + b"\x01\x02" for levels in (1020, 1021, 1022, 1023)]
    assert_same("bytes", inputs(made), at_least=30)


def ext(code: int, data: bytes) -> bytes:
    return struct.pack(">BIb", 0xC9, len(data), code) + data


def test_extensions_inside_extensions() -> None:
    made = []
    for code in (0, 1, 2, 3, 4, 5, 6, 7, 8, -1):
        for levels in (1, 2, 63, 64, 65, 200):
            data = b"\x93\xa1a\xa1b\x01"
            for _ in range(levels):
                data = ext(code, b"\x94\xa1m\xa1n" + data + b"\xa1k" if code < 6 else data)
            made.append(data)
    assert_same("bytes", inputs(made), at_least=50)


def envelopes() -> Iterator[bytes]:
    """Envelopes whose parts are of every kind: missing, unhashable, not strings, themselves extensions."""
    parts = [
        b"\xa1a",
        b"\x01",
        b"\xc0",
        b"\x90",
        b"\x80",
        b"\x91\x01",
        b"\xcb" + bytes(8),
        b"\xc4\x01a",
        ext(7, b"\xa1a"),
        ext(7, b"\x90"),
        ext(9, b""),
    ]
    parts += [
        ext(0, b"\x93\xa4uuid\xa4UUID\xd9\x20" + b"0" * 32),
        ext(0, b"\x93\xa8builtins\xa9frozenset\x91\x01"),
        ext(0, b"\x93\xa8builtins\xa3set\x91\x01"),
        ext(0, b"\xc1"),
    ]
    for code in range(8):
        for one, two in itertools.product(parts, repeat=2):
            yield ext(code, b"\x92" + one + two)
            yield ext(code, b"\x93" + one + two + b"\x07")
            yield ext(code, b"\x94\xa1m\xa1n" + one + two)
        for whole in (
            *parts,
            b"\xa3abc",
            b"\xc4\x04abcd",
            b"\x84\x00\xa1m\x01\xa1n\x02\x07\x03\xa1k",
            b"\x82\xc2\xa1m\xc3\xa1n",
            b"",
        ):
            yield ext(code, whole)


def test_envelopes_of_every_shape() -> None:
    assert_same("bytes", inputs(envelopes()), at_least=5000)


SAFE = [
    b"\x93\xa8datetime\xa8timezone\x91" + ext(1, b"\x93\xa8datetime\xa9timedelta\x93\x00\x00\x00"),
    b"\x93\xa8datetime\xa4date\x93\x01\x01\x01",
    b"\x93\xa2re\xa7compile\x92\xa1a\x20",
    b"\x93\xafcollections.abc\xa5deque\x90",
    b"\x93\xa7pathlib\xa9PosixPath\x92\xa1/\xa1a",
    b"\x93\xa7pathlib\xabWindowsPath\x92\xa1/\xa1a",
    b"\x93\xa7decimal\xa7Decimal\xa31.5",
    b"\x93\xaflanggraph.types\xa4Send\x92\xa1n\x01",
    b"\x94\xa8datetime\xa8datetime\xb32024-01-02T03:04:05\xadfromisoformat",
    b"\x94\xa8datetime\xa8datetime\xb32024-01-02T03:04:05\xa3now",
]


def test_mutated_documents() -> None:
    rng = random.Random(20260101)
    made = []
    for _ in range(3000):
        parts = [ext(rng.randrange(-1, 9), rng.choice(SAFE)) for _ in range(rng.randrange(1, 4))]
        data = bytearray(bytes([0x90 + len(parts)]) + b"".join(parts))
        for _ in range(rng.randrange(0, 4)):
            if rng.random() < 0.2:
                del data[rng.randrange(len(data)) :]
                data.append(0xC0)
            else:
                data[rng.randrange(len(data))] = rng.choice(
                    (0xC0, 0xC1, 0x90, 0x80, 0xA1, 0x01, 0xD4, rng.randrange(0xDC), rng.randrange(256))
                )
        if b"\xdd" not in data:
            made.append(bytes(data))
    assert_same("bytes", inputs(made), at_least=2500)


def test_random_bytes() -> None:
    rng = random.Random(7)
    made = []
    for _ in range(3000):
        data = bytes(rng.randrange(256) for _ in range(rng.randrange(60)))
        if b"\xdd" not in data:
            made.append(data)
    assert_same("bytes", inputs(made), at_least=2000)


# --- random values ------------------------------------------------------------------------------------------------


def random_value(rng: random.Random, depth: int) -> Json:
    """A tagged value of any kind; containers only while `depth` lasts."""
    leaves: list[Callable[[], Json]] = [
        lambda: None,
        lambda: rng.random() < 0.5,
        lambda: int_(rng.choice(INTEGERS) + rng.randrange(-2, 3)),
        lambda: float_(f"{rng.getrandbits(64):016x}"),
        lambda: str_("".join(rng.choice("a\u00e9\ud800\U0001f600\n") for _ in range(rng.randrange(40)))),
        lambda: hex_of(rng.choice(("bytes", "bytearray", "memoryview")), rng.randbytes(rng.randrange(40))),
        lambda: {"t": "uuid", "hex": f"{rng.getrandbits(128):032x}"},
        lambda: {"t": "date", "v": [rng.randrange(1, 10000), rng.randrange(1, 13), rng.randrange(1, 29)]},
        lambda: {"t": "timedelta", "v": [rng.randrange(-999999999, 10**9), rng.randrange(86400), rng.randrange(10**6)]},
        lambda: {"t": "decimal", "v": rng.choice(("0", "-0.00", "1E+5", "NaN", "sNaN1", "-Infinity", "0.1", "1.50"))},
        lambda: {"t": "zoneinfo", "key": rng.choice(("UTC", "Europe/Zurich"))},
        lambda: {"t": "path", "parts": rng.choice(([], ["/"], ["/", "a"], ["a", ".."], ["//", "b"]))},
        lambda: {"t": "ip", "cls": "IPv6Network", "v": rng.choice(("::/0", "fe80::/10"))},
        lambda: {"t": "pattern", "pattern": rng.choice(("a", "")), "flags": rng.choice((32, 34))},
        lambda: {"t": "exception", "cls": "builtins:ValueError", "args": ["x"], "repr": "ValueError('x')"},
        lambda: object_(0, f"{SAMPLES}:Color", rng.choice((1, "green", None, tuple_(1, 2)))),
        lambda: object_(0, "pydantic.types:SecretStr", "s"),
        lambda: {"t": "opaque"} if rng.random() < 0.1 else 1,
    ]
    if depth <= 0 or rng.random() < 0.3:
        return rng.choice(leaves)()

    def inner() -> Json:
        return random_value(rng, depth - 1)

    def items(most: int) -> list[Json]:
        return [inner() for _ in range(rng.randrange(most))]

    def pairs() -> Json:
        return dict_(
            *(
                (rng.choice(leaves)() if rng.random() < 0.5 else f"k{index}", inner())
                for index in range(rng.randrange(20))
            )
        )

    containers: list[Callable[[], Any]] = [
        lambda: items(20),
        lambda: tuple_(*items(5)),
        pairs,
        lambda: {"t": "deque", "v": items(5)},
        lambda: {"t": "set", "v": items(2)},
        lambda: {"t": "frozenset", "v": items(2)},
        lambda: {"t": "send", "node": "n", "arg": inner()},
        lambda: {"t": "delta_snapshot", "v": inner()},
        lambda: {"t": "subclass", "base": "list", "v": items(3)},
        lambda: {"t": "subclass", "base": "dict", "v": pairs()},
        lambda: object_(2, f"{SAMPLES}:Point", dict_(("x", inner()), ("y", inner()))),
        lambda: object_(2, f"{SAMPLES}:Record", dict_(("name", inner()), ("score", inner()))),
        lambda: object_(2, f"{SAMPLES}:Weighted", dict_(("name", inner()), ("weight", inner()))),
        lambda: object_(2, "langgraph.types:Overwrite", dict_(("value", inner()), ("type", "__overwrite__"))),
        lambda: object_(5, f"{SAMPLES}:Address", dict_(("street", inner()), ("number", inner()))),
        lambda: object_(4, f"{SAMPLES}:LegacyPoint", dict_(("x", inner()), ("y", inner()))),
    ]
    return rng.choice(containers)()


def test_random_values() -> None:
    rng = random.Random(42)
    assert_same("value", values(random_value(rng, rng.randrange(6)) for _ in range(4000)), at_least=2500)
