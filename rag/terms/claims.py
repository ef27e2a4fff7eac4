"""What a sentence of an answer claims, and whether it claims anything at all."""

from __future__ import annotations

import re

from rag.terms.analysis import analyse
from rag.terms.formulas import ANNOUNCEMENTS, DOCUMENTS, PLEASANTRIES

FORMULA = "|".join((*ANNOUNCEMENTS, *PLEASANTRIES))
NOT_CLAIMS = re.compile(
    rf"(?:(?:\A¡?|(?!\A)[\s,.!:;…！。，、–—-]{{1,4}}(?:and |but |und |et |y )?)(?:{FORMULA})){{1,4}}"
    r"[\s.!:,…！。：~-]*",
    re.IGNORECASE,
)
"""Sentences that state nothing about the world; a sentence must match whole, at most four formulas in a row."""

FORMULAS_MAX_CHARACTERS = 240
"""A longer sentence says more than formulas."""

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
    r"(?:(?:so|and|but|or|then|sorry|also|und|oder|et|ou),? )?(?:(?:in|for|of|to|from|by|on|at|dans|de|à"
    r"|pour|in|für|mit) )?"
    r"(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|will|would"
    r"|shall|should"
    r"|may|might|has|have|had|wer|was|wie|warum|wo|wann|wozu|worum|welche[rsnm]?|ist|sind|haben|kann"
    r"|können|möchten|möchtest"
    r"|soll|sollte|gibt|brauchen|wollen|qui|que|quoi|quels?|quelles?|comment|pourquoi|où|quand|combien"
    r"|est-ce|avez-vous"
    r"|voulez-vous|souhaitez-vous|puis-je|che|chi|cosa|come|quando|dove|perché|quale|quali|vuoi|vuole"
    r"|posso|o que|quem|como"
    r"|onde|por que|qual|quais|wat|wie|waar|wanneer|waarom|hoe|welke?|wilt|kan|kunt)"
    r"\b(?! you (?:know|realise|realize|hear) (?:that|the)\b)(?!,)[^;:]*\?|¿[^;:]*\?|.*[吗呢什哪谁几怎何か].*？",
    re.IGNORECASE | re.DOTALL,
)
"""A genuine question; what only ends in a question mark (``isn't it?``) is a statement."""

TAGGED = re.compile(
    r"[,，] ?(?:isn['’]?t (?:it|he|she)|aren['’]?t (?:they|you)|wasn['’]?t (?:it|he|she)|doesn['’]?t (?:it"
    r"|he|she)|don['’]?t (?:they|you)"
    r"|didn['’]?t (?:it|he|she|they)|right|correct|no|nicht wahr|oder|n['’]est-ce pas|non|verdad|vero|né"
    r"|toch)\s*\?$",
    re.IGNORECASE,
)
"""What makes a statement look like a question."""

NUMBERED = r"\d{1,2}(?:\s*(?:[;&–-]|,? and|,)\s*\d{1,2})*"
CITED = r"(?:passages?|documents?|sources?|quellen?|textstellen?|dokumenten?|extraits?|fuentes?|pasajes?|documentos?)"
ENDS = r"(?=\s*(?:$|[.,;:!?)\]。，；、]|\[\d|\((?:passages?|documents?|sources?)\b|&|(?:and|but|or|while|which|who)\b))"
REPORTS = (
    r"(?=\s+(?:also |only |does |do |did )?(?:not |explicitly )?(?:says?|state|note|mention|report"
    r"|explain|describe"
    r"|show|indicate|suggest|confirm|highlight|emphasi[sz]e|distinguish|provide|discuss|list|recommend"
    r"|define|advise|refer)"
    r"(?:s|es|ed)?\b)"
)
REFERENCES = re.compile(
    rf"\[{NUMBERED}\]{ENDS}"
    rf"|\((?:[^()\d]{{0,20}}\s)?{CITED}\s{NUMBERED}(?:, (?:step|point|section|item) \d{{1,2}})?\)"
    rf"|\b(?:in|from|using|according to|laut|gemäß|nach|selon(?: l[ea])?|d['’]après l[ea]|según (?:la|el)"
    rf"|volgens) {CITED} {NUMBERED}(?!\d)(?!\s*(?:per\b|%))"
    rf"|\b(?:by )?{CITED} {NUMBERED}(?!\d)(?:{ENDS}|{REPORTS})"
    r"|^\s*(?:yes|no|ja|nein|oui|non|sí)[,.!:]\s"
    rf"|\((?:see )?(?:steps?|fig(?:ures?|\.)|tables?|items?|points?|pages?) {NUMBERED}\)",
    re.IGNORECASE,
)
"""Where an answer names its sources by number, or says yes or no first: no part of what it claims."""

ASKS_FOR_NUMBER = re.compile(r"\b(?:is|are|was|were|equals|of|than|about|least|most)\s*$", re.IGNORECASE)
"""What stands before a bracketed number that is said, not cited."""


def is_no_claim(text: str) -> bool:
    """Return whether a sentence states nothing: a greeting, an announcement, a question back, bare punctuation.

    What has a number in it states something, whatever it begins with; and a formula with more behind it does too.
    """
    stripped = without_references(text).strip()
    if not any(letter.isalnum() for letter in stripped):
        return True
    if any(letter.isdigit() for letter in stripped):
        return False
    if QUESTION.fullmatch(stripped) and not TAGGED.search(stripped):
        return True
    if analyse(stripped).numbers:
        return False
    if len(stripped) <= FORMULAS_MAX_CHARACTERS and NOT_CLAIMS.fullmatch(stripped):
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
