"""What the hook did in this process: which originals it holds, and who was caught using one."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NoReturn

from langgraph_rs.backend.errors import WitnessError

__all__ = ["RECORD", "Original", "Record", "caught"]


@dataclass(frozen=True)
class Original:
    """An upstream object whose place was taken, or that nothing may use any more, and what stands in its place."""

    value: Any
    module: ModuleType
    """The module that it was found in, as it loaded then."""
    owner: Any
    """The module or class that keeps the name."""
    name: str
    provider: Any
    functions: int
    """How many Python functions of it were poisoned; 0 without the witness."""

    def still_replaced(self) -> bool:
        """Whether the provider is where it was put, and that is where imports find it."""
        loaded = sys.modules.get(self.module.__name__) is self.module
        return loaded and vars(self.owner).get(self.name) is self.provider


@dataclass
class Record:
    """The state of the backend in this process. There is one: the import system is one per process too."""

    replaced: dict[tuple[str, str], Original] = field(default_factory=dict)
    """By module and name, for modules that have loaded under the hook."""
    poisoned: dict[str, Original] = field(default_factory=dict)
    """Further poisoned originals, by "module:qualified name"."""
    _caught: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def catch(self, label: str) -> None:
        """Notes a use of a poisoned original."""
        with self._lock:
            self._caught[label] += 1

    def caught(self) -> dict[str, int]:
        """How often each poisoned original was used, by "module:qualified name"."""
        with self._lock:
            return dict(sorted(self._caught.items()))


RECORD = Record()


def caught(label: str) -> NoReturn:
    """What the code of a poisoned function calls. Raises WitnessError.

    The use is noted first: upstream or a user may swallow the exception, and the note must still be there.
    """
    RECORD.catch(label)
    raise WitnessError(f"{label} is replaced by Rust, and its Python original was called")
