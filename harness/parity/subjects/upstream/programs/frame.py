"""One run of one function of a program: what it was given, what it sees, and what it has written so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from langgraph.config import get_config, get_stream_writer

from parity.subjects.upstream.objects import describe
from parity.subjects.upstream.programs.bench import Bench, Event
from parity.subjects.upstream.programs.gate import Gate

__all__ = ["Frame", "Home"]

_PRIVATE = "__pregel"
"""What the keys of `configurable` begin with that are LangGraph's own."""


@dataclass(frozen=True)
class Home:
    """What the functions of one graph have in common.

    `graphs` are the compiled graphs that may be called, `tasks` those of this graph, by name; `state_class` makes an
    instance of its state schema from an update. `value` is what the case calls the state where that is one value
    without a name, and None where it has keys.
    """

    name: str
    bench: Bench
    gate: Gate
    graphs: Mapping[str, Any]
    tasks: dict[str, Callable[..., Any]] = field(default_factory=dict)
    state_class: Callable[[dict[str, Any]], Any] = dict
    value: str | None = None


@dataclass
class Frame:
    """A function's run. `injected` are the parameters that LangGraph gave it beside its input, by name."""

    home: Home
    what: str
    given: Any
    injected: Mapping[str, Any]
    run: int = 0
    variables: dict[str, Any] = field(default_factory=dict)
    update: dict[str, Any] = field(default_factory=dict)
    commands: list[Any] = field(default_factory=list)

    def begin(self) -> None:
        """Counts the run and writes it down, with what the function was given and can see."""
        self.run = self.home.gate.count(self.what)
        self.home.bench.record(self._event())

    def get(self, key: str) -> Any:
        """The value of a key of the state that was given, None if it has none."""
        if key == self.home.value:
            return self.given
        if isinstance(self.given, dict):
            return self.given.get(key)
        return getattr(self.given, key, None)

    def has(self, key: str) -> bool:
        """Whether the state that was given has a key."""
        if key == self.home.value:
            return True
        return key in self.given if isinstance(self.given, dict) else hasattr(self.given, key)

    @property
    def config(self) -> Mapping[str, Any]:
        """The function's config: that which was injected, or that of LangGraph's context; empty outside of one."""
        if "config" in self.injected:
            injected: Mapping[str, Any] = self.injected["config"]
            return injected
        try:
            return get_config()
        except RuntimeError:
            return {}

    @property
    def runtime(self) -> Any:
        """The function's runtime, or None."""
        if "runtime" in self.injected:
            return self.injected["runtime"]
        from langgraph.runtime import get_runtime

        return get_runtime() if self.config else None

    @property
    def previous(self) -> Any:
        """The previous result of the entrypoint."""
        return self.injected["previous"] if "previous" in self.injected else getattr(self.runtime, "previous", None)

    @property
    def store(self) -> Any:
        """The runtime's store."""
        if "store" in self.injected:
            return self.injected["store"]
        return self.runtime.store

    @property
    def writer(self) -> Callable[[Any], None]:
        """The writer of the custom stream."""
        writer: Callable[[Any], None] = self.injected["writer"] if "writer" in self.injected else get_stream_writer()
        return writer

    def info(self, name: str) -> Any:
        """A field of the runtime's execution info."""
        return getattr(getattr(self.runtime, "execution_info", None), name, None)

    def _event(self) -> Event:
        config = self.config
        configurable = config.get("configurable", {})
        info = getattr(self.runtime, "execution_info", None)
        seen = {
            "tags": config.get("tags"),
            "metadata": config.get("metadata"),
            "configurable": {key: value for key, value in configurable.items() if not key.startswith(_PRIVATE)},
            "recursion_limit": config.get("recursion_limit"),
            "run_name": config.get("run_name"),
            "context": getattr(self.runtime, "context", None),
            "previous": self.previous,
            "execution_info": {item.name: getattr(info, item.name) for item in fields(info)}
            if is_dataclass(info)
            else None,
        }
        return {
            "e": "ran",
            "what": self.what,
            "run": self.run,
            "ns": configurable.get("checkpoint_ns", ""),
            "given": describe(self.given),
            "seen": {name: describe(value) for name, value in seen.items()},
        }
