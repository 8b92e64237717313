"""A stand-in for a server that speaks OpenAI's realtime interface: a real websocket on loopback, no model behind it.

Its turn detection listens to how loud the sound is, and its answers follow from the conversation: it says what it was
told; asked for the weather it calls a tool, where it has one; asked for a story it speaks until it is stopped; asked
how long it spoke, it tells how much it remembers of its last speech. It is as strict as the types of the package
`openai` are, with what it is sent and with what it sends.
"""

from __future__ import annotations

import asyncio
from collections import deque

from aiohttp import web

from tests.contracts.openai_realtime_session import Session

KEY = "sk-stand-in-0123456789"


class RealtimeStandIn:
    """Use as `async with RealtimeStandIn() as server`. Each connection is kept in `sessions`.

    `faults` are taken one by one, each for one connection. An HTTP status refuses it; "hang" accepts it and says
    nothing; "mute" answers no request for a response; "refuse" refuses to be configured; "drop" breaks, "goodbye"
    closes, and "garbage", "list" or "malformed" say something else in the middle of the first response; "error" is one
    that belongs to nothing; "fail" and "incomplete" end it so; "transcription" fails to write down what was said;
    "overtaking" writes down three turns in the wrong order; "too late" is done with a response before it hears that it
    is cancelled; "odd" splits samples; "anonymous" keeps no metadata; "beta" uses the names of the beta.
    """

    def __init__(self, *, needs_key: bool = False) -> None:
        self.needs_key = needs_key
        self.faults: deque[int | str] = deque()
        self.sessions: list[Session] = []
        self.keys: list[str] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> RealtimeStandIn:
        app = web.Application()
        app.router.add_get("/v1/realtime", self._connect)
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
        """Wait until every connection is closed."""
        async with asyncio.timeout(30):
            for session in self.sessions:
                await session.closed.wait()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.keys.append(key)
        fault = self.faults.popleft() if self.faults else ""
        if self.needs_key and key != KEY:
            return _refusal(401, f"Incorrect API key provided: {key}.")
        if isinstance(fault, int):
            return _refusal(fault, f"this stand-in was told to answer {fault}")
        socket = web.WebSocketResponse(max_msg_size=0)
        try:
            await socket.prepare(request)
        except ConnectionError:  # given up in the middle of the handshake
            return socket
        session = Session(socket, request, fault)
        self.sessions.append(session)
        try:
            await session.run()
        finally:
            session.closed.set()
        return socket


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)
