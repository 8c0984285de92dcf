"""Upstream's own test suites, fetched by hash and run unchanged against plain Python or the Rust backend."""
