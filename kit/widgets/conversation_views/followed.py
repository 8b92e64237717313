"""A view reckoned from whole journals: once of conversations that are over, again and again beside a session."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import traitlets

from .pictures import PicturedView
from .sources import Following, Running, source

if TYPE_CHECKING:
    from ...lab.recorded import Journaled
    from ...session.records import Record


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
