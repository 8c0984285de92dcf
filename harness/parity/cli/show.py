"""`parity show`: prints a saved divergence or case."""

from __future__ import annotations

import argparse
import sys

from parity.cli.replay import add_source, load_source


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "show",
        help="print a saved divergence or case",
        description="Prints the case, the last event both sides agreed on, what each did next, and the bytes that "
        "differ.",
    )
    add_source(parser)
    parser.set_defaults(handler=_show)


def _show(arguments: argparse.Namespace) -> int:
    from parity.triage.show import show

    sys.stdout.write(show(load_source(arguments)))
    return 0
