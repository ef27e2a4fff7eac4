"""What a sentence is made of: numbers, names, negation, dates, script; and what a question asks for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.terms import (
    alike,
    analyse,
    analyse_question,
    bag,
    is_no_claim,
    language,
    script,
    stem,
    tokens,
    unique,
    without_references,
)


def numbers(text: str) -> list[tuple[float, str]]:
    return [(number.value, number.unit) for number in analyse(text).numbers]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("24 hours", "twenty-four hours"),
        ("24 hours", "24h"),
        ("$3 billion", "$3B"),
        ("$3 billion", "3 billion dollars"),
        ("1,000 users", "1000 users"),
        ("12.5%", "12.5 percent"),
        ("5k users", "5,000 users"),
        ("€2.5 million", "€2.5m".upper()),
        ("45 mins", "45 minutes"),
        ("seven", "7"),
        ("2 million", "2,000,000"),
        ("one hundred and twenty people", "120 people"),
        ("two hundred fifty thousand", "250,000"),
        ("one million two hundred thousand and five", "1,200,005"),
        ("two thousand nineteen", "2019"),
        ("$1.2bn", "$1,200,000,000"),
        ("$  3", "$3"),
        ("two dozen eggs", "24 eggs"),
        ("a hundred years", "100 years"),
        ("the fifth", "the 5th"),
        ("the twenty-first century", "the 21st century"),
        ("minus 3", "-3"),
        ("2½ kg", "2.5 kg"),
        ("1/2 kg", "0.5 kg"),
        ("three quarters of it", "0.75"),
        ("a quarter of it", "0.25"),
        ("2-fold", "2 times"),
        ("the 1980s", "1980"),
    ],
)
def test_two_ways_to_write_a_number_are_one(one: str, other: str) -> None:
    assert numbers(one)[0] == numbers(other)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("24 hours", "24 minutes"),
        ("$5", "€5"),
        ("3 million", "3 billion"),
        ("5%", "5 hours"),
        ("-5", "5"),
        ("24", "42"),
    ],
)
def test_numbers_that_differ_in_value_unit_or_sign_do_not_agree(one: str, other: str) -> None:
    assert not analyse(one).numbers[0].agrees(analyse(other).numbers[0])


def test_a_number_without_unit_agrees_with_one_that_has_it() -> None:
    assert analyse("24").numbers[0].agrees(analyse("24 hours").numbers[0])


def test_only_a_claim_that_says_about_may_differ_a_little() -> None:
    exact = analyse("49.8%").numbers[0]
    assert analyse("about 50%").numbers[0].agrees(exact)
    assert not analyse("50%").numbers[0].agrees(exact)
    assert not analyse("about 60%").numbers[0].agrees(exact)


TIMES = [
    ("20:15", "8:15 pm"),
    ("20:15", "8.15 p.m."),
    ("09:30", "9:30 am"),
    ("00:05", "12:05 am"),
    ("8:15", "8:15 pm"),
    ("18:00", "6 pm"),
]


@pytest.mark.parametrize(
    ("one", "other"), [*TIMES, *((other, one) for one, other in TIMES), ("9", "9 am"), ("9 am", "9")]
)
def test_a_time_of_day_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert analyse(f"It starts at {one}.").numbers[0].agrees(analyse(f"at {other}").numbers[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20:15", "8:15 am"),
        ("8:15", "20:15"),
        ("8:15 am", "8:15 pm"),
        ("9:30", "9:45"),
        ("12:05 am", "00:06"),
        ("6 pm", "6 hours"),
        ("6 pm", "6 people"),
        ("6:30 pm", "6"),
        ("8:15", "8.15"),
    ],
)
def test_times_of_day_that_differ_do_not_agree(one: str, other: str) -> None:
    assert not analyse(f"It starts at {one}.").numbers[0].agrees(analyse(f"at {other}").numbers[0])


@pytest.mark.parametrize(
    ("said", "written", "same"),
    [
        ("version 3.1", "version 3.10", False),
        ("version 3.10", "version 3.1", False),
        ("release 3.1", "release 3.100", False),
        ("3.1", "section 3.10", False),
        ("version 3.1", "version 3.1", True),
        ("version 3.0", "version 3", True),
        ("3.10 %", "3.1 %", True),
        ("PIN 420", "PIN 0420", False),
        ("PIN 0420", "PIN 420", False),
        ("number 004711", "number 4711", False),
        ("number 004711", "number 004711", True),
        ("0.5", "0.50", True),
        ("40 l/min", "40 litres per minute", True),
        ("40 l/min", "40 litres per hour", False),
        ("3 km/h", "3 kilometres an hour", True),
    ],
)
def test_what_names_a_thing_is_compared_as_written_and_what_measures_by_its_value(
    said: str, written: str, same: bool
) -> None:
    assert analyse(said).numbers[0].agrees(analyse(written).numbers[0]) is same


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_minute_of_a_day_has_one_value(hour: int, minute: int) -> None:
    half = f"{hour % 12 or 12}:{minute:02} {'am' if hour < 12 else 'pm'}"
    of_24, of_12 = analyse(f"at {hour:02}:{minute:02}").numbers[0], analyse(f"at {half}").numbers[0]
    assert of_24.value == of_12.value == hour * 60 + minute
    assert of_24.agrees(of_12)
    assert of_12.agrees(of_24)


@pytest.mark.parametrize(
    ("said", "exact"),
    [
        ("exceeded 12 %", "12.4 %"),
        ("more than 48 litres", "48.6 litres"),
        ("over 1,000 users", "1,043 users"),
        ("over 2 million", "2.3 million"),
        ("less than 50 %", "47 %"),
        ("in the 1930s", "in 1934"),
        ("in the 1930s", "in 1930"),
        ("in the 1930s", "in the 1930s"),
    ],
)
def test_a_number_cut_off_at_its_last_figure_agrees_with_the_exact_one(said: str, exact: str) -> None:
    rounded, whole = analyse(said).numbers[0], analyse(exact).numbers[0]
    assert rounded.agrees(whole)
    assert not whole.agrees(rounded) or said == exact


@pytest.mark.parametrize(
    ("said", "exact"),
    [
        ("exceeded 12 %", "11.4 %"),
        ("exceeded 12 %", "12 %"),
        ("exceeded 12 %", "13 %"),
        ("over 1,000 users", "900 users"),
        ("over 1,000 users", "5,000 users"),
        ("over 12", "over 11"),
        ("less than 50 %", "52 %"),
        ("less than 50 %", "12 %"),
        ("in the 1930s", "in 1940"),
        ("in the 1930s", "in 1929"),
        ("in the 1930s", "1934 people"),
        ("in 1930", "in the 1930s"),
    ],
)
def test_a_bound_does_not_agree_with_what_lies_beyond_it_or_far_off(said: str, exact: str) -> None:
    assert not analyse(said).numbers[0].agrees(analyse(exact).numbers[0])


def test_the_number_of_a_list_item_and_a_pronoun_are_no_numbers() -> None:
    assert numbers("1. Open the door.") == []
    assert numbers("(2) Open one of them.") == []
    assert numbers("One of the doors is open.") == []
    assert numbers("It took one hour.") == [(1.0, "hour")]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("between one hundred and two hundred", [100, 200]),
        ("five hundred and twelve and six", [512, 6]),
        ("nineteen eighty", [19, 80]),
        ("two or three", [2, 3]),
        ("9/11 and 24/7", [9, 11, 24, 7]),
        ("in three quarters", [3]),
        ("Third, open the second door.", []),
    ],
)
def test_numbers_in_words_are_joined_only_where_they_are_one(text: str, values: list[float]) -> None:
    assert [value for value, _ in numbers(text)] == values


def test_dates_meet_in_both_forms() -> None:
    spoken, written = analyse("It came out on May 22, 2025."), analyse("It came out on 2025-05-22.")
    assert {number.value for number in spoken.numbers} == {number.value for number in written.numbers} == {22.0, 2025.0}
    assert "month-05" in spoken.keys
    assert "month-05" in written.keys
    assert "month-05" not in analyse("May I ask? It may rain.").keys


def test_names_are_capitals_inside_a_sentence() -> None:
    analysis = analyse("Yesterday the firm Rakuten hired OpenAI staff. Ports were open.")
    assert analysis.names == {stem("Rakuten"), stem("OpenAI")}
    assert stem("Ports") in analysis.openers


def test_in_a_heading_capitals_mark_no_names() -> None:
    assert analyse("What The Models Actually Learned Before Release").names == frozenset()


def test_a_word_that_acts_at_the_beginning_may_be_a_name() -> None:
    assert analyse("Gemini played the game.").subjects == {stem("Gemini")}
    assert analyse("Reducing noise helps.").subjects == frozenset()


def test_negation_turns_what_follows() -> None:
    assert stem("support") in analyse("The model doesn't support images.").negated
    assert analyse("Not only fast but cheap.").negations == 0
    assert analyse("It was never released.").negations == 1
    assert analyse("Es ist nicht verfügbar.").negations == 1
    assert analyse("该模型不支持图像。").negations == 1


def test_acronyms_stand_for_what_they_mean() -> None:
    assert analyse("the U.S. army").keys == analyse("the US army").keys == analyse("the United States army").keys


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Claude 可以工作", "han"), ("It works", "latin"), ("Она работает", "cyrillic"), ("24 %", ""), ("", "")],
)
def test_the_script_is_that_of_most_letters(text: str, expected: str) -> None:
    assert script(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The dog is not in the house and it was late.", "en"),
        ("Der Hund ist nicht im Haus und es war spät, als die Katze kam.", "de"),
        ("Le chien est dans la maison et il est avec les enfants.", "fr"),
        ("Claude Opus 4", ""),
    ],
)
def test_common_words_tell_the_language(text: str, expected: str) -> None:
    assert language(text) == expected


def test_stems_join_forms_and_alike_joins_relatives() -> None:
    assert stem("announced") == stem("announces") == stem("announcing")
    assert stem("studies") == stem("study")
    assert stem("company's") == stem("companies")
    assert stem("comment") == "comment"
    assert alike(stem("autonomous"), stem("autonomy")) > 0
    assert alike(stem("contract"), stem("control")) == 0
    assert alike("2024", "2025") == 0


@given(st.text(max_size=200))
def test_every_term_number_and_token_lies_in_the_text(text: str) -> None:
    analysis = analyse(text)
    for item in (*analysis.terms, *analysis.numbers, *tokens(text)):
        assert 0 <= item.start < item.end <= len(text)
    assert {term.key for term in unique(analysis.terms)} == analysis.keys
    assert analysis.negated <= analysis.keys
    assert analysis.names <= analysis.keys
    assert bag(text).keys == analysis.keys
    script(text)
    language(text)
    analyse_question(text)


@given(st.text(alphabet="0123456789.,%$€-+ kKmMbBhx万二", max_size=60))
def test_any_mess_of_digits_is_read_without_an_error(text: str) -> None:
    for number in analyse(text).numbers:
        assert number.value == number.value  # never NaN


@pytest.mark.parametrize(
    "said", ["It is [900] mg.", "It is [90].", "It is source 90 per day.", "Document 9 doses a day."]
)
def test_a_number_that_is_said_is_no_reference(said: str) -> None:
    assert without_references(said) == said


@pytest.mark.parametrize(
    "cited", ["It works [1].", "It works [1][2].", "It works (source 3).", "According to passage 2, it works."]
)
def test_a_reference_is_blanked_and_positions_stay(cited: str) -> None:
    blanked = without_references(cited)
    assert len(blanked) == len(cited)
    assert not any(letter.isdigit() for letter in blanked)


def test_small_raised_digits_are_a_number_but_no_exponent_is() -> None:
    assert numbers("It is ²⁰⁰⁰ mg.") == [(2000.0, "milligram")]
    assert numbers("Take 5 m².") == [(5.0, "")]


@pytest.mark.parametrize(
    "text",
    [
        "Sure!",
        "Sure, happy to help!",
        "Sure! Here is what I found:",
        "Hello there, and thank you for your question!",
        "Great question! Let me explain.",
        "Of course. I can help you with that.",
        "Here is what the documents say:",
        "Here is a brief summary:",
        "Here's the answer to your question:",
        "Based on the provided documents, here is what I found:",
        "I hope this helps!",
        "I hope that answers your question. Let me know if you need anything else.",
        "Please let me know if you have any further questions.",
        "Feel free to ask if you would like more details about the lease.",
        "Which of the two contracts do you mean?",
        "Would you like me to go on?",
        "Do you want the price in euros or in dollars?",
        "Gerne! Hier ist eine Zusammenfassung:",
        "Guten Tag!",
        "Ich hoffe, das hilft Ihnen weiter.",
        "Welchen Vertrag meinen Sie?",
        "Bien sûr ! Voici ce que j'ai trouvé :",
        "J'espère que cela vous aide.",
        "Souhaitez-vous plus de détails ?",
        "¡Claro! Aquí está el resumen:",
        "¡Hola!",
        "Espero que esto te ayude.",
        "¿Qué contrato quiere ver?",
        "Certo! Ecco una sintesi:",
        "Claro, aqui está o resumo:",
        "Natuurlijk! Hier is een samenvatting:",
        "好的，以下是文档中的内容：",
        "希望对您有帮助！",
        "もちろんです。以下は要約です：",
    ],
)
def test_what_states_nothing_is_told_apart_in_any_wrapping_and_language(text: str) -> None:
    assert is_no_claim(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sure! The lease ends in 2019.",
        "Sure, the lease has ended.",
        "Hello, the tenant was evicted.",
        "Of course the tenant was evicted.",
        "Certainly not.",
        "Sure, happy to help the tenant who was evicted.",
        "Great question! The lease has ended.",
        "Here is what I found: the lease has ended.",
        "Here is the lease, which has ended.",
        "Here is the answer the tenant gave before he was evicted.",
        "I hope this helps you see that the lease has ended.",
        "I hope the lease has ended.",
        "Let me know if you see that the tenant stole the money.",
        "Let me know if you need more details about why Bob stole the money.",
        "Feel free to ask the landlord for a refund.",
        "Thank you for paying the rent late.",
        "Based on the documents, the lease has ended.",
        "The lease has ended, right?",
        "The lease has ended, isn't it?",
        "When the rent rose the tenant was evicted, right?",
        "Was er unterschrieb ist nichtig, oder?",
        "Is the lease over, which ended in 2019?",
        "Did you know that the tenant was evicted?",
        "Who knows: the lease has ended?",
        "Gerne! Der Vertrag ist beendet.",
        "Guten Tag, der Vertrag ist beendet.",
        "Natürlich ist der Vertrag beendet.",
        "Hier ist der Vertrag beendet.",
        "Ich hoffe, das hilft dem Mieter.",
        "Der Vertrag ist beendet, oder?",
        "Bien sûr, le bail est terminé.",
        "Voici le bail: il est terminé.",
        "Le bail est terminé, n'est-ce pas ?",
        "Claro, el contrato terminó.",
        "¿Sabía usted? El contrato terminó.",
        "El contrato terminó, ¿verdad?",
        "Espero que el contrato termine.",
        "Certo, il contratto è finito.",
        "好的，合同已经结束。",
        "以下是事实：合同已经结束。",
        "はい、契約は終了しました。",
        "Ja.",
        "Yes.",
    ],
)
def test_a_statement_in_a_polite_wrapping_is_a_claim(text: str) -> None:
    assert not is_no_claim(text)


def test_a_long_row_of_formulas_is_read_in_no_time() -> None:
    began = time.process_time()
    for seed in ("sure, ", "here is a ", "let me know if you need more ", "who is it? ", "hier ist ", "based on the "):
        is_no_claim(seed * 1000)
        is_no_claim((seed * 100)[:240])
    assert time.process_time() - began < 2


@pytest.mark.parametrize("cited", ["laut Quelle 2 kocht Wasser", "das steht (Quelle 2)", "según la fuente 2, hierve"])
def test_a_reference_in_another_language_is_blanked(cited: str) -> None:
    assert "2" not in without_references(cited)
    assert len(without_references(cited)) == len(cited)


@pytest.mark.parametrize(("typed", "written"), [("Pokemon", "Pokémon"), ("Malaga", "Málaga"), ("Zurich", "Zürich")])
def test_a_name_typed_without_its_accent_is_the_same_name(typed: str, written: str) -> None:
    assert analyse(f"They saw {typed} Red.").keys == analyse(f"They saw {written} Red.").keys


def test_letters_that_only_look_accented_in_other_scripts_stay_apart() -> None:
    assert analyse("Мой дом").keys != analyse("Мои дом").keys


def test_irregular_forms_have_the_stem_of_their_word() -> None:
    for base, forms in {
        "write": "wrote written writes",
        "leave": "left leaves",
        "lose": "lost",
        "rise": "rose risen",
        "play": "played plays",
        "drive": "drove driven",
        "choose": "chose",
        "marry": "married",
    }.items():
        assert {stem(form) for form in forms.split()} == {stem(base)}
