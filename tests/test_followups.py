"""Follow-ups by rule: what leans on the conversation gets its subject, what stands alone is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.followups import rewrite
from rag.types import Turn

HISTORY = [
    Turn(
        "What did Claude Opus 4 do in Pokémon Red?",
        "It played the game on a stream. The players were happy to watch it.",
    )
]


@pytest.mark.parametrize(
    "question",
    [
        "How long did it run?",
        "What about the other one?",
        "Why?",
        "And in 2020?",
        "how long did it run",
        "Who made it?",
        "What happened after that?",
        "How much did they pay?",
        "When was the company founded?",
    ],
)
def test_a_question_that_leans_on_the_conversation_gets_its_names(question: str) -> None:
    assert rewrite(question, HISTORY) == f"{question} (Claude Opus 4, Pokémon Red)"


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "How many moons does Saturn have?",
        "Is there any evidence that bees feel pain?",
        "What is a galaxy?",
        "Who is Ada Lovelace?",
        "Is it true that bees die when they sting people?",
        "Why do honey bees die when they sting?",
        "Tell me about the Great Famine in Ireland.",
        "What was the first programming language with classes?",
        "Are there any blood sausages in Scotland?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert rewrite(question, HISTORY) == question


def test_without_a_conversation_nothing_changes() -> None:
    assert rewrite("How long did it run?", []) == "How long did it run?"


@pytest.mark.parametrize(
    ("question", "earlier", "answer"),
    [
        ("Wie lange lief es?", "Was hat Claude in Pokémon Rot gemacht?", "Es hat das Spiel auf der Bühne gespielt."),
        ("Et en 2020 ?", "Quel est le chiffre d'affaires de la société Renault ?", "Il est dans le rapport annuel."),
        ("为什么？", "克劳德做了什么？", "他玩了游戏。"),
        ("¿Y por qué?", "¿Qué hizo el gobierno de la ciudad?", "El gobierno de la ciudad no lo dijo."),
    ],
)
def test_other_languages_are_left_alone(question: str, earlier: str, answer: str) -> None:
    assert rewrite(question, [Turn(earlier, answer)]) == question


def test_a_question_in_another_language_than_the_conversation_is_left_alone() -> None:
    question = "Et qu'est-ce que la société a fait dans le cas de ces jeux ?"
    assert rewrite(question, HISTORY) == question
    assert rewrite("Pourquoi est-ce que le jeu ?", HISTORY) == "Pourquoi est-ce que le jeu ?"
    assert rewrite("什么时候？", HISTORY) == "什么时候？"


def test_a_chain_of_follow_ups_keeps_the_first_subject() -> None:
    history = [*HISTORY, Turn("How long did it run?", "About a week, said the team.")]
    assert rewrite("And why?", history) == "And why? (Claude Opus 4, Pokémon Red)"


def test_without_names_the_content_words_are_taken() -> None:
    history = [Turn("Where did blood sausages come from?", "That is not known, but they are old.")]
    assert rewrite("Who eats them?", history) == "Who eats them? (blood sausages)"


def test_the_name_that_an_answer_gives_is_taken_too() -> None:
    history = [Turn("Who took over Heinz?", "In 1959, it was Frank Armour Jr. who became president.")]
    assert rewrite("How long did he stay?", history) == "How long did he stay? (Heinz, Frank Armour Jr)"


@pytest.mark.parametrize("month", ["March", "August", "September 2020", "May"])
def test_a_month_is_no_subject(month: str) -> None:
    history = [Turn(f"What did Renault sell in {month}?", "It sold cars to the people of the city.")]
    assert rewrite("How many?", history) == "How many? (Renault)"


@pytest.mark.parametrize("name", ["August Strindberg", "April Ludgate"])
def test_a_person_called_like_a_month_is_a_subject(name: str) -> None:
    history = [Turn(f"Where did {name} live?", "That is not known, but it was in a city.")]
    assert rewrite("And why?", history) == f"And why? ({name})"


def test_what_the_question_names_already_is_not_repeated() -> None:
    assert rewrite("Did it finish Pokémon Red?", HISTORY) == "Did it finish Pokémon Red? (Claude Opus 4)"


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=40), st.text(max_size=80)), max_size=6))
def test_the_question_itself_always_stays_and_the_addition_is_short(
    question: str, exchanges: list[tuple[str, str]]
) -> None:
    rewritten = rewrite(question, [Turn(*exchange) for exchange in exchanges])
    assert rewritten == question or rewritten.startswith(question.rstrip() + " (")


@given(st.sampled_from(["How long did it run?", "Why?"]), st.text(max_size=200), st.text(max_size=400))
def test_rewriting_repeats(question: str, earlier: str, answer: str) -> None:
    history = [
        Turn("What is the plan of the city of Paris for this year?", "It is to plant trees."),
        Turn(earlier, answer),
    ]
    assert rewrite(question, history) == rewrite(question, history)


def test_a_very_long_answer_costs_little() -> None:
    history = [Turn("What is the plan?", "The plan of Paris is to plant trees in the city. " * 20_000)]
    assert rewrite("Why?", history).startswith("Why? (")


@pytest.mark.parametrize("question", ["What is the weather?", "How much is the deposit?"])
def test_a_question_with_a_subject_of_its_own_is_left_alone(question: str) -> None:
    history = [Turn("What must Jonas do?", "Jonas | Billing database migration | 28 March.")]
    assert rewrite(question, history) == question
