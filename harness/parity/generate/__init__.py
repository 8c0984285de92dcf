"""Hypothesis strategies that make cases."""
