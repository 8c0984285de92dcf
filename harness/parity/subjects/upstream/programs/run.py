"""Runs a program: its operations one after the other, and everything that is seen of them (`docs/programs.md` §3,
§4).
"""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from parity.subjects.upstream.programs import ops_inside, ops_run, ops_state, ops_threads
from parity.subjects.upstream.programs.bench import Bench, Event
from parity.subjects.upstream.programs.controls import controlled
from parity.subjects.upstream.programs.savers import Book, Fault, open_saver
from parity.subjects.upstream.programs.session import Session, UnresolvedError
from parity.subjects.upstream.programs.trace import CrashError, HangError, Trace, error_of
from parity.subjects.upstream.programs.watch import watched

__all__ = ["Build", "observe", "observe_program"]

Build = Callable[[Mapping[str, Any], Bench, str], Any]
"""Makes the graphs of a program on a bench and returns the one of that name, compiled, which operations run."""

OPERATIONS: dict[str, Callable[[Session, Mapping[str, Any]], None]] = {
    "run": ops_run.run,
    "state": ops_state.state,
    "history": ops_state.history,
    "update": ops_state.update,
    "bulk_update": ops_state.bulk_update,
    "restart": ops_threads.restart,
    "old_format": ops_threads.old_format,
    "clear_cache": ops_threads.clear_cache,
    "delete_thread": ops_threads.delete_thread,
    "store": ops_threads.use_store,
    "schemas": ops_inside.schemas,
    "channels": ops_inside.channels,
    "attempt": ops_inside.attempt,
}


def observe_program(body: Mapping[str, Any]) -> list[Event]:
    """Builds the graphs of a program, runs every operation, and returns the trace."""
    from parity.subjects.upstream.programs.build import build_main

    return observe(body, build_main)


def observe(body: Mapping[str, Any], build: Build) -> list[Event]:
    """Like `observe_program`, with the graphs that `build` makes."""
    run = body["run"]
    trace = Trace()
    book = Book(trace, run.get("versions", "int"))
    schedule = run.get("schedule", "inline")
    with contextlib.ExitStack() as stack:
        stack.enter_context(controlled(trace.record, schedule, run.get("delta_bound")))
        folder = None
        if run.get("saver", "memory") == "sqlite":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        saver = open_saver(run.get("saver", "memory"), book, folder)
        if hasattr(saver, "close"):
            stack.callback(saver.close)
        bench = Bench(trace.record, saver, _store(run), _cache(run), schedule=schedule)
        trace.runs = bench.runs
        session = Session(body, trace, bench, book, lambda main: build(body, bench, main))
        try:
            with _warnings(trace):
                session.graph = session.rebuild(session.main)
        except Exception as error:
            trace.record({"e": "built", "error": error_of(error)})
            return trace.events
        for index, op in enumerate(run["ops"]):
            _operate(session, index, op)
    return trace.events


def _store(run: Mapping[str, Any]) -> Any:
    if not run.get("store"):
        return None
    from langgraph.store.memory import InMemoryStore

    return InMemoryStore()


def _cache(run: Mapping[str, Any]) -> Any:
    if not run.get("cache"):
        return None
    from langgraph.cache.memory import InMemoryCache

    return InMemoryCache()


def _operate(session: Session, index: int, op: Mapping[str, Any]) -> None:
    """One operation: nothing that it raises ends the case."""
    trace, book = session.trace, session.book
    if trace.dead:
        # The process has crashed; whatever comes next is another one.
        ops_threads.restart(session, op)
    trace.begin({"e": "op", "index": index, "op": op["op"]})
    book.fault = _fault(op)
    try:
        _guarded(session, lambda: OPERATIONS[op["op"]](session, op))
    finally:
        book.fault = None
    if session.body["run"].get("reread", True) and not trace.dead:
        _guarded(session, lambda: ops_state.reread(session, asynchronous=_is_async(op)))
    if trace.dead:
        # Whatever ran after the crash ran in a dead process: it did not happen.
        session.bench.runs.clear()
        session.bench.runs.update(trace.runs_at_crash)


def _guarded(session: Session, act: Callable[[], None]) -> None:
    """Acts, and records what ended it: a hang, a reference to nothing, an error that nobody else has caught."""
    trace = session.trace
    try:
        with _warnings(trace), watched():
            act()
    except CrashError:
        return
    except UnresolvedError as error:
        ending = {"e": "unresolved", "what": str(error)}
    except HangError as error:
        ending = {"e": "hang", "what": str(error)}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        ending = {"e": "error", **error_of(error)}
    else:
        return
    with contextlib.suppress(CrashError):
        trace.record(ending)


def _fault(op: Mapping[str, Any]) -> Fault | None:
    fault = op.get("fault")
    if fault is None:
        return None
    return Fault(fault["at"], fault["nth"], fault["kind"] == "crash", fault.get("when", "before") == "after")


def _is_async(op: Mapping[str, Any]) -> bool:
    return bool(op.get("async")) or op.get("api") in ops_run.ASYNC_APIS


@contextlib.contextmanager
def _warnings(trace: Trace) -> Iterator[None]:
    """Records what is warned inside, in the order of warning, after the fact."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        finally:
            if not trace.dead:
                for warning in caught:
                    category = warning.category.__name__
                    if category not in _ONCE_IN_A_PROCESS:
                        trace.record({"e": "warning", "category": category, "message": str(warning.message)})


_ONCE_IN_A_PROCESS = ("LangChainBetaWarning", "LangChainDeprecationWarning")
"""Warnings of decorators that remember in a closure that they have warned: which case shows them would be chance."""
