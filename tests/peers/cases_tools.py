"""Tools, nodes, and models that fail."""

from __future__ import annotations

from tests.peers.cases_interruptions import LONG
from tests.peers.scenario import (
    AgentScript,
    Answer,
    App,
    Call,
    Close,
    DisallowInterruptions,
    Equip,
    GenerateReply,
    Instruct,
    Interrupt,
    Join,
    JoinOwn,
    JoinOwnHandle,
    Models,
    Pause,
    Say,
    Scenario,
    Settings,
    Shutdown,
    Speech,
    Tool,
)

QUESTION = (Speech(0.5, 1.0),)
CALLS = Answer(calls=(Call("look"),))
CALLS_AFTER_WORDS = Answer("Let me look that up for you.", calls=(Call("look"),))
ON = Settings(preemption="on")


def case(name: str, *tools: Tool, answer: Answer = CALLS, **options: object) -> Scenario:
    """The user asks, the LLM calls tools, and then answers with their result."""
    answers = (("what is the weather", answer), *options.pop("answers", ()))  # type: ignore[misc]
    return Scenario(
        name, user=options.pop("user", QUESTION), agent=AgentScript(tools=tools), answers=answers, **options
    )  # type: ignore[arg-type]


TOOLS = (
    case("tool: one", Tool("look")),
    case("tool: one that takes a second", Tool("look", (Pause(1.0),))),
    case("tool: after words", Tool("look"), answer=CALLS_AFTER_WORDS),
    case("tool: after words, longer than they are", Tool("look", (Pause(4.0),)), answer=CALLS_AFTER_WORDS),
    case(
        "tool: two side by side",
        Tool("look", (Pause(1.0),)),
        Tool("listen", (Pause(0.5),), "rain"),
        answer=Answer(calls=(Call("look"), Call("listen"))),
    ),
    case(
        "tool: one after another",
        Tool("look"),
        Tool("listen", result="rain"),
        answers=(("look", Answer(calls=(Call("listen"),))),),
    ),
    case("tool: it fails", Tool("look", raises="bug")),
    case("tool: it raises a tool error", Tool("look", raises="tool_error")),
    case("tool: it wants no reply", Tool("look", raises="stop")),
    case(
        "tool: one wants no reply, the other does",
        Tool("look", raises="stop"),
        Tool("listen", result="rain"),
        answer=Answer(calls=(Call("look"), Call("listen"))),
    ),
    case("tool: it returns nothing", Tool("look", result=None)),
    case("tool: there is none of that name", answer=CALLS),
    case(
        "tool: arguments that it does not take", Tool("look"), answer=Answer(calls=(Call("look", '{"city": "Paris"}'),))
    ),
    case("tool: arguments that are no JSON", Tool("look"), answer=Answer(calls=(Call("look", "{city"),))),
    case("tool: for ever", Tool("look"), answers=(("look", CALLS),)),
    case(
        "tool: for ever, one step at most",
        Tool("look"),
        answers=(("look", CALLS),),
        settings=Settings(max_tool_steps=1),
    ),
    case("tool: it says something", Tool("look", (Say("One moment."),))),
    case("tool: it says something and waits for its end", Tool("look", (Say("One moment."), Join()))),
    case("tool: it says something after words", Tool("look", (Say("One moment."), Join())), answer=CALLS_AFTER_WORDS),
    case(
        "tool: it generates a reply",
        Tool("look", (GenerateReply(instructions="Ask for patience."),)),
        answers=(("look", Answer("I cannot do more.")),),
    ),
    case(
        "tool: it generates a reply and waits for its end",
        Tool("look", (GenerateReply(instructions="Ask for patience."), Join())),
        answers=(("look", Answer("I cannot do more.")),),
    ),
    case("tool: it waits for what was said before it", Tool("look", (JoinOwn(), Pause(0.5))), answer=CALLS_AFTER_WORDS),
    case(
        "tool: it waits for its own speech's handle",
        Tool("look", (JoinOwnHandle(), Pause(0.5))),
        answer=CALLS_AFTER_WORDS,
    ),
    case("tool: it interrupts everything", Tool("look", (Interrupt(wait=False), Pause(0.5))), answer=CALLS_AFTER_WORDS),
    case(
        "tool: it forbids interruptions",
        Tool("look", (DisallowInterruptions(), Pause(3.0))),
        answer=CALLS_AFTER_WORDS,
        user=(*QUESTION, Speech(3.5, 1.2, "stop it now")),
    ),
    case("tool: it closes the session", Tool("look", (Close(),)), answer=CALLS_AFTER_WORDS),
    case("tool: it shuts the session down", Tool("look", (Shutdown(),)), answer=CALLS_AFTER_WORDS),
    case("tool: it says goodbye and shuts the session down", Tool("look", (Say("Goodbye."), Shutdown()))),
    case("tool: it changes the instructions", Tool("look", (Instruct("Be long."),))),
    case("tool: it was added before", app=(App(0.2, (Equip((Tool("look"),)),)),)),
    case("tool: it was taken away before", Tool("look"), app=(App(0.2, (Equip(),)),)),
    case("tool: it is taken away while it runs", Tool("look", (Pause(2.0),)), app=(App(3.0, (Equip(),)),)),
    case(
        "tool: it gives the agent another",
        Tool("look", (Equip((Tool("listen", result="rain"),)),)),
        answers=(("look", Answer(calls=(Call("listen"),))),),
    ),
    Scenario(
        "attempt: thrown away, the tools have changed",
        user=QUESTION,
        settings=ON,
        app=(App(1.8, (Equip((Tool("look"),)),)),),
    ),
    case("tool: preemption on", Tool("look"), settings=ON),
    case(
        "tool: after words, preemption on with speech",
        Tool("look"),
        answer=CALLS_AFTER_WORDS,
        settings=Settings(preemption="on+tts"),
    ),
    case(
        "tool: in an attempt that is thrown away",
        Tool("look"),
        settings=ON,
        user=(Speech(0.5, 0.6, "what is"), Speech(1.35, 0.8, "the weather")),
        models=Models(d_stt_s=0.1, d_vad_s=0.1),
        answers=(("what is", CALLS),),
    ),
    case(
        "tool: the user asks something else while it runs",
        Tool("look", (Pause(3.0),)),
        user=(*QUESTION, Speech(3.5, 1.0, "and in rome")),
    ),
    case(
        "tool: the user asks something else while words before it are heard",
        Tool("look", (Pause(3.0),)),
        answer=CALLS_AFTER_WORDS,
        user=(*QUESTION, Speech(3.0, 1.0, "and in rome")),
    ),
    case("tool: the user coughs while it runs", Tool("look", (Pause(3.0),)), user=(*QUESTION, Speech(3.5, 0.8, ""))),
    case(
        "tool: the application interrupts while it runs", Tool("look", (Pause(3.0),)), app=(App(3.5, (Interrupt(),)),)
    ),
    case(
        "tool: a speech is queued while it runs",
        Tool("look", (Pause(3.0),)),
        app=(App(3.5, (Say("And another thing."),)),),
    ),
    Scenario(
        "tool: asked for by generate_reply",
        app=(App(1.0, (GenerateReply("what is the weather"), Join())),),
        agent=AgentScript(tools=(Tool("look"),)),
        answers=(("what is the weather", CALLS),),
    ),
    Scenario(
        "tool: generate_reply that must not call it",
        app=(App(1.0, (GenerateReply("what is the weather", tool_choice="none"), Join())),),
        agent=AgentScript(tools=(Tool("look"),)),
        answers=(("what is the weather", CALLS),),
    ),
)

GUIDE = AgentScript("Be a guide.", on_enter=(Say("I am the guide."),))
QUIET = AgentScript("Be a guide.")
HAND_OVERS = (
    case("tool: it hands over", Tool("look", result=None, hands_over=GUIDE)),
    case("tool: it hands over with a result", Tool("look", result="to the guide", hands_over=GUIDE)),
    case(
        "tool: it hands over to one who waits",
        Tool("look", result=None, hands_over=QUIET),
        user=(*QUESTION, Speech(5.0, 1.0, "and in rome")),
    ),
    case(
        "tool: it hands over, and the new agent generates a reply",
        Tool("look", result=None, hands_over=AgentScript("Be a guide.", on_enter=(GenerateReply(),))),
    ),
    case("tool: it hands over after words", Tool("look", result=None, hands_over=GUIDE), answer=CALLS_AFTER_WORDS),
)

NODES = (
    Scenario("node: llm_node adds words", user=QUESTION, agent=AgentScript(llm_node="prefix")),
    Scenario("node: llm_node answers itself", user=QUESTION, agent=AgentScript(llm_node="text")),
    Scenario("node: llm_node gives nothing", user=QUESTION, agent=AgentScript(llm_node="none")),
    Scenario("node: tts_node changes the text", user=QUESTION, agent=AgentScript(tts_node="upper")),
    Scenario(
        "node: tts_node changes the text, interrupted",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=(App(1.0, (Say(LONG),)),),
        agent=AgentScript(tts_node="upper"),
    ),
    Scenario("node: transcription_node changes the text", user=QUESTION, agent=AgentScript(transcription_node="upper")),
    Scenario(
        "node: transcription_node changes the text, interrupted",
        user=(Speech(3.0, 1.5, "stop it now please"),),
        app=(App(1.0, (Say(LONG),)),),
        agent=AgentScript(transcription_node="upper"),
    ),
)

ONCE, ALWAYS = (0,), tuple(range(50))
TWICE = (*QUESTION, Speech(8.0, 1.0, "and in rome"))


def failing(name: str, until_s: float = 16.0, **faults: object) -> Scenario:
    return Scenario(name, user=TWICE, models=Models(**faults), until_s=until_s)  # type: ignore[arg-type]


FAILURES = (
    failing("failure: the LLM, once", llm_fault=("raise", ONCE, 0)),
    failing("failure: the LLM, always", llm_fault=("raise", ALWAYS, 0), until_s=25.0),
    failing("failure: the LLM, once, after two words", llm_fault=("raise", ONCE, 2)),
    failing("failure: the LLM is empty, once", llm_fault=("empty", ONCE, 0)),
    failing("failure: the LLM stops after two words", llm_fault=("stop", ONCE, 2)),
    failing("failure: the LLM hangs, once", llm_fault=("hang", ONCE, 0), until_s=20.0),
    failing("failure: the TTS, once", tts_fault=("raise", ONCE, 0)),
    failing("failure: the TTS, always", tts_fault=("raise", ALWAYS, 0), until_s=25.0),
    failing("failure: the TTS, once, after half a second of sound", tts_fault=("raise", ONCE, 5)),
    failing("failure: the TTS is empty, once", tts_fault=("empty", ONCE, 0)),
    failing("failure: the TTS hangs, once", tts_fault=("hang", ONCE, 0), until_s=20.0),
    failing("failure: speech to text, once", stt_fault=("raise", ONCE, 0)),
    Scenario(
        "failure: the TTS, in a say",
        app=(App(1.0, (Say("Hello there."), Say("And another thing."), Join())),),
        models=Models(tts_fault=("raise", ONCE, 0)),
    ),
    Scenario(
        "failure: the LLM, in a generate_reply",
        app=(App(1.0, (GenerateReply("hello"), Say("And another thing."), Join())),),
        models=Models(llm_fault=("raise", ALWAYS, 0)),
        until_s=16.0,
    ),
)

CASES = (*TOOLS, *HAND_OVERS, *NODES, *FAILURES)
