"""One server, and what goes wrong with it said without its key."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from ..missing import missing

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"
_NO_KEY = "none"
"""Sent to a server that was given no key: the client insists on one."""


class ModelRequestError(RuntimeError):
    """A request that failed. Says which server and model, and what the server answered; never holds the API key.

    Args:
        status: The HTTP status, or None where no answer came.
        retryable: Whether the same request may succeed later.
    """

    def __init__(self, message: str, *, status: int | None = None, retryable: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable


class Connection:
    """A server's address, key and patience.

    Each event loop gets a client of its own, as sockets belong to a loop. It is closed by `aclose`, or at the latest
    when `asyncio.run` shuts the loop's asynchronous generators down.

    Args:
        base_url: The server; None is $OPENAI_BASE_URL, or OpenAI.
        api_key: None is $OPENAI_API_KEY, but only where `base_url` is None too: it goes to no other server unasked.
        timeout_s: Silence of the server after which a request fails.
        max_retries: Further attempts after a failure that may pass (429, 5xx, no connection), before any answer came.
        uses: The part of the interface that will be asked, "chat.completions". It and the client are loaded here, more
            than a second's work that would hold up a loop.

    Raises:
        ValueError: no key for a server that was not named.
        EngineMissing: the package `openai` is not installed.
    """

    def __init__(
        self, base_url: str | None, api_key: str | None, timeout_s: float, max_retries: int, *, uses: str
    ) -> None:
        if not timeout_s > 0:
            raise ValueError(f"timeout_s must be more than 0, not {timeout_s!r}")
        self.named = base_url
        """The address as it was given; None for OpenAI, or what the environment says."""
        if base_url is None:
            api_key = api_key or os.environ.get("OPENAI_API_KEY")
            if not api_key:
                raise ValueError("no API key: set OPENAI_API_KEY, pass api_key, or name a server that needs none")
            base_url = os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
        self.base_url = base_url
        self._api_key = api_key or _NO_KEY
        self._timeout_s = timeout_s
        self._max_retries = max_retries
        self._open: dict[asyncio.AbstractEventLoop, tuple[AsyncGenerator[None, None], AsyncOpenAI]] = {}
        self._unused: AsyncOpenAI | None = self._new_client()
        attrgetter(uses)(self._unused)

    def __repr__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """The server's address without what may be secret in it."""
        parts = urlsplit(self.base_url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    async def client(self) -> AsyncOpenAI:
        """The client of the running loop.

        Raises:
            ModelRequestError: the loop runs in virtual time.
        """
        loop = asyncio.get_running_loop()
        if getattr(loop, "is_virtual", False):
            raise ModelRequestError(f"{self.address}: a server cannot be reached in virtual time; use the real clock")
        if loop not in self._open:
            client, self._unused = self._unused or self._new_client(), None
            keeper = _kept_open(client)
            others = {other: held for other, held in self._open.items() if not other.is_closed()}
            self._open = others | {loop: (keeper, client)}
            await anext(keeper)
        return self._open[loop][1]

    def _new_client(self) -> AsyncOpenAI:
        try:
            from openai import AsyncOpenAI
        except ImportError as error:
            raise missing("A server that speaks OpenAI's interface", "openai", "openai") from error
        return AsyncOpenAI(
            api_key=self._api_key, base_url=self.base_url, timeout=self._timeout_s, max_retries=self._max_retries
        )

    async def aclose(self) -> None:
        """Close the running loop's client. The next request makes a new one."""
        held = self._open.pop(asyncio.get_running_loop(), None)
        if held is not None:
            await held[0].aclose()

    @contextlib.contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Turn what the client raises into a `ModelRequestError` about `what`."""
        try:
            yield
        except ModelRequestError:
            raise
        except Exception as error:
            raise self._explain(what, error) from None

    def failure(
        self, what: str, reason: str, *, status: int | None = None, retryable: bool = True
    ) -> ModelRequestError:
        reason = reason.replace(self._api_key, "***") if self._api_key != _NO_KEY else reason
        return ModelRequestError(f"{what} at {self.address}: {reason}", status=status, retryable=retryable)

    def _explain(self, what: str, error: Exception) -> ModelRequestError:
        """What went wrong. While a body is read in pieces, the client lets its HTTP library's own errors through."""
        import openai

        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds & {"APITimeoutError", "TimeoutException"}:
            return self.failure(what, f"no answer for {self._timeout_s:g} s")
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            reason = f"{status} {_ADVICE.get(status, '')}".strip() + f": {_said(error)}"
            return self.failure(what, reason, status=status, retryable=status in (408, 409, 429) or status >= 500)
        if kinds & {"APIConnectionError", "RequestError"}:
            cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
            return self.failure(what, f"no connection, or it broke ({type(cause).__name__}: {cause})")
        if isinstance(error, json.JSONDecodeError | openai.APIResponseValidationError):
            return self.failure(what, f"the answer is not what the interface says ({error})")
        return self.failure(what, f"{type(error).__name__}: {error}")


async def _kept_open(client: AsyncOpenAI) -> AsyncGenerator[None, None]:
    """Closes the client when it is closed itself."""
    try:
        yield
    finally:
        await client.close()


_ADVICE = {
    400: "bad request",
    401: "the API key is missing or wrong",
    403: "the API key may not do this",
    404: "no such model or address",
    429: "too many requests, or no quota left",
}


def _said(error: Any) -> str:
    """What the server says of its error, in at most 300 characters."""
    body = error.body
    said = body.get("message") or body.get("detail") or body if isinstance(body, dict) else body or error.message
    return " ".join(str(said).split())[:300]
