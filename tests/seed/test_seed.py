"""The document that describes the behaviour: its code blocks, run as written, with only their imports changed."""

from __future__ import annotations

import asyncio
import math
import os
import re
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from livekit import rtc

import kit.audio
from kit import Agent, AgentSession, ModelSettings, RunContext, function_tool
from kit.chat import FunctionCall
from kit.models.simulated import SimulatedRealtime, SimulatedTTS
from kit.session.records import PreemptionAdopted, SpeechFinished, SpeechStarted, ToolReturned
from tests.session.scenes import Scene, hold

IMPORTS = {
    "livekit.agents.voice": "kit",
    "livekit.agents": "kit",
    "livekit.plugins": "livekit",
}
NAMES: dict[str, Any] = {
    "Agent": Agent,
    "AgentSession": AgentSession,
    "ModelSettings": ModelSettings,
    "RunContext": RunContext,
    "function_tool": function_tool,
    "rtc": rtc,
    "np": np,
    "re": re,
    "asyncio": asyncio,
    "AsyncIterable": __import__("collections.abc").abc.AsyncIterable,
    "utils": SimpleNamespace(audio=kit.audio),
}


@pytest.fixture(scope="module")
def blocks() -> list[str]:
    """The python blocks of the document, in order."""
    named = os.environ.get("KIT_SEED_DOCUMENT")
    path = Path(named) if named else Path(__file__).parents[3] / "shared" / "seed" / "agent-speech-and-audio.md"
    if not path.is_file():
        pytest.skip(
            "the document of LiveKit on agent speech and audio is not here: save its Markdown form "
            "(docs.livekit.io/agents/build/audio.md, July 2025) and set KIT_SEED_DOCUMENT to the file"
        )
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def block(blocks: list[str], *marks: str) -> str:
    """The one block that holds all these marks."""
    (found,) = [text for text in blocks if all(mark in text for mark in marks)]
    return textwrap.dedent(found).strip()


async def run(code: str, **names: Any) -> dict[str, Any]:
    """Run a block, which may await, and return the names that it made."""
    namespace = {**NAMES, **names}
    body = textwrap.indent(code, "    ")
    exec(compile(f"async def block():\n{body}\n    return locals()", "<block>", "exec"), namespace)
    return await namespace["block"]()  # type: ignore[no-any-return]


def define(code: str, **names: Any) -> dict[str, Any]:
    """Run a block of definitions."""
    namespace = {**NAMES, **names}
    exec(compile(code, "<block>", "exec"), namespace)
    return namespace


def test_preemptive_generation(blocks: list[str]) -> None:
    code = block(blocks, "preemptive_generation=True").replace("...", "**models")

    async def act(scene: Scene) -> None:
        session = scene.session
        models = {"stt": session.stt, "vad": session.vad, "llm": session.llm, "tts": session.tts}
        made = (await run(code, models=models))["session"]
        await made.start(Agent(), audio_in=scene.user)
        await scene.ask()
        await asyncio.sleep(5)
        assert len(made.journal.of(PreemptionAdopted)) == 1
        await made.aclose()

    hold_without_ears(act)


def hold_without_ears(act: Any, **options: Any) -> Scene:
    """A scene whose user is heard by another session."""
    from kit.models.simulated import SimulatedLLM, SimulatedSTT, SimulatedVAD
    from kit.timing import run_virtual
    from kit.transports.playout import PacedOutput
    from kit.transports.simulated import SimulatedUser

    async def main() -> Scene:
        session = AgentSession(
            stt=SimulatedSTT(0.1), vad=SimulatedVAD(0.3), llm=SimulatedLLM("Fine."), tts=SimulatedTTS(0.2), **options
        )
        scene = Scene(session, SimulatedUser(), PacedOutput())
        await act(scene)
        return scene

    return run_virtual(main)


def test_say(blocks: list[str]) -> None:
    code = block(blocks, "Hello. How can I help you today?")
    scene = hold(lambda scene: run(code, session=scene.session))
    assert scene.said() == [("assistant", "Hello. How can I help you today?")]


@pytest.mark.parametrize(
    ("mark", "said"), [("greet the user", ["assistant"]), ("how is the weather today?", ["user", "assistant"])]
)
def test_generate_reply(blocks: list[str], mark: str, said: list[str]) -> None:
    async def act(scene: Scene) -> None:
        await run(block(blocks, mark), session=scene.session)
        await scene.session.drain()

    assert [role for role, _ in hold(act).said()] == said


def test_goodbye(blocks: list[str]) -> None:
    scene = hold(lambda scene: run(block(blocks, "Goodbye for now."), session=scene.session))
    assert scene.said() == [("assistant", "Goodbye for now.")]


def test_waiting_later(blocks: list[str]) -> None:
    async def act(scene: Scene) -> None:
        made = await run(block(blocks, "finally wait for the speech"), session=scene.session)
        assert made["handle"].done()

    hold(act)


@pytest.mark.parametrize("interrupt", [True, False])
def test_cancelling_a_request_when_the_user_interrupts(blocks: list[str], interrupt: bool) -> None:
    cancelled: list[bool] = []

    class ClientSession:
        """Stands in for a web client: no network here."""

        async def __aenter__(self) -> ClientSession:
            return self

        async def __aexit__(self, *_: object) -> None: ...

        def get(self, url: str) -> SimpleNamespace:
            return SimpleNamespace(cancel=lambda: cancelled.append(True))

    async def act(scene: Scene) -> None:
        if interrupt:
            asyncio.get_running_loop().call_later(1.0, lambda: scene.session.interrupt())
        await run(
            block(blocks, "ClientSession"), session=scene.session, aiohttp=SimpleNamespace(ClientSession=ClientSession)
        )

    hold(act)
    assert cancelled == ([True] if interrupt else [])


def test_done_callback(blocks: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    async def act(scene: Scene) -> None:
        await run(block(blocks, "add_done_callback"), session=scene.session)
        await scene.session.drain()

    hold(act)
    assert capsys.readouterr().out == "speech done\n"


def test_end_call(blocks: list[str]) -> None:
    from kit.models.simulated import Reply

    tool = define(block(blocks, "async def end_call"))["end_call"]
    agent_class = type("Assistant", (Agent,), {"end_call": tool})
    replies = [Reply("Goodbye.", (FunctionCall("", "end_call", "{}"),)), "Done."]

    async def act(scene: Scene) -> None:
        await scene.ask("goodbye")
        await asyncio.sleep(6)

    scene = hold(act, agent=agent_class(), replies=replies)
    assert [text for role, text in scene.said() if role == "assistant"] == ["Goodbye."]
    assert scene.of(ToolReturned)[0].t >= scene.of(SpeechStarted)[0].t + len("Goodbye.") / 15 - 1e-6


def test_interruptions(blocks: list[str]) -> None:
    async def act(scene: Scene) -> None:
        made = await run(block(blocks, "handle.interrupt()"), session=scene.session)
        await made["handle"]
        assert made["handle"].interrupted

    hold(act)


def imports_of(blocks: list[str], *marks: str) -> str:
    """An imports block with the packages exchanged."""
    code = block(blocks, *marks)
    for theirs, ours in IMPORTS.items():
        code = re.sub(rf"^from {re.escape(theirs)} import", f"from {ours} import", code, flags=re.MULTILINE)
    code = re.sub(r"^from kit import tts\n?", "", code, flags=re.MULTILINE)  # imported there, and not used
    return re.sub(r"^(from kit import .*), utils$", r"\1", code, flags=re.MULTILINE)


def test_pronunciation(blocks: list[str]) -> None:
    given: list[str] = []

    async def tts(text: AsyncIterator[str]) -> AsyncIterator[rtc.AudioFrame]:
        async for chunk in text:
            given.append(chunk)
        yield rtc.AudioFrame.create(16_000, 1, 1600)

    names = define(imports_of(blocks, "import re", "from livekit.agents import tts"))
    node = define(block(blocks, "async def adjust_pronunciation"), **names)["tts_node"]
    agent = type("Assistant", (Agent,), {"tts_node": node})()

    async def act(scene: Scene) -> None:
        await scene.session.say("Use kubectl with the API.")

    scene = hold(act, agent=agent, tts=tts)
    assert "".join(given) == "Use kube control with the A P I."
    assert scene.said() == [("assistant", "Use kubectl with the API.")]


def test_volume(blocks: list[str]) -> None:
    agent = assistant(blocks)()
    assert [tool.name for tool in agent.tools] == ["set_volume"]

    async def act(scene: Scene) -> None:
        await scene.session.say("One two three.")
        await agent.set_volume(0)
        await scene.session.say("One two three.")

    scene = hold(act, agent=agent)
    first, second = scene.of(SpeechFinished)
    assert first.played_s == pytest.approx(second.played_s)
    as_it_is = hold(lambda scene: scene.session.say("One two three.").wait_for_playout())
    assert peak(scene, until=first.t) == pytest.approx(peak(as_it_is) / 2, abs=1)  # the agent starts at 50
    assert peak(scene, since=first.t) == 0


def assistant(blocks: list[str]) -> Any:
    """The agent of the volume block, as it is written."""
    names = define(imports_of(blocks, "import numpy as np"))
    names["utils"] = NAMES["utils"]
    return define(block(blocks, "class Assistant(Agent)"), **names)["Assistant"]


def test_the_volume_changes_while_the_agent_speaks(blocks: list[str]) -> None:
    """An LLM calls the block's tool, and what is heard from then on is what the tool has set."""
    replies = [FunctionCall("", "set_volume", '{"volume": 0}'), "It is silent now."]
    agent = assistant(blocks)()

    async def act(scene: Scene) -> None:
        long = scene.session.say("One two three four five six seven eight nine ten eleven twelve.")
        await asyncio.sleep(2.0)
        await agent.set_volume(0)
        await long
        await agent.set_volume(50)
        scene.session.generate_reply(user_input="Be silent.")
        await asyncio.sleep(5)

    scene = hold(act, agent=agent, replies=replies)
    assert peak(scene, until=2.0) > 0
    assert peak(scene, since=2.0 + 0.3) == 0  # the block gathers 0.1 s, and 0.1 s are queued and 0.1 s playing
    assert agent.volume == 0


def test_the_volume_of_a_realtime_model(blocks: list[str]) -> None:
    made = assistant(blocks)

    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(6)

    def talk(agent: Agent) -> Scene:
        return hold(act, agent=agent, llm=SimulatedRealtime("It is sunny."), stt=None, vad=None, tts=None)

    as_it_is, half = talk(Agent()), talk(made())
    assert peak(half) == pytest.approx(peak(as_it_is) / 2, abs=1) and peak(half) > 0


def test_a_realtime_model_calls_the_tool(blocks: list[str]) -> None:
    agent = assistant(blocks)()

    async def act(scene: Scene) -> None:
        scene.session.generate_reply(user_input="Louder.")
        await asyncio.sleep(6)

    call = FunctionCall("", "set_volume", '{"volume": 80}')
    hold(act, agent=agent, llm=SimulatedRealtime(call), stt=None, vad=None, tts=None)
    assert agent.volume == 80


def test_no_block_is_left_out(blocks: list[str]) -> None:
    """Each block of the document is found by a mark that a test of this folder looks for."""
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    marks = set(re.findall(r'(?:block|imports_of)\(blocks, "([^"]+)"', tests))
    marks |= set(re.findall(r'\("([^"]+)", [(\[]', tests))  # those that tests are repeated for
    marks.add('background_audio.play("')
    left_out = [text for text in blocks if not any(mark in text for mark in marks)]
    assert left_out == []


def peak(scene: Scene, *, since: float = 0.0, until: float = math.inf) -> int:
    """The loudest sample that was heard between two times."""
    return max(int(np.abs(np.asarray(f.data, dtype=int)).max()) for t, f in scene.heard if since <= t < until)
