"""What is not deterministic in the whole of LangGraph, taken under control (`docs/programs.md` §5).

The controls of graph cases (`parity.subjects.upstream.controls`) and, beside them: every source of ids in LangGraph
and in what it is made of, sleeping, wall clocks, executors, and the event loop of async runs. Names that another
release of upstream lacks are left alone; that this one has them all is a test.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import random
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextvars import copy_context
from functools import lru_cache
from typing import Any
from uuid import UUID

from langgraph.pregel import _executor, _loop, _retry

from parity.subjects.upstream.controls import FROZEN_NOW, FROZEN_RANDOM, FrozenDatetime, InlineExecutor
from parity.subjects.upstream.programs.bench import Event
from parity.subjects.upstream.programs.executors import PoolExecutor, SeparateExecutor, other_pool, other_schedule
from parity.subjects.upstream.programs.loop import VirtualLoop, baton, numbered, virtual_time

__all__ = ["CLOCKS", "Controls", "controlled"]

_PACKAGES = ("langgraph", "langchain_core")
_IDS = ("uuid4", "uuid6", "uuid7")

CLOCKS: tuple[tuple[str, str], ...] = (
    ("langgraph.pregel._checkpoint", "datetime"),
    ("langgraph.pregel._loop", "datetime"),
    ("langgraph.pregel._retry", "datetime"),
    ("langgraph.store.memory", "datetime"),
)
"""Modules that ask the class `datetime` for the time and use it for nothing else."""

_CLOCK_MODULES: tuple[tuple[str, str], ...] = (
    ("langgraph.stream._convert", "time"),
    ("langgraph.stream._mux", "time"),
)


_HASHED: tuple[tuple[str, str], ...] = (("langgraph._internal._config", "_PROPAGATE_TO_METADATA"),)
"""Sets of strings that upstream iterates, so that what it makes is ordered by the hash seed."""

_MERGED: tuple[str, ...] = ("langchain_core.callbacks.base", "langchain_core.callbacks.manager")
"""Modules that merge handlers and tags by `set`, so that their order follows addresses and the hash seed."""

_ABSENT = object()


class _Module:
    """A module of which some names are others."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module = module
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _InlineExecutor(Executor):
    """An executor without threads: what is submitted has run when it is back."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(copy_context().run(fn, *args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class _NumberingExecutor(_executor.AsyncBackgroundExecutor):
    """Upstream's async executor, whose tasks in a superstep are numbered in task order (see `InlineExecutor`)."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self._numbers = itertools.count()

    def submit(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if isinstance(self.loop, VirtualLoop):
            if fn is _retry.arun_with_retry:
                with numbered(self.loop, next(self._numbers)):
                    return super().submit(fn, *args, **kwargs)
            if getattr(fn, "__name__", "") == "_checkpointer_put_after_previous":
                self._numbers = itertools.count()
        return super().submit(fn, *args, **kwargs)


class Controls:
    """Every control of a case. Inside `controlled`, counters begin anew; afterwards everything is as it was."""

    def __init__(self, record: Callable[[Event], None], schedule: str, delta_bound: int | None) -> None:
        self._record = record
        self._inline = schedule == "inline"
        self._delta_bound = delta_bound

    def replaced(self) -> Iterable[tuple[Any, str, Any]]:
        """Owner, name and stand-in of all that is replaced."""
        for ids in _COUNTED.values():
            ids.begin()
        for module, name in _sources(len(sys.modules)):
            yield module, name, _COUNTED[name]
        yield uuid, "uuid4", _COUNTED["uuid4"]
        yield random, "random", lambda: FROZEN_RANDOM
        yield random, "uniform", lambda low, high: low + (high - low) * FROZEN_RANDOM
        for module, name in _existing(CLOCKS):
            yield module, name, FrozenDatetime
        for module, name in _existing(_CLOCK_MODULES):
            yield module, name, _Module(getattr(module, name), time=FROZEN_NOW.timestamp)
        for module, name in _existing((("langgraph.cache.memory", "datetime"),)):
            yield module, name, _Module(getattr(module, name), datetime=FrozenDatetime)
        for module, name in _existing(_HASHED):
            yield module, name, tuple(sorted(getattr(module, name)))
        for module in _MERGED:
            # All that they do with sets, keys in order can do too.
            yield importlib.import_module(module), "set", dict.fromkeys
        if self._delta_bound is not None:
            for module, name in _existing((("langgraph.pregel._checkpoint", "DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT"),)):
                yield module, name, self._delta_bound
        yield from self._of_retries()
        if self._inline:
            yield from self._of_executors()
        else:
            yield _loop, "BackgroundExecutor", other_pool() if other_schedule() else PoolExecutor

    def _of_retries(self) -> Iterable[tuple[Any, str, Any]]:
        real: Any = _retry

        def sleep(seconds: float) -> None:
            self._record({"e": "sleep", "seconds": seconds})

        async def asleep(seconds: float, result: Any = None) -> Any:
            if sys._getframe(1).f_code.co_name not in _WATCHDOGS:
                self._record({"e": "sleep", "seconds": seconds})
                seconds = seconds if self._inline else 0
            return await real_asyncio.sleep(seconds, result)

        real_asyncio, real_time = real.asyncio, real.time
        monotonic = virtual_time if self._inline else real_time.monotonic
        yield real, "time", _Module(real_time, sleep=sleep, time=FROZEN_NOW.timestamp, monotonic=monotonic)
        yield real, "asyncio", _Module(real_asyncio, sleep=asleep)

    def _of_executors(self) -> Iterable[tuple[Any, str, Any]]:
        yield _loop, "BackgroundExecutor", SeparateExecutor if other_schedule() else InlineExecutor
        yield _loop, "AsyncBackgroundExecutor", _NumberingExecutor
        for module in _modules():
            if module is not _executor and "get_executor_for_config" in vars(module):
                yield module, "get_executor_for_config", _inline_executor


_WATCHDOGS = ("_run_timeout_watchdog", "wait_for_idle_timeout")
"""What sleeps in the retry module so that a time-out can fire."""


@contextlib.contextmanager
def _inline_executor(config: Any) -> Iterator[Executor]:
    yield _InlineExecutor()


class _CountedIds:
    """Makes ids of one version that count from 1. There is one for all cases: a module that is imported while a case
    runs keeps what it finds.
    """

    def __init__(self, version: str) -> None:
        self._version = version
        self._count = 0

    def begin(self) -> None:
        """Counts from 1 again."""
        self._count = 0

    def __call__(self, *args: Any, **kwargs: Any) -> UUID:
        self._count += 1
        return UUID(f"00000000-0000-{self._version}000-8000-{self._count:012x}")


_COUNTED = {name: _CountedIds(name[-1]) for name in _IDS}


def _modules() -> list[Any]:
    names = [name for name in sys.modules if name.split(".")[0] in _PACKAGES]
    return [sys.modules[name] for name in names if hasattr(sys.modules[name], "__dict__")]


@lru_cache(maxsize=1)
def _sources(imported: int) -> list[tuple[Any, str]]:
    """The modules that hold a maker of ids by its own name; asked anew when more modules are imported."""
    return [(module, name) for module in _modules() for name in _IDS if callable(vars(module).get(name))]


def _existing(names: Iterable[tuple[str, str]]) -> Iterator[tuple[Any, str]]:
    for module, name in names:
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        if hasattr(found, name):
            yield found, name


@contextlib.contextmanager
def controlled(record: Callable[[Event], None], schedule: str, delta_bound: int | None = None) -> Iterator[None]:
    """Runs the body with every control in place and puts everything back afterwards.

    `record` is told of each sleep; `delta_bound` is after how many supersteps a DeltaChannel is snapshotted.
    """
    replaced = list(Controls(record, schedule, delta_bound).replaced())
    before = [(owner, name, getattr(owner, name, _ABSENT)) for owner, name, _ in replaced]
    for owner, name, value in replaced:
        setattr(owner, name, value)
    try:
        with baton():
            yield
    finally:
        for owner, name, value in reversed(before):
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
