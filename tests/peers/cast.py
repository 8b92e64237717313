"""Makes the agents and tools of a scenario from either party's classes, which have the same names."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from tests.peers.acts import ScriptedFault, Stage, perform
from tests.peers.engines import own_llm, own_tts
from tests.peers.scenario import AgentScript, Tool


@dataclass(frozen=True)
class Party:
    """The names of one library that an application uses.

    `notes_turns`: its `Agent` notes by itself when asked. `as_llm` and `as_tts` make its kind of model of an engine.
    """

    Agent: Any
    RunContext: Any
    StopResponse: Any
    ToolError: Any
    function_tool: Any
    notes_turns: bool = False
    as_llm: Callable[[Any], Any] = lambda engine: engine
    as_tts: Callable[[Any], Any] = lambda engine: engine


def make_agent(party: Party, script: AgentScript, stage: Stage) -> Any:
    methods: dict[str, Any] = {}
    if has_hook(script):
        methods["on_user_turn_completed"] = _hook(party, script, stage)
    for name in ("on_enter", "on_exit"):
        if (acts := getattr(script, name)) is not None:
            methods[name] = _entrance(stage, name, acts)
    for name, make in (("llm_node", _llm_node), ("tts_node", _upper_node), ("transcription_node", _upper_node)):
        if kind := getattr(script, name):
            methods[name] = make(party, name, kind)
    kind = type("ScriptedAgent", (party.Agent,), methods)
    models: dict[str, Any] = {}
    if script.own_llm:
        models["llm"] = party.as_llm(own_llm(script.own_llm, stage.engines))
    if script.own_ttfb_s is not None:
        models["tts"] = party.as_tts(own_tts(script.own_ttfb_s))
    return kind(instructions=script.instructions, tools=[_tool(party, tool, stage) for tool in script.tools], **models)


def has_hook(script: AgentScript) -> bool:
    return bool(script.hook or script.hook_adds or script.hook_rewrites or script.hook_raises)


def _hook(party: Party, script: AgentScript, stage: Stage) -> Any:
    async def on_user_turn_completed(self: Any, turn_ctx: Any, new_message: Any) -> None:
        if party.notes_turns:
            await party.Agent.on_user_turn_completed(self, turn_ctx, new_message)
        else:
            stage.record.add("turns", new_message.text_content)
        await perform(stage, script.hook)
        if script.hook_adds:
            turn_ctx.add_message(role="system", content=script.hook_adds)
        if script.hook_rewrites:
            listed = isinstance(new_message.content, list)
            new_message.content = [script.hook_rewrites] if listed else script.hook_rewrites
        if script.hook_raises:
            raise party.StopResponse if script.hook_raises == "stop" else ScriptedFault("the hook failed")

    return on_user_turn_completed


def _entrance(stage: Stage, name: str, acts: Any) -> Any:
    async def hook(self: Any) -> None:
        stage.record.add("hooks", f"{name} of {self.instructions!r} begins")
        await perform(stage, acts)
        stage.record.add("hooks", f"{name} of {self.instructions!r} ends")

    return hook


def _tool(party: Party, tool: Tool, stage: Stage) -> Any:
    async def run(context: Any) -> Any:
        stage.record.add("tools", f"{tool.name} begins")
        await perform(stage, tool.acts, context)
        stage.record.add("tools", f"{tool.name} ends")
        if tool.raises:
            raise {
                "bug": ScriptedFault("the tool failed"),
                "tool_error": party.ToolError("no such city"),
                "stop": party.StopResponse(),
            }[tool.raises]
        if tool.hands_over is None:
            return tool.result
        agent = stage.make_agent(tool.hands_over, stage)
        return agent if tool.result is None else (agent, tool.result)

    run.__annotations__ = {"context": party.RunContext, "return": Any}
    run.__name__ = tool.name
    return party.function_tool(name=tool.name, description="A scripted tool.")(run)


def _upper_node(party: Party, name: str, kind: str) -> Any:
    default = getattr(party.Agent.default, name)

    async def upper(text: AsyncIterable[str]) -> AsyncIterator[str]:
        async for chunk in text:
            yield chunk.upper()

    def node(self: Any, text: AsyncIterable[str], model_settings: Any) -> Any:
        return default(self, upper(text), model_settings)

    return node


def _llm_node(party: Party, name: str, kind: str) -> Any:
    default = party.Agent.default.llm_node

    async def prefix(self: Any, chat_ctx: Any, tools: Any, model_settings: Any) -> AsyncIterator[Any]:
        yield "Well, "
        async for chunk in default(self, chat_ctx, tools, model_settings):
            yield chunk

    async def text(self: Any, chat_ctx: Any, tools: Any, model_settings: Any) -> str:
        return "Made by the node."

    async def none(self: Any, chat_ctx: Any, tools: Any, model_settings: Any) -> None:
        return None

    return {"prefix": prefix, "text": text, "none": none}[kind]
