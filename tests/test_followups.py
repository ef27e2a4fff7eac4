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
        "how long did it run",
        "Who made it?",
        "What happened after that?",
        "How much did they pay?",
        "When was the company founded?",
        "Who was quicker?",
        "Does the smaller model need them too?",
        "Why do the two give such different pictures?",
        "How long does it take?",
        "What does it cost to run it?",
        "Who said when it is ready to ship?",
        "What happens if it is hot?",
        "Is it known for bugs?",
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
        "Why do Anna and Ben say that they sting?",
        "Who was Marie Curie?",
        "Tell me about the Great Famine in Ireland.",
        "What was the first programming language with classes?",
        "Are there any blood sausages in Scotland?",
        "What happens if it rains on the summer fair?",
        "Where do we meet when it's snowing?",
        "Will it still be raining on Friday?",
        "Who locks the gate when it is already dark?",
        "May children leave if it is past noon?",
        "Why is it said that bees dance?",
        "Who says it is necessary to wear gloves?",
        "How long does it take to repair a sail?",
        "How much did it cost them to paint the hall?",
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


def test_a_person_that_an_answer_names_is_not_what_it_is() -> None:
    history = [Turn("Who leads Project Heron?", "In the firm it is Ruta Balsys who leads the project.")]
    assert rewrite("When does it end?", history) == "When does it end? (Project Heron)"
    assert rewrite("When did she begin?", history) == "When did she begin? (Project Heron, Ruta Balsys)"


def test_a_name_of_the_answer_is_taken_where_its_sentence_is_taken_up() -> None:
    history = [Turn("How was food prepared in Israel?", "There were guidelines of Yahwism. It was sold to the Romans.")]
    assert rewrite("What were those guidelines?", history) == "What were those guidelines? (Israel, Yahwism)"
    assert rewrite("How long was it kept?", history) == "How long was it kept? (Israel)"


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


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        ("What does the Tern 24 cost?", "And the Tern 28?", "What does the Tern 28 cost?"),
        ("What does the Tern 24 cost?", "Tern 28?", "What does the Tern 28 cost?"),
        (
            "Does the Skua 30 cost more than the Tern 24?",
            "And the Tern 28?",
            "Does the Skua 30 cost more than the Tern 28?",
        ),
        ("When does the Oslo lease end?", "And Bergen?", "When does the Bergen lease end?"),
        ("When does the Oslo lease end?", "What about the Bergen one?", None),
        ("When does the Oslo lease end?", "And the Bergen store?", "When does the Bergen store end?"),
        ("Who leads Project Heron?", "What about Project Osprey?", "Who leads Project Osprey?"),
        ("Who leads Project Heron in Turku?", "And in Malmö?", "Who leads Project Heron in Malmö?"),
        ("Who leads Project Heron in Turku?", "And Osprey?", "Who leads Osprey in Turku?"),
        ("What was the revenue in Q1 2024?", "And in Q2?", "What was the revenue in Q2 2024?"),
        ("What was the revenue in Q1 2024?", "And in Q2 2023?", "What was the revenue in Q2 2023?"),
        ("What was the revenue in Q1 2024?", "And in 2023?", "What was the revenue in Q1 2023?"),
        (
            "What was the revenue in 2024?",
            "And in the second quarter?",
            "What was the revenue in the second quarter of 2024?",
        ),
        ("What was the revenue in the first quarter?", "And Q2?", "What was the revenue in Q2?"),
        ("How many boats were sold in May 2024?", "And in June?", "How many boats were sold in June 2024?"),
        ("What did Renault sell?", "And in 2020?", "What did Renault sell in 2020?"),
        ("How long is parental leave?", "And sick leave?", "How long is sick leave?"),
        ("How much is the rent of the store?", "And the deposit?", "How much is the deposit of the store?"),
        ("May designers work from home?", "And boatbuilders?", "May boatbuilders work from home?"),
        ("Is a permit needed for welding?", "And for grinding?", "Is a permit needed for grinding?"),
    ],
)
def test_another_thing_takes_the_place_of_its_like(before: str, question: str, standalone: str | None) -> None:
    rewritten = rewrite(question, [Turn(before, "That is in the document of the firm, and it is as it was.")])
    if standalone is None:
        assert rewritten.startswith(f"{question} (")
    else:
        assert rewritten == standalone


@pytest.mark.parametrize(
    ("before", "question", "topic"),
    [
        ("When does the lease of the Malmö yard end?", "How large is it?", "lease of the Malmö yard"),
        ("How long is parental leave?", "Who approves it?", "parental leave"),
        ("What is the monthly rent of the Turku store?", "And who is responsible?", "Turku store"),
        ("Is a permit needed for welding?", "How long is it valid?", "permit, welding"),
        ("What did the board resolve about the crane?", "How much did that cost?", "board, crane"),
        ("Who organises the fire drill?", "When is it?", "fire drill"),
        ("When will the shop in Gdynia be closed?", "Why?", "Gdynia"),
    ],
)
def test_what_is_carried_is_the_thing_and_not_what_was_asked_of_it(before: str, question: str, topic: str) -> None:
    history = [Turn(before, "That is in the document of the firm, and it is as it was.")]
    assert rewrite(question, history) == f"{question} ({topic})"
    history.append(Turn(question, "That is in the document of the firm too."))
    assert rewrite("And why is it so?", history) == f"And why is it so? ({topic})"


@pytest.mark.parametrize("question", ["What is the budget?", "When is the budget approved?"])
def test_a_noun_of_what_was_cited_is_the_one_spoken_of(question: str) -> None:
    turn = Turn(
        "Who leads Project Heron?",
        "Ruta Balsys leads it, and she is new.",
        passages=("Ruta Balsys leads Project Heron. The budget is approved in May.",),
    )
    assert rewrite(question, [turn]) == f"{question} (Project Heron)"
    assert rewrite("What is the weather?", [turn]) == "What is the weather?"
    assert rewrite("What is the budget of Osprey?", [turn]) == "What is the budget of Osprey?"


def test_the_title_of_what_was_cited_says_which_thing_it_was() -> None:
    turn = Turn("When does the lease end?", "It ends in the year after the next one.", titles=("Term", "Lease of Moss"))
    assert rewrite("How large is it?", [turn]) == "How large is it? (Lease of Moss)"


def test_the_question_as_it_was_searched_for_is_gone_on_from() -> None:
    turn = Turn("And Osprey?", "That is Tomas Ek, who is in the firm.", standalone="Who leads Osprey?")
    assert rewrite("And Heron?", [turn]) == "Who leads Heron?"


@pytest.mark.parametrize(
    ("answer", "question", "picked"),
    [
        ("We build the Tern 24, the Tern 28 and the Skua 30.", "How long is the second one?", "Tern 28"),
        ("We build the Tern 24, the Tern 28 and the Skua 30.", "How long is the last?", "Skua 30"),
        ("Boat: Tern 24; Price: 1\nBoat: Skua 30; Price: 2", "How much is the second one?", "Skua 30"),
        ("Boat | Price\nTern 24 | 1\nSkua 30 | 2", "How much is the first one?", "Tern 24"),
        ("They are sanding, priming and painting of the boats.", "How long is the first one?", "sanding"),
    ],
)
def test_the_one_of_several_that_is_picked_by_its_place_comes_first(answer: str, question: str, picked: str) -> None:
    turn = Turn("Which of the boats are there in the yard?", answer + " That is what the firm has of it.")
    assert rewrite(question, [turn]).startswith(f"{question} ({picked}")


def test_the_second_quarter_picks_nothing_of_a_list() -> None:
    turn = Turn("Which boats are in the yard?", "We build the Tern 24, the Tern 28 and the Skua 30.")
    assert "Tern 28" not in rewrite("What was sold in the second quarter of the year?", [turn])


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=40), st.text(max_size=80)), max_size=6))
def test_a_rewritten_question_holds_no_more_than_what_was_said(question: str, exchanges: list[tuple[str, str]]) -> None:
    rewritten = rewrite(question, [Turn(*exchange) for exchange in exchanges])
    assert rewritten or not question.strip()
    assert len(rewritten) <= len(question) + sum(len(text) for exchange in exchanges for text in exchange) + 40


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
