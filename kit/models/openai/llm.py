"""Chat completions, streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from ...chat import ChatContext, FunctionCall
from ...ports import ChatChunk, TokenUsage, ToolChoice
from ..naming import name_of
from .connection import Connection, ModelRequestError
from .messages import as_messages, as_tools


class OpenAILLM:
    """A chat model: text as it is generated, tool calls whole at the end, then usage where the server tells it.

    Tools are objects with `name`, `description` and `parameters` (a JSON schema). Closing the stream closes the
    request.

    Args:
        model: The server's name of the model.
        base_url: The server; None is OpenAI.
        api_key: None is $OPENAI_API_KEY for OpenAI, and no key for another server.
        temperature: 0 to 2; None is the server's default.
        max_tokens: Of an answer; None is the server's default.
        timeout_s: Silence of the server after which a request fails.
        max_retries: Further attempts after a failure that may pass.
        extra: More fields of the request, as the server takes them.

    Raises:
        ValueError: no key for OpenAI.
        ModelRequestError: (from the stream) the request failed, or the answer was cut short.
        EngineMissing: the package `openai` is not installed.
    """

    needs_network = True
    """Virtual time has none."""

    def __init__(
        self,
        model: str = "gpt-4o-mini",
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        timeout_s: float = 30.0,
        max_retries: int = 2,
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self._connection = Connection(base_url, api_key, timeout_s, max_retries, uses="chat.completions")
        self._options: dict[str, Any] = {"extra_body": extra} if extra else {}
        if temperature is not None:
            self._options["temperature"] = temperature
        if max_tokens is not None:
            self._options["max_tokens"] = max_tokens
        self._tells_usage = True

    @property
    def label(self) -> str:
        """What a journal calls it: the text by which `kit.models.create` makes it again, without the key."""
        return name_of(self, base_url=self._connection.named, **self._options)

    def __repr__(self) -> str:
        return f"OpenAILLM({self.model!r}, base_url={self._connection.address!r})"

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        await self._connection.aclose()

    async def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[ChatChunk, None]:
        request: dict[str, Any] = {"model": self.model, "messages": as_messages(chat_ctx), **self._options}
        if tools:
            request |= {"tools": as_tools(tools), "tool_choice": tool_choice}
        answer, finished, usage = _ToolCalls(), False, None
        with self._connection.errors(repr(self.model)):
            stream = await self._open(request)
            async with aclosing(stream):
                async for chunk in stream:
                    if chunk.usage is not None:
                        usage = TokenUsage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
                    for choice in chunk.choices or ():
                        finished = finished or choice.finish_reason is not None
                        answer.add(choice.delta.tool_calls if choice.delta else None)
                        if choice.delta and choice.delta.content:
                            yield ChatChunk(choice.delta.content)
        if not finished:
            raise self._connection.failure(repr(self.model), "the answer was cut short")
        if calls := answer.whole():
            yield ChatChunk(tool_calls=calls)
        if usage is not None:
            yield ChatChunk(usage=usage)

    async def _open(self, request: dict[str, Any]) -> Any:
        """The stream of chunks. A server that does not know the option for usage is asked again without it, once."""
        client = await self._connection.client()
        if self._tells_usage:
            try:
                with self._connection.errors(repr(self.model)):
                    return await client.chat.completions.create(
                        **request, stream=True, stream_options={"include_usage": True}
                    )
            except ModelRequestError as error:
                if error.status not in (400, 422) or "stream_options" not in str(error):
                    raise
                self._tells_usage = False
        return await client.chat.completions.create(**request, stream=True)


class _ToolCalls:
    """Puts tool calls together from their pieces."""

    def __init__(self) -> None:
        self._calls: dict[int, FunctionCall] = {}

    def add(self, pieces: Sequence[Any] | None) -> None:
        for piece in pieces or ():
            function = piece.function
            index = piece.index
            if index is None:  # some servers send each call whole, without an index
                index = len(self._calls)
            call = self._calls.setdefault(index, FunctionCall("", "", ""))
            call.call_id = call.call_id or piece.id or ""
            if function is not None:
                call.name += function.name or ""
                call.arguments += function.arguments or ""

    def whole(self) -> tuple[FunctionCall, ...]:
        return tuple(
            FunctionCall(call.call_id or f"call_{index}", call.name, call.arguments or "{}")
            for index, call in sorted(self._calls.items())
        )
