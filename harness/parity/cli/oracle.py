"""`parity oracle`: verify that what is installed is the frozen oracle, or freeze what is installed."""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from parity.cli.errors import BAD_INPUT, PARITY, UserError


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("oracle", help="verify or freeze the oracle", description="The frozen oracle.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=type(parser))
    verify = commands.add_parser(
        "verify",
        help="compare what is installed with what was frozen",
        description="Versions of every package in the lock, sha256 of every upstream file that is re-implemented. "
        "Exit code 0: as frozen; 2: not.",
    )
    verify.set_defaults(handler=_verify)
    freeze = commands.add_parser(
        "freeze",
        help="write oracle.toml for what is installed",
        description="Hashes the upstream files whose behaviour is re-implemented and shows the difference to the "
        "oracle.toml that is there, and to the copy of it that the Rust backend carries. The lock is made first, by "
        "`nox -s lock`, and must be what is installed.",
    )
    freeze.add_argument("--name", metavar="NAME", help="the oracle's folder below oracles/ (default: the current one)")
    freeze.add_argument("--dry-run", action="store_true", help="only show the difference")
    freeze.set_defaults(handler=_freeze)


def _verify(_: argparse.Namespace) -> int:
    from parity.oracle import OracleError, load, verify

    try:
        oracle = load()
    except OracleError as error:
        raise UserError(str(error)) from error
    problems = verify(oracle)
    for problem in problems:
        print(f"parity: error: {problem}", file=sys.stderr)
    if not problems:
        files = sum(len(package.files) for package in oracle.packages)
        print(f"{oracle.name}: {len(oracle.lock.versions)} packages and {files} source files are as frozen")
    return BAD_INPUT if problems else PARITY


def _freeze(arguments: argparse.Namespace) -> int:
    from parity.oracle.definition import DEFAULT, NAME, OracleError, folder_of, load
    from parity.oracle.freeze import BACKEND_FILE, freeze, render_for_backend

    name = arguments.name or DEFAULT
    if not NAME.fullmatch(name):
        raise UserError(f"argument --name: expected langgraph-VERSION, got {name!r}")
    folder = folder_of(name)
    path = folder / "oracle.toml"
    try:
        changed = _written(path, freeze(name), dry_run=arguments.dry_run)
        # The backend stands for one oracle, and says what oracle.toml says.
        if name == DEFAULT and not (changed and arguments.dry_run):
            backend = folder.parents[1] / BACKEND_FILE
            changed |= _written(backend, render_for_backend(load(name)), dry_run=arguments.dry_run)
    except (OracleError, UnicodeDecodeError) as error:
        raise UserError(str(error)) from error
    if changed and not arguments.dry_run:
        print("review it with `git diff`, then `parity corpus generate`")
    return PARITY


def _written(path: Path, text: str, *, dry_run: bool) -> bool:
    """Shows the difference to what is there, and writes it unless the run is dry. Returns whether there is any."""
    from parity.triage.files import write_atomic

    old = path.read_text("utf-8") if path.exists() else ""
    if text == old:
        print(f"{path}: nothing to change")
        return False
    diff = difflib.unified_diff(old.splitlines(True), text.splitlines(True), f"a/{path.name}", f"b/{path.name}")
    sys.stdout.writelines(diff)
    if dry_run:
        print(f"dry run: {path} not written")
    else:
        write_atomic(path, text.encode("utf-8"))
        print(f"{path}: written")
    return True
