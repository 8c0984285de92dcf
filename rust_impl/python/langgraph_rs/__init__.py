"""LangGraph's channels, codec and Pregel loop in Rust."""

from langgraph_rs._core import __version__

__all__ = ["__version__"]
