"""Does an answer refuse? Told by its wording, in several languages, since other systems leave no other trace.

An answer is a refusal if it says that it cannot answer, and nothing else about the world: "the documents do not say
when, but it was raining" answers a part, and is none.
"""

from __future__ import annotations

import re

from rag.sentences import segment
from rag.terms import is_no_claim

WORDS_OF_A_STATEMENT = 3
"""Words behind a "but" from which they are another statement."""

SENTENCES_LOOKED_AT = 12
"""A refusal is short; an answer of more sentences answers something."""

DOCUMENT = (
    r"(?:(?:the|these|this|those|that|your|my|our|any|any of the|none of the|either of the)\s)?"
    r"(?:(?:provided|given|available|retrieved|supplied|attached|above|relevant|current|search|source"
    r"|following)\s){0,3}"
    r"(?:contexts?|documents?|passages?|sources?|texts?|articles?|excerpts?|materials?|snippets?|information|results?"
    r"|data|knowledge base|files?|content|records?|transcripts?|reports?|pages?|references?)"
    r"(?:\s(?:provided|given|available|above|here|you (?:have )?(?:provided|gave|shared)|i have|at hand"
    r"|supplied|found))?"
)
NOT = r"(?:do not|does not|did not|don't|doesn't|didn't|do n't|never)"
CANNOT = (
    r"(?:cannot|can not|can't|could not|couldn't|am unable to|'m unable to|are unable to|was unable to|were unable to"
    r"|am not able to|'m not able to|are not able to|was not able to)"
)
TELL = (
    r"(?:mention|contain|provide|specify|state|say|include|address|give|discuss|offer|cover|indicate|reveal|disclose"
    r"|describe|answer|tell|explain|list|identify|have|hold|detail|clarify|name|refer|report|supply)"
)
TOLD = (
    r"(?:mentioned|specified|stated|provided|given|available|included|discussed|addressed|answered|found|covered"
    r"|disclosed|contained|described|present|listed|detailed|explained|indicated|said)"
)
ENGLISH = (
    r"(?:i|we)\s(?:really |simply |honestly )?(?:do not|don't) know(?!\s(?:of|any|anyone|anything|that|if there)\b)",
    r"(?:i|we)\s(?:do not|don't) have\s(?:any |enough |sufficient |the |access to |specific |further )*"
    r"(?:information|context|data|knowledge|details?|evidence|answer)",
    rf"(?:i|we)\s?{CANNOT}\s(?:\w+ly )?(?:answer|determine|find|say|tell|provide|locate|infer|confirm|give|help"
    rf"|verify)",
    rf"{DOCUMENT}\s{NOT}\s(?:\w+ly |seem to |appear to )?{TELL}",
    rf"{DOCUMENT}\s(?:has|have|contains?|provides?|gives?|includes?)\s(?:no|insufficient)\s(?:\w+\s){{0,2}}"
    r"(?:information|mention|details?|data|answer|evidence|reference)",
    rf"none of {DOCUMENT}\s(?:\w+\s)?{TELL}s?",
    r"(?:there\s(?:is|are|was|were)\s)?(?:no|not enough|insufficient|not any|not sufficient)\s(?:\w+\s){0,2}"
    r"(?:information|mention|details?|data|evidence|answer|context|reference|record)s?\s(?:"
    rf"(?:about|on|regarding|concerning|available|provided|given|found|to answer)\b|(?:\w+\s){{0,8}}(?:in"
    rf"|within|from)\s{DOCUMENT}"
    r"|(?:\w+\s){0,8}(?:is|are|was|were)\s(?:\w+\s)?(?:available|provided|given|mentioned|included)\b)",
    r"(?:this|it|that|the (?:question|answer|information)|an answer)\s(?:cannot|can't|could not|can not)\sbe\s"
    r"(?:answered|determined|found|inferred|given|derived)",
    r"[^.;:!?]{1,160}\s(?:cannot|can't|could not|can not)\sbe\s(?:answered|determined|inferred|found|derived)\s"
    rf"(?:from|based on|with|using|in|by)\s(?:only )?{DOCUMENT}",
    rf"[^.;:!?]{{1,160}}\s(?:is|are|was|were)\s?(?:not|n't|never)\s(?:\w+ly )?{TOLD}\s(?:in|by|within"
    rf"|anywhere in|from)\s"
    rf"{DOCUMENT}",
    r"(?:it|that|this|the answer|the information)\s(?:is|was)\s?(?:not|n't)\s(?:\w+ly )?"
    rf"(?:{TOLD}|known|clear|possible to (?:answer|determine|say|tell))",
    r"(?:it is|it's)\s(?:impossible|not possible)\sto\s(?:answer|determine|say|tell)",
    r"(?:unable|not able|impossible|not possible)\sto\s(?:answer|determine|provide an answer|find (?:any|the|an"
    r"|this|that))",
    r"(?:the )?(?:question|it)\s(?:is|falls)\s(?:unanswerable|outside|beyond)",
    r"(?:not|nothing)\s(?:\w+ly )?(?:in|mentioned|stated|specified|found|available|given|provided|answerable)\s"
    rf"(?:in |by |from |about (?:it|this|that) in )?{DOCUMENT}",
    rf"(?:nothing|neither)\s(?:in|of)\s{DOCUMENT}",
)
WHOLE = (
    r"not_in_documents|n/?a|unknown|unanswerable|no answer(?: (?:found|available|possible))?|not (?:mentioned|stated|"
    r"specified|available|found|known|answerable|enough information|provided|given)|none"
    r"|no (?:relevant )?(?:information|"
    r"data|context|results?)(?: (?:found|available|provided))?|insufficient (?:information|context|evidence|data)|idk"
)
OTHERS = (
    # German
    r"(?:ich|wir)\s(?:weiß|weiss|wissen)\s(?:es |das |leider |hierzu )*nicht(?!\s\w+\s\w+,)",
    r"(?:ich|wir)\s(?:kann|können|konnte|konnten)\s(?:[\w,]+\s){0,12}?(?:nicht|keine?n?)\s(?:\w+\s){0,6}?"
    r"(?:beantworten|finden|sagen|ermitteln|entnehmen|feststellen|bestimmen|geben)",
    r"(?:kann|können|konnte|konnten)\s(?:ich|wir)\s(?:[\w,]+\s){0,12}?(?:nicht|keine?n?)\s(?:\w+\s){0,6}?"
    r"(?:beantworten|finden|sagen|ermitteln|entnehmen|feststellen|bestimmen|geben)",
    r"(?:in )?(?:den|der|dem|die|das|diese[nrsm]?)\s(?:(?:bereitgestellten|vorliegenden|gegebenen|angegebenen"
    r"|vorhandenen)\s)?"
    r"(?:dokument\w*|text\w*|quellen?|kontext\w*|passagen?|unterlagen|informationen|auszüge\w*|abschnitte?\w*)\s"
    r"(?:[\w,]+\s){0,12}?(?:keine?n?|nicht|nichts)\b",
    r"(?:dazu|darüber|hierzu|es)\s(?:gibt es|liegen|enthält|steht|geht|gibt)\s(?:[\w,]+\s){0,8}?(?:keine?"
    r"|nichts|nicht)\b",
    r"(?:das|dies|es|die frage|die antwort)\s(?:lässt sich|kann|ist)\s(?:[\w,]+\s){0,8}?nicht\s"
    r"(?:beantworten|beantwortet|entnehmen|ermitteln|angegeben|erwähnt|bekannt|bestimmen)",
    # French
    r"(?:je ne (?:sais|peux|trouve|dispose|suis)|nous ne (?:savons|pouvons|disposons))\b(?:\s[\w'’]+){0,4}?\s?"
    r"(?:pas|aucune?)",
    r"(?:les?|la|ces?|cette|aucun)\s?(?:documents?|textes?|sources?|contexte|passages?|extraits?|informations?)\s"
    r"(?:[\wéèà]+\s){0,3}?(?:ne|n['’])\s?\w+(?:nt|ne|it|d|e|s)?\s(?:pas|aucune?|rien)",
    r"il n['’](?:y a|existe)\s(?:pas|aucune?)\s(?:d['’])?(?:informations?|mentions?|réponses?|données)",
    r"(?:cette|l['’])\s?information\sn['’]est\s(?:pas|aucunement)",
    # Spanish and Portuguese
    r"(?:no (?:lo )?sé\b|no (?:puedo|podemos|tengo|encuentro)|não (?:sei|posso|tenho|encontr\w+|há|é possível))\b",
    r"(?:el|los|la|las|o|os|a|as|este|ningún)\s?(?:documentos?|textos?|fuentes?|contextos?|pasajes?"
    r"|informaci(?:ón|ones)|"
    r"fontes?|passagens|informaç(?:ão|ões)|trechos?)\s(?:[\wáéíóúãõç]+\s){0,3}?(?:no|não)\s"
    r"(?:\w+\s)?(?:menciona|contiene|proporciona|especifica|indica|dice|incluye|contém|mencion|fornec|diz|inclu)\w*",
    r"no (?:hay|existe|se (?:menciona|especifica|indica|encuentra|proporciona))\b",
    # Italian and Dutch
    r"non (?:lo )?(?:so|posso|è possibile|ci sono|c['’]è|ho|viene (?:menzionat|specificat)\w*|trovo)\b",
    r"(?:i|il|la|le|nessun\w?)\s?(?:documenti?|testi?o?|fonti?e?|contesto|passaggi?o?"
    r"|informazioni)\s(?:\w+\s){0,3}?non\s\w+",
    r"(?:ik|wij|we)\s(?:weet|weten|kan|kunnen|heb|hebben|vind)\s(?:[\w,]+\s){0,8}?(?:niet|geen)\b",
    r"(?:de|het|deze|dit)\s(?:\w+\s)?(?:documenten?|tekst(?:en)?|bron(?:nen)?|context|passages?"
    r"|informatie)\s(?:\w+\s){0,6}?"
    r"(?:niet|geen|niets)\b",
)
UNSPACED = re.compile(
    r"(?:文档|文件|文中|资料|上下文|信息|来源|文本|段落|提供的|给定|檔案|資料|文檔)[^。，,；;]{0,16}(?:没有|未"
    r"|沒有|并未|無法|无法|不包含|不足)"
    r"|(?:我|本人)?(?:不知道|无法(?:回答|确定|得知|提供)|無法(?:回答|確定|得知)|不清楚)|没有(?:提到|提及|相关"
    r"|足够|说明|找到)"
    r"|(?:文書|資料|文脈|情報|ドキュメント|テキスト|文章|提供された)[^。、]{0,24}"
    r"(?:記載されていません|ありません|含まれていません|言及されていません|書かれていません|不足|見つかりません|ない)"
    r"|(?:わかりません|分かりません|お答えできません|回答できません|不明です|答えられません)"
    r"|(?:문서|자료|본문|문맥|정보|제공된)[^.。]{0,30}(?:없습니다|않습니다|없다|않는다|부족합니다)"
    r"|(?:모르겠습니다|알 수 없습니다|답변할 수 없습니다)"
    r"|(?:я не (?:знаю|могу|нашёл|нашел)|в (?:предоставленных |данных |этих )?(?:документах|документе|тексте"
    r"|контексте|источниках)"
    r"[^.,;]{0,60}(?:не |нет)|(?:нет|недостаточно) информации|невозможно (?:ответить|определить))",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"(?:(?:(?:i'm|i am|we're|we are) (?:very |truly |so )?(?:sorry|afraid)|sorry|unfortunately|regrettably|apologies"
    r"|my apologies|i apologi[sz]e|however|but|thus|therefore|hence|so|as such|from what i can see|it (?:seems|appears)"
    r"(?: that)?|i regret|leider|es tut mir leid|tut mir leid|entschuldigung|malheureusement|désolée?|je suis désolée?"
    r"|lo siento|lamentablemente|desafortunadamente|desculpe|infelizmente|lamento|mi dispiace|purtroppo|helaas|sorry"
    rf"|(?:based|judging|going) (?:only |solely )?(?:on|by) {DOCUMENT}(?: alone)?|according to {DOCUMENT}"
    rf"|from {DOCUMENT}"
    rf"|in {DOCUMENT}|given {DOCUMENT}|as an? (?:ai|language model|assistant)[^,]{{0,40}})[\s,;:.–—-]*(?:but"
    rf"|that|and|aber|mais|pero|mas|ma)?\s*)*",
    re.IGNORECASE,
)
TURN = re.compile(
    r"(?:[,;.–—-]\s*|\s)(?:but|however|although|though|yet|nevertheless|nonetheless|instead|except|aber|jedoch|mais"
    r"|cependant|pero|sin embargo|mas|porém|ma|però|maar|echter|но)\s(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
UNSPACED_TURN = re.compile(r"(?:但是?|不过|然而|しかし|ですが|하지만|그러나|но)(?P<rest>.{6,})$", re.DOTALL)
ABOUT_DOCUMENTS = re.compile(
    rf"(?:(?:however|instead|rather),? )?(?:{DOCUMENT}|it|they)\s(?:only|just|merely|mainly|primarily"
    rf"|simply)\s(?:\w+\s)?"
    r"(?:mentions?|discuss(?:es)?|covers?|focus(?:es)?|describes?|talks?|contains?|states?|says?|provides?"
    r"|refers?|includes?|deals?)\b"
    r"|(?:please|could you|can you|would you|try|you (?:may|might|could|can)|for (?:more|further)|if you)\b"
    r"|i(?: can|'d be (?:happy|glad) to| would be (?:happy|glad) to|'m (?:happy|glad) to) help\b"
    r"|(?:more|further|additional) (?:information|context|details?) (?:is|are|would be) (?:needed|required)",
    re.IGNORECASE,
)
"""What may stand beside a refusal: what the documents are about instead, and advice."""

PATTERN = re.compile("|".join((*ENGLISH, *OTHERS)), re.IGNORECASE)
WHOLE_PATTERN = re.compile(rf"(?:{WHOLE})[.!。]*", re.IGNORECASE)


def is_refusal(answer: str) -> bool:
    """Return whether an answer refuses to answer, and claims nothing; an empty one does not refuse.

    >>> is_refusal("I'm sorry, but the context does not mention when it was built.")
    True
    >>> is_refusal("The context does not mention when, but it was built by monks from Cluny.")
    False
    """
    spans = segment(answer)
    if not spans or len(spans) > SENTENCES_LOOKED_AT:
        return False
    sentences = [" ".join(answer[start:end].replace("’", "'").split()) for start, end in spans]
    refused = [refuses(sentence) for sentence in sentences]
    return any(refused) and all(
        refuse or is_beside(sentence) for refuse, sentence in zip(refused, sentences, strict=True)
    )


def is_beside(sentence: str) -> bool:
    """Return whether a sentence may stand beside a refusal without answering anything."""
    return is_no_claim(sentence) or ABOUT_DOCUMENTS.match(sentence) is not None or LEAD.fullmatch(sentence) is not None


def refuses(sentence: str) -> bool:
    """Return whether one sentence says that there is no answer, and nothing besides."""
    if WHOLE_PATTERN.fullmatch(sentence):
        return True
    if UNSPACED.search(sentence):
        return not UNSPACED_TURN.search(sentence)
    lead = LEAD.match(sentence)
    rest = sentence[lead.end() :] if lead else sentence
    found = PATTERN.match(rest)
    if found is None:
        return False
    turn = TURN.search(rest, found.end() - 1)
    if turn is None or len(turn["rest"].split()) < WORDS_OF_A_STATEMENT:
        return True
    return refuses(turn["rest"]) or is_beside(turn["rest"])
