"""What the interpreter says of its own accord, in the language of the person who is meant."""

from __future__ import annotations

from labkit.phrases import LANGUAGES

NAMES = {
    "en": LANGUAGES,
    "es": {"en": "inglés", "es": "español", "fr": "francés", "de": "alemán", "zh": "chino"},
    "fr": {"en": "l'anglais", "es": "l'espagnol", "fr": "le français", "de": "l'allemand", "zh": "le chinois"},
    "de": {"en": "Englisch", "es": "Spanisch", "fr": "Französisch", "de": "Deutsch", "zh": "Chinesisch"},
}
"""Languages as they are called in each language."""
SHORT = {
    "yes": {"en": "Yes.", "es": "Sí.", "fr": "Oui.", "de": "Ja.", "zh": "是的。"},
    "no": {"en": "No.", "es": "No.", "fr": "Non.", "de": "Nein.", "zh": "不。"},
}
"""Answers to an offer; said at any other time, they are interpreted like everything else."""

HELLO = {
    "en": "I interpret between {first} and {second}. Say a sentence of the phrase book.",
    "es": "Interpreto entre el {first} y el {second}. Diga una frase del libro de frases.",
    "fr": "J'interprète entre {first} et {second}. Dites une phrase du guide de conversation.",
    "de": "Ich dolmetsche zwischen {first} und {second}. Sagen Sie einen Satz aus dem Sprachführer.",
}
UNHEARD = {
    "en": "I did not understand that.",
    "es": "No he entendido eso.",
    "fr": "Je n'ai pas compris.",
    "de": "Das habe ich nicht verstanden.",
}
UNKNOWN = {
    "en": "That is not in the phrase book.",
    "es": "Eso no está en el libro de frases.",
    "fr": "Cela n'est pas dans le guide de conversation.",
    "de": "Das steht nicht im Sprachführer.",
}
OFFER = {
    "en": "Did you mean “{phrase}”? Say yes or no.",
    "es": "¿Quería decir «{phrase}»? Diga sí o no.",
    "fr": "Vouliez-vous dire « {phrase} » ? Dites oui ou non.",
    "de": "Meinten Sie „{phrase}“? Sagen Sie ja oder nein.",
}
OTHERWISE = {
    "en": "Then please say it in other words.",
    "es": "Entonces dígalo con otras palabras, por favor.",
    "fr": "Alors dites-le avec d'autres mots, s'il vous plaît.",
    "de": "Dann sagen Sie es bitte mit anderen Worten.",
}
SILENCE = {
    "en": "I heard nothing.",
    "es": "No he oído nada.",
    "fr": "Je n'ai rien entendu.",
    "de": "Ich habe nichts gehört.",
}
ONE_AT_A_TIME = {
    "en": "I did not understand that. One at a time, please.",
    "es": "No he entendido eso. Hablen por turnos, por favor.",
    "fr": "Je n'ai pas compris. Parlez à tour de rôle, s'il vous plaît.",
    "de": "Das habe ich nicht verstanden. Bitte einer nach dem anderen.",
}
THIRD = {
    "en": "That was {spoken}. I interpret between {first} and {second}.",
    "es": "Eso era {spoken}. Interpreto entre el {first} y el {second}.",
    "fr": "J'ai reconnu {spoken}. J'interprète entre {first} et {second}.",
    "de": "Das war {spoken}. Ich dolmetsche zwischen {first} und {second}.",
}
NOT_HEARD = {
    "en": "I speak {spoken}, but I do not understand it.",
    "es": "Hablo {spoken}, pero no lo entiendo.",
    "fr": "Je parle {spoken}, mais je ne le comprends pas.",
    "de": "Ich spreche {spoken}, aber ich verstehe es nicht.",
}
ONLY_ONE = {
    "en": "So far I have heard {spoken} only. Speak {own}, and I say it in {spoken}.",
    "es": "Hasta ahora solo he oído {spoken}. Hable en {own}, y lo diré en {spoken}.",
    "fr": "Jusqu'ici je n'ai reconnu que {spoken}. Dites-le dans votre langue, et je traduirai vers {spoken}.",
    "de": "Bisher habe ich nur {spoken} gehört. Sprechen Sie {own}, und ich sage es auf {spoken}.",
}
"""For the other one of the two people."""


def say(saying: dict[str, str], language: str, **named: str) -> str:
    """A sentence in a language, with the names of other languages in their places."""
    return saying[language].format(**{place: NAMES[language][name] for place, name in named.items()})


def offer(phrase: str, language: str) -> str:
    """The question whether this phrase was meant."""
    return OFFER[language].format(phrase=phrase.strip("¡!¿?.… "))
