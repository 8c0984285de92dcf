"""What cannot be checked: one line on standard error, exit code 2; the user's own traceback only if asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from checking import APPS, Checker

from parity import cli
from parity.check.host import Host
from parity.check.model import CheckError, Loaded, Options


def load(target: str, folder: Path, **options: object) -> Loaded:
    given = Options(target, **options)  # type: ignore[arg-type]
    with Host(given, "upstream", folder, observed=True) as host:
        return host.load()


@pytest.mark.parametrize(
    "target",
    [
        "factories:uncompiled",
        "factories:made",
        "factories:made_uncompiled",
        "factories:made_later",
        "factories:opened",
        "factories:opened_later",
        "factories:Holder.graph",
        "factories.py:made",
        f"{APPS / 'factories.py'}:made",
    ],
)
def test_every_form_of_a_graph(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(APPS)
    loaded = load(target, tmp_path)
    assert (loaded.input_keys, loaded.asynchronous, loaded.counted) == (("n",), False, 2)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("factories:number", "factories:number is int, not a graph"),
        ("factories:step_alone", "RunnableLambda, not a graph; give the graph itself"),
        ("factories:needy", "needs model, key: a factory takes nothing, or one config"),
        ("factories:failing", "factories:failing raised: LookupError: no model today ("),
        ("factories:Holdr", "factories has no 'Holdr'; did you mean Holder?"),
        ("factories:Holder.grph", "factories.Holder has no 'grph'; did you mean graph?"),
        ("chat:zzz", "chat has no 'zzz'; its graphs: builder, graph"),
        ("nope:graph", "no module named 'nope' in "),
        ("nope.inner:graph", "no module named 'nope' in "),
        ("nofile.py:graph", "no such file: nofile.py"),
    ],
)
def test_what_is_not_to_be_had(target: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(APPS)
    with pytest.raises(CheckError) as caught:
        load(target, tmp_path)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def f(:\n", "SyntaxError: invalid syntax (broken.py:1)"),
        ("import nothing_like_this\n", "No module named 'nothing_like_this' (broken.py:1)"),
        ("import os\n\n1 / 0\n", "ZeroDivisionError: division by zero (broken.py:3)"),
        ("import sys\nsys.exit('bye')\n", "SystemExit: bye (broken.py:2)"),
        ("import os\nos._exit(4)\n", "loading broken.py:graph ended its process: exited with code 4"),
        ("import os\nos.write(2, b'dying')\nos.abort()\n", "killed by SIGABRT; dying"),
        (
            "class G:\n @property\n def graph(self): raise KeyError('x')\ngraph = G().graph\n",
            "KeyError: 'x' (broken.py:3)",
        ),
    ],
)
@pytest.mark.parametrize("verbose", [False, True])
def test_a_program_that_cannot_be_imported(
    checker: Checker, source: str, says: str, verbose: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checker.folder)
    (checker.folder / "broken.py").write_text(source)
    checked = checker.run("broken.py:graph", [1], *(("--verbose",) if verbose else ()))
    assert checked.code == 2
    assert checked.out == ""
    last = checked.err.splitlines()[-1]
    assert last.startswith("parity: error: ")
    assert says in last.replace(f"{checker.folder}/", "")
    shows_traceback = "Traceback" in checked.err or 'File "' in checked.err
    assert shows_traceback == (verbose and "process" not in says and "SIGABRT" not in says)
    if not verbose:
        assert checked.err.count("\n") == 1


def test_a_file_whose_name_is_a_module_of_python(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checker.folder)
    (checker.folder / "types.py").write_text((APPS / "strict.py").read_text())
    checked = checker.run("./types.py:graph", "strict.jsonl")
    assert (checked.code, checked.verdicts) == (0, ["same", "same"])


def test_a_file_in_a_package_has_its_relative_imports(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    package = checker.folder / "pack" / "inner"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "strict.py").write_text((APPS / "strict.py").read_text())
    (package / "app.py").write_text("from .strict import graph\n")
    monkeypatch.chdir(package)
    assert load("app.py:graph", checker.folder).saver == "its own InMemorySaver"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["chat"], "'chat' is not MODULE:GRAPH"),
        (["chat:"], "is not MODULE:GRAPH"),
        (["chat:a b"], "is not MODULE:GRAPH"),
        (["chat:graph", "--stream", "values,everything"], "unknown mode 'everything'"),
        (["chat:graph", "--config", "{"], "--config:1:2: not JSON"),
        (["chat:graph", "--config", '{"limit": 1}'], "config has no 'limit'"),
        (["chat:graph", "--context", "nofile.json"], "cannot read nofile.json"),
        (["chat:graph", "--repeat", "-1"], "--repeat"),
        (["chat:graph", "--timeout", "0"], "--timeout"),
        (["chat:graph", "--seed", "x"], "--seed"),
        (["chat:graph", "--inline", "--async"], "--inline"),
        (["chat:graph", "--checkpointer", "redis"], "--checkpointer"),
        (["chat:graph", "--subject", "nobody"], "unknown subject 'nobody'"),
        (["chat:graph", "--python", "/no/such/python"], "cannot start /no/such/python"),
    ],
)
def test_arguments(
    argv: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(APPS)
    assert cli.main(["check", *argv, "--inputs", "chat.jsonl"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("parity: error: ")
    assert says in said.err
    assert said.err.count("\n") == 1


def test_inputs_are_wanted(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(APPS)
    assert cli.main(["check", "chat:graph"]) == 2
    assert "--inputs" in capsys.readouterr().err


def test_an_environment_without_the_backend(checker: Checker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "langgraph_rs.py").write_text("raise ImportError('No module named langgraph_rs')\n")
    monkeypatch.setenv("PYTHONPATH", str(hidden), prepend=":")
    checked = checker.run("strict:graph", "strict.jsonl")
    assert checked.code == 2
    assert f"no backend in {sys.executable}: No module named langgraph_rs; pip install" in checked.err
    assert checked.err.count("\n") == 1


def test_an_environment_without_langgraph(checker: Checker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "langgraph"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('No module named langgraph')\n")
    monkeypatch.setenv("PYTHONPATH", str(hidden.parent), prepend=":")
    checked = checker.run("strict:graph", "strict.jsonl")
    assert checked.code == 2
    assert f"cannot import LangGraph in {sys.executable}: No module named langgraph" in checked.err


def test_the_users_environment_needs_nothing_of_the_harness(
    checker: Checker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hide = "".join(f"sys.modules[{name!r}] = None\n" for name in ("hypothesis", "jsonschema", "referencing", "rich"))
    (tmp_path / "sitecustomize.py").write_text(f"import sys\n{hide}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    checked = checker.run("strict:graph", "strict.jsonl", "--python", sys.executable)
    assert (checked.code, checked.verdicts) == (0, ["same", "same"]), checked.err


def test_a_saver_whose_package_is_not_there(checker: Checker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['langgraph.checkpoint.sqlite'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    checked = checker.run("strict:graph", "strict.jsonl", "--checkpointer", "sqlite")
    assert checked.code == 2
    assert "--checkpointer sqlite: " in checked.err


def test_a_result_that_cannot_be_written(checker: Checker) -> None:
    checked = checker.run("strict:graph", "strict.jsonl", "--html", "/no/such/folder/page.html")
    assert checked.code == 2
    # Told before the graph is run, which may take minutes.
    assert "cannot write /no/such/folder/page.html: there is no folder /no/such/folder" in checked.err
    assert (checked.out, checked.err.count("\n")) == ("", 1)
