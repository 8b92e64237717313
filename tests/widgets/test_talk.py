"""Talk without a browser: what Python sees. The page is a few messages; the session runs in real time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from kit import Agent, AgentSession
from kit.lab import turns
from kit.models import SimulatedLLM, SimulatedRealtime, SimulatedSTT, SimulatedTTS, SimulatedVAD
from kit.widgets import Studio, Talk
from kit.widgets.talking import conversations, page, presence

WAIT_S = 20.0


def session(**options: Any) -> AgentSession:
    models = {"stt": SimulatedSTT(), "llm": SimulatedLLM(), "tts": SimulatedTTS(), "vad": SimulatedVAD()}
    return AgentSession(**{**models, **options})


def until(true: Callable[[], Any], wait_s: float = WAIT_S) -> None:
    for _ in range(round(wait_s / 0.01)):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come")


@pytest.fixture
def make() -> Iterator[Callable[..., Talk]]:
    made: list[Talk] = []

    def maker(*args: Any, **options: Any) -> Talk:
        made.append(Talk(*args, **options))
        return made[-1]

    yield maker
    for one in made:
        one.close()


def lines(talk: Talk) -> list[tuple[str, str, str]]:
    return [(line.who, line.text, line.note) for line in talk._lines.lines]


def test_what_is_typed_is_answered_without_a_page(make: Callable[..., Talk]) -> None:
    one = make(session())
    one.say("hello there")
    until(lambda: one.state == "speaking")
    assert one.agent_state == "speaking"
    until(lambda: one.state == "listening")
    assert lines(one)[0] == ("you", "hello there", "typed")
    assert lines(one)[1][0] == "agent" and len(lines(one)[1][1]) > 3
    one.stop()
    assert (one.state, one.agent_state, one.user_state) == ("off", "", "")
    assert one.conversation is not None
    assert np.abs(one.conversation.audio[:, 1]).max() > 1000


def test_a_recording_speaks_for_the_user_and_the_answer_is_measured(make: Callable[..., Talk], root: Path) -> None:
    from kit.models import local

    one = make(AgentSession(**local()), recordings=[root / "data/questions/name.wav"])
    assert one.recording_names == ["name.wav"]
    one._take(one, {"kind": "play", "number": 0}, [])
    until(lambda: one.state == "speaking", 60)
    until(lambda: one.state == "listening", 60)
    conversation = one.conversation
    assert conversation is not None
    assert "name" in turns(conversation.journal)[0].text
    one.stop()
    assert np.abs(one.conversations[0].audio).max(axis=0).tolist()[0] > 1000
    assert one._last_turn.told is not None and one._last_turn.told["gap_s"] > 0


def test_it_can_be_held_again_and_begins_anew(make: Callable[..., Talk], tmp_path: Path) -> None:
    agent = Agent(instructions="Be brief.")
    one = make(session(), agent=agent, record=tmp_path)
    for _ in range(2):
        one.say("hello")
        until(lambda: one.state == "speaking")
        one.interrupt()
        until(lambda: one.state == "listening")
        one.stop()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["talk-1", "talk-2"]
    assert len(one.conversations) == 2
    assert all((path / "journal.jsonl").stat().st_size > 100 for path in tmp_path.iterdir())
    assert [message.content for message in one.session.history if message.role == "user"] == ["hello"]


def test_muted_before_and_while_it_runs(make: Callable[..., Talk]) -> None:
    one = make(session())
    one._take(one, {"kind": "mute", "on": True}, [])
    one.start()
    until(lambda: one.state == "listening")
    assert one._run is not None and one._run.microphone.muted
    one.muted = False
    assert not one._run.microphone.muted


def test_another_talk_on_the_session_takes_the_place_of_the_first(make: Callable[..., Talk]) -> None:
    shared = session()
    first = make(shared)
    first.start()
    until(lambda: first.state == "listening")
    second = make(shared)
    assert first.state == "off" and first.comm is None
    assert first.studio is second.studio
    second.start()
    until(lambda: second.state == "listening")


def test_a_cell_that_is_run_again_replaces_its_talk(make: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its session is; those that one run makes, and those of other cells, stay."""
    shell = InteractiveShell()

    def run_cell(cell: str, request: str) -> Talk:
        shell.get_parent = lambda: {"header": {"msg_id": request}, "metadata": {"cellId": cell}}
        return make(session())

    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    other = run_cell("other", "request 1")
    first, beside = run_cell("cell", "request 2"), run_cell("cell", "request 2")
    first.start()
    until(lambda: first.state == "listening")
    again = run_cell("cell", "request 3")
    assert [one.comm is None for one in (other, first, beside, again)] == [False, True, True, False]
    assert not first.running and len(first.conversations) == 1
    shell.get_parent = lambda: {"header": {"msg_id": "a message of a widget's"}, "metadata": {}}
    make(session())
    assert again.comm is not None


def test_starting_one_stops_another_of_the_notebook_and_says_so(make: Callable[..., Talk]) -> None:
    first, second = make(session()), make(session())
    first.start()
    until(lambda: first.state == "listening")
    second.start()
    until(lambda: second.state == "listening" and first.state == "off")
    assert "another Talk" in first.notice


def test_nobody_hears_it_is_said_and_then_it_is_stopped(
    make: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "NO_PAGE_S", 0.3)
    monkeypatch.setattr(presence, "AWAY_S", 1.5)
    one = make(session())
    one.start()
    until(lambda: "No page shows this conversation" in one.notice)
    until(lambda: one.state == "off")
    assert "recording is kept" in one.notice
    assert len(one.conversations) == 1


def test_a_page_that_shows_it_keeps_it(make: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "NO_PAGE_S", 0.3)
    monkeypatch.setattr(presence, "AWAY_S", 0.6)
    one = make(session())
    one._take(one, {"kind": "shown"}, [])
    one._take(one, {"kind": "start", "view": "a"}, [])
    for _ in range(20):
        one._take(one, {"kind": "here", "view": "a"}, [])
        time.sleep(0.1)
    assert one.state == "listening" and one.notice == ""
    assert one.owner == "a"
    one._take(one, {"kind": "gone", "view": "a"}, [])
    one._take(one, {"kind": "hidden"}, [])
    assert one.owner == ""
    until(lambda: one.state == "off")


def test_only_the_view_that_has_the_sound_is_heard(make: Callable[..., Talk]) -> None:
    one = make(session())
    one._take(one, {"kind": "start", "view": "a"}, [])
    until(lambda: one.state == "listening")
    assert one._run is not None
    block = memoryview(np.full(960, 9_000, np.int16).tobytes())
    one._take(one, {"kind": "microphone", "view": "b", "position": 0, "rate": 48_000}, [block])
    assert one._run.microphone._stream is None
    one._take(one, {"kind": "own", "view": "b"}, [])
    one._take(one, {"kind": "microphone", "view": "b", "position": 0, "rate": 48_000}, [block])
    assert one._run.microphone._stream is not None


def test_a_session_that_runs_elsewhere_is_refused_in_words(make: Callable[..., Talk]) -> None:
    taken = session()
    studio = Studio.of(taken)
    studio.thread.run(taken.start(Agent())).result(5)
    one = make(taken)
    one.start()
    until(lambda: one.problem)
    assert "runs elsewhere" in one.problem and one.state == "off"
    studio.thread.run(taken.aclose()).result(5)


def test_what_cannot_be_played_is_said_where_it_was_asked(make: Callable[..., Talk], tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    one = make(session(), recordings=[tmp_path / "broken.wav"])
    one._take(one, {"kind": "play", "number": 0}, [])
    assert "broken.wav" in one.problem
    with pytest.raises(ValueError, match="nothing to say"):
        one.say("  ")


def test_a_realtime_model_converses_too(make: Callable[..., Talk]) -> None:
    one = make(AgentSession(llm=SimulatedRealtime()))
    one.say("hello")
    until(lambda: one.state == "speaking")
    until(lambda: lines(one)[1][1] not in ("", "…"))
    one.stop()
    assert np.abs(one.conversations[0].audio[:, 1]).max() > 1000


def test_the_state_that_pages_are_told_holds_no_secret(make: Callable[..., Talk], tmp_path: Path) -> None:
    one = make(session(), record=tmp_path / "sk-secret-folder", recordings=[])
    told = repr({name: value for name, value in one.get_state().items() if name not in ("_esm", "_css")})
    assert "sk-secret" not in told


def test_nothing_is_left_after_twenty_openings(make: Callable[..., Talk]) -> None:
    shared = session()

    def once() -> None:
        one = make(shared)
        one.say("hello")
        until(lambda: one.state == "speaking")
        one.close()

    once()
    threads = {thread.name for thread in threading.enumerate()}
    open_before = set(conversations._OPEN)
    for _ in range(20):
        once()
    assert {thread.name for thread in threading.enumerate()} <= threads
    assert set(conversations._OPEN) <= open_before


def test_a_page_that_waits_for_a_cell_is_not_gone(make: Callable[..., Talk], monkeypatch: pytest.MonkeyPatch) -> None:
    """As in VS Code: its messages come on the cells' own thread, after the cell that runs."""
    monkeypatch.setattr(presence, "SILENT_PAGE_S", 0.6)
    monkeypatch.setattr(page, "_WAITS_S", 0.8)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    shell = InteractiveShell()
    one = make(session())
    one._take(one, {"kind": "start", "view": "a"}, [])
    until(lambda: one.state == "listening")
    one._take(one, {"kind": "here", "view": "a", "sound": True}, [])
    shell.events.trigger("pre_run_cell", None)
    until(lambda: one.waits)
    time.sleep(0.8)
    assert one.owner == "a"
    shell.events.trigger("post_run_cell", None)
    until(lambda: not one.waits)
    until(lambda: one.owner == "")  # it says nothing any more, and no cell is to blame
    threading.Thread(target=one._take, args=(one, {"kind": "here", "view": "a", "sound": True}, [])).start()
    until(lambda: one.owner == "a")
    shell.events.trigger("pre_run_cell", None)  # as in JupyterLab: its messages pass by the cell
    until(lambda: one.owner == "")
    assert not one.waits
    assert _watches(shell) == 2
    one.close()
    assert _watches(shell) == 0


def _watches(shell: InteractiveShell) -> int:
    """How many callbacks a Talk has in IPython."""
    return sum("CellWatch" in repr(one) for callbacks in shell.events.callbacks.values() for one in callbacks)
