"""Formulas of politeness and announcements, in a few languages, as patterns: what says nothing about the world."""

from __future__ import annotations

DOCUMENTS = r"(?:passages?|documents?|sources?|context|texts?|information|files?)"
OFFER = r"(?:let me know|feel free to (?:ask|reach out)|i(?:'m| am) happy to help|i can help|(?:please )?ask)"
WANTED = r"(?:questions?|help|details?|information|clarification|assistance|anything(?: else)?)"
MORE = r"(?:any |some |more |other |further |additional |something )*"
TOPIC = (
    r"(?:(?: (?:about|on|with|regarding))"
    r"(?: (?:this|that|it|these|them|anything(?: else)?|(?:the|your|a|any) [a-z]+(?: [a-z]+)?))?)?"
)
YOU_NEED = rf"you(?:'d| would)? ?(?:have|need|want|like|require) {MORE}{WANTED}{TOPIC}"

PLEASANTRIES = (
    r"(?:sure|certainly|of course|absolutely|definitely|great question|good question|hello|hi|hey"
    r"|good (?:morning|afternoon|evening)"
    r"|thanks|thank you(?: (?:very|so) much)?|you(?:'re| are) welcome|okay|ok|no problem|my pleasure"
    r"|welcome|sorry|apologies)"
    r"(?: (?:there|thing|again|everyone|for (?:asking|your (?:question|patience))))?",
    r"(?:i(?:'m| am|'d be| would be) )?(?:happy|glad) to help(?: you)?(?: with (?:this|that))?",
    r"i can help(?: you)?(?: with (?:this|that))?|here you go|let me (?:help|explain|check"
    r"|summari[sz]e(?: (?:this|that|it))?)",
    r"(?:i )?hope (?:this|that|it) (?:helps?|answers your question|is (?:helpful"
    r"|useful))(?: you)?(?: answers? your question)?",
    rf"(?:please )?{OFFER}(?: (?:if {YOU_NEED}|(?:with|about) any {MORE}{WANTED}|if anything is unclear"
    rf"|should {YOU_NEED}))?",
    rf"if {YOU_NEED}(?:, (?:please |just )?(?:do not hesitate to ask|don't hesitate to ask|{OFFER}))?",
    rf"(?:based on|according to) (?:the|these|your) (?:\w+ )?{DOCUMENTS}(?: (?:provided|given|available"
    rf"|above))?",
    r"(?:hallo|guten (?:tag|morgen|abend)|gerne|natürlich|klar|sicher|selbstverständlich|danke"
    r"|vielen dank|gute frage|gern geschehen)",
    r"ich hoffe,? (?:das|dies) (?:hilft|beantwortet (?:ihre|deine) frage)(?: (?:ihnen|dir))?(?: weiter)?",
    r"(?:lassen sie mich|lass mich)(?: es)? wissen, (?:wenn|falls|ob) (?:sie|du) (?:noch |weitere "
    r"|mehr )*(?:fragen|hilfe|informationen)"
    r" (?:haben|hast|brauchen|brauchst|benötigen)",
    r"(?:bonjour|bonsoir|salut|merci(?: beaucoup)?|bien sûr|certainement|d['’]accord|avec plaisir"
    r"|volontiers|(?:excellente|bonne) question)",
    r"j['’]espère que (?:cela|ça|ceci) (?:vous |t['’])?(?:aide|aidera|répond à votre question)",
    r"n['’]hésitez pas à (?:me )?(?:demander|poser (?:d['’]autres"
    r"|vos) questions)(?: si vous avez (?:d['’]autres|des) questions)?",
    r"[¡]?(?:hola|buenos días|buenas (?:tardes|noches)|(?:muchas )?gracias|claro(?: que sí)?|por supuesto"
    r"|desde luego|con (?:mucho )?gusto"
    r"|(?:buena|excelente) pregunta|de nada)",
    r"espero que (?:esto )?(?:te |le |les |os )?(?:ayude|sirva|sea útil)",
    r"(?:no dud(?:es|e) en (?:preguntar(?:me)?|consultar(?:me)?)|avís[ae]me) ?(?:si (?:tienes|tiene"
    r"|necesitas|necesita) (?:más |otras |alguna )*"
    r"(?:preguntas?|dudas?|ayuda|información))?",
    r"(?:ciao|buongiorno|buonasera|certo|certamente|grazie|volentieri|prego|ottima domanda)",
    r"spero che (?:questo |ciò )?(?:ti |vi |le )?(?:aiuti|sia utile|sia d['’]aiuto)",
    r"(?:olá|bom dia|boa (?:tarde|noite)|com certeza|obrigad[oa]|de nada|boa pergunta)|espero que (?:isso"
    r"|isto) (?:te |lhe )?ajude",
    r"(?:natuurlijk|zeker|graag gedaan|bedankt|dank (?:je|u)(?: wel)?|goede vraag)|ik hoop dat dit (?:je "
    r"|u )?helpt",
    r"(?:你好|您好|当然(?:可以)?|好的|谢谢|不客气|希望(?:这|以上(?:信息|内容|回答)?)?(?:能|可以)?对(?:你|您)有(?:所)?帮助|希望(?:这)?(?:能)?(?:帮到"
    r"|帮助到)(?:你|您))",
    r"(?:こんにちは|もちろん(?:です)?|承知しました|ありがとうございます|お役に立てれば幸いです)",
)
"""Formulas that state nothing about the world, in a few languages."""

ANNOUNCEMENTS = (
    r"(?:here(?:'s| is| are)|below (?:is|are)|the following|in summary|in short"
    r"|to summari[sz]e)\b[^.,;:]{0,60}:|(?:the|these|your) (?:documents|sources) say (?:this )?instead:",
    r"here(?:'s| is| are) (?:what (?:i|we|the (?:documents|passages|sources)) (?:found|say)|(?:the|your"
    r"|an?) (?:short |brief |quick )?"
    r"(?:answer|summary|overview|information))(?: (?:to your question|you asked for|from the (?:documents"
    r"|passages)))?",
    r"hier (?:ist|sind|finden sie)\b[^.;:]{0,60}:|(?:zusammengefasst|kurz gesagt|zusammenfassung"
    r"|im folgenden[^.,;:]{0,60}):",
    r"(?:voici|voilà)\b[^.,;:]{0,60}:|(?:en résumé|en bref) ?:",
    r"aquí (?:está|están|tienes?|hay|le presento)\b[^.,;:]{0,60}:|esto es lo que (?:encontré"
    r"|he encontrado|dicen los documentos):?|(?:en resumen):",
    r"(?:ecco)\b[^.,;:]{0,60}:|aqui (?:está|estão)\b[^.,;:]{0,60}:|hier (?:is|zijn)\b[^.,;:]{0,60}:",
    r"(?:以下是|下面是)[^。，；：:]{0,30}[：:]|(?:以下は)[^。、；：:]{0,30}[：:]",
)
"""What only says that something follows."""
