"""A real JupyterLab in a real Chromium: `open_notebook` opens a notebook in it, to run it and see what a person sees.

Each test has its own browser, which ends with the test: Playwright's synchronous interface keeps an event loop running
in the thread while it is open, and other tests start loops of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser.notebook_files import write_notebook

NO_CHROMIUM = "there is no Chromium: install it (Debian, Ubuntu: apt install chromium), or set KIT_CHROMIUM to its path"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
LAB_START_S = 90
MAKES_OWN = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MAKEFILES")
SETTINGS: dict[str, dict[str, Any]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "apputils-extension/themes": {"theme": "JupyterLab Light"},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the page, seen or not
    "docmanager-extension/plugin": {"autosave": False},
}

RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
KERNEL_STATUS = (
    "() => window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel?.status ?? 'none'"
)
NOTEBOOK_HEIGHT = """() => {
    const cells = Array.from(document.querySelectorAll('.jp-Notebook .jp-Cell'));
    const boxes = cells.map(cell => cell.getBoundingClientRect());
    return Math.max(...boxes.map(box => box.bottom)) - Math.min(...boxes.map(box => box.top));
}"""
SCROLL_UP = "() => { document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0; }"
CELLS = """() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells).map(cell => cell.toJSON())"""
IN_KERNEL = """async (code) => {
    const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code, store_history: false });
    let said = '';
    future.onIOPub = ({ header, content }) => {
        if (header.msg_type === 'stream') said += content.text;
        if (header.msg_type === 'error') said += content.ename + ': ' + content.evalue;
    };
    await future.done;
    return said;
}"""
THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme: `JupyterLab ${theme}` })"
DRAWN = """() => Array.from(document.querySelectorAll(':is(img, svg, canvas):is(.jp-OutputArea-output *)'))
    .map(one => one.getBoundingClientRect()).filter(box => box.width > 100 && box.height > 50).length"""


@dataclass
class Lab:
    """A JupyterLab server. `folder` is its root: a copy of the notebooks, beside the project's data."""

    url: str
    folder: Path

    def write(self, name: str, cells: Sequence[str]) -> str:
        """A notebook of these code cells, to be opened by its name."""
        write_notebook(self.folder / name, cells)
        return name


class NotebookPage:
    """A notebook, open in the browser. `page` is Playwright's own."""

    def __init__(self, page: Any, name: str, screenshots: Path) -> None:
        self.page = page
        self.name = name
        self.console_errors: list[str] = []
        self.widget_errors: list[str] = []
        self._screenshots = screenshots
        page.on("pageerror", self._take_error)

    def _take_error(self, error: Any) -> None:
        self.console_errors.append(str(error))
        if "blob:" in (error.stack or ""):  # a widget's script is loaded from one
            self.widget_errors.append(str(error))

    def wait_for_kernel(self, timeout_s: float = 60) -> None:
        """Until the kernel is there and has nothing to do."""
        self.page.wait_for_function(f"() => ({KERNEL_STATUS})() === 'idle'", timeout=timeout_s * 1000)

    def run_all(self, timeout_s: float = 90) -> None:
        """Run every cell from the top, until the kernel is idle again."""
        self.wait_for_kernel()
        self.page.set_default_timeout(timeout_s * 1000)
        self.page.evaluate(RUN_ALL)
        self.wait_for_kernel(timeout_s)

    def python(self, code: str) -> str:
        """What code says that the kernel runs, beside the cells."""
        said: str = self.page.evaluate(IN_KERNEL, code)
        return said.strip()

    def theme(self, name: str) -> None:
        """ "Light" or "Dark"."""
        self.page.evaluate(THEME, name)

    def cells(self) -> list[dict[str, Any]]:
        """The cells as the notebook holds them now, outputs with them."""
        cells: list[dict[str, Any]] = self.page.evaluate(CELLS)
        return cells

    def outputs(self) -> list[dict[str, Any]]:
        return [output for cell in self.cells() for output in cell.get("outputs", [])]

    def not_run(self) -> list[str]:
        """The sources of code cells that have not been run."""
        code = [cell for cell in self.cells() if cell["cell_type"] == "code"]
        return ["".join(cell["source"]) for cell in code if not cell.get("execution_count")]

    def errors(self) -> list[str]:
        """What went wrong: errors of cells, and what they wrote to the error stream."""
        return [
            "\n".join(output.get("traceback", [])) or "".join(output.get("text", ""))
            for output in self.outputs()
            if output["output_type"] == "error" or output.get("name") == "stderr"
        ]

    def figures(self) -> int:
        """How many pictures stand in the outputs, as they are drawn in the page."""
        drawn: int = self.page.evaluate(DRAWN)
        return drawn

    def screenshot(self, name: str = "") -> Path:
        """The whole notebook as a picture, build/screenshots/NAME.png."""
        self._screenshots.mkdir(parents=True, exist_ok=True)
        path = self._screenshots / f"{name or Path(self.name).stem}.png"
        size = self.page.viewport_size
        height = self.page.evaluate(NOTEBOOK_HEIGHT)
        self.page.set_viewport_size({"width": size["width"], "height": min(int(height) + 200, 12_000)})
        self.page.evaluate(SCROLL_UP)
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=str(path))
        self.page.set_viewport_size(size)
        return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    named = os.environ.get("KIT_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None and MAC_CHROME.exists():
        found = str(MAC_CHROME)
    if found is None:
        pytest.skip(NO_CHROMIUM)
    return found


@pytest.fixture(scope="session")
def lab(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for all tests, with nobody's own settings."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "project"
    shutil.copytree(root / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (folder / "data").symlink_to(root / "data", target_is_directory=True)
    for name, values in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    url = f"http://127.0.0.1:{_free_port()}"
    with (home / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            _lab_command(url), cwd=folder, env=_lab_environment(home), stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_it_answers(url, server, home / "lab.log")
        yield Lab(url, folder)
    finally:
        _end(server)


@pytest.fixture
def make_lab(root: Path, tmp_path: Path) -> Iterator[Callable[[], Lab]]:
    """Types `make lab`, and returns when it answers. It has nobody's own settings, and is open to this machine."""
    with ExitStack() as stack:

        def started() -> Lab:
            url = f"http://127.0.0.1:{_free_port()}"
            arguments = " ".join(_open_to_tests())
            command = ["make", "lab", f"PORT={url.rpartition(':')[2]}", f"LAB_ARGS=--no-browser {arguments}"]
            own = {name: value for name, value in _lab_environment(tmp_path).items() if name not in MAKES_OWN}
            log = stack.enter_context((tmp_path / "lab.log").open("wb"))
            server = subprocess.Popen(command, cwd=root, env=own, stdout=log, stderr=log, start_new_session=True)
            stack.callback(_end, server)
            _wait_until_it_answers(url, server, tmp_path / "lab.log")
            return Lab(url, root)

        yield started


@pytest.fixture
def open_notebook(chromium: str, lab: Lab, root: Path) -> Iterator[Callable[..., NotebookPage]]:
    """Opens a notebook, `open_notebook("notebooks/name.ipynb")`, in a Chromium that plays sound without being asked.

    `at`: another server than `lab`. `classic`: in Notebook 7, not in JupyterLab. `microphone`: a WAV file that the
    page hears as its microphone. `script`: JavaScript that runs before the page's own. `width`, `height`: of the page,
    in pixels.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, ExitStack() as stack:

        def opener(
            name: str,
            *,
            at: Lab | None = None,
            classic: bool = False,
            microphone: Path | None = None,
            script: Path | None = None,
            width: int = 1280,
            height: int = 900,
        ) -> NotebookPage:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=_chromium_arguments(microphone), ignore_default_args=["--mute-audio"]
            )
            stack.callback(browser.close)
            page = browser.new_page(viewport={"width": width, "height": height})
            if script is not None:
                page.add_init_script(path=script)
            notebook = NotebookPage(page, name, root / "build" / "screenshots")
            place = "notebooks" if classic else "lab/workspaces/test/tree"
            page.goto(f"{(at or lab).url}/{place}/{quote(name)}?reset", timeout=60_000)
            notebook.wait_for_kernel()
            notebook.theme("Light")  # the server remembers what another test left
            return notebook

        yield opener


def _chromium_arguments(microphone: Path | None) -> list[str]:
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    if microphone is not None:
        arguments += [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}",
        ]
    return arguments


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _lab_command(url: str) -> list[str]:
    """Open to whoever is on this machine, for the length of the tests: it has no token."""
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={url.rpartition(':')[2]}"),
        *("--ServerApp.port_retries=0", "--LabApp.extension_manager=readonly", "--LabApp.news_url=None"),
        *_open_to_tests(),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


def _open_to_tests() -> list[str]:
    exposed = [f"--{app}.expose_app_in_browser=True" for app in ("LabApp", "JupyterNotebookApp")]
    return ["--IdentityProvider.token=", *exposed]


def _lab_environment(home: Path) -> dict[str, str]:
    own = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    return {**os.environ, **{name: str(home / folder) for name, folder in own.items()}}


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LAB_START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    said = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    why = f"ended with {server.returncode}" if server.poll() is not None else f"did not answer within {LAB_START_S} s"
    raise RuntimeError(f"JupyterLab {why}. Its log ends:\n{said}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server, and with it its kernels."""
    for number, patience_s in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
        if server.poll() is None:
            os.killpg(server.pid, number)
            try:
                server.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue
