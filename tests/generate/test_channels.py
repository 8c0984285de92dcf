"""Random channel sequences are valid cases and reach every feature."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, Phase, find, given, settings

from parity.cases.model import Case
from parity.generate.channels import (
    BATCH_REDUCERS,
    CLASSES,
    OPS,
    OVERWRITES,
    REDUCERS,
    TYPES,
    cases,
    features,
    overwrite,
)

QUICK = settings(
    max_examples=300,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@QUICK
@given(cases())
def test_every_sequence_is_a_valid_case_that_survives_its_json(case: Case) -> None:
    assert Case.from_json(case.to_json()) == case


def test_every_feature_is_reached() -> None:
    seen: set[str] = set()

    @settings(QUICK, max_examples=4000)
    @given(cases())
    def collect(case: Case) -> None:
        seen.update(features(case))

    collect()
    wanted = {f"class:{name}" for name in CLASSES} | {f"{name}.{op}" for name in CLASSES for op in OPS}
    wanted |= {"DeltaChannel.replay_writes", "DeltaChannel.snapshot", "barrier:outside"}
    wanted |= {f"reducer:{name}" for name in (*REDUCERS, *BATCH_REDUCERS)} | {f"type:{name}" for name in TYPES}
    wanted |= {f"overwrite:{form}" for form in OVERWRITES} | {"update:empty", "update:one", "update:many"}
    wanted |= {"guard:true", "guard:false", "accumulate:true", "accumulate:false"}
    assert wanted - seen == set()


def test_a_failing_sequence_shrinks_to_its_core() -> None:
    case = find(
        cases(),
        lambda case: {"Topic.finish", "Topic.checkpoint"} <= features(case),
        settings=settings(max_examples=5000, deadline=None, database=None),
        random=Random(1),
    )
    assert len(case.body["ops"]) == 2


def test_the_forms_of_an_overwrite_are_told_apart() -> None:
    for form in OVERWRITES:
        op = {"op": "update", "values": [overwrite(form, 1)]}
        case = Case("channel", {"channel": {"class": "LastValue", "key": "k"}, "ops": [op]})
        assert {name for name in features(case) if name.startswith("overwrite:")} == {f"overwrite:{form}"}
    plain = {"t": "dict", "v": [["__overwrite__", 1], ["x", 2]]}
    case = Case(
        "channel", {"channel": {"class": "LastValue", "key": "k"}, "ops": [{"op": "update", "values": [plain]}]}
    )
    assert not any(name.startswith("overwrite:") for name in features(case))
