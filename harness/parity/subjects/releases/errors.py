"""What is wrong with a release that was asked for."""

from __future__ import annotations

__all__ = ["ReleaseError"]


class ReleaseError(Exception):
    """A release that cannot be run: unknown, without wheels, not installable, not reachable. One line."""
