"""The websocket of OpenAI's realtime interface: JSON objects both ways, and what goes wrong with it in plain words."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Any

from .connection import Connection, ModelRequestError

CLOSE_TIMEOUT_S = 1.0
"""How long a server may take to say goodbye."""
_REFUSED_FOR_GOOD = (1003, 1007, 1008)
"""Codes of a websocket's close that tell that the same would be refused again, as do those from 3000 on."""
_ADVICE = {
    401: "the API key is missing or wrong",
    403: "the API key may not do this",
    404: "no such model or address",
    429: "too many requests, or no quota left",
}


class Socket:
    """An open connection. `last_error` is what the server complained of last, which may be why it closes."""

    def __init__(self, socket: Any, connection: Connection, what: str) -> None:
        self._socket = socket
        self._connection = connection
        self._what = what
        self.last_error = ""

    def failure(self, reason: str, *, retryable: bool = True) -> ModelRequestError:
        return self._connection.failure(self._what, reason, retryable=retryable)

    def said(self, reason: str) -> str:
        """A reason with the server's and the model's names, and without the key."""
        return str(self.failure(reason))

    async def send(self, event: dict[str, Any]) -> None:
        """What can no longer be sent is dropped: why, is told to who receives."""
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed):
            if hasattr(self._socket, "send_raw"):  # `send` checks each event against its types, 0.2 ms a time
                await self._socket.send_raw(json.dumps(event))
            else:
                await self._socket.send(event)

    async def receive(self) -> dict[str, Any]:
        """The next event.

        Raises:
            ModelRequestError: the connection is closed, or what came is no event.
        """
        from websockets.exceptions import ConnectionClosed

        try:
            data = await self._socket.recv_bytes()
        except ConnectionClosed as closed:
            raise self._closed(closed) from None
        try:
            event = json.loads(data)
        except ValueError:
            event = None
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise self.failure(f"the answer is not what the interface says ({bytes(data[:60])!r})")
        return event

    def _closed(self, closed: Any) -> ModelRequestError:
        said = closed.rcvd
        if said is None:
            reason, code = "the connection broke", 1006
        else:
            reason, code = f"the server closed the connection ({said.code} {said.reason}".rstrip() + ")", said.code
        if self.last_error:
            reason += f": {self.last_error}"
        return self.failure(reason, retryable=code < 3000 and code not in _REFUSED_FOR_GOOD)


@contextlib.asynccontextmanager
async def opened(connection: Connection, model: str, timeout_s: float) -> AsyncGenerator[Socket, None]:
    """A connection for one conversation, closed behind it.

    Raises:
        ModelRequestError: the loop runs in virtual time, or the server cannot be reached, or refuses.
    """
    client, what = await connection.client(), repr(model)
    options: Any = {"open_timeout": timeout_s, "close_timeout": CLOSE_TIMEOUT_S}
    options["max_queue"] = None  # a full queue would hide the server's goodbye behind what nobody reads any more
    manager = client.realtime.connect(model=model, websocket_connection_options=options)
    try:
        socket = await manager.enter()
    except asyncio.CancelledError:
        raise
    except Exception as error:
        raise _explained(connection, what, timeout_s, error) from None
    try:
        yield Socket(socket, connection, what)
    finally:
        with contextlib.suppress(Exception):
            await socket.close()


def _explained(connection: Connection, what: str, timeout_s: float, error: Exception) -> ModelRequestError:
    """Why the connection could not be opened."""
    from websockets.exceptions import InvalidHandshake, InvalidStatus

    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        reason = f"{status} {_ADVICE.get(status, '')}".strip() + f": {_said(error.response.body)}"
        return connection.failure(what, reason, status=status, retryable=status in (408, 429) or status >= 500)
    if isinstance(error, TimeoutError):
        return connection.failure(what, f"no answer for {timeout_s:g} s")
    if isinstance(error, InvalidHandshake):
        return connection.failure(what, f"the server does not speak the realtime interface ({error})", retryable=False)
    return connection.failure(what, f"no connection ({type(error).__name__}: {error})")


def _said(body: bytes) -> str:
    """What a server says of its refusal, in at most 300 characters."""
    try:
        said = json.loads(body)
        said = said.get("error", said)
        said = said.get("message", said)
    except (ValueError, AttributeError):
        said = (body or b"").decode(errors="replace")
    return " ".join(str(said).split())[:300]
