"""A view in a page that is as VS Code makes it: its variables of colour beside JupyterLab's, which are light in every
theme, its shortcuts at the window, no microphone. The page is a stand-in; what is in it is the kit's own script and
style."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kit.widgets import Talk, TuningPanel

pytestmark = pytest.mark.browser

ORIGIN = "http://localhost:1"
PAGE = """<!doctype html><html style="--jp-layout-color1: white; --jp-ui-font-color1: black; --jp-border-color2: #ddd;
  --vscode-editor-background: #1e1e1e; --vscode-editor-foreground: #cccccc; --vscode-font-family: monospace">
<style>.cell-output-ipywidget-background { background: white !important; }</style>
<body class="vscode-dark" data-vscode-theme-kind="vscode-dark"><div class="cell-output-ipywidget-background"></div>
<script>
  window.pressed = [];
  window.addEventListener("keydown", (event) => window.pressed.push(event.key));
</script></body></html>"""
AROUND = f"""<!doctype html>
<iframe src="{ORIGIN}/view" allow="autoplay; microphone 'none'" width=1000 height=900></iframe>"""
SHOW = """async ([script, style, values]) => {
    const sheet = document.createElement('style');
    sheet.textContent = style;
    document.head.append(sheet);
    const listeners = {};
    const model = {
        get: (name) => values[name], set: (name, value) => { values[name] = value; }, save_changes: () => {},
        send: () => {},
        on: (name, take) => { (listeners[name] ??= []).push(take); }, off: () => {},
    };
    window.put = (name, value) => {
        values[name] = value;
        for (const take of listeners[`change:${name}`] ?? []) take();
    };
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const view = (await import(url)).default;
    view.render({ model, el: document.querySelector('.cell-output-ipywidget-background') });
}"""


@pytest.fixture
def page(chromium: str) -> Iterator[Any]:
    """The inner page, which shows nothing yet."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        outer = browser.new_page()
        outer.route(f"{ORIGIN}/", lambda route: route.fulfill(body=AROUND, content_type="text/html"))
        outer.route(f"{ORIGIN}/view", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        outer.goto(f"{ORIGIN}/")
        yield outer.frame(url=f"{ORIGIN}/view")
        browser.close()


def show(page: Any, view: Any) -> None:
    page.evaluate(SHOW, [view._esm, view._css, view.get_state()])
    view.close()


def test_its_colours_are_the_themes(page: Any) -> None:
    show(page, Talk())
    look = page.evaluate(
        """() => ['.kit-view', '.cell-output-ipywidget-background'].map((name) => {
            const { backgroundColor, color, fontFamily } = getComputedStyle(document.querySelector(name));
            return [backgroundColor, color, fontFamily];
        })"""
    )
    assert look[0] == ["rgb(30, 30, 30)", "rgb(204, 204, 204)", "monospace"]
    assert look[1][0] == "rgba(0, 0, 0, 0)"


def test_keys_of_a_view_are_not_the_notebooks(page: Any) -> None:
    show(page, TuningPanel())
    page.locator(".kit-slider").first.focus()
    for key in ("ArrowDown", "Home", "Enter", "Escape", "F1", "Shift+Enter", "Control+s", "Control+z"):
        page.locator(".kit-slider").first.press(key)
    assert [key for key in page.evaluate("() => window.pressed") if key not in ("Shift", "Control")] == [
        *("Escape", "F1", "Enter", "s")
    ]


def test_a_microphone_that_cannot_be_had_is_not_offered(page: Any) -> None:
    show(page, Talk())
    page.get_by_role("button", name="▶ Start").click()
    page.evaluate("() => window.put('state', 'listening')")
    page.locator(".kit-talk-notice").get_by_text("to speak, open it in JupyterLab").wait_for()
    for name in ("Mute", "Hold to talk"):
        assert page.get_by_role("button", name=name).is_disabled()
    assert page.get_by_role("button", name="Try again").is_hidden()
    assert page.get_by_role("button", name="■ Stop").is_enabled()
