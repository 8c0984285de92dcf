"""A channel class of a user's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langgraph.channels.base import BaseChannel
from langgraph.errors import EmptyChannelError, InvalidUpdateError
from typing_extensions import Self

__all__ = ["CountingChannel"]


class CountingChannel(BaseChannel[Any, Any, Any]):
    """Keeps the sum of the ints written to it, and counts how often LangGraph consumed and finished it.

    Its checkpoint is `[sum, consumed, finished]`. Finishing it is a change once after every update.
    """

    __slots__ = ("consumed", "finished", "fresh", "total")

    def __init__(self, typ: Any = int, key: str = "") -> None:
        super().__init__(typ, key)
        self.total: int | None = None
        self.consumed = 0
        self.finished = 0
        self.fresh = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CountingChannel)

    __hash__ = None  # type: ignore[assignment]

    @property
    def ValueType(self) -> Any:  # noqa: N802
        return int

    @property
    def UpdateType(self) -> Any:  # noqa: N802
        return int

    def checkpoint(self) -> Any:
        return [self.total, self.consumed, self.finished]

    def from_checkpoint(self, checkpoint: Any) -> Self:
        made = type(self)(self.typ, self.key)
        if isinstance(checkpoint, (list, tuple)):
            made.total, made.consumed, made.finished = checkpoint
        return made

    def get(self) -> int:
        if self.total is None:
            raise EmptyChannelError
        return self.total

    def update(self, values: Sequence[Any]) -> bool:
        for value in values:
            if type(value) is not int:
                raise InvalidUpdateError(f"At key '{self.key}': expected ints, got a {type(value).__name__}")
            self.total = (self.total or 0) + value
        self.fresh = self.fresh or bool(values)
        return bool(values)

    def consume(self) -> bool:
        self.consumed += 1
        return False

    def finish(self) -> bool:
        self.finished += 1
        changed, self.fresh = self.fresh, False
        return changed
