"""`parity coverage`: how much of upstream's serializer the recorded cases run."""

from __future__ import annotations

import argparse
import importlib.util

from parity.cli.errors import UserError
from parity.cli.options import add_fixtures, require_frozen


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "coverage",
        help="measure how much of upstream's serializer the recorded cases run",
        description="Runs every recorded value, bytes and serde case on the oracle under coverage.py and prints the "
        "branches of upstream's serializer that no case takes. Exit code 0; 1 if fewer than 95 % of the branches of "
        "jsonplus.py are taken, or one is not that is not explained; 2: bad input or environment.",
    )
    add_fixtures(parser)
    parser.set_defaults(handler=_coverage)


def _coverage(arguments: argparse.Namespace) -> int:
    from parity.cases.model import CaseError
    from parity.corpus.coverage import EXPLAINED, FLOOR, KINDS, CoverageError, measure
    from parity.corpus.files import load
    from parity.subjects.process import SubjectStartError

    require_frozen("upstream")
    if importlib.util.find_spec("coverage") is None:
        raise UserError("coverage.py is not installed: `nox -s coverage` has it")
    try:
        cases = [entry.case for file, entry in load(arguments.fixtures).entries() if file.kind in KINDS]
        files = measure(cases)
    except (CaseError, CoverageError, SubjectStartError) as error:
        raise UserError(str(error)) from error
    print(f"{len(cases)} recorded cases on upstream's serializer")
    for file in files:
        print(f"{file.percent:6.1f} %  {file.taken} of {file.branches} branches  {file.name}")
        for first, then in file.missing:
            reason = EXPLAINED.get((file.name, first, then), "no case takes it")
            target = f"line {then}" if then > 0 else "the end"
            print(f"          line {first} to {target}: {reason}")
    wanted = next((file for file in files if file.name == "jsonplus.py"), None)
    if wanted is None:
        raise UserError("jsonplus.py was not run at all")
    return int(wanted.percent < FLOOR or bool(wanted.unexplained))
