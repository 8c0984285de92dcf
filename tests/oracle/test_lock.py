"""A lock names one version of each package, and the sha256 of what may be installed for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.oracle.lock import LockError, parse_lock, read_lock

DIGEST = "0123456789abcdef" * 4


def test_a_pin_its_hashes_and_its_marker_are_read() -> None:
    lock = parse_lock(
        "# a comment\n"
        f"Some_Package==1.0 ; python_version < '2.0' \\\n    --hash=sha256:{DIGEST} \\\n    --hash=sha256:{'f' * 64}\n"
        "    # via another\n"
        f"other==2 --hash=sha256:{DIGEST}\n",
        "x.lock",
    )
    assert lock.versions == {"some-package": "1.0", "other": "2"}
    assert lock.hashes["some-package"] == {DIGEST, "f" * 64}
    assert not lock.applies("some-package")
    assert lock.applies("other")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.lock pins nothing"),
        ("# only a comment\n", "x.lock pins nothing"),
        ("\nlanggraph>=1.0\n", "x.lock, line 2: expected name==version, got 'langgraph>=1.0'"),
        ("langgraph==1.2.22\n", "x.lock, line 1: langgraph has no sha256"),
        ("langgraph==1.2.22 \\\n", "x.lock, line 1: langgraph has no sha256"),
        (f"a==1 --hash=sha256:{DIGEST[:-1]}\n", "x.lock, line 1: expected name==version"),
        (f"a==1 --hash=sha256:{DIGEST}\nA==2 --hash=sha256:{DIGEST}\n", "x.lock, line 2: a is pinned twice"),
        (f"a==1 ; nonsense --hash=sha256:{DIGEST}\n", "x.lock, line 1: 'nonsense' is not a marker"),
        ("-r other.txt\n", "x.lock, line 1: expected name==version, got '-r other.txt'"),
    ],
)
def test_what_pip_could_not_install_by_hash_is_refused(text: str, message: str) -> None:
    with pytest.raises(LockError) as error:
        parse_lock(text, "x.lock")
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"#" * (8 * 1024 * 1024 + 1), None])
def test_a_lock_that_is_binary_huge_or_missing_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.lock"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LockError, match=r"x\.lock"):
        read_lock(path)
