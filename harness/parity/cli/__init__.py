"""The command line.

Each command is a module of this package with ``register(subparsers) -> None``, which adds one argparse parser and sets
its ``handler`` default to a function ``(argparse.Namespace) -> int``. The handler imports what it needs when it is
called, so that `parity --help` starts at once and one command's broken environment does not take the others with it.

Exit codes: 0 parity, 1 divergence (or a waiver or vacuity failure), 2 bad input or environment.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from parity.cli.errors import BAD_INPUT, UserError, one_line

COMMANDS: tuple[str, ...] = (
    "doctor",
    "corpus",
    "run",
    "check",
    "aa",
    "drift",
    "replay",
    "shrink",
    "show",
    "waivers",
    "report",
    "upstream",
    "oracle",
    "coverage",
    "mutants",
    "metamorphic",
)
"""The modules of this package that are commands, in the order `--help` lists them."""

_OF_THE_SYSTEM = frozenset((errno.ENAMETOOLONG, errno.ENOSPC, errno.EDQUOT, errno.EROFS))
"""What no command can know before, and is no fault of ours, wherever it shows."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, as every other error here."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see `{self.prog} --help`)")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, every command registered."""
    parser = _Parser(
        prog="parity", description="Prove whether an implementation behaves like frozen upstream LangGraph."
    )
    parser.add_argument("--version", action="version", version=f"parity {_version()}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_Parser)
    for name in COMMANDS:
        register: Callable[[object], None] = importlib.import_module(f"{__name__}.{name}").register
        register(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code and lets no exception out (argparse's ``--help`` exits 0)."""
    try:
        arguments = build_parser().parse_args(argv)
        handler: Callable[[argparse.Namespace], int] = arguments.handler
        # Not for --help or a wrong option: it is two fifths of what the import of this module takes.
        from parity.subjects.postgres.shared import owned

        with owned():
            code = handler(arguments)
        sys.stdout.flush()
        return code
    except UserError as error:
        _say(f"parity: error: {error}")
        return BAD_INPUT
    except KeyboardInterrupt:
        _say("parity: error: interrupted")
        return BAD_INPUT
    except BrokenPipeError:
        _drop_output()
        return BAD_INPUT
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _OF_THE_SYSTEM:
            if error.filename is None:
                _drop_output()
            name = "cannot write" if error.filename is None else one_line(str(error.filename), 80)
            _say(f"parity: error: {name}: {error.strerror}")
            return BAD_INPUT
        _say(f"parity: error: internal: {one_line(f'{type(error).__name__}: {error}', 300)} (traceback: {_log(error)})")
        return BAD_INPUT


def _drop_output() -> None:
    """Nobody reads our output, or there is no room for it: Python would complain again when it flushes it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _log(error: BaseException) -> str:
    """Writes the traceback of an internal error to a file of its own and returns the path."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="parity-error-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
            return file.name
    except OSError as failure:
        return f"not written: {one_line(str(failure))}"


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("langgraph-parity")
    except metadata.PackageNotFoundError:
        return "(not installed)"
