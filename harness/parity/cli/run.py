"""`parity run`: the oracle against itself, then the subject against the oracle, on stored and on random cases."""

from __future__ import annotations

import argparse
import secrets
import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from parity.cli.errors import UserError
from parity.cli.options import (
    add_run_options,
    add_waivers,
    default_workers,
    known_subject,
    positive_float,
    read_waivers,
    require_frozen,
)

if TYPE_CHECKING:
    from pathlib import Path

    from parity.campaign.plan import Plan
    from parity.campaign.rundir import RunDir


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "run",
        help="look for differences between the oracle and a subject",
        description="Runs kept regressions, the A/A gate, recorded corpora and random cases; writes a report. "
        "Exit code 0: parity; 1: a divergence, also one that did not show again, a waiver that must go, or too little "
        "executed to say; 2: bad input or environment, or interrupted.",
    )
    add_run_options(parser)
    parser.add_argument("--subject", default="core", metavar="NAME", help="the side under test (default: core)")
    parser.add_argument(
        "--profile",
        choices=("quick", "standard", "nightly"),
        help="how much to run, and the floors it must reach (default: quick, or what --max-time allows)",
    )
    parser.add_argument(
        "--cases", metavar="N", help="random cases per layer instead of the profile's: 500, or values=3000,graphs=200"
    )
    parser.add_argument(
        "--max-time",
        type=positive_float,
        metavar="T",
        help="seconds for all random cases; alone, it decides how many run",
    )
    add_waivers(parser)
    parser.add_argument("--aa-cases", type=int, metavar="N", help="random cases per layer in the A/A gate")
    parser.set_defaults(handler=_run)


def _run(arguments: argparse.Namespace) -> int:
    from parity.campaign.plan import PROFILES, Plan, PlanError, layer_cases, parse_layers
    from parity.triage.waivers import concerning

    timed = arguments.max_time is not None and arguments.profile is None
    profile = PROFILES[arguments.profile or "quick"]
    try:
        layers = parse_layers(arguments.layer, arguments.subject)
        cases = layer_cases(None if timed else profile, layers, arguments.cases)
    except PlanError as error:
        raise UserError(str(error)) from error
    if arguments.aa_cases is not None and arguments.aa_cases < 0:
        raise UserError(f"argument --aa-cases: needs a number of cases, got {arguments.aa_cases}")
    waivers = read_waivers(arguments.waivers)
    plan = Plan(
        seed=secrets.randbelow(2**32) if arguments.seed is None else arguments.seed,
        workers=arguments.workers or default_workers(),
        oracle=known_subject(arguments.oracle),
        subject=known_subject(arguments.subject),
        profile=profile.name,
        cases=cases,
        aa_cases=profile.aa_cases if arguments.aa_cases is None else arguments.aa_cases,
        max_time=arguments.max_time,
        timeout=arguments.timeout,
        shrink_seconds=arguments.shrink_seconds,
        customised=arguments.cases is not None or timed,
        waivers=concerning(waivers, arguments.subject),
    )
    return run_plan(plan, arguments)


def write_junit(run_dir: Path, path: Path) -> None:
    """Writes a run's result as JUnit XML. Raises UserError if it cannot be written."""
    from parity.report.build import load
    from parity.report.junit import junit
    from parity.triage.files import write_atomic

    try:
        write_atomic(path, junit(load(run_dir / "report.json")).encode("utf-8"))
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


def run_plan(plan: Plan, arguments: argparse.Namespace) -> int:
    """Runs a plan whose oracle must be the frozen one, as `execute_plan` does. Raises UserError."""
    require_frozen(plan.oracle)
    return execute_plan(plan, arguments)


def _components(run_dir: RunDir) -> list[str]:
    """Where the changes between two releases lie; nothing for any other run."""
    from parity.report.build import load
    from parity.report.console import components

    return components(load(run_dir.path / "report.json"))


def execute_plan(plan: Plan, arguments: argparse.Namespace, known: Mapping[str, Any] | None = None) -> int:
    """Runs a plan, shows it, and ends with the seed and the report's path. Raises UserError.

    `known` is added to what the run says of itself.
    """
    from parity.campaign.console import RunConsole
    from parity.campaign.run import execute

    command = shlex.join(("parity", *sys.argv[1:]))
    try:
        with RunConsole(sys.stdout, sys.stderr, color=not arguments.no_color) as console:
            result = execute(plan, arguments.out, arguments.fixtures, command, console, known=known)
    except OSError as error:
        raise UserError(f"cannot write the run to {arguments.out}: {error.strerror or error}") from error
    finished = result.finished
    if arguments.junit is not None:
        write_junit(result.run_dir.path, arguments.junit)
    if finished.outcome in ("error", "interrupted"):
        print(f"parity: error: {finished.message}", file=sys.stderr)
    for line in _components(result.run_dir):
        print(line)
    print(f"seed {finished.seed}  report {result.report}")
    return finished.exit_code
