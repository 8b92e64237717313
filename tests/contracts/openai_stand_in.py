"""A stand-in for a server that speaks OpenAI's HTTP interface: real HTTP on loopback, no model behind it.

What it answers is computed from what it was sent, so that a test can tell which request an answer belongs to. It can be
told to fail in the ways in which such servers fail.
"""

from __future__ import annotations

import asyncio
import io
import json
import struct
import wave
import zlib
from collections import deque
from dataclasses import dataclass
from typing import Any

from aiohttp import web

KEY = "sk-stand-in-0123456789"
SAMPLES_PER_CHARACTER = 1600


@dataclass
class Request:
    path: str
    key: str
    fields: dict[str, Any]


class StandIn:
    """Use as `async with StandIn() as server`. Requests are kept in `requests`, in the order in which they came.

    `faults` are taken one by one, each for one request: an HTTP status, "hang" (no answer), "stall" (a beginning, then
    nothing), "truncate" (the connection breaks), "cut" (the stream ends early, but properly), "garbage" (not JSON),
    "html" (a page, with status 200), "empty" (a status of 200 and nothing), "event" (an error inside the stream).

    An audio request is thought about for `think_s`, or for the next of `thinks_s`; a stream's pieces come `token_s`
    apart.
    """

    def __init__(self, *, needs_key: bool = False, knows_usage: bool = True) -> None:
        self.needs_key = needs_key
        self.knows_usage = knows_usage
        self.requests: list[Request] = []
        self.faults: deque[int | str] = deque()
        self.token_s = 0.0
        self.think_s = 0.0
        self.thinks_s: deque[float] = deque()
        self.open = 0
        self.busy, self._idle, self._came = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._idle.set()
        self.closed_early = 0
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> StandIn:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._guard(self._chat))
        app.router.add_post("/v1/audio/transcriptions", self._guard(self._transcribe))
        app.router.add_post("/v1/audio/speech", self._guard(self._speak))
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def idle(self) -> None:
        """Wait until no request is being answered."""
        async with asyncio.timeout(30):
            await self._idle.wait()

    async def answered(self, count: int) -> None:
        """Wait until so many requests have come, and none is being answered."""
        async with asyncio.timeout(30):
            while len(self.requests) < count:
                self._came.clear()
                await self._came.wait()
        await self.idle()

    def _guard(self, handler: Any) -> Any:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self.open += 1
            self.busy.set()
            self._idle.clear()
            try:
                return await self._answer(request, handler)
            except asyncio.CancelledError:
                self.closed_early += 1
                raise
            except ConnectionError:  # noticed in writing, before the server was told
                self.closed_early += 1
                return web.Response()
            finally:
                self.open -= 1
                if not self.open:
                    self._idle.set()
                    self.busy.clear()

        return guarded

    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        fields = await _fields(request)
        self.requests.append(Request(request.path, key, fields))
        self._came.set()
        fault = self.faults.popleft() if self.faults else None
        if self.needs_key and key != KEY:
            return _error(401, f"Incorrect API key provided: {key}.")
        if isinstance(fault, int):
            return _error(fault, f"this stand-in was told to answer {fault}", retry_after="0")
        if fault == "hang":
            await asyncio.sleep(60)
        if fault == "html":
            return web.Response(text="<html>Welcome</html>", content_type="text/html")
        if fault == "empty":
            return web.Response()
        return await handler(request, fields, fault)

    async def _chat(self, request: web.Request, fields: dict[str, Any], fault: str | None) -> web.StreamResponse:
        if "stream_options" in fields and not self.knows_usage:
            return _error(400, "Unrecognized request argument supplied: stream_options")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        chunks = _chunks(fields)
        for number, chunk in enumerate(chunks):
            if fault in ("stall", "truncate", "cut", "garbage", "event") and number == 2:
                return await _break(response, fault)
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
            await asyncio.sleep(self.token_s)
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _transcribe(self, request: web.Request, fields: dict[str, Any], fault: str | None) -> web.StreamResponse:
        await asyncio.sleep(self.thinks_s.popleft() if self.thinks_s else self.think_s)
        if fault == "garbage":
            return web.Response(body=b"{not json", content_type="application/json")
        if fault in ("truncate", "stall"):
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            await response.write(b'{"text": "')
            return await _break(response, fault)
        return web.json_response({} if fault == "cut" else {"text": heard(fields["file"])})

    async def _speak(self, request: web.Request, fields: dict[str, Any], fault: str | None) -> web.StreamResponse:
        await asyncio.sleep(self.thinks_s.popleft() if self.thinks_s else self.think_s)
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await response.prepare(request)
        sound = spoken(fields["input"])
        for number, start in enumerate(range(0, len(sound), 1001)):  # odd, so that samples are split between chunks
            if fault in ("stall", "truncate") and number == 2:
                return await _break(response, fault)
            await response.write(sound[start : start + 1001])
            await asyncio.sleep(self.token_s)
        return response


def spoken(sentence: str) -> bytes:
    """The sound of a sentence: square pulses, whose pitch and length follow from its text."""
    half = 40 + zlib.crc32(sentence.encode()) % 100
    samples = SAMPLES_PER_CHARACTER * len(sentence)
    return b"".join(struct.pack("<h", 6000 if n // half % 2 else -6000) for n in range(samples))


def heard(file: bytes) -> str:
    """The transcript of a WAV file: how long it is, and how loud."""
    with wave.open(io.BytesIO(file)) as sound:
        assert sound.getsampwidth() == 2
        data = sound.readframes(sound.getnframes())
        return f"{sound.getnframes() / sound.getframerate():.3f} seconds {zlib.crc32(data):08x}"


def answered(fields: dict[str, Any]) -> str:
    """The answer to a chat request."""
    last = fields["messages"][-1]
    return f"You are the {last['role']} of {len(fields['messages'])} messages: {last['content']}"


def _chunks(fields: dict[str, Any]) -> list[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if fields.get("tools") and fields["tool_choice"] != "none" and fields["messages"][-1]["role"] != "tool":
        for index, tool in enumerate(fields["tools"]):
            name = tool["function"]["name"]
            deltas.append({"tool_calls": [_call(index, id=f"id-{name}", name=name, arguments="")]})
            deltas += [{"tool_calls": [_call(index, arguments=piece)]} for piece in ('{"city"', ': "Par', 'is"}')]
        reason = "tool_calls"
    else:
        deltas += [{"content": word + " "} for word in answered(fields).split()]
        reason = "stop"
    frame = {"id": "chat-1", "object": "chat.completion.chunk", "created": 0, "model": fields["model"]}
    chunks = [{**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    if fields.get("stream_options", {}).get("include_usage"):
        usage = {"prompt_tokens": len(fields["messages"]), "completion_tokens": len(deltas)}
        chunks.append({**frame, "choices": [], "usage": {**usage, "total_tokens": sum(usage.values())}})
    return chunks


def _call(index: int, *, id: str | None = None, name: str | None = None, arguments: str) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return {"index": index, "function": function} | ({"id": id, "type": "function"} if id else {})


async def _fields(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        fields: dict[str, Any] = await request.json()
        return fields
    form = await request.post()
    return {name: value.file.read() if isinstance(value, web.FileField) else value for name, value in form.items()}


def _error(status: int, message: str, *, retry_after: str = "") -> web.Response:
    headers = {"Retry-After": retry_after} if retry_after else None
    return web.json_response({"error": {"message": message, "type": "error"}}, status=status, headers=headers)


async def _break(response: web.StreamResponse, fault: str) -> web.StreamResponse:
    if fault == "stall":
        await asyncio.sleep(60)
    if fault == "garbage":
        await response.write(b"data: {not json\n\n")
    if fault == "event":
        await response.write(b'data: {"error": {"message": "the model ran out of memory"}}\n\n')
    if fault == "truncate":
        assert response._req is not None and response._req.transport is not None
        response._req.transport.abort()
    return response
