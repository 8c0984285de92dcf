"""Every program of the corpus shows what it is there to show: what ran, in which order, and how operations ended."""

import json
from pathlib import Path
from typing import Any

import pytest

from parity.cases.model import Case
from parity.cases.program_parts import functions, instructions
from parity.corpus.entries import programs

STORED = Path(__file__).parents[2] / "fixtures" / "corpus" / "programs" / "programs.json"
TOLD = {entry.name: entry for entry in programs.told()}


def recorded() -> dict[str, list[dict[str, Any]]]:
    """The events of every recorded program by its name."""
    return {entry["name"]: entry["events"] for entry in json.loads(STORED.read_text())["entries"]}


def word(event: dict[str, Any]) -> str | None:
    """What an event is called in `Told.shows`, if it is part of it."""
    kind = event["e"]
    if kind == "ran":
        return str(event["what"]).removeprefix("main.")
    if kind == "error":
        return f"!{event['type']}"
    if kind == "built":
        return f"<built:{event['error']['type']}>"
    if kind in ("crash", "drained"):
        return f"<{kind}>"
    if kind in ("result", "chunk") and '"langgraph.types:Interrupt"' in json.dumps(event):
        return "?"
    return None


def shown(events: list[dict[str, Any]]) -> str:
    words: list[str] = []
    for event in events:
        found = word(event)
        if found is not None and not (found == "?" and words[-1:] == ["?"]):
            words.append(found)
    return " ".join(words)


def test_every_entry_is_recorded() -> None:
    assert set(recorded()) == set(TOLD)


def test_every_entry_shows_what_it_is_there_to_show() -> None:
    wrong = {name: shown(events) for name, events in recorded().items() if shown(events) != TOLD[name].shows}
    assert wrong == {}


def test_no_operation_of_an_entry_refers_to_something_that_is_not_there() -> None:
    lost = {
        name: event for name, events in recorded().items() for event in events if event["e"] in ("unresolved", "hang")
    }
    assert lost == {}


@pytest.mark.parametrize(
    "instruction",
    [
        "barrier", "call", "chat", "command", "drain", "emit", "hang", "heartbeat", "if", "interrupt", "let", "mutate",
        "push_message", "raise", "result", "sleep", "store", "task", "write",
    ],
)  # fmt: skip
def test_every_instruction_is_in_some_entry(instruction: str) -> None:
    assert any(
        one["op"] == instruction
        for entry in TOLD.values()
        for name, graph in entry.body["graphs"].items()
        for function in functions(name, graph)
        for _, one in instructions(function.do, "")
    )


@pytest.mark.parametrize(
    ("member", "values"),
    [
        (
            "op",
            {
                "run",
                "state",
                "history",
                "update",
                "bulk_update",
                "restart",
                "old_format",
                "clear_cache",
                "delete_thread",
                "store",
                "schemas",
                "channels",
                "attempt",
            },
        ),
        ("api", {"stream", "batch", "ainvoke", "astream", "abatch", "events_v2", "events_v3", "stream_v3"}),
        ("durability", {"sync", "async", "exit"}),
        ("version", {"v1", "v2"}),
    ],
    ids=["op", "api", "durability", "version"],
)
def test_every_operation_and_its_choices_are_in_some_entry(member: str, values: set[str]) -> None:
    used = {op[member] for entry in TOLD.values() for op in entry.body["run"]["ops"] if member in op}
    assert used >= values


def test_entries_are_valid_and_differ() -> None:
    cases = [Case.from_json(case.to_json()) for _, case in programs.entries()]
    assert len({case.case_id for case in cases}) == len(cases)
