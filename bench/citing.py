"""Whether citations depend on how a model writes them: ``python -m bench citing``.

The scripted models of `tests.fakes.citing` answer in their own ways: markers of all makes, wrong ones, none, footnotes,
other languages. Their replies come in pieces, and are cut, cited and verified as those of a real model are. Gold is
made by hand: passage and words for every sentence, near-duplicate passages included, between which only the marker
decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.report import Row, print_table
from rag.citations import Cited, cite
from rag.drafting.cutting import SentenceCutter
from rag.protocols import Verifier
from rag.types import DraftSentence, Verdict
from rag.verifiers import BuiltInVerifier
from tests.fakes.citing import MODELS, CitingModel, Saying

PIECE_CHARACTERS = 3


@dataclass(frozen=True)
class Score:
    """How a model's sentences were cited, in per cent.

    Attributes:
        precision: Citations that stand where the gold says, of all citations.
        recall: Sentences with such a citation, of all sentences that have gold.
    """

    precision: float
    recall: float


def main() -> None:
    """Print the table."""
    rows = []
    for model in MODELS:
        found = score(model, BuiltInVerifier())
        either = "the marker" if model.tells else "either"
        rows.append(Row(model.name, [len(model.sayings), either, f"{found.precision:.1f}", f"{found.recall:.1f}"]))
    print_table(
        "Citations with any model",
        ["the model writes", "sentences", "between near-duplicates", "precision", "recall"],
        rows,
        "Where a model gives no right marker, nobody can tell two passages apart that say the same: either counts.",
    )


def score(model: CitingModel, verifier: Verifier) -> Score:
    """Return precision and recall of a model's citations."""
    sayings = list(model.sayings)
    given = right = recalled = 0
    for sentence in cut(model):
        cited = cite(sentence, model.passages, verifier)
        if cited.judgement.verdict is Verdict.NOT_A_CLAIM:
            continue
        saying = next((saying for saying in sayings if saying.text == sentence.text), None)
        hits = hits_of(cited, saying, model.tells) if saying is not None else 0
        given += len(cited.sources)
        right += hits
        if saying is not None:
            sayings.remove(saying)
            recalled += hits > 0
    return Score(100 * right / given if given else 0.0, 100 * recalled / len(model.sayings))


def cut(model: CitingModel) -> list[DraftSentence]:
    """Return the sentences of a model's reply, read in pieces."""
    cutter = SentenceCutter(len(model.passages))
    pieces = [model.reply[at : at + PIECE_CHARACTERS] for at in range(0, len(model.reply), PIECE_CHARACTERS)]
    return [sentence for piece in pieces for sentence in cutter.feed(piece)] + cutter.finish()


def hits_of(cited: Cited, saying: Saying, tells: bool) -> int:
    """Return how many of a sentence's citations stand where the gold says."""
    meant = {saying.number} if tells else {saying.number, *saying.twins}
    quotes = [(p.number, p.canonical[span.start - p.start : span.end - p.start]) for p, span in cited.sources]
    return sum(number in meant and (saying.quote in quote or quote in saying.quote) for number, quote in quotes)
