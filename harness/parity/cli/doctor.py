"""`parity doctor`: one screen that says what is here, whether it is right, and how to mend what is not."""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parity.cli.errors import BAD_INPUT, PARITY, one_line
from parity.cli.options import add_fixtures

_BUILD = "maturin develop --release (in rust_impl/), or any nox session"
_PROBE_SECONDS = 60
_SHOWN_PROBLEMS = 6
_PLAIN_WIDTH = 120

# Run in a process of its own: an extension that aborts when it is loaded must not take the doctor with it.
_PROBE = """
import json, langgraph_rs
from langgraph_rs import _core
from langgraph_rs.backend.replaced import REPLACED
replaced = {}
for row in REPLACED:
    replaced.setdefault(row.module, []).append(row.name)
print(json.dumps({"version": langgraph_rs.__version__, "file": _core.__file__,
                  "profile": getattr(_core, "__profile__", None), "replaced": replaced}))
"""

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """One line of the screen. `ok` is None for what is merely told, or what only some need."""

    what: str
    ok: bool | None
    found: str
    mend: str = ""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="check the environment",
        description="Checks Python, the frozen oracle's packages and source files, the Rust extension and the corpora. "
        "Exit code 0: all that a run needs is right; 2: something is not, and how to mend it.",
    )
    add_fixtures(parser)
    parser.set_defaults(handler=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    findings = [*_this(), *_oracle(), *_rust(), *_corpora(arguments.fixtures), *_tools()]
    _show(findings)
    broken = sum(finding.ok is False for finding in findings)
    if broken:
        print(f"parity: error: {broken} of the above must be mended before a run", file=sys.stderr)
    return BAD_INPUT if broken else PARITY


def _this() -> Iterator[Finding]:
    from parity.cases.schema import schema_names
    from parity.oracle.provenance import collect

    known = collect()
    commit = known["commit"]
    changes = " with uncommitted changes" if known["uncommitted_changes"] else ""
    text = "not a git checkout" if commit is None else f"commit {commit[:12]}{changes}"
    version = known["packages"]["langgraph-parity"] or "not installed, run from its source"
    yield Finding("parity", None, f"{version}, {text}, {len(schema_names())} schemas")
    yield Finding("platform", None, f"{platform.platform()}, {known['machine']}")


def _oracle() -> Iterator[Finding]:
    from parity.oracle import OracleError, load, verify

    try:
        oracle = load()
    except OracleError as error:
        yield Finding("oracle", False, str(error), "git checkout oracles")
        return
    problems = verify(oracle)
    python = [problem for problem in problems if problem.what == "Python"]
    implementation = platform.python_implementation()
    yield Finding(
        "Python",
        not python,
        f"{implementation} {platform.python_version()} ({oracle.requires_python} wanted)",
        python[0].mend if python else "",
    )
    others = [problem for problem in problems if problem.what != "Python"]
    wrong = {problem.what.removeprefix("package ") for problem in others}
    for package in oracle.packages:
        if package.name not in wrong:
            yield Finding(package.name, True, package.version)
    for problem in others[:_SHOWN_PROBLEMS]:
        yield Finding(problem.what, False, f"{problem.found} (expected {problem.expected})", problem.mend)
    if len(others) > _SHOWN_PROBLEMS:
        yield Finding("oracle", False, f"{len(others) - _SHOWN_PROBLEMS} more problems", "parity oracle verify")
    files = sum(len(package.files) for package in oracle.packages)
    bad_files = sum(problem.what.startswith("file ") for problem in others)
    applying = [name for name in oracle.lock.versions if oracle.lock.applies(name)]
    bad_packages = sum(problem.what.startswith("package ") for problem in others)
    yield Finding(
        oracle.name,
        not others,
        f"{len(applying) - bad_packages} of {len(applying)} locked packages, "
        f"{files - bad_files} of {files} upstream source hashes are as frozen",
        "see above" if others else "",
    )


def _rust() -> Iterator[Finding]:
    try:
        probe = subprocess.run(
            (sys.executable, "-c", _PROBE),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PROBE_SECONDS,
        )
        built = json.loads(probe.stdout) if probe.returncode == 0 else None
        reason = (probe.stderr.strip().splitlines() or [f"exit code {probe.returncode}"])[-1]
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        built, reason = None, str(error)
    if built is None:
        yield Finding("langgraph_rs", False, one_line(reason, 200), _BUILD)
    else:
        profile = f"{built['profile']} build" if built["profile"] else "build profile unknown"
        yield Finding("langgraph_rs", True, f"{built['version']}, {profile}, {built['file']}")
        names = built["replaced"]
        count = sum(len(of_module) for of_module in names.values())
        yield Finding("replaced", None, f"{count} names in {len(names)} modules, where LANGGRAPH_BACKEND=rust is set:")
        yield from (Finding("", None, f"{module}: {', '.join(of_module)}") for module, of_module in names.items())


def _corpora(fixtures: Path) -> Iterator[Finding]:
    from parity.cases.model import CaseError
    from parity.corpus.files import load

    try:
        corpus = load(fixtures, schemas=False)
    except CaseError as error:
        yield Finding("corpora", False, one_line(str(error), 300), "git checkout fixtures, or parity corpus generate")
        return
    counts = ", ".join(f"{len(file.entries)} {file.kind}" for file in corpus.files)
    yield Finding("corpora", True, f"{counts} entries from {corpus.oracle}, sha256 {corpus.sha256[:16]}…")


def _tools() -> Iterator[Finding]:
    """What only building and testing need: told, with the cure, but no reason for exit code 2."""
    cargo = shutil.which("cargo")
    if cargo is None:
        yield Finding("cargo", None, "missing: the extension cannot be built", "install Rust 1.88 or newer")
    else:
        try:
            run = subprocess.run(
                (cargo, "--version"), capture_output=True, text=True, check=False, timeout=_PROBE_SECONDS
            )
            version = run.stdout.strip() if run.returncode == 0 else one_line(run.stderr, 120)
        except (OSError, subprocess.TimeoutExpired) as error:
            version = str(error)
        yield Finding("cargo", None, version)
    browser = next((found for name in _CHROMIUM if (found := shutil.which(name))), None)
    if browser is None:
        yield Finding("chromium", None, "missing: only the report's test needs it", "apt-get install chromium")
    else:
        yield Finding("chromium", None, browser)
    yield _postgres()


def _postgres() -> Finding:
    from parity.subjects.postgres.errors import PostgresError
    from parity.subjects.postgres.server import find_programs

    what = "programs that are saved there are left out, and profiles that claim parity fail"
    if importlib.util.find_spec("psycopg") is None:
        return Finding("PostgreSQL", None, f"psycopg is missing: {what}", "any nox session installs it")
    try:
        programs = find_programs()
        command = (str(programs / "postgres"), "--version")
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PROBE_SECONDS)
    except PostgresError:
        return Finding("PostgreSQL", None, f"missing: {what}", "apt-get install postgresql")
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("PostgreSQL", None, f"{one_line(str(error), 120)}: {what}", "apt-get install postgresql")
    return Finding("PostgreSQL", None, f"{one_line(run.stdout or run.stderr, 120)}, {programs}")


def _show(findings: list[Finding]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    mending = any(finding.mend for finding in findings)
    for heading in ("", "what", "found", "to mend") if mending else ("", "what", "found"):
        table.add_column(heading, overflow="fold")
    marks = {True: Text("ok", "green"), False: Text("BAD", "bold red"), None: Text("-", "dim")}
    for finding in findings:
        # Text, not markup: what was found may hold square brackets.
        cells = [marks[finding.ok], Text(finding.what, "bold"), Text(finding.found), Text(finding.mend, "yellow")]
        table.add_row(*cells[: len(table.columns)])
    # What is not a terminal has no width of its own, and 80 columns would fold every path.
    console = Console() if sys.stdout.isatty() else Console(width=_PLAIN_WIDTH)
    console.print(table)
