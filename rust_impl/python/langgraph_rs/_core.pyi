"""The Rust extension module: entry points that take a case and return an observation."""

from typing import Any, final

from langgraph_rs.serde import CodecCounters

__version__: str
__profile__: str

def run_case(text: str) -> str:
    """Run one case (JSON text) on the native crates; return its observation as JSON text.

    Raises ValueError for a malformed case; a Rust panic is a PanicException.
    """

def provoke(what: str) -> None:
    """Provoke a fault inside Rust: "panic" or "abort"."""

@final
class ExtHook:
    """Upstream's msgpack extension hook with its allowlist: True, None or a set of `(module, name)`."""

    def __new__(cls, allowed: Any) -> ExtHook: ...
    def __call__(self, code: int, data: bytes) -> Any: ...

def encode_msgpack(value: Any) -> bytes:
    """Mirror upstream's `_msgpack_enc`. Raises TypeError in ormsgpack's words."""

def decode_msgpack(data: Any, hook: Any) -> Any:
    """Mirror `ormsgpack.unpackb` with langgraph's option; what an ExtHook stands for is done natively.

    Raises ValueError in ormsgpack's words.
    """

def codec_counters() -> CodecCounters:
    """What was coded since the process began, and what of it was given to Python."""

def channel_counters() -> dict[str, dict[str, int]]:
    """What channels were asked since the process began; `python` is what went to methods in Python."""
