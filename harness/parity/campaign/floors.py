"""Vacuity floors: how much must have been executed before "no difference" means anything."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from parity.campaign.events import FloorMissed, LayerFinished
from parity.campaign.plan import LAYERS, Plan
from parity.subjects.postgres.errors import WITHOUT
from parity.triage.divergence import GATES

EXECUTED_SHARE = 0.98
"""Of the cases of a layer, the share that both sides must have executed (and not declined as unsupported)."""


@dataclass(frozen=True)
class Floor:
    """What a layer must reach: cases, cases that use each of the generator's features, supersteps of the oracle.

    `rare` gives features whose floor is not `each_feature`.
    """

    cases: int
    each_feature: int = 0
    rare: Mapping[str, int] = field(default_factory=dict)
    supersteps: int = 0

    def features(self, layer: str) -> dict[str, int]:
        """The number of cases required for each feature that the layer's generator names; those with a floor only."""
        names: Iterable[str] = importlib.import_module(LAYERS[layer]).FEATURES
        required = {name: self.rare.get(name, self.each_feature) for name in sorted(names)}
        return {name: count for name, count in required.items() if count}


FLOORS: dict[str, dict[str, Floor]] = {
    "quick": {
        "values": Floor(200),
        "channels": Floor(200),
        "graphs": Floor(60, supersteps=60),
        "programs": Floor(60, supersteps=60),
        "bytes": Floor(150),
    },
    "standard": {
        "values": Floor(5000, each_feature=20, rare={"refused_key": 5}),
        "channels": Floor(10000, each_feature=20, rare={"type:float": 8}),
        "graphs": Floor(1500, each_feature=40, rare={"reducer_error": 0}, supersteps=3000),
        "programs": Floor(1000, each_feature=2, supersteps=2000),
        "bytes": Floor(50_000, each_feature=100, rare={"empty": 0, "nil": 30, "bool": 60, "reserved": 20}),
    },
    "nightly": {
        "values": Floor(100_000, each_feature=400, rare={"refused_key": 100}),
        "channels": Floor(100_000, each_feature=200, rare={"type:float": 80}),
        "graphs": Floor(20_000, each_feature=200, rare={"reducer_error": 0}, supersteps=30_000),
        "programs": Floor(10_000, each_feature=20, supersteps=20_000),
        "bytes": Floor(1_000_000, each_feature=2000, rare={"empty": 0, "nil": 600, "reserved": 400}),
    },
}
"""The floors of each profile. They are judged as they stand only when the profile's own numbers were run.

Floors of features are between a third and a half of what a run reaches, so that chance does not miss them; so are those
of cases where the time may end a layer. Values and bytes are run in the numbers that are claimed.
"""


@dataclass(frozen=True)
class Verdict:
    """The floors that were judged, and those not reached."""

    checked: int
    missed: tuple[FloorMissed, ...]


STORED_FLOORS: dict[str, int] = {"values": 500, "channels": 300, "graphs": 60, "programs": 0, "bytes": 100}
"""By layer, how many cases the recorded corpora must hold."""


def judge(plan: Plan, finished: Sequence[LayerFinished], *, claim: bool) -> Verdict:
    """Holds a run's layers against their floors.

    A layer that was left because the subject kept failing has its divergences to show for it and is not judged.
    Where the user chose the numbers, the number chosen takes the place of the profile's floor (one case, if time was
    the limit), and feature floors do not apply. `claim` says that parity is about to be claimed: then the corpora must
    have run too.
    """
    checked = 0
    missed: list[FloorMissed] = []
    for layer in finished:
        if layer.stopped is not None and layer.diverged:
            continue
        for name, required, got in _requirements(plan, layer):
            checked += 1
            if got < required:
                missed.append(FloorMissed(layer.phase, layer.layer, name, float(required), float(got)))
    if claim and not plan.customised and plan.profile != "quick":
        checked += 1
        stored, required = (
            sum(layer.cases for layer in finished if layer.phase == "corpus"),
            sum(STORED_FLOORS[layer] for layer in plan.layers),
        )
        if stored < required:
            missed.append(FloorMissed("corpus", "corpus", "cases", float(required), float(stored)))
    return Verdict(checked, tuple(missed))


def _requirements(plan: Plan, layer: LayerFinished) -> Iterable[tuple[str, float, float]]:
    random = layer.layer in LAYERS
    if random:
        yield "cases", _cases(plan, layer), layer.cases
    executed = layer.agreed + layer.diverged + sum(layer.waived.values()) + sum(layer.flaky.values())
    if plan.drift and random:
        # What one release lacks is left out, however much that is; but something must have been executed.
        yield "executed cases", 1, executed
    elif layer.cases and not plan.drift:
        # What neither side was asked, for want of a server here, is told in the run's table, and a feature's floor asks
        # for it where parity is claimed.
        asked = layer.cases - sum(
            count for reason, count in layer.unsupported_reasons.items() if reason.startswith(f"oracle: {WITHOUT}")
        )
        yield "executed share", EXECUTED_SHARE, executed / asked if asked else 0.0
    if random and layer.phase == "campaign" and not plan.customised:
        floor = FLOORS[plan.profile][layer.layer]
        for feature, required in floor.features(layer.layer).items():
            yield f"cases with feature {feature}", required, layer.features.get(feature, 0)
        if floor.supersteps:
            yield "supersteps", floor.supersteps, layer.supersteps
    if plan.subject == "rust" and layer.phase not in GATES and not layer.diverged:
        for what, least in _work(layer):
            yield f"{what} in Rust", least, layer.work.get(what, 0)


RUST_WORK: dict[str, dict[str, float]] = {
    "values": {"encodings": 0.4, "bytes_encoded": 40, "decodings": 0.5, "bytes_decoded": 60},
    "channels": {"channel_operations": 1.5, "channel_updates": 0.6},
    "graphs": {"bytes_encoded": 500, "channel_operations": 20, "tasks": 2},
    "programs": {"bytes_encoded": 500, "channel_operations": 20, "tasks": 2},
    "bytes": {"decodings": 1},
}
"""What the subject `rust` must have done in Rust, per case of a layer of random cases: about a third of what it does.

That each case is Rust's own work is demanded of it case by case (`subjects/backend`); this is that there was work.
"""


def _work(layer: LayerFinished) -> Iterable[tuple[str, float]]:
    if layer.phase == "campaign":
        for what, per_case in RUST_WORK[layer.layer].items():
            yield what, max(1, int(per_case * layer.agreed))
    if layer.supersteps:
        yield "supersteps", layer.supersteps


def _cases(plan: Plan, layer: LayerFinished) -> int:
    if layer.phase == "campaign" and not plan.customised:
        return FLOORS[plan.profile][layer.layer].cases
    if layer.planned is None or (layer.phase == "campaign" and plan.max_time is not None):
        return 1
    return layer.planned
