"""Models that cite in every way, over passages with hand-made gold: who supports what, and what the marker decides.

Each saying is a sentence of an answer with the passage and the words that support it. Some stand in two passages that
say the same (`twins`): there only the marker tells which is meant, so a model that gives none may be cited to either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.types import Passage
from tests.fakes.passages import passage


@dataclass(frozen=True)
class Saying:
    """A sentence, the number of the passage that supports it, the words that do, and who else says the same."""

    text: str
    number: int
    quote: str
    twins: tuple[int, ...] = ()


LEASE = (
    "The lease of the warehouse ends on 30 June 2024. Rent is due on the first day of each month. "
    "The tenant insures the goods himself."
)
LEASE_COPY = (
    "This is the signed copy. The lease of the warehouse ends on 30 June 2024. Rent is due on the first day of each "
    "month. Pets are not allowed."
)
PUMP = (
    "The pump starts at a pressure of 3 bar. Its filter is cleaned every two weeks. "
    "The copper valve was replaced by a brass valve in 2021."
)
PUMP_NEW = "The pump starts at a pressure of 4 bar. The new model has a filter of steel that is never cleaned."
SATURN = "Saturn has 274 known moons. Titan is the largest moon of Saturn. Christiaan Huygens discovered Titan in 1655."
HARBOUR = (
    "The harbour of Genoa was widened in 1992. Each year four million containers pass through it. "
    "Pilots guide every ship of more than 500 tons."
)
ENGLISH = tuple(
    passage(text, number) for number, text in enumerate((LEASE, PUMP, LEASE_COPY, SATURN, PUMP_NEW, HARBOUR), 1)
)

SAYINGS = (
    Saying(
        "The lease of the warehouse ends on 30 June 2024.", 3, "The lease of the warehouse ends on 30 June 2024.", (1,)
    ),
    Saying("Rent is due on the first day of each month.", 1, "Rent is due on the first day of each month.", (3,)),
    Saying(
        "The lease for the warehouse ends on 30 June 2024.", 1, "The lease of the warehouse ends on 30 June 2024.", (3,)
    ),
    Saying("On the first day of each month rent is due.", 3, "Rent is due on the first day of each month.", (1,)),
    Saying("Pets are not allowed.", 3, "Pets are not allowed."),
    Saying("The tenant himself insures the goods.", 1, "The tenant insures the goods himself."),
    Saying("The pump starts at 3 bar of pressure.", 2, "The pump starts at a pressure of 3 bar."),
    Saying("The new pump starts at a pressure of 4 bar.", 5, "The pump starts at a pressure of 4 bar."),
    Saying("The filter is cleaned every two weeks.", 2, "Its filter is cleaned every two weeks."),
    Saying(
        "A brass valve replaced the copper valve in 2021.", 2, "The copper valve was replaced by a brass valve in 2021."
    ),
    Saying("Saturn has 274 moons that are known.", 4, "Saturn has 274 known moons."),
    Saying("Huygens discovered Titan in 1655.", 4, "Christiaan Huygens discovered Titan in 1655."),
    Saying("The harbour of Genoa was widened in 1992.", 6, "The harbour of Genoa was widened in 1992."),
    Saying(
        "Four million containers pass through it each year.", 6, "Each year four million containers pass through it."
    ),
)

GERMAN = (
    passage("Der Mietvertrag der Halle endet am 30. Juni 2024. Die Miete ist am ersten Tag des Monats fällig.", 1),
    passage("Die Pumpe startet bei einem Druck von 3 bar. Der Filter wird alle zwei Wochen gereinigt.", 2),
    passage("Der Saturn hat 274 bekannte Monde. Titan ist der größte Mond des Saturn.", 3),
)
GERMAN_SAYINGS = (
    Saying("Der Mietvertrag der Halle endet am 30. Juni 2024.", 1, "Der Mietvertrag der Halle endet am 30. Juni 2024."),
    Saying("Die Pumpe startet bei einem Druck von 3 bar.", 2, "Die Pumpe startet bei einem Druck von 3 bar."),
    Saying("Der Filter wird alle zwei Wochen gereinigt.", 2, "Der Filter wird alle zwei Wochen gereinigt."),
    Saying("Der größte Mond des Saturn ist Titan.", 3, "Titan ist der größte Mond des Saturn."),
)
FRENCH = (
    passage("Le bail de l'entrepôt prend fin le 30 juin 2024. Le loyer est dû le premier jour du mois.", 1),
    passage("La pompe démarre à une pression de 3 bar. Le filtre est nettoyé toutes les deux semaines.", 2),
    passage("Saturne possède 274 lunes connues. Titan est la plus grande lune de Saturne.", 3),
)
FRENCH_SAYINGS = (
    Saying("Le bail de l'entrepôt prend fin le 30 juin 2024.", 1, "Le bail de l'entrepôt prend fin le 30 juin 2024."),
    Saying("La pompe démarre à une pression de 3 bar.", 2, "La pompe démarre à une pression de 3 bar."),
    Saying("Titan est la plus grande lune de Saturne.", 3, "Titan est la plus grande lune de Saturne."),
)
SPANISH = (
    passage("El contrato del almacén termina el 30 de junio de 2024. El alquiler se paga el primer día del mes.", 1),
    passage("La bomba arranca a una presión de 3 bar. El filtro se limpia cada dos semanas.", 2),
)
SPANISH_SAYINGS = (
    Saying(
        "El contrato del almacén termina el 30 de junio de 2024.",
        1,
        "El contrato del almacén termina el 30 de junio de 2024.",
    ),
    Saying("El filtro se limpia cada dos semanas.", 2, "El filtro se limpia cada dos semanas."),
)


@dataclass(frozen=True)
class CitingModel:
    """A model that writes sayings in its own way.

    Attributes:
        name: What it does.
        reply: Its reply for sayings.
        passages: What it was shown.
        sayings: What it says.
        tells: Whether its markers are right and can be told apart.
    """

    name: str
    reply: str
    passages: tuple[Passage, ...]
    sayings: tuple[Saying, ...]
    tells: bool = True


def ending(mark: Callable[[int], str]) -> Callable[[Sequence[Saying]], str]:
    """Return a way to write: each sentence with its marker before the full stop."""
    return lambda sayings: " ".join(f"{saying.text[:-1]}{mark(saying.number)}." for saying in sayings)


def with_footnotes(sayings: Sequence[Saying]) -> str:
    said = " ".join(f"{saying.text}[^{note}]" for note, saying in enumerate(sayings, 1))
    return said + "\n\n" + "\n".join(f"[^{note}]: Passage {saying.number}" for note, saying in enumerate(sayings, 1))


def introduced(sayings: Sequence[Saying]) -> str:
    return " ".join(
        f"According to passage {saying.number}, {saying.text[0].lower()}{saying.text[1:]}" for saying in sayings
    )


def listed(sayings: Sequence[Saying]) -> str:
    lines = [f"- **{saying.text}** [Source {saying.number}]" for saying in sayings]
    return "Here is what I found:\n\n" + "\n".join(lines) + "\n\nSources:\n- [1] Lease\n- Passage 2: Pump"


RAISED = str.maketrans("123456", "¹²³⁴⁵⁶")
WRONG = {1: 2, 2: 6, 3: 4, 4: 5, 5: 3, 6: 1}
WAYS: tuple[tuple[str, Callable[[Sequence[Saying]], str], bool], ...] = (
    ("[1]", ending(lambda number: f" [{number}]"), True),
    ("none", ending(lambda number: ""), False),
    ("wrong: another passage's", ending(lambda number: f" [{WRONG[number]}]"), False),
    ("wrong: none there is", ending(lambda number: f" [{number + 40}]"), False),
    ("wrong: all of them", ending(lambda number: " [1-6]"), False),
    ("【1†source】", ending(lambda number: f"【{number}†source】"), True),
    ("(source 1)", ending(lambda number: f" (source {number})"), True),
    ("(see passage 1)", ending(lambda number: f" (see passage {number})"), True),
    ("<sup>1</sup>", ending(lambda number: f"<sup>{number}</sup>"), True),
    ("¹", ending(lambda number: str(number).translate(RAISED)), True),
    ("^1", lambda sayings: " ".join(f"{saying.text}^{saying.number}" for saying in sayings), True),
    ("[^1] and definitions", with_footnotes, True),
    ("According to passage 1,", introduced, True),
    ("list and sources below", listed, True),
)
MODELS = (
    *(CitingModel(name, way(SAYINGS), ENGLISH, SAYINGS, tells) for name, way, tells in WAYS),
    CitingModel("German (Quelle 1)", ending(lambda n: f" (Quelle {n})")(GERMAN_SAYINGS), GERMAN, GERMAN_SAYINGS),
    CitingModel(
        "French (voir source 1)", ending(lambda n: f" (voir source {n})")(FRENCH_SAYINGS), FRENCH, FRENCH_SAYINGS
    ),
    CitingModel("Spanish (fuente 1)", ending(lambda n: f" (fuente {n})")(SPANISH_SAYINGS), SPANISH, SPANISH_SAYINGS),
    CitingModel("German, none", ending(lambda n: "")(GERMAN_SAYINGS), GERMAN, GERMAN_SAYINGS, tells=False),
)
