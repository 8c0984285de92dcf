"""`LANGGRAPH_BACKEND` alone switches the backend on, strictly or not; unset, upstream is untouched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from interpreters import ACTIVATION, Interpreter, give_upstream, make_interpreter

WHOSE = "from langgraph.checkpoint.memory import InMemorySaver; print(type(InMemorySaver().serde).__module__)"
UPSTREAMS = "langgraph.checkpoint.serde.jsonplus"
OURS = "langgraph_rs.serde"

REACH = """
import json, sys
import langgraph.graph, langgraph.pregel, langgraph.prebuilt, langgraph.func
print(json.dumps({
    "langgraph_rs": sorted(name for name in sys.modules if name.partition(".")[0] == "langgraph_rs"),
    "finders": [getattr(finder, "__name__", type(finder).__name__) for finder in sys.meta_path],
}))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Interpreter:
    """An environment with an upstream of its own, which a test may damage."""
    interpreter = make_interpreter(tmp_path / "venv")
    give_upstream(interpreter)
    return interpreter


@pytest.mark.parametrize("value", ["rust", "auto"])
def test_the_variable_alone_is_enough(python: Interpreter, value: str) -> None:
    done = python.run(WHOSE, LANGGRAPH_BACKEND=value)
    assert (done.stdout.strip(), done.stderr) == (OURS, "")


@pytest.mark.parametrize("variables", [{}, {"LANGGRAPH_BACKEND": ""}, {"LANGGRAPH_BACKEND": "python"}])
def test_unset_leaves_no_trace(python: Interpreter, variables: dict[str, str], tmp_path: Path) -> None:
    bare = make_interpreter(tmp_path / "bare")
    (bare.site / ACTIVATION.name).unlink()
    found = python.result(REACH, **variables)
    # The finders are those of an environment that has no activation file at all.
    assert found["finders"] == bare.result(REACH)["finders"]
    if variables.get("LANGGRAPH_BACKEND") != "python":
        assert found["langgraph_rs"] == []
    assert python.run(WHOSE, **variables).stdout.strip() == UPSTREAMS


def test_it_is_on_in_processes_that_the_program_starts(python: Interpreter) -> None:
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WHOSE!r}], check=True)"
    assert python.run(program, LANGGRAPH_BACKEND="rust").stdout.strip() == OURS


def test_it_is_on_for_a_module_run_as_a_program(python: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(WHOSE, "utf-8")
    done = python.start("-m", "app", LANGGRAPH_BACKEND="rust", PYTHONPATH=str(tmp_path))
    assert done.stdout.strip() == OURS, done.stderr


# --- strict: never plain Python in silence --------------------------------------------------------------------------


def assert_langgraph_cannot_be_imported(done_by: Interpreter, value: str, *said: str) -> None:
    """Every import of LangGraph fails, the first and later ones, with one line that says these things."""
    for program in ("import langgraph.graph", "import langgraph", "import langgraph.types", WHOSE):
        done = done_by.run(program, LANGGRAPH_BACKEND=value)
        assert done.returncode == 1, done.stdout
        last = done.stderr.splitlines()[-1]
        assert "BackendError: " in last
        for words in said:
            assert words in last
        assert done.stdout == ""
    caught = """
    for attempt in range(2):
        try:
            import langgraph.graph
        except ImportError:
            print("taken for an optional package")
        except RuntimeError:
            pass
        else:
            print("imported")
    """
    assert done_by.run(caught, LANGGRAPH_BACKEND=value).stdout == ""


def test_another_version_is_an_error_that_says_what_to_install(copy: Interpreter) -> None:
    metadata = copy.site / "langgraph-1.2.22.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text("utf-8").replace("Version: 1.2.22", "Version: 1.2.21", 1), "utf-8")
    said = ("langgraph 1.2.22", "1.2.21 is installed", "pip install langgraph==1.2.22", "LANGGRAPH_BACKEND=auto")
    assert_langgraph_cannot_be_imported(copy, "rust", *said)


def test_a_changed_source_file_is_an_error_that_names_it(copy: Interpreter) -> None:
    changed = copy.site / "langgraph" / "pregel" / "_retry.py"
    changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
    assert_langgraph_cannot_be_imported(
        copy, "rust", str(changed), "pip install --force-reinstall --no-deps langgraph==1.2.22"
    )


def test_a_missing_source_file_is_an_error_that_names_it(copy: Interpreter) -> None:
    for site in (copy.site,):
        (site / "langgraph" / "types.py").unlink()
    (copy.site / "other_packages.pth").write_text(f"{_others(copy)}\n", "utf-8")
    assert_langgraph_cannot_be_imported(copy, "rust", "langgraph/types.py", "is missing")


def test_no_upstream_at_all_is_an_error_that_says_what_to_install(python: Interpreter, tmp_path: Path) -> None:
    bare = make_interpreter(tmp_path / "bare")
    (bare.site / "other_packages.pth").unlink()
    done = bare.run("import langgraph", LANGGRAPH_BACKEND="rust")
    assert "langgraph 1.2.22, which is not installed: `pip install langgraph==1.2.22`" in done.stderr.splitlines()[-1]


def test_an_unknown_value_is_an_error_that_lists_the_known(python: Interpreter) -> None:
    assert_langgraph_cannot_be_imported(python, "rsut", "LANGGRAPH_BACKEND is 'rsut'", "rust, auto, python")


def test_a_broken_extension_is_an_error(tmp_path: Path) -> None:
    broken = make_interpreter(tmp_path / "venv")
    shutil.copytree(
        Path((broken.site / "langgraph_rs.pth").read_text("utf-8").strip()) / "langgraph_rs",
        tmp_path / "package" / "langgraph_rs",
        ignore=lambda _, names: [name for name in names if name.endswith((".so", ".pyd")) or name == "__pycache__"],
    )
    (broken.site / "langgraph_rs.pth").write_text(f"{tmp_path / 'package'}\n", "utf-8")
    done = broken.run(WHOSE, LANGGRAPH_BACKEND="rust")
    assert done.returncode == 1
    assert "langgraph_rs.serde:JsonPlusSerializer cannot take its place" in done.stderr.splitlines()[-1]
    assert done.stdout == ""


def test_an_upstream_that_comes_to_shadow_the_checked_one_is_refused(python: Interpreter, tmp_path: Path) -> None:
    shadow = tmp_path / "langgraph" / "checkpoint" / "serde"
    shutil.copytree(
        Path(python.result("import json, langgraph.checkpoint.serde as s; print(json.dumps(s.__path__[0]))")), shadow
    )
    with (shadow / "jsonplus.py").open("a", encoding="utf-8") as file:
        file.write("\nSHADOW = True\n")
    done = python.run(
        f"""
        import langgraph.version
        import sys; sys.path.insert(0, {str(tmp_path)!r})
        import langgraph.checkpoint.serde.jsonplus
        """,
        LANGGRAPH_BACKEND="rust",
    )
    assert done.returncode == 1
    assert f"{shadow / 'jsonplus.py'} is not the file of langgraph-checkpoint 4.3.2" in done.stderr.splitlines()[-1]


# --- auto: one warning, then plain Python ---------------------------------------------------------------------------


def test_auto_warns_once_and_runs_plain_python(copy: Interpreter) -> None:
    changed = copy.site / "langgraph" / "channels" / "last_value.py"
    changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
    program = f"{WHOSE}; import langgraph.graph, langgraph.prebuilt, langgraph.func"
    done = copy.run(program, LANGGRAPH_BACKEND="auto")
    assert (done.returncode, done.stdout.strip()) == (0, UPSTREAMS)
    assert done.stderr.count("BackendWarning") == 1
    for said in ("it runs in plain Python", str(changed), "pip install"):
        assert said in done.stderr


# --- in a program ---------------------------------------------------------------------------------------------------


def test_install_in_a_program_is_the_same(python: Interpreter) -> None:
    done = python.run(f"import langgraph_rs; print(langgraph_rs.install()); print(langgraph_rs.install()); {WHOSE}")
    assert done.stdout.split() == ["True", "True", OURS], done.stderr


def test_install_after_langgraph_is_refused_and_changes_nothing(python: Interpreter) -> None:
    done = python.run(
        f"""
        import langgraph.checkpoint.memory, langgraph_rs, sys
        before = list(sys.meta_path)
        try:
            langgraph_rs.install()
        except langgraph_rs.BackendError as error:
            print(error)
        assert sys.meta_path == before
        {WHOSE}
        """
    )
    error, whose = done.stdout.splitlines()
    assert whose == UPSTREAMS
    for said in ("too late", UPSTREAMS, "before anything imports LangGraph", "LANGGRAPH_BACKEND=rust"):
        assert said in error


def test_install_raises_at_once_where_upstream_is_another(copy: Interpreter) -> None:
    changed = copy.site / "langgraph" / "types.py"
    changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
    done = copy.run(
        f"""
        import warnings, langgraph_rs
        warnings.simplefilter("ignore")
        try:
            langgraph_rs.install()
        except langgraph_rs.BackendError as error:
            print({str(changed)!r} in str(error))
        print(langgraph_rs.install("auto"))
        {WHOSE}
        """
    )
    assert done.stdout.split() == ["True", "False", UPSTREAMS], done.stderr


def test_an_unknown_mode_is_refused(python: Interpreter) -> None:
    done = python.run("import langgraph_rs; langgraph_rs.install('fast')")
    assert done.stderr.splitlines()[-1].endswith("BackendError: unknown mode 'fast'; known: rust, auto")


def test_uninstall_gives_later_imports_upstream_and_tells_what_stays(python: Interpreter) -> None:
    found = python.result(
        f"""
        import json, sys, langgraph_rs
        langgraph_rs.install()
        before = langgraph_rs.uninstall()
        langgraph_rs.install()
        import langgraph.checkpoint.memory
        stays = langgraph_rs.uninstall()
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
        still = JsonPlusSerializer.__module__
        for name in [name for name in sys.modules if name.startswith("langgraph.")]:
            del sys.modules[name]
        {WHOSE}
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
        print(json.dumps([before, stays, still, JsonPlusSerializer.__module__, langgraph_rs.uninstall()]))
        """
    )
    assert found[0] == []
    assert f"{UPSTREAMS}:JsonPlusSerializer" in found[1]
    assert found[2:] == [OURS, UPSTREAMS, []]


# --- status ---------------------------------------------------------------------------------------------------------


def test_status_prints_the_table_with_live_counters(python: Interpreter) -> None:
    program = """
    import langgraph_rs, langgraph.checkpoint.memory as memory
    memory.InMemorySaver().serde.dumps_typed({"a": [1, 2]})
    langgraph_rs.status()
    """
    said = python.run(program, LANGGRAPH_BACKEND="rust").stdout
    assert "backend: rust, witness off" in said
    assert "live     JsonPlusSerializer -> langgraph_rs.serde:JsonPlusSerializer" in said
    assert "langgraph/checkpoint/serde/jsonplus.py  sha256 2320cc0ee720" in said
    assert "codec.encoded.calls: 1" in said


def test_python_m_langgraph_rs_says_whether_it_would_work(python: Interpreter, copy: Interpreter) -> None:
    off = python.start("-m", "langgraph_rs")
    assert (off.returncode, off.stderr) == (0, "")
    assert "backend: off" in off.stdout
    on = python.start("-m", "langgraph_rs", LANGGRAPH_BACKEND="rust")
    assert (on.returncode, on.stderr) == (0, "")
    assert "backend: rust" in on.stdout
    assert "  waiting  JsonPlusSerializer" in on.stdout
    changed = copy.site / "langgraph" / "types.py"
    changed.write_text(changed.read_text("utf-8") + "\n", "utf-8")
    for variables, code in (({"LANGGRAPH_BACKEND": "rust"}, 2), ({}, 0)):
        broken = copy.start("-m", "langgraph_rs", **variables)
        assert broken.returncode == code
        assert f"cannot be used: {changed}" in broken.stdout
        assert "Traceback" not in broken.stderr


def test_the_witness_file_is_written_by_each_process(python: Interpreter, tmp_path: Path) -> None:
    program = f"import subprocess, sys; {WHOSE}; subprocess.run([sys.executable, '-c', {WHOSE!r}], check=True)"
    path = tmp_path / "witness"
    done = python.run(program, LANGGRAPH_BACKEND="rust", LANGGRAPH_RS_WITNESS="1", LANGGRAPH_RS_WITNESS_FILE=str(path))
    assert done.stdout.split() == [OURS, OURS], done.stderr
    files = sorted(tmp_path.iterdir())
    written = [json.loads(file.read_text("utf-8")) for file in files]
    assert [file.name for file in files] == sorted(f"witness.{one['pid']}.json" for one in written)
    for one in written:
        assert (one["backend"], one["witness"], one["caught"], one["captured"]) == ("rust", True, {}, [])
        assert one["names"][f"{UPSTREAMS}:JsonPlusSerializer"] == "live"


def test_a_witness_file_that_cannot_be_written_is_one_line(python: Interpreter, tmp_path: Path) -> None:
    path = str(tmp_path / "no such folder" / "witness")
    done = python.run(WHOSE, LANGGRAPH_BACKEND="rust", LANGGRAPH_RS_WITNESS_FILE=path)
    assert done.stdout.strip() == OURS
    assert done.stderr == f"langgraph_rs: error: cannot write {path}: No such file or directory\n"


def _others(copy: Interpreter) -> Path:
    """Everything that upstream needs, without upstream itself."""
    others = copy.site.parent / "others"
    others.mkdir()
    original = Path((copy.site / "other_packages.pth").read_text("utf-8").strip())
    for item in original.iterdir():
        if not item.name.startswith("langgraph"):
            (others / item.name).symlink_to(item)
    return others


def test_encryption_stands_on_rusts_serializer_by_default(python: Interpreter) -> None:
    found = python.result(
        """
        import json
        from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
        import langgraph_rs
        one = EncryptedSerializer.from_pycryptodome_aes(key=b"0123456789abcdef")
        tag, data = one.dumps_typed({"a": [1, 2]})
        known = langgraph_rs.witness()
        print(json.dumps([tag, one.loads_typed((tag, data)), type(one.serde).__module__, known["caught"],
                          known["counters"]["codec"]["encoded"]["calls"]]))
        """,
        LANGGRAPH_BACKEND="rust",
        LANGGRAPH_RS_WITNESS="1",
    )
    assert found == ["msgpack+aes", {"a": [1, 2]}, OURS, {}, 1]
