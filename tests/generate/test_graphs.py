"""Generated graph programs are valid cases, and every feature that can be drawn is drawn."""

from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from parity.cases.model import Case
from parity.generate.graphs import FEATURES, cases, features

GENERATE_ONLY = settings(
    max_examples=600,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_every_program_is_a_valid_case_and_every_feature_is_reached() -> None:
    seen: Counter[str] = Counter()

    @seed(20261121)
    @GENERATE_ONLY
    @given(cases())
    def generate(case: Case) -> None:
        assert Case.from_json(case.to_json()) == case
        seen.update(features(case))

    generate()
    assert set(seen) <= set(FEATURES)
    # reducer_error is a licence to write a wrong-typed literal, which the program's text does not show as such
    assert set(FEATURES) - set(seen) <= {"reducer_error"}
    assert min(seen.values()) >= 20, seen
