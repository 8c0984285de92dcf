"""The programs that are checked, in their folder."""

from checking import checker

__all__ = ["checker"]
