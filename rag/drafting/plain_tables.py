"""Tables set as plain lines, as a PDF has them: a label and its figure on each, under a line that names the columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.drafting.tables import PERIOD, is_row, label_of_figures
from rag.terms.ranges import opening_range

ROWS_LEAST = 2
"""Lines with a label and a figure from which they are taken for a table."""

HEADER_WORDS_MOST = 8
VALUE_CHARACTERS_MOST = 40
"""Length up to which what stands behind a range is taken for its value."""

LAST_FIGURE = re.compile(r"[^\d]*\d[\d.,]*\d?[)%\s]*")
"""A text with one figure, at its end."""

SENTENCE_ENDS = ".!?:;"


def plain_headers_of(sentences: Sequence[str]) -> Mapping[int, int | None]:
    """Return each row of a table set as plain lines, by position, with the position of its header; None without one.

    >>> plain_headers_of(["All is well.", "Kind £", "Salaries 58,200", "Premises 21,600"])
    {2: 1, 3: 1}
    >>> plain_headers_of(["Salaries 58,200", "Rent is due in May."])
    {}
    """
    headers: dict[int, int | None] = {}
    run: list[int] = []
    for position, text in enumerate([*sentences, ""]):
        if is_plain_row(text):
            run.append(position)
            continue
        if len(run) >= ROWS_LEAST:
            above = run[0] - 1
            header = above if above >= 0 and is_plain_header(sentences[above]) else None
            headers.update(dict.fromkeys(run, header))
        run = []
    return headers


def is_plain_row(text: str) -> bool:
    """Return whether a line is a label with one figure, or a range with its value.

    >>> [is_plain_row(text) for text in ("Rabbits 282", "above £120,000 5.5 %", "up to £50,000 none")]
    [True, True, True]
    >>> [is_plain_row(text) for text in ("He was born in 1978.", "up to £50,000 may be spent by each of the partners.")]
    [False, False]
    """
    if is_row(text) or text.endswith(tuple(SENTENCE_ENDS)):
        return False
    if label_of_figures(text) and LAST_FIGURE.fullmatch(text):
        return True
    range_, value = opening_range(text)
    return range_ is not None and 0 < len(value) <= VALUE_CHARACTERS_MOST


def is_plain_header(text: str) -> bool:
    """Return whether a line may name the columns of the rows below it: short, no sentence, no figures but of periods.

    >>> is_plain_header("Species Consultations"), is_plain_header("Late payment bears interest at 8 % a year.")
    (True, False)
    """
    if text.endswith(tuple(SENTENCE_ENDS)) or not 0 < len(text.split()) <= HEADER_WORDS_MOST:
        return False
    return not any(letter.isdigit() for letter in PERIOD.sub("", text))
