"""A view reckoned from whole journals: once of conversations that are over, again and again beside a session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import traitlets

from ...lab import wording
from .pictures import PicturedView
from .sources import Following, Running, source

if TYPE_CHECKING:
    from ...lab.recorded import Journaled
    from ...session.records import Record

T = TypeVar("T")

MOST_STILL, MOST_LIVE = 500, 100
"""How many rows are shown, the latest ones. Beside a session they are sent anew each time."""


class FollowedView(PicturedView):
    """`content`: what is shown, made anew when a record of `RECORDS` has come."""

    RECORDS: Collection[type[Record]] = ()
    content = traitlets.Dict().tag(sync=True)

    def __init__(self, *sources: Running | Journaled) -> None:
        self._sources = sources
        live = [one for one in sources if isinstance(one, Running)]
        self.still = not live
        super().__init__(content=self._content())
        for one in live:
            self.at_close(Following(one.studio, self.RECORDS, self._update).close)

    def latest(self, rows: Sequence[T], what: str) -> tuple[Sequence[T], str]:
        """As many of the latest rows as are shown, and a sentence on those that are not; "" where there are none."""
        hidden = max(0, len(rows) - (MOST_STILL if self.still else MOST_LIVE))
        are = "is" if hidden == 1 else "are"
        return rows[hidden:], f"{wording.count(hidden, f'earlier {what}')} {are} not shown." if hidden else ""

    def _update(self) -> None:
        self.put(content=self._content())

    def _content(self) -> dict[str, Any]:
        raise NotImplementedError


class OneFollowed(FollowedView):
    """
    Args:
        conversation: A conversation, the folder of one, or a session, which is followed while it runs.
        name: What to call it.
    """

    def __init__(self, conversation: Any, *, name: str = "") -> None:
        self._source = source(conversation, name)
        super().__init__(self._source)
