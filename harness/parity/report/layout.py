"""A layered layout for small directed graphs: layers from left to right, cycles turned back below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Box", "Layout", "Link", "Route", "arrange"]

_LAYER_GAP = 64.0
_ROW_GAP = 26.0
_MARGIN = 14.0
_LANE = 22.0
_BESIDE = 18.0
_SWEEPS = 6
_WAYPOINT = 6.0


@dataclass(frozen=True)
class Box:
    """Something to place: its name and its size in pixels."""

    name: str
    width: float
    height: float


@dataclass(frozen=True)
class Link:
    """A directed link between two boxes, by name."""

    source: str
    target: str


@dataclass(frozen=True)
class Route:
    """How one link is drawn: `points` it passes, `back` if it runs against the layers, `loop` if to itself."""

    points: tuple[tuple[float, float], ...]
    back: bool
    loop: bool


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes, the route of every link (in the order given), and the size of the whole."""

    centres: dict[str, tuple[float, float]]
    routes: tuple[Route, ...]
    width: float
    height: float


def _backward(names: Sequence[str], links: Sequence[Link]) -> set[int]:
    """The links to turn round so that no cycle is left: those a depth-first walk finds pointing at its own path."""
    outgoing: dict[str, list[int]] = {name: [] for name in names}
    for index, link in enumerate(links):
        outgoing[link.source].append(index)
    found: set[int] = set()
    state: dict[str, int] = {}
    for root in names:
        if root in state:
            continue
        state[root] = 1
        stack: list[tuple[str, int]] = [(root, 0)]
        while stack:
            name, position = stack.pop()
            if position == len(outgoing[name]):
                state[name] = 2
                continue
            stack.append((name, position + 1))
            index = outgoing[name][position]
            target = links[index].target
            if state.get(target) == 1:
                found.add(index)
            elif target not in state:
                state[target] = 1
                stack.append((target, 0))
    return found


def _layers(names: Sequence[str], pairs: Sequence[tuple[str, str]], last: str | None) -> dict[str, int]:
    """The longest path to each box; `last` goes to the right of everything."""
    layer = dict.fromkeys(names, 0)
    for _ in names:
        changed = False
        for source, target in pairs:
            if layer[target] < layer[source] + 1:
                layer[target] = layer[source] + 1
                changed = True
        if not changed:
            break
    if last in layer:
        layer[last] = max(*layer.values(), 1)
    return layer


def arrange(boxes: Sequence[Box], links: Sequence[Link], last: str | None = None) -> Layout:
    """Places boxes and routes links, always the same way. Raises KeyError for a link to a box that is not there."""
    size = {box.name: box for box in boxes}
    names = [box.name for box in boxes]
    back = _backward(names, links)
    forward: list[tuple[str, str]] = []
    for index, link in enumerate(links):
        if link.source != link.target:
            forward.append((link.target, link.source) if index in back else (link.source, link.target))
    layer = _layers(names, forward, last)

    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for name in names:
        rows[layer[name]].append(name)
    heights = {name: size[name].height for name in names}
    chains = _chains(links, back, layer, rows, heights)
    near: dict[str, list[str]] = {name: [] for name in heights}
    for chain in chains.values():
        for one, other in pairwise(chain):
            near[one].append(other)
            near[other].append(one)

    y = _place(rows, heights, near)
    widths = [max((size[name].width for name in row if name in size), default=0.0) for row in rows]
    x: dict[str, float] = {}
    left = _MARGIN
    for row, width in zip(rows, widths, strict=True):
        for name in row:
            x[name] = left + width / 2
        left += width + _LAYER_GAP
    total = left - _LAYER_GAP + _MARGIN
    top = min((y[name] - heights[name] / 2 for name in y), default=0.0)
    loops = any(link.source == link.target for link in links)
    shift = _MARGIN - top + (_LANE if loops else 0.0)
    centres = {name: (x[name], y[name] + shift) for name in y}
    bottom = max((centres[name][1] + heights[name] / 2 for name in centres), default=0.0)

    routes, lowest = _routes(links, back, chains, centres=centres, size=size, bottom=bottom)
    return Layout({name: centres[name] for name in names}, routes, total, lowest + _MARGIN)


def _chains(
    links: Sequence[Link], back: set[int], layer: dict[str, int], rows: list[list[str]], heights: dict[str, float]
) -> dict[int, list[str]]:
    """What each forward link passes, in order; `rows` and `heights` gain the waypoints.

    A link across several layers gets a waypoint in each, so that it is led round the boxes and not through them.
    """
    chains: dict[int, list[str]] = {}
    for index, link in enumerate(links):
        if index in back or link.source == link.target:
            continue
        chain = [link.source]
        for step in range(layer[link.source] + 1, layer[link.target]):
            waypoint = f"\0{index}:{step}"
            rows[step].append(waypoint)
            heights[waypoint] = _WAYPOINT
            chain.append(waypoint)
        chains[index] = [*chain, link.target]
    return chains


def _routes(
    links: Sequence[Link],
    back: set[int],
    chains: dict[int, list[str]],
    *,
    centres: dict[str, tuple[float, float]],
    size: dict[str, Box],
    bottom: float,
) -> tuple[tuple[Route, ...], float]:
    """The routes, and how far down they reach: each link against the layers has a lane of its own below the boxes."""
    routes: list[Route] = []
    together = Counter((link.source, link.target) for link in links)
    drawn: Counter[tuple[str, str]] = Counter()
    low = bottom
    for index, link in enumerate(links):
        (sx, sy), (tx, ty) = centres[link.source], centres[link.target]
        source, target = size[link.source], size[link.target]
        if link.source == link.target:
            high = sy - source.height / 2
            routes.append(Route(((sx - 10, high), (sx, high - _LANE), (sx + 10, high)), False, True))
        elif index in back:
            low += _LANE
            points = ((sx, sy + source.height / 2), (sx, low), (tx, low), (tx, ty + target.height / 2))
            routes.append(Route(points, True, False))
        else:
            # Links between the same two boxes are led side by side, or only the last drawn would be seen.
            pair = (link.source, link.target)
            gap = min(_BESIDE, min(source.height, target.height) / together[pair])
            beside = (drawn[pair] - (together[pair] - 1) / 2) * gap
            drawn[pair] += 1
            middle = [(mx, my + beside) for mx, my in (centres[name] for name in chains[index][1:-1])]
            ends = ((sx + source.width / 2, sy + beside), *middle, (tx - target.width / 2, ty + beside))
            routes.append(Route(tuple(ends), False, False))
    return tuple(routes), low


def _place(rows: list[list[str]], heights: dict[str, float], near: dict[str, list[str]]) -> dict[str, float]:
    """Vertical centres: rows are ordered by their neighbours' mean position, then pulled towards it without overlap."""
    order = {name: float(index) for row in rows for index, name in enumerate(row)}
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            known = {name: sum(order[n] for n in near[name]) / len(near[name]) for name in row if near[name]}
            row.sort(key=lambda name: known.get(name, order[name]))
            order.update({name: float(index) for index, name in enumerate(row)})
    y: dict[str, float] = {}
    for row in rows:
        total = sum(heights[name] for name in row) + _ROW_GAP * (len(row) - 1)
        top = -total / 2
        for name in row:
            y[name] = top + heights[name] / 2
            top += heights[name] + _ROW_GAP
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else list(reversed(rows)):
            wish = [sum(y[n] for n in near[name]) / len(near[name]) if near[name] else y[name] for name in row]
            placed: list[float] = []
            for name, target in zip(row, wish, strict=True):
                low = target
                if placed:
                    before = row[len(placed) - 1]
                    low = max(target, placed[-1] + heights[before] / 2 + _ROW_GAP + heights[name] / 2)
                placed.append(low)
            # Pushing down for room moves the whole row; half of it is given back so that the row stays centred.
            drift = sum(p - w for p, w in zip(placed, wish, strict=True)) / max(len(row), 1)
            for name, position in zip(row, placed, strict=True):
                y[name] = position - drift
    return y
