"""Why there is no PostgreSQL server."""

from __future__ import annotations

__all__ = ["WITHOUT", "PostgresError"]

WITHOUT = "no PostgreSQL: "
"""How a subject begins to say why it does not run a program that is saved there."""


class PostgresError(RuntimeError):
    """PostgreSQL is not installed, or does not start here. One line, with the cure where there is one."""
