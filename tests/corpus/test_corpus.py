"""What the corpora hold, and how they are recorded, checked and compared."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from small import ORACLE, echo, named

from parity import cli
from parity.cases.model import Case
from parity.corpus.check import drift, replay
from parity.corpus.diff import diff
from parity.corpus.files import load
from parity.corpus.generate import RecordingError, record, store
from parity.corpus.model import Corpus, CorpusFile
from parity.corpus.record import Subject
from parity.corpus.sources import entries, grouped
from parity.observe.model import Outcome

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(scope="module")
def committed() -> Corpus:
    return load(FIXTURES)


def test_the_committed_corpora_are_large_enough(committed: Corpus) -> None:
    counts = Counter(entry.case.kind for _, entry in committed.entries())
    assert counts["value"] >= 300
    assert counts["channel"] >= 200
    assert counts["graph"] >= 60


def test_the_committed_corpora_are_those_that_are_designed(committed: Corpus) -> None:
    assert drift(committed, entries()) == []


def test_the_committed_corpora_say_what_recorded_them(committed: Corpus) -> None:
    for file in committed.files:
        packages = file.provenance["packages"]
        assert (packages["langgraph"], packages["langgraph-checkpoint"], packages["ormsgpack"]) == (
            "1.2.22",
            "4.3.2",
            "1.13.1",
        )
        assert file.provenance["oracle"] == committed.oracle == ORACLE
        assert len(file.provenance["commit"]) == 40
        assert file.provenance["python"]
        assert file.provenance["platform"]
        assert file.provenance["hash_seeds"] == [0, 1]


def test_the_oracle_still_does_what_was_recorded_of_one_entry_in_twenty(committed: Corpus) -> None:
    """All of them are run by `parity corpus check`, which is a part of `nox -s tests`."""
    thin = Corpus(committed.oracle, tuple(_thinned(file) for file in committed.files))
    different, unsupported = replay(thin, Subject("upstream"), 3)
    assert (different, unsupported) == ([], [])


def _thinned(file: CorpusFile) -> CorpusFile:
    return replace(file, entries=file.entries[::20])


def test_every_class_of_channel_is_recorded(committed: Corpus) -> None:
    classes = {entry.case.body["channel"]["class"] for _, entry in committed.entries() if entry.case.kind == "channel"}
    assert classes == {
        "LastValue",
        "LastValueAfterFinish",
        "AnyValue",
        "EphemeralValue",
        "UntrackedValue",
        "Topic",
        "BinaryOperatorAggregate",
        "NamedBarrierValue",
        "NamedBarrierValueAfterFinish",
        "DeltaChannel",
    }


def test_both_what_encodes_and_what_is_refused_is_recorded(committed: Corpus) -> None:
    firsts = [entry.events[0] for _, entry in committed.entries() if entry.case.kind == "value"]
    assert any("hex" in event for event in firsts)
    assert any("error" in event for event in firsts)


def test_two_entries_of_one_kind_may_not_share_a_name() -> None:
    case = Case("value", {"value": 1})
    with pytest.raises(ValueError, match="'x' names two value entries"):
        grouped([("x", case), ("x", case)])


def test_what_a_rule_explains_is_recorded_with_the_rule() -> None:
    def by_seed(cases: Sequence[Case], seed: int) -> list[Outcome]:
        order = ["a", "b"] if seed % 2 else ["b", "a"]
        return [Outcome("observed", ({"e": "loads", "value": {"t": "set", "v": order}},)) for _ in cases]

    corpus = record([("a set", Case("value", {"value": {"t": "set", "v": ["a", "b"]}}))], ORACLE, by_seed)
    (entry,) = (entry for _, entry in corpus.entries())
    assert set(entry.normalised) == {"set-order"}
    assert entry.events[0]["value"]["v"] == ["b", "a"], "as seen under the first hash seed"


def test_a_case_that_differs_with_the_hash_seed_is_not_recorded() -> None:
    def by_seed(cases: Sequence[Case], seed: int) -> list[Outcome]:
        return [Outcome("observed", ({"e": "loads", "value": seed},)) for _ in cases]

    with pytest.raises(RecordingError, match=r"corpus/values/values\.json: v0: differs with the hash seed: "):
        record(named(1)[:1], ORACLE, by_seed)


@pytest.mark.parametrize("status", ["unsupported", "timeout", "abort", "exception", "panic", "protocol"])
def test_a_case_without_an_observation_is_not_recorded(status: str) -> None:
    def fails(cases: Sequence[Case], _: int) -> list[Outcome]:
        return [Outcome(status, (), "why") for _ in cases]  # type: ignore[arg-type]

    with pytest.raises(RecordingError, match=f"gave no observation: {status}: why"):
        record(named(1), ORACLE, fails)


def test_what_differs_when_run_again_replaces_nothing(root: Path, old: Corpus) -> None:
    new = record(named(1, 2, 9), ORACLE, echo)

    def otherwise(cases: Sequence[Case], seed: int) -> list[Outcome]:
        return [Outcome("observed", ({"e": "loads", "value": seed},)) for _ in cases]

    with pytest.raises(RecordingError, match="differs when run again"):
        store(root, new, otherwise)
    assert load(root) == old


def test_a_diff_tells_each_entry_that_was_added_removed_or_changed(old: Corpus) -> None:
    def changed(cases: Sequence[Case], seed: int) -> list[Outcome]:
        outcomes = echo(cases, seed)
        other = ({"e": "dumps", "tag": "msgpack", "hex": "c3"}, *outcomes[0].events[1:])
        return [
            Outcome("observed", other) if case.body == {"value": 1} else seen
            for case, seen in zip(cases, outcomes, strict=True)
        ]

    new = record([*named(1, 7), ("new", Case("value", {"value": 0}))], ORACLE, changed)
    changes = diff(old, new)
    assert {(change.name, change.what) for change in changes} == {
        ("v0", "events"),
        ("v1", "case"),
        ("new", "added"),
        ("v2", "removed"),
    }
    (events,) = (change for change in changes if change.what == "events")
    assert events.difference is not None
    assert "\n" not in str(events)
    assert diff(old, old) == []


def test_true_and_1_are_different_in_a_diff(old: Corpus) -> None:
    assert [change.name for change in diff(old, record(named(True, 2, 3), ORACLE, echo))] == ["v0"]


def test_drift_tells_cases_that_were_never_recorded_or_are_no_longer_designed(old: Corpus) -> None:
    found = {(item.name, item.what) for item in drift(old, [*named(1, 5)[:2], ("new", Case("value", {"value": 0}))])}
    assert found == {
        ("v1", "was recorded with another case"),
        ("new", "is designed but not recorded"),
        ("v2", "is recorded but no longer designed"),
        ("b", "is recorded but no longer designed"),
    }


def test_a_replay_tells_entries_that_differ_and_those_that_are_not_supported(old: Corpus) -> None:
    def partly(cases: Sequence[Case], seed: int) -> list[Outcome]:
        outcomes = echo(cases, seed)
        return [Outcome("panic", (), "boom"), Outcome("unsupported", (), "no"), *outcomes[2:]]

    different, unsupported = replay(old, partly, 0)
    first, second = [(file.path, entry.name) for file, entry in old.entries()][:2]
    assert [(item.path, item.name) for item in different] == [first]
    assert "boom" in different[0].what
    assert [(item.path, item.name, item.what) for item in unsupported] == [(*second, "no")]


def test_a_diff_with_a_commit_reads_the_corpus_of_that_commit(
    root: Path, old: Corpus, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")
        subprocess.run(("git", *identity, *arguments), cwd=root.parent, check=True, capture_output=True, timeout=60)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "old")
    assert cli.main(["corpus", "diff", "--fixtures", str(root)]) == 0
    assert "0 entries differ" in capsys.readouterr().out
    store(root, record(named(1, 2), ORACLE, echo), echo)
    assert cli.main(["corpus", "diff", "HEAD", "--fixtures", str(root)]) == 1
    assert "corpus/values/values.json: v2: removed\n1 entries differ" in capsys.readouterr().out
    assert cli.main(["corpus", "diff", "nonsense", "--fixtures", str(root)]) == 2
    assert capsys.readouterr().err == "parity: error: 'nonsense' is neither a fixtures folder nor a git revision\n"
    assert cli.main(["corpus", "diff", "--fixtures", str(root), "--", "--upload-pack=x"]) == 2


def test_generate_shows_what_would_change_and_check_tells_what_does_not_hold(
    root: Path, old: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands, over an oracle that answers at once: of the old corpus one entry lies, and one is not recorded."""
    some = [*named(1, 2, 3), ("new", Case("value", {"value": 4}))]
    monkeypatch.setattr("parity.corpus.sources.entries", lambda: some)
    monkeypatch.setattr("parity.corpus.record.run_all", lambda _, cases, seed, __: echo(cases, seed))
    entry = old.files[1].entries[0]
    lying = replace(old.files[1], entries=(replace(entry, events=entry.events[:1]), *old.files[1].entries[1:]))
    before = replace(old, files=(old.files[0], lying))
    store(root, before, lambda *_: [Outcome("observed", entry.events) for _, entry in before.entries()])

    assert cli.main(["corpus", "check", "--fixtures", str(root)]) == 1
    shown = capsys.readouterr().out
    assert f"{lying.path}: new: is designed but not recorded" in shown
    for seed in (0, 1):
        assert f"{lying.path}: {entry.name}: PYTHONHASHSEED={seed}: " in shown
        assert f"upstream under PYTHONHASHSEED={seed}: 3 of 4 entries agree" in shown

    assert cli.main(["corpus", "generate", "--dry-run", "--fixtures", str(root)]) == 0
    shown = capsys.readouterr().out
    assert f"{lying.path}: {entry.name}: other events: " in shown
    assert f"{lying.path}: new: added" in shown
    assert "2 changes" in shown
    assert load(root) == before

    assert cli.main(["corpus", "generate", "--fixtures", str(root)]) == 0
    assert load(root) == record(some, ORACLE, echo)
    assert cli.main(["corpus", "check", "--fixtures", str(root)]) == 0
    capsys.readouterr()
    assert cli.main(["corpus", "generate", "--fixtures", str(root)]) == 0
    assert "nothing to write: the corpora are as recorded" in capsys.readouterr().out


def test_an_unknown_subject_is_one_clear_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["corpus", "check", "--subject", "nobody", "--fixtures", str(root)]) == 2
    assert capsys.readouterr().err.startswith("parity: error: unknown subject 'nobody'; known: upstream, core")


def test_a_planted_fault_is_seen_by_the_corpus(
    committed: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = (file for file in committed.files if file.kind == "value")
    some = Corpus(
        ORACLE, (replace(file, entries=tuple(entry for entry in file.entries if entry.name.startswith("int/"))),)
    )
    store(tmp_path, some, lambda *_: [Outcome("observed", entry.events) for _, entry in some.entries()])
    check = ["corpus", "check", "--subject", "faulty:int_width", "--fixtures", str(tmp_path), "--workers", "1"]
    assert cli.main(check) == 1
    shown = capsys.readouterr().out
    assert f"{file.path}: int/128: PYTHONHASHSEED=0: codec/" in shown
    assert "int/127: " not in shown


def test_a_killed_generate_leaves_no_process_behind_and_the_corpus_as_it_was(root: Path, old: Corpus) -> None:
    """The whole command, on the real oracle, killed while it records."""
    with subprocess.Popen(
        (sys.executable, "-m", "parity", "corpus", "generate", "--fixtures", str(root), "--workers", "1"),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("recording ")
        time.sleep(1.0)
        process.kill()
        # End of file comes when the oracle's process too has let go of the pipe.
        process.stdout.read()
    assert load(root) == old
