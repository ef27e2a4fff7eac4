"""Questions in other languages than English: how they ask, what they ask for, and what answers them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.drafting.extractive import choose
from rag.sufficiency import judge_sufficiency
from rag.terms import analyse_question, bag, offers
from rag.terms.languages import LANGUAGES, asked_in, function_words, language_of, stem_in
from tests.fakes.passages import passage, passages

ROOT = Path(__file__).parents[1]

CONTRACT = (
    "Die Töpferei Lind mietet die Halle in der Hafenstraße ab dem 1. August 2024. "
    "Der Vertrag endet am 31. Juli 2029. Er kann mit einer Frist von sechs Monaten gekündigt werden. "
    "Die Miete beträgt 3.850 Euro im Monat. Rechnungen sind innerhalb von 45 Tagen zu zahlen. "
    "Bei Verzug werden 9 % Zinsen berechnet. Der Ofen wird nicht geheizt, weil der Kamin undicht ist."
)
ENTRETIEN = (
    "Le contrat est conclu pour deux ans. Il peut être résilié avec un préavis de trois mois. "
    "Le prix annuel est fixé à 1480 euros. Le four se trouve à Rennes. Nadia Ferrat est chargée des visites."
)
SUMINISTRO = (
    "El contrato termina el 31 de mayo de 2027. Cualquiera de las partes puede rescindirlo con un preaviso de 90 días. "
    "El precio es de 6,40 euros por litro. Las facturas se pagan en 45 días. La bomba se cerró porque pierde agua."
)


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("Wie viele Öfen gibt es?", "de", "amount"),
        ("Warum wird der Ofen nicht geheizt?", "de", "reason"),
        ("Wer hat die Sitzung geleitet?", "de", "person"),
        ("Combien coûte le contrat ?", "fr", "amount"),
        ("Où se trouve le four ?", "fr", "place"),
        ("¿Cuándo termina el contrato?", "es", "time"),
        ("¿Por qué se cerró la bomba?", "es", "reason"),
        ("Quanto costa il forno?", "it", "amount"),
        ("Chi ha firmato il contratto?", "it", "person"),
        ("Quando termina o contrato?", "pt", "time"),
        ("Hoeveel ovens zijn er in de hal?", "nl", "amount"),
        ("Waarom is de oven niet warm?", "nl", "reason"),
    ],
)
def test_the_language_of_a_question_and_what_it_asks_for_are_told_by_its_words(
    question: str, language: str, kind: str
) -> None:
    asked = analyse_question(question)
    assert (asked.language, asked.kind) == (language, kind)


@pytest.mark.parametrize(
    "question",
    [
        "Who was in the war?",
        "When did Die Zeit write about Les Misérables?",
        "Is El Niño due in May?",
        "gizmo count",
        "Kündigungsfrist",
        "Who lived longer, Sir Thomas Wheate or Albert Édouard Le Brethon De Caligny?",
    ],
)
def test_what_is_asked_in_english_or_cannot_be_told_is_read_as_english(question: str) -> None:
    assert asked_in(question) == ""


def test_the_reference_questions_are_all_read_as_english() -> None:
    lines = (ROOT / "corpus" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines if line.strip()]
    assert len(questions) > 100
    assert [question for question in questions if asked_in(question)] == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_language_has_its_function_words_and_a_stemmer(language: str) -> None:
    assert len(function_words(language)) > 90
    assert stem_in("Organisation", language).startswith("organi")


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("Wie lange gilt die Garantie?", "Sie gilt zwei Jahre.", "Sie gilt für Ofen 7."),
        ("Was kostet der Ofen und wie hoch ist der Preis?", "Er kommt auf 480 Euro.", "Er wiegt 480 Kilo."),
        ("Wie viele Öfen gibt es?", "Es sind vier Öfen.", "Seit dem 3. Mai 2024 gibt es Öfen."),
        ("Combien de temps dure la garantie ?", "Elle dure cinq ans.", "Elle couvre 5 fours."),
        ("Quand ferme le four ?", "Il ferme le 3 mai.", "Il ferme tard."),
        ("¿Quién cerró el horno?", "Lo cerró Carmen Vidal.", "Se cerró ayer."),
        ("¿Dónde está el horno?", "Está en Jaén.", "Está frío."),
        ("Perché è chiuso il forno?", "È chiuso perché perde.", "È chiuso."),
    ],
)
def test_a_sentence_is_looked_through_for_the_kind_of_thing_asked_for(question: str, yes: str, no: str) -> None:
    asked = analyse_question(question)
    assert offers(asked, yes)
    assert not offers(asked, no)


@pytest.mark.parametrize(
    ("asked", "text", "language"),
    [
        ("Verzugszinsen", "Bei Verzug fallen Zinsen an.", "de"),
        ("gekündigt", "Die Kündigung ist schriftlich.", "de"),
        ("pagar", "Las facturas se pagan.", "es"),
        ("payées", "Le paiement suit.", "fr"),
        ("olio", "La resa dell'olio.", "it"),
    ],
)
def test_forms_of_a_word_meet_in_their_language(asked: str, text: str, language: str) -> None:
    (key,) = bag(asked, language).keys
    assert bag(text, language).credit(key) > 0.0


def test_the_words_that_ask_are_never_missing() -> None:
    found = judge_sufficiency(
        "Innerhalb wie vieler Tage müssen Handwerker kommen?", passages(CONTRACT), similarity=0.3, risk=0.5
    )
    assert not found.answerable
    assert set(found.missing) <= {"Handwerker", "kommen"}


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (CONTRACT, "Mit welcher Frist kann der Vertrag gekündigt werden?", "sechs Monaten"),
        (CONTRACT, "Wie hoch ist die Miete?", "3.850 Euro"),
        (CONTRACT, "Innerhalb wie vieler Tage müssen Rechnungen bezahlt werden?", "45 Tagen"),
        (CONTRACT, "Wie hoch sind die Verzugszinsen?", "9 %"),
        (CONTRACT, "Warum wird der Ofen nicht geheizt?", "undicht"),
        (ENTRETIEN, "Combien coûte le contrat d'entretien par an ?", "1480"),
        (ENTRETIEN, "Avec quel préavis peut-il être résilié ?", "trois mois"),
        (ENTRETIEN, "Où se trouve le four ?", "Rennes"),
        (SUMINISTRO, "¿Con qué preaviso se puede rescindir el contrato?", "90 días"),
        (SUMINISTRO, "¿En qué plazo se pagan las facturas?", "45 días"),
        (SUMINISTRO, "¿Por qué se cerró la bomba?", "pierde agua"),
    ],
)
def test_a_question_is_answered_by_a_document_in_its_language(text: str, question: str, answer: str) -> None:
    titles = {CONTRACT: "Vertrag", ENTRETIEN: "Contrat d'entretien", SUMINISTRO: "Contrato"}
    shown = [passage(text, title=titles[text])]
    assert judge_sufficiency(question, shown, similarity=0.2, risk=0.5).answerable
    (first, *_) = choose(question, shown)
    assert answer in first.text


@pytest.mark.parametrize(
    "question",
    [
        "Wie schwer ist der Ofen?",
        "Welche Farbe hat der Ofen?",
        "Wie heißt die Hauptstadt von Peru?",
        "Wie viele Menschen arbeiten im Büro?",
    ],
)
def test_what_a_document_in_its_language_does_not_say_is_refused(question: str) -> None:
    assert not judge_sufficiency(question, passages(CONTRACT), similarity=0.3, risk=0.5).answerable


def test_a_sentence_that_only_names_whom_a_question_is_about_is_no_answer() -> None:
    shown = passages("Nadia Ferrat est arrivée avec Hugo Marchand. La réunion est finie.")
    assert not judge_sufficiency("Qui est le chef de Nadia Ferrat ?", shown, similarity=0.3, risk=0.5).answerable


def test_what_stands_under_a_telling_title_alone_is_no_answer() -> None:
    shown = [passage("Sie wird mit Strom geheizt. Drücken Sie zwei Sekunden.", title="Die Kaffeemaschine CT-8")]
    assert not judge_sufficiency("Wie viel wiegt die Kaffeemaschine?", shown, similarity=0.3, risk=0.5).answerable


def test_a_refusal_says_that_the_nearest_evidence_is_in_another_language() -> None:
    found = judge_sufficiency("What is the notice period of the lease?", passages(CONTRACT), similarity=0.1, risk=0.5)
    assert not found.answerable
    assert found.reason.endswith(
        "The nearest evidence is in German, the question in English: ask in German to be sure."
    )
    same = judge_sufficiency("Welche Farbe hat der Ofen?", passages(CONTRACT), similarity=0.1, risk=0.5)
    assert "nearest evidence" not in same.reason


def test_words_are_stemmed_the_same_in_many_threads() -> None:
    words = [f"{stem}{ending}" for stem in ("zahl", "rechn", "wart", "lager") for ending in ("en", "ung", "ungen", "t")]
    stem_in.cache_clear()
    alone = [stem_in(word, "de") for word in words]
    stem_in.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda word: stem_in(word, "de"), words * 20)) == alone * 20


def test_a_long_text_is_of_the_language_it_is_written_in() -> None:
    assert [language_of(text) for text in (CONTRACT, ENTRETIEN, SUMINISTRO)] == ["de", "fr", "es"]
