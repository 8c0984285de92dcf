"""Functions of a program that wait, written once for `def` and `async def`.

A function is a generator that yields an Effect wherever a user's function would wait, and is given what came of it. A
driver runs it as a plain function or as a coroutine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any

__all__ = ["Effect", "Steps", "adrive", "drive"]


@dataclass(frozen=True)
class Effect:
    """Something that is waited for: how a `def` does it, and how an `async def` does."""

    plain: Callable[[], Any]
    awaited: Callable[[], Awaitable[Any]]


Steps = Generator[Effect, Any, Any]
"""A function under way; what it returns is the function's result."""


def drive(steps: Steps) -> Any:
    """Runs a function to its end as a `def` does, and returns its result. Raises what it raises."""
    try:
        effect = next(steps)
        while True:
            try:
                result = effect.plain()
            except BaseException as error:
                effect = steps.throw(error)
            else:
                effect = steps.send(result)
    except StopIteration as end:
        return end.value


async def adrive(steps: Steps) -> Any:
    """Runs a function to its end as an `async def` does, and returns its result. Raises what it raises."""
    try:
        effect = next(steps)
        while True:
            try:
                result = await effect.awaited()
            except BaseException as error:
                effect = steps.throw(error)
            else:
                effect = steps.send(result)
    except StopIteration as end:
        return end.value
