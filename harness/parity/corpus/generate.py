"""Recording a corpus from the oracle, and proving it before it replaces the old one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity.cases.model import Case, CaseError
from parity.compare import compare
from parity.corpus.files import CORPUS, MANIFEST, parse, render, render_manifest
from parity.corpus.model import Corpus, CorpusFile, Entry
from parity.corpus.record import HASH_SEEDS, VERIFY_SEED, Recorder
from parity.corpus.sources import grouped
from parity.corpus.transaction import replace_files
from parity.observe.model import Outcome
from parity.oracle.provenance import collect
from parity.triage.files import read_json

__all__ = ["RecordingError", "keep_provenance", "record", "store"]


class RecordingError(Exception):
    """The oracle did not give a case one answer: it failed, or differs from itself. The message is one line."""


def record(named: Iterable[tuple[str, Case]], oracle: str, run: Recorder) -> Corpus:
    """Records the named cases under two hash seeds; the events kept are those of the first.

    Raises RecordingError for a case without an observation, or with two that the comparison tells apart.
    """
    provenance = _provenance(oracle)
    groups = grouped(named)
    cases = [case for group in groups.values() for _, case in group]
    first, second = (iter(run(cases, seed)) for seed in HASH_SEEDS)
    files: list[CorpusFile] = []
    for path, group in groups.items():
        made: list[Entry] = []
        for name, case in group:
            kept, other = next(first), next(second)
            for outcome in (kept, other):
                if outcome.status != "observed":
                    raise RecordingError(f"{path}: {name}: the oracle gave no observation: {_verdict(outcome)}")
            comparison = compare(case, kept, other)
            if comparison.difference is not None:
                raise RecordingError(f"{path}: {name}: differs with the hash seed: {comparison.difference.summary}")
            made.append(Entry(name, case, kept.events, dict(sorted(comparison.applied.items()))))
        files.append(CorpusFile(path, made[0].case.kind, tuple(made), provenance))
    return Corpus(oracle, tuple(files))


def keep_provenance(new: Corpus, old: Corpus | None) -> Corpus:
    """The new corpus; files whose content is the old one's keep the provenance of when it was first recorded."""
    olds = {} if old is None else {file.path: file for file in old.files}
    files = [
        olds[file.path] if file.path in olds and olds[file.path].sha256 == file.sha256 else file for file in new.files
    ]
    return replace(new, files=tuple(files))


def store(root: Path, corpus: Corpus, run: Recorder) -> None:
    """Replaces the corpus below a fixtures folder, all of it or nothing.

    What was written is read back and every entry is run again, in new processes under another hash seed, before
    anything is replaced. Raises RecordingError if that differs, CaseError if it cannot be written or read back.
    """
    written = {file.path: render(file) for file in corpus.files}
    old = {path.relative_to(root).as_posix() for path in (root / CORPUS).rglob("*.json")}
    # The manifest is put in place last.
    written[MANIFEST] = render_manifest(corpus)
    replace_files(root, written, old - written.keys(), lambda staged: _prove(staged, corpus, run))


def _prove(staged: Path, corpus: Corpus, run: Recorder) -> None:
    again = parse(lambda path: read_json(staged / path))
    if again.sha256 != corpus.sha256:
        raise CaseError("/sha256", f"read back as {again.sha256} what was written as {corpus.sha256}")
    found = list(again.entries())
    outcomes = run([entry.case for _, entry in found], VERIFY_SEED)
    for (file, entry), outcome in zip(found, outcomes, strict=True):
        difference = compare(entry.case, Outcome("observed", entry.events), outcome).difference
        if difference is not None:
            raise RecordingError(f"{file.path}: {entry.name}: differs when run again: {difference.summary}")


def _verdict(outcome: Outcome) -> str:
    return f"{outcome.status}: {outcome.detail}"


def _provenance(oracle: str) -> dict[str, Any]:
    known = collect()
    # What is under test has no part in a recording.
    packages = {name: version for name, version in known["packages"].items() if version and name != "langgraph-rs"}
    return {
        "oracle": oracle,
        "packages": packages,
        "commit": known["commit"],
        "uncommitted_changes": known["uncommitted_changes"],
        "hash_seeds": list(HASH_SEEDS),
        "python": known["python"],
        "platform": known["platform"],
    }
