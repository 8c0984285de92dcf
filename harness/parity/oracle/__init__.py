"""The frozen oracle: what must be installed, and whether it is."""
