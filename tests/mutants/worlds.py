"""A small corpus for tests about mutants, cut out of the recorded one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from parity.corpus.files import MANIFEST, load, render, render_manifest
from parity.corpus.model import Corpus
from parity.subjects.mutation.catalogue import Mutant
from parity.subjects.mutation.targets import Target

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

SHARES = {"channel": 6, "graph": 10, "value": 12, "serde": 12, "bytes": 6, "program": 15}
"""Of each kind, every so manieth entry of a file is taken."""


def small_fixtures(folder: Path) -> Path:
    """Writes the small corpus into a folder."""
    corpus = load(FIXTURES, schemas=False)
    files = tuple(replace(file, entries=file.entries[:: SHARES[file.kind]]) for file in corpus.files)
    small = Corpus(corpus.oracle, files)
    for file in small.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(render(file))
    (folder / MANIFEST).write_bytes(render_manifest(small))
    return folder


@dataclass(frozen=True)
class ToyTarget(Target):
    """A module of a test's own."""

    source: Path = Path()

    def path(self) -> Path:
        return self.source


def toy(folder: Path, source: str, name: str = "toy") -> ToyTarget:
    """Writes a module and says that it is a target."""
    path = folder / f"{name}.py"
    path.write_text(source, "utf-8")
    return ToyTarget(name, "", "toy", path)


def find(mutants: list[Mutant], **wanted: object) -> Mutant:
    """The one mutant that is so."""
    [found] = [one for one in mutants if all(getattr(one, key) == value for key, value in wanted.items())]
    return found
