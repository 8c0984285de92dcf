"""The page: everything a case holds is shown as text, nothing is loaded, and it stays small."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import report_runs as runs

from parity.cases.model import Case
from parity.observe.model import Outcome
from parity.report import page as page_module
from parity.report.build import assemble, build
from parity.report.markup import Html, el, fragment
from parity.report.page import render_page
from parity.triage.divergence import Divergence


class Seen(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes something else"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


@pytest.fixture
def page(tmp_path: Path) -> str:
    return build(runs.diverged_run(tmp_path)).read_text()


def test_text_from_a_case_is_shown_and_never_markup(page: str) -> None:
    seen = Seen(page)
    assert seen.open == [], "every element is closed"
    assert [tag for tag, _ in seen.elements].count("script") == 1, "the page's own"
    assert not [attrs for _, attrs in seen.elements if any(name.startswith("on") for name in attrs)]
    assert "<script>alert('gotcha')</script>" in "".join(seen.text)
    assert "<script>alert(" not in page


def test_characters_that_reorder_text_are_shown_as_escapes(page: str) -> None:
    assert "\u202e" not in page
    assert "\\u202e" in page


def test_nothing_is_loaded_and_only_the_pages_own_script_may_run(page: str) -> None:
    seen = Seen(page)
    policy = next(
        attrs["content"] for tag, attrs in seen.elements if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    sources = [attrs for tag, attrs in seen.elements if tag in ("link", "img", "iframe", "object") or "src" in attrs]
    assert sources == []
    assert not [attrs for _, attrs in seen.elements if "style" in attrs], "the policy would not let it apply"
    assert all(str(attrs["href"]).startswith("#") for tag, attrs in seen.elements if tag == "a")


def test_both_sides_are_told_in_words_with_the_place_bytes_and_command(page: str) -> None:
    text = "".join(Seen(page).text)
    for words in (
        "2 causes of divergence in 100 cases.",
        "the oracle said",
        "the subject said",
        "Last event that both agree on",
        f"the oracle wrote {len(runs.ORACLE_BYTES)} bytes",
        f"the subject wrote {len(runs.SUBJECT_BYTES)} bytes",
        "The same value in another width",
        "It panicked.",
        runs.wrong_width().replay_command,
    ):
        assert words in text, words


def test_the_bytes_that_differ_are_marked_and_no_others(page: str) -> None:
    dumps = re.findall(r'<pre class="hex (oracle|subject)".*?</pre>', page, re.DOTALL)
    assert sorted(dumps) == ["oracle", "subject"]
    oracle, subject = (
        re.findall(r'<mark class="changed">([0-9a-f]{2})</mark>', part)
        for part in re.findall(r'<pre class="hex .*?</pre>', page, re.DOTALL)
    )
    assert (oracle, subject) == (["cc"], ["cd", "00"])


def test_headings_do_not_skip_a_level_and_landmarks_are_there(page: str) -> None:
    seen = Seen(page)
    tags = [tag for tag, _ in seen.elements]
    assert tags.count("h1") == 1
    assert {"header", "nav", "main", "footer"} <= set(tags)
    assert ("html", {"lang": "en"}) in seen.elements
    levels = [
        int(tag[1]) if re.fullmatch(r"h\d", tag) else int(str(attrs["aria-level"]))
        for tag, attrs in seen.elements
        if re.fullmatch(r"h\d", tag) or attrs.get("role") == "heading"
    ]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attrs["id"] for _, attrs in seen.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_parity_is_said_in_words(tmp_path: Path) -> None:
    text = "".join(Seen(build(runs.clean_run(tmp_path)).read_text()).text)
    assert "Parity on 100 cases: the oracle and the subject agreed." in text
    assert "None found." in text


def test_a_huge_case_does_not_make_a_huge_page(tmp_path: Path) -> None:
    found = large(items=1000)
    page = build(runs.write(tmp_path, runs.stream([found], "diverged"), [found])).read_text()
    assert (tmp_path / "report.json").stat().st_size > 2_000_000
    assert len(page) < 200_000
    assert "more characters omitted" in page
    Seen(page)


def test_a_divergence_too_large_to_embed_keeps_its_row(tmp_path: Path) -> None:
    found = large(items=3000)
    page = build(runs.write(tmp_path, runs.stream([found], "diverged"), [found])).read_text()
    assert (tmp_path / "report.json").stat().st_size < 100_000
    assert "too many to be shown here" in page
    assert found.replay_command in page


def large(items: int) -> Divergence:
    """A divergence of about 2.5 kilobytes for each item."""
    case = Case("value", {"value": ["x" * 1000] * items})
    data = b"\xdd" + items.to_bytes(4, "big") + b"\xc0" * items
    expected = Outcome("observed", ({"e": "dumps", "tag": "msgpack", "hex": data.hex()},))
    actual = Outcome("observed", ({"e": "dumps", "tag": "msgpack", "hex": (data[:-1] + b"\xc2").hex()},))
    return runs.diverging(case, expected, actual)


def test_more_causes_than_fit_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MAX_CAUSES", 2)
    text = "".join(Seen(render_page(assemble(runs.diverged_run(tmp_path)))).text)
    assert "1 more omitted; report.json has all of them." in text


def test_when_the_page_is_full_the_rest_are_rows_with_their_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MAX_DETAIL_CHARACTERS", 1)
    text = "".join(Seen(render_page(assemble(runs.diverged_run(tmp_path)))).text)
    assert text.count("Omitted to keep this page small") == 2
    assert text.count("parity replay ") == 3


def test_a_divergence_made_by_another_program_is_an_error_or_text(tmp_path: Path) -> None:
    found = runs.wrong_width()
    bytes_difference = found.difference.bytes
    assert bytes_difference is not None
    wrong = dataclasses.replace(
        found,
        difference=dataclasses.replace(
            found.difference, bytes=dataclasses.replace(bytes_difference, expected_hex="zz")
        ),
    )
    run = runs.write(tmp_path, runs.stream([wrong], "diverged"), [wrong])
    with pytest.raises(ValueError, match="not hexadecimal"):
        build(run)


def test_markup_refuses_names_that_are_data() -> None:
    with pytest.raises(ValueError, match="element"):
        el("b onload")
    with pytest.raises(ValueError, match="attribute"):
        el("b", {'x" y': 1})
    with pytest.raises(ValueError, match="end tag"):
        el("script", None, Html("'</SCRIPT>'"))


def test_markup_keeps_text_text() -> None:
    made = fragment(el("b", {"title": '"<'}, "a<b", None, 3, ["\x00", "\ud800", "\r"]), el("br"))
    assert made.source == '<b title="&quot;&lt;">a&lt;b3\\x00\\ud800\\x0d</b><br>'
