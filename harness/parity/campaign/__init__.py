"""A run: budget, workers, events."""
