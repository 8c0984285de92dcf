"""A corpus on disk: schema, versions and hashes are checked, and what is wrong is one line that names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small import ORACLE, echo, named

from parity import cli
from parity.cases.model import CaseError
from parity.corpus.files import load
from parity.corpus.generate import keep_provenance, record, store
from parity.corpus.model import Corpus

VALUES = "corpus/values/values.json"
MANIFEST = "manifest.json"


def test_what_was_stored_is_what_is_loaded(root: Path, old: Corpus) -> None:
    assert load(root) == old
    assert load(root, schemas=False) == old


def test_the_hash_is_of_the_content_and_not_of_its_layout_or_provenance(root: Path, old: Corpus) -> None:
    obj = json.loads((root / VALUES).read_text("utf-8"))
    obj["provenance"] |= {"commit": "0" * 40, "platform": "elsewhere"}
    (root / VALUES).write_text(json.dumps(obj, indent=7), "utf-8")
    assert load(root).sha256 == old.sha256


@pytest.mark.parametrize(
    "path", [("entries", 0, "name"), ("entries", 1, "case", "value"), ("entries", 2, "events", 0, "hex")]
)
@pytest.mark.parametrize("schemas", [True, False])
def test_any_change_of_content_is_told_with_both_hashes(root: Path, path: tuple[Any, ...], schemas: bool) -> None:
    obj = json.loads((root / VALUES).read_text("utf-8"))
    inner = obj
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = "other"
    (root / VALUES).write_text(json.dumps(obj), "utf-8")
    with pytest.raises(CaseError, match=rf"{VALUES} is not what manifest\.json says: expected .* found .*git"):
        load(root, schemas=schemas)


def test_another_oracle_is_another_corpus(old: Corpus) -> None:
    assert Corpus("langgraph-1.2.21", old.files).sha256 != old.sha256


def test_each_file_holds_one_entry_per_line(root: Path) -> None:
    lines = (root / VALUES).read_text("ascii").splitlines()
    assert sum('"name":"v' in line for line in lines) == 3


def test_a_file_without_change_keeps_the_provenance_of_its_recording(old: Corpus) -> None:
    new = record(named(1, 2, 4), ORACLE, echo)
    for file in new.files:
        file.provenance["commit"] = "new"
    merged = {file.path: file.provenance["commit"] for file in keep_provenance(new, old).files}
    assert merged[VALUES] == "new"
    assert merged["corpus/values/bytes.json"] != "new"


def test_a_corpus_that_shrinks_leaves_no_file_behind(root: Path) -> None:
    smaller = record(named(1)[:1], ORACLE, echo)
    store(root, smaller, echo)
    assert load(root) == smaller
    assert not (root / "corpus/values/bytes.json").exists()


def _rewrite(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def damage(data: bytes) -> bytes:
        obj = json.loads(data)
        change(obj)
        return json.dumps(obj).encode()

    return damage


def _version(version: object) -> Callable[[bytes], bytes]:
    return _rewrite(lambda obj: obj.update(schema=version))


def _deep(data: bytes) -> bytes:
    return data.replace(b'"entries"', b'"x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "entries"', 1)


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "truncated": (VALUES, lambda data: data[: len(data) // 2], "is not JSON"),
    "empty": (VALUES, lambda _: b"", "is not JSON"),
    "binary": (VALUES, lambda _: bytes(range(256)) * 9, "is not UTF-8 text"),
    "too deep": (VALUES, _deep, "nested too deeply"),
    "another version": (VALUES, _version("parity/corpus/2"), "expected 'parity/corpus/1', got 'parity/corpus/2'"),
    "no version": (VALUES, _version(None), "expected 'parity/corpus/1', got None"),
    "a list": (VALUES, lambda _: b"[1, 2]", "expected an object, got list"),
    "a number": (VALUES, lambda _: b"7", "expected an object, got int"),
    "NaN": (VALUES, lambda data: data.replace(b'"value":1', b'"value":NaN', 1), "NaN is not a JSON number"),
    "entries no list": (VALUES, _rewrite(lambda obj: obj.update(entries={})), "/entries"),
    "an entry without events": (VALUES, _rewrite(lambda obj: obj["entries"][1].pop("events")), "/entries/1"),
    "events of strings": (VALUES, _rewrite(lambda obj: obj["entries"][1].update(events=["x"])), "/entries/1/events/0"),
    "a wrong case": (VALUES, _rewrite(lambda obj: obj["entries"][2].update(case={"kind": 1})), "/entries/2/case"),
    "a case of another kind": (
        VALUES,
        _rewrite(lambda obj: obj["entries"][2].update(case={"schema": "parity/case/1", "kind": "bytes", "hex": ""})),
        "expected 'value', got 'bytes'",
    ),
    "two entries of one name": (VALUES, _rewrite(lambda obj: obj["entries"][2].update(name="v0")), "'v0' names two"),
    "no provenance": (VALUES, _rewrite(lambda obj: obj.pop("provenance")), "provenance"),
    "a truncated manifest": (MANIFEST, lambda data: data[:100], "is not JSON"),
    "a manifest of another version": (MANIFEST, _version("parity/manifest/9"), "expected 'parity/manifest/1', got"),
    "a manifest of a list": (MANIFEST, lambda _: b"[]", "manifest.json"),
    "a hash that is none": (MANIFEST, _rewrite(lambda obj: obj.update(sha256="x")), "/sha256"),
    "another corpus hash": (MANIFEST, _rewrite(lambda obj: obj.update(sha256="0" * 64)), "the corpus hash is"),
    "another oracle": (MANIFEST, _rewrite(lambda obj: obj.update(oracle="langgraph-9")), "the corpus hash is"),
    "a path that leads out": (
        MANIFEST,
        _rewrite(lambda obj: obj["files"][0].update(path="corpus/../../etc/passwd.json")),
        "/files/0/path",
    ),
    "a file twice": (MANIFEST, _rewrite(lambda obj: obj["files"].append(obj["files"][0])), "lists a file twice"),
    "a file that is not there": (
        MANIFEST,
        _rewrite(lambda obj: obj["files"][0].update(path="corpus/values/lost.json")),
        "no such file",
    ),
    "a file that is not listed": (MANIFEST, _rewrite(lambda obj: obj["files"].pop()), "corpus hash is"),
}


@pytest.mark.parametrize("kind", sorted(DAMAGE))
@pytest.mark.parametrize("command", ["check", "hash"])
def test_a_malformed_corpus_is_one_clear_line_and_exit_2(
    root: Path, kind: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, damage, said = DAMAGE[kind]
    data = (root / path).read_bytes()
    (root / path).write_bytes(damage(data))
    assert (root / path).read_bytes() != data
    assert cli.main(["corpus", command, "--fixtures", str(root)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("parity: error: ")
    assert captured.err.count("\n") == 1
    assert said in captured.err
    assert "internal" not in captured.err


def test_a_huge_file_is_refused_unread(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (root / VALUES).open("r+b") as file:
        file.truncate(64 * 1024 * 1024 + 1)  # sparse: no such bytes are on the disk
    assert cli.main(["corpus", "check", "--fixtures", str(root)]) == 2
    assert "67108865 bytes; more than 67108864 are refused" in capsys.readouterr().err


def test_a_file_that_the_manifest_does_not_know_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "corpus/values/more.json").write_text("{}", "utf-8")
    assert cli.main(["corpus", "hash", "--fixtures", str(root)]) == 2
    assert "corpus/values/more.json is not in manifest.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "cannot read {}: no such folder"),
        ("manifest.json", "argument --fixtures: {} is not a folder (see `parity corpus check --help`)"),
    ],
)
def test_a_folder_that_is_none_is_one_clear_line(
    root: Path, name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["corpus", "check", "--fixtures", str(root / name)]) == 2
    assert capsys.readouterr().err == f"parity: error: {said.format(root / name)}\n"


def test_hash_prints_the_corpus_hash_first_then_each_files(
    root: Path, old: Corpus, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["corpus", "hash", "--fixtures", str(root)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{old.sha256}  {ORACLE}",
        *(f"{file.sha256}  {file.path}  ({len(file.entries)} entries)" for file in old.files),
    ]
