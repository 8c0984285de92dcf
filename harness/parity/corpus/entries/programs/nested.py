"""Tasks: called by tasks, called again when they have failed or been done, caught, cached, timed, abandoned."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    LAST,
    LOG,
    Part,
    Told,
    ask,
    chain,
    fail,
    fan,
    lit,
    logs,
    node,
    own,
    program,
    resume,
    run,
    task,
    var,
    wait,
    write,
)

__all__ = ["entries"]

_AWAITED: Part = {"async": True}
_HANG: Part = {"op": "hang", "stubborn": True}


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    for api in ("invoke", "ainvoke", "astream"):
        awaited: Part = {} if api == "invoke" else _AWAITED
        yield from _nested(api, awaited)
        yield from _failing(api, awaited)
        yield from _unfinished(api, awaited)
        yield from _cached(api, awaited)
    yield from _abandoned()


def _made(name: str, *do: Part, result: Part | None = None, **members: object) -> Part:
    return {"name": name, "do": list(do), "result": result or var("arg0"), **members}


def _caught(of: str = "f", into: str = "x") -> Part:
    return {"op": "result", "of": of, "var": into, "catch": True}


def _nested(api: str, awaited: Part) -> Iterator[Told]:
    both = {"list": [var("x"), var("y")]}
    inner = _made("w", result={"list": [lit("w"), var("arg0")]}, **awaited)
    yield Told(
        f"tasks call tasks three deep, and are told with their places ({api})",
        "main t u w w u w w",
        program(
            own(
                task("t", lit(1)),
                wait(),
                result=var("x"),
                tasks=[
                    _made(
                        "t",
                        *(task("u", lit(2), into="f"), wait("f", "x"), task("u", lit(3), into="g"), wait("g", "y")),
                        result=both,
                        **awaited,
                    ),
                    _made(
                        "u",
                        *(task("w", lit(4), into="f"), task("w", lit(5), into="g"), wait("f", "x"), wait("g", "y")),
                        result=both,
                        **awaited,
                    ),
                    inner,
                ],
                **awaited,
            ),
            run(1, api=api, **({"stream_mode": ["updates", "tasks"]} if api == "astream" else {})),
        ),
    )
    yield Told(
        f"a task of a task asks, and what is done is not done again ({api})",
        "main t u w ? main t w",
        program(
            own(
                task("t", lit(1)),
                wait(),
                result=var("x"),
                tasks=[
                    _made(
                        "t",
                        task("u", into="f"),
                        wait("f", "x"),
                        task("w", into="g"),
                        wait("g", "y"),
                        result=both,
                        **awaited,
                    ),
                    _made("u", result=lit("u"), **awaited),
                    _made("w", ask(), result=var("answer"), **awaited),
                ],
                **awaited,
            ),
            run(1, api=api),
            {"op": "state"},
            resume("yes", api=api),
        ),
    )
    yield Told(
        f"a node calls a task, which calls a task, beside other nodes ({api})",
        "x y t u end",
        program(
            fan(
                logs("x", **awaited),
                logs("y", task("t", lit(1)), wait(), write("a", var("x")), **awaited),
                last=logs("end", **awaited),
                tasks=[_made("t", task("u", lit(2)), wait(), result=var("x"), **awaited), _made("u", **awaited)],
            ),
            run(api=api),
        ),
    )


def _failing(api: str, awaited: Part) -> Iterator[Told]:
    yield Told(
        f"an entrypoint catches the error of a task and goes on ({api})",
        "main t u",
        program(
            own(
                task("t"),
                _caught(),
                task("u", var("x"), into="g"),
                wait("g", "y"),
                result=var("y"),
                tasks=[_made("t", fail(), **awaited), _made("u", **awaited)],
                **awaited,
            ),
            run(1, api=api),
        ),
    )
    yield Told(
        f"an entrypoint catches the error of a task, and asks; the task that failed is run again ({api})",
        "main t ? main t",
        program(
            own(
                task("t"),
                _caught(),
                ask(),
                result={"list": [var("x"), var("answer")]},
                tasks=[_made("t", fail(on_runs=[1]), result=lit("now"), **awaited)],
                **awaited,
            ),
            run(1, api=api),
            resume("yes", api=api),
        ),
    )
    yield Told(
        f"a task of a task fails once, and everything is called again ({api})",
        "main t u w !ValueError main t w",
        program(
            own(
                task("t", lit(1)),
                wait(),
                result=var("x"),
                tasks=[
                    _made("t", task("u"), wait("f", "y"), task("w"), wait("f", "x"), result=var("x"), **awaited),
                    _made("u", result=lit("u"), **awaited),
                    _made("w", fail(on_runs=[1]), result=lit("w"), **awaited),
                ],
                **awaited,
            ),
            run(1, api=api),
            {"op": "state"},
            run(None, api=api),
        ),
    )
    yield Told(
        f"a task is tried again together with what it calls ({api})",
        "main t u t u",
        program(
            own(
                task("t", lit(1)),
                wait(),
                result=var("x"),
                tasks=[
                    _made(
                        "t",
                        task("u", lit(2)),
                        wait(),
                        fail(on_runs=[1]),
                        result=var("x"),
                        retry={"attempts": 2, "on": "all"},
                        **awaited,
                    ),
                    _made("u", **awaited),
                ],
                **awaited,
            ),
            run(1, api=api),
        ),
    )
    yield Told(
        f"a node is tried again and calls its task again ({api})",
        "n t n t",
        program(
            chain(
                logs("n", task("t", lit(2)), wait(), fail(on_runs=[1]), retry={"attempts": 2, "on": "all"}, **awaited),
                tasks=[_made("t", **awaited)],
            ),
            run(api=api),
        ),
    )
    yield Told(
        f"exceptions that a policy names in a list ({api})",
        "n n n !RuntimeError",
        program(
            chain(
                logs(
                    "n",
                    fail("ValueError", on_runs=[1]),
                    fail("KeyError", on_runs=[2]),
                    fail("RuntimeError", on_runs=[3]),
                    retry={"attempts": 4, "on": ["ValueError", "KeyError"]},
                    **awaited,
                )
            ),
            run(api=api),
        ),
    )
    yield Told(
        f"a policy that cannot say what it tries again ({api})",
        "n !TypeError",
        program(chain(logs("n", fail(), retry={"attempts": 2, "on": "invalid"}, **awaited)), run(api=api)),
    )


def _unfinished(api: str, awaited: Part) -> Iterator[Told]:
    """A function that does not wait for the tasks that it has called."""
    tasks = [_made("t", **awaited), _made("u", fail(), **awaited)]
    yield Told(
        f"a node fails after it has called a task ({api})",
        "n t !ValueError n",
        program(
            chain(logs("n", task("t", lit(1)), fail(on_runs=[1]), **awaited), tasks=tasks),
            run(api=api),
            run(None, api=api),
        ),
    )
    yield Told(
        f"a node fails after it has called a task, and is handled ({api})",
        "n t n.on_error",
        program(
            chain(
                logs(
                    "n", task("t", lit(1)), fail(), on_error=[write("log", {"list": [{"error": "message"}]})], **awaited
                ),
                tasks=tasks,
            ),
            run(api=api),
        ),
    )
    yield Told(
        f"an entrypoint ends before the tasks that it has called, of which one fails ({api})",
        "main t u",
        program(
            own(task("t", lit(1)), task("u", into="g"), result=lit("done"), tasks=tasks, **awaited),
            run(1, api=api),
            {"op": "state"},
        ),
    )
    yield Told(
        f"an entrypoint asks before the tasks that it has called have ended ({api})",
        "main t ? main",
        program(
            own(task("t", lit(1)), ask(), wait(), result=var("x"), tasks=tasks, **awaited),
            run(1, api=api),
            {"op": "state"},
            resume("yes", api=api),
        ),
    )


def _cached(api: str, awaited: Part) -> Iterator[Told]:
    for key in ("default", "constant"):
        yield Told(
            f"tasks are cached by the key {key}, over two threads ({api})",
            "main t t main" if key == "default" else "main t main",
            program(
                own(
                    *(task("t", lit(1)), wait(), task("t", lit(2), into="g"), wait("g", "y")),
                    result={"list": [var("x"), var("y")]},
                    tasks=[_made("t", result={"list": [{"run": True}, var("arg0")]}, cache={"key": key}, **awaited)],
                    **awaited,
                ),
                run(1, api=api),
                run(1, thread="other", api=api),
                cache=True,
            ),
        )
    yield Told(
        f"a cached task of a task ({api})",
        "main t u main t",
        program(
            own(
                task("t", lit(1)),
                wait(),
                result=var("x"),
                tasks=[
                    _made("t", task("u", lit(2)), wait(), result=var("x"), **awaited),
                    _made("u", result={"run": True}, cache={}, **awaited),
                ],
                **awaited,
            ),
            run(1, api=api),
            run(1, thread="other", api=api),
            cache=True,
        ),
    )
    yield Told(
        f"a task whose key cannot be made ({api})",
        "main !ValueError",
        program(
            own(
                task("t", lit(1)),
                wait(),
                result=var("x"),
                tasks=[_made("t", cache={"key": "fails"}, **awaited)],
                **awaited,
            ),
            run(1, api=api),
            cache=True,
        ),
    )
    yield Told(
        f"a node whose key cannot be made ({api})",
        "!ValueError",
        program(chain(logs("n", cache={"key": "fails"}, **awaited)), run(api=api), cache=True),
    )
    yield Told(
        f"the cached node of a subgraph, sent to twice, and cached beside one that fails ({api})",
        "child.inner x y !ValueError y end child.inner y"
        if api == "invoke"
        else "x y child.inner !ValueError y end y child.inner",
        program(
            fan(
                logs("x", cache={}, **awaited),
                logs("y", fail(on_runs=[1]), **awaited),
                {"name": "s", "graph": "child"},
                last=logs("end", cache={"key": "constant"}, **awaited),
            ),
            run(api=api),
            run(None, api=api),
            run(api=api, thread="other"),
            children={"child": chain(logs("inner", cache={}, **awaited))},
            cache=True,
        ),
    )
    yield Told(
        f"all nodes are cached, and their handler ({api})",
        "n on_error n on_error",
        program(
            chain(
                logs("n", fail(), **awaited),
                logs("m", **awaited),
                defaults={"cache": {"key": "constant"}, "on_error": [write("log", {"list": [{"error": "message"}]})]},
            ),
            run(api=api),
            run(api=api, thread="other"),
            cache=True,
        ),
    )


def _abandoned() -> Iterator[Told]:
    """What a function still does when its time-out has ended it is not done."""
    acts: dict[str, list[Part]] = {
        "writes": [write("log", lit(["late"]))],
        "custom events": [{"op": "emit", "value": lit("late")}],
        "heartbeats": [{"op": "heartbeat"}],
        "tasks": [task("t", lit(1)), wait()],
        "words": [{"op": "chat", "text": "too late", "var": "said"}],
        "questions": [ask()],
    }
    for name, act in acts.items():
        for refresh in ("auto", "heartbeat"):
            yield Told(
                f"{name} of an attempt that was too slow ({refresh})",
                "beside slow slow end",
                program(
                    fan(
                        {
                            "name": "slow",
                            "async": True,
                            "timeout": {"idle": 1, "refresh_on": refresh},
                            "retry": {"attempts": 2, "on": "all", "jitter": False},
                            "do": [
                                {
                                    "op": "if",
                                    "cond": {"cmp": "eq", "left": {"run": True}, "right": lit(1)},
                                    "then": [_HANG, *act],
                                    "else": [{"op": "sleep", "seconds": 0.5}],
                                },
                                write("log", lit(["slow"])),
                            ],
                        },
                        logs("beside", {"op": "sleep", "seconds": 5}, **_AWAITED),
                        last=logs("end", **_AWAITED),
                        state={"a": LAST, "log": LOG},
                        tasks=[_made("t", **_AWAITED)],
                    ),
                    run(api="astream", stream_mode=["updates", "custom", "messages"], callbacks=True),
                    {"op": "state", "async": True},
                ),
            )
    yield Told(
        "a node that does not end when it is cut off by the failure of another",
        "y x !ValueError",
        program(
            fan(
                node(
                    "x", _HANG, task("t", lit(1)), wait(), write("log", lit(["late"])), timeout={"run": 5}, **_AWAITED
                ),
                logs("y", {"op": "sleep", "seconds": 1}, fail(), **_AWAITED),
                last=logs("end", **_AWAITED),
                tasks=[_made("t", **_AWAITED)],
            ),
            run(api="ainvoke"),
            {"op": "state", "async": True},
        ),
    )
