"""What measures, plots and reports ask of a conversation: its journal, its sound and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ..session.journal import Journal


class Journaled(Protocol):
    """A conversation by its record alone."""

    @property
    def journal(self) -> Journal: ...

    @property
    def name(self) -> str: ...


class Recorded(Journaled, Protocol):
    """`audio`: a numpy array of 16-bit samples, shape (n, 3), the channels user, agent and background; sample 0 is at
    the journal's `t` = 0."""

    @property
    def audio(self) -> Any: ...

    @property
    def sample_rate(self) -> int: ...
