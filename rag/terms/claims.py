"""What a sentence of an answer claims, and whether it claims anything at all."""

from __future__ import annotations

import re

NOT_CLAIMS = re.compile(
    r"^(?:"
    r"(?:sure|certainly|of course|absolutely|great question|hello|hi|hey|thanks|thank you|okay|ok|no problem)\b"
    r"(?:[,!]? (?:there|thing|happy to help|i can help(?: you)?(?: with that)?|here you go|let me help))?[.!,:]*"
    r"|(?:here(?:'s| is| are)|below (?:is|are)|the following|in summary|in short|to summarize)\b[^.]{0,80}:"
    r"|(?:i hope (?:this|that)|hope this) helps?\b[^.]*[.!]*"
    r"|(?:please )?(?:let me know|feel free)\b[^.]*[.!]*"
    r"|if you (?:have|need) (?:any |more |other |further )*(?:question|help|detail)[^.]*[.!]*"
    r"|(?:based on|according to) (?:the|these|your) (?:\w+ )?(?:documents?|passages?|sources?|context)[^.]{0,30}:"
    r")$",
    re.IGNORECASE | re.DOTALL,
)
"""Sentences that state nothing about the world."""

REFERENCES = re.compile(
    r"\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]"
    r"|\((?:[^()]{0,20}\s)?(?:passages?|documents?|sources?)\s\d[^()]{0,30}\)"
    r"|\b(?:in |from |by |using |according to )?(?:passages?|documents?|sources?) \d{1,2}(?:(?:, | and )\d{1,2})*\b",
    re.IGNORECASE,
)
"""Where an answer names its sources by number: no part of what it claims."""

ABOUT_SOURCES = re.compile(
    r"^(?:however, |unfortunately, |but )?(?:"
    r"(?:the |these |this |your |none of the )?(?:provided |given |available )?"
    r"(?:passages?|documents?|sources?|context|texts?|information)(?: (?:provided|given|above|available|here))?"
    r" (?:do|does|did)(?: not|n['’]t) (?:\w+ )?"
    r"(?:mention|provide|contain|specify|state|say|include|address|give|discuss)"
    r"|(?:it is |i am |i'm )?(?:unable|not possible|impossible) to (?:answer|determine|say)"
    r"|(?:this|it|the question|that) (?:cannot|can['’]t) be (?:answered|determined))\b(?!.*\bbut\b)",
    re.IGNORECASE | re.DOTALL,
)
"""Statements that the sources do not say something; no stretch of a source can support them."""


def is_no_claim(text: str) -> bool:
    """Return whether a sentence states nothing: a greeting, an announcement, a question back, bare punctuation.

    What has a figure in it states something, whatever it begins with.
    """
    stripped = without_references(text).strip()
    if not any(letter.isalnum() for letter in stripped) or stripped.endswith(("?", "？")):
        return True
    if any(letter.isdigit() for letter in stripped):
        return False
    return NOT_CLAIMS.match(stripped) is not None or ABOUT_SOURCES.match(stripped) is not None


def without_references(claim: str) -> str:
    """Return the claim with references to its sources blanked; positions stay."""
    return REFERENCES.sub(lambda match: " " * len(match.group()), claim)
