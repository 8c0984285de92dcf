"""Mutants of upstream: which there are, and how one takes its module's place in a process. No file is written."""
