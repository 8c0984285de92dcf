"""Programs on PostgreSQL begin with empty tables, see no rows of others, and are not left out in silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.base import BasePostgresSaver

from parity.cases.model import Case
from parity.compare import compare
from parity.corpus.entries.programs.parts import ask, chain, given, lit, logs, node, program, run, write
from parity.observe.model import Outcome
from parity.subjects.postgres.shared import VARIABLE, Place
from parity.subjects.process import SubjectProcess
from parity.subjects.protocol import Reply
from parity.subjects.registry import spec_for
from parity.subjects.upstream.programs.run import observe_program

ONE_NODE = chain(logs("n"))
HISTORY = {"op": "history"}


def postgres(*ops: Any, main: Any = ONE_NODE, **members: Any) -> Case:
    return Case.from_json(Case("program", program(main, *ops, saver="postgres", versions="str", **members)).to_json())


def events(reply: Reply) -> list[dict[str, Any]]:
    assert reply.status == "observed", reply.detail
    assert reply.events is not None
    return reply.events


def test_each_program_begins_with_empty_tables() -> None:
    case = postgres(HISTORY, run(), HISTORY)
    first, second = observe_program(case.body), observe_program(case.body)
    assert first == second
    assert [len(event["states"]) for event in first if event["e"] == "history"] == [0, 3]


def test_two_sides_at_once_do_not_see_each_other() -> None:
    """The same threads on the same server, one put after the other."""
    cases = [postgres(*(run(given(a=number)) for _ in range(3)), HISTORY) for number in range(6)]
    with SubjectProcess(spec_for("upstream")) as one, SubjectProcess(spec_for("upstream")) as other:
        alone = [events(one.run(case)) for case in cases]
        with ThreadPoolExecutor(2) as pool:
            sides = [
                pool.submit(lambda side: [events(side.run(case)) for case in cases], side) for side in (one, other)
            ]
        assert [side.result() for side in sides] == [alone, alone]


def test_a_new_process_has_another_connection_to_the_same_rows() -> None:
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        original = PostgresSaver.put
        patch.setattr(
            PostgresSaver, "put", lambda self, *rest: seen.append(self.conn.info.backend_pid) or original(self, *rest)
        )
        found = observe_program(postgres(run(), run(), {"op": "restart"}, run(), HISTORY).body)
    assert len(set(seen[:6])) == 1
    assert len(set(seen)) == 2
    assert [len(event["states"]) for event in found if event["e"] == "history"] == [9]


def test_an_async_time_out_is_not_used_up_by_the_database() -> None:
    """The clock of the loop stands still while a statement is under way: ten seconds of it are ten of the node's."""
    waits = {**node("n", write("log", lit(["n"]))), "async": True, "timeout": {"run": 0.001, "idle": 0.001}}
    found = observe_program(postgres(run(api="ainvoke", durability="sync"), main=chain(waits)).body)
    assert [event["e"] for event in found if event["e"] in ("error", "result")] == ["result"]


def test_what_the_database_refuses_is_an_error_of_the_run() -> None:
    found = observe_program(postgres(run(), main=chain(node("n", write("a", lit("x\0y"))))).body)
    [error] = [event for event in found if event["e"] == "error"]
    assert error["type"] == "UntranslatableCharacter"
    assert error["message"].startswith("unsupported Unicode escape sequence")


def test_a_fault_that_only_this_saver_shows_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers replace what is stored of a task. Here the first is kept, in PostgreSQL's statement alone."""
    asks = chain(node("n", ask(1, "p"), ask(2, "q"), write("log", {"list": [{"var": "p"}, {"var": "q"}]})))
    answers = [{"op": "run", "input": {"command": {"resume": answer}}} for answer in ("a", "b")]
    cases = {name: program(asks, run(), *answers, saver=name) for name in ("memory", "sqlite", "postgres")}

    def observed() -> dict[str, Outcome]:
        return {name: Outcome("observed", tuple(observe_program(body))) for name, body in cases.items()}

    before = observed()
    monkeypatch.setattr(
        BasePostgresSaver, "UPSERT_CHECKPOINT_WRITES_SQL", BasePostgresSaver.INSERT_CHECKPOINT_WRITES_SQL
    )
    after = observed()
    found = {name: compare(Case("program", body), before[name], after[name]) for name, body in cases.items()}
    assert found["memory"].difference is None
    assert found["sqlite"].difference is None
    difference = found["postgres"].difference
    assert difference is not None
    assert difference.fingerprint == "algorithm/writes"


def test_a_server_that_goes_away_voids_the_case_and_is_no_error_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with SubjectProcess(spec_for("upstream")) as side:
        assert side.run(postgres(run())).status == "observed"
        [server] = _children_of_keepers_of(side)
        os.kill(server, signal.SIGQUIT)
        lost = side.run(postgres(run()))
    assert (lost.status, lost.detail.partition(":")[0]) == ("unsupported", "no PostgreSQL")


def _children_of_keepers_of(side: SubjectProcess) -> list[int]:
    """The servers that the keepers run which a subject has started."""
    keepers = _children(side.pid)
    return [child for keeper in keepers for child in _children(keeper)]


def _children(pid: int | None) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run in which the server does not start, and what its keeper said."""
    why = "PostgreSQL is not installed: install PostgreSQL"
    place = tmp_path / "place"
    place.mkdir()
    Place(place).tell(error=why)
    monkeypatch.setenv(VARIABLE, str(place))
    return why


def test_without_a_server_such_a_program_is_unsupported_and_the_next_runs(without: str) -> None:
    with SubjectProcess(spec_for("upstream")) as side:
        declined = side.run(postgres(run()))
        assert (declined.status, declined.detail) == ("unsupported", f"no PostgreSQL: {without}")
        assert side.run(Case("program", program(ONE_NODE, run(), saver="sqlite"))).status == "observed"


def test_a_first_look_without_a_server_counts_what_it_left_out_and_says_why(without: str, tmp_path: Path) -> None:
    arguments = ("run", "--subject", "upstream", "--cases", "programs=40", "--aa-cases", "1", "--workers", "1")
    arguments += ("--seed", "1")
    done = subprocess.run(
        (sys.executable, "-m", "parity", *arguments), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.out + done.stderr
    assert f" unsupported (oracle: no PostgreSQL: {without})" in done.stdout
