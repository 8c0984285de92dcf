"""The list of events of one case, and how what LangGraph hands out is written into it (`docs/programs.md` §4)."""

from __future__ import annotations

import contextlib
import json
import re
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from parity.subjects.upstream.objects import describe
from parity.subjects.upstream.programs.bench import Event

__all__ = [
    "CrashError",
    "HangError",
    "Trace",
    "error_of",
    "fields_of",
    "frames_of",
    "snapshot_of",
    "typed",
    "without_addresses",
]


class CrashError(BaseException):
    """The process has ended here: raised at the moment of a crash, and by whatever the dead process still tries."""


class HangError(BaseException):
    """An operation that does not end any more: nothing of it moves."""


MAX_RUNS = 300
"""An operation in which nodes ran more often than this does not end of itself, or not soon enough to be waited for."""


MAX_SIZE = 1_000_000
"""A trace with more characters than this, as JSON, is that of values which grow without end."""


class Trace:
    """Events in the order they happen.

    An operation in which nodes ran more than `MAX_RUNS` times is ended like one that crashes, and so is everything
    after `MAX_SIZE` characters.

    `runs` is the bench's count of runs, of which a copy is made at a crash.
    After `crash` the process counts as dead: `record` raises CrashError, so that no node goes on, until `revive`.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.dead = False
        self.runs: Counter[str] = Counter()
        self.runs_at_crash: Counter[str] = Counter()
        self._quiet = 0
        self._ran = 0
        self._size = 0

    def record(self, event: Event) -> None:
        """Appends an event. Raises CrashError while dead."""
        if self.dead:
            raise CrashError
        if self._quiet:
            return
        if event["e"] not in _ENDS:
            self._ran += event["e"] == "ran"
            self._size += len(json.dumps(event, separators=(",", ":")))
            if self._ran > MAX_RUNS or self._size > MAX_SIZE:
                self.crash("endless")
                raise CrashError
        self.events.append(event)

    def begin(self, event: Event) -> None:
        """Records that an operation begins."""
        self._ran = 0
        self.record(event)

    def crash(self, name: str = "crash") -> None:
        """Records an event that ends the process; nothing is recorded after it."""
        self.record({"e": name})
        self.runs_at_crash = self.runs.copy()
        self.dead = True

    def revive(self) -> None:
        """A new process begins."""
        self.dead = False

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Inside, events are dropped: the harness itself looks at something."""
        self._quiet += 1
        try:
            yield
        finally:
            self._quiet -= 1


_ENDS = ("op", "crash", "endless")
"""Events that say where a trace is: they are recorded whatever came before."""


def typed(pair: tuple[str, bytes]) -> dict[str, str]:
    """BYTES of what `dumps_typed` gave."""
    return {"tag": pair[0], "hex": bytes(pair[1]).hex()}


def error_of(error: BaseException, *, chain: bool = True) -> dict[str, Any]:
    """An error as a user sees it: type, message, notes, and the errors that it came from."""
    shown: dict[str, Any] = {
        "type": type(error).__name__,
        "message": without_addresses(str(error)),
        "notes": [str(note) for note in getattr(error, "__notes__", ())],
    }
    if chain:
        for name, origin in (("cause", error.__cause__), ("context", error.__context__)):
            shown[name] = None if origin is None else error_of(origin, chain=False)
    return shown


_ADDRESSED = re.compile(r"<(\w+)\b.* at 0x[0-9a-f]+.*>", re.DOTALL)


def without_addresses(text: str) -> str:
    """A text in which objects that are told by where they lie are told by their class only.

    Upstream cancels with an object of its own, and a cancelled function's error is that object's `repr`.
    """
    return _ADDRESSED.sub(r"<\1>", text)


_RUNNING = ("/langgraph/pregel/_runner.py", "/langgraph/pregel/_retry.py", "/upstream/programs/instructions.py")
"""The files of what runs tasks, and of what a program's functions do: both are Python in every backend."""


def frames_of(error: BaseException) -> list[str]:
    """The functions of those files that an error's traceback names, the outermost first."""
    codes = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    return [code.co_name for code in codes if code.co_filename.endswith(_RUNNING)]


def fields_of(error: BaseException) -> dict[str, Any]:
    """What an error of LangGraph's own says beside its message, by attribute."""
    if type(error).__module__.split(".")[0] != "langgraph":
        return {}
    return {name: describe(value) for name, value in vars(error).items() if not name.startswith("_")}


def snapshot_of(snapshot: Any) -> dict[str, Any]:
    """A StateSnapshot, with those of subgraphs inside its tasks."""
    return {
        "values": describe(snapshot.values),
        "next": list(snapshot.next),
        "config": describe(snapshot.config),
        "metadata": describe(snapshot.metadata),
        "created_at": snapshot.created_at,
        "parent": describe(snapshot.parent_config),
        "tasks": [_task_of(task) for task in snapshot.tasks],
        "interrupts": describe(getattr(snapshot, "interrupts", ())),
    }


def _task_of(task: Any) -> dict[str, Any]:
    state = task.state
    return {
        "id": task.id,
        "name": task.name,
        "path": describe(task.path),
        "error": None if task.error is None else describe(task.error),
        "interrupts": describe(task.interrupts),
        "state": snapshot_of(state) if hasattr(state, "tasks") else describe(_plain(state)),
        "result": describe(task.result),
    }


def _plain(config: Any) -> Any:
    """A config without the saver that upstream leaves in it."""
    if not isinstance(config, Mapping):
        return config
    inner = config.get("configurable", {})
    return {**config, "configurable": {key: value for key, value in inner.items() if not key.startswith("__pregel")}}
