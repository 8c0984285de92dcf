"""Why there is no PostgreSQL server."""

from __future__ import annotations

__all__ = ["PostgresError"]


class PostgresError(RuntimeError):
    """PostgreSQL is not installed, or does not start here. One line, with the cure where there is one."""
