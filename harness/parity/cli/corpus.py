"""`parity corpus`: record what the oracle does, check that it still does it, and show what changed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from parity.cli.errors import DIVERGED, PARITY, UserError, one_line
from parity.cli.options import add_fixtures, default_workers, known_subject, workers

if TYPE_CHECKING:
    from parity.corpus.model import Corpus
    from parity.corpus.record import Subject

_SHOWN = 40
"""Differences shown before the rest are only counted."""

_ORACLE = "upstream"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "corpus", help="record, check, compare the corpora", description="The corpora recorded from the oracle."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=type(parser))

    generate = commands.add_parser(
        "generate",
        help="record the corpora anew",
        description="Runs every designed case on the oracle under two hash seeds, writes the corpora, reads them back "
        "and runs them again before they replace the old ones, all or nothing. Exit code 0, or 2 with one line.",
    )
    add_fixtures(generate)
    generate.add_argument("--dry-run", action="store_true", help="only show what would change")
    generate.add_argument("--workers", type=workers, metavar="K", help="oracle processes (default: all cores)")
    generate.set_defaults(handler=_reported(_generate))

    check = commands.add_parser(
        "check",
        help="check that the corpora hold",
        description="Checks schema and hashes, then runs every entry on the oracle under two hash seeds and compares. "
        "Exit code 0: all hold; 1: some do not; 2: bad corpora or environment.",
    )
    add_fixtures(check)
    check.add_argument(
        "--subject",
        default=_ORACLE,
        metavar="NAME",
        help="what is run (default: upstream, the oracle; it alone runs under two hash seeds)",
    )
    check.add_argument("--workers", type=workers, metavar="K", help="processes (default: all cores)")
    check.set_defaults(handler=_reported(_check))

    diff = commands.add_parser(
        "diff",
        help="show what differs between two corpora, entry by entry",
        description="Exit code 0: nothing; 1: something; 2: bad corpora.",
    )
    diff.add_argument("a", metavar="A", nargs="?", default="HEAD", help="a fixtures folder or git revision (HEAD)")
    diff.add_argument("b", metavar="B", nargs="?", help="the same (default: the fixtures folder)")
    add_fixtures(diff)
    diff.set_defaults(handler=_reported(_diff))

    hashes = commands.add_parser(
        "hash", help="print the corpus hash and each file's", description="Reads and checks the files; runs nothing."
    )
    add_fixtures(hashes)
    hashes.set_defaults(handler=_reported(_hash))


def _reported(handler: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The handler, its expected errors told as the user's."""

    def run(arguments: argparse.Namespace) -> int:
        from parity.cases.model import CaseError
        from parity.corpus.generate import RecordingError
        from parity.oracle import OracleError
        from parity.subjects.process import SubjectStartError

        try:
            return handler(arguments)
        except CaseError as error:
            raise UserError(error.what if error.where == "/" else str(error)) from error
        except (RecordingError, OracleError, SubjectStartError) as error:
            raise UserError(str(error)) from error

    return run


def _generate(arguments: argparse.Namespace) -> int:
    from parity.cases.model import CaseError
    from parity.corpus.diff import diff
    from parity.corpus.files import load
    from parity.corpus.generate import keep_provenance, record, store
    from parity.corpus.sources import entries
    from parity.oracle import require

    oracle = require()
    old: Corpus | None = None
    try:
        old = load(arguments.fixtures)
    except CaseError as error:
        # What cannot be read is what a generate is there to replace.
        print(f"no old corpora to compare with: {one_line(error.what)}")
    run = _subject(_ORACLE, arguments)
    named = entries()
    print(f"recording {len(named)} cases from {oracle.name} under two hash seeds", flush=True)
    new = keep_provenance(record(named, oracle.name, run), old)
    if old is not None:
        _show("change", "changes", diff(old, new))
    if old is not None and old.sha256 == new.sha256:
        print(f"nothing to write: the corpora are as recorded, sha256 {new.sha256}")
        return PARITY
    if arguments.dry_run:
        print(f"dry run, nothing written: sha256 {old.sha256 if old else 'none'} would become {new.sha256}")
        return PARITY
    print("writing, reading back and running every entry again", flush=True)
    store(arguments.fixtures, new, run)
    _print_files(new)
    return PARITY


def _check(arguments: argparse.Namespace) -> int:
    from parity.corpus.check import drift, replay
    from parity.corpus.files import load
    from parity.corpus.record import HASH_SEEDS
    from parity.corpus.sources import entries
    from parity.oracle import DEFAULT, require

    subject = known_subject(arguments.subject)
    corpus = load(arguments.fixtures)
    total = sum(len(file.entries) for file in corpus.files)
    if corpus.oracle != DEFAULT:
        raise UserError(f"the corpora were recorded from {corpus.oracle}; the oracle is {DEFAULT}")
    print(
        f"{total} entries in {len(corpus.files)} files follow their schema and hashes: sha256 {corpus.sha256}",
        flush=True,
    )
    if subject == _ORACLE:
        require()
    run = _subject(subject, arguments)
    failed = 0
    if subject == _ORACLE:
        stale = drift(corpus, entries())
        _show("entry is not as designed (`parity corpus generate`)", "entries are not as designed", stale)
        failed += len(stale)
    for seed in HASH_SEEDS if subject == _ORACLE else HASH_SEEDS[:1]:
        different, unsupported = replay(corpus, run, seed)
        _show("entry differs", "entries differ", different)
        _show("entry is unsupported", "entries are unsupported", unsupported)
        failed += len(different)
        agreed = total - len(different) - len(unsupported)
        print(f"{subject} under PYTHONHASHSEED={seed}: {agreed} of {total} entries agree", flush=True)
        if len(unsupported) == total:
            raise UserError(f"{subject} supports none of the entries: nothing was checked")
    return DIVERGED if failed else PARITY


def _diff(arguments: argparse.Namespace) -> int:
    from parity.corpus.diff import diff
    from parity.corpus.stored import open_corpus

    old = open_corpus(arguments.a, arguments.fixtures)
    new = open_corpus(arguments.b or str(arguments.fixtures), arguments.fixtures)
    changes = diff(old, new)
    for change in changes:
        print(one_line(str(change)))
    if old.oracle != new.oracle:
        print(f"another oracle: {old.oracle} became {new.oracle}")
    print(f"{len(changes)} entries differ; sha256 {old.sha256} and {new.sha256}")
    return PARITY if old.sha256 == new.sha256 else DIVERGED


def _hash(arguments: argparse.Namespace) -> int:
    from parity.corpus.files import load

    _print_files(load(arguments.fixtures))
    return PARITY


def _print_files(corpus: Corpus) -> None:
    print(f"{corpus.sha256}  {corpus.oracle}")
    for file in corpus.files:
        print(f"{file.sha256}  {file.path}  ({len(file.entries)} entries)")


def _show(one: str, many: str, items: Sequence[object]) -> None:
    for item in items[:_SHOWN]:
        print(f"  {one_line(str(item))}")
    if items:
        hidden = f", {len(items) - _SHOWN} of them not shown" if len(items) > _SHOWN else ""
        print(f"{len(items)} {one if len(items) == 1 else many}{hidden}", flush=True)


def _subject(name: str, arguments: argparse.Namespace) -> Subject:
    from parity.corpus.record import Subject

    return Subject(name, arguments.workers or default_workers())
