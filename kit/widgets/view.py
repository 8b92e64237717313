"""What all views are: one anywidget each, that can be told things from any thread and that ends without a trace.

A page tells when it shows the view (`shown`) and when it shows it no more (`hidden`), so that Python knows whether
anybody is there. Where there is no page, as under nbconvert, nothing waits for one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import ipywidgets
import traitlets

logger = logging.getLogger("kit")

Handler = Callable[[dict[str, Any], list[memoryview]], None]


class View(anywidget.AnyWidget):
    """Base of the views.

    A message from the page is a dict whose `kind` names the method that takes it: `on_KIND(content, buffers)`. What
    such a method raises is shown in the view, at `problem`, and logged.

    Attributes:
        problem: What went wrong, in words and with the next step, shown in the view; "" if nothing did.
        shown: In how many places pages show the view now.
    """

    _css = ""
    problem = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        self.shown = 0
        self._sending = threading.RLock()
        self._at_close: list[Callable[[], object]] = []
        super().__init__(**kwargs)
        _answer_where_the_page_asks(self.comm)
        self.on_msg(self._take)
        if not isinstance(kwargs.get("layout"), ipywidgets.Layout):
            self.at_close(self.layout.close)  # its own, which would stay for ever, comm and all

    def tell(self, kind: str, /, *, buffers: Sequence[bytes] = (), **content: Any) -> None:
        """Send the page a message. Nothing is sent where no page is, or after the end."""
        if self.shown and self.comm is not None:
            with self._sending:
                self.send({"kind": kind, **content}, list(buffers))

    def put(self, **values: Any) -> None:
        """Set traits at once, from any thread."""
        with self._sending, self.hold_sync():
            for name, value in values.items():
                setattr(self, name, value)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """With the words that stand in its place where a notebook is opened without its kernel."""
        bundle: Any = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        data["text/plain"] = f"{type(self).__name__}: run this cell to see it"
        return data, metadata

    def at_close(self, release: Callable[[], object]) -> None:
        """Call `release` when the view ends."""
        self._at_close.append(release)

    def close(self) -> None:
        """End the view in every page, and let go of what it holds. May be called again."""
        held, self._at_close = list(getattr(self, "_at_close", ())), []  # none where a constructor raised
        for release in reversed(held):
            try:
                release()
            except Exception:
                logger.exception("closing %s", type(self).__name__)
        self.shown = 0
        super().close()

    def on_shown(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A page shows the view. Subclasses that send what it must know call this first."""
        self.shown += 1

    def on_hidden(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A page shows it no more."""
        self.shown = max(0, self.shown - 1)

    def _take(self, widget: Any, content: Any, buffers: list[memoryview]) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        handler: Handler | None = getattr(self, f"on_{kind}", None) if isinstance(kind, str) else None
        if handler is None:
            return
        try:
            handler(content, buffers)
        except Exception as error:
            logger.exception("%s could not do %r", type(self).__name__, kind)
            self.put(problem=str(error) or type(error).__name__)


def _answer_where_the_page_asks(comm: Any) -> None:
    """Let the page's own choice of a kernel thread stand, so that its messages come while a cell is busy.

    ipykernel sends them to the thread that last sent on the comm instead, which is the cells' for whatever began there.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default: default
