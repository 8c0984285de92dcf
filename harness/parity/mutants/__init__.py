"""Bug-finding power, measured: mutants of upstream and of our crates, who kills them, and in how many seconds."""
