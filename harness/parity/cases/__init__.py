"""Cases: what is run, as data."""
