"""A connection to a stand-in for a realtime server: what it is told, and what it answers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from tests.contracts.openai_realtime_protocol import problem_of_client, problem_of_server
from tests.contracts.openai_realtime_sound import RATE, Ear, spoken

DELTA_BYTES = 6000
"""Not a whole number of frames."""
BETA_NAMES = {
    "conversation.item.added": "conversation.item.created",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
}
Event = dict[str, Any]


class Session:
    """A connection. `received` are the client's events, `items` the conversation by the items' ids."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, fault: str) -> None:
        self.model = request.query.get("model", "")
        self.fault = fault
        self.received: list[Event] = []
        self.items: dict[str, Event] = {}
        self.heard_ms: dict[str, float] = {}
        self.closed = asyncio.Event()
        self.config: Event = {
            "type": "realtime",
            "instructions": "",
            "tools": [],
            "audio": {"input": {"turn_detection": {"type": "server_vad"}}, "output": {"voice": "alloy"}},
        }
        self._socket = socket
        self._request = request
        self._numbers: dict[str, int] = {}
        self._spoke = False
        self._ear = Ear()
        self._buffered = 0
        self._unwritten: list[str] = []
        self._active: tuple[Event, asyncio.Task[None]] | None = None

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.received if event["type"] == kind]

    async def run(self) -> None:
        if self.fault == "hang":
            async for _ in self._socket:
                pass
            return
        await self._send("session.created", session=self.config)
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._obey(json.loads(message.data))
        finally:
            if self._active is not None:
                self._active[1].cancel()

    async def _obey(self, event: Event) -> None:
        self.received.append(event)
        problem = problem_of_client(event)
        if problem:
            await self._error("invalid_event", problem, event)
            return
        orders: dict[str, Callable[[Event], Awaitable[None]]] = {
            "session.update": self._configure,
            "input_audio_buffer.append": self._hear,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._create,
            "conversation.item.delete": self._delete,
            "conversation.item.truncate": self._truncate,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }
        await orders[event["type"]](event)

    async def _configure(self, event: Event) -> None:
        update = copy.deepcopy(event["session"])
        if self.fault == "refuse":
            await self._error("invalid_value", "this stand-in was told to refuse to be configured", event)
            return
        if self._spoke and "voice" in update.get("audio", {}).get("output", {}):
            await self._error("cannot_update_voice", "the voice has spoken", event)
            return
        self.config |= update
        detection = self.config["audio"]["input"].get("turn_detection")
        if detection and detection["type"] == "server_vad":
            detection |= {"prefix_padding_ms": 300, "silence_duration_ms": 500, "threshold": 0.5} | detection
        await self._send("session.updated", session=self.config)
        await self._send("rate_limits.updated", rate_limits=[])
        await self._send("something.new", of="the future")

    # Hearing

    async def _hear(self, event: Event) -> None:
        samples = np.frombuffer(base64.b64decode(event["audio"]), "<i2")
        self._buffered += len(samples)
        detection = self.config["audio"]["input"].get("turn_detection")
        if not detection:
            self._ear.listen(samples)
            return
        silence_ms, padding_ms = detection.get("silence_duration_ms", 500), detection.get("prefix_padding_ms", 300)
        for kind, at_ms in self._ear.listen(samples, silence_ms):
            if kind == "started":
                start = max(0, at_ms - padding_ms)
                await self._send("input_audio_buffer.speech_started", audio_start_ms=start, item_id=self._new("item"))
                if detection.get("interrupt_response", True) and self._active is not None:
                    await self._break_off("turn_detected")
            else:
                end = at_ms + silence_ms
                await self._send("input_audio_buffer.speech_stopped", audio_end_ms=end, item_id=self._id("item"))
                item = await self._take_turn(self._id("item"))
                if detection.get("create_response", True):
                    await self._start({})
                await self._transcribe(item)

    async def _commit(self, event: Event) -> None:
        if self._buffered < RATE // 10:
            await self._error("input_audio_buffer_commit_empty", "there is nothing to commit", event)
            return
        await self._transcribe(await self._take_turn(self._new("item")))

    async def _take_turn(self, item: str) -> str:
        self._buffered, self.heard_ms[item] = 0, self._ear.take_loud_ms()
        await self._send(
            "input_audio_buffer.committed", item_id=item, previous_item_id=next(reversed(self.items), None)
        )
        await self._add({"id": item, "type": "message", "role": "user", "content": [{"type": "input_audio"}]})
        return item

    async def _transcribe(self, item: str) -> None:
        if not self.config["audio"]["input"].get("transcription"):
            return
        about = {"item_id": item, "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        if self.fault == "transcription":
            await self._send(f"{kind}.failed", **about, error={"message": "nobody was there to write", "type": "x"})
            return
        if self.fault == "overtaking":
            self._unwritten.append(item)
            if len(self._unwritten) < 3:
                return
            self.fault = ""
            for late in reversed(self._unwritten):
                await self._transcribe(late)
            return
        words = f"{self.heard_ms[item]:.0f} ms of speech.\n"
        await self._send(f"{kind}.delta", **about, delta=words.split()[0])
        usage = {"type": "duration", "seconds": 1.0}
        await self._send(f"{kind}.completed", **about, transcript=words, usage=usage)

    async def _clear(self, event: Event) -> None:
        self._buffered = 0
        self._ear.take_loud_ms()
        await self._send("input_audio_buffer.cleared")

    # The conversation

    async def _create(self, event: Event) -> None:
        item = event["item"]
        calls = [known["call_id"] for known in self.items.values() if known["type"] == "function_call"]
        if item["type"] == "function_call_output" and item["call_id"] not in calls:
            await self._error("invalid_call", f"Tool call ID '{item['call_id']}' not found in conversation.", event)
        else:
            await self._add({"id": self._new("item"), **item})

    async def _add(self, item: Event) -> None:
        self.items[item["id"]] = item
        await self._send("conversation.item.added", item=item)

    async def _delete(self, event: Event) -> None:
        if self.items.pop(event["item_id"], None) is None:
            await self._error("item_delete_invalid_item_id", f"there is no item {event['item_id']!r}", event)
        else:
            await self._send("conversation.item.deleted", item_id=event["item_id"])

    async def _truncate(self, event: Event) -> None:
        item = self.items.get(event["item_id"])
        if item is None or item.get("role") != "assistant" or event["audio_end_ms"] > item["ms"]:
            await self._error("invalid_value", "Audio content is shorter than that, or there is none", event)
            return
        item["ms"], item["content"] = event["audio_end_ms"], [{"type": "output_audio"}]
        fields = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        await self._send("conversation.item.truncated", **fields)

    # Responses

    async def _respond(self, event: Event) -> None:
        if self._active is not None:
            said = f"Conversation already has an active response in progress: {self._active[0]['id']}."
            await self._error("conversation_already_has_active_response", said, event)
        elif self.fault != "mute":
            await self._start(event.get("response", {}))

    async def _cancel(self, event: Event) -> None:
        if self._active is None or event.get("response_id", self._active[0]["id"]) != self._active[0]["id"]:
            await self._error("response_cancel_not_active", "Cancellation failed: no active response found", event)
        elif self.fault == "too late":
            await self._break_off("", "completed")
            await self._cancel(event)
        else:
            await self._break_off("client_cancelled")

    async def _start(self, options: Event) -> None:
        metadata = None if self.fault == "anonymous" else options.get("metadata")
        response = {"id": self._new("resp"), "status": "in_progress", "metadata": metadata, "output": []}
        await self._send("response.created", response=response)
        task = asyncio.create_task(self._answer(response, options))
        self._active = (response, task)

    async def _answer(self, response: Event, options: Event) -> None:
        text, call = self._reply(options)
        item = {"id": self._new("item"), "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        item["ms"] = 0
        response["output"].append(item)
        self.items[item["id"]] = item
        about = {"response_id": response["id"], "output_index": 0}
        await self._send("response.output_item.added", **about, item=_public(item))
        await self._send("conversation.item.added", item=_public(item))
        await self._speak(text, item, {**about, "item_id": item["id"], "content_index": 0})
        item["status"] = "completed"
        await self._send("response.output_item.done", **about, item=_public(item))
        if call is not None:
            response["output"].append(call)
            await self._add(call)
            if self.fault != "anonymous":
                await self._send("response.output_item.done", response_id=response["id"], output_index=1, item=call)
        self._active = None
        status = {"fail": "failed", "incomplete": "incomplete"}.get(self.fault, "completed")
        details: Event = {"type": status}
        if status == "failed":
            details["error"] = {"type": "server_error", "message": "the model ran out of memory"}
        elif status == "incomplete":
            details["reason"] = "max_output_tokens"
        await self._done(response, status, details)

    async def _speak(self, text: str, item: Event, about: Event) -> None:
        sound, words = spoken(text), text.split(" ")
        item["content"] = [{"type": "output_audio", "transcript": text}]
        step = DELTA_BYTES + (self.fault == "odd")
        deltas = list(range(0, len(sound), step))
        for number, start in enumerate(deltas):
            for word in words[number * len(words) // len(deltas) : (number + 1) * len(words) // len(deltas)]:
                await self._send("response.output_audio_transcript.delta", **about, delta=word + " ")
            data = sound[start : start + step]
            item["ms"] += len(data) * 1000 / 2 / RATE
            self._spoke = True
            await self._send("response.output_audio.delta", **about, delta=base64.b64encode(data).decode())
            if number == 1:
                await self._misbehave(about)
        while text.startswith("Once upon a time"):
            await asyncio.sleep(0.002)
            data = sound[:4800]
            item["ms"] += 100
            await self._send("response.output_audio.delta", **about, delta=base64.b64encode(data).decode())

    async def _misbehave(self, about: Event) -> None:
        if self.fault == "drop":
            assert self._request.transport is not None
            self._request.transport.abort()
        elif self.fault == "goodbye":
            await self._error("session_expired", "Your session hit the maximum duration of 60 minutes.", {})
            await self._socket.close(code=1001, message=b"expired")
        elif self.fault == "garbage":
            await self._socket.send_str("{not json")
        elif self.fault == "list":
            await self._socket.send_str("[1, 2]")
        elif self.fault == "malformed":
            await self._socket.send_str(json.dumps({"type": "response.output_audio.delta", **about}))
        elif self.fault == "error":
            await self._error("overheated", f"it is warm in here, {self._request.headers.get('Authorization')}", {})

    async def _break_off(self, reason: str, status: str = "cancelled") -> None:
        assert self._active is not None
        response, task = self._active
        self._active = None
        task.cancel()
        for index, item in enumerate(response["output"]):
            item["status"] = "incomplete" if status == "cancelled" else status
            about = {"response_id": response["id"], "output_index": index}
            await self._send("response.output_item.done", **about, item=_public(item))
        await self._done(response, status, {"type": status, **({"reason": reason} if reason else {})})

    async def _done(self, response: Event, status: str, details: Event) -> None:
        words = sum(len(_words(item).split()) for item in self.items.values())
        usage = {"input_tokens": words, "output_tokens": 10 * len(response["output"]), "total_tokens": words + 10}
        output = [_public(item) for item in response["output"]]
        told = {**response, "status": status, "status_details": details, "usage": usage, "output": output}
        await self._send("response.done", response=told)

    def _reply(self, options: Event) -> tuple[str, Event | None]:
        items = [item for item in self.items.values() if item.get("role") != "system"]
        asked = items[-1] if items else {"type": "message", "content": []}
        said = _words(asked) or f"{self.heard_ms.get(asked.get('id', ''), 0):.0f} ms of speech."
        if "story" in said:
            return "Once upon a time", None
        if "How long" in said:
            spoke = [item["ms"] for item in items if item.get("role") == "assistant" and "ms" in item]
            return f"I spoke for {spoke[-1] / 1000 if spoke else 0.0:.2f} seconds.", None
        instructions = options.get("instructions", self.config["instructions"])
        answer = f"You said: {said} So I say this. {instructions}".strip()
        tools = [tool["name"] for tool in self.config["tools"]]
        if asked["type"] == "message" and "weather" in said and tools and options.get("tool_choice") != "none":
            call = {"id": self._new("item"), "call_id": self._new("call"), "name": tools[0], "status": "completed"}
            return answer, {**call, "type": "function_call", "arguments": '{"city": "Paris"}'}
        return answer, None

    # The socket

    async def _error(self, code: str, message: str, cause: Event) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": message, "event_id": cause.get("event_id")}
        await self._send("error", error=error)

    async def _send(self, kind: str, **fields: Any) -> None:
        event = {"type": kind, "event_id": self._new("event"), **fields}
        problem = problem_of_server(event)
        assert not problem or kind == "something.new", problem
        if self.fault == "beta":
            event["type"] = BETA_NAMES.get(kind, kind)
        with contextlib.suppress(ConnectionError):
            await self._socket.send_str(json.dumps(event))

    def _new(self, kind: str) -> str:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._id(kind)

    def _id(self, kind: str) -> str:
        """The newest of its kind."""
        return f"{kind}_{self._numbers[kind]}_{id(self):x}"


def _words(item: Event) -> str:
    if item["type"] == "function_call_output":
        return str(item["output"])
    return " ".join(str(part.get("text") or part.get("transcript") or "") for part in item.get("content", ())).strip()


def _public(item: Event) -> Event:
    return {name: value for name, value in item.items() if name != "ms"}
