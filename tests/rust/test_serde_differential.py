"""langgraph_rs.serde against upstream: the same bytes, objects, refusals and events; nothing leaks."""

from __future__ import annotations

import copy
import gc
import itertools
import logging
import random
import subprocess
import sys
import threading
import uuid
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, EnumMeta
from functools import partial
from typing import Any

import ormsgpack
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.serde.base import CipherProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.event_hooks import register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph.types import Send
from langgraph_rs import _core
from langgraph_rs.serde import JsonPlusSerializer, counters

from parity.cases.model import Case
from parity.compare import compare
from parity.corpus.entries.values import entries
from parity.generate import raw, values
from parity.observe.model import Outcome
from parity.subjects.process import SubjectProcess
from parity.subjects.registry import spec_for
from parity.subjects.upstream.values import Codec, observe_bytes, observe_value

RUST = Codec(JsonPlusSerializer, _core.decode_msgpack)
SEED = 3


def assert_same(case: Case) -> None:
    """Upstream and Rust are observed to do the same on a case."""
    observe = {"value": observe_value, "bytes": observe_bytes}[case.kind]
    expected, actual = (Outcome("observed", tuple(observe(case.body, *codec)), "") for codec in ((), (RUST,)))
    found = compare(case, expected, actual).difference
    assert found is None, f"{str(case.to_json())[:400]}\n{found.summary[:600]}"


def outcome(work: Callable[[], Any]) -> tuple[Any, ...]:
    """What a call gave, or its error with cause and context."""
    try:
        return ("value", work())
    except BaseException as error:
        return (type(error), str(error), error.__cause__, error.__context__)


def both(work: Callable[[type[Upstream]], Any]) -> list[tuple[Any, ...]]:
    """What a piece of work comes to with upstream's serializer class, and with Rust's."""
    return [outcome(partial(work, one)) for one in (Upstream, JsonPlusSerializer)]


def assert_same_dumps(value: Any) -> None:
    """Equal bytes or an equal error, and what upstream wrote is read alike."""
    expected, actual = both(lambda serializer: serializer().dumps_typed(value))
    assert actual == expected
    if expected[0] == "value":
        read = both(lambda serializer: serializer().loads_typed(expected[1]))
        assert repr(read[1]) == repr(read[0])
        assert type(read[1][1]) is type(read[0][1])


# --- the corpus and random cases ------------------------------------------------------------------------------------


def test_the_corpus_of_values() -> None:
    cases = [case for _, case in entries()]
    for case in cases[::5]:
        assert_same(case)
    assert len(cases) > 700


@seed(SEED)
@settings(max_examples=200, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
@given(values.cases())
def test_random_values(case: Case) -> None:
    assert_same(case)


@seed(SEED)
@settings(max_examples=300, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
@given(raw.cases())
def test_random_bytes(case: Case) -> None:
    assert_same(case)


def test_rust_is_a_subject_of_its_own() -> None:
    case = Case("value", {"value": {"t": "uuid", "hex": "0123456789abcdef0123456789abcdef"}})
    with SubjectProcess(spec_for("upstream")) as upstream, SubjectProcess(spec_for("rust")) as rust:
        assert Outcome.from_reply(rust.run(case)) == Outcome.from_reply(upstream.run(case))


# --- what cases cannot say: the order of questions, odd classes, faults -----------------------------------------------


class Asked:
    """Notes every attribute that is asked for."""

    def __init__(self, answers: dict[str, Any]) -> None:
        object.__setattr__(self, "answers", answers)
        object.__setattr__(self, "asked", [])

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        try:
            return self.answers[name]
        except KeyError:
            raise AttributeError(name) from None


@pytest.mark.parametrize(
    "answers",
    [
        {"model_dump": lambda: {"a": 1}, "dict": lambda: {"b": 2}},
        {"model_dump": 5, "get_secret_value": lambda: "s"},
        {"get_secret_value": None, "dict": lambda: {"b": 2}},
        {"_asdict": lambda: {"c": 3}},
        {"model_dump": lambda: 1 / 0, "dict": lambda: {}},
        {},
    ],
)
def test_questions_are_asked_in_upstreams_order(answers: dict[str, Any]) -> None:
    asked = []
    for one in (Upstream, JsonPlusSerializer):
        value = Asked(answers)
        asked.append((outcome(partial(one().dumps_typed, [value]))[:2], value.asked))
    # A protocol asks for its members in no fixed order, and Rust stops at the first that is missing.
    protocol = {"node", "arg"}
    (expected, first), (actual, second) = asked
    assert actual == expected
    assert [name for name in second if name not in protocol] == [name for name in first if name not in protocol]


class Meta(EnumMeta):
    pass


class Django(str, Enum, metaclass=Meta):
    A = "a"


class Plain(Enum):
    A = "a"
    B = (1, 2)


class Mixed(Decimal, Enum):
    A = "1.5"


class Text(str):
    pass


class Moment(datetime):
    pass


Point = namedtuple("Point", "x y")


@dataclass
class Inner:
    x: int = 1
    y: list[int] = field(default_factory=lambda: [1])


@dataclass
class Sending:
    node: str = "n"
    arg: int = 1
    timeout: Any = None


class ListOfDataclass(list[int]):
    model_dump = None


class Fails:
    def model_dump(self) -> Any:
        raise KeyboardInterrupt


ODD: list[Any] = [
    Django.A,
    Plain.A,
    Plain.B,
    Mixed.A,
    {Django.A: 1, Plain.A: 2},
    {Plain.B: 1},
    Text("a"),
    {Text("\ud800"): 1},
    {"\ud800": 1},
    "\ud800",
    Moment(2024, 1, 2),
    datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=1), "x")),
    time(1, 2, 3, 4, tzinfo=timezone.utc, fold=1),
    date(1, 1, 1),
    timedelta(-1, 5, 7),
    Point(1, 2),
    Inner(),
    Inner,
    Sending(),
    Sending(timeout=3),
    Send("n", {"a": Inner()}),
    ListOfDataclass([1]),
    OrderedDict(a=1),
    defaultdict(list, a=[1]),
    deque([1, deque([2])], maxlen=3),
    {1, 2},
    frozenset(),
    Fails(),
    [Fails()],
    ValueError("x"),
    [KeyboardInterrupt()],
    2**64 - 1,
    2**64,
    -(2**63) - 1,
    {2**64: 1},
    {frozenset(): 1},
    memoryview(b"abc")[::2],
    memoryview(b"abcd").cast("H"),
    bytearray(b"x"),
    [bytearray(b"x")],
    ormsgpack.Ext(5, b"ab"),
    [ormsgpack.Fragment(b"\x01")],
    object(),
    type,
    1j,
    range(3),
    lambda: None,
    uuid.UUID(int=5),
    {uuid.UUID(int=5): datetime(2024, 1, 1)},
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_odd_values(value: Any) -> None:
    assert_same_dumps(value)


def test_cycles_and_depth_end_in_upstreams_error() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    assert_same_dumps(cycle)
    deep: Any = 1
    for _ in range(100_000):
        deep = Inner(deep)
    with pytest.raises(TypeError, match="Type is not msgpack serializable: Inner"):
        JsonPlusSerializer().dumps_typed(deep)
    while isinstance(deep, Inner):
        deep = deep.x


def test_a_dict_that_changes_while_it_is_written_is_an_error() -> None:
    state: dict[str, Any] = {}

    class Changing:
        def model_dump(self) -> Any:
            for number in range(100):
                state[f"new {number}"] = number
            return {}

    state.update(a=Changing(), b=1)
    with pytest.raises(TypeError, match="changed size during iteration"):
        JsonPlusSerializer().dumps_typed(state)


def loads(tag: str, data: Any, serializer: type[Upstream]) -> Any:
    return serializer().loads_typed((tag, data))


def test_text_is_read_as_python_decodes_it() -> None:
    odd = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xDF, 0xE0, 0xE1]
    odd += [0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF]
    middles = [bytes(some) for count in (1, 2) for some in itertools.product(odd, repeat=count)]
    around = itertools.product([b"", b"abcdefgh", "ab東cdefghi".encode()], [b"", b"xyzxyzxyz", "ü東".encode()])
    texts = [start + middle + end for start, end in around for middle in middles]
    # Four bytes, of which the last continues a character.
    texts += [b"a" + bytes(some) + b"\x80" for some in itertools.product(odd, repeat=3)]
    serializer, good = JsonPlusSerializer(), 0
    for text in texts:
        try:
            expected: Any = text.decode()
            good += 1
        except UnicodeDecodeError:
            expected = "invalid UTF-8 string"
        try:
            actual = serializer.loads_typed(("msgpack", bytes([0xD9, len(text)]) + text))
        except ValueError as error:
            actual = str(error)
        assert actual == expected
    assert 500 < good < len(texts) - 10_000


def test_text_of_mixed_widths_is_the_text_that_was_written() -> None:
    chance = random.Random(SEED)
    parts = ["abcdefghij", "a", " ", "é", "ÿ", "ж", "\u07ff", "\u0800", "東京", "\uffff", "\U00010000", "\U0010ffff"]
    serializer = JsonPlusSerializer()
    for _ in range(20_000):
        some = chance.sample(parts, chance.randint(1, 6))
        text = "".join(chance.choice(some) for _ in range(chance.randint(0, 30)))
        broken = bytearray(text.encode())
        if broken:
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        for data in (text.encode(), bytes(broken)):
            try:
                expected: Any = data.decode()
            except UnicodeDecodeError:
                expected = "invalid UTF-8 string"
            try:
                actual = serializer.loads_typed(("msgpack", b"\xda" + len(data).to_bytes(2, "big") + data))
            except ValueError as error:
                actual = str(error)
            assert actual == expected
            # Stored as narrow as its widest character lets it be, or equal strings would not be found equal.
            assert (
                len(actual) < 2
                or sys.getsizeof(actual) == sys.getsizeof(data.decode(errors="ignore"))
                or (expected == "invalid UTF-8 string")
            )


def test_inputs_that_are_no_bytes() -> None:
    inputs: Iterable[Any] = (
        b"\x01",
        bytearray(b"\x01"),
        memoryview(b"\x01"),
        memoryview(b"\x01\x02")[::2],
        "a",
        None,
        b"",
    )
    for data in inputs:
        expected, actual = both(partial(loads, "msgpack", data))
        assert actual == expected
    for tag in ("null", "bytes", "json", "pickle", "x"):
        expected, actual = both(partial(loads, tag, b"1"))
        assert actual == expected


# --- options, allowlist, hooks ----------------------------------------------------------------------------------------


def gate(serializer: Upstream, typed: tuple[str, bytes]) -> tuple[Any, list[Any]]:
    seen: list[Any] = []
    unregister = register_serde_event_listener(seen.append)
    try:
        return serializer.loads_typed(typed), seen
    finally:
        unregister()


@pytest.mark.parametrize("allowed", [True, None, [(__name__, "Inner")], [Inner], [("other", "Inner")]])
def test_the_allowlist(allowed: Any) -> None:
    typed = Upstream().dumps_typed([Inner(3), Point(1, 2), {1}])
    assert gate(JsonPlusSerializer(allowed_msgpack_modules=allowed), typed) == gate(
        Upstream(allowed_msgpack_modules=allowed), typed
    )


def test_warnings_come_once_and_share_upstreams_memory(caplog: pytest.LogCaptureFixture) -> None:
    typed = ("msgpack", b"\xc7\x0e\x00\x93\xa5nomod\xa5noone\x01")
    with caplog.at_level(logging.WARNING):
        for serializer in (JsonPlusSerializer(), Upstream(), JsonPlusSerializer()):
            assert serializer.loads_typed(typed) == 1
    texts = [record.getMessage() for record in caplog.records]
    assert len(texts) == 2
    assert texts[0].startswith("Deserializing unregistered type nomod.noone from checkpoint. This will be blocked")
    assert texts[1].startswith("Could not reconstruct nomod.noone")


def hooked(hook: Any, typed: tuple[str, bytes], serializer: type[Upstream]) -> Any:
    return serializer(__unpack_ext_hook__=hook).loads_typed(typed)


def test_a_hook_of_the_users_own_is_called() -> None:
    def hook(code: int, data: bytes) -> Any:
        if code == 3:
            raise KeyboardInterrupt
        return (code, data)

    for typed in (Upstream().dumps_typed([{1}, Inner()]), Upstream().dumps_typed(datetime(2024, 1, 1))):
        expected, actual = both(partial(hooked, hook, typed))
        assert actual == expected
    later = JsonPlusSerializer()
    later._unpack_ext_hook = hook
    assert later.loads_typed(Upstream().dumps_typed({1}))[0] == 0


def test_subclass_copy_and_merged_allowlist() -> None:
    class Own(JsonPlusSerializer):
        pass

    strict = Own(allowed_msgpack_modules=None)
    merged = strict.with_msgpack_allowlist([Inner])
    assert isinstance(merged, Own)
    assert merged is not strict
    typed = strict.dumps_typed(Inner(3))
    assert merged.loads_typed(typed) == copy.deepcopy(merged).loads_typed(typed) == copy.copy(merged).loads_typed(typed)
    assert merged.loads_typed(typed) == Inner(3)
    assert strict.loads_typed(typed) == {"x": 3, "y": [1]}
    permissive = Own()
    assert permissive.with_msgpack_allowlist([Inner]) is permissive
    assert Own(pickle_fallback=True).dumps_typed(1j)[0] == "pickle"


def test_the_native_hook_can_be_called_as_upstreams() -> None:
    for code, body in itertools.product((0, 5, 7, 8), (b"\x93\xa8builtins\xa3set\x91\x01", b"\x01")):
        expected, actual = both(partial(call_hook, code, body))
        # Where upstream's hook lets an exception out, ours tells it as the reader around it would.
        assert actual[:2] == expected[:2] or (actual[0], expected[0]) == (ValueError, TypeError)


def call_hook(code: int, data: bytes, serializer: type[Upstream]) -> Any:
    return serializer()._unpack_ext_hook(code, data)


def test_encryption_on_top() -> None:
    class Reversing(CipherProtocol):
        def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
            return "reversed", plaintext[::-1]

        def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
            return ciphertext[::-1]

    own = EncryptedSerializer(Reversing(), JsonPlusSerializer())
    typed = own.dumps_typed({"a": {1}})
    assert typed == EncryptedSerializer(Reversing(), Upstream()).dumps_typed({"a": {1}})
    assert own.loads_typed(typed) == {"a": {1}}


# --- nothing leaks, nothing is silent ---------------------------------------------------------------------------------


def mixed() -> list[Any]:
    return [
        {"k": [1, 2.5, "x", None, True, b"y"], 5: (1, 2), ("t", 1): {1, 2}},
        [datetime(2024, 1, 1), uuid.UUID(int=9), Decimal("1.5"), deque([1]), Inner(), Point(1, 2)],
    ]


def rounds(sentinel: object, count: int) -> None:
    serializer = JsonPlusSerializer()
    good, broken = mixed(), [sentinel]
    typed = serializer.dumps_typed(good)
    damaged = ("msgpack", typed[1][:-1])
    for _ in range(count):
        serializer.loads_typed(serializer.dumps_typed(good))
        for work in (lambda: serializer.dumps_typed(broken), lambda: serializer.loads_typed(damaged)):
            with pytest.raises((TypeError, ValueError)):
                work()


def test_references_stay_flat() -> None:
    sentinel = object()
    watched = [sentinel, None, datetime, uuid.UUID, Inner, Point, uuid.SafeUUID.unknown]
    rounds(sentinel, 50)
    gc.collect()
    before, blocks = [sys.getrefcount(one) for one in watched], sys.getallocatedblocks()
    rounds(sentinel, 5_000)
    gc.collect()
    after = [sys.getrefcount(one) for one in watched]
    assert max(abs(a - b) for a, b in zip(after, before, strict=True)) < 20
    assert sys.getallocatedblocks() - blocks < 500


def test_what_is_read_can_be_collected() -> None:
    serializer = JsonPlusSerializer()
    read = serializer.loads_typed(serializer.dumps_typed({"a": [Inner()]}))
    read["self"] = read
    assert gc.is_tracked(read)
    assert gc.is_tracked(read["a"])


def test_threads_do_not_disturb_each_other() -> None:
    serializer = JsonPlusSerializer()
    typed = Upstream().dumps_typed(mixed())
    failures: list[str] = []

    def work() -> None:
        for _ in range(300):
            value = serializer.loads_typed(typed)
            if value[1] != mixed()[1] or serializer.dumps_typed(mixed()) != typed:
                failures.append(repr(value))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def counted(direction: str) -> Iterator[int]:
    found: Any = counters()
    yield from (found[direction][name] for name in ("calls", "errors", "bytes"))


def test_counters_tell_what_went_to_python() -> None:
    serializer, before = JsonPlusSerializer(), counters()
    typed = serializer.dumps_typed([HumanMessage("a"), AIMessage("b"), {1}])
    serializer.loads_typed(typed)
    after = counters()
    assert after["encoded"]["bytes"] - before["encoded"]["bytes"] == len(typed[1])
    assert after["decoded"]["bytes"] - before["decoded"]["bytes"] == len(typed[1])
    assert after["encoded"]["python"]["model_dump()"] == before["encoded"]["python"]["model_dump()"]
    assert after["decoded"]["values"]["pydantic v2"] - before["decoded"]["values"]["pydantic v2"] == 2
    calls, errors, _ = counted("encoded")
    assert calls > errors


def test_datetimes_sets_and_uuids_are_coded_without_python() -> None:
    """Nothing is given to Python for them; for what only resembles them, something is."""
    zone = timezone(timedelta(hours=2))
    native = [
        datetime(2024, 1, 2, 3, 4, 5, 6),
        datetime(2024, 1, 2, tzinfo=timezone.utc),
        datetime(2024, 1, 2, tzinfo=zone),
        {1, "a"},
        frozenset({2}),
        uuid.UUID(int=77),
    ]
    for value in native:
        assert given_to_python(value) == {"encoded": {}, "decoded": {}}, value
    assert given_to_python(OddSet({1}))["encoded"]
    assert given_to_python(OddSet({1}))["decoded"]


class OddSet(set[int]):
    """A set that is none by its exact class."""


def given_to_python(value: Any) -> dict[str, dict[str, int]]:
    """What coding a value once in each direction gave to Python, by what it was."""
    serializer = JsonPlusSerializer()
    serializer.loads_typed(serializer.dumps_typed(value))
    before: Any = counters()
    serializer.loads_typed(serializer.dumps_typed(value))
    after: Any = counters()
    return {
        direction: {
            reason: count - before[direction]["python"][reason]
            for reason, count in after[direction]["python"].items()
            if count != before[direction]["python"][reason]
        }
        for direction in ("encoded", "decoded")
    }


@pytest.mark.parametrize(("planted", "expected"), [("", set()), ("import langgraph.types", {"langgraph.types"})])
def test_the_first_call_imports_nothing_that_upstream_does_not(planted: str, expected: set[str]) -> None:
    program = f"""
import sys
import langgraph.checkpoint.serde.jsonplus
from langgraph_rs.serde import JsonPlusSerializer
import langgraph_rs.recognition
before = set(sys.modules)
serializer = JsonPlusSerializer()
serializer.loads_typed(serializer.dumps_typed([1, {{2}}, type("X", (), {{"__dataclass_fields__": {{}}}})()]))
{planted}
print(*set(sys.modules) - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert expected <= imported
    assert bool(imported) == bool(planted)
