"""How a worker schedules the tasks of programs: the oracle's second self does it in another way."""

from __future__ import annotations

__all__ = ["OTHER", "VARIABLE"]

VARIABLE = "PARITY_SCHEDULE"
"""The environment variable that chooses the schedule of a worker; without it, the plain one."""

OTHER = "other"
"""Its value for the second schedule: what is inline gets a thread for each task, what has threads pauses elsewhere."""
