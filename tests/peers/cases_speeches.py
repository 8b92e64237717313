"""What the application has the agent say, and what becomes of it."""

from __future__ import annotations

from tests.peers.cases_interruptions import LONG
from tests.peers.scenario import (
    AgentScript,
    App,
    Close,
    Drain,
    GenerateReply,
    HandOver,
    Instruct,
    Join,
    Models,
    Pause,
    Say,
    Scenario,
    Settings,
    Shutdown,
    Speech,
)

HELLO = Say("Hello there.")
AFTER = Say("And another thing.")
STUBBORN = Say("This must be said to its end, whatever comes.", allow_interruptions=False)
QUESTION = (Speech(0.5, 1.0),)

SAYING = (
    Scenario("say: one", app=(App(1.0, (HELLO, Join())),), until_s=5.0),
    Scenario("say: three in a row", app=(App(1.0, (HELLO, AFTER, Say("Goodbye."), Join())),)),
    Scenario("say: not for the history", app=(App(1.0, (Say("Hello there.", add_to_chat_ctx=False), AFTER)),)),
    Scenario("say: nothing", app=(App(1.0, (Say(""), AFTER, Join())),)),
    Scenario("say: only punctuation", app=(App(1.0, (Say("..."), AFTER, Join())),)),
    Scenario("say: two sentences", app=(App(1.0, (Say("Hello there. And another thing."), Join())),)),
    Scenario(
        "say: text in pieces",
        app=(App(1.0, (Say(chunks=("Hello there. ", "And another ", "thing."), chunk_s=0.5), Join())),),
    ),
    Scenario(
        "say: text in pieces, slower than it is spoken",
        app=(App(1.0, (Say(chunks=("Hello. ", "And. ", "Bye."), chunk_s=1.5), Join())),),
    ),
    Scenario("say: text that fails at once", app=(App(1.0, (Say(fails=True), AFTER, Join())),)),
    Scenario(
        "say: text that fails on the way",
        app=(App(1.0, (Say(chunks=("Hello there. ", "And "), chunk_s=0.3, fails=True), AFTER, Join())),),
    ),
    Scenario("say: sound made before", app=(App(1.0, (Say("Hello there.", audio_s=1.5), AFTER, Join())),)),
    Scenario(
        "say: sound that fails", app=(App(1.0, (Say("Hello there.", audio_s=0.5, audio_fails=True), AFTER, Join())),)
    ),
    Scenario(
        "say: sound without a TTS",
        models=Models(has_tts=False),
        app=(App(1.0, (Say("Hello there.", audio_s=1.5), Join())),),
    ),
    Scenario("say: no TTS", models=Models(has_tts=False), app=(App(1.0, (HELLO,)),), until_s=4.0),
    Scenario("say: asked for while the user speaks", user=(Speech(0.5, 2.0),), app=(App(1.0, (HELLO,)),)),
    Scenario("say: asked for while the user makes a sound", user=(Speech(0.5, 2.0, ""),), app=(App(1.0, (HELLO,)),)),
    Scenario("say: asked for while an answer is being made", user=QUESTION, app=(App(2.2, (AFTER,)),)),
    Scenario("say: asked for while an answer is heard", user=QUESTION, app=(App(3.0, (AFTER,)),)),
    Scenario(
        "say: asked for while an attempt is being made",
        user=QUESTION,
        app=(App(1.8, (AFTER,)),),
        settings=Settings(preemption="on"),
    ),
    Scenario("say: markdown", app=(App(1.0, (Say("This is **very** good."), Join())),)),
    Scenario("say: a smiley", app=(App(1.0, (Say("This is good 😀 indeed."), Join())),)),
)

REPLIES = (
    Scenario("reply: nothing said before", app=(App(1.0, (GenerateReply(), Join())),)),
    Scenario("reply: to what the user wrote", app=(App(1.0, (GenerateReply("hello"), Join())),)),
    Scenario("reply: by instructions", app=(App(1.0, (GenerateReply(instructions="Greet the user."), Join())),)),
    Scenario(
        "reply: to what the user wrote, by instructions",
        app=(App(1.0, (GenerateReply("hello", "Answer in French."), Join())),),
    ),
    Scenario("reply: two at once", app=(App(1.0, (GenerateReply("first"), GenerateReply("second"), Join())),)),
    Scenario(
        "reply: queued behind a speech", app=(App(1.0, (Say(LONG), GenerateReply("hello"), Join())),), until_s=14.0
    ),
    Scenario("reply: a speech queued behind it", app=(App(1.0, (GenerateReply("hello"), AFTER, Join())),)),
    Scenario(
        "reply: uninterruptible",
        user=(Speech(2.0, 1.2, "stop it now"),),
        app=(App(1.0, (GenerateReply("hello", allow_interruptions=False),)),),
    ),
    Scenario("reply: interrupted", user=(Speech(2.0, 1.2, "stop it now"),), app=(App(1.0, (GenerateReply("hello"),)),)),
    Scenario(
        "reply: asked for while the user speaks", user=(Speech(0.5, 2.0),), app=(App(1.0, (GenerateReply("hello"),)),)
    ),
    Scenario(
        "reply: asked for while an answer is being made", user=QUESTION, app=(App(2.2, (GenerateReply("hello"),)),)
    ),
    Scenario(
        "reply: asked for while an attempt is being made",
        user=QUESTION,
        app=(App(1.8, (GenerateReply("hello"),)),),
        settings=Settings(preemption="on"),
    ),
    Scenario("reply: tool choice", app=(App(1.0, (GenerateReply("hello", tool_choice="none"), Join())),)),
    Scenario("reply: no LLM", models=Models(has_llm=False), app=(App(1.0, (GenerateReply("hello"),)),), until_s=4.0),
    Scenario(
        "reply: no TTS", models=Models(has_tts=False), app=(App(1.0, (GenerateReply("hello"), Join())),), until_s=5.0
    ),
    Scenario("turn: no LLM", user=QUESTION, models=Models(has_llm=False)),
    Scenario(
        "turn: no LLM, the hook answers",
        user=QUESTION,
        agent=AgentScript(hook=(Say("I have heard you."),)),
        models=Models(has_llm=False),
    ),
    Scenario("reply: slow words", app=(App(1.0, (GenerateReply("hello"), Join())),), models=Models(words_per_s=4.0)),
)

HOOKS = (
    Scenario(
        "hook: adds to the context",
        user=(Speech(0.5, 1.0), Speech(6.0, 1.0, "and in rome")),
        agent=AgentScript(hook_adds="The user is in Paris."),
    ),
    Scenario(
        "hook: rewrites the words", user=QUESTION, agent=AgentScript(hook_rewrites="what is the weather in Paris")
    ),
    Scenario(
        "hook: wants no reply",
        user=(Speech(0.5, 1.0), Speech(4.0, 1.0, "and in rome")),
        agent=AgentScript(hook_raises="stop"),
    ),
    Scenario(
        "hook: fails", user=(Speech(0.5, 1.0), Speech(4.0, 1.0, "and in rome")), agent=AgentScript(hook_raises="bug")
    ),
    Scenario("hook: takes a second", user=QUESTION, agent=AgentScript(hook=(Pause(1.0),))),
    Scenario(
        "hook: takes a second, preemption on",
        user=QUESTION,
        agent=AgentScript(hook=(Pause(1.0),)),
        settings=Settings(preemption="on"),
    ),
    Scenario("hook: says something itself", user=QUESTION, agent=AgentScript(hook=(Say("Let me see."),))),
    Scenario(
        "hook: says something and wants no reply",
        user=QUESTION,
        agent=AgentScript(hook=(Say("Not now."),), hook_raises="stop"),
    ),
    Scenario(
        "hook: generates a reply itself",
        user=QUESTION,
        agent=AgentScript(hook=(GenerateReply("hello"),), hook_raises="stop"),
    ),
    Scenario("hook: on_enter says something", agent=AgentScript(on_enter=(HELLO, Join()))),
    Scenario(
        "hook: on_enter generates a reply", agent=AgentScript(on_enter=(GenerateReply(instructions="Greet the user."),))
    ),
    Scenario(
        "hook: on_enter takes its time, and the user asks",
        agent=AgentScript(on_enter=(Pause(3.0), HELLO)),
        user=QUESTION,
    ),
    Scenario("hook: the instructions change", user=(Speech(3.0, 1.0),), app=(App(1.0, (Instruct("Be long."),)),)),
)

ENDS = (
    Scenario(
        "end: drained during a speech",
        app=(App(1.0, (Say(LONG), AFTER, Pause(1.0), Drain(), Say("Too late?"))),),
        until_s=14.0,
    ),
    Scenario(
        "end: asked for while it is drained",
        app=(App(1.0, (Say(LONG), Pause(1.0), Drain())), App(3.0, (Say("Too late?"), GenerateReply("hello")))),
        until_s=14.0,
    ),
    Scenario("end: the user asks while it is drained", user=(Speech(2.5, 1.0),), app=(App(1.0, (STUBBORN, Drain())),)),
    Scenario("end: the user asks after it was drained", user=(Speech(4.0, 1.0),), app=(App(1.0, (HELLO, Drain())),)),
    Scenario(
        "end: the user interrupts while it is drained",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=(App(1.0, (Say(LONG), Drain())),),
    ),
    Scenario(
        "end: the user interrupts while it is shut down",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=(App(1.0, (Say(LONG), Shutdown())),),
    ),
    Scenario("end: the user asks, and it is shut down", user=QUESTION, app=(App(1.8, (Shutdown(),)),)),
    Scenario("end: closed during a speech", app=(App(1.0, (Say(LONG), AFTER, Pause(1.0), Close(), Say("Too late?"))),)),
    Scenario("end: closed while nothing is said", app=(App(1.0, (Close(), Say("Too late?"))),)),
    Scenario(
        "end: closed during an uninterruptible speech",
        app=(App(1.0, (Say(LONG, allow_interruptions=False), Pause(1.0), Close())),),
        until_s=14.0,
    ),
    Scenario(
        "end: closed, and on_exit says goodbye",
        agent=AgentScript(on_exit=(Say("Goodbye."), Join())),
        app=(App(1.0, (Close(),)),),
    ),
    Scenario(
        "end: closed during a speech, and on_exit says goodbye",
        agent=AgentScript(on_exit=(Say("Goodbye."), Join())),
        app=(App(1.0, (Say(LONG), Pause(1.0), Close())),),
        until_s=14.0,
    ),
    Scenario("end: closed while the user speaks", user=(Speech(0.5, 2.0),), app=(App(1.5, (Close(),)),)),
    Scenario("end: closed after the words, before the turn is over", user=QUESTION, app=(App(1.8, (Close(),)),)),
    Scenario("end: closed while an answer is being made", user=QUESTION, app=(App(2.2, (Close(),)),)),
    Scenario(
        "end: shut down during a speech", app=(App(1.0, (Say(LONG), AFTER, Pause(1.0), Shutdown())),), until_s=14.0
    ),
    Scenario(
        "end: shut down at once", app=(App(1.0, (Say(LONG), AFTER, Pause(1.0), Shutdown(drain=False))),), until_s=14.0
    ),
)

AWAY = (
    Scenario("away: nobody speaks", until_s=20.0),
    Scenario("away: nobody speaks after an answer", user=QUESTION, until_s=25.0),
    Scenario("away: the user comes back", user=(Speech(20.0, 1.0),), until_s=26.0),
    Scenario("away: the agent speaks to a user who is away", app=(App(18.0, (HELLO,)),), until_s=38.0),
    Scenario("away: never", settings=Settings(away_after_s=None), until_s=20.0),
)

GUIDE = AgentScript("Be a guide.", on_enter=(Say("I am the guide."),))
HAND_OVERS = (
    Scenario("hand-over: while nothing is said", app=(App(1.0, (HandOver(GUIDE),)),), user=(Speech(5.0, 1.0),)),
    Scenario(
        "hand-over: during a speech",
        app=(App(1.0, (Say(LONG), Pause(1.0), HandOver(GUIDE))),),
        user=(Speech(12.0, 1.0),),
        until_s=16.0,
    ),
    Scenario(
        "hand-over: on_exit says goodbye",
        agent=AgentScript(on_exit=(Say("Goodbye."),)),
        app=(App(1.0, (HandOver(GUIDE),)),),
    ),
    Scenario(
        "hand-over: the new agent generates a reply",
        user=(Speech(0.5, 1.0),),
        app=(App(6.0, (HandOver(AgentScript("Be a guide.", on_enter=(GenerateReply(),))),)),),
    ),
    Scenario("hand-over: while the user speaks", user=(Speech(0.5, 2.0),), app=(App(1.5, (HandOver(GUIDE),)),)),
    Scenario(
        "hand-over: while an attempt is being made",
        user=QUESTION,
        app=(App(1.8, (HandOver(GUIDE),)),),
        settings=Settings(preemption="on"),
    ),
)

OWN = AgentScript("Be a guide.", own_llm="I am another model.", own_ttfb_s=0.4)
OWN_MODELS = (
    Scenario("own models: an LLM and a TTS", user=QUESTION, agent=OWN),
    Scenario("own models: preemption on", user=QUESTION, agent=OWN, settings=Settings(preemption="on")),
    Scenario("own models: the session has none", user=QUESTION, agent=OWN, models=Models(has_llm=False, has_tts=False)),
    Scenario("own models: a say", agent=OWN, app=(App(1.0, (HELLO, AFTER, Join())),)),
    Scenario(
        "own models: a hand-over to them",
        user=(Speech(0.5, 1.0), Speech(8.0, 1.0, "and in rome")),
        app=(App(6.0, (HandOver(OWN),)),),
    ),
    Scenario(
        "own models: a hand-over back",
        user=(Speech(0.5, 1.0), Speech(8.0, 1.0, "and in rome")),
        agent=OWN,
        app=(App(6.0, (HandOver(GUIDE),)),),
    ),
)

CASES = (*SAYING, *REPLIES, *HOOKS, *ENDS, *AWAY, *HAND_OVERS, *OWN_MODELS)
