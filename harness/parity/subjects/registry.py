"""The subjects that parity knows by name."""

from __future__ import annotations

import sys

from parity.subjects.faults import FAULTS
from parity.subjects.process import SubjectSpec

__all__ = ["UnknownSubjectError", "spec_for", "subject_names"]

_BUILT_IN = ("upstream", "core")
_FAULTY = "faulty:"


class UnknownSubjectError(LookupError):
    """A subject name that nobody knows; the message lists those that are."""


def subject_names() -> list[str]:
    """Every name that `spec_for` takes."""
    return [*_BUILT_IN, *(f"{_FAULTY}{name}" for name in FAULTS)]


def spec_for(name: str) -> SubjectSpec:
    """How to start the subject of that name. Raises UnknownSubjectError."""
    if name not in subject_names():
        raise UnknownSubjectError(f"unknown subject {name!r}; known: {', '.join(subject_names())}")
    return SubjectSpec(name, (sys.executable, "-m", "parity.subjects.worker", name), {})
