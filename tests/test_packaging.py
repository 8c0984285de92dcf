"""One locked environment, which holds the oracle exactly; the same sessions for people and CI."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from parity.oracle import load
from parity.oracle.lock import read_lock

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


LOCKS = {"dev": "requirements-dev.lock", "upstream": "requirements-upstream.lock"}
"""The environments, by the group of dependencies that each is made of."""


@pytest.mark.parametrize("name", LOCKS.values())
def test_each_environment_holds_the_oracle_exactly(name: str) -> None:
    oracle, held = load().lock, read_lock(ROOT / name)
    assert {name: held.versions.get(name) for name in oracle.versions} == oracle.versions
    assert {name: held.hashes.get(name) for name in oracle.hashes} == oracle.hashes
    assert {name: held.markers.get(name) for name in oracle.markers} == oracle.markers


def test_the_oracles_lock_is_made_of_its_requirements() -> None:
    oracle = load()
    lines = (oracle.folder / "requirements.in").read_text("utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert {str(item.specifier)[:2] for item in wanted} == {"=="}
    assert {item.name: str(item.specifier)[2:] for item in wanted} == {
        item.name: oracle.lock.versions[canonicalize_name(item.name)] for item in wanted
    }


@pytest.mark.parametrize(("group", "name"), LOCKS.items())
def test_each_lock_satisfies_what_the_project_asks_for(group: str, name: str, project: dict[str, Any]) -> None:
    held = read_lock(ROOT / name)
    asked = [*project["project"]["dependencies"], *project["dependency-groups"][group]]
    asked += project["build-system"]["requires"]
    for text in asked:
        item = Requirement(text)
        if item.marker is None or item.marker.evaluate():
            assert item.specifier.contains(held.versions[canonicalize_name(item.name)]), text


def test_builders_are_pinned(project: dict[str, Any]) -> None:
    rust = tomllib.loads((ROOT / "rust_impl" / "pyproject.toml").read_text("utf-8"))
    for requires in (project["build-system"]["requires"], rust["build-system"]["requires"]):
        assert [str(Requirement(text).specifier)[:2] for text in requires] == ["=="]


def test_no_lock_names_a_package_index() -> None:
    for path in (*(ROOT / name for name in LOCKS.values()), load().folder / "requirements.lock"):
        text = path.read_text("utf-8")
        assert "://" not in text
        assert "index-url" not in text


def test_ci_runs_the_tests_that_the_readme_names_and_lint() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text("utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    runs = r"^\"\$environment/bin/python\" -m nox -s ([a-z ]+)(?: 2>&1 \| tee \"\$log\")?$"
    assert re.findall(runs, text, re.MULTILINE) == ["tests", "lint"]
    assert "nox -s tests" in (ROOT / "README.md").read_text("utf-8")


def test_ci_ends_with_the_sum_of_all_test_runs(tmp_path: Path) -> None:
    text = (ROOT / ".ci" / "run").read_text("utf-8")
    closing = text[text.index("count() {") :]
    log = tmp_path / "log"
    log.write_text("== 3 passed, 1 failed in 2s ==\ntest result: ok. 4 passed; 0 failed; 0 ignored\n", "utf-8")
    done = subprocess.run(("bash", "-c", closing), env={**os.environ, "log": str(log)}, capture_output=True, check=True)
    assert done.stdout == b"7 passed, 1 failed\n"


def test_nox_offers_the_sessions_that_the_readme_names() -> None:
    run = subprocess.run(
        (sys.executable, "-m", "nox", "--list", "--noxfile", str(ROOT / "noxfile.py")),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    listed = set(re.findall(r"^[*-] (\w+)", run.stdout, re.MULTILINE))
    assert {"parity", "tests", "lint", "rust", "corpus", "upstream"} <= listed


def test_nox_and_ci_take_the_pythons_that_the_oracle_names() -> None:
    named = [(3, minor) for minor in range(8, 20) if load().requires_python.contains(f"3.{minor}.0")]
    text = f"({', '.join(map(str, named))})"
    assert f"PYTHONS = {text}\n" in (ROOT / "noxfile.py").read_text("utf-8")
    assert f"not in {text})" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_the_command_is_installed(project: dict[str, Any]) -> None:
    assert project["project"]["scripts"] == {"parity": "parity.cli:main"}
    assert (ROOT / project["project"]["license-files"][0]).is_file()
