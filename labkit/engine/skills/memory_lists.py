"""What the ear can hear of a memory's talk: names, things, times and places in closed lists, and the sentences of them.

What is typed may name anything; what is said by voice is in these lists, or among the sentences that a client expects.
"""

from __future__ import annotations

from labkit.engine.skills.phrases import expand
from labkit.engine.skills.spelling import number_words

_NAMES = "anna ben carla david emma felix julia kevin laura maria oliver robert sarah sofia thomas victor"
_OTHER_NAMES = """aisha alex ali amir ana chen clara daniel elena eva grace hannah hugo ivan jack james jan john
jose juan lena leo li lisa lucas luis marco mark martin mary max mei mia michael mohammed nina nora omar pablo paul
peter priya sam sara simon sophie tim tom william yuki zoe"""
_MONTHS = "january february march april may june july august september october november december"
NAMES = tuple(_NAMES.split())
ALSO_TYPED = frozenset(_OTHER_NAMES.split())
"""Names that are known as such when typed without a capital."""
RELATIONS = ("sister", "brother", "friend", "teacher")
ALSO_RELATIONS = (
    *(
        "mother",
        "father",
        "wife",
        "husband",
        "daughter",
        "son",
        "aunt",
        "uncle",
        "cousin",
        "neighbour",
        "colleague",
        "boss",
    ),
    *("dog", "cat", "girlfriend", "boyfriend", "grandmother", "grandfather"),
)
COUNTRIES = ("spain", "france", "germany", "italy", "england", "austria", "poland", "japan", "canada")
CITIES = ("vienna", "berlin", "london", "madrid", "paris", "rome")
PLACES = (*COUNTRIES, *CITIES)
OBJECTS = (
    *("coffee", "iced coffee", "tea", "cup", "glass", "bottle", "apple", "banana"),
    *("book", "phone", "hat", "flower", "ball", "box"),
)
THINGS = ("key", "passport", "ticket", "umbrella", "wallet")
SPOTS = ("under the mat", "on the table", "in the drawer", "in the kitchen", "behind the door")
TRAVEL = ("train", "bus", "flight")
EVENTS = ("class", "meeting", "exam")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey")
ALL_COLOURS = (*COLOURS, "turquoise", "beige")
FOOD = ("tea", "coffee", "chocolate", "cheese", "fish", "music")
MONTHS = tuple(_MONTHS.split())
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = tuple(number_words(hour) for hour in range(1, 13))
TIMES = (*HOURS, *(f"half past {hour}" for hour in HOURS))
PROPER = frozenset((*NAMES, *ALSO_TYPED, *PLACES, *MONTHS, *WEEKDAYS)) - {"may", "mark"}
"""Words that are written with a capital."""


def _any(words: tuple[str, ...]) -> str:
    return f"({'|'.join(words)})"


def _with_article(thing: str) -> str:
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


_TELL = (
    f"my name is {_any(NAMES)}",
    f"i am {_any(NAMES)}",
    f"this is {_any(NAMES)}",
    f"my {_any(RELATIONS)}'s name is {_any(NAMES)}",
    f"(she is|he is|i am) from {_any(PLACES)}",
    f"i live in {_any(CITIES)}",
    f"this is my {_any(OBJECTS)}",
    f"this is {_any(tuple(map(_with_article, OBJECTS)))}",
    f"my {_any(TRAVEL)} leaves at {_any(TIMES)}",
    f"my {_any(EVENTS)} starts at {_any(TIMES)}",
    f"[remember that] the {_any(THINGS)} is {_any(SPOTS)}",
    f"my favourite colour is {_any(COLOURS)}",
    f"i [do not] like {_any(FOOD)}",
    f"my birthday is in {_any(MONTHS)}",
)
_ASK = (
    "what is my name",
    "who am i",
    f"where is {_any(NAMES)} from",
    f"do you remember {_any(NAMES)}",
    "who (did you meet|do you know)",
    "what are their names",
    "how many people did you meet",
    f"what is my {_any(RELATIONS)}'s name",
    "what is (her|his) name",
    "where (do i live|am i from)",
    f"what colour was (it|the {'|the '.join(OBJECTS)})",
    f"what colour was my {_any(OBJECTS)}",
    f"what was written on (it|the {'|the '.join(OBJECTS)})",
    f"when did i show you the {_any(OBJECTS)}",
    "what did i (show|tell) you",
    f"when does my {_any(TRAVEL)} leave",
    f"when does my {_any(EVENTS)} start",
    "when is my birthday",
    f"when did i tell you about the {_any((*TRAVEL, *EVENTS, *THINGS))}",
    "when did i tell you (that|my name)",
    f"where is the {_any(THINGS)}",
    "what is my favourite colour",
    "what do i like",
    "what do you remember",
)
_FORGET = (
    "forget (everything|that|my name|my birthday|my favourite colour|where i live)",
    f"forget {_any(NAMES)}",
    f"forget (my|the) {_any((*OBJECTS, *THINGS, *TRAVEL, *EVENTS))}",
)
TELLING = tuple(sentence for pattern in _TELL for sentence in expand(pattern))
ASKING = tuple(sentence for pattern in _ASK for sentence in expand(pattern))
FORGETTING = tuple(sentence for pattern in _FORGET for sentence in expand(pattern))
SENTENCES = (*TELLING, *ASKING, *FORGETTING)
"""Everything that is listened for, beside small talk. "Who is anna" is not: it sounds too much like "this is anna"."""
