"""Which of the documents that answer to a question's names and periods are meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.retrieval.mentions import Mention
from rag.retrieval.naming import Known
from rag.terms.periods import is_year_alone

DOCUMENTS_MOST = 50
"""A question that names more documents than these names none."""
PREFERRED_SHARE = 0.1
"""Share of all documents up to which those that a question names without a date are preferred: of a few documents about
one thing its name is in most questions, and in the titles of some of them only by chance."""


@dataclass(frozen=True, slots=True)
class Named:
    """Documents that a question names.

    Attributes:
        groups: Those that answer to each thing named, by id; the passages are to come from each group in turn.
        only: Whether nothing else is meant; else they are only to be preferred.
    """

    groups: tuple[frozenset[str], ...]
    only: bool


def choose(
    mention: Mention, called: Sequence[tuple[Known, frozenset[str]]], *, is_named: bool, of: int
) -> Named | None:
    """Return the documents meant among those that answer to the question's names.

    Args:
        mention: What the question says of them.
        called: Those documents, each with the names that it answers to.
        is_named: Whether these names tell anything apart.
        of: Documents there are.
    """
    by_name: dict[frozenset[str], list[Known]] = defaultdict(list)
    for each, found in called:
        by_name[found].append(each)
    if mention.periods:
        return choose_by_period(mention, by_name, of=of)
    if not is_named:
        return None
    if mention.latest or mention.each:
        series = [ordered for some in by_name.values() if len(ordered := order_series(some)) > 1]
        if mention.latest and not mention.each:
            return limited([ordered[0] for ordered in series], of=of, only=True)
        return limited([one for row in zip_series(series) for one in row], of=of, only=True)
    if not mention.certain or len(called) > PREFERRED_SHARE * of:
        return None
    return limited([[each for some in by_name.values() for each in some]], of=of, only=False)


def choose_by_period(mention: Mention, called: Mapping[frozenset[str], Sequence[Known]], *, of: int) -> Named | None:
    """Return the documents of each period named, apart by name.

    Nothing else is meant where the question names them besides. A period alone may be that of what is asked, which any
    document may tell of.
    """
    by_name = list(called.values())
    # A period in a text may be anything's; it is the document's where the question names the document besides.
    by_opening = any(each.named_by(mention.certain) for some in by_name for each in some)
    about = [
        [each for each in some if each.is_of(period, by_opening=by_opening)]
        for period in mention.periods
        for some in by_name
    ]
    if any(about):
        whole_years = all(is_year_alone(period) for period in mention.periods)
        return limited(about, of=of, only=(by_opening or any(called)) and not whole_years)
    dated = [[each for each in some if each.is_dated(period)] for period in mention.periods for some in by_name]
    return limited(dated, of=of, only=False)


def order_series(documents: Sequence[Known]) -> list[list[Known]]:
    """Return the documents by the period that each is about, the latest first; those that name none are left out."""
    placed: dict[date, list[Known]] = defaultdict(list)
    for each in documents:
        if (place := each.place_in_series()) is not None:
            placed[place].append(each)
    return [placed[place] for place in sorted(placed, reverse=True)]


def zip_series(series: Sequence[Sequence[list[Known]]]) -> list[list[list[Known]]]:
    """Return the first of each series, the second of each, and so on."""
    longest = max(map(len, series), default=0)
    return [[one[at] for one in series if at < len(one)] for at in range(longest)]


def limited(groups: Iterable[Sequence[Known]], *, of: int, only: bool) -> Named | None:
    """Return the groups that hold documents; None where there is none, or too many, or all documents are in one."""
    kept = [frozenset(each.record.document_id for each in group) for group in groups if group]
    together = frozenset().union(*kept)
    if not kept or len(together) > DOCUMENTS_MOST or (len(kept) == 1 and len(together) == of):
        return None
    return Named(tuple(dict.fromkeys(kept)), only)
