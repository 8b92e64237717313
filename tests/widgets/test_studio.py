"""What the widgets on one session share: its settings from any thread, and the session that follows it."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref

import pytest

from kit import Agent, AgentSession, Tuning
from kit.session.records import Record, TuningChanged
from kit.tuning import TuningError
from kit.widgets.studio import Studio


def test_one_studio_for_a_session_and_for_those_that_follow_it() -> None:
    session = AgentSession()
    studio = Studio.of(session)
    followed: list[AgentSession] = []
    studio.on_session(followed.append)
    later = studio.renew()
    assert Studio.of(session) is Studio.of(later) is studio
    assert studio.session is later
    assert followed == [later]
    assert Studio.of(AgentSession()) is not studio


def test_a_session_that_follows_has_the_models_settings_and_callbacks_of_the_last_one() -> None:
    async def llm(*_: object, **__: object) -> None: ...

    heard: list[object] = []
    session = AgentSession(llm=llm, userdata={"a": 1}, user_away_timeout=3.0, seed=7)  # type: ignore[arg-type]
    session.on("close", heard.append)
    studio = Studio.of(session)
    studio.replace({"volume.level": 30})
    later = studio.renew()
    assert (later.llm, later.userdata, later.user_away_timeout, later.seed) == (llm, {"a": 1}, 3.0, 7)
    assert later.tuning.volume.level == 30
    later.emit("close", "bye")
    assert heard == ["bye"]


def test_settings_of_a_session_that_does_not_run_are_changed_at_once_and_told() -> None:
    session = AgentSession()
    studio = Studio.of(session)
    told: list[Tuning] = []
    stop = studio.on_tuning(told.append)
    studio.replace({"volume.level": 50})
    studio.replace({"volume.level": 50})
    assert session.tuning.volume.level == 50
    assert told == [session.tuning]
    stop()
    studio.set_tuning(Tuning())
    assert len(told) == 1
    assert studio.first_tuning == Tuning()


def test_a_wrong_setting_is_refused_where_it_is_asked_for() -> None:
    studio = Studio.of(AgentSession())
    with pytest.raises(TuningError, match=r"volume\.level"):
        studio.replace({"volume.level": 300})
    assert studio.tuning == Tuning()


def test_a_running_session_is_changed_on_its_own_loop_and_every_change_counts() -> None:
    session = AgentSession()
    studio = Studio.of(session)
    records: list[Record] = []
    threads: list[str] = []
    studio.on_record(records.append)
    studio.on_tuning(lambda tuning: threads.append(threading.current_thread().name))
    thread = studio.thread
    thread.run(session.start(Agent())).result(10)
    for level in range(100):
        studio.replace({"volume.level": level})
        studio.replace({"endpointing.min_delay_s": level / 100})
    thread.run(asyncio.sleep(0)).result(10)
    assert session.tuning.get("volume.level") == 99
    assert session.tuning.get("endpointing.min_delay_s") == 0.99
    assert len([record for record in records if type(record) is TuningChanged]) == 200
    assert threads == ["kit-session"] * 200
    thread.run(session.aclose()).result(10)
    studio.replace({"volume.level": 1})
    assert session.tuning.get("volume.level") == 1
    studio.stop_threads()


def test_a_callback_that_raises_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    studio = Studio.of(AgentSession())
    told: list[Tuning] = []
    studio.on_tuning(lambda tuning: 1 / 0)
    studio.on_tuning(told.append)
    studio.replace({"volume.level": 50})
    assert len(told) == 1
    assert "a widget's callback raised" in caplog.text


def test_nothing_is_kept_of_a_session_that_nobody_holds() -> None:
    session = AgentSession()
    studio = Studio.of(session)
    later = studio.renew()
    gone = [weakref.ref(session), weakref.ref(later), weakref.ref(studio)]
    del session, later, studio
    gc.collect()
    assert [reference() for reference in gone] == [None, None, None]
