"""`parity drift`: what changed in behaviour between two releases of upstream."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import UserError
from parity.cli.options import add_common_options, default_workers, positive_float

if TYPE_CHECKING:
    from parity.campaign.drift import Releases
    from parity.campaign.plan import Plan

SECONDS = 600.0
"""Wall seconds of random cases, unless `--seconds` says otherwise."""

AA_CASES = 60
"""Random cases of each layer on which a release must agree with itself."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "drift",
        help="what changed in behaviour between two releases of langgraph",
        description="Installs both releases from the package index (once; kept in a cache), each with the same other "
        "packages, runs the same programs on both, and reports each change as its smallest program, by component. What "
        "one of them lacks is reported as such. Exit code 0: no change found; 1: changes; 2: bad input or environment.",
    )
    parser.add_argument("old", metavar="OLD", help="a release from 1.2.0 on; 1.2.7+NAME==VERSION pins another package")
    parser.add_argument("new", metavar="NEW", help="a later release")
    parser.add_argument(
        "--seconds", type=positive_float, metavar="T", help=f"wall seconds of random cases (default: {SECONDS:g})"
    )
    parser.add_argument(
        "--cases", metavar="N", help="random cases per layer instead of a time: 500, or values=3000,graphs=200"
    )
    parser.add_argument(
        "--aa-cases",
        type=int,
        default=AA_CASES,
        metavar="N",
        help=f"random cases per layer on which a release must agree with itself (default: {AA_CASES})",
    )
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where releases are kept (default: in ~/.cache)")
    add_common_options(parser)
    parser.set_defaults(handler=_drift)


def _drift(arguments: argparse.Namespace) -> int:
    from parity.cli.run import execute_plan

    if arguments.cache is not None:
        from parity.subjects.releases.cache import VARIABLE

        os.environ[VARIABLE] = str(arguments.cache.absolute())
    releases = _releases(arguments.old, arguments.new)
    plan = _plan(arguments, releases)
    return execute_plan(plan, arguments, {"drift": releases.to_json()})


def _releases(old: str, new: str) -> Releases:
    """Both releases, installed and held against each other. Raises UserError."""
    from parity.campaign.drift import prepare
    from parity.subjects.releases.errors import ReleaseError
    from parity.subjects.releases.name import parse_release

    try:
        sides = parse_release(old), parse_release(new)
        if sides[0] == sides[1]:
            raise ReleaseError(f"{old} and {new} are the same release: nothing can have changed")
        if sides[0].version > sides[1].version:
            raise ReleaseError(f"{old} is newer than {new}: the older release comes first")
        return prepare(*sides, lambda line: print(line, file=sys.stderr, flush=True))
    except ReleaseError as error:
        raise UserError(str(error)) from error


def _plan(arguments: argparse.Namespace, releases: Releases) -> Plan:
    from parity.campaign.plan import Plan, PlanError, layer_cases, parse_layers

    try:
        layers = parse_layers(arguments.layer)
        cases = layer_cases(None, layers, arguments.cases)
    except PlanError as error:
        raise UserError(str(error)) from error
    if arguments.aa_cases < 0:
        raise UserError(f"argument --aa-cases: needs a number of cases, got {arguments.aa_cases}")
    timed = arguments.cases is None or arguments.seconds is not None
    return Plan(
        seed=secrets.randbelow(2**32) if arguments.seed is None else arguments.seed,
        workers=arguments.workers or default_workers(),
        oracle=releases.old.subject,
        subject=releases.new.subject,
        profile="drift",
        cases=cases,
        aa_cases=arguments.aa_cases,
        max_time=(arguments.seconds or SECONDS) if timed else None,
        timeout=arguments.timeout,
        shrink_seconds=arguments.shrink_seconds,
        customised=True,
        drift=True,
    )
