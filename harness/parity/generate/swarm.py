"""Swarm generation on few draws: one byte string per example decides everything.

A Hypothesis draw costs far more than the choice it makes, so an example draws one string of bytes and reads its choices
from it. Shrinking works as on any bytes: zeros and missing bytes choose the first, simplest alternative.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from hypothesis import strategies as st

__all__ = ["BATCH", "Batch", "Choices", "batched", "examples", "swarm"]

BATCH = 64
"""Cases of one example, where an example costs more than a case."""

_SEED = 8

T = TypeVar("T")


class Choices:
    """Choices read from a byte string; past its end every choice is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._size = len(data)
        self._position = 0

    @property
    def spent(self) -> bool:
        """Whether all bytes are used up."""
        return self._position >= self._size

    def byte(self) -> int:
        """The next byte, 0 past the end."""
        position = self._position
        if position >= self._size:
            return 0
        self._position = position + 1
        return self._data[position]

    def take(self, count: int) -> bytes:
        """The next `count` bytes, padded with zeros past the end."""
        taken = self._data[self._position : self._position + count]
        self._position += count
        return taken.ljust(count, b"\0")

    def below(self, limit: int) -> int:
        """A number from 0 to `limit - 1`."""
        if limit <= 256:
            return self.byte() % limit
        width = 2
        while limit > 1 << (8 * width):
            width += 1
        return int.from_bytes(self.take(width), "big") % limit

    def pick(self, items: Sequence[T]) -> T:
        """One of the items; the first is the simplest."""
        return items[self.below(len(items))]

    def one_in(self, count: int) -> bool:
        """True about once in `count` times; never past the end."""
        return self.byte() % count == count - 1


def swarm(choices: Choices, features: Sequence[str]) -> set[str]:
    """The features an example may use at all: each with probability 1/2, from one bit each (none past the end)."""
    bits = int.from_bytes(choices.take((len(features) + 7) // 8), "big")
    return {feature for index, feature in enumerate(features) if bits >> index & 1}


def examples(make: Callable[[Choices], T]) -> st.SearchStrategy[T]:
    """A strategy of what `make` builds from choices: some from a few bytes, most from one or a few hundred."""
    sizes = st.one_of(
        st.binary(min_size=0, max_size=48),
        st.binary(min_size=64, max_size=192),
        st.binary(min_size=128, max_size=384),
        st.binary(min_size=256, max_size=1024),
    )
    return sizes.map(lambda data: make(Choices(data)))


@dataclass(frozen=True)
class Batch(Generic[T]):
    """Many examples of one draw: `block` has a few bytes for each, which are stretched to what it is made of.

    Of an example whose bytes are all zero nothing is left to choose: it is the simplest.
    """

    block: bytes
    make: Callable[[Choices], T]
    sizes: Sequence[int]

    def __len__(self) -> int:
        return len(self.block) // _SEED

    def item(self, index: int) -> T:
        """One of the examples, made when it is asked for."""
        seed = self.block[index * _SEED : (index + 1) * _SEED]
        if not any(seed):
            return self.make(Choices(b""))
        return self.make(Choices(hashlib.shake_128(seed).digest(self.sizes[seed[0] % len(self.sizes)])))


def batched(make: Callable[[Choices], T], sizes: Sequence[int]) -> st.SearchStrategy[Batch[T]]:
    """A strategy of batches of what `make` builds from choices, of as many bytes as one of `sizes` says."""
    return st.binary(min_size=_SEED * BATCH, max_size=_SEED * BATCH).map(lambda block: Batch(block, make, sizes))
