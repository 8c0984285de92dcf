"""What the backend raises and warns with."""

from __future__ import annotations

__all__ = ["BackendError", "BackendWarning", "WitnessError"]


class BackendError(RuntimeError):
    """The backend was asked for and cannot be had; the message says what to do.

    Not an ImportError: code that takes LangGraph as optional must not quietly go on without it.
    """


class BackendWarning(RuntimeWarning):
    """`LANGGRAPH_BACKEND=auto` could not have the backend and left upstream as it is."""


class WitnessError(AssertionError):
    """Under the witness: a Python function of upstream was called though Rust stands in its place."""
