"""Data flows one way: each package of the harness imports only from those before it, and no module imports in a ring.

    cases → generate → subjects → observe → compare → triage → metamorphic → report → corpus → campaign → suites →
    mutants → check → cli

`oracle` may be imported by any and imports none but itself. LangGraph is imported in `subjects/upstream` alone, and in
tests of ours that run in a process of upstream's own suites; no module imports those.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "harness"
ORDER = (
    *("cases", "generate", "subjects", "observe", "compare", "triage", "metamorphic", "report", "corpus"),
    *("campaign", "suites", "mutants", "check", "cli"),
)
ANYWHERE = "oracle"

UPSTREAM = ("langgraph", "langchain_core", "langchain", "ormsgpack", "pydantic", "numpy", "xxhash")
"""What the oracle is made of."""

TEST_OF_SAVERS = "parity.suites.savers.test_savers"
"""Runs in pytest's process, beside upstream's tests."""

SUBJECTS_ONLY = ("langgraph_rs",)
"""What is under test: it too runs in a worker of its own."""


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found: dict[str, Path] = {}
    for path in sorted((SOURCE / "parity").rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.AST, *, typing_too: bool = True) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Each import in a tree: the module, the names taken from it, and whether it happens when the module is loaded."""
    stack: list[tuple[ast.AST, bool]] = [(tree, True)]
    while stack:
        node, at_load = stack.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            if typing_too:
                stack += [(child, False) for child in node.body]
            stack += [(child, at_load) for child in node.orelse]
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, (), at_load
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not used here"
            yield str(node.module), tuple(alias.name for alias in node.names), at_load
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        stack += [(child, at_load and not inside) for child in ast.iter_child_nodes(node)]


def targets(module: str, names: tuple[str, ...], known: dict[str, Path]) -> set[str]:
    """The modules that an import reaches: the module, or those of its submodules that are named."""
    submodules = {f"{module}.{name}" for name in names} & known.keys()
    return submodules or ({module} & known.keys())


MODULES = modules()
TREES = {name: ast.parse(path.read_text("utf-8"), str(path)) for name, path in MODULES.items()}


def test_every_package_has_its_place() -> None:
    folders = {path.name for path in (SOURCE / "parity").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {*ORDER, ANYWHERE}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_package_imports_only_from_those_before_it(name: str) -> None:
    parts = name.split(".")
    if len(parts) == 1 or parts[1] == "__main__":
        return
    package = parts[1]
    allowed = {ANYWHERE} if package == ANYWHERE else {*ORDER[: ORDER.index(package) + 1], ANYWHERE}
    wrong = [
        module
        for module, names, _ in imports(TREES[name])
        for module in ([module] if module != "parity" else [f"parity.{part}" for part in names])
        if module.startswith("parity.") and module.split(".")[1] not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_only_the_upstream_subject_imports_what_the_oracle_is_made_of(name: str) -> None:
    if name.startswith("parity.subjects.upstream") or name == TEST_OF_SAVERS:
        return
    used = {module.split(".")[0] for module, _, _ in imports(TREES[name])}
    assert used.isdisjoint(UPSTREAM)
    if name != "parity.subjects.worker" and not name.startswith("parity.subjects.backend."):
        assert used.isdisjoint(SUBJECTS_ONLY)


def test_only_the_worker_imports_the_upstream_subject() -> None:
    assert importers("parity.subjects.upstream") == {"parity.subjects.worker"}


def test_what_runs_in_upstreams_own_suites_is_only_copied_there() -> None:
    assert TEST_OF_SAVERS in MODULES
    assert importers(TEST_OF_SAVERS) == importers("parity.suites.recorder") == set()


def importers(package: str) -> set[str]:
    """The modules outside a package that import from it."""
    return {
        name
        for name, tree in TREES.items()
        if not name.startswith(package)
        and any(
            target.startswith(package)
            for module, names, _ in imports(tree)
            for target in (module, *(f"{module}.{part}" for part in names))
        )
    }


def test_no_module_imports_in_a_ring() -> None:
    edges = {
        name: {
            target
            for module, names, at_load in imports(tree, typing_too=False)
            if at_load
            for target in targets(module, names, MODULES)
            if target != name
        }
        for name, tree in TREES.items()
    }
    assert ring(edges) is None


def ring(edges: dict[str, set[str]]) -> list[str] | None:
    """A cycle in a graph, or None."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str] | None:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return None
        for target in sorted(edges.get(name, ())):
            if found := visit(target, [*path, name]):
                return found
        done.add(name)
        return None

    for name in sorted(edges):
        if found := visit(name, []):
            return found
    return None


def test_a_ring_would_be_found() -> None:
    assert ring({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert ring({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_an_import_inside_a_function_or_for_types_is_seen_but_not_at_load() -> None:
    tree = ast.parse("import a\nfrom b import c\ndef f():\n    import d\nif TYPE_CHECKING:\n    import e\n")
    seen = {(module, at_load) for module, _, at_load in imports(tree)}
    assert seen == {("a", True), ("b", True), ("d", False), ("e", False)}
