"""Speech to speech: what a session and a realtime model say to each other.

A realtime model hears the user and answers with speech of its own. Like every model it is an async iterable in and an
async iterable out: the session sends the user's frames and its requests in one stream, the model sends back what it
hears and what it says. So a model is a function of one argument, and a simulated, a faulty or a recorded one is too.

The first thing that a session sends is a `Configure`. A response is asked for by `Respond`, or begun by the model
itself where it detects the turns; in either case it is `ResponseStarted`, then text, sound and tool calls as they come,
then one `ResponseDone`. After a response that called tools, the session sends their outputs as items, and asks again.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from .ports import TokenUsage, ToolChoice

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame
    from typing_extensions import TypeIs

    from .chat import ChatContext, ChatItem, FunctionCall


@dataclass(slots=True)
class Configure:
    """Who the model is and what it may call. Sent first, and whole again when something of it has changed.

    `chat_ctx`: the conversation before this, without the instructions; None leaves the model's as it is.
    """

    instructions: str
    tools: Sequence[Any] = ()
    chat_ctx: ChatContext | None = None


@dataclass(slots=True)
class Respond:
    """Answer now. `request` is the session's name for it, which `ResponseStarted` repeats.

    One response at a time: asked while one is being made, the model refuses, which is a response that failed.

    `instructions`: for this response only, beside those of the session.
    """

    request: str
    instructions: str = ""
    tool_choice: ToolChoice = "auto"


@dataclass(slots=True)
class CancelResponse:
    """End a response that is still being made. Has no effect on one that is done."""

    response: str


@dataclass(slots=True)
class Truncate:
    """The user heard only `audio_s` seconds of a response; the model forgets the rest of it."""

    response: str
    audio_s: float


@dataclass(slots=True)
class AddItem:
    """Goes into the model's conversation: a message, or what a tool gave."""

    item: ChatItem


@dataclass(slots=True)
class CommitAudio:
    """The user's turn ends here. Only for models that do not detect it."""


@dataclass(slots=True)
class ClearAudio:
    """Forget what the user has said in this turn."""


@dataclass(slots=True)
class UserSpeechStarted:
    """The user begins to speak, where the model detects the turns. It may then end its own response by itself.

    `audio_t`, where speech begins or ends, counts from the first sample that the model was sent; None where it does
    not know.
    """

    audio_t: float | None = None


@dataclass(slots=True)
class UserSpeechEnded:
    audio_t: float | None = None


@dataclass(slots=True)
class UserTranscript:
    """What the user said. May come after the response to it has begun.

    Each `UserSpeechEnded`, and each `CommitAudio` of a model that detects no turns, is followed by one final
    transcript, in the order of the turns: "" where no words were made out. A model that writes nothing down sends none.
    """

    text: str
    final: bool = True


@dataclass(slots=True)
class ResponseStarted:
    """`request`: that of the `Respond` it answers; "" where the model begins by itself."""

    response: str
    request: str = ""


@dataclass(slots=True)
class ResponseText:
    """More of the words of a response."""

    response: str
    text: str


@dataclass(slots=True)
class ResponseAudio:
    response: str
    frame: AudioFrame


@dataclass(slots=True)
class ResponseToolCall:
    response: str
    call: FunctionCall


@dataclass(slots=True)
class ResponseDone:
    """Nothing more of this response. `error` tells why it failed, and is "" where it did not.

    Cancelled is a response that was ended by `CancelResponse`, by the user's speech or by the end of the input.
    """

    response: str
    status: Literal["completed", "cancelled", "failed"] = "completed"
    usage: TokenUsage | None = None
    error: str = ""


@dataclass(slots=True)
class RealtimeWarning:
    """Something was refused or failed that ends neither the stream nor a response.

    For instance an item that cannot be added, a commit without any audio, or a transcription.
    """

    message: str


RealtimeInput: TypeAlias = (
    "AudioFrame | Configure | Respond | CancelResponse | Truncate | AddItem | CommitAudio | ClearAudio"
)
RealtimeEvent: TypeAlias = (
    UserSpeechStarted
    | UserSpeechEnded
    | UserTranscript
    | ResponseStarted
    | ResponseText
    | ResponseAudio
    | ResponseToolCall
    | ResponseDone
    | RealtimeWarning
)


class RealtimeModel(Protocol):
    """Ends when its input ends, at once.

    An error of the connection is raised; one of a response is in its `ResponseDone`.
    """

    detects_turns: bool
    """Whether it tells by itself when the user's turn is over, and answers then without being asked."""

    def __call__(self, inputs: AsyncIterable[RealtimeInput], /) -> AsyncIterable[RealtimeEvent]: ...


def is_realtime(model: object) -> TypeIs[RealtimeModel]:
    """Whether a model given as `llm` is one for speech to speech."""
    return hasattr(model, "detects_turns")
