"""Upstream's EncryptedSerializer on top of Rust's serializer, AES by pycryptodome: what one wrote the other reads."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import pytest
from Crypto.Cipher import AES
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import _with_msgpack_allowlist
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer

KEY = b"0123456789abcdef"
VALUES: list[Any] = [
    None,
    b"raw",
    bytearray(b"raw"),
    {"a": {1, 2}, "at": datetime(2026, 1, 1, tzinfo=timezone.utc), "id": UUID(int=5)},
    [HumanMessage("hello", id="1"), AIMessage("hi", id="2")],
]


def encrypted(inner: type[Upstream] | type[JsonPlusSerializer], key: bytes = KEY) -> EncryptedSerializer:
    return EncryptedSerializer.from_pycryptodome_aes(inner(), key=key)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_one_wrote_the_other_reads(value: Any) -> None:
    for writer, reader in ((Upstream, JsonPlusSerializer), (JsonPlusSerializer, Upstream)):
        typed = encrypted(writer).dumps_typed(value)
        assert typed[0] == f"{writer().dumps_typed(value)[0]}+aes"
        read = encrypted(reader).loads_typed(typed)
        assert read == value
        assert type(read) is type(value)


def test_the_layout_is_nonce_tag_and_the_very_bytes_of_upstream() -> None:
    value = VALUES[3]
    _, data = encrypted(JsonPlusSerializer).dumps_typed(value)
    plain = AES.new(KEY, AES.MODE_EAX, nonce=data[:16]).decrypt_and_verify(data[32:], data[16:32])
    assert plain == Upstream().dumps_typed(value)[1]


def test_changed_bytes_and_another_key_are_refused() -> None:
    tag, data = encrypted(JsonPlusSerializer).dumps_typed([1])
    with pytest.raises(ValueError, match="MAC check failed"):
        encrypted(JsonPlusSerializer).loads_typed((tag, data[:-1] + bytes((data[-1] ^ 1,))))
    with pytest.raises(ValueError, match="MAC check failed"):
        encrypted(JsonPlusSerializer, b"another key 1234").loads_typed((tag, data))


def test_what_was_never_encrypted_is_still_read() -> None:
    assert encrypted(JsonPlusSerializer).loads_typed(Upstream().dumps_typed({"a": {1}})) == {"a": {1}}


def test_a_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANGGRAPH_AES_KEY", raising=False)
    with pytest.raises(ValueError, match="LANGGRAPH_AES_KEY environment variable is not set"):
        EncryptedSerializer.from_pycryptodome_aes(JsonPlusSerializer())
    monkeypatch.setenv("LANGGRAPH_AES_KEY", KEY.decode())
    typed = EncryptedSerializer.from_pycryptodome_aes(JsonPlusSerializer()).dumps_typed([1])
    assert encrypted(Upstream).loads_typed(typed) == [1]


def test_an_allowlist_reaches_through_the_encryption() -> None:
    inner = JsonPlusSerializer(allowed_msgpack_modules=None)
    outer = EncryptedSerializer.from_pycryptodome_aes(inner, key=KEY)
    merged = _with_msgpack_allowlist(outer, {("a", "B")})
    assert isinstance(merged, EncryptedSerializer)
    assert isinstance(merged.serde, JsonPlusSerializer)
    assert merged.serde is not inner
    assert merged.serde._allowed_msgpack_modules == {("a", "B")}
    assert inner._allowed_msgpack_modules is None


def test_a_saver_stores_nothing_readable() -> None:
    saver = InMemorySaver(serde=encrypted(JsonPlusSerializer))
    typed = saver.serde.dumps_typed({"secret": "plain text"})
    assert b"plain text" not in typed[1]
    assert saver.serde.loads_typed(typed) == {"secret": "plain text"}
