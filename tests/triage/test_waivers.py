"""A file of waivers is read as it is meant, or refused in one line that names the line and the field."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from parity.cases.model import CaseError
from parity.triage.waivers import Waiver, active, concerning, expired, load_waivers, matching

LAYERS = ("values", "channels", "graphs", "bytes")
HEAD = 'schema = "parity/waivers/1"\n'
GOOD = """
[[waiver]]
fingerprint = "algorithm/tasks"
reason = "Sends are dropped"
owner = "ada"
issue = "https://example.org/12"
expiry = 2030-01-31
regression = "em6uct2w-c61ec9"
"""


def load(tmp_path: Path, text: str) -> tuple[Waiver, ...]:
    path = tmp_path / "waivers.toml"
    path.write_text(text)
    return load_waivers(path, LAYERS)


def changed(field: str, line: str) -> str:
    """The good waiver with the line of a field replaced (by nothing: left out)."""
    lines = [line if old.startswith(f"{field} ") else old for old in GOOD.splitlines()]
    return HEAD + "\n".join(lines) + "\n"


def test_a_waiver_is_read_with_its_narrowings(tmp_path: Path) -> None:
    (waiver,) = load(tmp_path, HEAD + GOOD + 'subject = "rust"\nlayer = "graphs"\n')
    assert waiver == Waiver(
        fingerprint="algorithm/tasks",
        reason="Sends are dropped",
        owner="ada",
        issue="https://example.org/12",
        expiry=date(2030, 1, 31),
        regression="em6uct2w-c61ec9",
        subject="rust",
        layer="graphs",
    )
    assert Waiver.from_json(waiver.to_json()) == waiver


def test_a_file_without_waivers_is_a_file(tmp_path: Path) -> None:
    assert load(tmp_path, HEAD) == ()


def test_the_one_of_this_repository_is_well_formed() -> None:
    load_waivers(Path(__file__).resolve().parents[2] / "waivers.toml", LAYERS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: 'schema' is a required property"),
        ('schema = "parity/waivers/2"\n', "line 1, field schema: 'parity/waivers/1' was expected"),
        (HEAD + "x = 1\n", "'x' was unexpected"),
        ("schema = \n", "is not TOML: Invalid value (at line 1, column 10)"),
        (HEAD + "[waiver]\n", "field waiver: "),
        (changed("owner", ""), "line 3, waiver 1: 'owner' is a required property"),
        (changed("regression", ""), "'regression' is a required property"),
        (changed("owner", "owner = 3"), "line 6, waiver 1, field owner: 3 is not of type 'string'"),
        (changed("owner", 'owner = "  "'), "line 6, waiver 1, field owner: needs one line of text"),
        (changed("reason", 'reason = "a\\u001bb"'), "line 5, waiver 1, field reason: needs one line of text"),
        (changed("expiry", 'expiry = "2030-01-31"'), "line 8, waiver 1, field expiry: needs a date"),
        (changed("expiry", "expiry = 2030-01-31T00:00:00"), "line 8, waiver 1, field expiry: needs a date"),
        (changed("expiry", "expiry = 2030-02-31"), "is not TOML"),
        (changed("fingerprint", 'fingerprint = "tasks"'), "line 4, waiver 1, field fingerprint: 'tasks' is no finger"),
        (changed("fingerprint", 'fingerprint = "moon/tasks"'), "'moon/tasks' is no fingerprint"),
        (changed("fingerprint", 'fingerprint = "codec/"'), "'codec/' is no fingerprint"),
        (changed("fingerprint", 'fingerprint = "em6uct2w"'), "'em6uct2w' is no fingerprint"),
        (changed("fingerprint", 'fingerprint = "subject/oracle-panic"'), "a failure of the oracle cannot be waived"),
        (changed("regression", 'regression = "../x"'), "line 9, waiver 1, field regression: "),
        (HEAD + GOOD + 'layer = "grahps"\n', "line 10, waiver 1, field layer: unknown layer 'grahps'"),
        (HEAD + GOOD + "surprise = 1\n", "waiver 1: Additional properties"),
        (HEAD + GOOD + GOOD, "line 12, waiver 2, field fingerprint: algorithm/tasks is waived already on line 3"),
        (HEAD + GOOD + GOOD + 'subject = "rust"\n', "is waived already on line 3"),
    ],
)
def test_anything_else_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CaseError) as caught:
        load(tmp_path, text)
    assert says in caught.value.what
    assert str(tmp_path / "waivers.toml") in caught.value.what
    assert "\n" not in caught.value.what


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[" * 100_000, b"\x00", b"x = " + b"[" * 5000])
def test_what_is_no_toml_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "waivers.toml"
    path.write_bytes(data)
    with pytest.raises(CaseError, match=r"waivers\.toml"):
        load_waivers(path, LAYERS)


def test_two_of_one_fingerprint_may_stand_for_two_subjects_or_layers(tmp_path: Path) -> None:
    one, other = load(tmp_path, HEAD + GOOD + 'subject = "rust"\n' + GOOD + 'subject = "core"\n')
    assert concerning((one, other), "rust") == (one,)
    graphs, values = load(tmp_path, HEAD + GOOD + 'layer = "graphs"\n' + GOOD + 'layer = "values"\n')
    assert graphs.key != values.key
    assert matching((graphs, values), "algorithm/tasks", "values") == values
    assert matching((graphs, values), "algorithm/tasks", "bytes") is None
    assert matching((graphs, values), "algorithm/writes", "graphs") is None


def test_it_holds_to_the_end_of_its_last_day(tmp_path: Path) -> None:
    (waiver,) = load(tmp_path, HEAD + GOOD)
    assert not expired(waiver, date(2030, 1, 31))
    assert expired(waiver, date(2030, 2, 1))
    assert active((waiver,), date(2030, 2, 1)) == ()
