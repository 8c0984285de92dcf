"""`parity waivers check`: whether each known divergence is still one, and still answered for."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import DIVERGED, PARITY, UserError, one_line
from parity.cli.options import (
    WAIVERS,
    add_fixtures,
    known_subject,
    positive_float,
    read_waivers,
    require_frozen,
)

if TYPE_CHECKING:
    from parity.cases.model import Case
    from parity.subjects.process import SubjectProcess
    from parity.triage.divergence import Divergence
    from parity.triage.waivers import Waiver


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "waivers",
        help="check the known divergences",
        description="Waivers are the divergences of waivers.toml that somebody answers for until a day.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=type(parser))
    check = commands.add_parser(
        "check",
        help="check their form and days, and run the kept regression of each",
        description="Checks the file's schema, fingerprints, doubles and days, and runs the kept regression that each "
        "waiver names: it must still diverge as the waiver says. Exit code 0: all hold; 1: one is expired or no longer "
        "needed; 2: a bad file or environment.",
    )
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the file (default: waivers.toml)")
    check.add_argument("--subject", metavar="NAME", help="the subject of waivers that name none")
    check.add_argument(
        "--timeout", type=positive_float, default=60.0, metavar="T", help="seconds on each side (default: 60)"
    )
    add_fixtures(check)
    check.set_defaults(handler=_check)


def _check(arguments: argparse.Namespace) -> int:
    from parity.triage.waivers import expired

    path = arguments.file or WAIVERS
    waivers = read_waivers(arguments.file)
    if not waivers:
        print(f"{path}: no waivers" if path.exists() else f"no waivers: there is no {path}")
        return PARITY
    saved = [_regression(waiver, arguments.fixtures) for waiver in waivers]
    subjects = [_subject(waiver, kept, arguments.subject) for waiver, kept in zip(waivers, saved, strict=True)]
    failed = 0
    today = date.today()
    with _Sides(arguments.timeout) as sides:
        for waiver, kept, subject in zip(waivers, saved, subjects, strict=True):
            shown, told = sides.shows(waiver, kept, subject)
            over = expired(waiver, today)
            failed += over or not shown
            word = "EXPIRED" if over else "ok" if shown else "PASSING"
            when = f"until {waiver.expiry.isoformat()}"
            print(one_line(f"{word} {waiver.key}, {when}, {waiver.owner}: {subject} on {waiver.regression}: {told}"))
    total = f"{len(waivers)} waiver{'s' * (len(waivers) != 1)}"
    print(f"{total} checked, {failed} must go" if failed else f"{total} checked, all hold")
    return DIVERGED if failed else PARITY


def _regression(waiver: Waiver, fixtures: Path) -> Divergence | Case:
    from parity.cases.model import CaseError
    from parity.triage.saved import open_saved
    from parity.triage.waivers import regression_path

    try:
        return open_saved(str(regression_path(waiver, fixtures)), ())
    except CaseError as error:
        raise UserError(error.what) from error


def _subject(waiver: Waiver, kept: Divergence | Case, given: str | None) -> str:
    """Whom the waiver is about: itself says so, or who asks, or who was caught."""
    from parity.triage.divergence import Divergence

    name = waiver.subject or given or (kept.subject if isinstance(kept, Divergence) else None)
    if name is None:
        raise UserError(f"the waiver of {waiver.key} names no subject, nor does its regression: give --subject")
    return known_subject(name)


class _Sides:
    """The oracle and the subjects that are asked, each started once."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._stack = ExitStack()
        self._started: dict[str, SubjectProcess] = {}

    def __enter__(self) -> _Sides:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def shows(self, waiver: Waiver, kept: Divergence | Case, subject: str) -> tuple[bool, str]:
        """Whether the kept regression still diverges as the waiver says, and what it does."""
        from parity.cases.model import Case
        from parity.triage.pair import Pair

        case, oracle = (kept, "upstream") if isinstance(kept, Case) else (kept.case, kept.oracle)
        result = Pair(self._side(oracle), self._side(subject), before=lambda _: None).run(case)
        if result.comparison is None:
            return False, f"nothing to compare: {(result.actual or result.expected).detail or 'no observation'}"
        difference = result.comparison.difference
        if difference is None:
            return False, "both sides agree now"
        if difference.fingerprint != waiver.fingerprint:
            return False, f"it is {difference.fingerprint} now: {difference.summary}"
        return True, "it still diverges"

    def _side(self, name: str) -> SubjectProcess:
        from parity.subjects.process import SubjectProcess, SubjectStartError
        from parity.subjects.registry import spec_for

        if name not in self._started:
            require_frozen(name)
            try:
                side = SubjectProcess(spec_for(name), timeout=self._timeout)
            except SubjectStartError as error:
                raise UserError(str(error)) from error
            self._started[name] = self._stack.enter_context(side)
        return self._started[name]
