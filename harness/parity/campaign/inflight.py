"""The cases that are being run, on disk before any subject sees them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from parity.cases.model import Case


class InFlight:
    """One worker's file, overwritten in place before cases are sent: a kill at any moment leaves them there.

    Each line is a whole case file (`parity replay FILE` runs one). It is cut to length before the new text is
    written, so a kill between the two leaves an empty file, at a moment when nothing has been sent.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def note(self, cases: Sequence[Case]) -> None:
        """Writes the cases that are about to be sent."""
        text = "".join(case.text + "\n" for case in cases)
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode("ascii"), 0)

    def clear(self) -> None:
        """Nothing is being run."""
        os.ftruncate(self._file, 0)

    def __enter__(self) -> InFlight:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._file)
