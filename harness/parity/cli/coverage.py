"""`parity coverage`: how much of upstream differential cases run, and what they do not."""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import UserError
from parity.cli.options import add_fixtures, count, require_frozen, seed

if TYPE_CHECKING:
    from parity.corpus.coverage import FileCoverage
    from parity.corpus.uncovered import Listed

RANDOM = 200
"""Random cases of each layer, unless `--random` says otherwise."""

SEED = 1
"""What they follow from, unless `--seed` says otherwise: the same ones each time."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "coverage",
        help="measure how much of upstream recorded and random cases run",
        description="Runs every recorded case, and random ones of every layer, on the oracle under coverage.py. Prints "
        "of each file that we reimplement how many branches they take, and each branch that none takes with the reason "
        "that uncovered.toml gives. Exit code 0; 1: a branch is neither taken nor listed there, a listed one is taken, "
        "or of the branches of a file that are not listed fewer than 95 % are taken; 2: bad input or environment.",
    )
    add_fixtures(parser)
    parser.add_argument(
        "--random",
        type=count(0, 1_000_000),
        default=RANDOM,
        metavar="N",
        help=f"random cases of each layer, beside the recorded ones (default: {RANDOM}; 0: none)",
    )
    parser.add_argument("--seed", type=seed, default=SEED, metavar="S", help=f"what they follow from (default: {SEED})")
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="FILE",
        help="only this file, such as pregel/_io.py; repeatable (default: all that we reimplement)",
    )
    parser.add_argument(
        "--uncovered",
        type=Path,
        metavar="FILE",
        help="why branches are not taken (default: uncovered.toml of the oracle)",
    )
    parser.set_defaults(handler=_coverage)


def _coverage(arguments: argparse.Namespace) -> int:
    from parity.campaign.drawing import draw
    from parity.campaign.plan import LAYERS
    from parity.campaign.stored import STORED, has_stored, stored_cases
    from parity.cases.model import CaseError
    from parity.corpus.coverage import CoverageError, covered_files, measure
    from parity.corpus.uncovered import complaints, default_path, load
    from parity.oracle import OracleError
    from parity.subjects.process import SubjectStartError

    require_frozen("upstream")
    if importlib.util.find_spec("coverage") is None:
        raise UserError("coverage.py is not installed: `nox -s coverage` has it")
    began = time.monotonic()
    try:
        files = covered_files()
        if unknown := [name for name in arguments.file if name not in files]:
            raise UserError(f"{unknown[0]} is not among the files that are measured: {', '.join(files)}")
        files = {name: path for name, path in files.items() if not arguments.file or name in arguments.file}
        listed = load(arguments.uncovered or default_path())
        if not has_stored("corpus", arguments.fixtures):
            raise UserError(f"no corpus lies in {arguments.fixtures}")
        recorded = [case for layer in STORED for case in stored_cases(layer, arguments.fixtures)]
        measured = by_recorded = measure(recorded, files)
        drawn = [case for layer in LAYERS for case in draw(layer, arguments.random, arguments.seed, "coverage")]
        if drawn:
            by_drawn = measure(drawn, files)
            measured = {name: file | by_drawn[name] for name, file in by_recorded.items()}
        wrong = complaints(measured, listed)
    except (CaseError, CoverageError, OracleError, SubjectStartError) as error:
        raise UserError(str(error)) from error
    print(f"{len(recorded)} recorded cases, {len(drawn)} random ones ({arguments.random} of each layer, seed", end=" ")
    print(f"{arguments.seed}), {time.monotonic() - began:.0f} s")
    _table(by_recorded, measured, listed)
    for line in wrong:
        print(line)
    return int(bool(wrong))


def _table(recorded: Mapping[str, FileCoverage], measured: Mapping[str, FileCoverage], listed: Listed) -> None:
    from parity.corpus.uncovered import reachable_percent, shown

    print("branches  by recorded cases  and by random ones  per cent  listed  per cent of the rest  file")
    for name, file in measured.items():
        known = sum(listed.reason(name, branch) is not None for branch in file.branches)
        print(
            f"{len(file.branches):8}  {len(recorded[name].taken):17}  {len(file.taken):18}  {file.percent:8.1f}  "
            f"{known:6}  {reachable_percent(file, listed):20.1f}  {name}"
        )
        for branch in file.missing:
            if reason := listed.reason(name, branch):
                print(f"    {shown(name, branch)}: {reason}")
