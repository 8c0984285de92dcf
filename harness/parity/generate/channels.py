"""Random channel sequences (`docs/cases.md` §2): a class and a swarm of features, then ops that use only those."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from parity.cases.model import Case, Json
from parity.generate.swarm import Batch, Choices, batched, examples, swarm

__all__ = [
    "BATCH_REDUCERS",
    "CLASSES",
    "FEATURES",
    "OPS",
    "OVERWRITES",
    "REDUCERS",
    "TYPES",
    "batches",
    "cases",
    "features",
    "make",
    "overwrite",
]

CLASSES = (
    "LastValue",
    "LastValueAfterFinish",
    "AnyValue",
    "EphemeralValue",
    "UntrackedValue",
    "Topic",
    "BinaryOperatorAggregate",
    "NamedBarrierValue",
    "NamedBarrierValueAfterFinish",
    "DeltaChannel",
)
"""Upstream's ten channel classes."""

OPS = ("update", "get", "is_available", "consume", "finish", "checkpoint", "from_checkpoint", "copy", "equals_fresh")
"""The ops of every class; `DeltaChannel` has `replay_writes` and `snapshot` too."""

REDUCERS = ("add_list", "add_int", "concat_str", "merge_dict", "last_wins", "pair", "fail_on_none")
BATCH_REDUCERS = ("fold:add_list", "fold:merge_dict", "fold:last_wins")
TYPES = ("list", "int", "str", "dict", "float", "any")
OVERWRITES = ("object", "dict", "erased")
"""The three forms of an `Overwrite` that upstream takes: itself, its dict form, and what JSON leaves of it."""

_MOST_OPS = 48
_SIZES = (48, 96, 160, 224, 224)
"""Bytes of choices: a case of many ops takes about two hundred."""

_KEYS = ("k", "", "it's", "a b", "é")
_NAMES = ("a", "b", "c d", "it's", "é")
_DELTA_OPS = ("replay_writes", "snapshot")
FEATURES = (
    *(f"class:{name}" for name in CLASSES),
    *(f"op:{op}" for op in (*OPS, *_DELTA_OPS)),
    *(f"{name}.{op}" for name in CLASSES for op in OPS),
    *(f"DeltaChannel.{op}" for op in _DELTA_OPS),
    *(f"reducer:{name}" for name in (*REDUCERS, *BATCH_REDUCERS)),
    *(f"type:{name}" for name in TYPES),
    *(f"overwrite:{form}" for form in OVERWRITES),
    *("guard:true", "guard:false", "accumulate:true", "accumulate:false", "barrier:outside"),
    *("update:empty", "update:one", "update:many"),
)
"""Every name that `features` may give."""

_SWARM = ("conflict", "overwrite", "wrong_type", "odd_values", "empty_update", "save", "copy", "consume", "finish")

_OWN: dict[str, tuple[Json, ...]] = {
    "list": ([], [1], ["a", 200], [[2]]),
    "int": (0, 1, -7, 300, {"t": "int", "v": "9223372036854775808"}),
    "str": ("", "a", "é"),
    "dict": ({"t": "dict", "v": []}, {"t": "dict", "v": [["a", 1]]}, {"t": "dict", "v": [["b", [2]], ["a", 3]]}),
    "any": (0, "a", [1], {"t": "dict", "v": [["a", 1]]}),
}
_TAKES = {"add_list": "list", "add_int": "int", "concat_str": "str", "merge_dict": "dict"}
_ODD: tuple[Json, ...] = (
    None,
    True,
    "z",
    1,
    [],
    ["a"],
    [[1], 2],
    {"t": "tuple", "v": ["a", [1]]},
    {"t": "dict", "v": [["type", "__overwrite__"]]},
    {"t": "dict", "v": [["__overwrite__", 1], ["x", 2]]},
    {"t": "float", "bits": "3ff8000000000000"},
    {"t": "bytes", "hex": "00ff"},
    {"t": "set", "v": [3]},
)


def overwrite(form: str, value: Json) -> Json:
    """A tagged `Overwrite` of `value` in one of the `OVERWRITES` forms."""
    if form == "dict":
        return {"t": "dict", "v": [["__overwrite__", value]]}
    pairs: Json = [["value", value], ["type", "__overwrite__"]]
    if form == "erased":
        return {"t": "dict", "v": pairs[::-1]}
    return {"t": "object", "code": 2, "cls": "langgraph.types:Overwrite", "payload": {"t": "dict", "v": pairs}}


def make(choices: Choices) -> Case:
    """The channel sequence that these choices make."""
    c = choices
    spec = _spec(c)
    allowed = swarm(c, _SWARM)
    names = _op_names(spec["class"], allowed)
    pool = _pool(spec, allowed)
    least = 0 if "empty_update" in allowed else 1
    more = 4 - least if "conflict" in allowed else 1 - least
    ops: list[dict[str, Any]] = []
    # A case of many ops costs hardly more to start than one of few; the first ones are there when bytes have ended.
    wanted = 1 + c.below(_MOST_OPS)
    while not ops or (len(ops) < wanted and not c.spent):
        op: dict[str, Any] = {"op": c.pick(names)}
        if op["op"] in ("update", "replay_writes"):
            op["values"] = [c.pick(pool) for _ in range(least + c.below(more + 1))]
        ops.append(op)
    return Case("channel", {"channel": spec, "ops": ops})


def cases() -> st.SearchStrategy[Case]:
    """Valid channel cases; each example draws its class and which features it may use at all."""
    return examples(make)


def batches() -> st.SearchStrategy[Batch[Case]]:
    """The same, many at a time: a case is run in less time than an example takes."""
    return batched(make, _SIZES)


def features(case: Case) -> set[str]:
    """What a case uses: `class:Topic`, `op:get`, `Topic.get`, `reducer:…`, `overwrite:…`, `update:empty`, … by name."""
    spec, ops = case.body["channel"], case.body["ops"]
    name = spec["class"]
    used = {op["op"] for op in ops}
    found = {f"class:{name}"} | {f"op:{op}" for op in used} | {f"{name}.{op}" for op in used}
    found |= {f"{flag}:{str(spec[flag]).lower()}" for flag in ("guard", "accumulate") if flag in spec}
    found |= {f"{part}:{spec[part]}" for part in ("reducer", "type") if part in spec}
    for op in ops:
        values = op.get("values")
        if op["op"] == "update":
            found.add(f"update:{'empty' if not values else 'one' if len(values) == 1 else 'many'}")
        for value in values or ():
            form = _overwrite_form(value)
            if form is not None:
                found.add(f"overwrite:{form}")
            if "names" in spec and value not in spec["names"]:
                found.add("barrier:outside")
    return found


def _spec(c: Choices) -> dict[str, Any]:
    name = c.pick(CLASSES)
    key = c.below(8)
    spec: dict[str, Any] = {"class": name, "key": _KEYS[key] if key < len(_KEYS) else "k"}
    choice = c.below(1 << 16)
    if name in ("EphemeralValue", "UntrackedValue"):
        spec["guard"] = choice % 2 == 0
    elif name == "Topic":
        spec["accumulate"] = choice % 2 == 1
    elif "Barrier" in name:
        spec["names"] = [item for bit, item in enumerate(_NAMES) if choice >> bit & 1]
    elif name == "BinaryOperatorAggregate":
        spec["reducer"] = REDUCERS[choice % len(REDUCERS)]
        spec["type"] = _type(spec["reducer"], choice // len(REDUCERS))
    elif name == "DeltaChannel":
        spec["reducer"] = BATCH_REDUCERS[choice % len(BATCH_REDUCERS)]
        spec["type"] = _type(spec["reducer"].removeprefix("fold:"), choice // len(BATCH_REDUCERS))
        spec["snapshot_frequency"] = 1 + choice % 3
    return spec


def _type(reducer: str, choice: int) -> str:
    """Mostly the type that the reducer takes; now and then any."""
    fitting = _TAKES.get(reducer, "any")
    return TYPES[choice // 4 % len(TYPES)] if choice % 4 == 3 else fitting


def _op_names(name: str, allowed: set[str]) -> list[str]:
    names = ["update", "get", "update", "update", "is_available", "checkpoint", "equals_fresh"]
    for feature, more in (("save", "from_checkpoint"), ("copy", "copy"), ("consume", "consume"), ("finish", "finish")):
        if feature in allowed:
            names.append(more)
    if name == "DeltaChannel":
        names += _DELTA_OPS
    return names


def _pool(spec: dict[str, Any], allowed: set[str]) -> tuple[Json, ...]:
    pool = list(_fitting(spec))
    if "wrong_type" in allowed:
        pool += [None, "a", [1], {"t": "dict", "v": [["w", 1]]}]
    if "odd_values" in allowed:
        pool += _ODD
    if "overwrite" in allowed:
        pool += [overwrite(form, value) for form in OVERWRITES for value in _fitting(spec)[:2]]
    return tuple(pool)


def _fitting(spec: dict[str, Any]) -> tuple[Json, ...]:
    if "names" in spec:
        return tuple(spec["names"]) or _NAMES[:1]
    reducer = spec.get("reducer", "").removeprefix("fold:")
    return _OWN[_TAKES.get(reducer, "any")]


def _overwrite_form(value: Json) -> str | None:
    if not isinstance(value, dict):
        return None
    if value.get("cls") == "langgraph.types:Overwrite":
        return "object"
    pairs = value["v"] if value.get("t") == "dict" else []
    keys = {key for key, _ in pairs if isinstance(key, str)}
    if len(pairs) == 1 and "__overwrite__" in keys:
        return "dict"
    is_erased = any(key == "type" and item == "__overwrite__" for key, item in pairs) and "value" in keys
    return "erased" if is_erased else None
