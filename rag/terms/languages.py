"""What is known of languages besides English: their function words, their stems, and how they ask.

English has lists and a stemmer of its own, to which the verifiers are fitted. A text is analysed in another language
only where a question is asked in it, its passages in the same one: stems of two languages do not meet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.terms.lexicon import STOP_WORDS, listed
from rag.terms.months import NAMES
from rag.terms.words import tokens, without_accent

ENGLISH = "en"
ENGLISH_ASKS = listed("who whom whose what when where why which how")
FUNCTION_WORDS_LEAST = 2
"""Function words from which a text is taken to be of a language; more than of any other."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How a language asks, as patterns of lower-case text.

    Attributes:
        name: Of the language, in English.
        questions: Kind of question -> the words that ask for it, the first that is found deciding.
        verbs: What a question asks with besides: modal verbs and the like, words of their own apart.
        price: Words that ask for an amount of money.
        span: Words that ask for a length of time.
        units: What the names of the units of time begin with.
        reasons: What gives a reason.
        places: What stands before the name of a place.
        numbers: Two to twelve, and the tens up to ninety.
        compounds: Whether words are written together, so that the last part says what a thing is.
        capitalises: Whether all nouns are written with a capital, which therefore marks no name.
    """

    name: str
    questions: Mapping[str, str]
    verbs: str
    price: str
    span: str
    units: str
    reasons: str
    places: str
    numbers: str
    compounds: bool = False
    capitalises: bool = False


LANGUAGES: Mapping[str, Asking] = {
    "de": Asking(
        "German",
        {
            "reason": r"warum|weshalb|wieso|aus welchem grund",
            "amount": r"wie ?(?:viele?[rnms]?|hoch|lange?|oft)|wie(?= (?:groß|tief|weit|breit|schwer|teuer|alt)\b)"
            r"|innerhalb welcher frist",
            "time": r"wann|an welchem tag|in welchem (?:jahr|monat)",
            "person": r"wer|wem|wen|wessen",
            "place": r"wo|wohin|woher",
            "other": r"wie|womit|wofür|wozu|woran|worauf|woraus|welche[rsmn]?|was",
        },
        "müssen muss darf dürfen kann können soll sollen sollte gibt beträgt betragen braucht fällig innerhalb",
        r"koste\w*|preis\w*|teuer|miete|gebühr\w*|entgelt",
        r"wie lange|frist\w*|dauer\w*",
        r"sekunde|minute|stunde|tag|woche|monat|jahr",
        r"weil|da|denn|wegen|aufgrund|damit|deshalb|daher",
        r"in|im|an|am|auf|bei|nach|aus|von",
        "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig sechzig siebzig "
        "achtzig neunzig",
        compounds=True,
        capitalises=True,
    ),
    "fr": Asking(
        "French",
        {
            "reason": r"pourquoi|pour quelles? raisons?",
            "amount": r"combien|dans quel délai|quel est le(?= (?:prix|montant|coût|budget|nombre|taux)\b)",
            "time": r"quand|à quelle date|quel jour|en quelle année",
            "person": r"qui",
            "place": r"où|dans quelle ville",
            "other": r"comment|quels?|quelles?|que|quoi|est-ce",
        },
        "doit doivent peut peuvent faut an",
        r"co[uû]te\w*|prix|tarif|montant",
        r"combien de temps|délai|durée|préavis",
        r"seconde|minute|heure|jour|semaine|mois|ans?\b|année",
        r"parce que?|car|puisque?|en raison|afin|à cause",
        r"à|au|aux|en|dans|de|chez|sur",
        "deux trois quatre cinq six sept huit neuf dix onze douze vingt trente quarante cinquante "
        "soixante quatre-vingts",
    ),
    "es": Asking(
        "Spanish",
        {
            "reason": r"por qué|a qué se debe",
            "amount": r"cu[aá]nt[oa]s?|en qué plazo|cuál es el(?= (?:precio|importe|coste|número|plazo)\b)",
            "time": r"cuándo|en qué (?:fecha|año|mes)|qué día",
            "person": r"qui[eé]n(?:es)?",
            "place": r"dónde|adónde|en qué ciudad",
            "other": r"cómo|cuál(?:es)?|qué",
        },
        "debe deben puede pueden hay",
        r"cuest\w*|precio|coste|importe|tarifa",
        r"cuánto tiempo|cuántos años|plazo|duración|preaviso",
        r"segundo|minuto|hora|día|semana|mes|año",
        r"porque|ya que|debido|pues|para que|a causa",
        r"en|a|de|desde|hasta|por",
        "dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cuarenta cincuenta sesenta setenta "
        "ochenta noventa",
    ),
    "it": Asking(
        "Italian",
        {
            "reason": r"perché|per quale motivo",
            "amount": r"quant[oiae]|entro quale termine|qual è il(?= (?:prezzo|costo|numero)\b)",
            "time": r"quando|in (?:quale|che) (?:data|anno|mese)",
            "person": r"chi",
            "place": r"dove|in quale città",
            "other": r"come|quali?|qual|cosa|che",
        },
        "deve devono può possono",
        r"cost[ai]\w*|prezzo|importo|tariffa",
        r"quanto tempo|termine|durata|preavviso",
        r"second|minut|or[ae]\b|giorn|settiman|mes[ei]\b|ann[oi]\b",
        r"perché|poiché|a causa|dato che|affinché",
        r"in|a|ad|di|da|dal|presso|su",
        "due tre quattro cinque sei sette otto nove dieci undici dodici venti trenta quaranta cinquanta sessanta "
        "settanta ottanta novanta",
    ),
    "pt": Asking(
        "Portuguese",
        {
            "reason": r"por ?qu[eê]|porquê",
            "amount": r"quant[oa]s?|em que prazo|qual é o(?= (?:preço|valor|custo|número)\b)",
            "time": r"quando|em que (?:data|ano|mês)",
            "person": r"quem",
            "place": r"onde|aonde",
            "other": r"como|qual|quais|que",
        },
        "deve devem pode podem há",
        r"cust\w+|preço|valor|tarifa",
        r"quanto tempo|prazo|duração|aviso",
        r"segundo|minuto|hora|dia|semana|mês|meses|ano",
        r"porque|pois|devido|já que|por causa",
        r"em|no|na|a|de|do|da|para",
        "dois duas três quatro cinco seis sete oito nove dez onze doze vinte trinta quarenta cinquenta sessenta "
        "setenta oitenta noventa",
    ),
    "nl": Asking(
        "Dutch",
        {
            "reason": r"waarom|om welke reden",
            "amount": r"hoe(?:veel| (?:lang|vaak|hoog|groot|diep|ver|duur|oud))|binnen welke termijn",
            "time": r"wanneer|op welke (?:dag|datum)|in welk (?:jaar|maand)",
            "person": r"wie|wiens",
            "place": r"waar(?:heen)?",
            "other": r"hoe|waarmee|welke?|wat",
        },
        "moet moeten mag mogen kan kunnen",
        r"kost\w*|prijs|tarief|bedrag",
        r"hoe ?lang|termijn|duur",
        r"seconde|minu|uur\b|uren|dag|we[e]?k|maand|jaar|jaren",
        r"omdat|want|wegens|doordat|zodat|daarom",
        r"in|te|op|bij|naar|uit|van",
        "twee drie vier vijf zes zeven acht negen tien elf twaalf twintig dertig veertig vijftig zestig zeventig "
        "tachtig negentig",
        compounds=True,
    ),
}
"""Languages that questions are understood in, English aside, by their code in ISO 639-1."""

DAY = re.compile(
    rf"\b(?:\d\d?(?:er|\.|º)? (?:de )?)?(?:{NAMES})\b\.?(?: (?:de )?\d{{4}})?|\b\d\d?\.\d\d?\.\d{{4}}\b", re.I
)
"""A date, whose numbers are no amount."""
MONEY = r"[$€£¥]\s?\d|\d[\d., \u00a0\u202f]*(?:[$€£¥%]|\b(?:eur|usd|gbp|chf|euros?|dollars?|cents?)\b)"
HOUR = re.compile(r"\b\d\d?(?:[:.]\d\d| ?(?:uhr|heures?|h|horas?|ore|uur)\b)", re.IGNORECASE)
PARTICIPLE = re.compile(r"(?P<before>(?:ab|an|auf|aus|bei|ein|mit|nach|vor|zu)?)ge(?P<verb>\w{4,})t")
FULL_NAME = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+ (?:(?:von|van|de|di|da|du) )?[A-ZÀ-Þ][\w’'-]+")


@cache
def function_words(language: str) -> frozenset[str]:
    """Return the words of a language that carry no content of their own, in lower case; those of English are ours."""
    if language == ENGLISH:
        return STOP_WORDS
    from stop_words import get_stop_words

    words = (word.lower() for word in get_stop_words(language))
    return frozenset(words) | listed(LANGUAGES[language].verbs)


def language_of(text: str) -> str:
    """Return the language that most function words of a text are of; empty where two are as likely, or there are few.

    Of two that share them, a question is in the one whose asking words are longer: ``wie lange`` before ``wie``.

    >>> language_of("Mit welcher Frist kann gekündigt werden?"), language_of("Who was in the war?")
    ('de', 'en')
    """
    words = [token.text.lower() for token in tokens(text) if token.kind == "word"]
    asks = "?" in text and not ENGLISH_ASKS.isdisjoint(words)
    ranks = {ENGLISH: (sum(word in STOP_WORDS for word in words) + asks, 0)}
    for name in LANGUAGES:
        found = sum(any(part in function_words(name) for part in re.split("['’]", word)) for word in words)
        asking = asking_word(text.lower(), name) if "?" in text else None
        ranks[name] = (found + 1, asking[2] - asking[1]) if asking else (found, 0)
    first, second = sorted(ranks, key=lambda name: ranks[name], reverse=True)[:2]
    is_told = ranks[first] > ranks[second] and (first == ENGLISH or ranks[first][0] > ranks[ENGLISH][0])
    return first if is_told and ranks[first][0] >= FUNCTION_WORDS_LEAST else ""


def name_language(language: str) -> str:
    """Return the name of a language in English."""
    return "English" if language == ENGLISH else LANGUAGES[language].name


def asked_in(question: str) -> str:
    """Return the language besides English that a question is asked in; empty for English, or where one cannot tell.

    >>> asked_in("Wie hoch ist die Miete?"), asked_in("How high is the rent?")
    ('de', '')
    """
    language = language_of(question)
    known = language in LANGUAGES and asking_word(question.lower(), language) is not None
    return language if known else ""


def asking_word(lowered: str, language: str) -> tuple[str, int, int] | None:
    """Return what kind of thing a question asks for by its asking word, and where that stands; None without one."""
    for kind, pattern in LANGUAGES[language].questions.items():
        if match := re.search(rf"\b(?:{pattern})\b", lowered):
            return kind, match.start(), match.end()
    return None


@lru_cache(maxsize=16384)
def stem_in(word: str, language: str) -> str:
    """Return the stem of a word by Snowball (Porter 2001), in lower case and without accents.

    Of a German participle the stem is that of its verb.

    >>> stem_in("pagar", "es") == stem_in("pagan", "es"), stem_in("Kündigung", "de") == stem_in("gekündigt", "de")
    (True, True)
    """
    import snowballstemmer

    # A stemmer holds the word that it works on: each thread needs its own.
    stemmed = snowballstemmer.stemmer(LANGUAGES[language].name.lower()).stemWord(word.lower())
    plain = "".join(map(without_accent, stemmed))
    participle = PARTICIPLE.fullmatch(plain) if language == "de" else None
    return participle["before"] + participle["verb"] if participle else plain


SPELLED = {name: rf"\b(?:{'|'.join(asking.numbers.split())})\b" for name, asking in LANGUAGES.items()}


def amount_asked(language: str, question: str) -> str:
    """Return the pattern of what a question asks for, money or a length of time; empty where any number may do."""
    asking, lowered = LANGUAGES[language], question.lower()
    if re.search(rf"\b(?:{asking.price})\b", lowered):
        return MONEY
    if re.search(rf"\b(?:{asking.span})\b", lowered):
        return rf"(?:\d|{SPELLED[language]})[ \u00a0\u202f]?(?:\w+ )?(?:{asking.units})"
    return ""


def offers_in(language: str, kind: str, question: str, sentence: str) -> bool:
    """Return whether a sentence in a language holds the kind of thing that a question expects."""
    asking, lowered = LANGUAGES[language], sentence.lower()
    if kind == "amount":
        plain = DAY.sub(" ", sentence).lower()
        amount = amount_asked(language, question)
        return re.search(amount or rf"(?<![\w-])\d|{SPELLED[language]}", plain) is not None
    if kind == "time":
        return DAY.search(sentence) is not None or HOUR.search(sentence) is not None
    if kind == "person":
        return FULL_NAME.search(sentence) is not None
    if kind == "reason":
        return re.search(rf"\b(?:{asking.reasons})\b", lowered) is not None
    if kind == "place":
        return re.search(rf"\b(?:{asking.places}) (?:\w+ ){{0,2}}[A-ZÀ-Þ]", sentence) is not None
    return False
