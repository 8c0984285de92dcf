"""THE table: every upstream name that the backend replaces, in its defining module, and by what.

Rows are in order of their modules. CONTRIBUTING.md, "a replaced name", says what a row needs before it goes live.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["REPLACED", "Replacement"]


@dataclass(frozen=True)
class Replacement:
    """One replaced name.

    `module` and `name` ("name" or "Class.method") say where upstream defines it, `provider` ("module:attribute") what
    takes its place. `poisons` ("module:qualified name" each) are further upstream functions or classes that nothing may
    use any more once the name is replaced, because only what was replaced used them: under the witness they raise like
    the name itself.
    """

    module: str
    name: str
    provider: str
    poisons: tuple[str, ...] = ()


_JSONPLUS = "langgraph.checkpoint.serde.jsonplus"

REPLACED: tuple[Replacement, ...] = (
    Replacement(
        _JSONPLUS,
        "JsonPlusSerializer",
        "langgraph_rs.serde:JsonPlusSerializer",
        poisons=(f"{_JSONPLUS}:_msgpack_default",),
    ),
    Replacement(_JSONPLUS, "_create_msgpack_ext_hook", "langgraph_rs.serde:create_msgpack_ext_hook"),
    Replacement(_JSONPLUS, "_msgpack_enc", "langgraph_rs.serde:msgpack_enc"),
    Replacement(_JSONPLUS, "_msgpack_ext_hook", "langgraph_rs.serde:MSGPACK_EXT_HOOK"),
)
