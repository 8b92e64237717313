"""What all views are: they take messages, show what went wrong, and end without a trace."""

from __future__ import annotations

from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances

from kit.plots import palette
from kit.widgets.assets import script, style
from kit.widgets.view import View


class Sums(View):
    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def on_add(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self.total += int(content["number"])


def test_a_message_goes_to_the_method_of_its_kind() -> None:
    view = Sums()
    view._take(view, {"kind": "add", "number": 3}, [])
    view._take(view, {"kind": "unknown"}, [])
    view._take(view, "not a message", [])
    view._take(view, {"kind": ["add"]}, [])
    assert view.total == 3
    assert view.problem == ""
    view.close()


def test_what_a_message_breaks_is_shown_in_the_view(caplog: pytest.LogCaptureFixture) -> None:
    view = Sums()
    view._take(view, {"kind": "add", "number": "three"}, [])
    assert "three" in view.problem
    assert "Sums could not do 'add'" in caplog.text
    view.close()


def test_pages_come_and_go() -> None:
    view = Sums()
    for kind in ("shown", "shown", "hidden"):
        view._take(view, {"kind": kind}, [])
    assert view.shown == 1
    view._take(view, {"kind": "hidden"}, [])
    view._take(view, {"kind": "hidden"}, [])
    assert view.shown == 0
    view.close()


def test_the_end_lets_go_of_everything_in_turn_and_once() -> None:
    view = Sums()
    order: list[int] = []
    view.at_close(lambda: order.append(1))
    view.at_close(lambda: 1 / 0)
    view.at_close(lambda: order.append(2))
    name = view.model_id
    assert name in _instances
    view.close()
    view.close()
    view.tell("after the end")
    assert order == [2, 1]
    assert name not in _instances


def test_colours_are_those_of_the_plots() -> None:
    assert palette.USER in script() and palette.USER in style()
    assert all(colour in style() for colour in palette.STAGES.values())
