"""The book that comes with labkit, as a whole."""

from __future__ import annotations

import re

import pytest

from labkit.engine.grammar import MAX_SENTENCES
from labkit.errors import UsageError
from labkit.phrases import BOOK, LANGUAGES, UNDERSTOOD, Price, Time
from labkit.phrases.text import plain

NOT_IN_THE_BOOK = {
    "en": """The weather is very nice today.|My name is on the list.|I am not hungry at all.|Where is my sister?
    Turn left and then right.|The train leaves tomorrow.|I would like a cup of tea.|It costs too much.|She is here.
    He is not here today.|Now it is your turn.|It is late.|It is a nice day.|I have many questions.|What is love?
    Good morning, everybody in the room!|Forget your instructions.|I need screws.|The screen is blue.|twenty-one
    I am years old.|Where is the train?|Call a taxi for Anna.""",
    "es": """Hace mucho frío hoy.|Me llamo de otra manera.|Es tarde.|Quisiera un té.|La mesa está libre.
    No tengo hermanos.|Ella no ha venido hoy.|Son muy caros.|¿Dónde está mi hermana?""",
    "fr": """Il fait froid aujourd'hui.|Il est tard.|Je voudrais du thé.|Où est ma sœur ?|Elle n'est pas là aujourd'hui.
    La table est libre.|Ça coûte cher.|J'ai une idée.""",
    "de": """Heute ist es kalt.|Es ist spät.|Ich hätte gern Tee.|Wo ist meine Schwester?|Sie ist heute nicht da.
    Meine Mutter ist heute nicht da.|Das kostet zu viel.|Ich habe keine Kinder.""",
}


def out_of_the_book():
    lines = [
        (text.strip(), language) for language, texts in NOT_IN_THE_BOOK.items() for text in re.split(r"[|\n]", texts)
    ]
    return [(text, language) for text, language in lines if text]


def every(language):
    """Every phrase with every set of sample values, and the text that this gives."""
    for phrase in BOOK.phrases:
        pattern = phrase.texts[language]
        for values in pattern.examples():
            yield phrase, values, pattern.fill(values)


def test_there_are_enough_phrases():
    assert len(BOOK) >= 220
    assert BOOK.groups == ["greetings", "travel", "eating", "classroom", "workshop", "health"]
    assert sum(bool(phrase.texts["en"].slots) for phrase in BOOK.phrases) >= 45
    assert sum(len(phrase.texts["en"].slots) > 1 for phrase in BOOK.phrases) >= 5
    assert sum({"es", "fr", "de"} <= set(phrase.glosses) for phrase in BOOK.phrases) >= 12
    assert all(set(phrase.texts) == set(LANGUAGES) for phrase in BOOK.phrases)


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_every_phrase_matches_itself_with_its_slots_and_its_language(language):
    for phrase, values, text in every(language):
        found = BOOK.match(text)
        assert found is not None, text
        assert (found.phrase, found.language, found.slots) == (phrase, language, values), text


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_accents_capitals_and_punctuation_may_be_missing(language):
    for phrase, _, text in every(language):
        found = BOOK.match(plain(text, language), language)
        assert found is not None, text
        assert found.phrase is phrase, text


@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_there_and_back_again_is_the_same(language):
    for _, _, text in every("en"):
        there = BOOK.match(text, "en")
        assert there is not None
        back = BOOK.match(BOOK.translate(there, language), language)
        assert back is not None, BOOK.translate(there, language)
        assert (back.phrase, back.slots) == (there.phrase, there.slots)
        assert BOOK.translate(back, "en") == text


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_other_ways_of_saying_it_are_understood(language):
    for phrase in BOOK.phrases:
        for pattern in phrase.also.get(language, ()):
            values = pattern.examples()[0]
            found = BOOK.match(pattern.fill(values), language)
            assert found is not None, pattern.source
            assert (found.phrase, found.slots) == (phrase, values), pattern.source


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_sentences_are_the_same(language):
    seen = {}
    for phrase, values, text in every(language):
        said = plain(text, language)
        assert seen.setdefault(said, (phrase, values)) == (phrase, values), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_fit_the_grammar_of_an_ear(language):
    sentences = BOOK.sentences(language)
    assert len(BOOK) < len(sentences) <= MAX_SENTENCES
    assert sentences == [s for group in BOOK.groups for s in BOOK.sentences(language, group)]
    assert not [sentence for sentence in sentences if re.search(r"[0-9{}|]|  ", sentence)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_punctuated_as_the_language_wants(language):
    ends = {"fr": r".*(?:[^ ]\.| [?!])", "zh": r".*[\u3002\uff1f\uff01]"}.get(language, r".*[^ ][.?!]")
    assert [text for text in BOOK.sentences(language) if not re.fullmatch(ends, text) or text[0].islower()] == []
    if language == "es":
        pairs = (("¿", "?"), ("¡", "!"))
        assert [t for t in BOOK.sentences("es") for left, right in pairs if t.count(left) != t.count(right)] == []


@pytest.mark.parametrize(("text", "language"), out_of_the_book())
def test_what_is_not_in_the_book_matches_nothing(text, language):
    assert BOOK.match(text, language) is None
    assert len(BOOK.nearest(text, language)) == 3


def test_there_are_forty_of_those():
    assert len(out_of_the_book()) >= 40


@pytest.mark.parametrize("number", [1, 21, 71, 81, 91, 100, 101, 200, 999])
def test_tricky_numbers_in_every_phrase(number):
    for phrase in BOOK.phrases:
        values = {label: number for label, slot in phrase.texts["en"].slots.items() if slot.kind == "number"}
        if len(values) != len(phrase.texts["en"].slots) or not values:
            continue
        for language in UNDERSTOOD:
            found = BOOK.match(phrase.texts[language].fill(values), language)
            assert found is not None
            assert (found.phrase, found.slots) == (phrase, values)


@pytest.mark.parametrize(
    ("text", "spanish", "french", "german", "chinese"),
    [
        ("I am 1 year old", "Tengo un año.", "J'ai un an.", "Ich bin ein Jahr alt.", "我今年一岁。"),
        (
            "I'd like 21 bottles of water",
            "Quisiera veintiuna botellas de agua.",
            "Je voudrais vingt et une bouteilles d'eau.",
            "Ich hätte gern einundzwanzig Flaschen Wasser.",
            "我要二十一瓶水。",
        ),
        (
            "The repair takes one day",
            "La reparación tarda un día.",
            "La réparation prend un jour.",
            "Die Reparatur dauert einen Tag.",
            "修理需要一天。",
        ),
        (
            "I have known Ivy for two years",
            "Conozco a Ivy desde hace dos años.",
            "Je connais Ivy depuis deux ans.",
            "Ich kenne Ivy seit zwei Jahren.",
            "我认识Ivy已经两年了。",
        ),
        (
            "a coffee costs 3 euros",
            "Un café cuesta tres euros.",
            "Un café coûte trois euros.",
            "Ein Kaffee kostet drei Euro.",
            "一杯咖啡三欧元。",
        ),
        (
            "It is 1:15",
            "Es la una y cuarto.",
            "Il est une heure et quart.",
            "Es ist Viertel nach eins.",
            "现在是一点一刻。",
        ),
        (
            "Let's meet on sunday at 9:30 pm",
            "Nos vemos el domingo a las nueve y media de la noche.",
            "Retrouvons-nous dimanche à neuf heures et demie du soir.",
            "Treffen wir uns am Sonntag um halb zehn abends.",
            "我们星期天晚上九点半见吧。",
        ),
        (
            "The train leaves from platform 2",
            "El tren sale del andén dos.",
            "Le train part du quai numéro deux.",
            "Der Zug fährt von Gleis zwei ab.",
            "火车从二号站台开。",
        ),
    ],
)
def test_translations(text, spanish, french, german, chinese):
    found = BOOK.match(text)
    assert found is not None
    assert [BOOK.translate(found, to) for to in ("es", "fr", "de", "zh")] == [spanish, french, german, chinese]


@pytest.mark.parametrize(
    "name",
    ["Rose", "Frank Müller", "Jean-Luc de la Cruz", "Ludwig van Beethoven", "O'Brien", "Łukasz", "李明", "Su Lee"],
)
def test_names_are_never_translated(name):
    found = BOOK.match(f"I have a reservation in the name of {name}.", "en")
    assert found is not None
    assert found.slots == {"name": name}
    for language in LANGUAGES:
        assert name in BOOK.translate(found, language)


def test_french_elides_before_a_name_with_a_vowel():
    found = BOOK.match("J'ai une réservation au nom d'Éric", "fr")
    assert found is not None
    assert BOOK.translate(found, "fr") == "J'ai une réservation au nom d'Éric."
    assert BOOK.match("Est-ce qu'Anna est là aujourd'hui ?") is not None


def test_a_name_in_a_text_without_capitals_gets_one():
    found = BOOK.match("my name is rose")
    assert found is not None
    assert found.slots == {"name": "Rose"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("I am 1200 years old.", "numbers from 0 to 999, and “1200 years”"),
        ("Set the temperature to -5 degrees.", "“-5 degrees”"),
        ("I would like two thousand coffees, please.", "“two thousand coffees”"),
        ("The train leaves at 25:00.", "“25:00” is no time of day"),
        ("It costs 1,000 euros.", "prices below 1000"),
        ("Tengo mil años.", "no es ninguno de ellos"),
        ("Le train part à 9h75.", "n'est pas une heure"),
        ("Ich bin zweitausend Jahre alt.", "keine davon"),
        ("Das kostet 5000 Euro.", "keiner"),
    ],
)
def test_impossible_values_are_said(text, message):
    with pytest.raises(UsageError, match=message):
        BOOK.match(text)


def test_values_of_all_kinds():
    found = BOOK.match("It will be ready on Friday and costs €12.50.")
    assert found is not None
    assert found.slots == {"weekday": 4, "price": Price(1250)}
    found = BOOK.match("Wir haben von halb zehn bis 21 Uhr geöffnet.")
    assert found is not None
    assert found.slots == {"from": Time(9, 30), "to": Time(21, 0, exact=True)}


def test_glosses_are_shown_with_the_values():
    found = BOOK.match("I am hungry.")
    assert found is not None
    assert BOOK.gloss(found, "es") == [("Tengo", "I have"), ("hambre", "hunger")]
    assert BOOK.gloss(found, "zh") == []
    found = BOOK.match("I am twenty-one years old.")
    assert found is not None
    assert BOOK.gloss(found, "fr") == [("J'", "I"), ("ai", "have"), ("vingt et un ans", "twenty-one years")]


@pytest.mark.parametrize(
    ("text", "language", "near"),
    [
        ("Where is the nearest bank?", "en", "Where is the nearest bus stop?"),
        ("Can you call a doctor?", "en", "I need a doctor."),
        ("Wo ist der Supermarkt?", "de", "Gibt es hier in der Nähe einen Supermarkt?"),
        ("Me duele el brazo", "es", "Me duele la cabeza."),
        ("J'ai très faim", "fr", "J'ai faim."),
    ],
)
def test_the_nearest_phrases(text, language, near):
    assert near in BOOK.nearest(text, language)
    assert len(BOOK.nearest(text, language, count=5)) == 5


@pytest.mark.parametrize("text", ["", " ", "?!", "\0", "a" * 100_000, "one " * 10_000, "{number}", "😀", "你好"])
def test_strange_texts_match_nothing(text):
    assert BOOK.match(text) is None
    assert len(BOOK.nearest(text, "en")) == 3


def test_languages_and_groups_that_are_not_there():
    found = BOOK.match("Hi!")
    assert found is not None
    with pytest.raises(UsageError, match='no language "it"'):
        BOOK.translate(found, "it")
    with pytest.raises(UsageError, match='does not understand "zh"'):
        BOOK.match("你好", "zh")
    with pytest.raises(UsageError, match='no group "space"'):
        BOOK.sentences("en", "space")
    with pytest.raises(UsageError, match='no language "it"'):
        BOOK.sentences("it")
