"""What a tool may know of the session that runs it, and of the speech that called it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

from ...chat import FunctionCall
from ..running import RunningSession
from ..speech.speech_handle import CALLING_TOOL, SpeechHandle

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    UserData = TypeVar("UserData", default=Any)
else:
    from typing import TypeVar

    UserData = TypeVar("UserData")


@dataclass(slots=True, eq=False)
class RunContext(Generic[UserData]):
    """Filled in by the session where a tool has a parameter of this type, by whatever name and in whatever place.

    `RunContext[Booking]` tells a type checker what `userdata` is.
    """

    session: RunningSession
    speech_handle: SpeechHandle
    function_call: FunctionCall
    _said: asyncio.Future[None] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        calling = CALLING_TOOL.get()
        if calling is not None and calling[0] is self.speech_handle:
            self._said = calling[1]

    @property
    def userdata(self) -> UserData:
        data: UserData = self.session.userdata
        return data

    def disallow_interruptions(self) -> None:
        """From now on the user's voice does not stop the speech that called this tool: what it does must be finished.

        Raises:
            RuntimeError: the speech has been interrupted already.
        """
        if self.speech_handle.interrupted:
            raise RuntimeError(
                f"{self.speech_handle.id} was interrupted before its tool {self.function_call.name} disallowed it"
            )
        self.speech_handle.allow_interruptions = False

    async def wait_for_playout(self) -> None:
        """Wait until what was said up to this tool's call was heard, or stopped."""
        if self._said is not None:
            await asyncio.shield(self._said)
        else:
            await self.speech_handle.wait_for_playout()
