"""Functions of `langgraph.pregel` in Rust, by the upstream module that they stand in for."""
