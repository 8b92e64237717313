"""When the user's turn is over, and when the answer to it begins."""

from __future__ import annotations

from tests.peers.scenario import (
    AgentScript,
    App,
    ClearTurn,
    CommitTurn,
    Instruct,
    Models,
    Retune,
    Scenario,
    Settings,
    Speech,
)

QUESTION = (Speech(0.5, 1.0),)
ON = Settings(preemption="on")
WITH_TTS = Settings(preemption="on+tts")
MANUAL = Settings(turn_detection="manual")
MODEL = Settings(turn_detection="model")
IN_TWO = (Speech(0.5, 0.6, "what is"), Speech(1.5, 0.8, "the weather"))
"""A pause of 0.4 s in it, of which the VAD hears, and the recogniser too."""

TIMING = tuple(
    Scenario(
        f"timing: transcript after {round(d_stt_s * 1000)} ms, preemption {preemption}",
        user=QUESTION,
        settings=Settings(preemption=preemption),
        models=Models(d_stt_s=d_stt_s),
        until_s=6.0,
    )
    for d_stt_s in (0.1, 0.2, 0.4, 0.7)
    for preemption in ("off", "on", "on+tts")
)

ENDS = (
    Scenario("turn: transcript long after the end of speech", user=QUESTION, models=Models(d_stt_s=1.5, d_vad_s=0.3)),
    Scenario("turn: end of speech long after the transcript", user=QUESTION, models=Models(d_stt_s=0.1, d_vad_s=1.2)),
    Scenario("turn: two finals, preemption off", user=IN_TWO, models=Models(d_vad_s=0.2)),
    Scenario("turn: two finals, preemption on", user=IN_TWO, models=Models(d_vad_s=0.2), settings=ON),
    Scenario(
        "turn: two finals, the second known after the turn could have ended",
        user=(Speech(0.5, 0.6, "what is"), Speech(1.3, 0.3, "the weather")),
        models=Models(d_stt_s=0.9, d_vad_s=0.1),
    ),
    Scenario(
        "turn: a hesitation longer than the endpointing delay",
        user=(Speech(0.5, 0.6, "what is"), Speech(1.8, 0.8, "the weather")),
        models=Models(d_vad_s=0.2),
    ),
    Scenario("turn: interim words, preemption off", user=QUESTION, models=Models(interim=True)),
    Scenario("turn: interim words, preemption on", user=QUESTION, models=Models(interim=True), settings=ON),
    Scenario("turn: a sound without words", user=(Speech(0.5, 0.8, ""),), until_s=8.0),
    Scenario("turn: words, and then a sound without words", user=(Speech(0.5, 1.0), Speech(1.7, 0.6, ""))),
    Scenario("turn: ended by the recogniser", user=QUESTION, settings=Settings(turn_detection="stt")),
    Scenario(
        "turn: ended by the recogniser, preemption on",
        user=QUESTION,
        settings=Settings(turn_detection="stt", preemption="on"),
    ),
    Scenario("turn: no wait at all", user=QUESTION, settings=Settings(min_delay_s=0.0), models=Models(d_vad_s=0.1)),
    Scenario("turn: as shipped", user=QUESTION, settings=Settings(as_shipped=True)),
    Scenario(
        "turn: an endpointing delay that adapts to the pauses",
        user=(*IN_TWO, Speech(6.0, 0.6, "and"), Speech(7.05, 0.6, "in"), Speech(8.1, 0.6, "rome")),
        models=Models(d_vad_s=0.2),
        settings=Settings(endpointing="dynamic"),
        until_s=14.0,
    ),
)

RETUNED = (
    Scenario("tuned: a shorter delay before the turn", user=QUESTION, app=(App(0.2, (Retune(0.1),)),)),
    Scenario("tuned: a shorter delay while the silence is waited for", user=QUESTION, app=(App(1.92, (Retune(0.1),)),)),
    Scenario("tuned: a longer delay while the silence is waited for", user=QUESTION, app=(App(1.92, (Retune(1.5),)),)),
)

DETECTOR = (
    Scenario("detector: the turn is likely over", user=QUESTION, settings=MODEL, models=Models(end_of_turn=(0.9,))),
    Scenario("detector: the turn is unlikely over", user=QUESTION, settings=MODEL, models=Models(end_of_turn=(0.05,))),
    Scenario(
        "detector: unlikely, then more words and likely",
        user=(Speech(0.5, 0.6, "what is"), Speech(2.2, 0.8, "the weather")),
        settings=MODEL,
        models=Models(end_of_turn=(0.05, 0.05, 0.9), d_vad_s=0.2),
    ),
    Scenario(
        "detector: likely over, it takes 0.4 s",
        user=QUESTION,
        settings=MODEL,
        models=Models(end_of_turn=(0.9,), d_detector_s=0.4),
    ),
    Scenario(
        "detector: unlikely over, and the user says no more",
        user=QUESTION,
        settings=Settings(turn_detection="model", max_delay_s=1.5, preemption="on"),
        models=Models(end_of_turn=(0.05,)),
    ),
    Scenario(
        "detector: likely over, preemption on",
        user=QUESTION,
        settings=Settings(turn_detection="model", preemption="on"),
        models=Models(end_of_turn=(0.9,)),
    ),
)

MANUALLY = (
    Scenario("manual: committed after the words", user=QUESTION, settings=MANUAL, app=(App(3.0, (CommitTurn(),)),)),
    Scenario(
        "manual: committed before the words are known",
        user=QUESTION,
        settings=MANUAL,
        models=Models(d_stt_s=0.6),
        app=(App(1.7, (CommitTurn(),)),),
    ),
    Scenario(
        "manual: committed while the user speaks", user=QUESTION, settings=MANUAL, app=(App(1.0, (CommitTurn(),)),)
    ),
    Scenario("manual: committed without words", settings=MANUAL, app=(App(1.0, (CommitTurn(),)),)),
    Scenario(
        "manual: cleared, then another question",
        user=(Speech(0.5, 1.0, "never mind"), Speech(4.0, 1.0, "what is the weather")),
        settings=MANUAL,
        app=(App(3.0, (ClearTurn(),)), App(6.0, (CommitTurn(),))),
    ),
    Scenario(
        "manual: cleared before the words are known",
        user=(Speech(0.5, 1.0, "never mind"), Speech(4.0, 1.0, "what is the weather")),
        settings=MANUAL,
        models=Models(d_stt_s=0.8),
        app=(App(1.8, (ClearTurn(),)), App(7.0, (CommitTurn(),))),
    ),
    Scenario(
        "manual: never committed",
        user=QUESTION,
        settings=Settings(turn_detection="manual", preemption="on"),
        until_s=6.0,
    ),
    Scenario(
        "manual: preemption on, committed after the words",
        user=QUESTION,
        settings=Settings(turn_detection="manual", preemption="on"),
        app=(App(3.0, (CommitTurn(),)),),
    ),
    Scenario("vad: committed by hand too", user=QUESTION, app=(App(1.75, (CommitTurn(),)),)),
    Scenario("vad: cleared by hand", user=QUESTION, app=(App(1.8, (ClearTurn(),)),)),
)

ATTEMPTS = (
    Scenario(
        "attempt: thrown away, the hook adds to the context",
        user=QUESTION,
        agent=AgentScript(hook_adds="The user is in Paris."),
        settings=ON,
    ),
    Scenario(
        "attempt: thrown away, the hook rewrites the words",
        user=QUESTION,
        agent=AgentScript(hook_rewrites="what is the weather in Paris"),
        settings=ON,
    ),
    Scenario(
        "attempt: kept, the hook adds punctuation",
        user=QUESTION,
        agent=AgentScript(hook_rewrites="What is the weather?"),
        settings=ON,
    ),
    Scenario(
        "attempt: thrown away, the instructions have changed",
        user=QUESTION,
        settings=ON,
        app=(App(1.8, (Instruct("Be long."),)),),
    ),
    Scenario(
        "attempt: thrown away, no reply is wanted", user=QUESTION, agent=AgentScript(hook_raises="stop"), settings=ON
    ),
    Scenario("attempt: thrown away, the hook fails", user=QUESTION, agent=AgentScript(hook_raises="bug"), settings=ON),
    Scenario(
        "attempt: with its speech, thrown away",
        user=QUESTION,
        agent=AgentScript(hook_adds="The user is in Paris."),
        settings=WITH_TTS,
    ),
    Scenario(
        "attempt: none after a long speech",
        user=(Speech(0.5, 2.0),),
        settings=Settings(preemption="on", max_attempt_speech_s=1.5),
    ),
    Scenario(
        "attempt: no more than one",
        user=IN_TWO,
        settings=Settings(preemption="on", max_attempts=1),
        models=Models(d_vad_s=0.2),
    ),
    Scenario("attempt: it fails", user=QUESTION, settings=ON, models=Models(llm_fault=("raise", (0,), 0))),
    Scenario(
        "attempt: it fails after some words", user=QUESTION, settings=ON, models=Models(llm_fault=("raise", (0,), 2))
    ),
    Scenario("attempt: it is empty", user=QUESTION, settings=ON, models=Models(llm_fault=("empty", (0,), 0))),
    Scenario(
        "attempt: thrown away, the user goes on speaking",
        user=(Speech(0.5, 0.6, "what is"), Speech(1.35, 0.8, "the weather")),
        settings=ON,
        models=Models(d_stt_s=0.1, d_vad_s=0.1),
    ),
)

CASES = (*TIMING, *ENDS, *RETUNED, *DETECTOR, *MANUALLY, *ATTEMPTS)
