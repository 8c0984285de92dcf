"""The two Rust subjects on everything recorded and some random cases of every layer: no difference from upstream."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs import run

from parity.campaign.events import LayerFinished

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.mark.parametrize(("subject", "recorded"), [("core", 1400), ("rust", 2100)])
def test_recorded_and_random_cases_agree(subject: str, recorded: int, tmp_path: Path) -> None:
    limits = ("--profile", "quick", "--aa-cases", "0", "--fixtures", str(FIXTURES))
    done = run(tmp_path, "run", "--subject", subject, "--seed", "11", *limits, timeout=600)
    assert done.code == 0, done.out + done.err
    assert done.footer.fingerprints == {}
    corpus = [event for event in done.events if isinstance(event, LayerFinished) and event.phase == "corpus"]
    assert sum(event.agreed for event in corpus) >= recorded
