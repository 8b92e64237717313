"""The kit's conversation and tools in the types of LiveKit Agents, and its tool calls in the kit's."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...chat import ChatItem, ChatMessage, FunctionCall, FunctionCallOutput

if TYPE_CHECKING:
    from livekit.agents import llm

Extra = dict[str, Any]
_REMEMBERED_CALLS = 1000


class CallExtras:
    """What a provider wants back with a call that it made, such as a signature, by the call's id.

    The kit's calls have no place for it. The newest calls are remembered.
    """

    def __init__(self) -> None:
        self._extras: OrderedDict[str, Extra] = OrderedDict()

    def taken_from(self, call: llm.FunctionToolCall | llm.FunctionCall) -> FunctionCall:
        """A plugin's call as the kit's."""
        if call.extra:
            self._extras[call.call_id] = call.extra
            while len(self._extras) > _REMEMBERED_CALLS:
                self._extras.popitem(last=False)
        return FunctionCall(call.call_id, call.name, call.arguments)

    def of(self, call_id: str) -> Extra:
        return dict(self._extras.get(call_id, {}))


def as_chat_context(items: Iterable[ChatItem], extras: CallExtras, known: Sequence[Any] = ()) -> llm.ChatContext:
    """A conversation for a plugin. Calls that follow one another were made at once.

    Left out is what providers reject: empty messages, calls without an output, outputs without a call.

    Args:
        known: Items that the plugin's conversation has already. What says the same, in the same order, gets their ids.
    """
    from livekit.agents import llm

    converted: list[Any] = []
    group, start = "", 0
    for item in _answered(items):
        new: Any = as_chat_item(item, extras)
        place = next((n for n in range(start, len(known)) if same_item(item, known[n])), None)
        if place is not None:
            new.id, start = known[place].id, place + 1
        if isinstance(new, llm.FunctionCall):
            new.group_id = group = group or new.id
        else:
            group = ""
        converted.append(new)
    return llm.ChatContext(converted)


def as_chat_item(item: ChatItem, extras: CallExtras) -> llm.ChatItem:
    """One item for a plugin, with an id of its own."""
    from livekit.agents import llm

    if isinstance(item, FunctionCall):
        arguments = item.arguments or "{}"
        return llm.FunctionCall(
            call_id=item.call_id, name=item.name, arguments=arguments, extra=extras.of(item.call_id)
        )
    if isinstance(item, FunctionCallOutput):
        return llm.FunctionCallOutput(call_id=item.call_id, name=item.name, output=item.output, is_error=item.is_error)
    return llm.ChatMessage(role=item.role, content=[item.content], interrupted=item.interrupted)


def as_tools(tools: Sequence[Any]) -> list[llm.Tool]:
    """Tools for a plugin, from objects with `name`, `description` and `parameters` (a JSON schema).

    The plugin only shows them to its model: the session runs what is called.
    """
    from livekit.agents import llm

    def declared(tool: Any) -> llm.Tool:
        schema = {"name": tool.name, "description": tool.description or "", "parameters": tool.parameters}
        return llm.function_tool(_not_run, raw_schema=schema)

    return [declared(tool) for tool in tools]


def same_item(item: ChatItem, other: Any) -> bool:
    """Whether an item and one of a plugin's conversation say the same."""
    if isinstance(item, ChatMessage):
        return bool(other.type == "message" and other.role == item.role and other.raw_text_content == item.content)
    kind = "function_call" if isinstance(item, FunctionCall) else "function_call_output"
    return bool(other.type == kind and other.call_id == item.call_id)


def _answered(items: Iterable[ChatItem]) -> Iterable[ChatItem]:
    items = list(items)
    calls = {item.call_id for item in items if isinstance(item, FunctionCall)}
    outputs = {item.call_id for item in items if isinstance(item, FunctionCallOutput)}
    for item in items:
        if isinstance(item, ChatMessage):
            if item.content:
                yield item
        elif item.call_id in calls & outputs:
            yield item


async def _not_run(raw_arguments: Mapping[str, object]) -> None:
    raise NotImplementedError("the kit's session runs the tools")
