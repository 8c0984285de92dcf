"""Mutants of the crates: read from the list of cargo-mutants, put into a copy, shown to `core`; cargo only copies."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from parity import cli
from parity.mutants import rust
from parity.mutants.errors import MutantsError
from parity.mutants.pool import Pool
from parity.mutants.rust import RustCatalogue, Workspace, catalogue
from parity.mutants.rust_killers import CaseKiller, CrateKiller

SOURCE = "fn f(a: u8) -> bool {\n    // é\n    a == 1 && good()\n}\n"

ROWS = [
    {
        "file": "crates/codec/src/f.rs",
        "function": {"function_name": "f"},
        "genre": "BinaryOperator",
        "package": "codec",
        "replacement": replacement,
        "span": {"start": {"line": 3, "column": start}, "end": {"line": 3, "column": start + length}},
    }
    for start, length, replacement in ((7, 2, "!="), (15, 4, "unbuildable"), (15, 4, "broken"), (15, 4, "unchanged"))
]

CARGO = """#!/bin/sh
case "$1 $2" in
  "mutants --version") echo "cargo-mutants {version}";;
  "mutants --list") cat {rows};;
  *)
    if grep -q unbuildable crates/codec/src/f.rs; then exit 101; fi
    mkdir -p "$CARGO_TARGET_DIR/debug"
    rm -f "$CARGO_TARGET_DIR/debug/lib_core.so"
    if grep -q broken crates/codec/src/f.rs
    then
        echo nothing > "$CARGO_TARGET_DIR/debug/lib_core.so"
        case "$*" in *--no-run*) ;; test*) exit 101;; esac
    else cp {extension} "$CARGO_TARGET_DIR/debug/lib_core.so"
    fi;;
esac
"""


def extension() -> Path:
    spec = find_spec("langgraph_rs._core")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one file, and a cargo that builds nothing."""
    made = tmp_path / "source"
    (made / "crates" / "codec" / "src").mkdir(parents=True)
    (made / "crates" / "codec" / "src" / "f.rs").write_text(SOURCE, "utf-8")
    (made / "rows.json").write_text(json.dumps(ROWS), "utf-8")
    fake_cargo(tmp_path, made, rust.VERSION)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(Workspace.__init__, "__defaults__", (made,))
    return made


def fake_cargo(folder: Path, workspace: Path, version: str) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    for name in ("cargo", "cargo-mutants"):
        script = folder / "bin" / name
        script.write_text(CARGO.format(version=version, rows=workspace / "rows.json", extension=extension()), "utf-8")
        script.chmod(0o755)


def ids(found: RustCatalogue) -> dict[str, str]:
    return {mutant.mutated: mutant.id for mutant in found.mutants.values()}


def test_a_mutant_is_read_from_the_list_and_put_into_a_copy(workspace: Path, tmp_path: Path) -> None:
    found = catalogue(("codec",), workspace)
    mutant = found.mutant(ids(found)["!="])
    assert (mutant.component, mutant.place, mutant.source) == ("codec", "codec/src/f.rs:3:7", "a == 1 && good()")
    assert (mutant.original, mutant.function) == ("==", "f")
    copy = Workspace(tmp_path / "copy", workspace)
    file = copy.folder / "crates" / "codec" / "src" / "f.rs"
    copy.apply(found.edits[mutant.id])
    assert file.read_text("utf-8") == SOURCE.replace("==", "!=")
    assert (workspace / "crates" / "codec" / "src" / "f.rs").read_text("utf-8") == SOURCE
    copy.restore(found.edits[mutant.id])
    assert file.read_text("utf-8") == SOURCE


def test_core_is_built_with_each_mutant_and_asked(workspace: Path, tmp_path: Path, pool: Pool) -> None:
    found = catalogue(("codec",), workspace)
    names = ids(found)
    killer = CaseKiller(found, pool, tmp_path / "copy")
    verdicts = {name: killer.judge(found.mutant(names[name])) for name in ("unbuildable", "broken", "unchanged")}
    assert {name: one.verdict for name, one in verdicts.items()} == {
        "unbuildable": "unbuildable",
        "broken": "killed",
        "unchanged": "survived",
    }
    kill = verdicts["broken"].kill
    assert kill is not None
    assert kill.kind in ("bytes", "value")
    survived = verdicts["unchanged"]
    assert survived.ran == survived.reaching > 100


def test_the_crates_own_tests_are_the_yardstick(workspace: Path, tmp_path: Path) -> None:
    found = catalogue(("codec",), workspace)
    names = ids(found)
    killer = CrateKiller(found, tmp_path / "copy")
    verdicts = {name: killer.judge(found.mutant(names[name])).verdict for name in names}
    assert verdicts == {"!=": "survived", "unbuildable": "unbuildable", "broken": "killed", "unchanged": "survived"}


def test_another_cargo_mutants_is_refused(workspace: Path, tmp_path: Path) -> None:
    fake_cargo(tmp_path, workspace, "1.0.0")
    with pytest.raises(MutantsError, match=r"cargo-mutants 27\.1\.0 is needed, 1\.0\.0 is on PATH"):
        catalogue(("codec",), workspace)


def test_without_cargo_mutants_the_session_that_has_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main(("mutants", "--target", "rust", "--sample", "1")) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "`nox -s mutants -- --target rust` installs it" in said


def test_an_unknown_mutant_or_list_is_one_line(workspace: Path) -> None:
    with pytest.raises(MutantsError, match="there is no mutant 'x'"):
        catalogue(("codec",), workspace).mutant("x")
    (workspace / "rows.json").write_text('[{"file": "crates/codec/src/f.rs"}]', "utf-8")
    with pytest.raises(MutantsError, match="cannot read the list of cargo-mutants"):
        catalogue(("codec",), workspace)


def test_nox_installs_the_version_that_is_wanted() -> None:
    text = (Path(__file__).resolve().parents[2] / "noxfile.py").read_text("utf-8")
    assert f'CARGO_MUTANTS = "{rust.VERSION}"' in text
