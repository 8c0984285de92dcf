"""Releases of upstream as subjects: `upstream@VERSION`, each in an environment of its own, installed once and kept."""
