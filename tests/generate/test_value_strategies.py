"""The strategies of values and bytes: valid, varied, fast, and shrinking to the simple."""

from __future__ import annotations

import time
from collections import Counter
from itertools import islice
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings

from parity.cases.model import Case
from parity.cases.values import MAX_BYTES, check
from parity.generate import raw, values
from parity.generate.swarm import Choices, swarm

pytestmark = pytest.mark.filterwarnings("ignore")

_SETTINGS = settings(
    max_examples=1200, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def _sample(strategy: object) -> list[Case]:
    made: list[Case] = []

    @seed(7)
    @_SETTINGS
    @given(strategy)  # type: ignore[arg-type]
    def collect(case: Case) -> None:
        made.append(case)

    collect()
    return made


@pytest.fixture(scope="module")
def value_cases() -> list[Case]:
    return _sample(values.cases())


@pytest.fixture(scope="module")
def bytes_cases() -> list[Case]:
    return _sample(raw.cases())


def test_generated_values_are_valid(value_cases: list[Case]) -> None:
    for case in value_cases:
        check(case.body["value"])


def test_every_feature_of_values_occurs(value_cases: list[Case]) -> None:
    seen = Counter(feature for case in value_cases for feature in values.features(case))
    assert set(values.FEATURES) - set(seen) == set()
    assert set(seen) - set(values.FEATURES) == set()
    containers = sum(1 for case in value_cases if isinstance(case.body["value"], (list, dict)))
    assert containers > len(value_cases) / 2


def test_every_feature_of_bytes_occurs(bytes_cases: list[Case]) -> None:
    seen = Counter(feature for case in bytes_cases for feature in raw.features(case))
    assert set(raw.FEATURES) - set(seen) <= {"reserved"}
    assert set(seen) - set(raw.FEATURES) == set()
    assert all(len(case.body["hex"]) <= 2 * MAX_BYTES for case in bytes_cases)


def test_each_first_byte_can_be_made() -> None:
    """The marker shape alone: byte 3 of the choices is the first byte of the input."""
    mask = (1 << raw._SHAPES.index("marker")).to_bytes(2, "big")
    made = {raw._case(Choices(mask + b"\0" + bytes([first]))).body["hex"] for first in range(256)}
    assert {text[:2] for text in made} == {f"{first:02x}" for first in range(256)}


def test_generation_is_fast() -> None:
    started = time.process_time()
    made = len(_sample(values.cases())) + len(_sample(raw.cases()))
    per_minute = 60 * made / (time.process_time() - started)
    assert per_minute > 2000, f"{per_minute:.0f} cases per minute"


def test_a_failing_example_shrinks_to_the_simple() -> None:
    no_database = settings(database=None)
    array = find(
        values.cases(), lambda case: "ndarray" in values.features(case), settings=no_database, random=Random(1)
    )
    assert len(str(array.body)) < 160
    named = find(raw.cases(), lambda case: "module" in raw.features(case), settings=no_database, random=Random(1))
    assert len(named.body["hex"]) < 200


def test_input_that_would_need_a_class_to_answer_is_recognised() -> None:
    inner = bytes.fromhex("c7080193a161a162a17800")
    for wrapped in (inner, b"\x93" + inner + b"\xa1b\xa1c", b"\x93\xa1a" + inner + b"\xa1c", b"\x81\x00" + inner):
        data = b"\xc7" + bytes([len(wrapped)]) + b"\x00" + wrapped
        assert raw._needs_construction(data)
        assert raw._needs_construction(b"\x92\xc0" + data)
    payload = b"\x93\xa1a\xa1b" + inner
    assert not raw._needs_construction(b"\xc7" + bytes([len(payload)]) + b"\x00" + payload)


def test_few_inputs_are_given_up(bytes_cases: list[Case]) -> None:
    assert sum(1 for case in bytes_cases if not case.body["hex"]) < len(bytes_cases) / 10


def test_choices_past_the_end_are_the_first() -> None:
    choices = Choices(b"")
    assert (choices.byte(), choices.below(10**6), choices.pick("abc"), choices.one_in(2)) == (0, 0, "a", False)
    assert swarm(choices, ["a", "b"]) == set()
    assert swarm(Choices(b"\x02"), ["a", "b"]) == {"b"}
    assert Choices(b"\x01\x02").below(65536) == 0x0102


# --- streams of bytes -----------------------------------------------------------------------------------------------

REAL = [
    bytes.fromhex(digits) for digits in ("81a16193010203", "c70f0093a86275696c74696e73a373657490", "93c0c3a3616263")
]


def test_a_stream_follows_from_its_seed_and_ranges_over_everything() -> None:
    first, again, other = (list(islice(raw.stream(seed, REAL), 4000)) for seed in (1, 1, 2))
    assert first == again != other
    seen = Counter(feature for case in first for feature in raw.features(case))
    assert set(seen) == set(raw.FEATURES)
    assert all(Case.from_json(case.to_json()) == case for case in first[:200])
    inputs = [bytes.fromhex(case.body["hex"]) for case in first]
    assert len(set(inputs)) > 3000
    claims = [data for data in inputs if b"\xdd\xff\xff\xff\xff" in data or b"\xdb\xff\xff\xff\xff" in data]
    deep = [data for data in inputs if b"\x91" * 1000 in data]
    cut = [data for data in inputs if any(data and one.startswith(data) and one != data for one in REAL)]
    assert min(len(claims), len(deep), len(cut)) > 20


def test_a_stream_needs_no_recorded_inputs() -> None:
    assert len(list(islice(raw.stream(1, []), 100))) == 100
