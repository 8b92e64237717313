"""What a session asks of the world: models and audio as callables and async iterables, and the values they exchange.

Nothing here is to be inherited from. Whatever can be called with these arguments and yields these values is a model:
a function, an async generator, an object with `__call__`. The signatures are those of the agent's nodes.

Audio is `livekit.rtc.AudioFrame`: signed 16-bit samples, interleaved by channel. A source of frames should keep each to
0.1 s at most, because a setting that changes is heard from the next frame. `audio_t` counts seconds from the first
sample of the frames that a model was given.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from .chat import ChatContext, FunctionCall

ToolChoice = Literal["auto", "required", "none"]

TIMED_WORDS = "kit.timed_words"
"""Key in `AudioFrame.userdata` under which a TTS may put the `TimedWord`s that begin in the frame."""

SPEECH_MARK = "kit.speech_mark"
"""Key in `AudioFrame.userdata` under which a simulated user tells simulated engines what is said: a `SpeechMark`."""


class SpeechEventType(enum.StrEnum):
    START_OF_SPEECH = "start_of_speech"
    INTERIM_TRANSCRIPT = "interim_transcript"
    FINAL_TRANSCRIPT = "final_transcript"
    END_OF_SPEECH = "end_of_speech"


@dataclass(slots=True)
class SpeechEvent:
    """What speech to text yields. `audio_t`: for a start, where speech begins; else, where the words end."""

    type: SpeechEventType
    text: str = ""
    audio_t: float | None = None


class VADEventType(enum.StrEnum):
    START_OF_SPEECH = "start_of_speech"
    END_OF_SPEECH = "end_of_speech"


@dataclass(slots=True)
class VADEvent:
    """What voice activity detection yields: a boundary of speech, `audio_t`, decided later than it happened."""

    type: VADEventType
    audio_t: float


@dataclass(slots=True)
class TokenUsage:
    prompt_tokens: int
    completion_tokens: int


@dataclass(slots=True)
class ChatChunk:
    """A piece of an LLM's answer. A tool call comes whole. Usage, where the provider tells it, comes last."""

    text: str = ""
    tool_calls: tuple[FunctionCall, ...] = ()
    usage: TokenUsage | None = None


@dataclass(slots=True)
class TimedWord:
    """A spoken word. `start_s` counts from the first sample of the speech; `ipa` where the engine knows it."""

    text: str
    start_s: float
    ipa: str = ""


@dataclass(slots=True)
class SpeechMark:
    """Said by a simulated user in this frame: speech begins with its first sample, or ended with its last one."""

    kind: Literal["start", "end"]
    text: str = ""


class STT(Protocol):
    def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncIterable[SpeechEvent]: ...


class VAD(Protocol):
    def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncIterable[VADEvent]: ...


class LLM(Protocol):
    def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: ToolChoice = "auto"
    ) -> AsyncIterable[ChatChunk]: ...


class TTS(Protocol):
    """`text` arrives in pieces of any size; speech of a sentence may start before the next one is known.

    A TTS that takes SSML, or a markup of its own, says so in an attribute `markup`: a name of `kit.text.ssml.DIALECTS`,
    or a `Dialect`. The session gives it the text in that form. Without it, it is given plain text.
    """

    sample_rate: int

    def __call__(self, text: AsyncIterable[str], /) -> AsyncIterable[AudioFrame]: ...


@runtime_checkable
class TurnDetector(Protocol):
    """Tells from the words whether the user's turn is over."""

    unlikely_threshold: float
    """Below this probability the session waits for the longest endpointing delay."""

    async def predict_end_of_turn(self, chat_ctx: ChatContext, /) -> float:
        """The probability, 0 to 1, that the last user message of `chat_ctx` is a whole turn."""
        ...


@runtime_checkable
class AudioTurnDetector(Protocol):
    """Tells from the sound whether the user's turn is over. Asked when a stretch of speech has ended."""

    unlikely_threshold: float
    """As of a `TurnDetector`."""
    window_s: float
    """How much of the user's latest audio it wants, in seconds."""

    async def predict_end_of_turn_from_audio(self, audio: Sequence[AudioFrame], /) -> float:
        """The probability, 0 to 1, that the turn is over where `audio` ends. It may be shorter than the window."""
        ...


AudioInput = AsyncIterable["AudioFrame"]
"""The user's audio. A frame arrives when its last sample has been spoken, not before."""


class AudioOutput(Protocol):
    """A loudspeaker that plays one segment (one speech) at a time."""

    on_playback_started: Callable[[float], None] | None
    """Called with the loop's time at which the first sample of a segment is heard."""

    async def capture_frame(self, frame: AudioFrame, /) -> None:
        """Queue a frame; returns when little enough is queued to take the next one."""
        ...

    def flush(self) -> None:
        """The segment is complete: nothing more will be captured for it."""
        ...

    async def wait_for_playout(self) -> float:
        """Wait until the flushed segment was heard, or was cleared. Returns the seconds of it that were heard."""
        ...

    def clear_buffer(self) -> None:
        """Drop what has not been heard yet, and end the segment."""
        ...

    @property
    def playback_position_s(self) -> float:
        """Seconds of the current segment that have been heard."""
        ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...
