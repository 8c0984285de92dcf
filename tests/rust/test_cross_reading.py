"""What one side wrote the other reads: two writers and two readers, all four ways equal.

Events of value and serde cases come from one side alone; a checkpoint may be written by upstream today and read by Rust
tomorrow, or the other way round.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer as Rust

from parity.cases.schema import Json
from parity.compare.rules import normalise
from parity.corpus.files import load
from parity.subjects.upstream.objects import build, describe
from parity.subjects.upstream.odd import ODD
from parity.subjects.upstream.values import in_deep_stack, quiet

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
Make = Callable[[], Any]

RECORDED: dict[str, Json] = {
    entry.name: entry.case.body["value"]
    for file, entry in load(FIXTURES, schemas=False).entries()
    if file.kind == "value"
}


class Careless(Upstream):
    """Writes every list of two the other way round."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        tag, data = super().dumps_typed(obj)
        return tag, data[:1] + data[2:] + data[1:2] if data[:1] == b"\x92" and len(data) == 3 else data


def four_ways(make: Make, sides: dict[str, Any]) -> dict[str, Any]:
    """What each writer's bytes are to each reader: `writer>reader`."""
    return in_deep_stack(0, partial(_four_ways, make, sides))


def _four_ways(make: Make, sides: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    with quiet():
        for writer, one in sides.items():
            try:
                typed = one(allowed_msgpack_modules=True).dumps_typed(make())
            except (TypeError, ValueError) as error:
                read |= {f"{writer}>{reader}": str(error) for reader in sides}
                continue
            for reader, other in sides.items():
                read[f"{writer}>{reader}"] = _read(other(allowed_msgpack_modules=True), typed)
    return read


def _read(serializer: Any, typed: tuple[str, bytes]) -> Json:
    try:
        event = {"e": "loads", "value": describe(serializer.loads_typed(typed))}
    except ValueError as error:
        return str(error)
    return normalise("value", event)[0]


def assert_all_the_same(make: Make, **sides: Any) -> None:
    ways = four_ways(make, sides or {"upstream": Upstream, "rust": Rust})
    first = next(iter(ways.values()))
    assert all(found == first for found in ways.values()), ways
    assert len(ways) == 4


def test_every_recorded_value() -> None:
    assert len(RECORDED) > 600
    for name, value in RECORDED.items():
        # Strings and bytes in sets come in the order of the hash seed, which both sides share.
        try:
            assert_all_the_same(partial(build, value))
        except AssertionError as error:
            pytest.fail(f"{name}: {error}")


@pytest.mark.parametrize("name", sorted(set(ODD) - {"model_dump_interrupts", "model_dump_exits"}))
def test_every_odd_object(name: str) -> None:
    assert_all_the_same(ODD[name])


def test_a_careless_writer_is_noticed() -> None:
    with pytest.raises(AssertionError, match="careless>rust"):
        assert_all_the_same(lambda: [1, 2], careless=Careless, rust=Rust)
