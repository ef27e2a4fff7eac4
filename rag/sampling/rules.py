"""A plain statement -> the questions that it answers. Few and good: what cannot be turned well is left alone.

Each rule turns one shape of sentence, by moving words that stand in it; the answer is always a stretch of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rag.sampling.lexicon import (
    AGENTIVE,
    BE,
    DURATIONS,
    FORMS,
    HAVE,
    INTRANSITIVE,
    LIGHT,
    MANNERS,
    MEASURED,
    MODALS,
    PERSON_NOUNS,
    PLACED,
    POSSESSIVES,
    PURPOSED,
    REFERRING,
    STATING,
    STRANDED,
    THING_NOUNS,
    UNITS_OF_TIME,
)
from rag.sampling.phrases import (
    NAME,
    OBJECT_WORDS_MOST,
    VAGUE,
    Question,
    asks_about,
    counted_noun,
    date_of,
    first_phrase,
    form_of,
    has_finite_verb,
    is_askable,
    is_clean,
    is_object,
    looks_like_person,
    noun_of,
    spaced,
)
from rag.sampling.statements import COUNT, DATE, NUMBER, WHEN, Statement

AMOUNT = r"(?:\d+(?:,\d{3})*|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty|sixty|ninety)"
SPELL = re.compile(
    rf"\b(?P<how>within|for(?: up to| at least| a maximum of)?|every) (?P<amount>{AMOUNT} "
    rf"(?:(?:business|working|calendar|consecutive|full) )?(?P<unit>{'|'.join(sorted(UNITS_OF_TIME))}))\b"
    r"(?! (?:old|long)\b)(?P<after> (?:of|after|from) (?:the )?\w+(?: \w+)?(?=$|[,.;]))?"
)
AMOUNT_OF = re.compile(
    rf"[$€£]?{COUNT}(?:%| (?:%|percent|[A-Za-z°²³/]+))?(?=$|[,.;]| (?:per|a|an|for|in|of|on|at|and|from|to) )"
)
BY_DATE = re.compile(rf"\bby (?P<date>(?:the end of )?{DATE})(?=[,.]|$)")
ROLE = re.compile(
    rf"(?:^|\b(?:says|said|by|with|to|and|of)\s|[.,] )(?P<name>{NAME}), "
    r"(?P<role>(?:the |a |an |co-)?[a-z][^,.;:()\"“”]*)[,.]"
)
SHARE = re.compile(
    r"(?P<amount>[$€£]?\d[\d,.]*(?:%| percent)) (?:on|in) (?P<place>(?:the )?[A-Z][\w.-]*(?: [A-Z0-9][\w.-]*)*)"
)
AGENT = re.compile(
    rf"(?:^|(?<= ))by (?P<agent>(?:the )?{NAME}|(?!Mrs?\b|Dr\b)[A-Z][\w&-]+)"
    r"(?=$|[,.]| (?:in|on|at|for|from|during|to|as) )"
)
MONEY = re.compile(r"[$€£]\d[\d,.]*(?: (?:million|billion|thousand))?")
PLACE = re.compile(r"(?:in|at|near|on) (?=(?:the )?[A-Z])[^,.;]+")


def questions_of(statement: Statement) -> list[Question]:
    """Return the questions that a statement answers; none where it cannot be turned well."""
    found = [question for rule in RULES for question in rule(statement)]
    return list({question.text: question for question in found if is_askable(question)}.values())


def ask_definition(s: Statement) -> Iterator[Question]:
    """``Titan is the largest moon of Saturn.`` -> ``What is Titan?``."""
    complement = s.rest
    if s.verb not in BE or s.adverb or s.opening or not re.match(r"(?:a|an|the|one of the) \w", complement):
        return
    if s.verb in ("was", "were") and complement.startswith("the "):
        return
    if len(complement.split()) < 3 or re.match(
        r"the (?:same|case|reason|result|fact|most|best|first (?:time|to))\b", complement
    ):
        return
    of_name = re.match(r"the [a-z]+(?: [a-z]+)? of (?:the )?[A-Z]", s.subject) is not None
    if not (s.name or of_name) or " and " in s.subject:
        return
    head = first_phrase(complement)
    noun = noun_of(head)
    person = s.name and noun in PERSON_NOUNS and looks_like_person(s.subject)
    thing = of_name or noun in THING_NOUNS or (s.subject.isupper() and noun not in PERSON_NOUNS)
    if set(head.lower().split()) & REFERRING or not (person or thing):
        return
    yield Question(
        f"{'Who' if person else 'What'} {s.verb} {s.subject}?", complement, "definition", s.subject if s.name else ""
    )


def ask_passive(s: Statement) -> Iterator[Question]:
    """``Titan was discovered by Huygens in 1655.`` -> ``When was Titan discovered?``."""
    if s.verb not in BE or s.adverb or not s.rest or not asks_about(s):
        return
    participle, _, tail = s.rest.partition(" ")
    if participle not in PLACED and not any(form.tense == "participle" for form in FORMS.get(participle, ())):
        return
    date, before = date_of(s, tail)
    between = re.sub(r"\bby [^,]*$", "", before).strip(" ,")
    if date and is_clean(between) and len(between.split()) <= 6:
        yield Question(f"When {s.verb} {s.subject} {participle}{spaced(between)}?", date, "time", s.name * s.subject)
    if (agent := AGENT.search(tail)) and s.named and len(tail[: agent.start()].split()) <= 4:
        yield Question(f"Who {s.verb} {s.subject} {participle} by?", agent["agent"], "person", s.name * s.subject)
    if participle in PLACED and (place := PLACE.match(tail)) and not WHEN.match(tail):
        yield Question(f"Where {s.verb} {s.subject} {participle}?", place[0].strip(), "place", s.name * s.subject)
    preposition = tail.split(" ")[0]
    if participle in PURPOSED and (what := re.match(r"to (?P<verb>(?!be able)[a-z]+) (?P<what>[^,;]+)", tail)):
        ending = "to be" if what["verb"] == "be" else "to do"
        answer = what["what"] if what["verb"] == "be" else f"{what['verb']} {what['what']}"
        yield Question(f"What {s.verb} {s.subject} {participle} {ending}?", answer.strip(), "fact", s.name * s.subject)
    if participle in MANNERS and (manner := re.match(r"by [^,;]+", tail)):
        yield Question(f"How {s.verb} {s.subject} {participle}?", manner[0], "fact", s.name * s.subject)
    if (participle, preposition) in STRANDED and len(tail.split()) > 1 and not s.opening:
        answer = first_phrase(tail[len(preposition) + 1 :])
        yield Question(f"What {s.verb} {s.subject} {participle} {preposition}?", answer, "fact", s.name * s.subject)
    if participle in ("called", "named") and len(tail.split()) <= 6 and tail[:1].isupper():
        yield Question(f"What {s.verb} {s.subject} {participle}?", first_phrase(tail), "fact")


def ask_measure(s: Statement) -> Iterator[Question]:
    """``The bridge of Remagen is 325 metres long.`` -> ``How long is the bridge of Remagen?``."""
    found = re.match(rf"(?P<amount>{NUMBER.pattern} [a-z-]+) (?P<how>{'|'.join(MEASURED)})\b(?! (?:by|and)\b)", s.rest)
    if s.verb in BE and found and not s.adverb and asks_about(s):
        yield Question(
            f"How {MEASURED[found['how']]} {s.verb} {s.subject}?", found["amount"], "number", s.name * s.subject
        )


def ask_having(s: Statement) -> Iterator[Question]:
    """``Saturn has 274 known moons.`` -> ``How many known moons does Saturn have?``."""
    if s.verb not in HAVE or s.adverb or not asks_about(s):
        return
    auxiliary = "do" if s.verb == "have" else HAVE[s.verb]
    counted = counted_noun(s.rest)
    if counted:
        number, noun, after = counted
        if (
            is_clean(after)
            and len(after.split()) <= OBJECT_WORDS_MOST
            and not after.startswith(("that", "which", "and", "or"))
        ):
            tail = f" {after}" if re.match(r"(?:in|on|at|for) ", after) else ""
            yield Question(f"How many {noun} {auxiliary} {s.subject} have{tail}?", number, "number", s.name * s.subject)
    measured = re.match(rf"an? (?P<noun>[a-z]+(?: [a-z]+)?) of (?P<amount>[$€£]?{NUMBER.pattern}[^,.;]*)", s.rest)
    if measured and measured["noun"].split()[-1] not in (
        "total",
        "number",
        "variety",
        "range",
        "couple",
        "lot",
        "series",
        "set",
    ):
        verb = "was" if s.verb == "had" else "is"
        yield Question(
            f"What {verb} the {measured['noun']} of {s.subject}?",
            first_phrase(measured["amount"]),
            "number",
            s.name * s.subject,
        )
    participle, _, tail = s.rest.partition(" ")
    if any(form.tense == "participle" for form in FORMS.get(participle, ())) and (counted := counted_noun(tail)):
        number, noun, after = counted
        if is_clean(after) and len(after.split()) <= 5:
            yield Question(
                f"How many {noun} {s.verb} {s.subject} {participle}{spaced(after)}?",
                number,
                "number",
                s.name * s.subject,
            )


def ask_duty(s: Statement) -> Iterator[Question]:
    """``Staff must report losses within 30 days.`` -> ``Within how many days must staff report losses?``."""
    if s.verb not in MODALS | set(BE) or s.adverb or s.opening or s.rest.startswith("not "):
        return
    if found := SPELL.search(s.rest):
        doing = first_phrase(s.rest[: found.start()])
        asked = {"within": f"Within how many {found['unit']}{found['after'] or ''}", "every": "How often"}.get(
            found["how"], f"For how many {found['unit']}"
        )
        answer = found[0] if found["how"] == "every" else found["amount"]
    elif found := BY_DATE.search(s.rest):
        doing, asked, answer = first_phrase(s.rest[: found.start()]), "By when", found["date"]
    else:
        return
    passive = s.verb in MODALS or any(form.tense == "participle" for form in FORMS.get(doing.split(" ")[0], ()))
    if passive and s.rest.startswith(doing) and is_clean(doing) and 1 <= len(doing.split()) <= 12:
        yield Question(f"{asked} {s.verb} {s.subject} {doing}?", answer, "number" if asked != "By when" else "time")


def ask_value(s: Statement) -> Iterator[Question]:
    """``The limit for uploads is 5 MB.`` -> ``What is the limit for uploads?``."""
    amount = AMOUNT_OF.match(s.rest)
    if (
        s.verb in BE
        and amount
        and not s.adverb
        and s.subject.startswith("the ")
        and not s.opening
        and " and " not in s.subject
    ):
        yield Question(f"What {s.verb} {s.subject}?", first_phrase(s.rest), "number", s.name * s.subject)


def ask_when(s: Statement) -> Iterator[Question]:
    """``Anthropic released Claude Opus 4 on May 22, 2025.`` -> ``When did Anthropic release Claude Opus 4?``."""
    form = form_of(s, "past")
    if form is None or s.adverb or not asks_about(s) or form.base in LIGHT:
        return
    date, before = date_of(s, s.rest)
    thing = before.strip(" ,")
    if not date:
        return
    if not thing and form.base in INTRANSITIVE:
        yield Question(f"When did {s.subject} {form.base}?", date, "time", s.name * s.subject)
    if is_object(thing):
        yield Question(f"When did {s.subject} {form.base} {thing}?", date, "time", s.name * s.subject)
        if (
            s.name
            and len(thing.split()) >= 2
            and not VAGUE.search(thing)
            and not re.search(r"\b(?:its|their|his|her)\b", thing)
        ):
            yield Question(f"What did {s.subject} {form.base} {date}?", thing, "fact", s.subject)


def ask_who(s: Statement) -> Iterator[Question]:
    """``Christiaan Huygens discovered Titan.`` -> ``Who discovered Titan?``."""
    form = form_of(s, "past")
    if form is None or form.base not in AGENTIVE or not s.name or s.adverb or len(s.subject.split()) > 4:
        return
    thing = date_of(s, s.rest)[1] or s.rest
    thing = first_phrase(thing)
    named = re.search(r"(?<!^)\b[A-Z0-9]", thing) is not None or thing[:1].isupper()
    if named and is_object(thing) and not re.search(r"\b(?:its|their|his|her)\b", thing):
        yield Question(f"Who {s.verb} {thing}?", s.subject, "person")


def ask_number(s: Statement) -> Iterator[Question]:
    """``The team scored 12 goals in the cup.`` -> ``How many goals did the team score in the cup?``."""
    form = form_of(s, "past")
    if form is not None and not s.adverb and asks_about(s) and (counted := counted_noun(s.rest)):
        number, noun, after = counted
        if is_clean(after) and len(after.split()) <= 8 and not re.match(r"(?:that|which|who|and|or|to)\b", after):
            tail = after or s.opening
            yield Question(
                f"How many {noun} did {s.subject} {form.base}{spaced(tail)}?", number, "number", s.name * s.subject
            )
    if s.verb in ("costs", "cost") and (money := MONEY.match(s.rest)) and s.named:
        yield Question(
            f"How much {'does' if s.verb == 'costs' else 'did'} {s.subject} cost?",
            money[0],
            "number",
            s.name * s.subject,
        )
    scored = SHARE.match(s.rest)
    if scored and s.name and s.verb in ("scores", "reaches", "achieves", "scored", "reached", "achieved") and s.forms:
        auxiliary = "did" if s.verb.endswith("ed") else "does"
        question = f"What {auxiliary} {s.subject} {s.forms[0].base} on {scored['place']}?"
        yield Question(question, scored["amount"], "number", s.subject)
    lasting = re.match(rf"(?:for )?(?P<time>{NUMBER.pattern} (?:{'|'.join(sorted(DURATIONS))}))(?=$|[,.])", s.rest)
    if lasting and s.verb in ("lasted", "lasts", "takes", "took") and asks_about(s):
        auxiliary = "did" if s.verb in ("lasted", "took") else "does"
        verb = "last" if s.verb.startswith("last") else "take"
        yield Question(f"How long {auxiliary} {s.subject} {verb}?", lasting["time"], "number", s.name * s.subject)


def ask_what(s: Statement) -> Iterator[Question]:
    """``Claude Code supports background tasks.`` -> ``What does Claude Code support?``."""
    form = form_of(s, "present")
    if form is not None and form.base in STATING and not s.adverb and s.name and not s.opening:
        thing = first_phrase(s.rest)
        if is_object(thing) and len(thing.split()) >= 2:
            yield Question(
                f"What does {s.subject} {form.base}?", s.rest if is_clean(s.rest) else thing, "fact", s.subject
            )
    if s.verb in ("stands", "consists") and asks_about(s):
        preposition, _, thing = s.rest.partition(" ")
        if preposition in ("for", "of") and thing:
            yield Question(
                f"What does {s.subject} {s.verb[:-1]} {preposition}?", thing, "definition", s.name * s.subject
            )


def ask_why(s: Statement) -> Iterator[Question]:
    """``Anthropic prioritizes coding because it is the first step.`` -> ``Why does Anthropic prioritize coding?``."""
    told, because, reason = s.rest.partition(" because ")
    told = told.strip(" ,")
    if not because or reason.startswith("of ") or s.adverb or not told or not is_clean(told) or len(told.split()) > 12:
        return
    answer = f"because {reason}"
    if has_finite_verb(told):
        return
    if s.verb in BE or s.verb in MODALS:
        yield Question(f"Why {s.verb} {s.subject} {told}?", answer, "reason", s.name * s.subject)
    elif s.forms and s.verb not in HAVE:
        form = next(form for form in s.forms if form.tense != "participle")
        auxiliary = "did" if form.tense == "past" else "does"
        yield Question(f"Why {auxiliary} {s.subject} {form.base} {told}?", answer, "reason", s.name * s.subject)


RULES: tuple[Callable[[Statement], Iterator[Question]], ...] = (
    ask_definition, ask_passive, ask_measure, ask_having, ask_duty, ask_value, ask_when, ask_who, ask_number, ask_what,
    ask_why,
)  # fmt: skip


def ask_roles(sentence: str) -> list[Question]:
    """Return the questions for persons whose role stands behind their name; any sentence may hold some.

    >>> [question.text for question in ask_roles('It runs, says Dianne Penn, product lead for research at Anthropic.')]
    ['Who is Dianne Penn?']
    """
    found = []
    for match in ROLE.finditer(" ".join(sentence.split())):
        words = re.split(r" (?:for|of|at|in|on|and|who) ", match["role"])[0].split()
        if (
            words
            and words[-1].lower() in PERSON_NOUNS
            and words[0] not in POSSESSIVES
            and len(match["role"].split()) <= 12
        ):
            found.append(Question(f"Who is {match['name']}?", match["role"], "person", match["name"]))
    return found
