"""The page in a real browser, without a network: what a reviewer sees, before and after clicking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest
import report_runs as runs

from parity.report.build import build


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Browser]:
    with chromium.chromium() as started:
        yield started


@pytest.fixture
def page(browser: chromium.Browser, tmp_path: Path) -> chromium.Page:
    """The report of a run with three causes, opened offline in a window of a laptop's size."""
    return opened(browser, build(runs.diverged_run(tmp_path)))


def opened(browser: chromium.Browser, path: Path) -> chromium.Page:
    tab = browser.new_page()
    tab.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    tab.go_offline()
    tab.open(path.as_uri())
    return tab


def cause(severity: str = "divergence") -> str:
    return f"details.cause.{severity}"


def test_the_verdict_and_a_row_for_each_cause_are_seen_at_once(page: chromium.Page) -> None:
    seen = page.seen()
    assert "2 causes of divergence in 100 cases." in seen, "the third row is flaky and counted apart"
    assert "codec / encode:int" in seen
    assert runs.wrong_width().difference.summary in seen
    assert "the subject said" not in seen, "the details are folded away"


def test_a_click_opens_a_cause_with_both_sides_bytes_and_the_command(page: chromium.Page) -> None:
    page.click(f"{cause()} > summary")
    seen = page.seen(cause())
    for words in (
        "the oracle said",
        "the subject said",
        "Last event that both agree on",
        "channel_values",
        "int 128 (cc)",
        "int 128 (cd)",
        "only the encoding differs",
        runs.wrong_width().replay_command,
    ):
        assert words in seen, words
    assert "the subject said" not in page.seen(cause("crash")), "the others stay folded"


def test_the_two_sides_stand_side_by_side_with_their_differences_marked(page: chromium.Page) -> None:
    page.click(f"{cause()} > summary")
    boxes = page.run(
        f"[...document.querySelectorAll('{cause()} .pair')].map(p => [...p.querySelectorAll('.side')]"
        ".map(s => { const r = s.getBoundingClientRect(); return [r.left, r.right, r.top]; }))"
    )
    assert len(boxes) == 2, "the events, and the bytes"
    for oracle, subject in boxes:
        assert oracle[1] <= subject[0]
        assert oracle[2] == subject[2]
    marked = page.run(
        f"[...document.querySelectorAll('{cause()} pre.hex mark.changed')].filter(m => getComputedStyle(m)"
        ".backgroundColor !== 'rgba(0, 0, 0, 0)').map(m => m.innerText)"
    )
    assert marked[0] == "cc"
    assert {"cd", "00"} <= set(marked)


def test_the_graph_is_drawn_with_every_node_visible(page: chromium.Page) -> None:
    page.click(f"{cause()} > summary")
    names = page.run(
        f"[...document.querySelectorAll('{cause()} svg.graph .vertex')].filter(v => "
        "{ const r = v.getBoundingClientRect(); return r.width > 5 && r.height > 5; }).map(v => v.dataset.vertex)"
    )
    wanted = {f"node:{name}" for name in ("__start__", "plan", "left", "right", "worker", "collect", "__end__")}
    assert wanted | {"join:0", "branch:0", "branch:1"} == set(names)
    texts = page.run(f"[...document.querySelectorAll('{cause()} svg.graph text.name')].map(t => t.textContent)")
    assert {"START", "plan", "collect", "fan", "again", "END"} <= set(texts)


def test_expand_all_and_collapse_all_reach_every_cause(page: chromium.Page) -> None:
    opened_causes = "document.querySelectorAll('details.cause[open]').length"
    page.click("button[data-expand=open]")
    assert page.run(opened_causes) == 3
    assert "It panicked." in page.seen(cause("crash"))
    page.click("button[data-expand=close]")
    assert page.run(opened_causes) == 0


def test_a_cause_opens_from_the_keyboard(page: chromium.Page) -> None:
    page.run(f"document.querySelector('{cause()} > summary').focus()")
    page.press("Enter", 13, "\r")
    assert "the oracle said" in page.seen(cause())


def test_the_copy_button_says_that_it_copied(page: chromium.Page) -> None:
    page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.click(f"{cause()} > summary")
    page.run(
        "new Promise(done => { new MutationObserver(done).observe("
        f"document.querySelector('{cause()} button[data-copy]'), {{childList: true}}); "
        f"document.querySelector('{cause()} button[data-copy]').click(); }}).then(() => true)"
    )
    assert page.seen(f"{cause()} button[data-copy]") == "Copied"
    assert page.run("navigator.clipboard.readText()") == runs.wrong_width().replay_command


def test_hostile_text_is_seen_as_text_and_nothing_of_it_runs(page: chromium.Page) -> None:
    page.click("button[data-expand=open]")
    assert "<script>alert('gotcha')</script>" in page.seen(cause("crash"))
    assert page.run("document.scripts.length") == 1
    assert page.run("document.querySelectorAll('[onload]').length") == 0


def test_nothing_is_asked_for_and_nothing_is_complained_about(page: chromium.Page) -> None:
    page.click("button[data-expand=open]")
    page.run("new Promise(done => setTimeout(done, 200))")
    assert page.requests() == [page.run("location.href")]
    assert page.complaints() == []


def test_even_an_injected_script_could_load_nothing(page: chromium.Page) -> None:
    page.run("document.body.append(Object.assign(new Image(), {src: 'https://example.invalid/x.png'}))")
    page.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))")
    page.run("new Promise(done => setTimeout(done, 200))")
    assert page.run("window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in page.complaints()), "the checks can fail"


def test_without_javascript_everything_is_still_there(browser: chromium.Browser, tmp_path: Path) -> None:
    path = build(runs.diverged_run(tmp_path))
    tab = browser.new_page()
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(path.as_uri())
    tab.click(f"{cause()} > summary")
    seen = tab.seen(cause())
    assert "the subject said" in seen
    assert "Copy" not in seen, "a button that could do nothing is not shown"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_both_colour_schemes(page: chromium.Page, scheme: str) -> None:
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.click("button[data-expand=open]")
    # WCAG 2.1 contrast of every rendered text against the nearest opaque background behind it.
    poor = page.run(
        """(() => {
          const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
          const lum = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92
            : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
            if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
          const out = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const e = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || e.closest('svg, script') || !e.checkVisibility()) continue;
            const [a, b] = [lum(parse(getComputedStyle(e).color)), lum(behind(e))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) out.push([e.className, walker.currentNode.data.slice(0, 40), ratio]);
          }
          return out;
        })()"""
    )
    assert poor == []


def test_a_narrow_window_needs_no_sideways_scrolling(page: chromium.Page) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
    page.click("button[data-expand=open]")
    assert page.run("document.documentElement.scrollWidth") <= 400


def test_a_missing_browser_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("PARITY_CHROMIUM", raising=False)
    with pytest.raises(chromium.BrowserError, match="apt-get install chromium"):
        chromium.find()
