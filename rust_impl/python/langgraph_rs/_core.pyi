"""The Rust extension module: entry points that take a case and return an observation."""

__version__: str
__profile__: str

def run_case(text: str) -> str:
    """Run one case (JSON text) on the native crates; return its observation as JSON text.

    Raises ValueError for a malformed case; a Rust panic is a PanicException.
    """

def provoke(what: str) -> None:
    """Provoke a fault inside Rust: "panic" or "abort"."""
