"""The words that questions are made with: verbs with their forms, and what may not stand in a question."""

from __future__ import annotations

from typing import NamedTuple


def listed(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


REGULAR = """
    abolish absorb accept achieve acquire activate add administer adopt advise allow analyze announce appoint
    approve assign attend attack award ban bar block capture cancel celebrate certify change charge claim close
    collect combine complete compose confirm connect conquer consist construct contain convert cover create cross
    declare decorate dedicate defeat define deliver demolish deploy deprecate describe design destroy develop direct
    disclose discontinue discover distribute document donate double earn edit elect employ end establish estimate
    evaluate examine execute expand explore export extend fire form formulate found fund generate handle help host
    identify implement import improve include increase inherit install introduce invade invent investigate invite
    issue join kill last launch license limit list locate lower maintain manage manufacture mark marry multiply
    measure merge move name nominate observe obtain occupy offer open operate order organize outline own paint
    patent perform pioneer place plan play power practice prepare present preserve prevent print prioritize process
    produce prohibit propose protect prove provide publish purchase qualify raise reach receive record reduce refer
    reject release remove rename renovate replace report represent require rescue reserve resign restore retire
    reveal review revise rule save score secure separate serve settle share ship sign sponsor start state stop store
    study submit suffer suggest supply support suspend target test track train transfer translate transport unveil
    update upgrade use visit vote warn weigh welcome witness
"""
"""Verbs that form the past with -ed, or whose forms are given below."""

IRREGULAR = {
    "become": ("became", "become"), "begin": ("began", "begun"), "break": ("broke", "broken"),
    "bring": ("brought", "brought"), "build": ("built", "built"), "buy": ("bought", "bought"),
    "choose": ("chose", "chosen"), "cut": ("cut", "cut"), "draw": ("drew", "drawn"), "drive": ("drove", "driven"),
    "find": ("found", "found"), "give": ("gave", "given"), "grow": ("grew", "grown"), "hold": ("held", "held"),
    "keep": ("kept", "kept"), "lead": ("led", "led"),
    "leave": ("left", "left"), "lose": ("lost", "lost"), "mean": ("meant", "meant"), "make": ("made", "made"),
    "meet": ("met", "met"), "pay": ("paid", "paid"), "rebuild": ("rebuilt", "rebuilt"), "run": ("ran", "run"),
    "sell": ("sold", "sold"), "send": ("sent", "sent"), "set": ("set", "set"), "show": ("showed", "shown"),
    "speak": ("spoke", "spoken"), "spend": ("spent", "spent"), "stand": ("stood", "stood"),
    "sweep": ("swept", "swept"), "take": ("took", "taken"), "teach": ("taught", "taught"), "win": ("won", "won"),
    "write": ("wrote", "written"),
}  # fmt: skip

DOUBLED = listed("ban bar plan ship stop commit admit cancel refer transfer submit")
"""Verbs that double their last letter before -ed."""

INTRANSITIVE = listed("begin start end open close retire resign die expire launch merge land arrive debut premiere")
"""Verbs that need no object: ``When did X begin?``"""

LIGHT = listed("make take give hold set show see have")
"""Verbs that say little without their object, and less with a half of it."""

AGENTIVE = listed(
    """
    acquire announce appoint build buy compose create deploy design develop direct discover establish found host
    introduce invent launch lead manufacture open organize paint patent pioneer propose publish purchase record
    release sell sponsor translate unveil win write
    """
)
"""Verbs whose subject is a person or a body of persons, so that one asks for it with ``who``."""

STATING = listed("contain cover include mean measure offer provide require support use")
"""Verbs of the present tense that tell what something is like: ``What does X support?``"""


class Form(NamedTuple):
    """A form of a verb."""

    base: str
    tense: str
    """``past``, ``participle`` or ``present`` (third person singular)."""


def past_of(base: str) -> str:
    """Return the regular past.

    >>> past_of("carry"), past_of("ship"), past_of("release"), past_of("play")
    ('carried', 'shipped', 'released', 'played')
    """
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return base + (base[-1] if base in DOUBLED else "") + "ed"


def present_of(base: str) -> str:
    """Return the third person singular.

    >>> present_of("carry"), present_of("reach"), present_of("support")
    ('carries', 'reaches', 'supports')
    """
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def tabulate() -> dict[str, tuple[Form, ...]]:
    """Return the verbs that each form may belong to."""
    forms: dict[str, list[Form]] = {}
    for base in sorted({*REGULAR.split(), *IRREGULAR, *INTRANSITIVE}):
        past, participle = IRREGULAR.get(base, (past_of(base), past_of(base)))
        forms.setdefault(past, []).append(Form(base, "past"))
        forms.setdefault(participle, []).append(Form(base, "participle"))
        forms.setdefault(present_of(base), []).append(Form(base, "present"))
    # ``found`` is nearly always the past of find before an object, and the participle of found after ``was``.
    forms["found"] = [Form("find", "past"), Form("find", "participle")]
    forms["founded"] = [Form("found", "past"), Form("found", "participle")]
    return {form: tuple(verbs) for form, verbs in forms.items()}


FORMS = tabulate()

BE = {"is": "is", "are": "are", "was": "was", "were": "were"}
HAVE = {"has": "does", "have": "do", "had": "did"}
"""Forms of to have, with the auxiliary that asks for them."""
MODALS = listed("must can may should will shall could might would")
PLURAL_VERBS = listed("are were have")
SINGULAR_VERBS = listed("is was has")

ADVERBS = listed(
    """
    also recently officially originally currently formally first later publicly initially subsequently finally
    eventually already now then soon previously generally usually typically often still just only once
    """
)
"""May stand between subject and verb; a question leaves them out, but for those that change what is meant."""
HARMLESS_ADVERBS = listed("also recently officially formally publicly finally eventually subsequently")

OPENERS = (
    "However|Similarly|First|Firstly|Second|Secondly|Third|Finally|For example|For instance|In addition|Additionally"
    "|Moreover|Furthermore|Also|Still|Meanwhile|Today|Currently|In general|Generally|Typically|In particular|Notably"
    "|Overall|As a result|Therefore|Thus|Historically|In fact"
)
"""What links a sentence to the one before, and can be left out."""

DETERMINERS = listed("the a an all every each most some many both several no any")
POSSESSIVES = listed("its their his her our your my whose")

REFERRING = listed(
    """
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs this that these
    those such here there former latter both above below following aforementioned one ones other others another same
    who which whose whom what where when why how itself themselves himself herself
    """
)
"""Words that point outside the sentence, or open a clause that a question cannot take along."""

ANAPHORIC_NOUNS = listed(
    """
    company firm model models team author authors report study paper group city town country film book album song
    series band program project system product tool document section article agreement act law case court event game
    player players character story man woman boy girl king queen person people school university club family village
    river building church house station line release launch launches approach result results researchers researcher
    post blog conversation episode podcast show season term word name plan method process premiere notice order
    single track trophy race war battle site site's area region members island bill measure decision title
    competition phone device tournament championship settlement settlements museum election festival campaign
    contract policy
    """
)
"""Nouns that, with ``the`` and nothing behind them, name something told before."""

PREPOSITIONS = listed(
    """
    about above across after against along among around as at before behind below beneath beside between beyond by
    despite down during except for from in inside into like near of off on onto out over past per since than through
    throughout till to toward towards under until up upon via with within without
    """
)

PERSON_NOUNS = listed(
    """
    actor actress analyst architect artist astronaut astronomer athlete attorney author banker bishop boxer
    businessman businesswoman ceo chairman chairwoman chancellor chemist chief coach cofounder co-founder columnist
    comedian composer cricketer critic dancer designer developer director doctor economist editor emperor engineer
    entrepreneur executive explorer fellow footballer founder governor guitarist head historian inventor investor
    journalist judge king lawyer leader lead lecturer lieutenant linguist manager mathematician mayor minister model
    musician novelist nurse officer painter partner philosopher photographer physicist pianist player poet
    politician pope president presenter priest prince princess producer professor programmer psychologist queen
    rapper recipient reporter researcher scholar scientist sculptor secretary senator singer skater soldier
    spokesman spokesperson spokeswoman statesman strategist student surgeon swimmer teacher theologian trader vice-
    president violinist wrestler writer
    """
)
"""Nouns that say what a person is or does."""

THING_NOUNS = listed(
    """
    aircraft airline airport album alliance animal app application area association bank band bird book brand bridge
    building business car castle cathedral chain channel church city classification client club college comedy
    company compound component computer constellation conference corporation country county crop currency database
    device disease disorder district document drama dynasty element encyclopedia enzyme event facility festival film
    firm fish format framework franchise game genus genre government guide hospital hotel ideology industry
    institute institution instrument interface island journal kingdom lake landmark language law library line lizard
    machine magazine mammal market material medication medicine metal method mineral model moon mountain movement
    movie museum musical nation network newspaper novel organisation organization park party peninsula place planet
    plant platform play port practice process product program programme project protein protocol province
    publication railway range region religion restaurant river road rocket rule school sea series service set ship
    show software song space species sport stadium standard star state station strategy street structure suburb
    subsidiary system team technique technology telescope temple territory theatre theory tier tool town township
    tradition train treaty tree tribe union university valley vehicle version village virus volcano war weapon
    website
    """
)
"""Nouns that say what a thing is, and are never said of a person."""

MEASURED = {"long": "long", "tall": "tall", "wide": "wide", "deep": "deep", "old": "old", "high": "high"}
UNITS_OF_TIME = listed("seconds minutes hours days weeks months years")
DURATIONS = listed("second seconds minute minutes hour hours day days week weeks month months year years")

STRANDED = {
    ("made", "of"), ("composed", "of"), ("based", "on"), ("named", "after"), ("used", "for"), ("powered", "by"),
    ("known", "for"), ("known", "as"), ("derived", "from"), ("limited", "to"), ("designed", "for"), ("seen", "as"),
    ("described", "as"), ("recorded", "in"), ("written", "in"), ("regarded", "as"), ("divided", "into"),
    ("charged", "with"), ("built", "on"),
}  # fmt: skip
"""Participles that are asked for with their preposition at the end: ``What is it made of?``"""

PURPOSED = listed("designed expected intended required allowed entitled obliged permitted supposed used believed")
"""Participles that what is to be done follows: ``What is it designed to do?``"""

MANNERS = listed("measured calculated determined computed decided financed funded paid achieved obtained produced")
"""Participles that ``by`` and a way of doing it follows: ``How is it measured?``"""

PLACED = listed("located based headquartered situated born buried")
"""Participles that a place follows."""

MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan\\.|Feb\\.|Mar\\.|Apr\\.|Jun\\.|Jul\\.|Aug\\.|Sept?\\.|Oct\\.|Nov\\.|Dec\\."
)
