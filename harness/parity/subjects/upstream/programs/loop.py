"""An event loop in which an async run is the same every time.

asyncio itself is deterministic: what is ready runs first come, first served. Chance comes in from outside, at three
places, and each is replaced here: the clock (timers fire in their order, and the clock jumps to the next one when
nothing else is left to do), threads (one that an executor would start runs while the loop stands still, and hands
back to it when it ends or waits for the loop), and the hashes of tasks and futures (they follow the order of their
creation, and so do sets of them). The names of tasks, which error texts have in them, are counted in each loop:
asyncio counts them in the process, over all the cases that it has run.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import itertools
import selectors
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

__all__ = ["StalledError", "VirtualLoop", "baton", "numbered", "virtual_time"]


class StalledError(RuntimeError):
    """Everything waits and nothing can end it: in reality this run would hang."""


class _Task(asyncio.Task[Any]):
    """A task whose hash is a number, and not an address; tasks of several graphs may have the same one."""

    number: int
    made: int

    def __hash__(self) -> int:
        return self.number


class _Future(asyncio.Future[Any]):
    """A future whose hash is a number, and not an address."""

    number: int

    def __hash__(self) -> int:
        return self.number


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps, whose executor has no threads of its own, and whose tasks are numbered.

    `next_number` is the hash of the next task that is made, where its maker knows better than the order of making.
    """

    def __init__(self) -> None:
        super().__init__(_Selector(self))
        self._now = 0.0
        self._numbers = itertools.count(1 << 20)
        self._names = itertools.count(1)
        self._made = itertools.count()
        self._workers: set[_Worker] = set()
        self.next_number: int | None = None
        self.set_task_factory(_make_task)  # type: ignore[arg-type]

    def time(self) -> float:
        """Seconds since the loop began, on its own clock."""
        return self._now

    def skip(self, seconds: float) -> None:
        """Moves the clock on."""
        self._now += seconds

    def close(self) -> None:
        """Ends the threads that still wait for the loop, and closes it."""
        for worker in tuple(self._workers):
            worker.give_up()
        super().close()

    def take_number(self) -> int:
        """The hash of the task that is being made."""
        number, self.next_number = self.next_number, None
        return next(self._numbers) if number is None else number

    def take_name(self) -> str:
        """The name of the task that is being made, where its maker gives none: as asyncio would call it."""
        return f"Task-{next(self._names)}"

    def take_place(self) -> int:
        """How many tasks were made before the one that is being made."""
        return next(self._made)

    def left(self) -> list[asyncio.Task[Any]]:
        """The tasks that have not ended, by their numbers, those of one number in the order of their making.

        asyncio keeps them in a set, where those of one number stand as chance has it.
        """
        return sorted(
            asyncio.all_tasks(self), key=lambda task: (hash(task), task.made if isinstance(task, _Task) else 0)
        )

    def create_future(self) -> asyncio.Future[Any]:
        """A future that is numbered like the tasks."""
        future = _Future.__new__(_Future)
        future.number = next(self._numbers)
        future.__init__(loop=self)  # type: ignore[misc]
        return future

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Runs the function in a thread while the loop stands still; done when this returns, unless it waits for the
        loop.
        """
        future: asyncio.Future[Any] = self.create_future()
        worker = _Worker(self, lambda: func(*args), future, self._workers)
        self._workers.add(worker)
        worker.run()
        return future


def _make_task(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> _Task:
    task = _Task.__new__(_Task)
    # A task is put into a set by its own constructor, so its hash must be there before.
    task.number = loop.take_number() if isinstance(loop, VirtualLoop) else 0
    task.made = loop.take_place() if isinstance(loop, VirtualLoop) else 0
    if isinstance(loop, VirtualLoop) and options.get("name") is None:
        options["name"] = loop.take_name()
    task.__init__(coro, loop=loop, **options)  # type: ignore[misc]
    return task


class _Selector(selectors.DefaultSelector):
    """Never sleeps: with nothing ready, the loop's clock moves to the next timer."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise StalledError("every task waits for something that nothing will bring")
        self._loop.skip(timeout)
        return ready


class _Worker:
    """A function in a thread of its own that never runs at the same time as the loop."""

    def __init__(
        self, loop: VirtualLoop, function: Callable[[], Any], future: asyncio.Future[Any], workers: set[_Worker]
    ) -> None:
        self.loop, self._function, self._future, self._workers = loop, function, future, workers
        self._to_worker, self._to_loop = threading.Semaphore(0), threading.Semaphore(0)
        self._given_up = False
        self._outcome: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def run(self) -> None:
        """Starts the thread and returns when it has ended or waits."""
        self._thread.start()
        self._hand_over()

    def give_up(self) -> None:
        """Lets the waiting thread end with a StalledError."""
        self._given_up = True
        self._to_worker.release()
        self._thread.join()
        self._workers.discard(self)

    def wait_for(self, future: concurrent.futures.Future[Any]) -> None:
        """Called in the thread: gives the baton to the loop until the future is done and the loop's turn comes to
        resume.
        """
        if self._given_up:
            raise StalledError("the loop has ended while a thread waited for it")
        future.add_done_callback(self._wake)
        self._to_loop.release()
        self._to_worker.acquire()
        if self._given_up:
            raise StalledError("the loop has ended while a thread waited for it")

    def _wake(self, _: concurrent.futures.Future[Any]) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._resume)

    def _resume(self) -> None:
        self._to_worker.release()
        self._hand_over()

    def _hand_over(self) -> None:
        self._to_loop.acquire()
        if not self._outcome.done():
            return
        self._thread.join()
        self._workers.discard(self)
        if self._future.done():
            return
        error = self._outcome.exception()
        if error is None:
            self._future.set_result(self._outcome.result())
        elif isinstance(error, StopIteration):
            self._future.set_exception(RuntimeError(str(error)))
        else:
            self._future.set_exception(error)

    def _work(self) -> None:
        _HELD.worker = self
        try:
            result = self._function()
        except BaseException as error:
            self._outcome.set_exception(error)
        else:
            self._outcome.set_result(result)
        self._to_loop.release()


class _Held(threading.local):
    worker: _Worker | None = None


_HELD = _Held()


def virtual_time() -> float:
    """What the clock of the loop shows that this thread belongs to, in seconds; 0.0 outside of async runs."""
    if _HELD.worker is not None:
        return _HELD.worker.loop.time()
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return 0.0


@contextlib.contextmanager
def baton() -> Iterator[None]:
    """Inside, a thread of the loop's executor that waits for a future lets the loop run meanwhile."""
    original = concurrent.futures.Future.result

    def result(self: concurrent.futures.Future[Any], timeout: float | None = None) -> Any:
        if _HELD.worker is not None and not self.done():
            _HELD.worker.wait_for(self)
        return original(self, timeout)

    concurrent.futures.Future.result = result  # type: ignore[method-assign]
    try:
        yield
    finally:
        concurrent.futures.Future.result = original  # type: ignore[method-assign]


@contextlib.contextmanager
def numbered(loop: VirtualLoop, number: int) -> Iterator[None]:
    """Inside, the first task that the loop makes has this number for its hash."""
    loop.next_number = number
    try:
        yield
    finally:
        loop.next_number = None
