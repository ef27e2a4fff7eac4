"""Refusals of other systems are recognised, and answers that only sound like one are not."""

from __future__ import annotations

import time

import pytest

from rag.evaluation.refusals import is_refusal
from rag.prompts import REFUSAL

REFUSALS = [
    "I don't know.",
    "I do not know the answer to that question.",
    "I'm sorry, but I don't have enough information to answer this question.",
    "I don’t have any information about the price of the tickets.",
    "The provided context does not mention the price.",
    "The context does not contain information about the founder. Please consult another source.",
    "Unfortunately, the documents do not say when the bridge was built.",
    "Based on the provided documents, I cannot determine who wrote it.",
    "Based on the given context, it is not possible to answer the question.",
    "The release date is not mentioned in the provided passages.",
    "There is no information about the budget in the retrieved documents.",
    "No information is available about this in the context.",
    "None of the passages mention a penalty.",
    "I cannot answer this question from the given sources. Let me know if you have any other questions.",
    "I was unable to find any details on that.",
    "The text doesn't specify how many people attended. It only discusses the venue.",
    "This cannot be determined from the context.",
    "The question cannot be answered based on the information provided.",
    "Sorry, I'm not able to find that in the documents.",
    "Not mentioned in the context.",
    "Unanswerable",
    "N/A",
    "Unknown.",
    REFUSAL,
    "No mention of the budget is made in the provided documents.",
    "I'm sorry, but the documents do not say why. I can help with other questions.",
    "Ich weiß es nicht.",
    "Die bereitgestellten Dokumente enthalten keine Informationen über den Preis.",
    "Leider kann ich diese Frage anhand der Dokumente nicht beantworten.",
    "In den Unterlagen steht dazu nichts.",
    "Je ne sais pas.",
    "Les documents ne mentionnent pas la date de construction.",
    "Il n'y a aucune information à ce sujet dans le contexte.",
    "No lo sé.",
    "Los documentos no mencionan el precio.",
    "Lo siento, no puedo responder a esa pregunta con el contexto proporcionado.",
    "Não sei.",
    "Os documentos não mencionam o preço.",
    "Non lo so.",
    "I documenti non contengono questa informazione.",
    "Ik weet het niet.",
    "De documenten bevatten geen informatie over de prijs.",
    "文档中没有提到价格。",
    "根据提供的信息，无法确定答案。",
    "我不知道。",
    "提供された文書には価格が記載されていません。",
    "わかりません。",
    "제공된 문서에는 가격에 대한 정보가 없습니다.",
    "В документах нет информации о цене.",
    "Я не знаю.",
]

ANSWERS = [
    "",
    "   \n",
    "The bridge was built in 1932.",
    "No.",
    "The contract does not include insurance.",
    "The law does not specify a penalty for late filing.",
    "The context does not mention the exact date, but the bridge was opened in spring 1932.",
    "The documents do not say why. However, the launch was moved to March 3.",
    "I don't know of any other company that does this, according to Smith.",
    "No information was leaked in the breach.",
    "The plan has no owner.",
    "No evidence of fraud was presented in court.",
    "There was no answer from the ministry until May.",
    "Unable to find work, he emigrated to Chile in 1902.",
    "The committee could not agree, and the vote was postponed.",
    "Smith says that the documents do not mention him.",
    "He told the court: I don't know.",
    "The sensor does not provide data below 4 kelvin.",
    "Nothing in nature travels faster than light.",
    "The answer is 42.",
    "Cells cannot divide without it.",
    "The unknown soldier was buried in 1920.",
    "The author is unknown to most readers, yet her books sold two million copies.",
    "Es gibt drei Monde, und keiner davon hat eine Atmosphäre.",
    "Die Dokumente nennen keinen Preis, aber der Vertrag läuft bis 2031.",
    "Les documents ne mentionnent pas la date, mais le pont fut ouvert par le roi.",
    "Los documentos no mencionan el precio, pero la entrada es gratuita los domingos.",
    "No llovió durante tres meses.",
    "Il ne pleut jamais dans ce désert.",
    "Ik heb drie katten.",
    "文档没有提到日期，但是桥是在春天开放的。",
    "这座桥建于1932年。",
    "橋は1932年に開通しました。",
    "Мост построен в 1932 году.",
    "Score 1.0. Verdict: supported.",
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_is_recognised(answer: str) -> None:
    assert is_refusal(answer)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_only_sounds_like_one_is_none(answer: str) -> None:
    assert not is_refusal(answer)


@pytest.mark.parametrize(
    "flood",
    ["the context does not " * 4000, "not in the " * 8000, "i cannot " * 8000, "no information " * 8000, "a" * 100_000],
)
def test_a_flood_of_almost_refusals_takes_no_time(flood: str) -> None:
    start = time.perf_counter()
    is_refusal(flood)
    assert time.perf_counter() - start < 2
