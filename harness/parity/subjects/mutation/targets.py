"""Which modules of upstream are mutated, and the components that scores are given for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

__all__ = ["COMPONENTS", "TARGETS", "MutationError", "Target", "target_of"]

CHANNELS = (
    *("any_value", "base", "binop", "delta", "ephemeral_value"),
    *("last_value", "named_barrier_value", "topic", "untracked_value"),
)


class MutationError(ValueError):
    """A mutant that there is not, or a module that cannot be mutated here; the message is one line."""


@dataclass(frozen=True)
class Target:
    """A module that is mutated: its dotted name, the distribution that has it, and its component."""

    module: str
    distribution: str
    component: str

    @property
    def file(self) -> str:
        """Its path below site-packages."""
        return self.module.replace(".", "/") + ".py"

    def path(self) -> Path:
        """Where it lies in this environment; nothing is imported. Raises MutationError."""
        try:
            return Path(str(metadata.distribution(self.distribution).locate_file(self.file)))
        except metadata.PackageNotFoundError as error:
            raise MutationError(f"{self.distribution} is not installed, so {self.module} cannot be mutated") from error


TARGETS: tuple[Target, ...] = (
    *(Target(f"langgraph.channels.{name}", "langgraph", "channels") for name in CHANNELS),
    *(
        Target(f"langgraph.pregel._{name}", "langgraph", name)
        for name in ("algo", "loop", "checkpoint", "io", "runner", "retry")
    ),
    Target("langgraph.checkpoint.serde.jsonplus", "langgraph-checkpoint", "jsonplus"),
)
"""The one table of what is mutated."""

COMPONENTS: tuple[str, ...] = tuple(dict.fromkeys(target.component for target in TARGETS))
"""The components, in the order of the table."""


def target_of(module: str) -> Target:
    """The target of that dotted name. Raises MutationError."""
    for target in TARGETS:
        if target.module == module:
            return target
    raise MutationError(f"{module} is not among the modules that are mutated")
