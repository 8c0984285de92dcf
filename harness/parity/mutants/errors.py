"""The error that a measurement ends with, on purpose."""

from __future__ import annotations

__all__ = ["MutantsError"]


class MutantsError(RuntimeError):
    """A measurement that cannot be made or continued: bad input or a bad environment. One line."""
