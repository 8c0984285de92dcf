"""A graph program as one inline SVG: nodes with what they do, edges, joins, branches, sends, deferral, cycles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parity.report.layout import Box, Link, Route, arrange
from parity.report.listing import condition, instruction
from parity.report.markup import Html, el

__all__ = ["MAX_DRAWN", "draw"]

MAX_DRAWN = 60
"""Graphs with more parts than this are not drawn; the listing shows them."""

_CHAR = 7.0
_NAME_CHAR = 8.2
_LINE = 15.0
_MAX_CHARS = 30
_MAX_INSTRUCTIONS = 4
_FIT = 1700


@dataclass(frozen=True)
class _Vertex:
    name: str
    kind: str
    title: str
    lines: tuple[str, ...]
    width: float
    height: float
    deferred: bool = False


@dataclass(frozen=True)
class _Edge:
    source: str
    target: str
    kind: str
    label: str = ""


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MAX_CHARS else flat[: _MAX_CHARS - 1] + "…"


def _node(node: dict[str, Any]) -> _Vertex:
    lines = [_cut(instruction(instr)) for instr in node["do"][:_MAX_INSTRUCTIONS]]
    if len(node["do"]) > _MAX_INSTRUCTIONS:
        lines.append(f"… {len(node['do']) - _MAX_INSTRUCTIONS} more")
    if node["returns"] != "dict":
        lines.append(f"returns {node['returns']}")
    if node["defer"]:
        lines.append("deferred")
    title = _cut(node["name"])
    width = max([len(title) * _NAME_CHAR, *(len(line) * _CHAR for line in lines)]) + 28
    height = 30 + _LINE * len(lines) + (4 if lines else 0)
    return _Vertex(f"node:{node['name']}", "node", title, tuple(lines), max(width, 64), height, node["defer"])


def _terminal(name: str) -> _Vertex:
    title = "START" if name == "__start__" else "END"
    return _Vertex(f"node:{name}", "terminal", title, (), 64, 28)


def _targets(path: dict[str, Any]) -> list[tuple[str, str, str]]:
    """`(target, kind, label)` of every destination that a path can name."""
    if "each" in path:
        return [(str(path["node"]), "send", f"each {path['each']}")]
    out: list[tuple[str, str, str]] = []
    sides = (("then", "yes"), ("else", "no")) if "if" in path else (("to", ""),)
    for key, label in sides:
        for dest in path[key]:
            if isinstance(dest, dict):
                out.append((str(dest["send"]), "send", f"{label} send".strip()))
            else:
                out.append((str(dest), "branch", label))
    return out


def _parts(body: dict[str, Any]) -> tuple[list[_Vertex], list[_Edge]]:
    vertices = {"__start__": _terminal("__start__")}
    vertices.update({node["name"]: _node(node) for node in body["nodes"]})
    extra: list[_Vertex] = []
    edges: list[_Edge] = []

    def name_of(target: str) -> str:
        # A destination that names no node is one of the things a program may get wrong; it is drawn as such.
        if target not in vertices:
            vertices[target] = (
                _terminal(target)
                if target == "__end__"
                else _Vertex(f"node:{target}", "missing", _cut(target), ("no such node",), 120, 48)
            )
        return vertices[target].name

    for source, target in body["edges"]:
        edges.append(_Edge(name_of(source), name_of(target), "edge"))
    for number, join in enumerate(body["joins"]):
        bar = _Vertex(f"join:{number}", "join", "join", (), 12, 34)
        extra.append(bar)
        edges += [_Edge(name_of(source), bar.name, "join") for source in join["from"]]
        edges.append(_Edge(bar.name, name_of(join["to"]), "join", "all"))
    for number, branch in enumerate(body["branches"]):
        path = branch["path"]
        test = condition(path["if"]) if "if" in path else ""
        lines = (_cut(test),) if test else ()
        title = _cut(branch["name"])
        width = max(len(title) * _CHAR, len(lines[0]) * _CHAR if lines else 0) + 36
        shape = _Vertex(f"branch:{number}", "branch", title, lines, width, 42 if lines else 28)
        extra.append(shape)
        edges.append(_Edge(name_of(branch["from"]), shape.name, "branch"))
        seen: set[tuple[str, str, str]] = set()
        for target, kind, label in _targets(path):
            if (target, kind, label) not in seen:
                seen.add((target, kind, label))
                edges.append(_Edge(shape.name, name_of(target), kind, label))
    used = {edge.source for edge in edges} | {edge.target for edge in edges}
    start = vertices["__start__"]
    kept = [vertex for vertex in (*vertices.values(), *extra) if vertex is not start or start.name in used]
    return kept, edges


def draw(body: dict[str, Any]) -> Html | None:
    """The drawing of a graph case's body, or None if it has more than `MAX_DRAWN` parts."""
    vertices, edges = _parts(body)
    if len(vertices) > MAX_DRAWN or len(edges) > 2 * MAX_DRAWN:
        return None
    layout = arrange(
        [Box(v.name, v.width, v.height) for v in vertices],
        [Link(e.source, e.target) for e in edges],
        last="node:__end__",
    )
    width, height = round(layout.width), round(layout.height)
    names = [node["name"] for node in body["nodes"]]
    label = f"Graph with {len(names)} node{'' if len(names) == 1 else 's'}: {', '.join(names[:12])}"
    return el(
        "svg",
        {
            "class": "graph fit" if width <= _FIT else "graph",
            "role": "img",
            "aria-label": label,
            "viewBox": f"0 0 {width} {height}",
            "width": width,
            "height": height,
        },
        [_edge(edge, route) for edge, route in zip(edges, layout.routes, strict=True)],
        [_vertex(vertex, *layout.centres[vertex.name]) for vertex in vertices],
    )


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _edge(edge: _Edge, route: Route) -> Html:
    points = route.points
    tip_x, tip_y = points[-1]
    if route.loop:
        (ax, ay), (mx, my), (bx, by) = points
        path = f"M{_n(ax)} {_n(ay)}C{_n(ax - 14)} {_n(my - 8)} {_n(bx + 14)} {_n(my - 8)} {_n(bx)} {_n(by - 6)}"
        head = f"{_n(bx)},{_n(by)} {_n(bx - 4)},{_n(by - 8)} {_n(bx + 5)},{_n(by - 8)}"
        label_x, label_y = mx, my - 4
    elif route.back:
        (ax, ay), (_, low), (_, _), (bx, by) = points
        turn = 12 if ax > bx else -12
        path = (
            f"M{_n(ax)} {_n(ay)}V{_n(low - 12)}Q{_n(ax)} {_n(low)} {_n(ax - turn)} {_n(low)}"
            f"H{_n(bx + turn)}Q{_n(bx)} {_n(low)} {_n(bx)} {_n(low - 12)}V{_n(by + 7)}"
        )
        head = f"{_n(bx)},{_n(by)} {_n(bx - 4.5)},{_n(by + 8)} {_n(bx + 4.5)},{_n(by + 8)}"
        label_x, label_y = (ax + bx) / 2, low - 4
    else:
        path = f"M{_n(points[0][0])} {_n(points[0][1])}"
        stop = [*points[1:-1], (tip_x - 7, tip_y)]
        from_x, from_y = points[0]
        for to_x, to_y in stop:
            half = (to_x - from_x) / 2
            path += f"C{_n(from_x + half)} {_n(from_y)} {_n(to_x - half)} {_n(to_y)} {_n(to_x)} {_n(to_y)}"
            from_x, from_y = to_x, to_y
        head = f"{_n(tip_x)},{_n(tip_y)} {_n(tip_x - 8)},{_n(tip_y - 4.5)} {_n(tip_x - 8)},{_n(tip_y + 4.5)}"
        label_x = (points[0][0] + points[1][0]) / 2
        label_y = (points[0][1] + points[1][1]) / 2 - 5
    return el(
        "g",
        {"class": f"edge {edge.kind}"},
        el("path", {"d": path}),
        el("polygon", {"points": head}),
        el("text", {"x": _n(label_x), "y": _n(label_y)}, edge.label) if edge.label else None,
    )


def _vertex(vertex: _Vertex, x: float, y: float) -> Html:
    left, top = x - vertex.width / 2, y - vertex.height / 2
    attributes: dict[str, str | int | float | bool | None] = {
        "class": f"vertex {vertex.kind}" + (" deferred" if vertex.deferred else ""),
        "data-vertex": vertex.name,
    }
    if vertex.kind == "branch":
        inset = min(14.0, vertex.width / 4)
        right, bottom = left + vertex.width, top + vertex.height
        upper = ((left, y), (left + inset, top), (right - inset, top))
        corners = (*upper, (right, y), (right - inset, bottom), (left + inset, bottom))
        shape = el("polygon", {"points": " ".join(f"{_n(px)},{_n(py)}" for px, py in corners)})
    else:
        radius = {"terminal": vertex.height / 2, "join": 3.0}.get(vertex.kind, 7.0)
        box = {"x": _n(left), "y": _n(top), "width": _n(vertex.width), "height": _n(vertex.height), "rx": _n(radius)}
        shape = el("rect", {**box})
    if vertex.kind == "join":
        text = [el("text", {"class": "small", "x": _n(x), "y": _n(top - 5)}, vertex.title)]
        return el("g", attributes, el("title", None, "join: waits for all"), shape, text)
    first = top + 20 if vertex.lines else y + 4.5
    if vertex.kind == "branch" and vertex.lines:
        first = y - 3
    text = [el("text", {"class": "name", "x": _n(x), "y": _n(first)}, vertex.title)]
    for number, line in enumerate(vertex.lines, 1):
        style = "small tag" if line == "deferred" else "small"
        text.append(el("text", {"class": style, "x": _n(x), "y": _n(first + 2 + _LINE * number)}, line))
    ring = None
    if vertex.deferred:
        ring = el(
            "rect",
            {
                "class": "ring",
                "x": _n(left - 4),
                "y": _n(top - 4),
                "width": _n(vertex.width + 8),
                "height": _n(vertex.height + 8),
                "rx": "10",
            },
        )
    return el("g", attributes, el("title", None, "\n".join((vertex.title, *vertex.lines))), ring, shape, text)
