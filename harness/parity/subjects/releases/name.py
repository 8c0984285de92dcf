"""How a release is named: `1.2.7`, or with other distributions pinned, `1.2.7+langgraph-checkpoint==4.1.0`."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from parity.subjects.releases.errors import ReleaseError

__all__ = ["FIRST", "PREFIX", "Release", "is_release", "parse_release", "parse_subject"]

PREFIX = "upstream@"
"""How the name of a subject that is a release begins."""

FIRST = Version("1.2.0")
"""The first release that the worker is known to run under: older ones have other internals."""


@dataclass(frozen=True)
class Release:
    """A release of langgraph, and exact versions of other distributions that are wanted beside it."""

    version: Version
    pins: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "+".join((str(self.version), *(f"{name}=={version}" for name, version in self.pins)))

    @property
    def subject(self) -> str:
        """The name of the subject that is this release."""
        return f"{PREFIX}{self}"

    def pinned(self, name: str, version: str) -> Release:
        """The same release with one distribution pinned (anew)."""
        return Release(self.version, tuple(sorted({**dict(self.pins), name: version}.items())))


def is_release(subject: str) -> bool:
    """Whether the subject of that name is a release of upstream."""
    return subject.startswith(PREFIX)


def parse_subject(subject: str) -> Release:
    """The release that a subject's name means. Raises ReleaseError."""
    return parse_release(subject[len(PREFIX) :])


def parse_release(text: str) -> Release:
    """Reads a release. Raises ReleaseError for what is no version, or one too old, or a pin that is none."""
    first, *rest = text.strip().split("+")
    try:
        version = Version(first)
    except InvalidVersion:
        raise ReleaseError(f"{first!r} is not a release of langgraph: expected a version, as in 1.2.7") from None
    if version < FIRST:
        raise ReleaseError(f"langgraph {version} is too old: releases from {FIRST} on can be compared")
    return Release(version, tuple(sorted(_pin(part) for part in rest)))


def _pin(text: str) -> tuple[str, str]:
    name, equals, version = text.partition("==")
    try:
        pin = canonicalize_name(name.strip(), validate=True), str(Version(version.strip()))
    except (InvalidName, InvalidVersion):
        equals = ""
    if not equals:
        raise ReleaseError(f"{text!r} pins nothing: expected NAME==VERSION, as in 1.2.7+langgraph-checkpoint==4.1.0")
    if pin[0] == "langgraph":
        raise ReleaseError("langgraph itself is the release; other distributions can be pinned")
    return pin
