"""Virtual environments in which the backend switches itself on, for programs run in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import venv
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from textwrap import dedent
from typing import Any

import langgraph_rs

ACTIVATION = Path(__file__).resolve().parents[2] / "rust_impl" / "data" / "purelib" / "langgraph_rs_backend.pth"
"""What the wheel puts into site-packages."""

PACKAGE = Path(str(langgraph_rs.__file__)).parent.parent
UPSTREAM = Path(str(metadata.distribution("langgraph").locate_file("")))
CONTROL = ("LANGGRAPH_BACKEND", "LANGGRAPH_RS_WITNESS", "LANGGRAPH_RS_WITNESS_FILE", "PYTHONPATH")
SECONDS = 120


@dataclass(frozen=True)
class Interpreter:
    """A Python and its site-packages."""

    executable: Path
    site: Path

    def run(self, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a program text under these environment variables, without those of this process that matter here."""
        return self.start("-c", dedent(program), *arguments, **variables)

    def start(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Starts it with these arguments."""
        kept = {name: value for name, value in os.environ.items() if name not in CONTROL}
        return subprocess.run(
            (str(self.executable), *arguments),
            env={**kept, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    def result(self, program: str, **variables: str) -> Any:
        """What a program that succeeds prints last, as JSON."""
        done = self.run(program, **variables)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


def said(python: Interpreter, program: Path, **variables: str) -> dict[str, Any]:
    """What a file of programs prints, run in a process of its own: `observed` by program, and the `witness`."""
    done = python.start(str(program), **variables)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def make_interpreter(folder: Path) -> Interpreter:
    """A virtual environment that sees upstream and langgraph_rs, and has the activation file of the wheel."""
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    # Path lines, read in the order of the files' names; `maturin develop` writes the one called langgraph_rs.pth.
    (site / "langgraph_rs.pth").write_text(f"{PACKAGE}\n", "utf-8")
    (site / "other_packages.pth").write_text(f"{UPSTREAM}\n", "utf-8")
    shutil.copy(ACTIVATION, site)
    executable = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder), "platbase": str(folder)})) / "python"
    return Interpreter(executable, site)


def give_upstream(interpreter: Interpreter) -> Path:
    """Copies upstream's files into the environment itself, before the ones it saw so far; returns where they are."""
    for found in UPSTREAM.glob("langgraph*"):
        if found.name == "langgraph" or (found.name.startswith("langgraph") and found.suffix == ".dist-info"):
            shutil.copytree(found, interpreter.site / found.name, ignore=shutil.ignore_patterns("__pycache__"))
    return interpreter.site
