"""`parity mutants`: how many small mistakes in LangGraph, or in our Rust crates, the harness would catch."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import DIVERGED, PARITY, UserError
from parity.cli.options import (
    REPORTS,
    add_fixtures,
    count,
    default_workers,
    positive_float,
    require_frozen,
    seconds_or_zero,
    seed,
    workers,
)

if TYPE_CHECKING:
    from parity.mutants.journal import Journal
    from parity.mutants.pool import Pool
    from parity.mutants.rust import RustCatalogue
    from parity.mutants.verdict import Verdict
    from parity.subjects.mutation.catalogue import Catalogue, Mutant

CACHE = Path(".cache") / "mutants"
"""Where the oracle's answers and what was learnt of upstream's suites are kept, unless `--cache` says otherwise."""


_SUBJECTS = {"upstream": "upstream", "rust": "core"}
"""The subject that runs the cases, by target."""

UPSTREAM_CACHE = Path(".cache") / "upstream"
"""Where `parity upstream` keeps the source distributions that it has fetched."""


Side = Callable[[list["Mutant"], "Journal"], None]
"""Judges, on one side, the mutants that the journal has no verdict of."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "mutants",
        help="measure how many faults the harness would catch",
        description="Makes small mistakes in upstream, one at a time, in memory only, and looks whether recorded and "
        "random cases tell each from the oracle. What is known already in the folder of results is not judged again. "
        "Exit code 0: measured; 1: a mutant that was judged equivalent is killed; 2: bad input or environment.",
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="judge these mutants only")
    parser.add_argument(
        "--target",
        default="upstream",
        metavar="TARGET",
        help="upstream (the default), or rust: our crates",
    )
    parser.add_argument("--sample", type=count(1, 1_000_000), metavar="N", help="how many mutants (default: all)")
    parser.add_argument(
        "--seed", type=seed, default=1, metavar="S", help="which ones, and the random cases (default: 1)"
    )
    parser.add_argument("--component", action="append", default=[], metavar="NAME", help="only of these; repeatable")
    parser.add_argument("--workers", type=workers, metavar="K", help="mutants at a time (default: all cores)")
    parser.add_argument(
        "--seconds",
        type=seconds_or_zero,
        default=5.0,
        metavar="T",
        help="for the random cases of one mutant (default: 5); recorded cases are all run",
    )
    parser.add_argument(
        "--cases",
        type=count(0, 100_000),
        metavar="N",
        help="random cases of each layer, drawn once for all mutants (default: 400; programs 1200)",
    )
    parser.add_argument(
        "--side",
        choices=("ours", "suites", "both"),
        default="ours",
        help="who is measured: our cases (the default); the suites, upstream's own, or those of the crates; or both",
    )
    parser.add_argument(
        "--suite-seconds",
        type=positive_float,
        default=120.0,
        metavar="T",
        help="for upstream's tests on one mutant (default: 120)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of results (default: reports/mutants)")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help=f"(default: {CACHE})")
    parser.add_argument("--list", action="store_true", help="print the mutants and judge none")
    parser.add_argument("--report", action="store_true", help="judge none; print what the folder of results says")
    add_fixtures(parser)
    parser.set_defaults(handler=_mutants)


def _mutants(arguments: argparse.Namespace) -> int:
    from parity.mutants.errors import MutantsError
    from parity.subjects.mutation.targets import MutationError

    if arguments.target not in _SUBJECTS:
        raise UserError(f"unknown target {arguments.target!r}; known: {', '.join(_SUBJECTS)}")
    try:
        return (_rust if arguments.target == "rust" else _upstream)(arguments)
    except (MutantsError, MutationError) as error:
        raise UserError(str(error)) from error


def _upstream(arguments: argparse.Namespace) -> int:
    """Mutants of upstream."""
    from parity.mutants.plan import by_id, parse_components, sample
    from parity.subjects.mutation.catalogue import Catalogue
    from parity.subjects.mutation.targets import COMPONENTS

    components = parse_components(arguments.component, COMPONENTS)
    require_frozen("upstream")
    catalogue = Catalogue()
    if arguments.ids:
        chosen = by_id(catalogue.mutant, arguments.ids)
    else:
        chosen = sample(catalogue.mutants.values(), components, arguments.seed, arguments.sample)
    return _measure(arguments, chosen, partial(_ours, arguments, catalogue), partial(_suites, arguments, catalogue))


def _rust(arguments: argparse.Namespace) -> int:
    """Mutants of our crates."""
    from parity.mutants.plan import by_id, parse_components, sample
    from parity.mutants.rust import CRATES, catalogue

    components = parse_components(arguments.component, CRATES)
    require_frozen("upstream")
    found = catalogue(components)
    if arguments.ids:
        chosen = by_id(found.mutant, arguments.ids)
    else:
        chosen = sample(found.mutants.values(), components, arguments.seed, arguments.sample)
    return _measure(arguments, chosen, partial(_core, arguments, found), partial(_crates, arguments, found))


def _measure(arguments: argparse.Namespace, chosen: list[Mutant], ours_of: Side, suites_of: Side) -> int:
    """Lists, judges or reports the chosen mutants, on the sides that were asked for."""
    from parity.mutants.journal import Journal
    from parity.mutants.judgements import load, stale
    from parity.mutants.pool import pool_key, random_counts
    from parity.mutants.report import survivors, tables
    from parity.mutants.score import score
    from parity.triage.files import write_atomic

    if arguments.list:
        for mutant in chosen:
            print(mutant)
        return PARITY
    judged = load()
    folder = arguments.out or REPORTS / ("mutants" if arguments.target == "upstream" else f"mutants-{arguments.target}")
    shared = {"target": arguments.target}
    key = pool_key(arguments.fixtures, arguments.seed, random_counts(arguments.cases, _SUBJECTS[arguments.target]))
    judging = () if arguments.report else ("ours", "suites") if arguments.side == "both" else (arguments.side,)
    settings = {
        "ours": {**shared, "side": "ours", "cases": key, "seconds": arguments.seconds},
        "suites": {**shared, "side": "suites", "seconds": arguments.suite_seconds},
    }
    ours, suites = (
        Journal(folder / f"{side}.jsonl", made if side in judging else None) for side, made in settings.items()
    )
    if "ours" in judging:
        ours_of(chosen, ours)
    if "suites" in judging:
        suites_of(chosen, suites)
    sides = (ours.verdicts, suites.verdicts)
    told = tables(score(chosen, *sides, judged), arguments.target)
    print(told)
    try:
        write_atomic(folder / "report.md", (told + "\n" + survivors(chosen, *sides, judged)).encode("utf-8"))
    except OSError as error:
        raise UserError(f"cannot write {folder / 'report.md'}: {error.strerror or error}") from error
    print(f"survivors  {folder / 'report.md'}")
    print(f"verdicts   {ours.path}, {suites.path}")
    if refuted := stale(judged, *sides):
        print(f"STALE: {', '.join(refuted)}: judged in mutants.toml, but killed")
        return DIVERGED
    return PARITY


def _pool(arguments: argparse.Namespace) -> Pool:
    from parity.mutants.pool import make_pool, pool_key, random_counts

    counts = random_counts(arguments.cases, _SUBJECTS[arguments.target])
    path = arguments.cache / f"pool-{pool_key(arguments.fixtures, arguments.seed, counts)}.jsonl"
    return make_pool(path, arguments.fixtures, arguments.seed, counts, _say)


def _ours(arguments: argparse.Namespace, catalogue: Catalogue, chosen: list[Mutant], journal: Journal) -> None:
    """Shows the mutants that have no verdict yet our cases."""
    from parity.mutants.workers import judge_all, killer, require_calm

    pool = _pool(arguments)
    require_calm(catalogue, pool)
    judges = [killer(catalogue, pool, arguments.seconds)] * (arguments.workers or default_workers())
    judge_all(chosen, judges, journal, _told)


def _suites(arguments: argparse.Namespace, catalogue: Catalogue, chosen: list[Mutant], journal: Journal) -> None:
    """Runs upstream's own tests on the mutants that have no verdict yet."""
    from parity.mutants.suite_tests import SUITES, learn
    from parity.mutants.workers import judge_all, suite_killer
    from parity.suites.definition import load
    from parity.suites.environment import require_environment
    from parity.suites.errors import SuiteError

    try:
        known = load()
        require_environment()
    except SuiteError as error:
        raise UserError(str(error)) from error
    learnt = [(known[name], learn(known[name], arguments.cache, UPSTREAM_CACHE, _say)) for name in SUITES]
    judges = [suite_killer(catalogue, learnt, arguments.suite_seconds)] * (arguments.workers or default_workers())
    judge_all(chosen, judges, journal, _told)


def _core(arguments: argparse.Namespace, catalogue: RustCatalogue, chosen: list[Mutant], journal: Journal) -> None:
    """Builds the extension with each of our crates' mutants, and asks `core` our cases."""
    from parity.mutants.workers import core_killer, judge_all

    pool = _pool(arguments)
    folders = [(arguments.cache / f"rust-{worker}").resolve() for worker in range(arguments.workers or 1)]
    judge_all(chosen, [core_killer(catalogue, pool, folder) for folder in folders], journal, _told)


def _crates(arguments: argparse.Namespace, catalogue: RustCatalogue, chosen: list[Mutant], journal: Journal) -> None:
    """Runs the crates' own tests on their mutants."""
    from parity.mutants.workers import crate_killer, judge_all

    folders = [(arguments.cache / f"rust-{worker}").resolve() for worker in range(arguments.workers or 1)]
    judge_all(chosen, [crate_killer(catalogue, folder) for folder in folders], journal, _told)


def _told(mutant: Mutant, verdict: Verdict) -> None:
    by = f" by {verdict.kill.case}: {verdict.kill.how}" if verdict.kill else ""
    _say(f"{verdict.verdict} in {verdict.seconds:.2f} s{by}  {mutant}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
