"""`parity replay`: runs a saved case again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import UserError, one_line
from parity.cli.options import REPORTS, add_fixtures, folder, known_subject, positive_float, require_frozen

if TYPE_CHECKING:
    from parity.cases.model import Case
    from parity.subjects.process import SubjectProcess
    from parity.triage.divergence import Divergence
    from parity.triage.pair import Pair


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "replay",
        help="run a saved divergence or case again",
        description="Runs the saved case, never the seed, on oracle and subject, and says FIXED, FAILED (the same "
        "difference), CHANGED (another one) or ERROR; of a plain case AGREES or DIVERGES. Exit code 0, 1, 1, 2; 0, 1. "
        "A flaky divergence that does not show is AGREES, not FIXED.",
    )
    add_source(parser)
    add_sides(parser)
    parser.set_defaults(handler=_replay)


def add_source(parser: argparse.ArgumentParser) -> None:
    """The argument that names a saved divergence or case, and where to look for it."""
    parser.add_argument("source", metavar="ID|FILE", help="a divergence's id or the beginning of it, or a file")
    parser.add_argument("--out", type=folder, default=REPORTS, metavar="DIR", help="folder of runs (default: reports)")
    add_fixtures(parser)


def add_sides(parser: argparse.ArgumentParser) -> None:
    """The two sides to run a saved case on."""
    parser.add_argument("--subject", metavar="NAME", help="run this subject instead of the saved one (a case: core)")
    parser.add_argument("--oracle", metavar="NAME", help="run this oracle instead of the saved one (a case: upstream)")
    parser.add_argument(
        "--timeout", type=positive_float, default=60.0, metavar="T", help="seconds on each side (default: 60)"
    )


def sides_of(
    arguments: argparse.Namespace, saved: Divergence | Case
) -> tuple[Callable[[], SubjectProcess], Callable[[], SubjectProcess]]:
    """What starts the oracle and the subject for a saved divergence or case. Raises UserError for unknown names."""
    from parity.campaign.plan import AA_HASH_SEED
    from parity.subjects.process import SubjectProcess
    from parity.subjects.registry import spec_for
    from parity.triage.divergence import GATES, Divergence

    found = saved if isinstance(saved, Divergence) else None
    oracle = known_subject((found.oracle if found else "upstream") if arguments.oracle is None else arguments.oracle)
    subject = known_subject((found.subject if found else "core") if arguments.subject is None else arguments.subject)
    require_frozen(oracle)
    subject_hash_seed = AA_HASH_SEED if found is not None and found.phase in GATES else 0

    def start(name: str, hash_seed: int) -> Callable[[], SubjectProcess]:
        return lambda: SubjectProcess(spec_for(name), timeout=arguments.timeout, hash_seed=hash_seed)

    return start(oracle, 0), start(subject, subject_hash_seed)


def source_path(arguments: argparse.Namespace) -> Path:
    """The file that the arguments name. Raises UserError."""
    from parity.cases.model import CaseError
    from parity.triage.saved import saved_path

    try:
        return saved_path(arguments.source, (arguments.out, arguments.fixtures / "regressions"))
    except CaseError as error:
        raise UserError(error.what if error.where == "/" else str(error)) from error


def load_source(arguments: argparse.Namespace) -> Divergence | Case:
    """What the arguments name. Raises UserError, one clear line, for whatever is not a whole divergence or case."""
    from parity.cases.model import CaseError
    from parity.triage.saved import open_saved

    try:
        return open_saved(arguments.source, (arguments.out, arguments.fixtures / "regressions"))
    except CaseError as error:
        raise UserError(error.what if error.where == "/" else str(error)) from error


def pair_of(oracle: SubjectProcess, subject: SubjectProcess) -> Pair:
    """Both sides, compared as a run of theirs would be."""
    from parity.subjects.releases.name import is_release
    from parity.triage.pair import Pair

    equals = is_release(oracle.spec.name) and is_release(subject.spec.name)
    return Pair(oracle, subject, before=lambda _: None, equals=equals)


def _replay(arguments: argparse.Namespace) -> int:
    from parity.subjects.process import SubjectStartError
    from parity.triage.divergence import Divergence
    from parity.triage.replay import replay

    saved = load_source(arguments)
    found = saved if isinstance(saved, Divergence) else None
    try:
        with ExitStack() as stack:
            first, second = (stack.enter_context(side()) for side in sides_of(arguments, saved))
            answer = replay(saved, pair_of(first, second))
    except SubjectStartError as error:
        raise UserError(str(error)) from error
    name = found.id if found is not None else arguments.source
    print(one_line(f"{answer.answer} {name}: {answer.why}", 2000))
    if answer.answer == "ERROR":
        print(f"parity: error: {one_line(answer.why)}", file=sys.stderr)
    return answer.exit_code
