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
    """`audio`: a numpy array of shape (samples, 3), the channels user, agent and background, in step with the journal's
    `t`; whole numbers of 16 bits, or floats from −1 to 1."""

    @property
    def audio(self) -> Any: ...

    @property
    def sample_rate(self) -> int: ...
