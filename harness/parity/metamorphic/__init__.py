"""Relations that hold between two runs of one implementation, whatever the oracle says (`docs/metamorphic.md`)."""
