"""Divergences kept, shrunk, named and replayed."""
