"""The built-in verifier: verbatim is certain, numbers, names and negation are checked, noise changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.encoders.support import FOLDER, GRAPH, RARITY, TOKENIZER, WEIGHTS, encoder_revision
from rag.sentences import segment
from rag.types import Verdict
from rag.verifiers import BuiltInVerifier

SOURCE = (
    "Claude Opus 4 has been built to execute complex tasks that involve completing thousands of steps over several "
    "hours. For example, it created a guide for the video game Pokémon Red while playing it for more than 24 hours "
    "straight. The company’s previously most powerful model, Claude 3.7 Sonnet, was capable of playing for just 45 "
    "minutes, says Dianne Penn, product lead for research at Anthropic. Rakuten raised $3 billion in May 2025. "
    "The model does not support images."
)
NOISE = (
    "The bakery opens at six. Its bread is made with rye flour and salt.",
    "The Danube flows through ten countries and rises in the Black Forest.",
    "Quarterly revenue of the mill rose by 7 percent to $12 million in 2019, said Anna Berg.",
    "No vehicles are allowed in the park after dark; dogs are never admitted.",
)
VERIFIER = BuiltInVerifier()


def verdict(claim: str, *evidence: str) -> Verdict:
    return VERIFIER.verify(claim, evidence or [SOURCE]).verdict


def supporting(claim: str, source: str = SOURCE) -> list[str]:
    return [source[item.start : item.end] for item in VERIFIER.verify(claim, [source]).evidence]


MEDICINE = (
    "Metoprolol reduces the heart rate. It should be taken with food. The maximum dose is 200 mg per day. Patients "
    "with severe asthma must not take metoprolol. Ibuprofen may increase blood pressure."
)
SENTENCES = [SOURCE[start:end] for start, end in segment(SOURCE)]


@pytest.mark.parametrize("sentence", [*SENTENCES, *(text for piece in NOISE for text in piece.split(". ")[:1])])
def test_a_verbatim_sentence_is_supported_with_score_one_by_exactly_its_span(sentence: str) -> None:
    piece = next(piece for piece in (SOURCE, *NOISE) if sentence in piece)
    judgement = VERIFIER.verify(sentence, [*NOISE, piece])
    assert (judgement.verdict, judgement.score, judgement.problem) == (Verdict.SUPPORTED, 1.0, None)
    item = judgement.evidence[0]
    found = [*NOISE, piece][item.index][item.start : item.end]
    assert found.rstrip(".") == sentence.rstrip(".")
    assert len(judgement.evidence) == 1


def test_a_verbatim_sentence_is_found_across_a_line_break() -> None:
    wrapped = "It was late.\nThe model can work\nfor hours at a time.\nThen it stopped."
    judgement = VERIFIER.verify("It was late. The model can work", ["It was late. The model can work\n\nNext."])
    assert judgement.score == 1.0
    assert verdict("The model can work for hours at a time.", wrapped) is Verdict.SUPPORTED


def test_a_verbatim_sentence_is_found_after_the_same_words_inside_another() -> None:
    source = "Nobody said that we agree. Later it rained. We agree."
    assert supporting("We agree.", source) == ["We agree."]
    source = "It is a rumour that We agree. We agree."
    assert supporting("We agree.", source) == ["We agree."]


def test_a_part_of_a_sentence_is_not_taken_for_the_sentence() -> None:
    source = "It is false that the moon is made of green cheese."
    assert VERIFIER.verify("the moon is made of green cheese.", [source]).score != 1.0


@pytest.mark.parametrize(
    "claim",
    [
        "Claude Opus 4 played Pokémon Red for more than 24 hours.",
        "Claude Opus 4 played Pokémon Red for twenty-four hours.",
        "Claude 3.7 Sonnet could play for just 45 minutes.",
        "In May 2025 Rakuten raised $3B.",
        "The model doesn't support images.",
        "According to passage 2, Rakuten raised $3 billion in May 2025 [4].",
    ],
)
def test_a_claim_in_other_words_is_supported(claim: str) -> None:
    assert verdict(claim) is Verdict.SUPPORTED


def test_the_support_is_the_smallest_stretch() -> None:
    assert supporting("Rakuten raised $3B in May 2025.") == ["Rakuten raised $3 billion in May 2025."]


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        ("Claude Opus 4 played Pokémon Red for 48 hours straight.", "number 48 hours is not in the source"),
        ("Claude Opus 4 played Pokémon Red for 24 minutes straight.", "number 24 minutes is not in the source"),
        ("Rakuten raised $3 million in May 2025.", "number 3 million is not in the source"),
        ("Rakuten raised €3 billion in May 2025.", "number 3 billion is not in the source"),
        ("Rakuten did not raise $3 billion in May 2025.", "negated in one, not in the other"),
        ("The model does support images.", "negated in one, not in the other"),
    ],
)
def test_a_wrong_number_or_negation_is_unsupported_and_named(claim: str, problem: str) -> None:
    judgement = VERIFIER.verify(claim, [SOURCE])
    assert (judgement.verdict, judgement.problem) == (Verdict.UNSUPPORTED, problem)


@pytest.mark.parametrize(
    "claim",
    ["Gemini played Pokémon Red for more than 24 hours straight.", "In May 2025 Google raised $3 billion."],
)
def test_a_wrong_name_is_never_supported(claim: str) -> None:
    judgement = VERIFIER.verify(claim, [SOURCE])
    assert judgement.verdict in (Verdict.PARTIAL, Verdict.UNSUPPORTED)
    assert judgement.problem is not None
    assert claim.replace("In May 2025 ", "").split()[0] in judgement.problem


def test_a_number_said_of_another_is_not_supported() -> None:
    judgement = VERIFIER.verify("Rakuten played for just 45 minutes.", [SOURCE])
    assert judgement.verdict is not Verdict.SUPPORTED


def test_what_is_not_mentioned_is_unsupported_and_named() -> None:
    judgement = VERIFIER.verify("The price on the marketplace includes a yearly discount.", [SOURCE])
    assert judgement.verdict is Verdict.UNSUPPORTED
    assert judgement.problem is not None
    assert judgement.problem.startswith("not mentioned: price, marketplace")


@pytest.mark.parametrize(
    "text",
    [
        "Here is what I found:",
        "Hello!",
        "Sure, happy to help.",
        "Which model do you mean?",
        "---",
        "",
        "I hope this helps!",
        "The documents do not mention the price.",
        "Based on the documents provided:",
    ],
)
def test_what_states_nothing_is_no_claim(text: str) -> None:
    judgement = VERIFIER.verify(text, [SOURCE])
    assert (judgement.verdict, judgement.score, judgement.evidence) == (Verdict.NOT_A_CLAIM, None, ())


@pytest.mark.parametrize(
    "claim",
    [
        "Sure, the model costs $40.",
        "Sure, the marketplace offers yearly discounts.",
        "Hello, the bakery was sold to Google.",
        "The documents do not mention the price but the marketplace offers a yearly discount.",
        "If you need it cheaper, the marketplace offers discounts.",
        "Here are the 12 models that OpenAI sells:",
    ],
)
def test_a_claim_behind_a_pleasantry_is_still_judged(claim: str) -> None:
    assert verdict(claim) is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    "claim",
    [
        "Please note that the maximum dose of metoprolol is 5000 mg per day.",
        "I hope this helps: patients with severe asthma must take metoprolol.",
        "Let me know if you need more; patients with asthma must take metoprolol.",
        "The maximum dose is 5000 mg, isn't it?",
        "The maximum dose is 5000 mg?",
        "Patients with asthma may take metoprolol?",
        "Sure, the maximum dose is 5000 mg.",
        "If you have asthma, metoprolol is entirely safe at 900 mg.",
        "If you need help with asthma, metoprolol is entirely safe.",
        "Here is the answer, metoprolol is entirely safe:",
        "The documents do not mention asthma, and metoprolol cures cancer at 5000 mg.",
        "The documents do not mention asthma and metoprolol cures every cancer.",
        "The documents do not mention asthma because metoprolol is harmless for everyone.",
        "It is impossible to determine the dose, which is five thousand milligrams.",
        "The maximum dose is [900] mg per day.",
        "The maximum dose is source 90 per day.",
        "Document 9 doses per day are the maximum dose.",
        "The maximum dose is ²⁰⁰⁰ mg per day.",
        "The maximum dose is 200 g per day.",
        "The maximum dose is 200 mg per hour.",
        "The maximum dose is over 200 mg per day.",
        "The maximum dose is twice 200 mg per day.",
        "The minimum dose is 200 mg per day.",
        "It is false that the maximum dose is 200 mg per day.",
        "Metoprolol raises the heart rate.",
        "Ibuprofen reduces the heart rate.",
    ],
)
def test_a_lie_about_medicine_is_judged_and_never_supported(claim: str) -> None:
    assert verdict(claim, MEDICINE) in {Verdict.UNSUPPORTED, Verdict.PARTIAL}


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The Moon is at a distance of 384,400 m.", "The Moon is at a distance of 384,400 km."),
        ("Sales were 4.5 million dollars in 2019.", "Sales were 4.5 million units in 2019."),
        ("Refunds are paid within 24 hours.", "Refunds are paid within 24 business days."),
        ("Goods may be returned within 24 hours.", "Goods may be returned within 30 days. Refunds take 24 hours."),
        ("The pump starts below 3 psi.", "The pump starts below 3 bar."),
        ("The lease ends after three weeks.", "The lease ends after three months. It was signed on 3 May."),
        ("The temperature was 5 degrees.", "The temperature was -5 degrees."),
        ("It was released on 5 May 2024.", "It was released on 2024-05-22. Five of the engines failed."),
        ("Eight of the five engines failed.", "Five of the eight engines failed."),
        ("Costs rose 5 percent.", "Costs rose 5 percentage points."),
        ("Revenue fell 8% in 2017.", "Revenue rose 8% in 2017 and fell 3% in 2018."),
        ("Revenue rose 3% in 2017 and fell 8% in 2018.", "Revenue rose 8% in 2017 and fell 3% in 2018."),
        ("Customers must return goods.", "Customers may return goods."),
        ("Customers may return opened goods.", "Customers may return unopened goods."),
        ("The valve is opened after the tank is filled.", "The valve is opened before the tank is filled."),
        ("Notice is given at most 60 days before.", "Notice is given at least 60 days before."),
        ("Bernard Kessel sold the company in 2014.", "Bernard Kessel bought the company in 2014."),
        ("Smoking prevents lung cancer.", "Smoking causes lung cancer."),
        ("None of the eight engines failed.", "Five of the eight engines failed."),
        ("All doors are locked at night.", "All doors except the north door are locked at night."),
        ("Shipping costs are not refunded.", "Shipping costs are not refunded unless the goods are faulty."),
        ("Paris is the capital.", "It is rumoured that Paris is the capital."),
        ("He did not deny the charges.", "He denied the charges."),
    ],
)
def test_numbers_opposites_and_exceptions_that_differ_are_not_supported(claim: str, source: str) -> None:
    assert verdict(claim, source) in {Verdict.UNSUPPORTED, Verdict.PARTIAL}


FOUNDED = (
    "Alice Martin founded Orbital Foods in Lyon in 2009. In 2014 Bernard Kessel bought the company for 12 million."
)


@pytest.mark.parametrize(
    ("claim", "tail"),
    [
        ("Alice Martin founded Orbital Foods in Lyon in 2009, and the company went bankrupt.", "company went bankrupt"),
        ("Alice Martin founded Orbital Foods in Lyon in 2009 and murdered Bernard Kessel.", "murdered Bernard Kessel"),
        ("Bernard Kessel, who is a convicted fraudster, bought the company in 2014.", "convicted fraudster"),
        ("Alice Martin founded Orbital Foods in 2009; shipping is free.", "shipping is free"),
    ],
)
def test_a_false_clause_beside_a_true_one_pulls_the_verdict_down_and_is_named(claim: str, tail: str) -> None:
    judgement = VERIFIER.verify(claim, [FOUNDED])
    assert judgement.verdict in {Verdict.PARTIAL, Verdict.UNSUPPORTED}
    assert judgement.problem is not None
    assert tail in judgement.problem


@pytest.mark.parametrize(
    ("claim", "source", "holds"),
    [
        ("Lung cancer causes smoking.", "Smoking causes lung cancer.", False),
        ("The server attacked the client.", "The server was attacked by the client.", False),
        ("The landlord shall pay the tenant.", "The tenant shall pay the landlord.", False),
        ("The client attacked the server.", "The server was attacked by the client.", True),
        ("In 2017 revenue rose 8%.", "Revenue rose 8% in 2017.", True),
        ("Spain and France signed the treaty.", "The treaty was signed by France and Spain.", True),
    ],
)
def test_exchanged_roles_are_never_supported_and_other_orders_are(claim: str, source: str, holds: bool) -> None:
    assert (verdict(claim, source) is Verdict.SUPPORTED) is holds


def test_another_script_or_language_is_not_checked() -> None:
    for claim in (
        "Модель работала двадцать четыре часа.",
        "Das Modell hat die Aufgabe nicht gelöst und es ist zu spät.",
    ):
        judgement = VERIFIER.verify(claim, [SOURCE])
        assert (judgement.verdict, judgement.score) == (Verdict.NOT_CHECKED, None)
        assert judgement.problem


def test_chinese_is_checked_against_chinese() -> None:
    source = "该模型可以连续工作24小时。它由一家美国公司开发,但不支持图像输入。"
    assert verdict("该模型能够连续工作24小时。", source) is Verdict.SUPPORTED
    assert verdict("该模型可以连续工作48小时。", source) is Verdict.UNSUPPORTED
    assert verdict("该模型不可以连续工作24小时。", source) is Verdict.UNSUPPORTED
    assert verdict("面包店早上六点开门。", source) is Verdict.UNSUPPORTED


def test_without_evidence_a_claim_is_unsupported() -> None:
    for evidence in ([], [""], ["   \n "]):
        judgement = VERIFIER.verify("Rakuten raised $3 billion.", evidence)
        assert (judgement.verdict, judgement.score, judgement.evidence) == (Verdict.UNSUPPORTED, 0.0, ())


def test_the_identity_changes_with_the_files_of_the_encoder(tmp_path: Path) -> None:
    for name in (GRAPH, WEIGHTS, TOKENIZER, RARITY):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    assert encoder_revision(tmp_path) == encoder_revision()
    assert VERIFIER.identity.version.endswith(f"+{encoder_revision()}")
    encoder_revision.cache_clear()
    with (tmp_path / WEIGHTS).open("ab") as file:
        file.write(b"!")
    assert encoder_revision(tmp_path) != encoder_revision()


def test_a_wrong_date_is_told_with_its_month() -> None:
    for said in ("31 May", "May 31"):
        problem = VERIFIER.verify(f"The audit of the plant ends on {said}.", ["The audit of the plant ends on 28 May."])
        assert problem.problem == f"date {said} is not in the source"


def test_the_identity_carries_the_threshold() -> None:
    assert (VERIFIER.identity.name, VERIFIER.identity.threshold) == ("built-in", 0.5)


CLAIMS = st.sampled_from(
    [
        *SENTENCES,
        "Claude Opus 4 played Pokémon Red for more than 24 hours.",
        "Claude Opus 4 played Pokémon Red for 48 hours.",
        "Rakuten did not raise $3 billion.",
        "Gemini played for 24 hours straight.",
        "The price includes a discount.",
        "Dogs are admitted to the park.",
        "Hello!",
    ]
)


@settings(max_examples=80, deadline=None)
@given(claim=CLAIMS, noise=st.lists(st.sampled_from(NOISE), max_size=6), place=st.integers(0, 6))
def test_irrelevant_evidence_changes_neither_verdict_nor_support(claim: str, noise: list[str], place: int) -> None:
    alone = VERIFIER.verify(claim, [SOURCE])
    place = min(place, len(noise))
    crowded = VERIFIER.verify(claim, [*noise[:place], SOURCE, *noise[place:]])
    if "Dogs" not in claim:  # the noise is about dogs
        assert crowded.verdict is alone.verdict
    if alone.score is not None:
        assert crowded.score is not None
        # The encoder may be shown a sentence more, where the noise has a rare word or sign in common with the claim.
        assert crowded.score >= alone.score - 0.05
    if alone.verdict is Verdict.SUPPORTED:
        assert {item.index for item in crowded.evidence} == {place}
        assert [(item.start, item.end) for item in crowded.evidence] == [(i.start, i.end) for i in alone.evidence]


def test_a_number_that_stands_elsewhere_for_something_else_saves_no_lie() -> None:
    source, noise = "Acme did sell engines to Bolt in Graz.", "The canteen has 40 chairs."
    for claim in ("Acme did not sell 40 engines to Bolt in Graz.", "Acme sold 40 engines to Bolt."):
        for evidence in ([source], [source, noise], [noise, source]):
            assert VERIFIER.verify(claim, evidence).verdict is not Verdict.SUPPORTED


TEXTS = st.text(alphabet=st.sampled_from("abc ABC 123 .,!?\n不中文 $%-"), max_size=120)


@settings(max_examples=150, deadline=None)
@given(claim=TEXTS, evidence=st.lists(TEXTS, max_size=4))
def test_any_text_gets_a_judgement_with_its_evidence_in_place(claim: str, evidence: list[str]) -> None:
    judgement = VERIFIER.verify(claim, evidence)
    assert judgement == VERIFIER.verify(claim, evidence)
    assert judgement.verdict is not Verdict.UNCITED
    if judgement.score is not None:
        assert 0.0 <= judgement.score <= 1.0
    for item in judgement.evidence:
        assert 0 <= item.start < item.end <= len(evidence[item.index])
    if judgement.verdict is Verdict.SUPPORTED:
        assert judgement.evidence
        assert judgement.problem is None
    elif judgement.verdict in (Verdict.PARTIAL, Verdict.UNSUPPORTED, Verdict.NOT_CHECKED):
        assert judgement.problem


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The limit is 10 requests per minute.", "The limit is 10 requests per second."),
        ("The meeting is on 12 May.", "The meeting is on 21 May and 12 people attend."),
        ("The shop has 12 branches.", "The shop has 21 branches in 12 cities."),
        ("Water boils at 100 °F.", "Water boils at 100 °C."),
        ("Water boils at 100 degrees Fahrenheit.", "Water boils at 100 ℃."),
    ],
)
def test_a_number_of_another_rate_thing_or_scale_is_not_supported(claim: str, source: str) -> None:
    assert BuiltInVerifier().verify(claim, [source]).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The limit is 10 requests each minute.", "The limit is 10 requests per minute for all users."),
        ("The meeting takes place on 12 May.", "The meeting is on 12 May and 21 people attend."),
        ("The shop has 21 branches.", "The shop has 21 branches in 12 cities."),
        ("The oven reaches 100 degrees Celsius.", "The oven reaches 100 °C after an hour."),
        ("The oven reaches 100 degrees.", "The oven reaches 100 °C after an hour."),
    ],
)
def test_a_number_of_the_same_rate_thing_and_scale_is_supported(claim: str, source: str) -> None:
    assert BuiltInVerifier().verify(claim, [source]).verdict is Verdict.SUPPORTED


def test_the_number_of_a_clause_may_be_left_out_of_a_quote() -> None:
    source = "8. The deposit is three months' rent. 9. Pets are allowed."
    for claim, quote in (
        ("The deposit is three months' rent.", "The deposit is three months' rent."),
        ("8. The deposit is three months' rent.", "8. The deposit is three months' rent."),
        ("Pets are allowed.", "Pets are allowed."),
    ):
        judgement = BuiltInVerifier().verify(claim, [source])
        assert judgement.score == 1.0
        assert [source[item.start : item.end].strip() for item in judgement.evidence] == [quote]
