from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import small_fixtures

from parity.mutants.killer import Killer
from parity.mutants.pool import Pool, make_pool
from parity.subjects.mutation.catalogue import Catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture(scope="session")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_fixtures(tmp_path_factory.mktemp("fixtures"))


@pytest.fixture(scope="session")
def pool(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return make_pool(tmp_path_factory.mktemp("pool") / "pool.jsonl", fixtures, 1, {"channels": 12, "graphs": 6})


@pytest.fixture(scope="session")
def killer(catalogue: Catalogue, pool: Pool) -> Iterator[Killer]:
    made = Killer(catalogue, pool, 5.0)
    yield made
    made.close()
