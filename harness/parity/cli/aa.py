"""`parity aa`: the oracle against itself under two hash seeds, and nothing else."""

from __future__ import annotations

import argparse
import secrets

from parity.cli.errors import UserError
from parity.cli.options import add_run_options, default_workers, known_subject
from parity.cli.run import run_plan


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "aa",
        help="check that the oracle agrees with itself",
        description="Runs the oracle twice, under two hash seeds, over random cases of every layer and the "
        "recorded corpora. Exit code 0: it agrees with itself; 1: it does not, and no claim can be made; 2: bad input "
        "or environment.",
    )
    add_run_options(parser)
    parser.add_argument("--cases", type=int, default=200, metavar="N", help="random cases per layer (default: 200)")
    parser.set_defaults(handler=_aa)


def _aa(arguments: argparse.Namespace) -> int:
    from parity.campaign.plan import Plan, PlanError, parse_layers

    if arguments.cases < 1:
        raise UserError(f"argument --cases: needs a positive number, got {arguments.cases}")
    try:
        layers = parse_layers(arguments.layer)
    except PlanError as error:
        raise UserError(str(error)) from error
    oracle = known_subject(arguments.oracle)
    plan = Plan(
        seed=secrets.randbelow(2**32) if arguments.seed is None else arguments.seed,
        workers=arguments.workers or default_workers(),
        oracle=oracle,
        subject=oracle,
        profile="quick",
        cases=dict.fromkeys(layers, arguments.cases),
        aa_cases=arguments.cases,
        max_time=None,
        timeout=arguments.timeout,
        shrink_seconds=arguments.shrink_seconds,
        customised=True,
        parity=False,
    )
    return run_plan(plan, arguments)
