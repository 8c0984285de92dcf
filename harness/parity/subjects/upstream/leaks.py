"""Whether a serializer keeps anything: the recorded cases dumped and loaded over and over, errors too, and counted.

`python -m parity.subjects.upstream.leaks SUBJECT` runs the full check of `rust` or `upstream`. Looked at are the
reference counts of classes, of the dumped objects and of what is in them, the blocks that Python has allocated, the
objects that its collector knows, and the memory that the process has resident, which also shows what is not Python's.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from parity.cases.model import Case
from parity.subjects.upstream.objects import build
from parity.subjects.upstream.odd import ODD
from parity.subjects.upstream.values import in_deep_stack, quiet

__all__ = ["LIMITS", "Leak", "Sample", "Work", "check", "prepare"]

FULL = 100_000
"""Dumps, and loads, of the full check."""

LIMITS = {"references": 24, "blocks": 1000, "objects": 200, "resident": 4 << 20}
"""How much each number may grow from the first sample to the last. One thing kept at each of 1,000 calls is beyond
them; what Python itself keeps (free lists, caches, memory it does not give back) stays within."""

_SKIPPED_ODD = frozenset({"generator", "model_dump_interrupts", "model_dump_exits"})
_LONGEST = 4096
"""Longer values take time and show no more."""


@dataclass(frozen=True)
class Work:
    """What is done over and over: objects to dump, each with whether it is refused, and typed bytes to load."""

    values: tuple[Any, ...]
    typed: tuple[tuple[str, bytes], ...]
    odd: tuple[Callable[[], Any], ...]


@dataclass(frozen=True)
class Sample:
    """The numbers at one moment."""

    references: tuple[int, ...]
    blocks: int
    objects: int
    resident: int


@dataclass(frozen=True)
class Leak:
    """A number that grew beyond its limit: which, from what to what."""

    what: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.what}: {self.before} before, {self.after} after"


@dataclass(frozen=True)
class Outcome:
    """How often was dumped and loaded, how many of these calls were refused, and what leaked."""

    dumps: int
    loads: int
    refused: int
    leaks: tuple[Leak, ...]
    first: Sample
    last: Sample


def prepare(cases: Sequence[Case]) -> Work:
    """The work that these value and bytes cases make; bytes are loaded strictly, so that nothing is called for them."""
    values, typed = [], []
    upstream = JsonPlusSerializer(allowed_msgpack_modules=None)
    with quiet():
        for case in cases:
            if case.kind == "bytes":
                typed.append(("msgpack", bytes.fromhex(case.body["hex"])))
            elif case.kind == "value":
                value = build(case.body["value"])
                values.append(value)
                try:
                    tag, data = upstream.dumps_typed(value)
                except TypeError:
                    continue
                if len(data) <= _LONGEST:
                    typed.append((tag, bytes(data)))
                    typed.append((tag, bytes(data[:-1])))
                else:
                    values.pop()
    return Work(tuple(values), tuple(typed), tuple(make for name, make in ODD.items() if name not in _SKIPPED_ODD))


def check(serializer: type[JsonPlusSerializer], work: Work, count: int, *, warm: int = 2) -> Outcome:
    """Dumps `count` times and loads `count` times, after `warm` times through all of the work; says what grew."""
    return in_deep_stack(0, lambda: _check(serializer, work, count, warm))


def _check(serializer: type[JsonPlusSerializer], work: Work, count: int, warm: int) -> Outcome:
    made = serializer(allowed_msgpack_modules=None)
    watched = _watched(work)
    dumps, loads = _dumping(made, work), _loading(made, work)
    with quiet():
        for _ in range(warm * (len(work.values) + len(work.odd))):
            next(dumps)
        for _ in range(warm * len(work.typed)):
            next(loads)
        # What the first calls of these functions themselves keep is kept by now.
        _sample(watched)
        first = _sample(watched)
        refused = sum(next(dumps) for _ in range(count)) + sum(next(loads) for _ in range(count))
        last = _sample(watched)
    return Outcome(count, count, refused, tuple(_grown(first, last, watched)), first, last)


def _dumping(serializer: Any, work: Work) -> Iterator[bool]:
    """Dumps one thing after the other for ever; True for what was refused."""
    while True:
        for value in work.values:
            yield _refused(serializer.dumps_typed, value)
        for make in work.odd:
            yield _refused(serializer.dumps_typed, make())


def _loading(serializer: Any, work: Work) -> Iterator[bool]:
    while True:
        for typed in work.typed:
            yield _refused(serializer.loads_typed, typed)


def _refused(call: Callable[[Any], Any], given: Any) -> bool:
    try:
        call(given)
    except (TypeError, ValueError):
        return True
    return False


def _watched(work: Work) -> list[tuple[str, Any]]:
    """Objects whose references are counted: the dumped ones, what is in them, their classes."""
    found: dict[int, tuple[str, Any]] = {}
    pending: list[Any] = [*work.values, JsonPlusSerializer, TypeError, ValueError]
    while pending and len(found) < 20_000:
        one = pending.pop()
        # None, numbers and empty texts are used by everything that runs meanwhile.
        if (
            id(one) in found
            or one is None
            or isinstance(one, (int, float))
            or (isinstance(one, (str, bytes)) and not one)
        ):
            continue
        found[id(one)] = (type(one).__name__, one)
        pending.append(type(one))
        if isinstance(one, dict):
            pending += [*one.keys(), *one.values()]
        elif isinstance(one, (list, tuple, set, frozenset)):
            pending += one
    return list(found.values())


def _sample(watched: list[tuple[str, Any]]) -> Sample:
    gc.collect()
    gc.collect()
    references = tuple(sys.getrefcount(one) for _, one in watched)
    with Path("/proc/self/statm").open("rb") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Sample(references, sys.getallocatedblocks(), len(gc.get_objects()), resident)


def _grown(first: Sample, last: Sample, watched: list[tuple[str, Any]]) -> Iterator[Leak]:
    pairs = zip(watched, first.references, last.references, strict=True)
    worst = max(pairs, key=lambda pair: abs(pair[2] - pair[1]), default=None)
    if worst is not None and abs(worst[2] - worst[1]) > LIMITS["references"]:
        (name, one), before, after = worst
        yield Leak(f"references to {one!r:.80} ({name})", before, after)
    for what in ("blocks", "objects", "resident"):
        before, after = getattr(first, what), getattr(last, what)
        if after - before > LIMITS[what]:
            yield Leak(what, before, after)


def main(argv: list[str] | None = None) -> int:
    """Prints what the full check of a subject found. Exit code 0, 1 for a leak, 2 for bad input."""
    from parity.cases.schema import CaseError

    parser = argparse.ArgumentParser(prog="python -m parity.subjects.upstream.leaks", description=__doc__)
    parser.add_argument("subject", choices=("rust", "upstream"))
    parser.add_argument("--count", type=int, default=FULL, metavar="N", help=f"dumps, and loads (default: {FULL})")
    parser.add_argument("--fixtures", type=Path, default=Path("fixtures"), metavar="DIR", help="the recorded cases")
    options = parser.parse_args(argv)
    try:
        work = in_deep_stack(0, lambda: prepare(_recorded(options.fixtures)))
    except (CaseError, OSError) as error:
        print(f"leaks: error: {error}", file=sys.stderr)
        return 2
    found = check(_serializer(options.subject), work, options.count)
    first, last = found.first, found.last
    print(
        f"{options.subject}: {found.dumps} dumps and {found.loads} loads of {len(work.values)} values, "
        f"{len(work.odd)} odd objects and {len(work.typed)} inputs, {found.refused} of them refused"
    )
    worst = max(abs(after - before) for before, after in zip(first.references, last.references, strict=True))
    print(f"references to {len(first.references)} objects and classes: {worst} more at most")
    print(f"blocks: {last.blocks - first.blocks:+d}, collected objects: {last.objects - first.objects:+d}")
    print(f"resident: {(last.resident - first.resident) / 1024:+.0f} KiB of {last.resident / 1048576:.0f} MiB")
    for leak in found.leaks:
        print(f"LEAK {leak}")
    return int(bool(found.leaks))


def _serializer(subject: str) -> type[JsonPlusSerializer]:
    if subject == "upstream":
        return JsonPlusSerializer
    from langgraph_rs.serde import JsonPlusSerializer as Rust

    made: type[Any] = Rust
    return made


def _recorded(fixtures: Path) -> list[Case]:
    """The value and bytes cases of the recorded corpora."""
    import json

    cases: list[Case] = []
    for name in ("values", "bytes"):
        text = (fixtures / "corpus" / "values" / f"{name}.json").read_text("utf-8")
        cases += [Case.from_json(entry["case"]) for entry in json.loads(text)["entries"]]
    return cases


if __name__ == "__main__":
    sys.exit(main())
