"""A set that keeps its order, for the places where upstream iterates over a set of the user's things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["OrderedSet"]


class OrderedSet(set[Any]):
    """A set that is iterated in the order of insertion."""

    def __init__(self) -> None:
        super().__init__()
        self._order: dict[Any, None] = {}

    def add(self, item: Any) -> None:
        super().add(item)
        self._order[item] = None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._order)
