"""The user's voice and the agent's at once."""

from __future__ import annotations

from tests.peers.scenario import (
    AgentScript,
    Answer,
    App,
    GenerateReply,
    Interrupt,
    Join,
    Models,
    Pause,
    Say,
    Scenario,
    Settings,
    Speech,
)

LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
STORY = (App(1.0, (Say(LONG),)),)
"""Heard from 1.2 s to 7.73 s."""
STUBBORN = (App(1.0, (Say(LONG, allow_interruptions=False),)),)
NO_RESUME = Settings(resume=False)
SHORT = Say("Just a moment.")

BARGE_INS = (
    Scenario("barge-in: a question", user=(Speech(3.0, 1.5, "stop it now please"),), app=STORY),
    Scenario(
        "barge-in: a question, nothing is resumed",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=STORY,
        settings=NO_RESUME,
    ),
    Scenario(
        "barge-in: a question, preemption on",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=STORY,
        settings=Settings(preemption="on"),
    ),
    Scenario(
        "barge-in: a question, preemption on, nothing is resumed",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=STORY,
        settings=Settings(preemption="on", resume=False),
    ),
    Scenario(
        "barge-in: words known while the user still speaks",
        user=(Speech(3.0, 2.5, "stop it now please and listen"),),
        app=STORY,
        models=Models(interim=True),
    ),
    Scenario(
        "barge-in: into the answer to a question",
        user=(Speech(0.5, 1.0), Speech(3.5, 1.2, "and in rome")),
        answers=(("what is the weather", Answer(LONG)),),
    ),
    Scenario(
        "barge-in: twice",
        user=(Speech(3.0, 1.0, "stop it"), Speech(6.0, 1.0, "no really")),
        app=STORY,
        answers=(("stop it", Answer(LONG)),),
        until_s=14.0,
    ),
    Scenario(
        "barge-in: as shipped",
        user=(Speech(2.0, 1.2, "stop it now please"),),
        app=STORY,
        settings=Settings(as_shipped=True),
    ),
    Scenario(
        "barge-in: a TTS that does not tell when words are said",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=STORY,
        models=Models(aligned_words=False),
    ),
    Scenario(
        "barge-in: interruptions are turned off",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=STORY,
        settings=Settings(interruptions=False),
    ),
    Scenario("barge-in: just before the end", user=(Speech(7.0, 1.5, "stop it now please"),), app=STORY),
    Scenario("barge-in: a short word", user=(Speech(3.0, 0.4, "stop"),), app=STORY, models=Models(d_vad_s=0.05)),
    Scenario("barge-in: words far behind", user=(Speech(3.0, 1.0, "stop it"),), app=STORY, models=Models(d_stt_s=1.2)),
    Scenario(
        "barge-in: its words come when nothing is paused any more",
        user=(Speech(3.0, 0.8, "stop it"),),
        app=STORY,
        models=Models(d_stt_s=3.2),
    ),
)

FALSE_ONES = (
    Scenario("false: a cough", user=(Speech(3.0, 0.2, ""),), app=STORY, models=Models(d_vad_s=0.2)),
    Scenario("false: a cough, and the VAD is slow to hear its end", user=(Speech(3.0, 0.3, ""),), app=STORY),
    Scenario("false: a longer sound without words", user=(Speech(3.0, 0.8, ""),), app=STORY, until_s=14.0),
    Scenario("false: a longer sound, nothing is resumed", user=(Speech(3.0, 0.8, ""),), app=STORY, settings=NO_RESUME),
    Scenario(
        "false: resumed sooner",
        user=(Speech(3.0, 0.8, ""),),
        app=STORY,
        settings=Settings(resume_after_s=0.5),
    ),
    Scenario(
        "false: two sounds without words",
        user=(Speech(3.0, 0.8, ""), Speech(5.0, 0.8, "")),
        app=STORY,
        until_s=16.0,
    ),
    Scenario(
        "false: a sound, and then words",
        user=(Speech(3.0, 0.8, ""), Speech(4.6, 0.8, "stop it")),
        app=STORY,
    ),
    Scenario(
        "false: paused, and the application interrupts",
        user=(Speech(3.0, 0.8, ""),),
        app=(*STORY, App(4.5, (Interrupt(),))),
    ),
    Scenario(
        "false: paused, and the application says something",
        user=(Speech(3.0, 0.8, ""),),
        app=(*STORY, App(4.5, (SHORT,))),
        until_s=14.0,
    ),
    Scenario(
        "false: a sound while the answer is being made",
        user=(Speech(0.5, 1.0), Speech(2.2, 0.3, "")),
        models=Models(ttft_s=1.5),
    ),
    Scenario(
        "false: a long sound while the answer is being made",
        user=(Speech(0.5, 1.0), Speech(2.2, 1.0, "")),
        models=Models(ttft_s=0.8),
    ),
    Scenario(
        "false: a sound while a speech is about to be heard",
        user=(Speech(1.1, 0.8, ""),),
        app=STORY,
        models=Models(ttfb_s=0.5),
    ),
    Scenario("false: the sound ends as the agent does", user=(Speech(7.2, 0.8, ""),), app=STORY, until_s=14.0),
)

WORD_COUNTS = tuple(
    Scenario(
        f"words: {words!r} where {least} are needed{', interim words' if interim else ''}",
        user=(Speech(3.0, 1.0, words),),
        app=STORY,
        settings=Settings(min_words=least),
        models=Models(interim=interim),
    )
    for words, least, interim in (
        ("okay", 2, False),
        ("please stop", 2, False),
        ("please stop now and here", 2, True),
        ("okay", 2, True),
    )
)

ANSWERS = (
    Scenario(
        "answer: a new question while the LLM thinks",
        user=(Speech(0.5, 1.0, "first question"), Speech(2.4, 1.0, "second question")),
        models=Models(ttft_s=3.0),
    ),
    Scenario(
        "answer: a new question while the LLM thinks, preemption on",
        user=(Speech(0.5, 1.0, "first question"), Speech(2.4, 1.0, "second question")),
        models=Models(ttft_s=3.0),
        settings=Settings(preemption="on"),
    ),
    Scenario(
        "answer: a new question while the voice is made",
        user=(Speech(0.5, 1.0, "first question"), Speech(2.6, 1.0, "second question")),
        models=Models(ttfb_s=3.0),
    ),
    Scenario(
        "answer: a new question while the hook runs",
        user=(Speech(0.5, 1.0, "first question"), Speech(2.2, 0.8, "second question")),
        agent=AgentScript(hook=(Pause(2.0),)),
    ),
    Scenario(
        "answer: a short remark while the LLM thinks, too few words",
        user=(Speech(0.5, 1.0), Speech(2.4, 0.6, "okay")),
        models=Models(ttft_s=3.0),
        settings=Settings(min_words=2),
    ),
)

UNINTERRUPTIBLE = (
    Scenario("uninterruptible: a question during it", user=(Speech(3.0, 1.5, "stop it now please"),), app=STUBBORN),
    Scenario(
        "uninterruptible: a question during it, words known after its end",
        user=(Speech(6.0, 1.2, "stop it now please"),),
        app=STUBBORN,
        models=Models(d_stt_s=0.8),
    ),
    Scenario(
        "uninterruptible: a question that goes on after its end",
        user=(Speech(7.0, 1.5, "stop it now please"),),
        app=STUBBORN,
        until_s=14.0,
    ),
    Scenario(
        "uninterruptible: a question that began before it",
        user=(Speech(0.5, 1.5, "what is the weather"),),
        app=STUBBORN,
        until_s=14.0,
    ),
    Scenario("uninterruptible: the application interrupts", app=(*STUBBORN, App(3.0, (Interrupt(),)))),
    Scenario(
        "uninterruptible: the application interrupts by force", app=(*STUBBORN, App(3.0, (Interrupt(force=True),)))
    ),
    Scenario(
        "uninterruptible: the application interrupts, not by force",
        app=(*STUBBORN, App(3.0, (Interrupt(force=False),))),
    ),
    Scenario(
        "uninterruptible: its handle is interrupted by force",
        app=(App(1.0, (Say(LONG, allow_interruptions=False), Pause(2.0), Interrupt(speech=0, force=True))),),
    ),
    Scenario(
        "uninterruptible: its handle is interrupted",
        app=(App(1.0, (Say(LONG, allow_interruptions=False), Pause(2.0), Interrupt(speech=0))),),
    ),
    Scenario(
        "uninterruptible: queued behind one that is interrupted",
        app=(
            App(1.0, (Say(LONG), Say("This must be said.", allow_interruptions=False), SHORT)),
            App(3.0, (Interrupt(),)),
        ),
    ),
    Scenario(
        "uninterruptible: queued behind one that is interrupted, not by force",
        app=(
            App(1.0, (Say(LONG), Say("This must be said.", allow_interruptions=False), SHORT)),
            App(3.0, (Interrupt(force=False),)),
        ),
    ),
    Scenario(
        "uninterruptible: asked for while the user speaks",
        user=(Speech(0.5, 2.0),),
        app=(App(1.0, (Say("This must be said.", allow_interruptions=False),)),),
    ),
)

BY_THE_APPLICATION = (
    Scenario("interrupt(): a speech", app=(*STORY, App(3.0, (Interrupt(),)))),
    Scenario(
        "interrupt(): a speech and what is queued behind it",
        app=(App(1.0, (Say(LONG), SHORT)), App(3.0, (Interrupt(),))),
    ),
    Scenario("interrupt(): nothing is said", app=(App(1.0, (Interrupt(),)),), until_s=3.0),
    Scenario("interrupt(): before it is heard", app=(App(1.0, (Say(LONG),)), App(1.1, (Interrupt(),)))),
    Scenario("interrupt(): while the LLM thinks", app=(App(1.0, (GenerateReply("hello"),)), App(1.2, (Interrupt(),)))),
    Scenario(
        "interrupt(): while an attempt is made",
        user=(Speech(0.5, 1.0),),
        app=(App(1.8, (Interrupt(),)),),
        settings=Settings(preemption="on"),
    ),
    Scenario(
        "handle.interrupt(): the one that is heard",
        app=(App(1.0, (Say(LONG), SHORT, Pause(2.0), Interrupt(speech=0))),),
    ),
    Scenario(
        "handle.interrupt(): the one that waits",
        app=(App(1.0, (Say(LONG), SHORT, Pause(2.0), Interrupt(speech=1), Join())),),
    ),
)

CASES = (*BARGE_INS, *FALSE_ONES, *WORD_COUNTS, *ANSWERS, *UNINTERRUPTIBLE, *BY_THE_APPLICATION)
