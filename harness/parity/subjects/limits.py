"""What a subject's process may take at most."""

from __future__ import annotations

import ctypes
import resource
import signal
import sys

__all__ = ["ADDRESS_SPACE", "bound_memory", "end_with_parent"]

ADDRESS_SPACE = 3 << 30
"""Bytes of address space for a subject under test. msgpack can claim 4 GiB, or 32 GiB of references, in five bytes: who
believes such a claim gets no memory and says so, which is a verdict. A longest input (1 MiB) has a stack of 870 MB."""


def bound_memory(limit: int = ADDRESS_SPACE) -> None:
    """Lets this process have no more than `limit` bytes of address space from now on."""
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def end_with_parent(number: int = signal.SIGKILL) -> None:
    """Lets Linux send this process a signal when the one that started it is gone: a mutant in an endless loop reads no
    end.
    """
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, number)
