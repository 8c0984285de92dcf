"""The exceptions that programs raise, by their names in cases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["BaseError", "CustomError", "failure"]


class CustomError(Exception):
    """An exception of a user's own that is not made of one argument, so that naive copies of it fail."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message, code)
        self.code = code


class BaseError(BaseException):
    """What `except Exception` does not catch."""


_ERRORS: dict[str, Callable[[str], BaseException]] = {
    "ValueError": ValueError,
    "RuntimeError": RuntimeError,
    "KeyError": KeyError,
    "CancelledError": asyncio.CancelledError,
    "TimeoutError": TimeoutError,
    "ConnectionError": ConnectionError,
    "CustomError": lambda message: CustomError(message, len(message)),
    "BaseError": BaseError,
}


def failure(name: str, message: str) -> BaseException:
    """A new exception of the class that a case calls `name`."""
    return _ERRORS[name](message)
