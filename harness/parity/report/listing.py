"""A case as short lines of text: what a person would write down to tell a colleague what it runs."""

from __future__ import annotations

import json
from typing import Any

from parity.cases.model import Case
from parity.report.literal import literal

__all__ = ["condition", "destination", "expression", "instruction", "listing"]

MAX_LINES = 400
"""Longest listing, in lines."""

_MAX_DEPTH = 20
_COMPARISONS = {"lt": "<", "ge": ">=", "eq": "=="}


def expression(expr: Any, depth: int = 0) -> str:
    """An `EXPR` of a graph program."""
    if depth > _MAX_DEPTH or not isinstance(expr, dict):
        return "…"
    if "lit" in expr:
        return literal(expr["lit"], 200)
    if "get" in expr:
        return f"state.{expr['get']}"
    if "input" in expr:
        return "input"
    if "add" in expr:
        return " + ".join(expression(item, depth + 1) for item in expr["add"])
    if "len" in expr:
        return f"len({expression(expr['len'], depth + 1)})"
    if "list" in expr:
        return "[" + ", ".join(expression(item, depth + 1) for item in expr["list"]) + "]"
    return "…"


def condition(cond: Any, depth: int = 0) -> str:
    """A `COND` of a graph program."""
    if depth > _MAX_DEPTH or not isinstance(cond, dict):
        return "…"
    if "cmp" in cond:
        sign = _COMPARISONS.get(str(cond["cmp"]), "?")
        return f"{expression(cond.get('left'), depth + 1)} {sign} {expression(cond.get('right'), depth + 1)}"
    if "not" in cond:
        return f"not ({condition(cond['not'], depth + 1)})"
    if "has" in cond:
        return f"has {cond['has']}"
    return "…"


def destination(dest: Any) -> str:
    """A `DEST` of a graph program."""
    if isinstance(dest, dict):
        return f"Send({dest.get('send')}, {expression(dest.get('arg'))})"
    return _end(str(dest))


def _end(name: str) -> str:
    return {"__start__": "START", "__end__": "END"}.get(name, name)


def instruction(instr: Any) -> str:
    """An `INSTR` of a graph program."""
    if not isinstance(instr, dict):
        return "…"
    if instr.get("op") == "write":
        return f"{instr.get('key')} ← {expression(instr.get('value'))}"
    when = instr.get("when")
    text = f"raise {instr.get('error')}({literal(instr.get('message'), 120)})"
    return text if when is None else f"{text} if {condition(when)}"


def _channel_text(spec: Any) -> str:
    if not isinstance(spec, dict):
        return "…"
    name = str(spec.get("channel") or spec.get("class"))
    rest = [f"{k}={literal(v, 200)}" for k, v in spec.items() if k not in ("channel", "class", "key")]
    return f"{name}({', '.join(rest)})"


def _graph(body: dict[str, Any]) -> list[str]:
    lines = ["state"]
    lines += [f"  {key}: {_channel_text(spec)}" for key, spec in body["state"].items()]
    lines.append("nodes")
    for node in body["nodes"]:
        notes = (["deferred"] if node["defer"] else []) + (
            [] if node["returns"] == "dict" else [f"returns {node['returns']}"]
        )
        lines.append(f"  {node['name']}" + (f" ({', '.join(notes)})" if notes else ""))
        lines += [f"    {instruction(instr)}" for instr in node["do"]]
    if body["edges"]:
        lines.append("edges")
        lines += [f"  {_end(source)} → {_end(target)}" for source, target in body["edges"]]
    if body["joins"]:
        lines.append("joins")
        lines += [f"  {' + '.join(join['from'])} → {join['to']}" for join in body["joins"]]
    if body["branches"]:
        lines.append("branches")
        lines += [_branch(branch) for branch in body["branches"]]
    run = body["run"]
    lines.append(f"run (recursion limit {run['recursion_limit']}, {run['versions']} versions)")
    for number, call in enumerate(run["calls"], 1):
        value = "resume" if call["input"] is None else f"invoke {literal(call['input'], 400)}"
        lines.append(f"  {number}. {value}")
    return lines


def _branch(branch: Any) -> str:
    path = branch["path"]

    def many(dests: Any) -> str:
        return ", ".join(destination(dest) for dest in dests) or "nowhere"

    if "each" in path:
        text = f"Send({path['node']}, item) for each item of state.{path['each']}"
    elif "if" in path:
        text = f"if {condition(path['if'])} then {many(path['then'])} else {many(path['else'])}"
    else:
        text = many(path["to"])
    ends = "" if branch["ends"] is None else f"  [path map: {many(branch['ends'])}]"
    return f"  {_end(branch['from'])} ⇢ {branch['name']}: {text}{ends}"


def _op(op: Any) -> str:
    name = str(op.get("op"))
    if "values" in op:
        return f"{name} {literal(op['values'], 1000)}"
    return name


def _program(body: Any) -> list[str]:
    """Each part that a reader looks for on a line of its own, as the JSON that it is."""
    lines: list[str] = []
    for name, graph in body["graphs"].items():
        lines.append(f"graph {name} ({graph['form']})")
        for member, value in graph.items():
            if member == "form":
                continue
            parts = value if isinstance(value, list) and value and isinstance(value[0], (dict, list)) else [value]
            lines += [f"  {member}: {json.dumps(part)}" for part in parts]
    run = {member: value for member, value in body["run"].items() if member != "ops"}
    lines.append(f"run {json.dumps(run)}")
    return lines + [f"  {number}. {json.dumps(op)}" for number, op in enumerate(body["run"]["ops"])]


def listing(case: Case) -> list[str]:
    """The case as lines; a long one ends in a line that says how many lines were left out."""
    body = case.body
    if case.kind == "graph":
        lines = _graph(body)
    elif case.kind == "program":
        lines = _program(body)
    elif case.kind == "channel":
        lines = [_channel_text(body["channel"])]
        lines += [f"  {number}. {_op(op)}" for number, op in enumerate(body["ops"])]
    elif case.kind == "bytes":
        hexed = str(body["hex"])
        lines = [f"decode {len(hexed) // 2} bytes"] + [f"  {hexed[i : i + 64]}" for i in range(0, len(hexed), 64)]
    else:
        lines = [literal(body.get("value"))]
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"… {len(lines) - MAX_LINES} more lines omitted"]
    return lines
