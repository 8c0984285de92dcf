"""The table of replaced names follows the frozen oracle, and what it names is there."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest
from interpreters import ACTIVATION
from langgraph_rs.backend.finder import resolve
from langgraph_rs.backend.replaced import REPLACED, Replacement
from langgraph_rs.backend.sources import load, source_of

from parity import oracle
from parity.oracle.freeze import BACKEND_FILE, render_for_backend

ROOT = Path(__file__).resolve().parents[2]


def test_the_backend_is_made_for_the_frozen_oracle() -> None:
    assert (ROOT / BACKEND_FILE).read_text("utf-8") == render_for_backend(oracle.load())
    frozen = {package.name: (package.version, package.files) for package in oracle.load().packages if package.files}
    assert {package.name: (package.version, dict(package.files)) for package in load()} == frozen
    assert set(frozen) == {"langgraph", "langgraph-checkpoint"}


@pytest.mark.parametrize("row", REPLACED, ids=lambda row: f"{row.module}:{row.name}")
def test_a_row_has_a_frozen_source_and_a_provider(row: Replacement) -> None:
    assert len(source_of(row.module, load()).sha256) == 64
    assert resolve(row.provider) is not None
    for poisoned in row.poisons:
        assert source_of(poisoned.partition(":")[0], load())


def test_rows_are_in_order_and_name_a_thing_once() -> None:
    keys = [(row.module, row.name) for row in REPLACED]
    assert [module for module, _ in keys] == sorted(module for module, _ in keys)
    assert len(keys) == len(set(keys))


def test_a_module_without_a_frozen_source_is_refused() -> None:
    with pytest.raises(LookupError, match=r"langgraph\.func is not among"):
        source_of("langgraph.func", load())


def test_the_activation_file_is_one_line_that_python_runs() -> None:
    line = ACTIVATION.read_text("utf-8")
    assert line.count("\n") == 1
    # site.py runs lines that begin so, and takes any other for a folder.
    assert line.startswith("import ")
    # Read after the path line that `maturin develop` writes.
    assert sorted(["langgraph_rs.pth", ACTIVATION.name])[1] == ACTIVATION.name


def test_where_the_wheel_is_installed_it_brought_the_activation_file() -> None:
    try:
        files = metadata.distribution("langgraph-rs").files or []
    except metadata.PackageNotFoundError:
        # Only built, not installed: then nothing claims that the variable alone is enough.
        assert not list(Path(metadata.__file__).parents[1].glob("site-packages/langgraph_rs-*.dist-info"))
        return
    brought = [file for file in files if file.name == ACTIVATION.name]
    assert len(brought) == 1
    assert Path(str(brought[0].locate())).read_text("utf-8") == ACTIVATION.read_text("utf-8")
