"""A divergence as text: the case, where the two sides still agreed, what each did next, and which bytes differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from parity.cases.model import Case
from parity.compare.msgpack import MsgpackDifference, hexdump, render_tree
from parity.triage.divergence import Divergence

MAX_LINES = 120
"""A block longer than this is cut, and how much is left out is said."""

_MAX_WIDTH = 2000


def show(saved: Divergence | Case) -> str:
    """The text, ending in a newline. Whatever a file holds, the text has no control characters but newlines."""
    blocks = _divergence(saved) if isinstance(saved, Divergence) else _case(saved)
    return _printable("\n\n".join(blocks)) + "\n"


def _case(case: Case) -> Iterator[str]:
    yield f"case {case.case_id} ({case.kind})"
    yield _pretty(case.to_json())


def _divergence(saved: Divergence) -> Iterator[str]:
    difference = saved.difference
    state = "flaky" if saved.flaky else "shrunk" if saved.shrunk else "as found, not shrunk"
    yield "\n".join(
        (
            f"divergence {saved.id}",
            f"  {saved.fingerprint}, seen in {saved.count} of the cases of {saved.campaign_layer} ({state})",
            f"  {saved.oracle} (oracle) against {saved.subject} (subject), seed {saved.seed}",
            f"  {difference.summary}",
            *((f"  flaky: the first outputs of both sides are below; {saved.again}",) if saved.flaky else ()),
            *(() if saved.localised is None else (f"  {saved.localised.told()}",)),
            f"  {saved.replay_command}",
        )
    )
    yield f"case {saved.case.case_id} ({saved.case.kind})\n{_pretty(saved.case.to_json())}"
    if difference.last_agreed is not None:
        yield f"last agreed event (number {difference.index - 1})\n{_pretty(difference.last_agreed)}"
    elif difference.index == 0 and (difference.expected or difference.actual):
        yield "the two sides part at the first event"
    yield f"oracle\n{_side(difference.expected, saved.expected.status, saved.expected.detail)}"
    yield f"subject\n{_side(difference.actual, saved.actual.status, saved.actual.detail)}"
    if difference.path:
        yield f"where: {difference.path}"
    if difference.bytes is not None:
        yield from _bytes(difference.bytes)
    if saved.applied:
        yield "normalised: " + ", ".join(f"{name} {count}x" for name, count in sorted(saved.applied.items()))


def _side(event: dict[str, Any] | None, status: str, detail: str) -> str:
    if event is not None:
        return _pretty(event)
    if status != "observed":
        return f"  {status}: {detail}" if detail else f"  {status}"
    return "  no further event"


def _bytes(found: MsgpackDifference) -> Iterator[str]:
    same = "the same value, encoded differently" if found.same_value else "another value"
    yield f"bytes: {found.what} at {found.path or 'the top'}, {same}"
    for side, text, offset in (
        ("oracle", found.expected_hex, found.offset_expected),
        ("subject", found.actual_hex, found.offset_actual),
    ):
        data = bytes.fromhex(text)
        heading = f"{side}, {len(data)} bytes, offset {offset}"
        yield "\n".join((heading, render_tree(data, around=offset), hexdump(data, around=offset)))


def _pretty(obj: Any) -> str:
    lines = json.dumps(obj, indent=1, ensure_ascii=True).split("\n")
    shown = [line if len(line) <= _MAX_WIDTH else f"{line[:_MAX_WIDTH]}… ({len(line)} characters)" for line in lines]
    if len(shown) > MAX_LINES:
        shown[MAX_LINES:] = [f"… {len(shown) - MAX_LINES} lines more"]
    return "\n".join(f"  {line}" for line in shown)


def _printable(text: str) -> str:
    return "".join(ch if ch == "\n" or ch.isprintable() else ch.encode("unicode_escape").decode("ascii") for ch in text)
