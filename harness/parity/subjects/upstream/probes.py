"""Whether this LangGraph has all the names that the controls of a kind replace: tried once, without a case."""

from __future__ import annotations

__all__ = ["graph", "program"]


def graph() -> None:
    """Enters the controls of kind `graph`. Raises AttributeError or ImportError naming what is not there."""
    from parity.subjects.upstream.controls import controlled

    with controlled():
        pass


def program() -> None:
    """Enters the controls of kind `program`. Raises AttributeError or ImportError naming what is not there."""
    from parity.subjects.upstream.programs.controls import controlled

    for schedule in ("inline", "threads"):
        with controlled(lambda _: None, schedule):
            pass
