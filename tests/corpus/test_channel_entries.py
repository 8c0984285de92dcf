"""The corpus of channel sequences: enough of them, valid, and covering every class with every op and error."""

from __future__ import annotations

from itertools import chain

from parity.cases.model import Case
from parity.corpus.entries.channels import entries
from parity.generate.channels import BATCH_REDUCERS, CLASSES, OPS, OVERWRITES, REDUCERS, TYPES, features
from parity.subjects.upstream.channels import observe_channel


def test_names_and_cases_are_unique_valid_and_the_same_each_time() -> None:
    named = list(entries())
    assert len(named) >= 220
    assert len({name for name, _ in named}) == len(named)
    assert named == list(entries())
    for name, case in named:
        assert Case.from_json(case.to_json()) == case, name


def test_every_class_meets_every_op_and_every_feature_is_used() -> None:
    used = set(chain.from_iterable(features(case) for _, case in entries()))
    wanted = {f"{name}.{op}" for name in CLASSES for op in OPS}
    wanted |= {"DeltaChannel.replay_writes", "DeltaChannel.snapshot", "barrier:outside"}
    wanted |= {f"reducer:{name}" for name in (*REDUCERS, *BATCH_REDUCERS)} | {f"type:{name}" for name in TYPES}
    wanted |= {f"overwrite:{form}" for form in OVERWRITES} | {"update:empty", "update:one", "update:many"}
    wanted |= {"guard:true", "guard:false", "accumulate:true", "accumulate:false"}
    assert wanted - used == set()


def test_every_error_of_the_classes_occurs() -> None:
    seen = {
        (case.body["channel"]["class"], event["e"], event["error"]["type"])
        for _, case in entries()
        for event in observe_channel(case.body)
        if "error" in event
    }
    wanted = {(name, "get", "EmptyChannelError") for name in CLASSES}
    wanted |= {(name, "update", "InvalidUpdateError") for name in CLASSES}
    wanted -= {(name, "update", "InvalidUpdateError") for name in ("LastValueAfterFinish", "AnyValue", "Topic")}
    wanted |= {(name, "update", "TypeError") for name in CLASSES if "Barrier" in name}
    wanted |= {("BinaryOperatorAggregate", "update", kind) for kind in ("TypeError", "ValueError")}
    wanted |= {("DeltaChannel", op, "TypeError") for op in ("update", "replay_writes", "from_checkpoint")}
    wanted |= {("DeltaChannel", "snapshot", "EmptyChannelError")}
    assert wanted - seen == set()
