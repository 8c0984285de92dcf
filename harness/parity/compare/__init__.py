"""Where two observations part."""
