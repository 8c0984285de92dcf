"""The reducers that cases name (`docs/cases.md` §3), here and again in `rust_impl/crates/graph/src/reducers.rs`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["BATCH_REDUCERS", "REDUCERS", "BatchReducer", "Reducer"]

Reducer = Callable[[Any, Any], Any]
"""`f(current value, update)`"""

BatchReducer = Callable[[Any, Sequence[Any]], Any]
"""`f(current value, updates)`, as `DeltaChannel` takes it."""


def add_list(a: Any, b: Any) -> Any:
    """Concatenates two lists; raises TypeError otherwise."""
    if not (isinstance(a, list) and isinstance(b, list)):
        raise TypeError("add_list: expected lists")
    return [*a, *b]


def add_int(a: Any, b: Any) -> Any:
    """Adds two ints, no bools; raises TypeError otherwise."""
    if not (_is_int(a) and _is_int(b)):
        raise TypeError("add_int: expected ints")
    return int(a) + int(b)


def concat_str(a: Any, b: Any) -> Any:
    """Concatenates two strings; raises TypeError otherwise."""
    if not (isinstance(a, str) and isinstance(b, str)):
        raise TypeError("concat_str: expected strings")
    return str.__str__(a) + str.__str__(b)


def merge_dict(a: Any, b: Any) -> Any:
    """A dict with the items of both, the second's where both have a key; raises TypeError for anything else."""
    if not (isinstance(a, dict) and isinstance(b, dict)):
        raise TypeError("merge_dict: expected dicts")
    return {**a, **b}


def last_wins(a: Any, b: Any) -> Any:
    """The update."""
    return b


def pair(a: Any, b: Any) -> Any:
    """Both in a list: neither commutative nor associative, so that the order of application shows."""
    return [a, b]


def fail_on_none(a: Any, b: Any) -> Any:
    """The update; raises ValueError if it is None."""
    if b is None:
        raise ValueError("fail_on_none: got None")
    return b


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _fold(reducer: Reducer) -> BatchReducer:
    def fold(state: Any, writes: Sequence[Any]) -> Any:
        for write in writes:
            state = reducer(state, write)
        return state

    # Upstream compares reducers by identity and asks for their name: one function per name, kept in the table below.
    fold.__name__ = f"fold_{reducer.__name__}"
    return fold


REDUCERS: dict[str, Reducer] = {
    reducer.__name__: reducer for reducer in (add_list, add_int, concat_str, merge_dict, last_wins, pair, fail_on_none)
}
"""The binary reducers by name."""

BATCH_REDUCERS: dict[str, BatchReducer] = {
    f"fold:{reducer.__name__}": _fold(reducer) for reducer in (add_list, merge_dict, last_wins)
}
"""The batch reducers of `DeltaChannel` by name: the binary ones folded from the left."""
