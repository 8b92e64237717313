"""The models of a play: simulated, broken as it says, and watched: what is asked of them, and whose sound it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from livekit.rtc import AudioFrame

from kit.chat import ChatContext, FunctionCall
from kit.models.simulated import Reply, SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD, faulty
from kit.ports import ChatChunk, ToolChoice
from tests.session.any_order.cast import Mischief, for_ever
from tests.session.any_order.plan import Plan

if TYPE_CHECKING:
    from tests.session.any_order.stage import Stage


def models_of(plan: Plan, stage: Stage) -> dict[str, Any]:
    models: dict[str, Any] = {
        "stt": SimulatedSTT(plan.d_stt, interim=plan.interim),
        "vad": SimulatedVAD(plan.d_vad),
        "llm": SimulatedLLM(_replies(plan, stage), ttft=plan.ttft, tokens_per_s=20.0),
        "tts": SimulatedTTS(plan.ttfb),
    }
    models.pop(plan.missing, None)
    for fault in plan.faults:
        if fault.model in models:
            models[fault.model] = faulty(models[fault.model], fault.kind, at=fault.calls, after=fault.after)  # type: ignore[arg-type]
    if "llm" in models:
        models["llm"] = _noting_prompts(models["llm"], stage)
    if "tts" in models:
        models["tts"] = _Tagging(models["tts"], stage)
    return models


def _replies(plan: Plan, stage: Stage) -> Callable[[ChatContext], Reply]:
    def reply(_: ChatContext) -> Reply:
        number = stage.number("Answer")
        answer = plan.answers[number % len(plan.answers)]
        sentences = [f"Answer-{number} has words.", "This is a sentence.", "And this is another one."]
        text = " ".join(sentences[: answer.sentences])
        return Reply(text, tuple(FunctionCall("", tool, "{}") for tool in answer.tools))

    return reply


def _noting_prompts(llm: Any, stage: Stage) -> Any:
    def ask(
        chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: ToolChoice = "auto"
    ) -> AsyncIterable[ChatChunk]:
        stage.prompts.append(chat_ctx.copy())
        chunks: AsyncIterable[ChatChunk] = llm(chat_ctx, tools, tool_choice=tool_choice)
        return chunks

    return ask


class _Tagging:
    """A TTS whose frames tell of which request they are."""

    def __init__(self, tts: Any, stage: Stage) -> None:
        self.sample_rate = tts.sample_rate
        self._tts = tts
        self._stage = stage

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncGenerator[AudioFrame, None]:
        tag = self._stage.tag("request")
        frames = self._tts(text)
        try:
            async for frame in frames:
                frame.userdata.update(tag)
                yield frame
        finally:
            await frames.aclose()


class _ByWords:
    unlikely_threshold = 0.5

    def __init__(self, delay_s: float, answers: Sequence[Any]) -> None:
        self._delay_s = delay_s
        self._answers = answers
        self._asked = 0

    async def predict_end_of_turn(self, chat_ctx: ChatContext, /) -> float:
        return await self._answer()

    async def _answer(self) -> float:
        answer = self._answers[self._asked % len(self._answers)]
        self._asked += 1
        await asyncio.sleep(self._delay_s)
        if answer == "raise":
            raise Mischief("the turn detector broke")
        if answer == "hang":
            await for_ever()
        return float(answer)


class _BySound:
    unlikely_threshold = 0.5
    window_s = 2.0

    def __init__(self, delay_s: float, answers: Sequence[Any]) -> None:
        self._detector = _ByWords(delay_s, answers)

    async def predict_end_of_turn_from_audio(self, audio: Sequence[AudioFrame], /) -> float:
        return await self._detector._answer()


def detection_of(plan: Plan) -> Any:
    detector = plan.detector
    if detector.kind == "words":
        return _ByWords(detector.delay_s, detector.answers)
    if detector.kind == "sound":
        return _BySound(detector.delay_s, detector.answers)
    return detector.kind
