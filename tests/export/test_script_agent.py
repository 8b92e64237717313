"""An agent that is more than its instructions, taken away: the script has its class, its tools and its turn detector,
or says which of them it lacks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Tuning, export, function_tool
from kit.chat import ChatContext, ChatMessage
from kit.export.agent_script import render
from kit.lab import Conversation, Findings, Recipe, Typed, converse
from kit.lab.origins import Origins
from kit.models import WordsTurnDetector, local
from kit.session.agent import ModelSettings
from kit.timing import run_virtual
from tests.export.test_script import names_of
from tests.export.test_script_speaks import answers, run
from tests.lab.test_recipe import EVIL

FACTOR = 3
LABELS = {"a": ["x", (1, 2.5)], 3: None, "evil": EVIL}
API_TOKEN = "not for others"
OPEN_FILE = object()
CELLS = [
    """
from __future__ import annotations

import asyncio
import functools
import json
import os.path
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

from kit import Agent, export, function_tool
from kit.lab import Typed, converse
from kit.chat import ChatMessage, FunctionCall
from kit.ports import ChatChunk
""",
    """
NAMES = {"en": "Hello"}
WORD = re.compile("[a-z]+", re.IGNORECASE)
Size = Literal["small", "large"]

@dataclass
class Parcel:
    size: str

def shouted(said: Callable[[], Awaitable[str]]) -> Callable[[], Awaitable[str]]:
    @functools.wraps(said)
    async def louder() -> str:
        return (await said()).upper()

    return louder

@shouted
async def thanks() -> str:
    return "thanks"

def greeting(language: str) -> str:
    return NAMES[language] + os.path.sep.replace("/", "") + json.dumps(".")[1]
""",
    '''
class Polite(Agent):
    """Greets."""

    async def on_enter(self) -> None:
        self.session.say(greeting("en"))
''',
    '''
class Clerk(Polite):
    """Slow, and counts."""

    def __init__(self, instructions: str, count: int = 1, *, note: str = "") -> None:
        super().__init__(instructions=instructions)
        self.count = count
        self._note = note

    async def llm_node(self, chat_ctx: Any, tools: Any, model_settings: Any) -> AsyncIterator[ChatChunk]:  # noqa
        last = chat_ctx[-1]
        if isinstance(last, ChatMessage) and last.role == "user":
            yield ChatChunk(tool_calls=(FunctionCall("call", "order", '{"size": "large"}'),))
        else:
            yield ChatChunk(f"{' '.join(WORD.findall(last.output))} is {self.count} {self._note}.")

    @function_tool
    async def order(self, size: Annotated[Size, "which"]) -> str:
        """Order one."""
        await asyncio.sleep(0)
        return f"one {Parcel(size).size} {await thanks()}"

    def sizes(self) -> Sequence[Size]:
        return []
''',
]


HELD = """
agent = Clerk("Be brief.", 4, note='in "all"')
held = converse([Typed("one two")], agent=agent, turn_detection="manual", out="held")
export.script(held, "agent.py")
"""
NOTEBOOK = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for cell in json.loads(sys.argv[1]):
    shell.run_cell(cell).raise_error()
"""


def run_as_notebook(cells: list[str], folder: Path) -> None:
    command = [sys.executable, "-c", NOTEBOOK, json.dumps(cells)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


def same_sound(before: Conversation, folder: Path) -> list[str]:
    """What was said, in both alike."""
    old, new = answers(before), answers(Conversation.load(folder / "agent-recording"))
    assert [text for text, _ in old] == [text for text, _ in new]
    for (_, was), (_, now) in zip(old, new, strict=True):
        assert np.abs(was).max() > 1000
        np.testing.assert_array_equal(was, now)
    return [text for text, _ in old]


def types_are_right(path: Path, root: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


def script_of(agent: Agent | None = None, **given: Any) -> str:
    """The script of a session that has not started, with this agent."""
    return render(Findings.of(AgentSession(**given), agent=agent).recipe())


def test_a_notebooks_agent_speaks_again(tmp_path: Path, root: Path) -> None:
    """It greets as it enters, has a base class, an llm_node, a tool, and uses what other cells define."""
    run_as_notebook([*CELLS, HELD], tmp_path)
    done = run(tmp_path / "agent.py", folder=tmp_path / "empty")
    assert (done.returncode, done.stderr) == (0, "")
    said = same_sound(Conversation.load(tmp_path / "held"), tmp_path / "empty")
    assert said == ["Hello.", 'one large THANKS is 4 in "all".']
    types_are_right(tmp_path / "agent.py", root)
    assert "not defined" not in (tmp_path / "agent.py").read_text(encoding="utf-8")
    recorded = export.script(Conversation.load(tmp_path / "held"), tmp_path / "of_the_folder.py")
    text = recorded.read_text(encoding="utf-8")
    assert "an agent “Clerk”" in text
    assert 'return "manual"' in text


def test_an_agent_of_a_function_has_its_nodes_and_tools(tmp_path: Path, root: Path) -> None:
    pause = "…"

    @function_tool
    async def weather(place: str) -> str:
        """Look out of the window."""
        return f"It rains {FACTOR} times in {place}{LABELS['evil']}"

    class Shouting(Agent):
        async def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterator[AudioFrame]:
            async def louder() -> AsyncIterator[str]:
                async for piece in text:
                    yield piece.upper().replace("NAME", "noun" + pause)

            async for frame in Agent.default.tts_node(self, louder(), model_settings):
                yield frame

    agent = Shouting(instructions=EVIL, tools=[weather], id=EVIL)
    held = converse([Typed("what is your name")], agent=agent, turn_detection=WordsTurnDetector(0.3))
    path = export.script(held, tmp_path / "agent.py")
    done = run(path, folder=tmp_path / "empty")
    assert (done.returncode, done.stderr) == (0, "")
    same_sound(held, tmp_path / "empty")
    plain = converse([Typed("what is your name")], agent=Agent(instructions=EVIL))
    assert len(answers(plain)[0][1]) != len(answers(held)[0][1])
    types_are_right(path, root)
    names = names_of(path.read_text(encoding="utf-8"))
    (tool,) = names["make_agent"]().tools
    assert (tool.name, tool.description, tool.parameters) == (weather.name, weather.description, weather.parameters)
    assert (names["make_agent"]().id, names["LABELS"], names["pause"]) == (EVIL, LABELS, pause)
    detector = names["make_session"]().turn_detection
    assert (type(detector), detector.unlikely_threshold) == (WordsTurnDetector, 0.3)


def test_a_class_of_a_module_is_imported_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_agents.py").write_text("from kit import Agent\n\nclass Mine(Agent):\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    import my_agents  # type: ignore[import-not-found]

    source = script_of(my_agents.Mine(instructions="Be brief."))
    assert "\nfrom my_agents import Mine\n" in source
    assert "# my_agents is a module of yours: my_agents.py has to be" in source
    assert "class Mine" not in source
    assert type(names_of(source)["make_agent"]()) is my_agents.Mine
    monkeypatch.delitem(sys.modules, "my_agents")


def refuses(source: str, *reasons: str) -> None:
    """Whoever runs it is told, and nothing else speaks in the agent's place."""
    told = " ".join(line.strip("# ") for line in source.split("\n") if line.strip().startswith("#"))
    for reason in reasons:
        assert reason in told
    with pytest.raises(ValueError, match=r"see the comment there"):
        names_of(source)["make_agent"]()


def test_what_cannot_be_written_is_said_and_stops_the_script(tmp_path: Path) -> None:
    class Keeper(Agent):
        def __init__(self, file: object, depth: int = 2) -> None:
            super().__init__(instructions="Be brief.")

    class User(Agent):
        async def on_exit(self) -> None:
            print(OPEN_FILE)

    class Teller(Agent):
        async def on_exit(self) -> None:
            print("", password="hunter2")  # type: ignore[call-overload]

    class main(Agent):
        async def on_exit(self) -> None: ...

    no_text: dict[str, Any] = {}
    exec("from kit import Agent\nclass Ghost(Agent):\n    async def on_exit(self): pass", no_text)
    refuses(script_of(no_text["Ghost"]()), "an agent “Ghost”", "text of its definition is not to be found")
    refuses(script_of(Keeper(OPEN_FILE)), "What was given as file cannot be written", "given as depth is not known")
    refuses(script_of(User()), "OPEN_FILE, which User uses, was a object and cannot be written down: make it here")
    refuses(script_of(Teller()), "holds what looks like a key, in line 3 of it")
    refuses(script_of(main()), "rename main")
    hostile = type(EVIL, (Agent,), {})
    refuses(script_of(hostile(instructions=EVIL)), "he said")
    refuses(render(Recipe(Tuning(), origins=Origins(agent_class=EVIL))), "does not have its definition")


def test_a_tool_that_cannot_be_written_is_said() -> None:
    async def by_call() -> str:
        """Look."""
        return ""

    class Box:
        @function_tool
        async def look(self) -> str:
            """Look."""
            return ""

    refuses(script_of(Agent(tools=[function_tool(by_call, name="other")])), "The tool other", "made by a call")  # type: ignore[call-overload]
    refuses(script_of(Agent(tools=[Box().look])), "The tool look was a method of another object")


def test_a_key_is_not_written() -> None:
    class Asking(Agent):
        async def on_exit(self) -> None:
            print(API_TOKEN)

    source = script_of(Asking())
    assert API_TOKEN not in source
    assert 'API_TOKEN = os.environ["API_TOKEN"]' in source


def test_text_that_was_edited_since_is_not_what_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "edited.py"
    path.write_text("from kit import Agent\n\nclass Mine(Agent):\n    async def on_exit(self):\n        print(1)\n")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(path.read_text(), str(path), "exec", dont_inherit=True), names)
    assert "print(1)" in script_of(names["Mine"]())
    path.write_text(path.read_text().replace("print(1)", "print(23)"))
    refuses(script_of(names["Mine"]()), "text of its definition is not to be found")


def test_what_the_agent_knew_before_is_said(tmp_path: Path) -> None:
    told = ChatContext([ChatMessage("user", "My name is Ada.")])
    for name, agent in (("new", Agent()), ("told", Agent(chat_ctx=told))):
        held = converse([Typed("hello")], agent=agent, out=tmp_path / name)
        for conversation in (held, Conversation.load(tmp_path / name)):
            assert ("knew earlier messages" in render(conversation.findings().recipe())) == (name == "told")


def test_what_was_set_on_the_object_is_said() -> None:
    agent = Agent(instructions="Be brief.")
    agent.on_exit = agent.on_enter  # type: ignore[method-assign]
    agent.orders = []  # type: ignore[attr-defined]
    source = script_of(agent)
    assert "# The agent had on_exit set on itself" in source
    assert "# The agent was given an attribute orders" in source


@pytest.mark.parametrize("mode", ["vad", "stt", "manual"])
def test_a_mode_of_turn_detection_is_kept(mode: Any, tmp_path: Path) -> None:
    session = AgentSession(**local(stt=None, vad=None), turn_detection=mode)
    recipe = Findings.of(session).recipe()
    assert names_of(render(recipe))["make_session"]().turn_detection == mode
    assert Recipe.load(recipe.save(tmp_path / "found.toml")).origins.turn_detection == mode


def test_a_turn_detector_of_ones_own_is_kept_or_said(tmp_path: Path) -> None:
    class Patient:
        def __init__(self, unlikely_threshold: float) -> None:
            self.unlikely_threshold = unlikely_threshold

        async def predict_end_of_turn(self, chat_ctx: Any, /) -> float:
            return 1 / FACTOR

    recipe = Findings.of(AgentSession(turn_detection=Patient(0.25))).recipe()
    made = names_of(render(recipe))["make_turn_detection"]()
    assert (type(made).__name__, made.unlikely_threshold) == ("Patient", 0.25)
    loaded = Recipe.load(recipe.save(tmp_path / "found.toml"))
    assert loaded.origins.turn_detection == "Patient"
    done = run(export.script(loaded, tmp_path / "agent.py"), folder=tmp_path / "empty")
    assert (done.returncode, done.stderr.strip()) == (
        1,
        "error: make_turn_detection() in this file does not make the turn detector yet: see the comment there",
    )
    hostile = render(Recipe(Tuning(), origins=Origins(turn_detection=EVIL)))
    with pytest.raises(ValueError, match="does not make the turn detector yet"):
        names_of(hostile)["make_turn_detection"]()


def test_a_model_file_of_a_turn_detector_has_to_be_there(tmp_path: Path) -> None:
    recipe = Recipe(Tuning(), origins=Origins(turn_detection="smart_turn:nowhere/my.onnx?unlikely_threshold=0.4"))
    done = run(export.script(recipe, tmp_path / "agent.py"), folder=tmp_path / "empty")
    assert done.returncode == 1
    assert "nowhere/my.onnx" in done.stderr
    assert "Traceback" not in done.stderr


def test_of_a_session_that_ended_the_agent_is_known() -> None:
    async def held() -> AgentSession:
        session = AgentSession(**local(stt=None, vad=None))
        await session.start(Agent(instructions="Be brief."))
        await session.aclose()
        return session

    source = render(Findings.of(run_virtual(held)).recipe())
    assert names_of(source)["make_agent"]().instructions == "Be brief."
