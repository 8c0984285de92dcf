"""The named channel sequences of the corpus: each class with each op, and each way an op goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from parity.cases.model import Case, Json
from parity.generate.channels import BATCH_REDUCERS, OPS, OVERWRITES, REDUCERS, TYPES, overwrite

__all__ = ["entries"]

Spec = dict[str, Any]
Op = dict[str, Any]
Named = Iterator[tuple[str, Case]]

_LOOK = ("get", "is_available", "checkpoint")
_RIGHT: dict[str, list[Json]] = {
    "add_list": [[1], [2, "x"], [], [[3]]],
    "add_int": [1, 200, -33, {"t": "int", "v": "18446744073709551616"}],
    "concat_str": ["a", "", "é", {"t": "str", "hex": "eda080"}],
    "merge_dict": [
        {"t": "dict", "v": [["a", 1]]},
        {"t": "dict", "v": [["b", 2], ["a", 3]]},
        {"t": "dict", "v": []},
        {"t": "dict", "v": [[1, "int key"]]},
    ],
    "last_wins": [1, "a", None, [2]],
    "pair": [1, "a", None, [2]],
    "fail_on_none": [1, "a", False, [2]],
}
_WRONG: dict[str, list[Json]] = {
    "add_list": [{"t": "tuple", "v": [1]}, None, {"t": "subclass", "base": "list", "v": [1]}],
    "add_int": [True, {"t": "float", "bits": "3ff0000000000000"}, {"t": "subclass", "base": "int", "v": 5}],
    "concat_str": [{"t": "bytes", "hex": "61"}, None, {"t": "subclass", "base": "str", "v": "s"}],
    "merge_dict": [[["a", 1]], None, {"t": "subclass", "base": "dict", "v": {"t": "dict", "v": [["s", 1]]}}],
    "fail_on_none": [None],
}
_FITTING = {"add_list": "list", "add_int": "int", "concat_str": "str", "merge_dict": "dict"}
_VALUES: tuple[tuple[str, Json], ...] = (
    ("none", None),
    ("false", False),
    ("int", 300),
    ("empty_str", ""),
    ("list", [1, [2]]),
    ("tuple", {"t": "tuple", "v": [1, "a"]}),
    ("dict", {"t": "dict", "v": [["a", {"t": "dict", "v": [[1, None]]}]]}),
    ("float_nan", {"t": "float", "bits": "7ff8000000000000"}),
    ("bytes", {"t": "bytes", "hex": "00ff"}),
    ("set", {"t": "set", "v": [3]}),
    ("send", {"t": "send", "node": "n", "arg": [1]}),
    ("overwrite", overwrite("object", 1)),
)


def entries() -> Iterator[tuple[str, Case]]:
    """Every entry: its name, unique, and its case."""
    for group in (
        _every_op,
        _single_values,
        _guards,
        _topics,
        _barriers,
        _after_finish,
        _aggregates,
        _overwrites,
        _deltas,
        _keys,
    ):
        yield from group()


def _update(*values: Json) -> Op:
    return {"op": "update", "values": list(values)}


def _replay(*values: Json) -> Op:
    return {"op": "replay_writes", "values": list(values)}


def _case(spec: Spec, *ops: Op | str) -> Case:
    listed = [{"op": op} if isinstance(op, str) else op for op in ops]
    return Case("channel", {"channel": {"key": "k", **spec}, "ops": listed})


def _specs() -> Iterator[tuple[str, Spec, Json, Json]]:
    """A name for every class and flag, with two values that it takes."""
    for name in ("LastValue", "LastValueAfterFinish", "AnyValue"):
        yield name, {"class": name}, "one", [2]
    for name in ("EphemeralValue", "UntrackedValue"):
        for guard in (True, False):
            yield f"{name}/{'guarded' if guard else 'unguarded'}", {"class": name, "guard": guard}, "one", [2]
    for accumulate in (False, True):
        label = "accumulating" if accumulate else "emptying"
        yield f"Topic/{label}", {"class": "Topic", "accumulate": accumulate}, "one", [2]
    spec: Spec = {"class": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"}
    yield "BinaryOperatorAggregate", spec, ["one"], [2]
    for name in ("NamedBarrierValue", "NamedBarrierValueAfterFinish"):
        yield name, {"class": name, "names": ["a", "b"]}, "a", "b"
    spec = {"class": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 2}
    yield "DeltaChannel", spec, ["one"], [2]


def _every_op() -> Named:
    """Each op on an empty channel, a written one, and one that has gone through a whole run."""
    for name, spec, one, two in _specs():
        for op in OPS[1:]:
            yield f"{name}/{op}/empty", _case(spec, op, *_LOOK)
            yield f"{name}/{op}/written", _case(spec, _update(one), _update(two), "finish", op, op, *_LOOK)
        yield f"{name}/update/nothing", _case(spec, _update(), *_LOOK, _update(one), _update(), *_LOOK)
        yield f"{name}/update/two_at_once", _case(spec, _update(one, two), *_LOOK)
        yield (
            f"{name}/restored",
            _case(spec, _update(one), "checkpoint", _update(two), "from_checkpoint", *_LOOK, "equals_fresh"),
        )
        yield f"{name}/copied", _case(spec, _update(one), "copy", _update(two), "copy", *_LOOK, "equals_fresh")
        yield (
            f"{name}/a_run",
            _case(
                spec,
                _update(one),
                "checkpoint",
                "consume",
                _update(),
                *_LOOK,
                _update(two),
                "finish",
                *_LOOK,
                "consume",
                *_LOOK,
            ),
        )


def _single_values() -> Named:
    """Values of every sort go through unchanged; None is a value and no absence."""
    for label, value in _VALUES:
        for name in ("LastValue", "AnyValue", "LastValueAfterFinish"):
            spec = {"class": name}
            yield f"{name}/holds/{label}", _case(spec, _update(value), "finish", *_LOOK, "from_checkpoint", "get")


def _guards() -> Named:
    for name in ("EphemeralValue", "UntrackedValue"):
        for guard in (True, False):
            spec = {"class": name, "guard": guard}
            label = f"{name}/{'guarded' if guard else 'unguarded'}"
            yield f"{label}/conflict_keeps_the_old", _case(spec, _update(1), _update(2, 3), *_LOOK, _update(), *_LOOK)
            yield f"{label}/three", _case(spec, _update(1, 2, 3), "get", "copy", "get", "equals_fresh")
    yield "LastValue/conflict_keeps_the_old", _case({"class": "LastValue"}, _update(1), _update(2, 3), *_LOOK)
    yield (
        "AnyValue/cleared_by_nothing",
        _case({"class": "AnyValue"}, _update(1, 2), "get", _update(), *_LOOK, _update()),
    )


def _topics() -> Named:
    for accumulate in (False, True):
        spec = {"class": "Topic", "accumulate": accumulate}
        label = f"Topic/{'accumulating' if accumulate else 'emptying'}"
        yield f"{label}/flattens_one_level", _case(spec, _update([1, [2]], 3, [], [[4]]), *_LOOK)
        yield (
            f"{label}/tuples_and_sets_stay",
            _case(spec, _update({"t": "tuple", "v": [1]}, {"t": "set", "v": [3]}), "get"),
        )
        yield f"{label}/a_list_subclass", _case(spec, _update({"t": "subclass", "base": "list", "v": [1, 2]}), "get")
        yield f"{label}/only_empty_lists", _case(spec, _update([], []), *_LOOK, _update(1), _update([]), *_LOOK)
        yield f"{label}/steps", _case(spec, _update(1), "get", _update(2), "get", _update(), "get", _update(3), "get")
        yield (
            f"{label}/sends",
            _case(spec, _update({"t": "send", "node": "n", "arg": 1}, {"t": "send", "node": "n", "arg": [2]}), *_LOOK),
        )


def _barriers() -> Named:
    for name in ("NamedBarrierValue", "NamedBarrierValueAfterFinish"):
        spec = {"class": name, "names": ["a", "b", "c"]}
        for order in permutations("abc"):
            ops: list[Op | str] = [step for item in order for step in (_update(item), "is_available")]
            yield f"{name}/order_{''.join(order)}", _case(spec, *ops, "finish", *_LOOK, "consume", *_LOOK)
        yield f"{name}/again", _case(spec, _update("a"), _update("a"), _update("a", "b", "a"), *_LOOK)
        yield (
            f"{name}/no_names",
            _case({"class": name, "names": []}, *_LOOK, "finish", "get", "consume", "consume", _update("a")),
        )
        yield f"{name}/outside_after_one", _case({"class": name, "names": ["a"]}, _update("a", "z", "a"), *_LOOK)
        for label, value in (
            ("str", "z"),
            ("quoted", "it's"),
            ("none", None),
            ("int", 1),
            ("float", {"t": "float", "bits": "3ff8000000000000"}),
            ("bytes", {"t": "bytes", "hex": "00ff"}),
            ("tuple", {"t": "tuple", "v": ["a", None]}),
            ("list", ["a"]),
            ("dict", {"t": "dict", "v": [["a", 1]]}),
            ("set", {"t": "set", "v": [3]}),
            ("a_str_subclass", {"t": "subclass", "base": "str", "v": "a"}),
        ):
            one = {"class": name, "names": ["a"]}
            yield f"{name}/outside/{label}", _case(one, _update(value), "is_available", _update("a"), "is_available")


def _after_finish() -> Named:
    """Consume and finish in every order around an update."""
    for name, value in (("LastValueAfterFinish", "v"), ("NamedBarrierValueAfterFinish", "a")):
        spec: Spec = {"class": name} if "Last" in name else {"class": name, "names": ["a"]}
        for order in permutations(("update", "finish", "consume", "checkpoint")):
            ops: list[Op | str] = [_update(value) if op == "update" else op for op in order]
            yield f"{name}/{'_'.join(order)}", _case(spec, *ops, "is_available", "from_checkpoint", *_LOOK)
        yield (
            f"{name}/updated_after_finish",
            _case(spec, _update(value), "finish", _update(value), *_LOOK, "finish", "get"),
        )


def _aggregates() -> Named:
    for reducer in REDUCERS:
        spec = {"class": "BinaryOperatorAggregate", "reducer": reducer, "type": _FITTING.get(reducer, "any")}
        label = f"BinaryOperatorAggregate/{reducer}"
        values = _RIGHT[reducer]
        yield f"{label}/one_by_one", _case(spec, "get", *[step for value in values for step in (_update(value), "get")])
        yield f"{label}/at_once", _case(spec, _update(*values), *_LOOK, "copy", _update(values[0]), "get")
        yield (
            f"{label}/saved",
            _case(spec, _update(values[1]), "checkpoint", _update(values[0]), "from_checkpoint", *_LOOK),
        )
        for index, value in enumerate(_WRONG.get(reducer, [])):
            yield f"{label}/wrong_{index}", _case(spec, _update(values[0], value, values[1]), *_LOOK)
    for typ in TYPES:
        spec = {"class": "BinaryOperatorAggregate", "reducer": "pair", "type": typ}
        yield (
            f"BinaryOperatorAggregate/starts_as_{typ}",
            _case(spec, *_LOOK, _update(1), "get", "copy", "from_checkpoint", "get"),
        )


def _overwrites() -> Named:
    for form in OVERWRITES:
        new = overwrite(form, [9])
        for name, spec in (
            ("BinaryOperatorAggregate", {"reducer": "add_list", "type": "list"}),
            ("DeltaChannel", {"reducer": "fold:add_list", "type": "list", "snapshot_frequency": 1}),
        ):
            full = {"class": name, **spec}
            label = f"{name}/overwrite/{form}"
            yield f"{label}/between", _case(full, _update([1]), _update([2], new, [3]), *_LOOK, _update([4]), "get")
            yield f"{label}/twice", _case(full, _update([1]), _update(new, [2], new), *_LOOK)
            yield (
                f"{label}/with_none",
                _case(full, _update([1]), _update(overwrite(form, None)), *_LOOK, _update([2]), "get"),
            )
            yield f"{label}/of_overwrite", _case(full, _update(overwrite(form, overwrite("dict", [1]))), *_LOOK)
        empty = {"class": "BinaryOperatorAggregate", "reducer": "pair", "type": "any"}
        yield (
            f"BinaryOperatorAggregate/overwrite/{form}/first_of_an_empty_channel",
            _case(empty, _update(new, 1), *_LOOK, _update(new, 2), "get"),
        )
        yield f"LastValue/overwrite/{form}/is_a_plain_value", _case({"class": "LastValue"}, _update(new), "get")
    near: list[tuple[str, Json]] = [
        ("two_keys", {"t": "dict", "v": [["__overwrite__", 1], ["x", 2]]}),
        ("no_value", {"t": "dict", "v": [["type", "__overwrite__"]]}),
        ("other_type", {"t": "dict", "v": [["type", "overwrite"], ["value", 1]]}),
        ("more_keys", {"t": "dict", "v": [["type", "__overwrite__"], ["value", 1], ["x", 2]]}),
        ("bytes_key", {"t": "dict", "v": [[{"t": "bytes", "hex": "5f5f6f76657277726974655f5f"}, 1]]}),
        (
            "dict_subclass",
            {"t": "subclass", "base": "dict", "v": {"t": "dict", "v": [["__overwrite__", {"t": "dict", "v": []}]]}},
        ),
    ]
    for label, value in near:
        spec = {"class": "BinaryOperatorAggregate", "reducer": "merge_dict", "type": "dict"}
        yield (
            f"BinaryOperatorAggregate/overwrite/near/{label}",
            _case(spec, _update({"t": "dict", "v": [["a", 0]]}), _update(value), "get"),
        )


def _deltas() -> Named:
    for reducer in BATCH_REDUCERS:
        binary = reducer.removeprefix("fold:")
        values = _RIGHT[binary]
        for typ in ("list", "dict", "any"):
            spec: Spec = {"class": "DeltaChannel", "reducer": reducer, "type": typ, "snapshot_frequency": 3}
            label = f"DeltaChannel/{reducer}/{typ}"
            yield (
                f"{label}/updates",
                _case(spec, "snapshot", _update(values[0]), "get", _update(*values), *_LOOK, "copy", "get"),
            )
            yield f"{label}/replayed", _case(spec, "from_checkpoint", _replay(*values), "get", _replay(), "get")
            yield (
                f"{label}/replayed_on_missing",
                _case(spec, _replay(*values), "get", _replay(overwrite("dict", None)), "get"),
            )
            yield (
                f"{label}/snapshot",
                _case(
                    spec,
                    _update(values[1]),
                    "snapshot",
                    _update(values[0]),
                    "from_checkpoint",
                    "get",
                    _replay(values[1]),
                    "get",
                ),
            )
    spec = {"class": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 1}
    for form in OVERWRITES:
        for place in range(3):
            writes: list[Json] = [[0], [1], [2]]
            writes[place] = overwrite(form, [9])
            yield (
                f"DeltaChannel/replay_overwrite/{form}/{place}",
                _case(spec, "from_checkpoint", _replay(*writes), "get"),
            )
    twice = _replay(overwrite("dict", [8]), [1], overwrite("object", [9]), [2])
    yield "DeltaChannel/replay_overwrite/last_of_two", _case(spec, "from_checkpoint", twice, "get")
    yield "DeltaChannel/wrong_type", _case(spec, _update([1]), _update([2], None), "get", _replay(3), "get")


def _keys() -> Named:
    """The key is shown in errors as it is."""
    for label, key in (("empty", ""), ("quote", "it's"), ("accent", "é"), ("line", "a\nb"), ("braces", "{x}")):
        guarded = {"class": "EphemeralValue", "guard": True}
        yield f"keys/{label}/LastValue", _case({"class": "LastValue", "key": key}, _update(1, 2), "copy", _update(1, 2))
        yield f"keys/{label}/EphemeralValue", _case({**guarded, "key": key}, _update(1, 2), "copy", _update(1, 2))
        yield (
            f"keys/{label}/NamedBarrierValue",
            _case(
                {"class": "NamedBarrierValue", "names": ["a"], "key": key},
                _update("z"),
                "from_checkpoint",
                _update("z"),
            ),
        )
