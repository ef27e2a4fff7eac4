"""The documents of an invented firm that builds boats, and conversations about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DOCUMENTS = {
    "leases/malmo.md": """# Lease of the Malmö yard

The landlord is Sundhamn Fastigheter AB. The yard has 2,300 square metres and a slipway.

## Term

The lease of the Malmö yard began on 1 May 2021 and ends on 30 April 2031.

## Rent

The monthly rent is 18,600 euros. It rises every May by two percent.

## Contact

Elin Sjöberg looks after the lease of the Malmö yard.
""",
    "leases/turku.md": """# Lease of the Turku store

The landlord is Aura Kiinteistöt Oy. The store has 640 square metres.

## Term

The lease of the Turku store began on 1 February 2023 and ends on 31 January 2028.

## Rent

The monthly rent is 5,150 euros. It stays the same until the end.

## Contact

Pekka Laine looks after the lease of the Turku store.
""",
    "projects/heron.md": """# Project Heron

Project Heron builds an electric ferry for twelve passengers. Ruta Balsys leads Project Heron.

The budget of Project Heron is 410,000 euros. It started in March 2024 and is to be finished in November 2025.

The sea trial was moved from June to September because the battery supplier delivered eleven weeks late.
""",
    "projects/osprey.md": """# Project Osprey

Project Osprey replaces the old paint shop with a closed cabin. Tomas Ek leads Project Osprey.

The budget of Project Osprey is 95,000 euros. It started in January 2025 and is to be finished in August 2025.

The cabin was ordered from Lackteknik in Borås because it needs half the energy of the other offer.
""",
    "boats.csv": """Boat,Length,Engine,Price (EUR),Delivery
Tern 24,7.3 m,40 hp,48500,10 weeks
Tern 28,8.5 m,60 hp,67900,14 weeks
Skua 30,9.1 m,110 hp,112000,22 weeks
Skua 34,10.4 m,150 hp,149000,30 weeks
""",
    "results-2024.html": """<html><head><title>Results 2024</title></head><body><h1>Results of 2024</h1>
<p>Petra Holm, head of finance, wrote this on 20 February 2025.</p>
<h2>By quarter</h2>
<table><tr><th>Quarter</th><th>Revenue (EUR)</th><th>Boats delivered</th></tr>
<tr><td>Q1 2024</td><td>1,310,000</td><td>14</td></tr><tr><td>Q2 2024</td><td>2,075,000</td><td>23</td></tr>
<tr><td>Q3 2024</td><td>1,920,000</td><td>21</td></tr><tr><td>Q4 2024</td><td>1,140,000</td><td>12</td></tr></table>
<h2>Staff</h2><p>At the end of 2024 the firm employed 63 people, nine of them apprentices.</p></body></html>
""",
    "handbook.md": """# Staff handbook

## Parental leave

Parental leave lasts up to 40 weeks. It must be announced three months ahead. Signe Dahl in personnel approves it.

## Travel

A night in a hotel is paid up to 150 euros. Receipts are handed in within 14 days to the office in Malmö.

## Tools

Every boatbuilder gets 300 euros for tools each year. Lost tools are not replaced.

## Working from home

Designers may work from home on three days a week. Boatbuilders may not, since the moulds stand in the hall.
""",
    "minutes/2025-02.txt": """Minutes of the board, 11 February 2025

Present: Karin Vale, Petra Holm, Tomas Ek.

The board resolved to buy a second crane for the Malmö yard. The crane costs 74,000 euros and is delivered in May 2025.
Tomas Ek is responsible for the crane. The loan is from Ystad Sparbank.

The board resolved to close the shop in Gdynia on 30 June 2025, because it made a loss three years in a row.
Karin Vale tells the two employees of the shop.
""",
    "safety.md": """# Safety rules

## Welding

Welding in the hall needs a permit. The permit is valid for eight hours. Mikko Rinne issues the permit.

## Fire drill

The fire drill is held twice a year, in April and October. Sara Lund organises the fire drill.
""",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation.

    Attributes:
        question: As asked.
        answer: What the answer must say; empty where only the next question matters.
        alone: Whether it stands alone, and is to be left as it is.
    """

    question: str
    answer: str = ""
    alone: bool = False


def talk(*exchanges: tuple[str, str] | tuple[str, str, bool]) -> tuple[Exchange, ...]:
    """Return a conversation."""
    return tuple(Exchange(*exchange) for exchange in exchanges)


LOOKED_AT = (
    talk(
        ("When does the lease of the Malmö yard end?", "30 April 2031"),
        ("How large is it?", "2,300 square metres"),
        ("And who is responsible?", "Elin Sjöberg"),
    ),
    talk(
        ("Who leads Project Heron?", "Ruta Balsys"), ("And Osprey?", "Tomas Ek"), ("When does it end?", "August 2025")
    ),
    talk(
        ("What was the revenue in Q1 2024?", "1,310,000"), ("And in Q2?", "2,075,000"), ("What about Q4?", "1,140,000")
    ),
    talk(
        ("What does the Tern 24 cost?", "48500"),
        ("And the Tern 28?", "67900"),
        ("How long is the delivery?", "14 weeks"),
    ),
    talk(
        ("What is the monthly rent of the Turku store?", "5,150 euros"),
        ("What about Malmö?", "18,600 euros"),
        ("Who is the landlord?", "Sundhamn Fastigheter"),
    ),
    talk(
        ("What did the board resolve about the crane?", "second crane"),
        ("How much did that cost?", "74,000 euros"),
        ("Who takes care of it?", "Tomas Ek"),
    ),
    talk(
        ("Why was the sea trial of Project Heron moved?", "battery supplier"), ("What is the budget?", "410,000 euros")
    ),
    talk(
        ("How long is parental leave?", "40 weeks"),
        ("Who approves it?", "Signe Dahl"),
        ("And when must it be announced?", "three months"),
    ),
    talk(
        ("May designers work from home?", "three days a week"),
        ("And boatbuilders?", "moulds"),
        ("How many people did the firm employ at the end of 2024?", "63 people", True),
    ),
    talk(
        ("Is a permit needed for welding?", "permit"),
        ("How long is it valid?", "eight hours"),
        ("Who issues it?", "Mikko Rinne"),
    ),
)
"""Conversations that the rules were written with."""

HELD_OUT = (
    talk(
        ("When does the lease of the Turku store end?", "31 January 2028"),
        ("Who looks after it?", "Pekka Laine"),
        ("How big is it?", "640 square metres"),
    ),
    talk(
        ("What is the budget of Project Osprey?", "95,000 euros"),
        ("And of Heron?", "410,000 euros"),
        ("Who leads it?", "Ruta Balsys"),
    ),
    talk(("How many boats were delivered in Q3 2024?", "21"), ("And in Q1?", "14")),
    talk(
        ("What engine does the Skua 30 have?", "110 hp"), ("How much is it?", "112000"), ("And the Skua 34?", "149000")
    ),
    talk(
        ("When will the shop in Gdynia be closed?", "30 June 2025"),
        ("Why?", "loss three years in a row"),
        ("Who tells the employees?", "Karin Vale"),
    ),
    talk(("Who organises the fire drill?", "Sara Lund"), ("When is it?", "April and October")),
    talk(
        ("How much is paid for a night in a hotel?", "150 euros"),
        ("And by when must the receipts be handed in?", "14 days"),
    ),
    talk(
        ("Where was the cabin for Project Osprey ordered?", "Lackteknik"),
        ("Why there?", "half the energy"),
        ("When did the lease of the Malmö yard begin?", "1 May 2021", True),
    ),
    talk(("How much money do boatbuilders get for tools?", "300 euros"), ("What if they are lost?", "not replaced")),
    talk(
        ("Who is the landlord of the Malmö yard?", "Sundhamn Fastigheter"),
        ("And in Turku?", "Aura Kiinteistöt"),
        ("How much is the rent?", "5,150 euros"),
    ),
)
"""Conversations written before the rules were, and not looked at in writing them."""


def write_documents(folder: Path) -> None:
    """Write the firm's documents below a folder."""
    for name, text in DOCUMENTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
