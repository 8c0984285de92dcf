"""Runs of the command in a process of its own."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from parity.campaign import events as ev
from parity.triage.divergence import Divergence

TOY = Path(__file__).with_name("toy_subject.py")


@dataclass(frozen=True)
class Finished:
    """What a run left behind."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def events(self) -> list[ev.Event]:
        """The event stream."""
        return list(ev.read(self.folder / "events.jsonl"))

    @property
    def footer(self) -> ev.RunFinished:
        """The last event, which must be the footer."""
        last = self.events[-1]
        assert isinstance(last, ev.RunFinished), last
        return last

    @property
    def divergences(self) -> list[Divergence]:
        """The saved divergences."""
        return [Divergence.load(path) for path in sorted((self.folder / "divergences").glob("*.json"))]

    def layer(self, phase: str, name: str) -> ev.LayerFinished:
        """What a layer did."""
        (event,) = [
            event
            for event in self.events
            if isinstance(event, ev.LayerFinished) and (event.phase, event.layer) == (phase, name)
        ]
        return event


def toy(mode: str) -> str:
    """The name of the toy subject in a mode."""
    return f"exec:{shlex.quote(sys.executable)} {shlex.quote(str(TOY))} {mode}"


def command(*arguments: str) -> tuple[str, ...]:
    """The command line that runs parity here."""
    return (sys.executable, "-m", "parity", *arguments)


def run(tmp_path: Path, *arguments: str, timeout: float = 120.0) -> Finished:
    """Runs `parity run` or `parity aa` to its end in `tmp_path`."""
    done = subprocess.run(
        command(*arguments), cwd=tmp_path, capture_output=True, text=True, timeout=timeout, check=False
    )
    folders = sorted((tmp_path / "reports").glob("*"))
    return Finished(done.returncode, done.stdout, done.stderr, folders[-1] if folders else tmp_path)


def run_toys(tmp_path: Path, subject: str, *arguments: str, oracle: str = "right") -> Finished:
    """Runs one toy against another on a few graph programs, seed 5."""
    fixed = ("--layer", "graphs", "--seed", "5", "--timeout", "1", "--shrink-seconds", "3", "--aa-cases", "4")
    sides = ("--oracle", toy(oracle), "--subject", toy(subject))
    return run(tmp_path, "run", "--cases", "40", "--workers", "2", *fixed, *sides, *arguments)
