"""Word lists: what counts as a stop word, a number word, a unit, a month, a negation."""

from __future__ import annotations


def listed(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


STOP_WORDS = listed(
    """
    a about above across after again against all along also although always am among amongst an and another any
    anybody anyone anything are around as at away back be became because become becomes been before behind being
    below beside besides between beyond both but by came can come could did do does doing done down during each
    either else enough etc even ever every everyone everything far few for from further gave get gets getting give
    given gives giving go goes going gone got had has have having he hence her here hers herself him himself his
    how however i if in indeed inside instead into is it its itself just keep kept least less let lets like likely
    made mainly make makes making many may maybe me mean means meanwhile might mine more moreover most mostly much
    must my myself namely near nearly no nor not now of off often on once one ones only onto or other others
    otherwise ought our ours ourselves out outside over own per perhaps please quite rather really regarding said
    same say says see seem seemed seems several shall she should since so some somebody someone something
    sometimes somewhat soon still such take taken takes taking tell than that the their theirs them themselves
    then there therefore these they thing things this those though through throughout thus to together too took
    toward towards under until up upon us use used uses using usually various very via was way ways we well went
    were what whatever when whenever where whereas whether which whichever while who whoever whole whom whose why
    will with within without would yet you your yours yourself don doesn didn isn aren wasn weren won wouldn
    shouldn couldn hasn haven hadn ain ll ve re d s t m according based called known named respectively certain
    """
)
"""English words that carry no content of their own; forms of negation are looked at apart."""

NEGATIONS = listed(
    """
    no not never none neither nor cannot without nothing nobody nowhere hardly scarcely unable fail fails failed
    failing lack lacks lacked lacking refuse refuses refused deny denies denied
    nicht kein keine keinen nie niemals не нет никогда ни pas jamais nunca jamás não niet geen nooit
    """
)
"""Words that turn a statement round, in a few languages; ``n't`` is recognised by its form."""

NEGATING_CHARACTERS = frozenset("不没沒無无未")
"""Characters that turn a statement round in Chinese and Japanese."""

UNITS_SPELLED = (
    "zero one two three four five six seven eight nine ten eleven twelve "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
TENS_SPELLED = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS = {word: float(value) for value, word in enumerate(UNITS_SPELLED.split())} | {
    word: 10.0 * value for value, word in enumerate(TENS_SPELLED.split(), start=2)
}
"""Spelled-out numbers; ``one`` is mostly a pronoun and is asked for by nobody."""

SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "millions": 1e6, "mn": 1e6, "mm": 1e6, "m": 1e6,
    "billion": 1e9, "billions": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "trillions": 1e12, "tn": 1e12, "t": 1e12,
    "万": 1e4, "億": 1e8, "亿": 1e8,
}  # fmt: skip
"""What multiplies the number before it; the single letters only when written onto it (``$3B``) in capitals."""

UNITS = {
    form: unit
    for unit, forms in {
        "%": "% ％ percent percentage pct",
        "second": "s sec secs second seconds",
        "minute": "min mins minute minutes",
        "hour": "h hr hrs hour hours",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "yr yrs year years",
        "millisecond": "ms millisecond milliseconds",
        "$": "$ usd dollar dollars",
        "€": "€ eur euro euros",
        "£": "£ gbp pound pounds",
        "¥": "¥ yen yuan rmb",
        "kb": "kb kilobyte kilobytes",
        "mb": "mb megabyte megabytes",
        "gb": "gb gigabyte gigabytes",
        "tb": "tb terabyte terabytes",
        "kilometre": "km kilometre kilometres kilometer kilometers",
        "metre": "m metre metres meter meters",
        "centimetre": "cm centimetre centimetres centimeter centimeters",
        "millimetre": "millimetre millimetres millimeter millimeters",
        "mile": "mi mile miles",
        "foot": "ft foot feet",
        "inch": "inch inches",
        "kilogram": "kg kilo kilos kilogram kilograms",
        "gram": "g gram grams",
        "milligram": "mg milligram milligrams",
        "microgram": "mcg µg μg microgram micrograms",
        "tonne": "tonne tonnes ton tons",
        "litre": "l litre litres liter liters",
        "millilitre": "ml millilitre millilitres milliliter milliliters",
        "bar": "bar bars",
        "psi": "psi",
        "pascal": "pa pascal pascals",
        "kilopascal": "kpa kilopascal kilopascals",
        "watt": "watt watts",
        "kilowatt": "kw kilowatt kilowatts",
        "megawatt": "mw megawatt megawatts",
        "volt": "volt volts",
        "percentage point": "pp",
        "degree": "° degree degrees",
        "degree Celsius": "°c ℃ celsius",
        "degree Fahrenheit": "°f ℉ fahrenheit",
        "token": "token tokens",
        "time": "x × times fold",
    }.items()
    for form in forms.split()
}
"""Form of a unit -> its name. Two numbers with two known, different units are different."""

MONTHS = {
    form: f"month-{number:02d}"
    for number, forms in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for form in forms.split()
}
"""Form of a month -> its key, so that ``May 22`` and ``2025-05-22`` meet."""

APPROXIMATIONS = listed(
    "about almost approximately around circa close nearly roughly some approx over more under up ~ estimated"
)
"""Words before a number that allow it to differ a little."""

IRREGULAR = {
    form: stem
    for stem, forms in {
        "begin": "began begun", "build": "built", "buy": "bought", "write": "wrote written", "win": "won",
        "find": "found", "lead": "led", "leave": "left", "lose": "lost", "hold": "held", "run": "ran",
        "sell": "sold", "speak": "spoke spoken", "teach": "taught", "think": "thought", "fall": "fell fallen",
        "rise": "rose risen", "grow": "grew grown", "know": "knew", "show": "shown", "send": "sent",
        "bring": "brought", "choose": "chose chosen", "drive": "drove driven", "eat": "ate eaten", "pay": "paid",
        "sing": "sang sung", "meet": "met", "tak": "taken took", "die": "died dead dying death", "child": "children",
        "person": "people", "man": "men", "woman": "women", "foot": "feet", "mouse": "mice", "play": "played",
        "star": "starred starring", "marry": "married marriage", "born": "birth", "fight": "fought", "feel": "felt",
        "draw": "drew drawn", "break": "broke broken", "steal": "stole stolen", "wear": "wore worn", "life": "lives",
        "agree": "agreed", "disagree": "disagreed", "guarantee": "guaranteed", "decree": "decreed", "free": "freed",
        "own": "owner owners",
    }.items()
    for form in forms.split()
}  # fmt: skip
"""Irregular forms that the stemmer cannot see."""

ALIASES = {
    "us": "united states",
    "usa": "united states",
    "uk": "united kingdom",
    "eu": "european union",
    "un": "united nations",
}
"""Acronyms that are read as what they stand for."""

LANGUAGE_WORDS = {
    "en": "the of and to in is that it was for on are with as his they be at this from have by had not but what were",
    "de": "der die das und ist nicht ein eine mit den von zu auf für dem des sich auch als wird wurde sind hat war",
    "fr": "le la les des et est une dans que qui pour sur pas du au avec par sont il elle ce cette aux été plus",
    "es": "el los las y es una en que por con para del se su al como más fue son lo pero sus este ha",
    "it": "il che di è un una per non sono con del della nel alla dei le gli si anche come più ha era dal",
    "pt": "o os as e é um uma em que por com para do da no na dos das não se mais foi ao são como",
    "nl": "de het een en is van op te dat niet met voor zijn er maar aan ook als bij door naar heeft wordt werd",
}
"""The commonest words of a few languages in Latin script, to tell them apart."""
