"""Citing: the right characters, the marker as a hint only, nothing unsupported with a citation."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.citations import Cited, Numbering, citation_of, cite
from rag.types import DraftSentence, Evidence, Judgement, Passage, Span, Verdict, VerifierIdentity
from rag.verifiers import BuiltInVerifier
from tests.fakes.passages import passage, passages, reading_of

OPUS = (
    "Claude Opus 4 has been built to execute complex tasks. It played Pokémon Red for more than 24 hours straight. "
    "Claude 3.7 Sonnet was capable of playing for just 45 minutes."
)
BREAD = "The bakery opens at six. Its bread is made with rye flour and salt."
SIX = "The notice period is six months."
RIVER = "The Danube flows through ten countries. It rises in the Black Forest."


class ScriptedVerifier:
    """Judges as told: by claim text, with the same judgement for any evidence."""

    identity = VerifierIdentity("scripted", "1", 0.5)

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement
        self.claims: list[str] = []

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        self.claims.append(claim)
        return self.judgement


def quotes(cited: Cited) -> list[str]:
    return [p.canonical[span.start - p.start : span.end - p.start] for p, span in cited.sources]


def cite_text(text: str, shown: Sequence[Passage], *markers: int, question: str = "") -> Cited:
    return cite(DraftSentence(text, markers), shown, BuiltInVerifier(), question=question)


SHOWN = passages(BREAD, OPUS, RIVER)


def test_a_sentence_is_cited_to_the_sentence_that_supports_it() -> None:
    cited = cite_text("Pokémon Red was played for more than 24 hours straight.", SHOWN, 2)
    assert quotes(cited) == ["It played Pokémon Red for more than 24 hours straight."]
    assert cited.sources[0][0].number == 2


@pytest.mark.parametrize("markers", [(), (1,), (3,), (1, 3), (99,), (0,), (-2,), (2, 2), (3, 2, 1)])
def test_a_wrong_missing_or_out_of_range_marker_changes_nothing(markers: tuple[int, ...]) -> None:
    right = cite_text("The Danube rises in the Black Forest.", SHOWN, 3)
    assert cite_text("The Danube rises in the Black Forest.", SHOWN, *markers) == right
    assert [p.number for p, _ in right.sources] == [3]


def test_among_passages_that_say_the_same_the_marker_decides() -> None:
    twins = passages(RIVER, RIVER, RIVER)
    for marker in (1, 2, 3):
        cited = cite_text("The Danube flows through ten countries.", twins, marker)
        assert [p.number for p, _ in cited.sources] == [marker]
    assert [p.number for p, _ in cite_text("The Danube flows through ten countries.", twins).sources] == [1]


def test_of_documents_that_say_the_same_the_one_that_is_named_is_cited() -> None:
    twins = (passage(SIX, 1, title="Oslo lease"), passage(SIX, 2, title="Bergen lease"))
    for name, number in (("Oslo", 1), ("Bergen", 2)):
        cited = cite_text(f"The notice period of the {name} lease is six months.", twins, number)
        assert cited.judgement.verdict is Verdict.SUPPORTED
        assert [p.number for p, _ in cited.sources] == [number]


class NearVerifier:
    """Supports a claim by every piece of evidence, with a score of its own for each: by its last word."""

    identity = VerifierIdentity("near", "1", 0.5)

    def __init__(self, **scores: float) -> None:
        self.scores = scores

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        scores = [self.scores[text.split()[-1]] for text in evidence]
        index = max(range(len(evidence)), key=lambda i: scores[i])
        end = len(evidence[index])
        return Judgement(Verdict.SUPPORTED, scores[index], (Evidence(index, end - 3, end),))


@pytest.mark.parametrize(
    ("scores", "cited"),
    [((0.86, 0.84), 2), ((0.84, 0.86), 2), ((0.90, 0.80), 1), ((1.0, 0.99), 1), ((1.0, 1.0), 2)],
    ids=["a little less", "a little more", "clearly less", "word for word against nearly", "both word for word"],
)
def test_scores_that_differ_only_a_little_leave_it_to_the_marker(scores: tuple[float, float], cited: int) -> None:
    verifier = NearVerifier(one=scores[0], two=scores[1])
    found = cite(DraftSentence("The river flows.", (2,)), passages("one", "two"), verifier)
    assert [p.number for p, _ in found.sources] == [cited]


def test_a_marker_never_prefers_weaker_support() -> None:
    claim = "The Danube flows through ten countries."
    shown = passages(claim, "The great river Danube slowly flows through ten different countries.")
    assert BuiltInVerifier().verify(claim, [shown[1].text]).verdict is Verdict.SUPPORTED
    assert [p.number for p, _ in cite_text(claim, shown, 2).sources] == [1]


@pytest.mark.parametrize(
    "text",
    ["The Danube freezes every winter in Vienna.", "Pokémon Red was played for 48 hours.", "Is that so?", "Hello!"],
)
def test_what_is_not_supported_has_no_citation(text: str) -> None:
    cited = cite_text(text, SHOWN, 2, 3)
    assert cited.judgement.verdict not in (Verdict.SUPPORTED, Verdict.PARTIAL)
    assert cited.sources == ()


def test_support_without_a_place_is_called_uncited() -> None:
    for evidence in ((), (Evidence(7, 0, 5),), (Evidence(0, 5, 5),), (Evidence(0, 0, 10**6),), (Evidence(-1, 0, 4),)):
        verifier = ScriptedVerifier(Judgement(Verdict.SUPPORTED, 0.9, evidence))
        cited = cite(DraftSentence("Bread is baked."), SHOWN, verifier)
        if cited.sources:
            assert evidence[0].start < len(SHOWN[0].text)
        else:
            assert cited.judgement.verdict is Verdict.UNCITED


def test_without_passages_nothing_is_supported() -> None:
    cited = cite_text("The Danube flows through ten countries.", ())
    assert cited.judgement.verdict is Verdict.UNSUPPORTED
    assert cited.sources == ()


def test_the_quote_is_canonical_text_with_its_markup() -> None:
    marked = passage(
        "The **Opus** model<br/> is a [[leap | step]] in software engineering.  \nMore.", before="# Title\n\n"
    )
    cited = cite_text("The Opus model is a leap | step in software engineering.", [marked])
    assert quotes(cited) == ["The **Opus** model<br/> is a [[leap | step]] in software engineering."]
    assert cited.sources[0][1] == Span(9, 9 + len(quotes(cited)[0]))


def test_a_fragment_is_judged_as_the_answer_to_its_question() -> None:
    question = "How long did it play Pokémon Red?"
    assert cite_text("24 hours.", SHOWN, question=question).judgement.verdict is Verdict.SUPPORTED
    wrong = cite_text("45 minutes.", SHOWN, question="How long was the Danube flowing through the Black Forest?")
    assert wrong.judgement.verdict is not Verdict.SUPPORTED


def test_a_short_sentence_of_the_source_is_cited_as_it_stands_whatever_was_asked() -> None:
    shown = passages("Opus 3 wished to share its musings. We suggested a blog. It agreed.", BREAD)
    cited = cite_text("We suggested a blog.", shown, question="Why does the Danube freeze?")
    assert (cited.judgement.score, quotes(cited)) == (1.0, ["We suggested a blog."])


@pytest.mark.parametrize("text", ["Sure!", "I hope this helps!", "Hello!", "Is that so?"])
def test_what_claims_nothing_is_not_read_as_an_answer_to_the_question(text: str) -> None:
    cited = cite_text(text, SHOWN, question="Through how many countries does the Danube flow?")
    assert cited.judgement.verdict is Verdict.NOT_A_CLAIM


def test_numbers_begin_at_one_and_one_place_has_one_number() -> None:
    numbering = Numbering()
    first, second = SHOWN[0], SHOWN[1]
    assert numbering.number(second, Span(0, 10)) == 1
    assert numbering.number(first, Span(0, 10)) == 2
    assert numbering.number(second, Span(0, 10)) == 1
    assert numbering.number(second, Span(0, 11)) == 3
    assert [citation.number for citation in numbering.citations] == [1, 2, 3]
    again = passage(OPUS, 5, document="doc2")
    assert numbering.number(again, Span(0, 10)) == 1


def test_lines_are_counted_in_the_document() -> None:
    text = "First line.\nSecond line\nwraps.\n\nFifth."
    found = passage(text, before="a\nb\n")
    whole = citation_of(found, Span(found.start, found.end), 1)
    assert whole.lines == (3, 7)
    assert citation_of(found, Span(found.start, found.start + 11), 1).lines == (3, 3)
    second = text.index("Second")
    assert citation_of(found, Span(4 + second, 4 + text.index("\n\n")), 1).lines == (4, 5)


def test_a_span_outside_its_passage_is_refused() -> None:
    found = passage("Some text.", before="before ")
    for span in (Span(0, 5), Span(7, 99), Span(9, 9)):
        with pytest.raises(ValueError, match="not within"):
            citation_of(found, span, 1)


WORDS = st.sampled_from(
    ["the", "river", "Danube", "flows", "24", "hours", "**", "<b>", "[[", "\n", "\n\n", "bread", "."]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=40), st.integers(0, 30), st.data())
def test_every_citation_quotes_the_document_verbatim(words: list[str], offset: int, data: st.DataObject) -> None:
    canonical = " ".join(words)
    before = "x" * offset
    document = before + canonical + " the end"
    found = passage(canonical, before=before)
    reading = reading_of(canonical, offset).text
    start = data.draw(st.integers(0, len(reading) + 1))
    end = data.draw(st.integers(0, len(reading) + 1))
    verifier = ScriptedVerifier(Judgement(Verdict.SUPPORTED, 1.0, (Evidence(0, start, end),)))
    cited = cite(DraftSentence("The river flows."), [found], verifier)
    numbering = Numbering()
    for source, span in cited.sources:
        number = numbering.number(source, span)
        citation = numbering.citations[number - 1]
        assert document[citation.start : citation.end] == citation.quote
        assert citation.quote == citation.quote.strip() != ""
        assert found.start <= citation.start < citation.end <= found.end
        assert citation.lines[0] == document[: citation.start].count("\n") + 1
        assert citation.lines[1] == document[: citation.end].count("\n") + 1


class TitleVerifier:
    """Supports whatever stands in the evidence, and keeps what it was given."""

    identity = VerifierIdentity("title", "1", 0.5)

    def __init__(self) -> None:
        self.given: list[tuple[str, ...]] = []

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        self.given.append(tuple(evidence))
        for index, text in enumerate(evidence):
            if claim in text:
                return Judgement(
                    Verdict.SUPPORTED, 0.9, (Evidence(index, text.index(claim), text.index(claim) + len(claim)),)
                )
        return Judgement(Verdict.UNSUPPORTED, 0.1)


def test_a_passage_is_judged_under_its_title_and_headings() -> None:
    verifier = TitleVerifier()
    shown = passage("Rye bread is baked.", title="Bakery", heading=("Bakery", "Bread"))
    cited = cite(DraftSentence("Rye bread"), [shown], verifier)
    assert verifier.given == [("Bakery.\n\nBread.\n\nRye bread is baked.",)]
    assert quotes(cited) == ["Rye bread"]


def test_a_heading_that_begins_the_passage_is_not_said_twice() -> None:
    verifier = TitleVerifier()
    shown = passage("Bakery\n\nRye bread is baked.", title="Bakery", heading=("Bakery",))
    cite(DraftSentence("Rye"), [shown], verifier)
    assert verifier.given == [(shown.text,)]


def test_what_only_a_title_says_is_not_cited() -> None:
    verifier = TitleVerifier()
    shown = passage("Rye bread is baked.", title="Bakery closes on Monday")
    cited = cite(DraftSentence("Bakery closes"), [shown], verifier)
    assert cited.judgement.verdict is Verdict.UNSUPPORTED
    assert verifier.given[-1] == ("Rye bread is baked.",)
    assert cited.sources == ()


def test_a_name_that_stands_in_the_title_alone_is_no_doubt() -> None:
    shown = passage("Revenue was 5 million euros in 2023. Costs were 3 million euros.", title="Halden Kiln Works 2023")
    cited = cite_text("In 2023 the revenue of Halden Kiln Works was 5 million euros.", [shown])
    assert cited.judgement.verdict is Verdict.SUPPORTED
    assert quotes(cited) == ["Revenue was 5 million euros in 2023."]
    other = cite_text("In 2023 the revenue of Moss Kiln Works was 5 million euros.", [shown])
    assert other.judgement.verdict is not Verdict.SUPPORTED
    assert other.judgement.problem == "the name Moss is not in the source"


def test_a_passage_that_goes_by_its_place_alone_has_no_title_to_be_judged_under() -> None:
    verifier = TitleVerifier()
    shown = passage("Rye bread is baked.", title="doc1.txt", document="doc1")
    cite(DraftSentence("Rye"), [shown], verifier)
    assert verifier.given == [("Rye bread is baked.",)]
