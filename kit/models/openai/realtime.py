"""Speech to speech over a websocket: OpenAI's realtime interface, or a server that speaks it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any, Literal, get_args

from ...realtime import RealtimeEvent, RealtimeInput
from ..missing import missing
from ..naming import name_of
from ..outbox import Outbox, deliver
from .connection import Connection
from .realtime_requests import PCM
from .realtime_socket import opened
from .realtime_stream import Stream

TurnDetection = Literal["server_vad", "semantic_vad"]
Eagerness = Literal["low", "medium", "high", "auto"]


class OpenAIRealtime:
    """Hears frames of any format, and answers with mono speech at 24 kHz in frames of at most 0.1 s.

    Each stream is a connection of its own, which begins with an empty conversation. When it breaks, the stream raises:
    to go on, make a new one and configure it with the conversation so far. OpenAI ends each after an hour.

    Temperature is not for choosing: the interface has none since its beta.

    Args:
        model: The server's name of the model.
        voice: The server's name of the voice.
        base_url: The server, its address as for HTTP; None is OpenAI.
        api_key: None is $OPENAI_API_KEY for OpenAI, and no key for another server.
        turn_detection: How the server ends the user's turns: "server_vad" by silence, "semantic_vad" by what was said.
            None, or "": it does not, and waits for `CommitAudio` and `Respond`.
        silence_s: For "server_vad": the silence that ends a turn; None is the server's default, 0.5 s.
        threshold: For "server_vad": 0 to 1, higher for louder surroundings; None is the server's default, 0.5.
        eagerness: For "semantic_vad": how soon it answers; None is the server's default.
        interrupts: Whether the server cancels its response when the user speaks.
        transcription: The model that writes down what the user says; None, or "": nobody does.
        language: Of the user, for the transcription, two letters, "en"; None lets the server find out.
        speed: 0.25 to 1.5, 1 is normal; None is the server's default.
        timeout_s: For the connection, and of silence while the server has something to answer, after which it fails.
        extra: More fields of the session, as the server takes them.

    Raises:
        ValueError: no key for OpenAI, or an argument out of range.
        ModelRequestError: (from the stream) no connection, a broken one, or a server that does not answer.
        EngineMissing: the package `openai`, or its websocket, is not installed.
    """

    needs_network = True
    """Virtual time has none."""

    def __init__(
        self,
        model: str = "gpt-realtime-2.1-mini",
        *,
        voice: str = "marin",
        base_url: str | None = None,
        api_key: str | None = None,
        turn_detection: TurnDetection | Literal[""] | None = "server_vad",
        silence_s: float | None = None,
        threshold: float | None = None,
        eagerness: Eagerness | None = None,
        interrupts: bool = True,
        transcription: str | None = "gpt-transcribe",
        language: str | None = None,
        speed: float | None = None,
        timeout_s: float = 30.0,
        extra: dict[str, Any] | None = None,
    ) -> None:
        if turn_detection and turn_detection not in get_args(TurnDetection):
            raise ValueError(
                f"turn_detection must be one of {', '.join(get_args(TurnDetection))} or None, not {turn_detection!r}"
            )
        self.model = model
        self.voice = voice
        self.turn_detection = turn_detection or None
        self.detects_turns = bool(turn_detection)
        self.timeout_s = timeout_s
        self._connection = Connection(base_url, api_key, timeout_s, 0, uses="realtime")
        _load_websocket()
        options: dict[str, dict[str, Any]] = {
            "server_vad": {"silence_duration_ms": _ms(silence_s), "threshold": threshold},
            "semantic_vad": {"eagerness": eagerness},
        }
        detection = turn_detection and {
            "type": turn_detection,
            "create_response": True,
            "interrupt_response": interrupts,
            **_given(options[turn_detection]),
        }
        written = transcription and {"model": transcription, **_given({"language": language})}
        heard = {"format": PCM, "turn_detection": detection or None, "transcription": written or None}
        spoken = {"format": PCM, "voice": voice, **_given({"speed": speed})}
        self._session = {"output_modalities": ["audio"], "audio": {"input": heard, "output": spoken}, **(extra or {})}

    @property
    def label(self) -> str:
        """What a journal calls it: the text by which `kit.models.create` makes it again, without the key."""
        return name_of(self, base_url=self._connection.named)

    def __repr__(self) -> str:
        return f"OpenAIRealtime({self.model!r}, voice={self.voice!r}, base_url={self._connection.address!r})"

    async def aclose(self) -> None:
        """Close the connections of the running loop, but for those of streams, which close with them."""
        await self._connection.aclose()

    def __call__(self, inputs: AsyncIterable[RealtimeInput], /) -> AsyncGenerator[RealtimeEvent, None]:
        return deliver(lambda outbox: self._converse(inputs, outbox))

    async def _converse(self, inputs: AsyncIterable[RealtimeInput], outbox: Outbox[RealtimeEvent]) -> None:
        async with opened(self._connection, self.model, self.timeout_s) as socket:
            stream = Stream(
                socket,
                outbox.put,
                session=self._session,
                detects_turns=self.detects_turns,
                timeout_s=self.timeout_s,
            )
            await stream.run(inputs)


def _load_websocket() -> None:
    try:
        import websockets.asyncio.client  # noqa: F401
    except ImportError as error:
        raise missing("OpenAI's realtime interface", "websockets", "openai") from error


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
