"""`python -m langgraph_rs` prints the backend's status; exit code 2 if it was asked for and cannot be had."""

import sys

from langgraph_rs.backend.status import main

if __name__ == "__main__":
    sys.exit(main())
