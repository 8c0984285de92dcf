"""What stops a suite before it can say anything."""

from __future__ import annotations

__all__ = ["SuiteError"]


class SuiteError(Exception):
    """A suite that could not be run: its source, its definition, its database or the environment is wrong. One line."""
