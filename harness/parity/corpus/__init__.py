"""Cases recorded from the oracle, with what it did."""
