"""Whenever a generate is killed, either all of the old corpus is there or all of the new one."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from small import ORACLE, echo, named

from parity.cases.model import CaseError
from parity.corpus.files import load
from parity.corpus.generate import record, store
from parity.corpus.model import Corpus
from parity.corpus.transaction import STAGING, reading

NEW = ("two", "three", "four", "five")


def in_fork(act: Callable[[], None]) -> int:
    """Starts a process that acts and exits 0; returns its id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return pid


def outcome(pid: int) -> int:
    """Waits for a process: its exit code, or the negative number of the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def changes_of_the_disk(root: Path, corpus: Corpus, kill_at: int, report: int | None = None) -> None:
    """Stores the corpus, counting what changes the disk (and syncs), and dies just before the nth such call."""
    calls = 0

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return wrapper

    for name in ("replace", "fsync", "unlink", "mkdir", "rmdir"):
        setattr(os, name, dying(getattr(os, name)))
    store(root, corpus, echo)
    if report is not None:
        os.write(report, str(calls).encode())


def count_changes(root: Path, corpus: Corpus) -> int:
    """How many such calls a store makes that nobody kills."""
    reader, writer = os.pipe()
    assert outcome(in_fork(lambda: changes_of_the_disk(root, corpus, 0, writer))) == 0
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return int(pipe.read())


@pytest.fixture
def new() -> Corpus:
    return record(named(*NEW)[:-1], ORACLE, echo)


def test_killed_at_every_single_change_of_the_disk_it_leaves_the_old_corpus_or_the_new_one(
    tmp_path: Path, old: Corpus, new: Corpus
) -> None:
    root = tmp_path / "fixtures"
    store(root, old, echo)
    steps = count_changes(root, new)
    assert load(root) == new
    assert steps > 20
    seen: list[bool] = []
    for step in range(1, steps + 1):
        store(root, old, echo)
        assert outcome(in_fork(partial(changes_of_the_disk, root, new, step))) == -signal.SIGKILL
        found = load(root)
        assert found in (old, new), f"killed at step {step} of {steps}"
        seen.append(found == new)
        # Whatever the dead writer left does not stop the next one.
        store(root, new, echo)
        assert load(root) == new
        assert not (root / STAGING).exists()
    assert seen == sorted(seen), "once the new corpus was committed, it stays"
    assert set(seen) == {False, True}


def test_a_writer_that_recovers_a_dead_one_may_die_too(tmp_path: Path, old: Corpus, new: Corpus) -> None:
    root = tmp_path / "fixtures"
    store(root, old, echo)
    steps = count_changes(root, new)
    found: list[Corpus] = []
    for step in range(1, steps + 1):
        store(root, old, echo)
        outcome(in_fork(partial(changes_of_the_disk, root, new, step)))
        for again in (1, 2, 3):
            outcome(in_fork(partial(changes_of_the_disk, root, new, again)))
        found.append(load(root))
        assert found[-1] in (old, new)
    assert old in found
    assert new in found


def test_killed_at_any_moment_it_leaves_the_old_corpus_or_the_new_one(tmp_path: Path, old: Corpus, new: Corpus) -> None:
    root = tmp_path / "fixtures"
    choose = random.Random(20260101)
    for _ in range(40):
        store(root, old, echo)
        pid = in_fork(lambda: store(root, new, echo))
        time.sleep(choose.uniform(0.0, 0.05))
        os.kill(pid, signal.SIGKILL)
        outcome(pid)
        assert load(root) in (old, new)


def test_nothing_is_replaced_by_what_cannot_be_proven(root: Path, old: Corpus, new: Corpus) -> None:
    def interrupted(*_: object) -> list[object]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store(root, new, interrupted)  # type: ignore[arg-type]
    assert load(root) == old
    assert not (root / STAGING).exists()


def test_two_writers_do_not_mix(root: Path, new: Corpus) -> None:
    with reading(root), pytest.raises(CaseError, match="another process is writing or reading"):
        store(root, new, echo)


def test_a_reader_waits_for_a_writer_and_sees_the_new_corpus_whole(root: Path, new: Corpus) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(cases: object, seed: int) -> list[object]:
        inside.set()
        go_on.wait(20)
        return echo(cases, seed)  # type: ignore[arg-type,return-value]

    writer = threading.Thread(target=store, args=(root, new, slow))
    writer.start()
    assert inside.wait(20)
    seen: list[Corpus] = []
    reader = threading.Thread(target=lambda: seen.append(load(root)))
    reader.start()
    reader.join(0.2)
    assert reader.is_alive()
    go_on.set()
    reader.join(20)
    writer.join(20)
    assert seen == [new]


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path, new: Corpus) -> None:
    (tmp_path / "fixtures").write_text("a file", "utf-8")
    with pytest.raises(CaseError, match=r"cannot write .*fixtures: "):
        store(tmp_path / "fixtures", new, echo)
