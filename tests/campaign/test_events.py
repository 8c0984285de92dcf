"""The event stream: every event survives the journey through its line, and its schema knows nothing else."""

from __future__ import annotations

import dataclasses
import json
import typing
from pathlib import Path
from typing import Any

import pytest

from parity.campaign import events
from parity.cases.schema import CaseError, validate


def sample(kind: type[Any]) -> Any:
    """An event of that type with a value in every field."""
    hints = typing.get_type_hints(kind)
    known: dict[str, Any] = {
        "schema": events.SCHEMA,
        "phase": "campaign",
        "role": "subject",
        "outcome": "parity",
        "exit_code": 0,
        "state": "active",
        "layers": ("values", "graphs"),
        "kinds": ("value",),
    }
    by_type: dict[Any, Any] = {
        str: "x",
        int: 3,
        float: 1.5,
        bool: True,
        dict[str, int]: {"a": 1},
        dict[str, str]: {"a": "b"},
        dict[str, Any]: {"a": [1]},
        int | None: None,
        str | None: "why",
    }
    return kind(
        **{f.name: known[f.name] if f.name in known else by_type[hints[f.name]] for f in dataclasses.fields(kind)}
    )


@pytest.mark.parametrize("kind", events.EVENT_TYPES.values(), ids=lambda kind: kind.name)
def test_an_event_survives_its_line(kind: type[Any]) -> None:
    event = sample(kind)
    assert events.from_json(json.loads(json.dumps(events.to_json(event)))) == event


@pytest.mark.parametrize("kind", events.EVENT_TYPES.values(), ids=lambda kind: kind.name)
def test_a_missing_or_unknown_member_is_refused(kind: type[Any]) -> None:
    whole = events.to_json(sample(kind))
    for key in whole:
        with pytest.raises(CaseError):
            events.from_json({k: v for k, v in whole.items() if k != key})
    with pytest.raises(CaseError):
        events.from_json({**whole, "surprise": 1})


@pytest.mark.parametrize("junk", [None, 3, [], {}, {"event": "nonsense"}, {"event": "run_started", "seed": "1"}])
def test_what_is_no_event_is_refused(junk: Any) -> None:
    with pytest.raises(CaseError):
        validate(junk, "events")


def test_a_torn_last_line_is_left_out_and_a_torn_middle_line_is_an_error(tmp_path: Path) -> None:
    line = json.dumps(events.to_json(sample(events.LayerStarted)))
    path = tmp_path / "events.jsonl"
    path.write_text(f"{line}\n{line}\n{line[:20]}")
    assert len(list(events.read(path))) == 2
    path.write_text(f"{line}\n{line[:20]}\n{line}\n")
    with pytest.raises(CaseError, match="line 2"):
        list(events.read(path))


@pytest.mark.parametrize("data", [b"\xff\xfe\n", b"[" * 100_000 + b"\n", b"null\n"])
def test_a_file_that_is_no_stream_is_one_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(data)
    with pytest.raises(CaseError, match="line 1") as caught:
        list(events.read(path))
    assert "\n" not in str(caught.value)
