"""The closed classes of English words that tell whether a sentence may end here.

They are small and do not grow, unlike nouns and verbs, so a list of them is nearly complete. An apostrophe stays in
its word: `don't`, `i'm`.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """A set of words, written behind one another."""
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(line.split()) for line in text.split(",") if line.split())


CONJUNCTIONS = words(
    """
    and or but because cause cuz if unless although whereas while until till than as whether nor plus except
    """
)
WH = words("what who whom whose which where when why how")
DETERMINERS = words("the a an my your our their its every his another each")
QUANTIFIERS = words("some any several many")

PREPOSITIONS = words(
    """
    of from into onto between during via per among towards toward upon without at by for with to about
    """
)
PARTICLES = words("in on through near under behind across before after inside")
"""Prepositions that also end a sentence: "log in", "turn it on", "I did that before"."""

BE = words("is are was were am be been being")
MODALS = words("will would can could should might must may shall")
DO = words("do does did")
HAVE = words("have has had")
AUXILIARIES = BE | MODALS | DO | HAVE
NEGATED = words(
    """
    don't doesn't didn't won't wouldn't can't cannot couldn't shouldn't isn't aren't wasn't weren't haven't
    hasn't hadn't
    """
)
SUBJECTS = words("i he she we they")
PRONOUNS = SUBJECTS | words("you it this that these those there")
OBJECTS = words("it that this them me him her us you one these those")

HESITATIONS = words("um uh er erm uhm umm hmm hm mm mmm eh ehm ah")
OPENERS = HESITATIONS | words(
    """
    well so yes yeah yep no nope okay ok oh right sure actually and but hi hello hey please
    """
)
"""Words before the sentence proper."""
INSERTED = words("really just also actually only still always probably already even definitely not now")
"""Adverbs that may stand before any verb."""

THINKING = _phrases(
    """
    let me see, let me think, let me check, let me look, let me find it, let's see, hold on, hang on, one
    second, one sec, one moment, one minute, a second, a moment, a sec, wait, you know, i mean, how do you say,
    what's it called, give me a minute, just a minute
    """
)
LEAD_INS = _phrases(
    """
    so, well, like, okay so, so yeah, yeah so, yes so, basically, so basically, first of all, first, to be
    honest, on the one hand, on the other hand, one more thing, another thing, by the way, for example, for
    instance, in fact, actually, anyway, the thing, besides, also, in other words, as far as, in my opinion, you
    see, i was wondering, i wonder, i wanted to ask, i wanted to know, i wanted to say, i'd like to know
    """
)
"""Whole utterances that only announce what follows."""

CLOSED = _phrases(
    """
    yes, yeah, yep, yup, no, nope, nah, sure, okay, ok, alright, all right, fine, right, correct, exactly,
    absolutely, definitely, certainly, of course, of course not, maybe, perhaps, possibly, not really, not yet,
    not now, not right now, not today, not sure, never, never mind, nevermind, nothing, nothing else, no idea,
    that's all, that's it, that's right, that's correct, that's fine, that's enough, that's wrong, that's okay,
    that is all, that will be all, that would be great, that would be all, i think so, i hope so, i guess so, i
    don't think so, i don't know, i see, i know, i understand, i agree, got it, sounds good, go ahead, go on, go
    for it, do it, done, me too, me neither, same here, hello, hi, hey, hi there, hello there, good morning,
    good evening, good afternoon, good night, bye, bye bye, goodbye, see you, see you later, take care, thanks,
    thank you, thanks a lot, many thanks, thank you very much, thank you so much, you're welcome, you too, no
    problem, stop, cancel, help, repeat, next, continue, pause, quit, again, sorry, pardon, excuse me, what,
    why, when, where, who, how, how so, why not, what for, really, neither, either, both, all of them, none,
    none of them, any, so do i, so am i, neither do i, later, maybe later, it depends, i'm good, i'm fine, i'm
    done
    """
)
"""Answers and closings that stand alone."""

POLITE = _phrases(
    """
    please, thanks, thank you, thank you very much, thanks a lot, if possible, bye, goodbye
    """
)
FINAL_ADVERBS = words(
    """
    too either anymore already yet instead anyway today tonight tomorrow yesterday now again together here there
    soon later ago properly everything anything nothing something somewhere else well me us him them myself
    """
)

DEGREES = words(
    """
    very quite extremely especially approximately roughly somewhat such basically almost around somewhere
    """
)
"""Words that want another behind them."""
ATTRIBUTIVE = words(
    """
    large small big new old next other nearest different good great nice little whole main single double full
    long short certain special quick current previous closest cheapest last
    """
)
"""Adjectives that are mostly followed by their noun."""

TRANSITIVE = words(
    """
    want need like think have had prefer mean got take took bought ordered found lost saw tried used said says
    say keep keeps believe suppose wish hope love hate get find make put bring give send tell
    """
)
"""Verbs that want an object or a clause."""
ASKED_FOR = words(
    """
    book buy change send bring get make find know ask say tell give put add call need want use
    """
)
"""Verbs that want an object where they stand behind "to", "you" or a modal."""
GIVING = words("tell give show send get bring let lend ask")
COMMANDS = GIVING | words(
    """
    turn play set call book open close start cancel stop remind add put find order transfer make switch increase
    decrease change remove delete check read repeat skip buy pay reserve schedule move say take go reset search
    """
)

UNITS = words("zero oh o one two three four five six seven eight nine")
TEENS = words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
TENS = words("twenty thirty forty fifty sixty seventy eighty ninety")
MONTHS = words(
    """
    january february march april may june july august september october november december
    """
)

ENGLISH: frozenset[str] = frozenset(
    CONJUNCTIONS | WH | DETERMINERS | QUANTIFIERS | PREPOSITIONS | PARTICLES | AUXILIARIES | NEGATED | PRONOUNS
    | OBJECTS | OPENERS | INSERTED | FINAL_ADVERBS | TRANSITIVE | COMMANDS | UNITS | TEENS | TENS | MONTHS
    | {word for phrase in CLOSED | THINKING | LEAD_INS | POLITE for word in phrase}
)  # fmt: skip
FOREIGN = words(
    """
    der die das und ich nicht ist ein eine einen dem den mit auf für sie wir zu von bitte danke mir noch aber
    oder wie wo kann gibt es haben hat sind bin wenn weil dass nach bei zum zur im vom heute morgen ja nein
    guten le la les un une des et je ne pas est vous nous il elle avec pour dans sur qui que du au aux ce cette
    mon ma mes oui non merci bonjour où ou mais donc comme suis êtes voudrais el los las una y yo es por para
    con en de del al mi su se lo pero porque sí hola gracias quiero puede está qué cómo quisiera favor hay donde
    cuando necesito tengo il di che non per sono gli uno ho hai vorrei grazie ciao buongiorno della nel alla
    questo o os um uma não eu você obrigado obrigada quero com em da na ao isso het een ik niet van dat op te
    voor ook maar dank wil graag naar och jag är inte det att på som en ett med har vill tack hej nie jest to
    się na z w proszę dziękuję tak chcę czy ben bir ve bu için evet hayır teşekkürler istiyorum mi ne var
    """
) - ENGLISH - words("die bin hat pour con per van ben com ma ne ha ho o e do")  # fmt: skip
"""The commonest words of other languages, without those that are English too."""
SHARED = words("a am an as at do had has he i in is it me no of on or so to was we will")
"""English words that are common ones of another language too, and tell nothing of which it is."""
