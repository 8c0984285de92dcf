"""The subjects that parity knows by name."""

from __future__ import annotations

import shlex
import sys

from parity.subjects.faults import FAULTS, RUST_FAULTS, RustFault
from parity.subjects.process import SubjectSpec
from parity.subjects.releases.environment import find, harness_path
from parity.subjects.releases.errors import ReleaseError
from parity.subjects.releases.name import PREFIX, is_release, parse_subject

__all__ = ["UnknownSubjectError", "second_opinion", "spec_for", "subject_names"]

_BUILT_IN = ("upstream", "core", "rust")
_FAULTY = "faulty:"
_MUTANT = "mutant:"
_EXEC = "exec:"


class UnknownSubjectError(LookupError):
    """A subject name that nobody knows; the message lists those that are."""


def subject_names() -> list[str]:
    """Every name that `spec_for` takes."""
    rust = [f"{subject}:{name}" for name, fault in RUST_FAULTS.items() for subject in _planted_in(fault)]
    return [*_BUILT_IN, *(f"{_FAULTY}{name}" for name in FAULTS), *rust]


def _planted_in(fault: RustFault) -> tuple[str, ...]:
    return ("rust", "core") if fault.localised == "core" else ("rust",)


def second_opinion(name: str) -> str | None:
    """The subject that tells whether a divergence of this one lies in the crates or in the bridge; None if none does.

    `core` runs the same crates on native values, without the bridge.
    """
    base, _, fault = name.partition(":")
    if base != "rust":
        return None
    return name.replace("rust", "core", 1) if fault and "core" in _planted_in(RUST_FAULTS[fault]) else "core"


def spec_for(name: str) -> SubjectSpec:
    """How to start the subject of that name; `exec:COMMAND LINE` is any program that speaks the protocol, and
    `mutant:ID` is upstream with one mutation (`parity mutants --list`).

    Raises UnknownSubjectError; for a release (`upstream@VERSION`) also where it is not installed yet.
    """
    if name.startswith(_EXEC):
        return SubjectSpec(name, _command(name), {})
    if is_release(name):
        return _release(name)
    if name.startswith(_MUTANT):
        _require_mutant(name[len(_MUTANT) :])
    elif name not in subject_names():
        known = ", ".join((*subject_names(), f"{_MUTANT}ID", f"{PREFIX}VERSION", f"{_EXEC}COMMAND"))
        raise UnknownSubjectError(f"unknown subject {name!r}; known: {known}")
    return SubjectSpec(name, (sys.executable, "-m", "parity.subjects.worker", name), {})


def _require_mutant(mutant_id: str) -> None:
    from parity.subjects.mutation.catalogue import Catalogue
    from parity.subjects.mutation.targets import MutationError

    try:
        Catalogue().mutant(mutant_id)
    except MutationError as error:
        raise UnknownSubjectError(str(error)) from error


def _release(name: str) -> SubjectSpec:
    """The worker in the release's own environment, which sees the harness and nothing else of this one."""
    try:
        release = parse_subject(name)
        installed = find(release)
        if installed is None:
            raise ReleaseError(f"langgraph {release} is not installed in the cache; `parity drift` installs it")
        env = {"PYTHONPATH": str(harness_path()), "PYTHONNOUSERSITE": "1", "LANGGRAPH_BACKEND": ""}
        expected = {"langgraph": str(release.version), **dict(release.pins)}
    except ReleaseError as error:
        raise UnknownSubjectError(str(error)) from error
    command = (str(installed.python), "-m", "parity.subjects.worker", release.subject)
    return SubjectSpec(name, command, env, {key: expected[key] for key in expected if key in installed.distributions})


def _command(name: str) -> tuple[str, ...]:
    try:
        command = tuple(shlex.split(name[len(_EXEC) :]))
    except ValueError as error:
        raise UnknownSubjectError(f"cannot read the command of subject {name!r}: {error}") from error
    if not command:
        raise UnknownSubjectError(f"subject {name!r} names no command")
    return command
