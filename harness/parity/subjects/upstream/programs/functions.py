"""The functions of a program, as a user would write them: nodes, error handlers, routes, tasks, tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.store.base import BaseStore
from langgraph.types import StreamWriter

from parity.cases.program_parts import instructions
from parity.subjects.upstream.programs.effects import Steps, adrive, drive
from parity.subjects.upstream.programs.expressions import evaluate, holds, send, targets
from parity.subjects.upstream.programs.frame import Frame, Home
from parity.subjects.upstream.programs.instructions import perform

__all__ = ["entrypoint_function", "handler", "node_function", "raw_function", "route", "task_function", "tool_function"]

_USER_MODULE = "program"
"""The module that a program's functions say they come from; there is none of that name."""

_SLOTS = 4
"""How many graphs a function can refer to so that upstream sees them."""


def node_function(home: Home, spec: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of a StateGraph's node: returns an update, `Command`s, or both (`docs/programs.md` §1)."""

    def steps(frame: Frame) -> Steps:
        yield from perform(spec["do"], frame)
        return _returned(frame, spec.get("returns", "dict"))

    return _function(home, spec["name"], steps, spec, do=spec["do"], inject=spec.get("inject", ()))


def handler(home: Home, name: str | None, do: Sequence[Mapping[str, Any]], asynchronous: bool) -> Callable[..., Any]:
    """The error handler of a node, or of all nodes (`name` None)."""

    def steps(frame: Frame) -> Steps:
        yield from perform(do, frame)
        return _returned(frame, "dict")

    what = "on_error" if name is None else f"{name}.on_error"
    return _function(home, what, steps, {"async": asynchronous}, do=do, inject=("error",))


def raw_function(home: Home, spec: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of a node of `Pregel`: returns what it writes, by channel."""

    def steps(frame: Frame) -> Steps:
        yield from perform(spec["do"], frame)
        return frame.update

    return _function(home, spec["name"], steps, spec, do=spec["do"], inject=spec.get("inject", ()))


def entrypoint_function(home: Home, spec: Mapping[str, Any]) -> Callable[..., Any]:
    """The function under `@entrypoint`; it has the name of its graph."""
    from langgraph.func import entrypoint

    def steps(frame: Frame) -> Steps:
        yield from perform(spec["do"], frame)
        result = evaluate(spec.get("result", {"lit": None}), frame)
        if "save" in spec:
            return entrypoint.final(value=result, save=evaluate(spec["save"], frame))
        return result

    return _function(home, "", steps, spec, do=spec["do"], inject=spec.get("inject", ()))


def task_function(home: Home, spec: Mapping[str, Any]) -> Callable[..., Any]:
    """The function under `@task`; its arguments are the variables `arg0`, `arg1` …"""
    steps = _giving(spec)
    name, what = spec["name"], f"{home.name}.{spec['name']}"

    def begin(args: tuple[Any, ...]) -> Steps:
        frame = Frame(home, what, list(args), {}, variables={f"arg{n}": arg for n, arg in enumerate(args)})
        frame.begin()
        return steps(frame)

    if spec.get("async"):

        async def run_async(*args: Any) -> Any:
            return await adrive(begin(args))

        return _named(run_async, home, name)

    def run(*args: Any) -> Any:
        return drive(begin(args))

    return _named(run, home, name)


def tool_function(home: Home, spec: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of a tool; its one argument, which may be left out, is the variable `arg0`."""
    steps = _giving(spec)
    name, what = spec["name"], f"{home.name}.{spec['name']}"

    def begin(arg0: Any) -> Steps:
        frame = Frame(home, what, arg0, {}, variables={"arg0": arg0})
        frame.begin()
        return steps(frame)

    if spec.get("async"):

        async def run_async(arg0: Any = None) -> Any:
            return await adrive(begin(arg0))

        return _named(run_async, home, name)

    def run(arg0: Any = None) -> Any:
        return drive(begin(arg0))

    return _named(run, home, name)


def route(home: Home, spec: Mapping[str, Any]) -> Callable[..., Any]:
    """The path function of a conditional edge; one destination is returned bare, otherwise a list."""

    def steps(frame: Frame) -> Steps:
        yield from ()
        found = _destinations(spec["path"], frame)
        return found[0] if len(found) == 1 else found

    made = _function(home, f"{spec['from']}.{spec['name']}", steps, spec, do=())
    made.__name__ = spec["name"]
    return made


def _destinations(path: Mapping[str, Any], frame: Frame) -> list[Any]:
    if "each" in path:
        items = frame.get(path["each"])
        spec = {**path, "send": path["node"]}
        return [send(spec, item) for item in items] if isinstance(items, list) else []
    return targets(path["to"] if "to" in path else path["then" if holds(path["if"], frame) else "else"], frame)


def _giving(spec: Mapping[str, Any]) -> Callable[[Frame], Steps]:
    def steps(frame: Frame) -> Steps:
        yield from perform(spec.get("do", ()), frame)
        return evaluate(spec.get("result", {"lit": None}), frame)

    return steps


def _returned(frame: Frame, returns: str) -> Any:
    part: Any = frame.update if frame.home.value is None else frame.update.get(frame.home.value)
    if returns == "none":
        part = None
    elif returns == "list":
        part = list(frame.update)
    elif returns == "object":
        part = frame.home.state_class(frame.update)
    if not frame.commands:
        return part
    first = [part] if part is not None and (frame.update or returns == "update") else []
    parts = [*first, *frame.commands]
    return parts[0] if len(parts) == 1 else parts


# --- what LangGraph sees of a function ------------------------------------------------------------------------------

_PARAMETERS: dict[str, Any] = {
    "config": RunnableConfig,
    "runtime": Any,
    "writer": StreamWriter,
    "store": BaseStore,
    "previous": Any,
}


def _function(
    home: Home,
    name: str,
    steps: Callable[[Frame], Steps],
    spec: Mapping[str, Any],
    *,
    do: Sequence[Mapping[str, Any]],
    inject: Sequence[str] = (),
) -> Callable[..., Any]:
    """A function of one input and the parameters `inject`, which refers to the graphs that its instructions call.

    Upstream finds subgraphs among the values of a function's free variables, one level deep: so each has one.
    """
    what = f"{home.name}.{name}" if name else home.name
    seen = [*_called(home, do), *([None] * _SLOTS)]
    first, second, third, fourth = seen[:_SLOTS]

    def begin(given: Any, injected: Mapping[str, Any]) -> Steps:
        frame = Frame(home, what, given, injected)
        frame.begin()
        return steps(frame)

    made: Callable[..., Any]
    if spec.get("async"):

        async def run_async(given: Any, **injected: Any) -> Any:
            _ = (first, second, third, fourth)
            return await adrive(begin(given, injected))

        made = run_async
    else:

        def run(given: Any, **injected: Any) -> Any:
            _ = (first, second, third, fourth)
            return drive(begin(given, injected))

        made = run
    made = _named(made, home, name or home.name)
    made.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter("given", Parameter.POSITIONAL_OR_KEYWORD), *_parameters(inject)]
    )
    return made


def _parameters(inject: Sequence[str]) -> Iterator[Parameter]:
    for name in inject:
        if name == "error":
            from langgraph.errors import NodeError

            yield Parameter(name, Parameter.KEYWORD_ONLY, annotation=NodeError)
        else:
            yield Parameter(name, Parameter.KEYWORD_ONLY, annotation=_PARAMETERS[name])


def _called(home: Home, do: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The graphs that a function's instructions call openly, in their order, each once."""
    names = [
        instruction["graph"]
        for _, instruction in instructions(do, "")
        if instruction["op"] == "call" and not instruction.get("hidden")
    ]
    return [home.graphs[name] for name in dict.fromkeys(names)]


def _named(made: Callable[..., Any], home: Home, name: str) -> Callable[..., Any]:
    # Upstream makes the namespaces of cached writes of a function's module and qualified name.
    made.__name__ = name
    made.__qualname__ = f"{home.name}.{name}"
    made.__module__ = _USER_MODULE
    return made
