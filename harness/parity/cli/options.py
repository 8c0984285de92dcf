"""Options that several commands share, and how their text is read."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import UserError

if TYPE_CHECKING:
    from parity.triage.waivers import Waiver

REPORTS = Path("reports")
"""Where runs land, unless `--out` says otherwise."""

FIXTURES = Path("fixtures")
"""Where corpora and kept regressions lie, unless `--fixtures` says otherwise."""


def positive_float(text: str) -> float:
    """A number of seconds, > 0."""
    value = _number(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"needs a positive number of seconds, got {text!r}")
    return value


def _number(text: str) -> float:
    """The number, or one that no option takes."""
    try:
        return float(text)
    except ValueError:
        return -1.0


def seconds_or_zero(text: str) -> float:
    """A number of seconds, ≥ 0."""
    value = _number(text)
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"needs a number of seconds, got {text!r}")
    return value


def count(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number between these, both included."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"needs a whole number from {least} to {most}, got {text!r}")
        return value

    return read


seed = count(0, 2**63 - 1)
"""A seed: a whole number from 0 to 2**63 - 1."""

workers = count(1, 256)
"""A number of worker processes."""


def folder(text: str) -> Path:
    """A folder, which need not be there; what is there must be one."""
    # Not by the methods of Path, which raise where a name is too long.
    if os.path.exists(text) and not os.path.isdir(text):
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return Path(text)


def new_file(text: str) -> Path:
    """A file to be written when all is done, which takes long: that it cannot be is told before.

    Its folder must be there, and it must be no folder itself.
    """
    path = Path(text)
    if os.path.isdir(path):
        raise argparse.ArgumentTypeError(f"cannot write {text}: it is a folder")
    if not os.path.isdir(path.parent):
        raise argparse.ArgumentTypeError(f"cannot write {text}: there is no folder {path.parent}")
    if not os.access(path if os.path.exists(path) else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"cannot write {text}: it is not allowed")
    return path


def default_workers() -> int:
    """One worker per processor this process may use, at most 16."""
    return min(16, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def known_subject(name: str) -> str:
    """The name, if there is such a subject; a release of upstream is installed first. Raises UserError."""
    from parity.subjects.registry import UnknownSubjectError, spec_for
    from parity.subjects.releases.environment import ensure
    from parity.subjects.releases.errors import ReleaseError
    from parity.subjects.releases.name import is_release, parse_subject

    try:
        if is_release(name):
            ensure(parse_subject(name), lambda line: print(line, file=sys.stderr, flush=True))
        spec_for(name)
    except (UnknownSubjectError, ReleaseError) as error:
        raise UserError(str(error)) from error
    return name


def require_frozen(oracle: str) -> None:
    """Checks that upstream, where it is the oracle, is the frozen one. Raises UserError naming the file that is not."""
    from parity.oracle import OracleError, require

    if oracle != "upstream":
        return
    try:
        require()
    except OracleError as error:
        raise UserError(str(error)) from error


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """What `run` and `aa` have in common."""
    parser.add_argument("--oracle", default="upstream", metavar="NAME", help="the right side (default: upstream)")
    add_common_options(parser)


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """What `run`, `aa` and `drift` have in common."""
    parser.add_argument(
        "--layer",
        action="append",
        default=[],
        metavar="LAYER",
        help="values, channels, graphs, programs, bytes or all (the default); repeatable, or separated by commas",
    )
    parser.add_argument("--seed", type=seed, metavar="S", help="what all random choices follow from (default: random)")
    parser.add_argument(
        "--workers",
        type=workers,
        metavar="K",
        help="processes, each with its own oracle and subject (default: all cores)",
    )
    parser.add_argument(
        "--timeout", type=positive_float, default=60.0, metavar="T", help="seconds per case on each side (default: 60)"
    )
    parser.add_argument(
        "--shrink-seconds", type=seconds_or_zero, default=20.0, metavar="T", help="per fingerprint (default: 20)"
    )
    parser.add_argument("--out", type=folder, default=REPORTS, metavar="DIR", help="folder of runs (default: reports)")
    add_fixtures(parser)
    parser.add_argument("--junit", type=new_file, metavar="FILE", help="also write the result as JUnit XML")
    parser.add_argument("--no-color", action="store_true", help="no colours")


WAIVERS = Path("waivers.toml")
"""The file of waivers, unless `--waivers` says otherwise; it need not exist."""


def add_waivers(parser: argparse.ArgumentParser) -> None:
    """The file of known divergences."""
    parser.add_argument(
        "--waivers", type=Path, metavar="FILE", help="known divergences (default: waivers.toml, where there is one)"
    )


def read_waivers(path: Path | None) -> tuple[Waiver, ...]:
    """The waivers of that file, or of the usual one if there is one. Raises UserError: the line and the field."""
    from parity.campaign.plan import LAYERS
    from parity.cases.model import CaseError
    from parity.triage.waivers import load_waivers

    if path is None and not WAIVERS.exists():
        return ()
    try:
        return load_waivers(path or WAIVERS, LAYERS)
    except CaseError as error:
        raise UserError(error.what) from error


def add_fixtures(parser: argparse.ArgumentParser) -> None:
    """Where stored cases lie."""
    parser.add_argument(
        "--fixtures", type=folder, default=FIXTURES, metavar="DIR", help="stored cases (default: fixtures)"
    )
