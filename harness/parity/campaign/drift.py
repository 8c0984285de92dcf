"""Two releases of upstream held against each other before anything is run: what differs in what they are made of."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from packaging.specifiers import SpecifierSet

from parity.generate.needs import NEEDS
from parity.subjects.releases.cache import Installed
from parity.subjects.releases.environment import ensure, harness_path
from parity.subjects.releases.errors import ReleaseError
from parity.subjects.releases.name import Release

__all__ = ["Releases", "alike", "hold", "prepare", "surface_of"]

_SURFACE_SECONDS = 300


@dataclass(frozen=True)
class Releases:
    """Two releases and what is known of them without running a case.

    `distributions` differ: name, version on the older and on the newer side, None where it is not installed. By side
    (`old`, `new`): `lacks` has the public names that only the other side has, `absent` what cases may need and it has
    not, so that they are not run. `defaults` are parameters whose default changed: name, older and newer default.
    `notes` says what could not be kept equal, and why.
    """

    old: Release
    new: Release
    distributions: tuple[tuple[str, str | None, str | None], ...]
    lacks: Mapping[str, tuple[str, ...]]
    absent: Mapping[str, tuple[str, ...]]
    defaults: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As the run's provenance holds it."""
        return {**asdict(self), "old": str(self.old), "new": str(self.new)}


def alike(old: Installed, new: Installed) -> tuple[dict[str, str], dict[str, str]]:
    """Pins for the older and for the newer side that make equal what both accept and what is not equal yet.

    Of a distribution with two versions the newer one is taken if the other side's own requirement admits it, else the
    older one if that is admitted. Only what a release itself requires is looked at.
    """
    pins: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for name, version in new.distributions.items():
        other = old.distributions.get(name)
        if name == "langgraph" or other in (None, version) or name not in {**old.direct, **new.direct}:
            continue
        if SpecifierSet(old.direct.get(name, "")).contains(version, prereleases=True):
            pins[0][name] = version
        elif SpecifierSet(new.direct.get(name, "")).contains(str(other), prereleases=True):
            pins[1][name] = str(other)
    return pins


def hold(old: Installed, new: Installed, releases: tuple[Release, Release]) -> Releases:
    """Holds two installed releases against each other. Raises ReleaseError if one cannot be imported."""
    surfaces = surface_of(old), surface_of(new)
    names = sorted(old.distributions.keys() | new.distributions.keys())
    versions = ((name, old.distributions.get(name), new.distributions.get(name)) for name in names)
    notes = [
        f"{side.release}: {what}"
        for side in (old, new)
        for what in (
            *(f"{name}: {why}" for name, why in sorted(side.refused.items())),
            *(
                (f"nothing could be pinned to the oracle's versions: {side.unconstrained}",)
                if side.unconstrained
                else ()
            ),
        )
    ]
    return Releases(
        *releases,
        absent={side: _needed(surface) for side, surface in zip(("old", "new"), surfaces, strict=True)},
        distributions=tuple(row for row in versions if row[1] != row[2]),
        lacks={"old": _only(surfaces[1], surfaces[0]), "new": _only(surfaces[0], surfaces[1])},
        defaults=tuple(
            (name, surfaces[0][name], surfaces[1][name])
            for name in sorted(surfaces[0].keys() & surfaces[1].keys())
            if surfaces[0][name] != surfaces[1][name]
        ),
        notes=tuple(notes),
    )


def surface_of(installed: Installed) -> dict[str, str]:
    """What the release offers, by name (`parity.subjects.upstream.surface`). Raises ReleaseError."""
    command = (str(installed.python), "-m", "parity.subjects.upstream.surface")
    env = {**os.environ, "PYTHONPATH": str(harness_path()), "PYTHONNOUSERSITE": "1", "PYTHONHASHSEED": "0"}
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=_SURFACE_SECONDS, env=env
        )
        found = json.loads(run.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReleaseError(f"cannot ask langgraph {installed.release} what it offers: {error}") from error
    except ValueError:
        last = (run.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ReleaseError(f"langgraph {installed.release} cannot be imported: {last}") from None
    return {str(name): str(what) for name, what in found.items()}


def _needed(surface: Mapping[str, str]) -> tuple[str, ...]:
    """What cases may need and a release with that surface has not."""
    return tuple(sorted(set(NEEDS.values()) - surface.keys()))


def _only(here: Mapping[str, str], there: Mapping[str, str]) -> tuple[str, ...]:
    """The names that are here and not there; of a class or function that is missing, its own name alone."""
    names = here.keys() - there.keys()
    return tuple(sorted(name for name in names if not any(outer in names for outer in _outer(name))))


def _outer(name: str) -> list[str]:
    """The names of what holds a name: its function for a parameter, its class for a method."""
    plain = re.split(r"[(\[]", name, maxsplit=1)[0]
    parts = plain.split(".")
    found = [".".join(parts[:count]) for count in range(2, len(parts))]
    return found if plain == name else [*found, plain]


def prepare(old: Release, new: Release, say: Callable[[str], object]) -> Releases:
    """Installs both, makes equal what both accept, and holds them against each other. Raises ReleaseError."""
    pins = alike(ensure(old, say), ensure(new, say))
    old, new = _pinned(old, pins[0]), _pinned(new, pins[1])
    return hold(ensure(old, say), ensure(new, say), (old, new))


def _pinned(release: Release, pins: Mapping[str, str]) -> Release:
    """The release with these pins too; those that the user gave stand."""
    for name, version in pins.items():
        if name not in dict(release.pins):
            release = release.pinned(name, version)
    return release
