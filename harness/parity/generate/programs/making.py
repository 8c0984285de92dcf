"""What the parts of the generator share while they make one program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from parity.generate.swarm import Choices

__all__ = ["Body", "Making", "dictionary"]

Body = dict[str, Any]
T = TypeVar("T")


@dataclass
class Making:
    """One program in the making: its choices, what it may use, and the graphs made so far.

    `names` numbers what needs a name of its own. `asynchronous` says that every run is made through the async API.
    `interrupts`, `static` count what can stop a run, so that operations know that resuming makes sense.
    """

    choices: Choices
    allowed: set[str]
    graphs: dict[str, Body] = field(default_factory=dict)
    asynchronous: bool = False
    interrupts: int = 0
    static: int = 0
    names: int = 0

    def may(self, *features: str) -> bool:
        """Whether the example drew one of the features."""
        return any(feature in self.allowed for feature in features)

    def want(self, feature: str, one_in: int = 2) -> bool:
        """A drawn feature is used about every `one_in`-th time that there is an occasion; an undrawn one never."""
        return feature in self.allowed and self.choices.below(one_in) == 0

    def pick(self, items: Sequence[T]) -> T:
        """One of the items; the first is the simplest."""
        return self.choices.pick(items)

    def some(self, items: Sequence[T], most: int) -> list[T]:
        """From none to `most` of the items, in their order."""
        count = self.choices.below(min(most, len(items)) + 1)
        start = self.choices.below(len(items)) if count else 0
        return [items[(start + index) % len(items)] for index in range(count)]

    def below(self, limit: int) -> int:
        """A number from 0 to `limit - 1`."""
        return self.choices.below(limit)

    def fresh(self, prefix: str) -> str:
        """A name that the program does not have yet."""
        self.names += 1
        return f"{prefix}{self.names}"


def dictionary(**members: Any) -> Body:
    """A tagged dict of these members."""
    return {"t": "dict", "v": [[key, value] for key, value in members.items()]}
