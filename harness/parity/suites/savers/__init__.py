"""Our tests of the conformance package over real savers: put beside upstream's own tests for a run.

`test_savers.py` runs in pytest's process of such a run, where LangGraph is imported; here it is only copied.
"""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["FOLDER", "URI", "files", "install"]

FOLDER = "savers"
"""Where in the folder of a run the tests stand."""

URI = "PARITY_POSTGRES_URI"
"""The variable that tells them where PostgreSQL listens."""

_HERE = Path(__file__).resolve().parent


def files() -> tuple[Path, ...]:
    """The files that are copied."""
    return tuple(sorted(_HERE.glob("test_*.py")))


def install(work: Path) -> str:
    """Copies the tests into the folder of a run and returns where they stand in it."""
    folder = work / FOLDER
    folder.mkdir()
    for file in files():
        shutil.copyfile(file, folder / file.name)
    return FOLDER
