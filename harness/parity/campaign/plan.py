"""What a run will do: layers, how many cases of each, how long, and which worker runs what.

Everything random follows from the seed: a worker's cases of a layer depend on the seed, the layer, the number of
workers and the worker's index, so the same seed and workers give the same cases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from parity.triage.waivers import Waiver

LAYERS: dict[str, str] = {
    "values": "parity.generate.values",
    "channels": "parity.generate.channels",
    "graphs": "parity.generate.graphs",
    "programs": "parity.generate.programs",
    "bytes": "parity.generate.raw",
}
"""The layers of random cases, in the order a run takes them, and the module whose `cases()` makes each."""

KINDS: dict[str, tuple[str, ...]] = {
    "values": ("value", "serde"),
    "channels": ("channel",),
    "graphs": ("graph",),
    "programs": ("program",),
    "bytes": ("bytes",),
}
"""The kinds of stored cases that belong to a layer: they run when it does."""

LACKING: dict[str, tuple[str, ...]] = {"core": ("programs",)}
"""Layers that a subject does not run: programs need LangGraph itself, and the crates alone are not that."""

WEIGHTS: dict[str, float] = {"values": 1.0, "channels": 1.5, "graphs": 4.0, "programs": 4.0, "bytes": 1.0}
"""How the layers share `--max-time`; what one leaves over goes to those after it."""

DRIFT_WEIGHTS: dict[str, float] = {"values": 1.0, "channels": 1.0, "graphs": 2.0, "programs": 12.0, "bytes": 1.0}
"""The same where two releases are compared: what changes between them is mostly what only programs show."""

AA_HASH_SEED = 20
"""PYTHONHASHSEED of the oracle's second self in the A/A gate; everything else runs under 0."""


def layer_of(kind: str) -> str:
    """The layer of random cases to which a kind of case belongs. Raises LookupError."""
    for layer, kinds in KINDS.items():
        if kind in kinds:
            return layer
    raise LookupError(f"no layer has cases of kind {kind!r}")


class PlanError(ValueError):
    """A plan that cannot be made from what was asked; the message is one line."""


@dataclass(frozen=True)
class Profile:
    """A named amount of work: random cases per layer, and cases per layer for the A/A gate."""

    name: str
    cases: dict[str, int]
    aa_cases: int


PROFILES: dict[str, Profile] = {
    "quick": Profile("quick", {"values": 200, "channels": 200, "graphs": 60, "programs": 60, "bytes": 150}, 10),
    "standard": Profile(
        "standard", {"values": 5000, "channels": 15000, "graphs": 5000, "programs": 3000, "bytes": 50_000}, 60
    ),
    "nightly": Profile(
        "nightly",
        {"values": 100_000, "channels": 100_000, "graphs": 20_000, "programs": 20_000, "bytes": 1_000_000},
        10_000,
    ),
}
"""The profiles by name: `quick` for tests and a first look, `standard` for a claim of parity, `nightly` for a night."""


@dataclass(frozen=True)
class Plan:
    """What to run. `cases` has one entry per layer, in order; None means as many as the time allows.

    `max_time` is the wall seconds for random cases, None for no limit; `timeout` is seconds per case on each side.
    `customised` says that the numbers are the user's and not the profile's. `parity` is False for the A/A gate alone.
    `waivers` are those that concern the subject.
    `drift` says that neither side is right: two releases are compared, and each must agree with itself.
    """

    seed: int
    workers: int
    oracle: str
    subject: str
    profile: str
    cases: dict[str, int | None]
    aa_cases: int
    max_time: float | None
    timeout: float
    shrink_seconds: float
    customised: bool
    parity: bool = True
    waivers: tuple[Waiver, ...] = ()
    drift: bool = False

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers of random cases, in the order they run."""
        return tuple(self.cases)


def parse_layers(names: Sequence[str], subject: str = "upstream") -> tuple[str, ...]:
    """The layers that `--layer` names (comma-separated, repeatable, `all`), in running order; of all, those that the
    subject runs. Raises PlanError.
    """
    lacking = LACKING.get(subject.partition(":")[0], ())
    wanted = {part.strip() for name in names for part in name.split(",") if part.strip()}
    if names and not wanted:
        raise PlanError(f"no layer is named; known: {', '.join(LAYERS)}, all")
    unknown = sorted(wanted - set(LAYERS) - {"all"})
    if unknown:
        raise PlanError(f"unknown layer {unknown[0]!r}; known: {', '.join(LAYERS)}, all")
    if asked := sorted(wanted & set(lacking)):
        raise PlanError(f"{subject} does not run the layer {asked[0]}")
    return tuple(
        layer for layer in LAYERS if layer in wanted or (("all" in wanted or not wanted) and layer not in lacking)
    )


def parse_cases(text: str, layers: tuple[str, ...]) -> dict[str, int]:
    """The numbers that `--cases` gives: one for every layer (`500`) or by name (`values=3000,graphs=200`). Raises
    PlanError.
    """
    if "=" not in text:
        return dict.fromkeys(layers, _count(text))
    result: dict[str, int] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        if name.strip() not in layers:
            raise PlanError(f"--cases names {name.strip()!r}, which is not a layer to run: {', '.join(layers)}")
        result[name.strip()] = _count(number)
    return {layer: result[layer] for layer in layers if layer in result}


def layer_cases(profile: Profile | None, layers: tuple[str, ...], cases: str | None) -> dict[str, int | None]:
    """How many cases each layer runs.

    `--cases` decides; layers it does not name do not run. Without it the profile decides; without either, time alone.
    Raises PlanError.
    """
    if cases is not None:
        numbers: dict[str, int | None] = dict(parse_cases(cases, layers))
        return numbers
    return {layer: None if profile is None else profile.cases[layer] for layer in layers}


def share_out(total: int | None, workers: int) -> list[int | None]:
    """How many of `total` cases each worker runs: as even as can be, the first ones take the rest."""
    if total is None:
        return [None] * workers
    return [total // workers + (1 if index < total % workers else 0) for index in range(workers)]


def derive_seed(seed: int, *parts: str | int) -> int:
    """A seed of its own, 0 ≤ s < 2**63, for one purpose of a run."""
    text = "/".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def deadlines(layers: tuple[str, ...], max_time: float | None, *, drift: bool = False) -> list[float | None]:
    """For each layer, how many seconds after the first layer began it must stop."""
    weights = DRIFT_WEIGHTS if drift else WEIGHTS
    if max_time is None:
        return [None] * len(layers)
    total = sum(weights[layer] for layer in layers)
    result: list[float | None] = []
    spent = 0.0
    for layer in layers:
        spent += weights[layer]
        result.append(max_time * spent / total)
    return result


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise PlanError(f"--cases needs whole numbers, got {text.strip()!r}") from None
    if not 1 <= number <= 100_000_000:
        raise PlanError(f"--cases needs numbers from 1 to 100000000, got {number}")
    return number
