"""Differential testing of LangGraph implementations against frozen upstream."""

__version__ = "0.1.0"
