"""Pairs of features that a run has executed together, of all the pairs that could be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations

__all__ = ["pairs_of"]


def pairs_of(names: Iterable[str]) -> Counter[str]:
    """Each pair of the features of one case once, as ``a+b`` in the order of the alphabet."""
    return Counter(f"{a}+{b}" for a, b in combinations(sorted(set(names)), 2))
