"""The tuning panel, without a page: its value, the session that it turns, what it refuses, steps back and forth."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import Agent, AgentSession, Tuning
from kit.lab.presets import PRESETS
from kit.text.lexicon import Entry
from kit.timing import run_virtual
from kit.tuning import TuningError, paths
from kit.widgets import BackgroundMixer, PronunciationEditor, TuningPanel
from kit.widgets.studio import Studio


def ask(panel: TuningPanel, kind: str, **content: Any) -> None:
    """What a page sends."""
    panel._take(panel, {"kind": kind, **content}, [])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What pages are told."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(TuningPanel, "tell", lambda self, kind, **content: messages.append({"kind": kind, **content}))
    return messages


def until(holds: Callable[[], bool]) -> None:
    """Wait for another thread."""
    tick = threading.Event()
    for _ in range(2000):
        if holds():
            return
        tick.wait(0.005)
    raise AssertionError("it never came to that")


# what it edits


def test_without_a_target_it_edits_a_tuning() -> None:
    panel = TuningPanel()
    assert panel.value == panel.tuning == Tuning()
    seen: list[Tuning] = []
    panel.observe(lambda change: seen.append(change["new"]), "value")
    ask(panel, "set", path="volume.level", value=70)
    panel.value = panel.value.replace({"preemption.enabled": True})
    assert [tuning.volume.level for tuning in seen] == [70, 70]
    assert panel.tuning == seen[-1] == Tuning().replace({"volume.level": 70, "preemption.enabled": True})
    assert TuningPanel(panel.value).first == panel.value


def test_what_cannot_be_turned_says_so() -> None:
    with pytest.raises(TypeError, match="an AgentSession, a widget that has one, or a Tuning, not 'session'"):
        TuningPanel("session")
    with pytest.raises(ValueError, match="no group 'loud'; there are speaks, preemption"):
        TuningPanel(groups=["loud"])
    with pytest.raises(traitlets.TraitError):
        TuningPanel().value = "loud"  # type: ignore[assignment]


def test_every_setting_has_a_place_and_a_control() -> None:
    shown = [one for section in TuningPanel()._sections for part in section["parts"] for one in part["settings"]]
    assert sorted(one["path"] for one in shown) == sorted(paths())
    assert {one["kind"] for one in shown} == {"number", "switch", "choice", "sound", "terms"}
    for one in shown:
        assert one["question"] and one["help"]
        assert one["kind"] != "number" or one["minimum"] < one["maximum"]


def test_parts_of_it_stand_alone() -> None:
    words, mixer = PronunciationEditor(), BackgroundMixer()
    assert [section["title"] for section in words._sections] == ["How it says words"]
    assert [section["title"] for section in mixer._sections] == ["What plays behind it"]
    assert [section["name"] for section in TuningPanel(groups=["endpointing", "volume"])._sections] == [
        "speaks",
        "volume",
    ]


def test_interactive_takes_it_as_an_argument() -> None:
    panel = TuningPanel()
    levels: list[float] = []
    ipywidgets.interactive(lambda tuning: levels.append(tuning.volume.level), tuning=panel)
    panel.replace({"volume.level": 40})
    assert levels == [100, 40]


# a session


def test_a_session_that_does_not_run_yet_is_turned_both_ways() -> None:
    session = AgentSession()
    panel, other = TuningPanel(session), TuningPanel(TuningPanelOwner(session))
    ask(panel, "set", path="volume.level", value=70)
    assert session.tuning.volume.level == other.value.volume.level == 70
    Studio.of(session).replace({"volume.level": 30})
    assert panel.value.volume.level == other.value.volume.level == 30
    other.value = Tuning()
    assert session.tuning == panel.value == Tuning()


class TuningPanelOwner:
    """As a widget that has a session."""

    def __init__(self, session: AgentSession) -> None:
        self.session = session


def test_it_stays_with_the_session_that_follows() -> None:
    studio = Studio.of(AgentSession())
    panel = TuningPanel(studio)
    later = studio.renew()
    ask(panel, "set", path="volume.level", value=70)
    assert later.tuning.volume.level == 70
    assert panel.first == Tuning()


def test_a_running_session_is_turned_at_once_and_what_it_changes_itself_is_shown() -> None:
    async def main() -> None:
        session = AgentSession()
        panel, other = TuningPanel(session), TuningPanel(session)
        await session.start(Agent())
        ask(panel, "set", path="volume.level", value=70)
        ask(panel, "set", path="volume.level", value=60)
        await asyncio.sleep(0)
        assert session.tuning.volume.level == panel.value.volume.level == other.value.volume.level == 60
        session.tuning = session.tuning.replace({"volume.level": 20})
        assert panel.value.volume.level == other.value.volume.level == 20
        assert panel._state["values"]["volume.level"] == 20
        panel.undo()
        await asyncio.sleep(0)
        assert session.tuning.volume.level == 70
        await session.aclose()
        ask(panel, "set", path="volume.level", value=50)
        assert session.tuning.volume.level == other.value.volume.level == 50

    run_virtual(main)


def test_a_closed_panel_holds_nothing() -> None:
    session = AgentSession()
    studio = Studio.of(session)
    callbacks = [studio._on_tuning, studio._on_record, studio._on_session]
    before, threads = [len(each) for each in callbacks], threading.active_count()
    for _ in range(20):
        panel = TuningPanel(session)
        panel.replace({"pronunciation.terms": {"API": "A P I"}})
        panel.close()
        panel.close()
        session.tuning = Tuning()
    assert [len(each) for each in callbacks] == before
    until(lambda: threading.active_count() == threads)


# what it refuses


def test_what_will_not_do_is_refused_at_its_setting_and_nothing_changes(told: list[dict[str, Any]]) -> None:
    panel = TuningPanel()
    for path, value, words in (
        ("endpointing.max_delay_s", 0.2, "endpointing.max_delay_s (0.2 s) is below endpointing.min_delay_s (0.5 s)"),
        ("endpointing.min_delay_s", 9, "endpointing.max_delay_s (3 s) is below endpointing.min_delay_s (9 s)"),
        ("volume.level", 120, "volume.level = 120.0 is out of its range, 0 to 100 %"),
        ("interruption.min_words", 2.5, "interruption.min_words takes a whole number, not 2.5"),
        ("preemption.trigger", "soon", "preemption.trigger is one of final, interim, not 'soon'"),
        ("volume.level", None, "volume.level takes a number, not None"),
        ("volume", 1, "there is no setting 'volume'"),
    ):
        told.clear()
        ask(panel, "set", path=path, value=value, page="a", n=7)
        (refused,) = told
        assert (refused["kind"], refused["at"]) == ("refused", path)
        assert refused["text"].startswith(words)
        assert panel._state["seen"] == {"a": 7}  # the page need not wait for it any more
    assert panel.value == Tuning()
    assert panel._state["undo"] == ""
    with pytest.raises(TuningError):
        panel.replace({"volume.level": 120})
    with pytest.raises(TuningError, match="no preset"):
        panel.apply("slow")


def test_a_step_that_cannot_be_taken_back_beside_what_others_changed_is_refused(told: list[dict[str, Any]]) -> None:
    session = AgentSession()
    panel = TuningPanel(session)
    panel.replace({"endpointing.min_delay_s": 0.2})
    Studio.of(session).replace({"endpointing.max_delay_s": 0.3})
    panel.undo()
    assert "endpointing.max_delay_s (0.3 s) is below" in told[-1]["text"]
    assert panel.value.endpointing.min_delay_s == 0.2
    Studio.of(session).replace({"endpointing.max_delay_s": 3})
    panel.undo()
    assert panel.value == Tuning()


# steps


def test_a_drag_is_one_step_and_keys_far_apart_are_several() -> None:
    panel = TuningPanel()
    for level in (90, 80, 70):
        ask(panel, "set", path="volume.level", value=level, gesture="1")
    ask(panel, "set", path="volume.level", value=60, gesture="2")
    assert panel._state["undo"] == "How loud 60 → 70 %"
    panel.undo()
    assert panel.value.volume.level == 70
    panel.undo()
    assert panel.value == Tuning()
    ask(panel, "redo")
    assert panel.value.volume.level == 70
    ask(panel, "set", path="volume.level", value=50)
    assert panel._state["redo"] == ""


def test_a_preset_is_one_step_and_stays_pressed_while_it_holds() -> None:
    panel = TuningPanel()
    assert panel._state["presets"] == ["Default"]
    ask(panel, "preset", name="Patient listener")
    assert panel._state["presets"] == ["Patient listener"]
    panel.replace({"endpointing.mode": "fixed"})
    assert panel._state["presets"] == []
    panel.undo()
    panel.undo()
    assert panel.value == Tuning()


def test_a_built_in_sound_is_the_same_choice_however_it_is_named() -> None:
    panel = BackgroundMixer(Tuning().replace({"background.ambient": "office", "background.thinking": "my/own.wav"}))
    values = panel._state["values"]
    assert values["background.ambient"] in [clip["name"] for clip in panel._clips]
    assert values["background.thinking"] == "my/own.wav"
    panel.close()


def test_what_changed_is_told_in_words() -> None:
    panel = TuningPanel(Tuning().replace({"pronunciation.terms": {"API": "A P I", "nginx": "engine x"}}))
    assert panel._state["changes"] == []
    panel.replace(
        {
            "volume.level": 70,
            "preemption.enabled": True,
            "pronunciation.terms": {"API": "a pea eye", "kubectl": "kube control"},
        }
    )
    assert [change["text"] for change in panel._state["changes"]] == [
        "How loud 100 → 70 %",
        "API",
        "+ kubectl",
        "− nginx",
        "Start before the turn ends off → on",
    ]
    panel.replace({"pronunciation.terms": {f"word {n}": "x" for n in range(500)}})
    assert sum(change["count"] for change in panel._state["changes"]) == 504
    assert len(panel._state["changes"]) == 11


PATHS = {"level": "volume.level", "min": "endpointing.min_delay_s", "max": "endpointing.max_delay_s"}
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("level"), st.integers(0, 100)),
        st.tuples(st.just("min"), st.sampled_from([0.1, 0.5, 2.0, 5.0])),
        st.tuples(st.just("max"), st.sampled_from([0.2, 1.0, 3.0, 6.0])),
        st.tuples(st.just("preset"), st.sampled_from(PRESETS)),
        st.tuples(st.just("word"), st.sampled_from(["ax", "ay", "bx"])),
        st.tuples(st.sampled_from(["undo", "redo", "reset", "reset level"]), st.none()),
    ),
    max_size=30,
)


def done_in_page(panel: TuningPanel, action: str, value: Any) -> None:
    if action in PATHS:
        ask(panel, "set", path=PATHS[action], value=value)
    elif action == "preset":
        ask(panel, "preset", name=value.name)
    elif action == "word":
        was = value[0] if value[0] in panel.value.pronunciation.terms else ""
        ask(panel, "word", was=was, row={"term": value[0], "way": "respelling", "said": value[1]})
    elif action == "reset level":
        ask(panel, "reset", path="volume.level")
    else:
        ask(panel, action)


def expected_of(now: Tuning, action: str, value: Any) -> Tuning:
    if action in PATHS:
        try:
            return now.replace({PATHS[action]: value})
        except TuningError:
            return now
    if action == "preset":
        changed: Tuning = value.apply(now)
        return changed
    if action == "word":
        return now.replace({"pronunciation.terms": {**now.pronunciation.terms, value[0]: value[1]}})
    return Tuning() if action == "reset" else now.replace({"volume.level": 100})


@settings(max_examples=60)
@given(ACTIONS, st.booleans())
def test_any_steps_there_and_back_end_where_they_should(actions: list[tuple[str, Any]], bound: bool) -> None:
    """Against a plain list of whole settings, one for each step."""
    panel = TuningPanel(AgentSession() if bound else None)
    done, undone = [Tuning()], list[Tuning]()
    for action, value in actions:
        done_in_page(panel, action, value)
        if action == "undo":
            undone += [done.pop()] if len(done) > 1 else []
        elif action == "redo":
            done += [undone.pop()] if undone else []
        elif (new := expected_of(done[-1], action, value)) != done[-1]:
            done.append(new)
            undone.clear()
        assert panel.value == done[-1]
    for expected in reversed(done[:-1]):
        panel.undo()
        assert panel.value == expected
    panel.close()


def test_a_gesture_that_ends_where_it_began_is_no_step() -> None:
    panel = TuningPanel()
    for level in (90, 100):
        ask(panel, "set", path="volume.level", value=level, gesture="drag")
    assert panel._state["undo"] == ""


# words


def rows(panel: TuningPanel) -> Iterator[tuple[str, str, str]]:
    return ((row["term"], row["way"], row["said"]) for row in panel._words)


def test_words_are_added_changed_renamed_and_taken_out(told: list[dict[str, Any]]) -> None:
    panel = PronunciationEditor()
    ask(panel, "word", was="", row={"term": "kubectl", "way": "respelling", "said": "kube control", "case": "any"})
    ask(panel, "word", was="", row={"term": "nginx", "way": "ipa", "said": "ˈɛndʒɪnˈɛks", "case": "exact"})
    ask(panel, "word", was="", row={"term": "API", "way": "say_as", "said": "characters"})
    assert list(rows(panel)) == [
        ("kubectl", "respelling", "kube control"),
        ("nginx", "ipa", "ˈɛndʒɪnˈɛks"),
        ("API", "say_as", "characters"),
    ]
    assert panel.value.pronunciation.terms["nginx"] == Entry("nginx", ipa="ˈɛndʒɪnˈɛks", case="exact")
    ask(panel, "word", was="kubectl", row={"term": "kubernetes", "way": "respelling", "said": "kuber netties"})
    assert [term for term, _, _ in rows(panel)] == ["kubernetes", "nginx", "API"]
    ask(panel, "word", was="API", row={"term": "nginx", "way": "respelling", "said": "x"})
    assert told[-1] == {
        "kind": "refused",
        "at": "pronunciation.terms/API",
        "text": "'nginx' is there already: change that row",
    }
    ask(panel, "word", was="API", row={"term": "API", "way": "ipa", "said": " "})
    assert told[-1]["text"] == "'API' has an empty ipa"
    ask(panel, "word", was="", row={"term": " ", "way": "respelling", "said": "x"})
    assert told[-1]["text"].startswith("a word is needed")
    ask(panel, "drop_word", term="nginx")
    panel.undo()
    assert [term for term, _, _ in rows(panel)] == ["kubernetes", "nginx", "API"]
    panel.close()


def test_the_linter_marks_words_and_a_voice_tells_their_sounds(told: list[dict[str, Any]]) -> None:
    panel = PronunciationEditor(Tuning().replace({"pronunciation.terms": {"API": "A P I", "api": "ay pee eye"}}))
    until(lambda: bool(panel._marks))
    assert {term: marks[0][0] for term, marks in panel._marks.items()} == {"API": "error"}
    assert "is never used: 'api' takes its place" in panel._marks["API"][0][1]
    ask(panel, "sounds", rows=[{"term": "kubectl", "way": "respelling", "said": "kube control"}])
    until(lambda: bool(told))
    assert told[0]["sounds"] == {"kubectl": {"now": "kjˈuːbɛktəl", "then": "kjˈuːb kəntɹˈoʊl", "note": ""}}
    panel.close()


# what is heard


@pytest.mark.parametrize(
    ("asked", "about"),
    [
        (
            {"what": "word", "which": "first", "row": {"term": "kubectl", "way": "respelling", "said": "kube control"}},
            "",
        ),
        ({"what": "word", "which": "now", "row": {"term": "kubectl", "way": "ipa", "said": "kjˈuːb"}}, ""),
        ({"what": "sentence", "which": "now"}, "LUFS"),
        ({"what": "clip", "path": "background.thinking"}, "LUFS"),
        ({"what": "mix"}, ""),
    ],
)
def test_sounds_come_as_wav_files(told: list[dict[str, Any]], asked: dict[str, Any], about: str) -> None:
    background = {"background.ambient": "office", "background.thinking": "keyboard_typing2"}
    panel = TuningPanel(Tuning().replace(background), sample="Hello.")
    ask(panel, "hear", id="1", **asked)
    until(lambda: bool(told))
    assert told[0]["kind"] == "sound", told[0]
    assert told[0]["id"] == "1"
    assert about in told[0]["about"]
    (wav,) = told[0]["buffers"]
    assert wav[:4] == b"RIFF"
    assert len(wav) > 10_000
    panel.close()


def test_the_volume_is_heard_now_and_as_it_was(told: list[dict[str, Any]]) -> None:
    panel = TuningPanel(sample="Hello there.")
    panel.replace({"volume.level": 50})
    for which in ("first", "now"):
        ask(panel, "hear", id=which, what="sentence", which=which)
    until(lambda: len(told) == 2)
    first, now = (float(one["about"].split()[0].replace("−", "-")) for one in told)
    assert first - now == pytest.approx(6.0, abs=0.15)
    panel.close()


def test_a_sound_that_cannot_be_made_says_why(told: list[dict[str, Any]]) -> None:
    panel = TuningPanel(Tuning().replace({"background.ambient": "nix.wav"}))
    assert panel._state["warnings"] == {
        "background.ambient": "there is no file nix.wav, and no built-in sound of that name"
    }
    ask(panel, "hear", id="1", what="clip", path="background.ambient")
    ask(panel, "hear", id="2", what="clip", path="background.thinking")
    ask(panel, "hear", id="3", what="word", row={"term": "API", "way": "respelling", "said": ""})
    until(lambda: len(told) == 3)
    assert [one["kind"] for one in told] == ["unheard"] * 3
    assert "no built-in clip" in told[0]["text"]
    assert told[1]["text"] == "no sound is chosen"
    assert "says nothing" in told[2]["text"]
    panel.close()


def test_the_voice_of_a_running_session_speaks_on_its_loop(told: list[dict[str, Any]]) -> None:
    from kit.models import EspeakTTS
    from kit.timing.loop_thread import LoopThread

    loops: list[asyncio.AbstractEventLoop] = []
    espeak = EspeakTTS()

    async def tts(text: Any) -> Any:
        loops.append(asyncio.get_running_loop())
        async for frame in espeak(text):
            yield frame

    tts.sample_rate = espeak.sample_rate  # type: ignore[attr-defined]
    thread = LoopThread()
    session = AgentSession(tts=tts)  # type: ignore[arg-type]
    thread.run(session.start(Agent())).result(20)
    panel = TuningPanel(session)
    ask(panel, "hear", id="1", what="sentence", which="now")
    until(lambda: bool(told))
    assert told[0]["kind"] == "sound"
    assert loops == [thread.loop]
    panel.close()
    thread.run(session.aclose()).result(20)
    thread.stop()
