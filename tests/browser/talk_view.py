"""A notebook page in which a Talk is shown, as a person uses it: buttons, words, and Python beside it."""

from __future__ import annotations

import ast
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browser.conftest import NotebookPage

STATE_IS = """([states, number]) => {
    const states_shown = document.querySelectorAll('.kit-talk-state');
    return states_shown.length > number && states.includes(states_shown[number].textContent);
}"""
RUN_CELL = """number => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = number;
    window.jupyterapp.commands.execute('notebook:run-cell');
}"""
LANE_PIXELS = """([number, colour]) => {
    const canvas = document.querySelectorAll('.kit-talk-scope')[number], context = canvas.getContext('2d');
    const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
        const off = colour.map((value, n) => Math.abs(data[i + n] - value));
        if (off[0] + off[1] + off[2] < 24 && data[i + 3] > 200) count += 1;
    }
    return count;
}"""
RUNNING = ("Listening", "You speak", "Thinking", "Speaking")
WAIT_S = 60.0


class TalkView:
    """The view of a Talk that is number `number` in the page."""

    def __init__(self, notebook: NotebookPage, number: int = 0) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.number = number
        self.page.set_default_timeout(WAIT_S * 1000)

    @property
    def view(self) -> Any:
        return self.page.locator(".kit-talk").nth(self.number)

    # what a person does

    def press(self, name: str) -> None:
        self.view.get_by_role("button", name=name).click()

    def type(self, text: str) -> None:
        line = self.view.get_by_placeholder("type instead…")
        line.fill(text)
        line.press("Enter")

    # what a person sees

    def until(self, *states: str) -> None:
        """Until one of these is its state."""
        self.page.wait_for_function(STATE_IS, arg=[list(states), self.number])

    def notice(self, text: str) -> None:
        """Until it says this."""
        self.view.locator(".kit-talk-notice").get_by_text(text).wait_for()

    def says(self, text: str) -> None:
        """Until this stands in the transcript."""
        self.view.locator(".kit-talk-transcript").get_by_text(text).first.wait_for()

    def lines(self, who: str) -> list[str]:
        """The words of "you", "agent", "note" or "error" in the transcript."""
        words: list[str] = self.view.locator(f".kit-talk-by-{who} > .kit-talk-words").all_inner_texts()
        return words

    def pixels(self, colour: str) -> int:
        """How much of its picture of the sound has this colour."""
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        count: int = self.page.evaluate(LANE_PIXELS, [self.number, wanted])
        return count

    # Python

    def run_cell(self, number: int) -> None:
        """Begin to run a cell."""
        self.page.evaluate(RUN_CELL, number)

    def python(self, expression: str) -> Any:
        said = self.notebook.python(f"print(repr({expression}))")
        try:
            return ast.literal_eval(said)
        except (SyntaxError, ValueError):
            raise AssertionError(said) from None

    def until_python(self, expression: str, wait_s: float = WAIT_S) -> None:
        end = time.monotonic() + wait_s
        while not self.python(f"bool({expression})"):
            assert time.monotonic() < end, f"{expression} never came true"
            self.page.wait_for_timeout(100)
