"""What `parity check` is asked, and what was observed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from parity.cases.model import Json

__all__ = [
    "DEFAULT_MODES",
    "TRACKS",
    "CheckError",
    "Event",
    "Line",
    "Loaded",
    "Observation",
    "Options",
    "Timing",
    "track_of",
]

Event = dict[str, Any]

DEFAULT_MODES = ("values", "updates", "custom", "tasks", "checkpoints")
"""What is streamed unless `--stream` says otherwise: all that does not change how models are called."""

TRACKS = ("stream", "end", "saver", "state", "history")
"""What is observed of a line, in the order in which it is compared. Between tracks there is no order: a saver works in
the background while chunks are streamed."""

_TRACK = {
    **{"stream": "stream", "result": "end", "error": "end", "died": "end", "timeout": "end"},
    **{"put": "saver", "put_writes": "saver", "state": "state", "history": "history"},
}


class CheckError(Exception):
    """What the user can mend: one line; `traceback` is their own code's, if it raised."""

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


def track_of(event: Event) -> str:
    """The track that an event belongs to."""
    return _TRACK[event["e"]]


@dataclass(frozen=True)
class Line:
    """One line of input. `number` is its line in the file, from 1; the rest is as in `subjects/upstream/app/calls.py`.

    `wrapped`: the line was an object that says how to run its input.
    """

    number: int
    call: Literal["input", "go on", "command"]
    value: Json
    thread: str
    config: dict[str, Json]
    context: Json
    last: bool = True
    wrapped: bool = False

    def to_json(self) -> dict[str, Json]:
        """As a worker gets it."""
        return {
            "number": self.number,
            "call": self.call,
            "value": self.value,
            "thread": self.thread,
            "config": self.config,
            "context": self.context,
            "last": self.last,
        }


@dataclass(frozen=True)
class Options:
    """How the graph is run.

    `modes` are those the user asked for: they are observed and timed; without any, DEFAULT_MODES are observed and
    invoke is timed. `asynchronous` None: as its nodes need it. `timeout` is seconds per line and side."""

    target: str
    subject: str = "rust"
    python: str = ""
    checkpointer: str = "own"
    modes: tuple[str, ...] = ()
    asynchronous: bool | None = None
    subgraphs: bool = False
    inline: bool = False
    repeat: int | None = None
    timeout: float = 60.0
    hash_seed: int = 0


@dataclass(frozen=True)
class Loaded:
    """What a side says of the graph that it has loaded.

    `saver` is what its checkpoints go to, in words; `counted` says how often LangGraph's own serializer, or what took
    its place, makes what is written down of a save: never if the saver has another one."""

    name: str
    input_keys: tuple[str, ...]
    asynchronous: bool
    saver: str
    counted: int
    versions: dict[str, str]


@dataclass(frozen=True)
class Observation:
    """What one side did with one line.

    `ended` says in words how the process ended in the midst of it, "" if it did not; `work` and `used` are the
    witness's (None without one): what Rust did, and which of upstream's replaced functions were used. `cut` counts
    values that were too large to be described whole."""

    tracks: dict[str, tuple[Event, ...]]
    seconds: float
    ended: str = ""
    work: dict[str, int] | None = None
    used: tuple[str, ...] = ()
    cut: int = 0

    @property
    def timed_out(self) -> bool:
        """Whether it was ended by us, as it took too long."""
        return any(event["e"] == "timeout" for event in self.tracks["end"])


@dataclass(frozen=True)
class Timing:
    """Seconds of one line on one side, a pair per repetition: by the wall, and of the process's CPU."""

    wall: tuple[float, ...] = ()
    cpu: tuple[float, ...] = ()
    errors: tuple[str, ...] = field(default=())
