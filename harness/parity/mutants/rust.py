"""Mutants of our Rust crates: listed by cargo-mutants, chosen by us, put into a copy of the workspace one at a time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.mutants.errors import MutantsError
from parity.subjects.mutation.catalogue import Mutant

__all__ = ["CRATES", "VERSION", "Edit", "RustCatalogue", "Workspace", "catalogue"]

VERSION = "27.1.0"
"""The cargo-mutants that lists the mutants: another one would list others."""

CRATES = ("codec", "channels", "pregel", "graph")
"""The crates that are mutated. `bridge` is not: most of it works on Python objects, which cases of `core` never are."""

WORKSPACE = Path(__file__).resolve().parents[3] / "rust_impl"

_LIST_SECONDS = 300
_SHOWN = 160


@dataclass(frozen=True)
class Edit:
    """A change of a file below the workspace: what stands between two character offsets instead."""

    file: str
    start: int
    end: int
    replacement: str


@dataclass(frozen=True)
class RustCatalogue:
    """The mutants by id, and what each changes."""

    mutants: dict[str, Mutant]
    edits: dict[str, Edit]

    def mutant(self, mutant_id: str) -> Mutant:
        """The mutant of that id. Raises MutantsError."""
        if (found := self.mutants.get(mutant_id)) is None:
            raise MutantsError(f"there is no mutant {mutant_id!r} of these crates; --list lists all")
        return found


def catalogue(crates: Sequence[str] = CRATES, workspace: Path = WORKSPACE) -> RustCatalogue:
    """The mutants that cargo-mutants lists for these crates. Raises MutantsError without that very version of it."""
    if shutil.which("cargo-mutants") is None:
        raise MutantsError(f"cargo-mutants {VERSION} is not on PATH: `nox -s mutants -- --target rust` installs it")
    found = _output(("cargo", "mutants", "--version"), workspace).split()[-1:]
    if found != [VERSION]:
        raise MutantsError(f"cargo-mutants {VERSION} is needed, {' '.join(found) or 'no version'} is on PATH")
    packages = [part for crate in crates for part in ("-p", crate)]
    try:
        rows = json.loads(_output(("cargo", "mutants", "--list", "--json", "--no-config", *packages), workspace))
        return _made(rows, workspace)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise MutantsError(f"cannot read the list of cargo-mutants: {error!r:.200}") from error


def _made(rows: Sequence[dict[str, Any]], workspace: Path) -> RustCatalogue:
    mutants: dict[str, Mutant] = {}
    edits: dict[str, Edit] = {}
    texts: dict[str, str] = {}
    for row in rows:
        file = str(row["file"])
        text = texts.setdefault(file, (workspace / file).read_text("utf-8"))
        start, end = (_offset(text, row["span"][side]) for side in ("start", "end"))
        edit = Edit(file, start, end, str(row["replacement"]))
        line, column = int(row["span"]["start"]["line"]), int(row["span"]["start"]["column"])
        content = hashlib.sha256(text.encode()).hexdigest()
        name = f"{content}/{file}/{start}-{end}/{row['genre']}/{edit.replacement}"
        mutant = Mutant(
            id=hashlib.sha256(name.encode()).hexdigest()[:10],
            module=file.removeprefix("crates/"),
            component=str(row["package"]),
            line=line,
            column=column,
            operator=str(row["genre"]),
            variant=" ".join(edit.replacement.split())[:_SHOWN],
            function=str((row.get("function") or {}).get("function_name", "")),
            original=" ".join(text[start:end].split())[:_SHOWN],
            mutated=" ".join(edit.replacement.split())[:_SHOWN],
            source=text.splitlines()[line - 1].strip()[:_SHOWN],
            lines=(line, int(row["span"]["end"]["line"])),
            scope=None,
        )
        mutants[mutant.id], edits[mutant.id] = mutant, edit
    return RustCatalogue(mutants, edits)


class Workspace:
    """A copy of the crates with a target folder of its own, so that what a mutant does not change is built once."""

    def __init__(self, folder: Path, source: Path = WORKSPACE) -> None:
        self.folder = folder / "rust_impl"
        self.target = folder / "target"
        try:
            # Copied anew, files as they were keep their times: cargo builds what has changed since.
            shutil.copytree(
                source, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target", "__pycache__")
            )
        except OSError as error:
            raise MutantsError(f"cannot copy the crates to {folder}: {error}") from error
        self._source = source

    def apply(self, edit: Edit) -> None:
        """Puts a mutant into the copy."""
        text = (self._source / edit.file).read_text("utf-8")
        (self.folder / edit.file).write_text(text[: edit.start] + edit.replacement + text[edit.end :], "utf-8")

    def restore(self, edit: Edit) -> None:
        """Takes it out again."""
        shutil.copyfile(self._source / edit.file, self.folder / edit.file)

    def cargo(self, *arguments: str, seconds: float) -> tuple[str, float]:
        """Runs cargo in the copy: `passed`, `failed` or `timeout`, and the processor seconds of all it started."""
        env = {**os.environ, "CARGO_TARGET_DIR": str(self.target), "PYO3_PYTHON": sys.executable}
        before = os.times()
        process = subprocess.Popen(
            ("cargo", *arguments),
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
            outcome = "passed" if code == 0 else "failed"
        except subprocess.TimeoutExpired:
            outcome = "timeout"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, 9)
                process.wait()
        after = os.times()
        return outcome, (after.children_user - before.children_user) + (after.children_system - before.children_system)


def _offset(text: str, place: dict[str, int]) -> int:
    """Where a line and a column, both from 1 and in characters, are in a text."""
    lines = text.splitlines(keepends=True)
    return sum(len(line) for line in lines[: place["line"] - 1]) + place["column"] - 1


def _output(command: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True, timeout=_LIST_SECONDS, env=os.environ
        )
    except subprocess.CalledProcessError as error:
        lines = [line for line in str(error.stderr).splitlines() if line.strip()]
        raise MutantsError(f"{' '.join(command[:3])} failed: {lines[-1] if lines else 'it said nothing'}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MutantsError(f"cannot run {' '.join(command[:3])}: {error}") from error
    return done.stdout
