"""What a run keeps: counts, the case in flight, its folder, its journal."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

from parity.campaign.events import LayerStarted, read
from parity.campaign.inflight import InFlight
from parity.campaign.journal import Journal
from parity.campaign.rundir import RunDir
from parity.campaign.tally import Tally
from parity.cases.model import Case


def test_counts_of_workers_add_up_and_survive_their_message() -> None:
    one = Tally(cases=2, agreed=1, features=Counter(a=1), seconds_oracle=0.5)
    two = Tally(cases=3, diverged=1, features=Counter(a=1, b=2), stopped="why")
    one.add(Tally.from_json(json.loads(json.dumps(two.to_json()))))
    assert (one.cases, one.agreed, one.diverged, one.stopped) == (5, 1, 1, "why")
    assert one.features == {"a": 2, "b": 2}
    assert one.seconds_oracle == 0.5


def test_the_case_in_flight_is_on_disk_whole_whatever_came_before(tmp_path: Path) -> None:
    long, short = Case("bytes", {"hex": "00" * 5000}), Case("bytes", {"hex": "01"})
    with InFlight(tmp_path / "work" / "case.json") as in_flight:
        for case in (long, short, long):
            in_flight.note([case])
            assert Case.from_json(json.loads(in_flight.path.read_bytes())) == case
        in_flight.note([short, long])
        assert [Case.from_json(json.loads(line)) for line in in_flight.path.open()] == [short, long]
        in_flight.clear()
        assert in_flight.path.read_bytes() == b""


def test_two_runs_of_one_second_have_two_folders(tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    names = {RunDir.create(tmp_path, 5, now).run_id for _ in range(3)}
    assert names == {"20260101-000000-seed5", "20260101-000000-seed5-2", "20260101-000000-seed5-3"}


def test_a_fingerprint_is_claimed_once(tmp_path: Path) -> None:
    run_dir = RunDir.create(tmp_path, 5)
    assert run_dir.claim("abc")
    assert not run_dir.claim("abc")
    assert run_dir.claim("def")


def test_the_journal_is_on_disk_after_each_event(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    event = LayerStarted("campaign", "graphs", 3)
    with Journal(path) as journal:
        for number in (1, 2, 3):
            journal(event)
            assert list(read(path)) == [event] * number
