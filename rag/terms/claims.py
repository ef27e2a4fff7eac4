"""What a sentence of an answer claims, and whether it claims anything at all."""

from __future__ import annotations

import re

from rag.terms.analysis import analyse

DOCUMENTS = r"(?:passages?|documents?|sources?|context|texts?|information|files?)"
OFFER = r"(?:let me know|feel free to (?:ask|reach out)|i(?:'m| am) happy to help|i can help|(?:please )?ask)"
WANTED = r"(?:questions?|help|details?|information|clarification|assistance)"

NOT_CLAIMS = re.compile(
    r"(?:sure|certainly|of course|absolutely|great question|hello|hi|hey|thanks|thank you|okay|ok|no problem)"
    r"(?:[,!]? (?:there|thing|happy to help|i can help(?: you)?(?: with that)?|here you go|let me help))?[.!,:]*"
    r"|(?:here(?:'s| is| are)|below (?:is|are)|the following|in summary|in short|to summarize)\b[^.,;:]{0,60}:"
    r"|(?:i )?hope (?:this|that|it) helps?(?: you| answers? your question)?[.!]*"
    rf"|(?:please )?{OFFER}(?: (?:if (?:you|there)|should you|with any|about any)\b[^.,;:]{{0,50}})?[.!]*"
    rf"|if you (?:have|need|want) (?:any |more |other |further |additional )*{WANTED}"
    rf"(?: (?:about|on|with) [^.,;:]{{0,30}})?(?:, (?:please |just )?(?:do not hesitate to ask|{OFFER}))?[.!]*"
    rf"|(?:based on|according to) (?:the|these|your) (?:\w+ )?{DOCUMENTS}"
    r"(?: (?:provided|given|available|above))?[:,.]*",
    re.IGNORECASE,
)
"""Sentences that state nothing about the world; a sentence must match whole."""

ABOUT_SOURCES = re.compile(
    r"(?:(?:however|unfortunately|sorry),? |but |i(?:'m| am) sorry,? but )?(?:"
    rf"(?:the |these |this |your |none of the )?(?:provided |given |available )?{DOCUMENTS}"
    r"(?: (?:provided|given|above|available|here))?"
    r" (?:do|does|did)(?: not|n['’]t) (?:\w+ly )?"
    r"(?:mention|provide|contain|specify|state|say|include|address|give|discuss)(?P<object>[^,;:]*?)"
    r"|(?:it is |i am |i'm )?(?:unable|not possible|impossible) to (?:answer|determine|say)(?P<matter>[^,;:]*?)"
    r"|(?:this|it|the question|that) (?:cannot|can['’]t) be (?:answered|determined)"
    r"(?: (?:from|based on|with|using|by) [^,;:]{0,50}?)?"
    r")[.!]*",
    re.IGNORECASE,
)
"""Statements of one clause that the sources do not say something; no stretch of a source can support them."""

SECOND_STATEMENT = re.compile(
    r"\b(?:but|because|since|although|though|while|however|so|therefore|fact|as|nor|yet|unless|except)\b"
    r"|\band (?!(?:the |an? |any |its |their )?\w+$)|[—–()]",
    re.IGNORECASE,
)
"""What opens another statement behind ``the documents do not mention``."""

LONGEST_OBJECT = 14
"""Words that may follow ``the documents do not mention``."""

QUESTION = re.compile(
    r"(?:(?:so|and|but|or|then|sorry),? )?(?:(?:in|for|of|to|from|by|on|at) )?"
    r"(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|will|would|shall|should"
    r"|may|might|has|have|had|wer|was|wie|warum|wo|wann|welche[rsnm]?|qui|que|quoi|quels?|quelles?|comment|pourquoi)\b"
    r"(?! you know (?:that|the)\b)[^;:]*\?|¿.*\?|.*[吗呢什哪谁几怎何か].*？",
    re.IGNORECASE | re.DOTALL,
)
"""A genuine question; what only ends in a question mark (``isn't it?``) is a statement."""

NUMBERED = r"\d{1,2}(?:\s*(?:[;&–-]|,? and|,)\s*\d{1,2})*"
CITED = r"(?:passages?|documents?|sources?)"
ENDS = r"(?=\s*(?:$|[.,;:!?)\]。，；、]|\[\d|\((?:passages?|documents?|sources?)\b|&|(?:and|but|or|while|which|who)\b))"
REPORTS = (
    r"(?=\s+(?:also |only |does |do |did )?(?:not |explicitly )?(?:says?|state|note|mention|report|explain|describe"
    r"|show|indicate|suggest|confirm|highlight|emphasi[sz]e|distinguish|provide|discuss|list|recommend|define|advise|refer)"
    r"(?:s|es|ed)?\b)"
)
REFERENCES = re.compile(
    rf"\[{NUMBERED}\]{ENDS}"
    rf"|\((?:[^()\d]{{0,20}}\s)?{CITED}\s{NUMBERED}(?:, (?:step|point|section|item) \d{{1,2}})?\)"
    rf"|\b(?:in|from|using|according to) {CITED} {NUMBERED}(?!\d)(?!\s*(?:per\b|%))"
    rf"|\b(?:by )?{CITED} {NUMBERED}(?!\d)(?:{ENDS}|{REPORTS})",
    re.IGNORECASE,
)
"""Where an answer names its sources by number: no part of what it claims."""

ASKS_FOR_NUMBER = re.compile(r"\b(?:is|are|was|were|equals|of|than|about|least|most)\s*$", re.IGNORECASE)
"""What stands before a bracketed number that is said, not cited."""


def is_no_claim(text: str) -> bool:
    """Return whether a sentence states nothing: a greeting, an announcement, a question back, bare punctuation.

    What has a number in it states something, whatever it begins with; and a formula with more behind it does too.
    """
    stripped = without_references(text).strip()
    if not any(letter.isalnum() for letter in stripped):
        return True
    if any(letter.isdigit() for letter in stripped) or analyse(stripped).numbers:
        return False
    if NOT_CLAIMS.fullmatch(stripped) or QUESTION.fullmatch(stripped):
        return True
    about = ABOUT_SOURCES.fullmatch(stripped)
    if about is None:
        return False
    rest = (about["object"] or about["matter"] or "").strip()
    return len(rest.split()) <= LONGEST_OBJECT and not SECOND_STATEMENT.search(rest)


def without_references(claim: str) -> str:
    """Return the claim with references to its sources blanked; positions stay.

    A number that is said rather than cited stays: ``the dose is [900] mg``, ``source 90 per day``.
    """

    def blank(match: re.Match[str]) -> str:
        said = match.group().startswith("[") and ASKS_FOR_NUMBER.search(claim[: match.start()])
        return match.group() if said else " " * len(match.group())

    return REFERENCES.sub(blank, claim)
