"""The report as a browser shows it."""

from __future__ import annotations

import shutil

import pytest

from kit.export import write_report
from tests.lab.hand_made import OFF, ON, mixed, recording

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    off, on = recording(*mixed(6), tuning=OFF, name="off"), recording(*mixed(6), tuning=ON, name="on")
    return write_report(tmp_path_factory.mktemp("report") / "report.html", [off, on])


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: install Debian's package chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


def until(page, condition):
    """Wait until it holds; asked from outside, since the page's policy forbids evaluation inside."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {condition}")


@pytest.mark.parametrize(("theme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(13, 17, 23)")])
def test_no_complaint_no_request_and_the_pages_theme(browser, report, theme, ground):
    page = browser.new_page(color_scheme=theme)
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    until(page, "[...document.querySelectorAll('audio')].every(audio => audio.duration > 10)")
    assert complaints == []
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    page.close()


@pytest.mark.parametrize("width", [360, 1100])
def test_the_page_is_never_wider_than_the_window(browser, report, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_turn_can_be_listened_to(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    button = page.locator("button[data-audio]").nth(2)
    button.click()
    at = float(button.get_attribute("data-t"))
    until(page, f"document.getElementById('c1-audio').currentTime > {at}")
    page.locator("button[data-audio=c2-audio]").first.click()
    until(page, "document.getElementById('c1-audio').paused && !document.getElementById('c2-audio').paused")
    page.close()
