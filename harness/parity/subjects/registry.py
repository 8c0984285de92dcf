"""The subjects that parity knows by name."""

from __future__ import annotations

import re
import shlex
import sys

from parity.subjects.faults import FAULTS, RUST_FAULTS, RustFault
from parity.subjects.process import SubjectSpec
from parity.subjects.releases.environment import find, harness_path
from parity.subjects.releases.errors import ReleaseError
from parity.subjects.releases.name import PREFIX, is_release, parse_subject

__all__ = ["PARTS", "UnknownSubjectError", "only", "second_opinion", "spec_for", "subject_names", "without"]

_BUILT_IN = ("upstream", "core", "rust")
_FAULTY = "faulty:"
_MUTANT = "mutant:"
_EXEC = "exec:"

PARTS = ("codec", "channels", "algorithm", "io", "checkpoint")
"""The parts of the backend that can be left to upstream's Python, one by one: `rust-codec` is `rust` without that one,
`rust+codec` has that one only, `rust+none` none. They are for finding faults, and prove nothing: no witness.
"""

_PARTIAL = re.compile(r"rust(?:\+(?:none|[a-z]+)|(?:-[a-z]+)+)(?=:|$)")


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
        return None  # also of the partial ones, which are themselves asked for an opinion
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
    if _PARTIAL.match(name):
        return _partial(name)
    if name.startswith(_MUTANT):
        _require_mutant(name[len(_MUTANT) :])
    elif not (name in subject_names() or _several(name)):
        known = ", ".join((*subject_names(), f"{_MUTANT}ID", f"{PREFIX}VERSION", f"{_EXEC}COMMAND"))
        raise UnknownSubjectError(f"unknown subject {name!r}; known: {known}")
    return SubjectSpec(name, (sys.executable, "-m", "parity.subjects.worker", name), {})


def _several(name: str) -> bool:
    """Whether it is several planted faults at once, `faulty:NAME+NAME`."""
    return name.startswith(_FAULTY) and set(name[len(_FAULTY) :].split("+")) <= FAULTS.keys()


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


def without(name: str, *parts: str) -> str:
    """The subject `rust` (or `rust:FAULT`) with these parts left to upstream."""
    base, colon, fault = name.partition(":")
    return f"{base}{''.join(f'-{part}' for part in parts)}{colon}{fault}"


def only(name: str, part: str) -> str:
    """The subject `rust` (or `rust:FAULT`) with one part in Rust, or with `none`."""
    base, colon, fault = name.partition(":")
    return f"{base}+{part}{colon}{fault}"


def _partial(name: str) -> SubjectSpec:
    """Raises UnknownSubjectError for a part that there is not."""
    base, _, fault = name.partition(":")
    kept = set(PARTS) - set(base.split("-")[1:]) if "-" in base else {base.split("+")[1]} - {"none"}
    unknown = (set(base.split("-")[1:]) | kept) - set(PARTS)
    if unknown or (fault and fault not in RUST_FAULTS):
        raise UnknownSubjectError(f"unknown subject {name!r}; the parts of rust: {', '.join(PARTS)}, none")
    wanted = ",".join(part for part in PARTS if part in kept) or "none"
    command = (sys.executable, "-m", "parity.subjects.worker", name)
    return SubjectSpec(name, command, {"LANGGRAPH_RS_PARTS": wanted, "LANGGRAPH_RS_WITNESS": ""})


def _command(name: str) -> tuple[str, ...]:
    try:
        command = tuple(shlex.split(name[len(_EXEC) :]))
    except ValueError as error:
        raise UnknownSubjectError(f"cannot read the command of subject {name!r}: {error}") from error
    if not command:
        raise UnknownSubjectError(f"subject {name!r} names no command")
    return command
