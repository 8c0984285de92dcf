"""The frozen oracle: what is installed is compared with what was frozen, and every deviation is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from parity import cli
from parity.oracle import DEFAULT, Oracle, OracleError, load, verify
from parity.oracle.definition import folder_of, sha256_of
from parity.oracle.freeze import REIMPLEMENTED, freeze
from parity.oracle.verify import Installed, installed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of `oracles/` that a test may damage."""
    shutil.copytree(folder_of(DEFAULT), tmp_path / DEFAULT)
    return tmp_path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of the files that were frozen, as they are installed."""
    for package in load().packages:
        found = installed(package.name)
        assert found is not None
        for file in package.files:
            (tmp_path / "site" / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found.location / file, tmp_path / "site" / file)
    return tmp_path / "site"


def in_copy(site: Path) -> Callable[[str], Installed | None]:
    def find(name: str) -> Installed | None:
        found = installed(name)
        return found and Installed(found.version, site)

    return find


def test_what_is_installed_is_the_frozen_oracle() -> None:
    assert verify(load()) == []


def test_the_oracle_is_langgraph_1_2_22_with_its_serializer() -> None:
    assert {package.name: package.version for package in load().packages} == {
        "langgraph": "1.2.22",
        "langgraph-checkpoint": "4.3.2",
        "ormsgpack": "1.13.1",
    }


@pytest.mark.parametrize(
    "file",
    [
        "langgraph/channels/topic.py",
        "langgraph/pregel/_algo.py",
        "langgraph/pregel/_loop.py",
        "langgraph/graph/state.py",
        "langgraph/types.py",
        "langgraph/checkpoint/serde/jsonplus.py",
        "langgraph/checkpoint/serde/_msgpack.py",
    ],
)
def test_the_upstream_files_we_follow_are_frozen(file: str) -> None:
    assert any(file in package.files for package in load().packages)


def test_one_changed_byte_in_an_upstream_file_is_told_with_the_file_both_hashes_and_the_cure(site: Path) -> None:
    file = site / "langgraph/pregel/_algo.py"
    frozen = sha256_of(file)
    file.write_bytes(file.read_bytes() + b"\n")
    (problem,) = verify(load(), in_copy(site))
    assert problem.what == f"file {file}"
    assert (problem.expected, problem.found) == (f"sha256 {frozen}", sha256_of(file))
    assert "pip install --force-reinstall --no-deps langgraph==1.2.22" in problem.mend
    assert "\n" not in str(problem)


def test_a_missing_upstream_file_is_told(site: Path) -> None:
    (site / "langgraph/types.py").unlink()
    (problem,) = verify(load(), in_copy(site))
    assert problem.what == f"file {site / 'langgraph/types.py'}"
    assert problem.found == "No such file or directory"


def test_a_wrong_version_is_told_once_and_not_for_each_of_its_files(tmp_path: Path) -> None:
    def find(name: str) -> Installed | None:
        return Installed("1.2.21", tmp_path) if name == "langgraph" else installed(name)

    (problem,) = verify(load(), find)
    assert (problem.what, problem.expected, problem.found) == ("package langgraph", "1.2.22", "1.2.21")
    assert "--require-hashes" in problem.mend


def test_every_missing_package_of_the_lock_is_told() -> None:
    oracle = load()
    problems = verify(oracle, lambda _: None)
    wanted = {f"package {name}" for name in oracle.lock.versions if oracle.lock.applies(name)}
    assert {problem.what for problem in problems} == wanted
    assert {problem.found for problem in problems} == {"nothing"}


@pytest.mark.parametrize("wanted", [">=3.99", "<3.11"])
def test_a_python_that_the_oracle_behaves_otherwise_on_is_told(wanted: str) -> None:
    (problem,) = verify(replace(load(), requires_python=SpecifierSet(wanted)))
    assert problem.what == "Python"
    assert problem.expected == f"CPython {wanted}"


def test_the_corpora_hold_for_the_pythons_that_the_oracle_names() -> None:
    """3.10 has no ormsgpack 1.13.1; 3.13 has another `__module__` of `PosixPath`, which upstream writes down."""
    named = load().requires_python
    assert [minor for minor in range(9, 16) if named.contains(f"3.{minor}.0")] == [11, 12]


def test_verifying_imports_nothing_of_what_it_verifies() -> None:
    script = (
        "import sys; from parity.oracle import load, verify; verify(load()); "
        "print([m for m in sys.modules if m.split('.')[0] in ('langgraph', 'ormsgpack', 'langchain_core', 'numpy')])"
    )
    run = subprocess.run((sys.executable, "-c", script), capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


def _damage(kind: str, text: str) -> bytes:
    middle = len(text) // 2
    return {
        "empty": b"",
        "truncated": text[: middle + 7].encode(),
        "binary": bytes(range(256)),
        "not UTF-8": text.encode() + b"\xff\xfe",
        "huge": text.encode() + b"#" * (1024 * 1024),
        "another version": text.replace("parity/oracle/1", "parity/oracle/2").encode(),
        "another name": text.replace('name = "langgraph-1.2.22"', 'name = "../../etc"').encode(),
        "wrong type": text.replace('lock = "requirements.lock"', "lock = 7").encode(),
        "not a hash": text.replace("sha256", "sha").encode(),
        "no Python": text.replace("<3.13", "<three").encode(),
        "a lock elsewhere": text.replace('lock = "requirements.lock"', 'lock = "../x/requirements.lock"').encode(),
        "a file elsewhere": text.replace('"langgraph/types.py"', '"../../types.py"').encode(),
        "packages no table": text.replace('[packages."ormsgpack"]', "[packages]\normsgpack = 1\n[other]").encode(),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "empty",
        "truncated",
        "binary",
        "not UTF-8",
        "huge",
        "another version",
        "another name",
        "wrong type",
        "not a hash",
        "no Python",
        "a lock elsewhere",
        "a file elsewhere",
        "packages no table",
    ],
)
def test_a_malformed_oracle_is_one_clear_line(root: Path, kind: str) -> None:
    path = root / DEFAULT / "oracle.toml"
    text = path.read_text("utf-8")
    path.write_bytes(_damage(kind, text))
    assert path.read_bytes() != text.encode()
    with pytest.raises(OracleError) as error:
        load(root=root)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_oracle_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OracleError, match=r"cannot read .*oracle\.toml: No such file or directory"):
        load(root=tmp_path)


def test_a_changed_lock_is_no_longer_the_oracles(root: Path) -> None:
    lock = root / DEFAULT / "requirements.lock"
    lock.write_text(lock.read_text("utf-8").replace("langgraph==1.2.22", "langgraph==1.2.21"), "utf-8")
    with pytest.raises(
        OracleError, match=r"requirements\.lock is not the one this oracle was frozen with: expected sha"
    ):
        load(root=root)


def test_freezing_what_is_installed_gives_the_oracle_that_is_committed() -> None:
    assert freeze() == (folder_of(DEFAULT) / "oracle.toml").read_text("utf-8")


def test_what_is_frozen_is_what_is_read_back(root: Path) -> None:
    (root / DEFAULT / "oracle.toml").write_text(freeze(root=root), "utf-8")

    def told(oracle: Oracle) -> object:
        return oracle.packages, oracle.lock, oracle.requires_python

    assert told(load(root=root)) == told(load())


def test_freezing_refuses_a_lock_that_is_not_installed(root: Path) -> None:
    lock = root / DEFAULT / "requirements.lock"
    lock.write_text(lock.read_text("utf-8").replace("ormsgpack==1.13.1", "ormsgpack==1.12.0"), "utf-8")
    with pytest.raises(OracleError, match=r"package ormsgpack: the lock says 1\.12\.0 and installed is 1\.13\.1"):
        freeze(root=root)


def test_freezing_refuses_when_upstream_moved_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REIMPLEMENTED, "ormsgpack", ("ormsgpack/moved.py",))
    with pytest.raises(OracleError, match=r"has no file ormsgpack/moved\.py: upstream moved it"):
        freeze()


def test_the_freeze_command_shows_a_diff_and_a_dry_run_writes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / DEFAULT / "oracle.toml"
    right = path.read_text("utf-8")
    (langgraph,) = (package for package in load().packages if package.name == "langgraph")
    wrong = right.replace(langgraph.files["langgraph/types.py"], "0" * 64)
    path.write_text(wrong, "utf-8")
    for module in ("definition", "freeze"):
        monkeypatch.setattr(f"parity.oracle.{module}.folder_of", lambda name, _=None: root / name)
    assert cli.main(["oracle", "freeze", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert f'-"langgraph/types.py" = "{"0" * 64}"' in shown
    assert path.read_text("utf-8") == wrong
    assert cli.main(["oracle", "freeze"]) == 0
    assert path.read_text("utf-8") == right
    capsys.readouterr()
    assert cli.main(["oracle", "freeze"]) == 0
    assert "nothing to change" in capsys.readouterr().out


def test_a_name_that_leads_out_of_the_folder_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["oracle", "freeze", "--name", "../x"]) == 2
    assert capsys.readouterr().err == "parity: error: argument --name: expected langgraph-VERSION, got '../x'\n"
