"""The responses of a realtime server: what it tells of them, piece by piece, and what it has to forget of them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from livekit.rtc import AudioFrame

from ...chat import FunctionCall
from ...ports import TokenUsage
from ...realtime import (
    RealtimeEvent,
    ResponseAudio,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    ResponseToolCall,
)
from .realtime_requests import RATE

_FRAME_BYTES = 2 * (RATE // 10)
Event = dict[str, Any]


@dataclass(slots=True)
class _Response:
    """`items` are those with text or sound, each with how many bytes of sound it has."""

    items: dict[str, int] = field(default_factory=dict)
    calls: set[str] = field(default_factory=set)
    held: bytes = b""
    completed: bool = False


class Responses:
    """Tells what happens with responses by `put`. `failure` makes a text of a reason, without secrets in it."""

    def __init__(self, put: Callable[[RealtimeEvent], object], failure: Callable[[str], str]) -> None:
        self._put = put
        self._failure = failure
        self._responses: dict[str, _Response] = {}
        self.active: dict[str, _Response] = {}
        """Those that are being made."""

    def start(self, name: str, request: str = "") -> None:
        if name not in self._responses:
            self._responses[name] = self.active[name] = _Response()
            self._put(ResponseStarted(name, request))

    def refuse(self, name: str, request: str, reason: str) -> None:
        """A request that was refused is a response that failed."""
        self._put(ResponseStarted(name, request))
        self._put(ResponseDone(name, "failed", error=self._failure(reason)))

    def text(self, event: Event) -> None:
        response = self._of(event)
        if response is not None and event["delta"]:
            response.items.setdefault(event["item_id"], 0)
            self._put(ResponseText(event["response_id"], event["delta"]))

    def audio(self, event: Event) -> None:
        response = self._of(event)
        if response is None:
            return
        sound = base64.b64decode(event["delta"], validate=True)
        response.items[event["item_id"]] = response.items.get(event["item_id"], 0) + len(sound)
        sound = response.held + sound
        response.held = sound[len(sound) // 2 * 2 :]
        for start in range(0, len(sound) - 1, _FRAME_BYTES):
            data = sound[start : min(start + _FRAME_BYTES, len(sound) // 2 * 2)]
            self._put(ResponseAudio(event["response_id"], AudioFrame(data, RATE, 1, len(data) // 2)))

    def item_added(self, event: Event) -> None:
        response = self._of(event)
        if response is not None and event["item"]["type"] == "message":
            response.items.setdefault(event["item"]["id"], 0)

    def item_done(self, event: Event) -> None:
        response = self._of(event)
        if response is not None and event["item"].get("status") != "incomplete":
            self._call(event["response_id"], response, event["item"])

    def done(self, told: Event) -> None:
        """`told`: the whole response."""
        name, status = told["id"], told.get("status") or "completed"
        self.start(name)
        response = self.active.get(name)
        if response is None:
            return
        if status == "completed":
            for item in told.get("output") or ():
                self._call(name, response, item)
        del self.active[name]
        response.completed, response.held = status == "completed", b""
        kind: Literal["completed", "cancelled", "failed"]
        kind = "cancelled" if status == "cancelled" else "completed" if status == "completed" else "failed"
        error = self._failure(_reason(told, status)) if kind == "failed" else ""
        self._put(ResponseDone(name, kind, _usage(told.get("usage")), error))

    def end(self) -> None:
        """Nothing more comes of any of them."""
        for name in self.active:
            self._put(ResponseDone(name, "cancelled"))
        self.active.clear()

    def forget(self, name: str, audio_s: float) -> Iterator[Event]:
        """What to send so that the server forgets what was not heard of a response, item by item.

        It refuses to cut behind the end. Of a response that is not whole it may have more than has arrived here.
        """
        response = self._responses.get(name, _Response())
        left_ms, last = max(0, round(audio_s * 1000)), next(reversed(response.items), "")
        for item, sound in list(response.items.items()):
            length_ms = sound * 1000 // (2 * RATE)
            whole = response.completed or item != last
            if left_ms >= length_ms > 0 and whole:
                left_ms -= length_ms
            elif left_ms > 0 and length_ms > 0:
                end_ms, left_ms = min(left_ms, length_ms), 0
                response.items[item] = end_ms * 2 * RATE // 1000
                yield _truncate(item, end_ms)
            elif left_ms == 0:
                del response.items[item]
                yield {"type": "conversation.item.delete", "item_id": item}

    def _of(self, event: Event) -> _Response | None:
        """The response of an event; None if it is over."""
        name = event["response_id"]
        self.start(name)
        return self.active.get(name)

    def _call(self, name: str, response: _Response, item: Event) -> None:
        if item["type"] == "function_call" and item["call_id"] not in response.calls:
            response.calls.add(item["call_id"])
            call = FunctionCall(item["call_id"], item["name"], item.get("arguments") or "{}")
            self._put(ResponseToolCall(name, call))


def _truncate(item: str, end_ms: int) -> Event:
    return {"type": "conversation.item.truncate", "item_id": item, "content_index": 0, "audio_end_ms": end_ms}


def _usage(told: Any) -> TokenUsage | None:
    if not told:
        return None
    return TokenUsage(told.get("input_tokens") or 0, told.get("output_tokens") or 0)


def _reason(told: Event, status: str) -> str:
    details = told.get("status_details") or {}
    error = details.get("error") or {}
    said = error.get("message") or error.get("code") or details.get("reason") or "no reason was told"
    return f"the response is {status}: {said}"
