"""Who is killed and who survives, by cases that are compared with the oracle's answers."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import find

from parity.mutants.forks import Forkserver, ImportFailedError, RefusedError
from parity.mutants.killer import Killer
from parity.mutants.plan import sample
from parity.mutants.pool import Pool, PoolCase, make_pool
from parity.mutants.workers import require_calm
from parity.subjects.mutation.catalogue import Catalogue, Mutant
from parity.subjects.mutation.targets import COMPONENTS, TARGETS


def of(catalogue: Catalogue, module: str) -> list[Mutant]:
    return catalogue.modules[f"langgraph.{module}"].mutants


def test_a_planted_fault_is_killed_by_the_first_case_that_sees_it(catalogue: Catalogue, killer: Killer) -> None:
    mutant = find(of(catalogue, "channels.binop"), function="BinaryOperatorAggregate.get", operator="return")
    verdict = killer.judge(mutant)
    assert verdict.verdict == "killed"
    assert verdict.kill is not None
    assert (verdict.kill.origin, verdict.kill.kind) == ("corpus", "channel")
    assert verdict.kill.how.startswith("channels/BinaryOperatorAggregate")
    assert verdict.applied == "swap"
    assert verdict.ran <= 3


def test_a_mutant_in_a_table_of_the_module_is_imported_and_killed(catalogue: Catalogue, killer: Killer) -> None:
    """A constant is read when the module is imported: no function's code holds it."""
    mutant = find(
        of(catalogue, "checkpoint.serde.jsonplus"),
        operator="constant",
        variant="+1",
        source="EXT_CONSTRUCTOR_POS_ARGS = 1",
    )
    verdict = killer.judge(mutant)
    assert verdict.verdict == "killed"
    assert verdict.applied == "import"
    assert verdict.kill is not None
    assert verdict.kill.how.startswith("codec/")


def test_an_equivalent_mutant_survives_all_that_reach_it(catalogue: Catalogue, killer: Killer) -> None:
    """Of one value, the first is the last: `LastValue.update` has refused any other number before."""
    mutant = find(
        of(catalogue, "channels.last_value"),
        function="LastValue.update",
        operator="constant",
        variant="0",
        source="self.value = values[-1]",
    )
    verdict = killer.judge(mutant)
    assert verdict.verdict == "survived"
    assert verdict.kill is None
    assert verdict.ran == verdict.reaching > 0


def test_who_is_reached_by_no_case_survives_at_once(catalogue: Catalogue, killer: Killer) -> None:
    uncalled = "_read_error_source_node_from_pending_writes"
    mutants = [one for one in of(catalogue, "pregel._algo") if one.function == uncalled]
    verdict = killer.judge(mutants[0])
    assert (verdict.verdict, verdict.ran, verdict.reaching) == ("unreached", 0, 0)
    assert verdict.seconds < 1


@pytest.fixture(scope="module")
def full() -> Iterator[Forkserver]:
    with Forkserver.of_cases("full") as server:
        yield server


def mutated(catalogue: Catalogue, module: str, function: str, line: str) -> object:
    """The code of a module in which a function begins with another line."""
    found = catalogue.modules[f"langgraph.{module}"]
    tree = ast.parse(found.path.read_text("utf-8"), str(found.path))
    [node] = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == function]
    place = node.body[0]
    for new in ast.walk(ast.parse(line)):
        ast.copy_location(new, place)
    made = ast.parse(line).body
    for one in made:
        for inner in ast.walk(one):
            ast.copy_location(inner, place)
    node.body[:0] = made
    return compile(tree, str(found.path), "exec", dont_inherit=True)


@pytest.mark.parametrize(
    ("line", "verdict"),
    [("while True: pass", "timeout"), ("__import__('os')._exit(3)", "abort"), ("[0] * (1 << 40)", "")],
)
def test_a_hang_and_a_crash_are_verdicts_and_the_next_mutant_goes_on(
    catalogue: Catalogue, pool: Pool, full: Forkserver, line: str, verdict: str
) -> None:
    code = mutated(catalogue, "channels.topic", "get", line)
    case = next(case for case in pool.cases if case.case.kind == "channel" and '"Topic"' in case.line.decode())
    hasty = type(case)(case.number, case.origin, case.name, case.case, case.expected, -0.2)
    assert hasty.limit == 1.0
    with full.session("langgraph.channels.topic", code) as session:  # type: ignore[arg-type]
        [(_, answer)] = session.run([hasty])
    assert answer.verdict == verdict
    assert answer.text != case.expected
    with full.session() as session:
        [(_, answer)] = session.run([case])
    assert answer.text == case.expected


def test_a_module_that_cannot_be_imported_is_told(catalogue: Catalogue, pool: Pool) -> None:
    code = compile("raise ValueError('broken')", "x.py", "exec")
    with Forkserver.of_cases("bare") as server, pytest.raises(ImportFailedError, match="ValueError: broken"):
        server.session("langgraph.channels.topic", code)


def test_a_mutant_outside_of_functions_is_refused_by_those_who_swap(catalogue: Catalogue, full: Forkserver) -> None:
    mutant = find(of(catalogue, "pregel._checkpoint"), operator="constant", variant="+1", source="LATEST_VERSION = 4")
    _, code = catalogue.compile(mutant.id)
    with pytest.raises(RefusedError, match="no living function differs"):
        full.session(mutant.module, code)


def test_swapped_and_imported_mutants_answer_alike(catalogue: Catalogue, pool: Pool, full: Forkserver) -> None:
    """Swapping is the quick way, importing the exact one: the same mutants give the same answers, to the byte."""
    mutants = sample(catalogue.mutants.values(), COMPONENTS, 7, None)
    compared = differing = 0
    with Forkserver.of_cases("bare") as bare:
        bare.preload(pool.preload)
        for mutant in mutants:
            cases = pool.reaching(mutant)[:4]
            if not cases or pool.runs_on_import(mutant):
                continue
            _, code = catalogue.compile(mutant.id)
            answers = []
            for server in (full, bare):
                with server.session(mutant.module, code) as session:
                    answers.append([(answer.text, answer.verdict) for _, answer in session.run(cases)])
            assert answers[0] == answers[1], mutant
            compared += 1
            differing += answers[0][0][0] != cases[0].expected
            if compared == 16:
                break
    assert differing > 5


def test_code_put_in_place_unchanged_changes_nothing(catalogue: Catalogue, pool: Pool) -> None:
    require_calm(catalogue, pool)


def test_nothing_is_written_where_upstream_lies(catalogue: Catalogue, killer: Killer) -> None:
    folders = sorted({target.path().parent for target in TARGETS})
    before = snapshot(folders)
    for mutant in sample(catalogue.mutants.values(), COMPONENTS, 3, 12):
        killer.judge(mutant)
    assert snapshot(folders) == before


def snapshot(folders: list[Path]) -> dict[str, str]:
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_pool_is_made_once_and_read_again(pool: Pool, fixtures: Path, tmp_path: Path) -> None:
    counts = {"channels": 12, "graphs": 6}
    path = tmp_path / "pool.jsonl"
    said: list[str] = []
    made = make_pool(path, fixtures, 1, counts, said.append)
    assert len(said) == 2
    assert make_pool(path, fixtures, 1, counts, said.append) == made
    assert len(said) == 2
    assert [case.case.case_id for case in made.cases] == [case.case.case_id for case in pool.cases]
    assert {case.origin for case in made.cases} == {"corpus", "random"}


def test_random_cases_that_run_most_of_the_function_in_a_second_come_first(catalogue: Catalogue, pool: Pool) -> None:
    mutant = find(of(catalogue, "channels.binop"), function="BinaryOperatorAggregate.get", operator="return")
    assert mutant.scope is not None
    first, last = mutant.scope
    one = 1 << mutant.lines[0]
    every = sum(1 << line for line in range(first, last + 1))

    def case(number: int, origin: str, seconds: float, lines: int) -> PoolCase:
        return PoolCase(number, origin, str(number), pool.cases[0].case, "{}", seconds, {mutant.module: lines})

    cases = (
        case(0, "random", 1.0, one),
        case(1, "random", 1.1, every),
        case(2, "corpus", 3.0, one),
        case(3, "corpus", 2.0, one),
        case(4, "corpus", 1.0, 0),
    )
    ordered = replace(pool, cases=cases).reaching(mutant)
    assert [found.number for found in ordered] == [3, 2, 1, 0]
