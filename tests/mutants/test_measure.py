"""The command: samples that follow from a seed, results that are continued, judgements, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity import cli
from parity.mutants import judgements
from parity.mutants.errors import MutantsError
from parity.mutants.journal import Journal
from parity.mutants.judgements import Judgement
from parity.mutants.plan import sample
from parity.mutants.score import score
from parity.mutants.verdict import Kill, Verdict
from parity.subjects.mutation.catalogue import Catalogue, Mutant
from parity.subjects.mutation.targets import COMPONENTS

KILL = Kill("corpus", "graph", "file: entry", "loop/put", "x")


def verdict(name: str = "killed", seconds: float = 0.5) -> Verdict:
    return Verdict(name, KILL if name == "killed" else None, seconds, 0.1, 1, 3, "swap")


def some(catalogue: Catalogue, count: int, seed: int = 1) -> list[Mutant]:
    return sample(catalogue.mutants.values(), COMPONENTS, seed, count)


def test_a_seed_decides_the_sample_and_a_larger_one_begins_with_it(catalogue: Catalogue) -> None:
    assert some(catalogue, 50) == some(catalogue, 50)
    assert some(catalogue, 90)[:50] == some(catalogue, 50)
    assert some(catalogue, 50, seed=2) != some(catalogue, 50)
    assert len({mutant.id for mutant in some(catalogue, 10_000)}) == len(catalogue.mutants)


def test_a_sample_is_of_the_components_that_were_asked_for(catalogue: Catalogue) -> None:
    found = sample(catalogue.mutants.values(), ("io", "retry"), 1, 40)
    assert {mutant.component for mutant in found} == {"io", "retry"}


def test_a_journal_is_continued(catalogue: Catalogue, tmp_path: Path) -> None:
    first, second = some(catalogue, 2)
    path = tmp_path / "deep" / "ours.jsonl"
    Journal(path, {"cases": "a"}).add(first, verdict())
    Journal(path, {"cases": "a"}).add(second, verdict("survived"))
    assert Journal(path, {"cases": "a"}).verdicts == {first.id: verdict(), second.id: verdict("survived")}


def test_a_line_that_was_cut_off_is_judged_again(catalogue: Catalogue, tmp_path: Path) -> None:
    first, second = some(catalogue, 2)
    path = tmp_path / "ours.jsonl"
    journal = Journal(path, {})
    journal.add(first, verdict())
    journal.add(second, verdict())
    path.write_bytes(path.read_bytes()[:-20])
    journal = Journal(path, {})
    assert list(journal.verdicts) == [first.id]
    journal.add(second, verdict("survived"))
    assert Journal(path, {}).verdicts == {first.id: verdict(), second.id: verdict("survived")}


def test_verdicts_of_other_settings_are_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "ours.jsonl"
    Journal(path, {"cases": "a", "seconds": 1})
    with pytest.raises(MutantsError, match=r"made with other settings \(cases\)"):
        Journal(path, {"cases": "b", "seconds": 1})


@pytest.mark.parametrize("data", [b"", b"{\n", b"[]\n", b'{"schema": "x"}\n', b'{"schema": "parity/mutants/1"}\n'])
def test_what_is_no_journal_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "ours.jsonl"
    path.write_bytes(data)
    with pytest.raises(MutantsError, match="a file of verdicts"):
        Journal(path, {})


def test_the_score_leaves_out_what_nobody_can_kill(catalogue: Catalogue) -> None:
    mutants = [one for one in some(catalogue, 200) if one.component == "algo"][:5]
    names = ("killed", "survived", "unreached", "same", "survived")
    ours = {one.id: verdict(name) for one, name in zip(mutants, names, strict=True)}
    suites = {one.id: verdict("killed", 5.0) for one in mutants[:3]}
    judged = {mutants[4].id: Judgement("equivalent", "words")}
    found = score(mutants, ours, suites, judged)
    row = found.ours[-1]
    assert (row.component, row.mutants, row.counted, row.killed, row.excused, row.same) == ("all", 5, 3, 1, 1, 1)
    assert row.percent == pytest.approx(100 / 3)
    compared = found.compared[-1]
    assert (compared.both, compared.ours_only, compared.suites_only, compared.neither) == (1, 0, 2, 0)
    assert compared.ratio == pytest.approx(0.1)
    assert found.layers == {"corpus graph": 1}


def test_a_session_that_was_stopped_goes_on(
    catalogue: Catalogue, fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [one.id for one in some(catalogue, 4)]
    options = (
        "--fixtures",
        str(fixtures),
        "--out",
        str(tmp_path),
        "--cache",
        str(tmp_path),
        "--workers",
        "1",
        "--cases",
        "3",
    )
    assert cli.main(("mutants", *ids[:2], *options, "--seconds", "0")) == 0
    assert capsys.readouterr().err.count(" in 0.") >= 1
    before = (tmp_path / "ours.jsonl").read_bytes()
    assert cli.main(("mutants", *ids, *options, "--seconds", "0")) == 0
    said = capsys.readouterr()
    after = (tmp_path / "ours.jsonl").read_bytes()
    assert after.startswith(before)
    assert [json.loads(line)["id"] for line in after.splitlines()[3:]] == ids[2:]
    assert "| all | 4 |" in said.out
    assert cli.main(("mutants", *ids, *options, "--seconds", "0", "--report")) == 0
    assert "| all | 4 |" in capsys.readouterr().out
    assert (tmp_path / "ours.jsonl").read_bytes() == after


def test_a_judgement_of_a_mutant_that_is_killed_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "mutants.toml"
    path.write_text(
        'schema = "parity/mutants-judged/1"\n'
        '[mutants.00aa00aa00]\nsaid = "equivalent"\nreason = "words"\n'
        '[mutants.00aa00aa01]\nsaid = "unobservable"\nreason = "words"\n',
        "utf-8",
    )
    judged = judgements.load(path)
    assert judged["00aa00aa01"] == Judgement("unobservable", "words")
    survived = {"00aa00aa00": verdict("survived"), "00aa00aa01": verdict("survived")}
    assert judgements.stale(judged, survived, {}) == []
    assert judgements.stale(judged, survived, {"00aa00aa01": verdict()}) == ["00aa00aa01"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", "Expected"),
        ('schema = "parity/mutants-judged/2"', "schema"),
        ('schema = "parity/mutants-judged/1"\nmore = 1', "more: not known"),
        ('schema = "parity/mutants-judged/1"\nmutants = 1', "expected a table"),
        ('schema = "parity/mutants-judged/1"\n[mutants.x]\nsaid = "equivalent"\nreason = "y"', "the id of a mutant"),
        ('schema = "parity/mutants-judged/1"\n[mutants.0123456789]\nsaid = "equivalent"', "said and reason"),
        ('schema = "parity/mutants-judged/1"\n[mutants.0123456789]\nsaid = "fine"\nreason = "y"', "expected one of"),
        ('schema = "parity/mutants-judged/1"\n[mutants.0123456789]\nsaid = "equivalent"\nreason = " "', "words"),
    ],
)
def test_judgements_follow_their_schema(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "mutants.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(MutantsError, match=says):
        judgements.load(path)


def test_the_judgements_that_are_kept_are_of_mutants_that_there_are(catalogue: Catalogue) -> None:
    assert set(judgements.load()) <= catalogue.mutants.keys()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("--sample", "0"), "from 1 to"),
        (("--sample", "many"), "--sample"),
        (("--sample", "99999999"), "from 1 to"),
        (("--seed", "-1"), "--seed"),
        (("--target", "java"), "unknown target 'java'; known: upstream, rust"),
        (("--component", "kernel"), "unknown component 'kernel'; known: channels"),
        (("--seconds", "-1"), "--seconds"),
        (("--workers", "0"), "--workers"),
        (("--cases", "-1"), "--cases"),
        (("0123456789",), "there is no mutant '0123456789'"),
        (("--sample", "1", "--fixtures", "nowhere"), "nowhere"),
    ],
)
def test_bad_input_is_one_line(
    argv: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(("mutants", *argv)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("parity: error: ")
    assert says in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("name", ["mutant:0123456789", "mutant:"])
def test_a_subject_that_is_no_mutant_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(("run", "--subject", name)) == 2
    assert "there is no mutant" in capsys.readouterr().err


def test_a_journal_that_is_only_read_is_of_any_settings_and_makes_no_file(catalogue: Catalogue, tmp_path: Path) -> None:
    [mutant] = some(catalogue, 1)
    path = tmp_path / "suites.jsonl"
    assert Journal(path).verdicts == {}
    assert not path.exists()
    Journal(path, {"seconds": 1}).add(mutant, verdict())
    assert Journal(path).verdicts == {mutant.id: verdict()}
