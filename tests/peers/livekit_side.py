"""Runs scenarios through livekit-agents, in virtual time. The clocks must be patched before this is imported."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import Any

from livekit import rtc
from livekit.agents import Agent, AgentSession, RunContext, StopResponse, function_tool
from livekit.agents.llm import ToolError
from livekit.agents.voice import io
from livekit.agents.voice.transcription import TranscriptSynchronizer

from kit.timing import run_virtual
from kit.timing.virtual import VirtualTimeDeadlock
from kit.transports.playout import PacedOutput
from kit.transports.simulated import SimulatedUser
from tests.peers.acts import Stage, perform
from tests.peers.cast import Party, make_agent
from tests.peers.engines import Engines, engines
from tests.peers.livekit_engines import Chat, SpeechToText, TurnDetector, Voice, VoiceActivity, kit_item
from tests.peers.record import Outcome, Record, now
from tests.peers.scenario import Scenario, Settings

FRAME_S = 0.05


class Microphone(io.AudioInput):
    def __init__(self, user: SimulatedUser) -> None:
        super().__init__(label="microphone")
        self._frames = aiter(user)

    async def __anext__(self) -> rtc.AudioFrame:
        return await anext(self._frames)


class Loudspeaker(io.AudioOutput):
    """The kit's loudspeaker, which keeps time and can pause, behind livekit-agents' own interface."""

    def __init__(self, output: PacedOutput) -> None:
        super().__init__(label="loudspeaker", capabilities=io.AudioOutputCapabilities(pause=True))
        self._output = output
        self._begun = self._cleared = False
        self._waiting: set[asyncio.Task[None]] = set()
        output.on_playback_started = lambda _: self.on_playback_started(created_at=time.time())  # noqa: TID251  (follows the loop)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self._begun, self._cleared = True, False
        await self._output.capture_frame(frame)

    def flush(self) -> None:
        super().flush()
        if self._begun:
            self._begun = False
            self._output.flush()
            task = asyncio.create_task(self._wait())
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def _wait(self) -> None:
        played_s = await self._output.wait_for_playout()
        self.on_playback_finished(playback_position=played_s, interrupted=self._cleared)

    def clear_buffer(self) -> None:
        self._cleared = True
        self._output.clear_buffer()
        self.flush()

    def pause(self) -> None:
        super().pause()
        self._output.pause()

    def resume(self) -> None:
        super().resume()
        self._output.resume()


class Log(logging.Handler):
    """Counts the attempts that are used, of which livekit-agents tells only its log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.adopted = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.adopted += record.getMessage() == "using preemptive generation"


def options(settings: Settings, detector: Any) -> dict[str, Any]:
    """The settings by livekit-agents' names."""
    detection = TurnDetector(detector) if settings.turn_detection == "model" else settings.turn_detection
    if settings.as_shipped:
        return {"turn_handling": {"turn_detection": detection}}
    return {
        "turn_handling": {
            "turn_detection": detection,
            "endpointing": {
                "mode": settings.endpointing,
                "min_delay": settings.min_delay_s,
                "max_delay": settings.max_delay_s,
            },
            "interruption": {
                "enabled": settings.interruptions,
                "min_duration": settings.min_interruption_s,
                "min_words": settings.min_words,
                "resume_false_interruption": settings.resume,
                "false_interruption_timeout": settings.resume_after_s,
            },
            "preemptive_generation": {
                "enabled": settings.preemption != "off",
                "preemptive_tts": settings.preemption == "on+tts",
                "max_retries": settings.max_attempts,
                "max_speech_duration": settings.max_attempt_speech_s,
            },
        },
        "max_tool_steps": settings.max_tool_steps,
        "user_away_timeout": settings.away_after_s,
        "aec_warmup_duration": None,
    }


def run(scenario: Scenario) -> Outcome:
    """The outcome, also of a session that waits for itself and can never be closed."""
    outcomes: list[Outcome] = []
    try:
        run_virtual(lambda: _hold(scenario, outcomes))
    except (VirtualTimeDeadlock, RecursionError):
        if not outcomes:
            raise
    return outcomes[0]


async def _hold(scenario: Scenario, outcomes: list[Outcome]) -> None:
    record, made, log = Record(now), engines(scenario), Log()
    library = logging.getLogger("livekit.agents")
    library.addHandler(log)
    user = SimulatedUser(block_s=FRAME_S)
    for speech in scenario.user:
        user.speak(speech.text, speech.duration_s, at=now() + speech.at_s)
    output = PacedOutput(on_played=record.played)
    session = _session(scenario, made)
    synchroniser = TranscriptSynchronizer(next_in_chain_audio=Loudspeaker(output), next_in_chain_text=None)
    session.input.audio = Microphone(user)
    session.output.audio = synchroniser.audio_output
    session.output.transcription = synchroniser.text_output

    def set_min_delay(delay_s: float) -> None:
        session.update_options(endpointing_opts={"min_delay": delay_s})

    party = _party(record, aligned=scenario.models.aligned_words)
    stage = Stage(session, record, partial(make_agent, party), set_min_delay, made)
    _listen(session, record)
    begin = now()
    await session.start(stage.make_agent(scenario.agent, stage))
    tasks = [asyncio.create_task(_app(stage, begin + app.at_s, app.acts)) for app in scenario.app]
    await asyncio.sleep(begin + scenario.until_s - now())
    output.settle()
    _finish(session, record, made, log)
    for task in tasks:
        task.cancel()
    library.removeHandler(log)
    outcomes.append({name: list(lines) for name, lines in record.lines.items()})
    await session.aclose()
    await synchroniser.aclose()


def _session(scenario: Scenario, made: Engines) -> AgentSession[Any]:
    models = scenario.models
    return AgentSession(
        stt=SpeechToText(made.stt),
        vad=VoiceActivity(made.vad, frame_s=FRAME_S),
        **({} if made.llm is None else {"llm": Chat(made.llm)}),
        **({} if made.tts is None else {"tts": Voice(made.tts, aligned=models.aligned_words)}),
        use_tts_aligned_transcript=models.aligned_words,
        **options(scenario.settings, made.turn_detector),
    )


def _party(record: Record, *, aligned: bool) -> Party:
    class NotingAgent(Agent):
        """Notes the user's turns: that its hook is asked is how an application learns of one."""

        async def on_user_turn_completed(self, turn_ctx: Any, new_message: Any) -> None:
            record.add("turns", new_message.text_content or "")

    return Party(
        NotingAgent,
        RunContext,
        StopResponse,
        ToolError,
        function_tool,
        notes_turns=True,
        as_llm=Chat,
        as_tts=partial(Voice, aligned=aligned),
    )


async def _app(stage: Stage, at: float, acts: Any) -> None:
    await asyncio.sleep(at - now())
    await perform(stage, acts)


def _listen(session: AgentSession[Any], record: Record) -> None:
    session.on("agent_state_changed", lambda event: record.add("agent_state", event.new_state))
    session.on("user_state_changed", lambda event: record.add("user_state", event.new_state))
    session.on("error", lambda event: record.add("errors", _error(event)))
    session.on("agent_false_interruption", lambda event: record.false_interruption(event.resumed))
    session.on("conversation_item_added", lambda event: _hand_over(event.item, record))
    session.on("speech_created", lambda event: record.speech(event.speech_handle))
    session.on("function_tools_executed", lambda event: _tools(event, record))
    session.on("close", lambda event: record.add("closed", event.reason.value))


def _error(event: Any) -> str:
    kind = {SpeechToText: "stt", Chat: "llm", Voice: "tts"}.get(type(event.source), type(event.source).__name__)
    return kind if event.error.recoverable else f"{kind}!"


def _hand_over(item: Any, record: Record) -> None:
    if getattr(item, "old_agent_id", None) is not None:
        record.put("hand_overs", record.t)


def _tools(event: Any, record: Record) -> None:
    for output in event.function_call_outputs:
        record.add("tools", f"{output.name} → {output.output}{' (error)' if output.is_error else ''}")


def _finish(session: AgentSession[Any], record: Record, made: Engines, log: Log) -> None:
    record.finish(lambda handle: handle.scheduled, made.requests)
    record.put("adopted", str(log.adopted))
    for item in session.history.items:
        if (known := kit_item(item)) is not None:
            record.item(known)
