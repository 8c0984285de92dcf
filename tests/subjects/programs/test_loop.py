"""The event loop on which async programs run: real asyncio without chance."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from parity.subjects.upstream.programs.loop import StalledError, VirtualLoop, baton, numbered, virtual_time


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine on such a loop."""
    loop = VirtualLoop()
    try:
        with baton():
            return loop.run_until_complete(coroutine)
    finally:
        loop.close()


def test_an_hour_passes_at_once_and_timers_fire_in_their_order() -> None:
    async def sleepers() -> list[str]:
        woken: list[str] = []

        async def sleep(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append(f"{name} at {virtual_time():g}")

        await asyncio.gather(sleep("late", 3600), sleep("early", 60), sleep("between", 61))
        return woken

    began = time.monotonic()
    assert run(sleepers()) == ["early at 60", "between at 61", "late at 3600"]
    assert time.monotonic() - began < 5


def test_a_time_out_is_as_long_as_it_says() -> None:
    async def late() -> float:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3600), 0.25)
        return virtual_time()

    assert run(late()) == 0.25


def test_what_waits_for_ever_is_told_instead_of_waited_for() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StalledError):
        run(wait())


def test_sets_of_tasks_follow_the_order_of_their_making() -> None:
    async def many() -> list[int]:
        tasks = {asyncio.get_running_loop().create_task(asyncio.sleep(0, index)): index for index in range(12)}
        done, _ = await asyncio.wait(tasks)
        return [tasks[task] for task in done]

    first = run(many())
    assert all(run(many()) == first for _ in range(5))


def test_tasks_are_named_by_their_order_in_the_loop_and_not_in_the_process() -> None:
    async def names() -> list[str]:
        loop = asyncio.get_running_loop()
        made = [loop.create_task(asyncio.sleep(0)), loop.create_task(asyncio.sleep(0), name="mine")]
        made.append(loop.create_task(asyncio.sleep(0)))
        await asyncio.wait(made)
        return [task.get_name() for task in (asyncio.current_task(), *made) if task is not None]

    assert run(names()) == ["Task-1", "Task-2", "mine", "Task-4"]
    assert run(names()) == ["Task-1", "Task-2", "mine", "Task-4"]


def test_a_task_can_be_given_its_place_in_sets() -> None:
    async def three() -> list[int]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        tasks = set()
        for number in (2, 0, 1):
            with numbered(loop, number):
                tasks.add(loop.create_task(asyncio.sleep(0)))
        await asyncio.wait(tasks)
        return [hash(task) for task in tasks]

    assert run(three()) == [0, 1, 2]


@pytest.mark.parametrize("gone", range(12))
def test_tasks_that_are_left_end_in_the_order_of_their_making(gone: int) -> None:
    # Graphs side by side number their tasks alike, and those of them that have ended make room in asyncio's set.
    async def several() -> tuple[list[str], list[str]]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        ended = [loop.create_task(asyncio.sleep(0)) for _ in range(gone)]
        await asyncio.gather(*ended)
        left = []
        for name in "abcdefghijkl":
            with numbered(loop, 7):
                left.append(loop.create_task(asyncio.sleep(60), name=name))
        seen = [task.get_name() for task in loop.left() if task in left]
        for task in left:
            task.cancel()
        return seen, [task.get_name() for task in left]

    seen, made = run(several())
    assert seen == made


class TestFunctionsInAnExecutor:
    """They run in a thread, and never while the loop runs."""

    def test_they_have_run_when_the_loop_goes_on(self) -> None:
        async def call() -> tuple[list[str], bool]:
            order: list[str] = []
            other = threading.get_ident()

            def work() -> bool:
                order.append("worked")
                return threading.get_ident() != other

            future = asyncio.get_running_loop().run_in_executor(None, work)
            order.append("called")
            return order, await future

        assert run(call()) == (["worked", "called"], True)

    def test_one_that_waits_for_the_loop_gives_way_to_it(self) -> None:
        async def call() -> list[str]:
            loop = asyncio.get_running_loop()
            order: list[str] = []

            async def answer() -> str:
                order.append("the loop runs")
                await asyncio.sleep(5)
                return "answered"

            def ask() -> None:
                order.append("asked")
                order.append(asyncio.run_coroutine_threadsafe(answer(), loop).result())

            await loop.run_in_executor(None, ask)
            order.append(f"at {virtual_time():g}")
            return order

        assert run(call()) == ["asked", "the loop runs", "answered", "at 5"]

    def test_its_error_is_raised_where_it_is_awaited(self) -> None:
        async def call() -> None:
            def fail() -> None:
                raise KeyError("inside")

            await asyncio.get_running_loop().run_in_executor(None, fail)

        with pytest.raises(KeyError, match="inside"):
            run(call())

    def test_one_that_waits_for_ever_does_not_outlive_the_loop(self) -> None:
        async def call() -> None:
            await asyncio.get_running_loop().run_in_executor(None, concurrent.futures.Future[int]().result)

        before = threading.active_count()
        with pytest.raises(StalledError):
            run(call())
        assert threading.active_count() == before
