"""Makes the committed sample, `reports/sample/`, anew: a real run against a planted fault.

    python scripts/sample_report.py [FAULT]

The run stays in `reports/`, so `parity replay` finds what the sample shows.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from parity.cli import main as parity

SEED = "7"
CASES = "values=400,bytes=200,channels=400,graphs=150"


def main(fault: str = "send_dropped") -> int:
    """Exit code 0 if the run found the fault and the sample was written, else 1."""
    os.chdir(Path(__file__).resolve().parents[1])
    arguments = ["run", "--subject", f"faulty:{fault}", "--seed", SEED, "--cases", CASES, "--aa-cases", "20"]
    sys.argv[1:] = arguments
    if parity(arguments) != 1:
        print(f"the run did not find the planted fault {fault}; the sample is as it was", file=sys.stderr)
        return 1
    run = max(Path("reports").glob(f"*-seed{SEED}*"), key=lambda path: path.stat().st_mtime)
    sample = Path("reports/sample")
    sample.mkdir(exist_ok=True)
    for name in ("report.json", "report.html"):
        shutil.copyfile(run / name, sample / name)
    print(sample / "report.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
