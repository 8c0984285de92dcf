"""The functional API: an entrypoint that keeps its last value, and tasks that run at once."""

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.types import StreamWriter


@task
def square(number: int) -> int:
    """The number's square."""
    return number * number


@entrypoint(checkpointer=InMemorySaver())
def total(numbers: list[int], *, previous: int | None, writer: StreamWriter) -> int:
    """The sum of the squares, and of what was returned before on this thread."""
    writer({"numbers": len(numbers)})
    return sum(future.result() for future in [square(number) for number in numbers]) + (previous or 0)
