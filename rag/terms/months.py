"""The names of the months in several languages."""

from __future__ import annotations

MONTH_NAMES = """
january jan enero januar janvier gennaio janeiro januari ene gen jänner
february feb febrero februar février febbraio fevereiro februari févr
march mar marzo märz mars março maart mär mrz
april apr abril avril aprile abr avr
may mayo mai maggio maio mei maj mag
june jun junio juni juin giugno junho giu
july jul julio juli juillet luglio julho lug juil
august aug agosto août augustus augusti ago
september sep sept septiembre septembre settembre setembro set
october oct octubre oktober octobre ottobre outubro okt ott
november nov noviembre novembre novembro
december dec diciembre dezember décembre dicembre dezembro desember dez déc dic des
"""
"""A line a month: in English, German, French, Spanish, Italian, Portuguese, Dutch and the languages of Scandinavia."""
MONTHS = {name: number for number, line in enumerate(MONTH_NAMES.strip().splitlines(), 1) for name in line.split()}
NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
