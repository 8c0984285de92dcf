"""LangGraph's channels, codec and Pregel loop in Rust, under the real LangGraph.

Set `LANGGRAPH_BACKEND=rust` before Python starts, or call `install()` before anything imports LangGraph. Importing this
package replaces nothing and does not load the extension module. docs/backend.md of the repository is the manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_rs.backend.activation import install, uninstall
from langgraph_rs.backend.errors import BackendError, BackendWarning, WitnessError
from langgraph_rs.backend.status import status, witness

if TYPE_CHECKING:
    from langgraph_rs._core import __version__

__all__ = [
    "BackendError",
    "BackendWarning",
    "WitnessError",
    "__version__",
    "install",
    "status",
    "uninstall",
    "witness",
]


def __getattr__(name: str) -> Any:
    # The version is the extension module's. It is loaded when asked for: where it is broken, what matters is that the
    # import of LangGraph fails under the backend, not that a line of a .pth file does, which Python prints and forgets.
    if name == "__version__":
        from langgraph_rs import _core

        return _core.__version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
