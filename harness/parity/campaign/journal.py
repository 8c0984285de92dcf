"""The event stream on disk."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType

from parity.campaign.events import Event, to_json


class Journal:
    """Appends each event to `events.jsonl` as one line, flushed: what was reported survives the run."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="ascii")

    def __call__(self, event: Event) -> None:
        """Writes an event."""
        self._file.write(json.dumps(to_json(event), separators=(",", ":"), ensure_ascii=True) + "\n")
        self._file.flush()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
