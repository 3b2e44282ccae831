"""Small recordings and pictures that come with labkit: a learner who is always there.

The sentences are synthesised (`scripts/make_samples.py`), in a voice that is not the engine's own. `board_1` and those
that follow show a whiteboard on which the learner solves 3x + 1 = 4, drawn by the same script. `PAIR` and `TALK` are
what is said in the lessons about translation and memory; `coffee` and `ball` are the pictures that go with them.
`conversation` is the log of a talk that this learner had in a real browser (`scripts/make_recording.py`), for
`labkit.replay`.
"""

from __future__ import annotations

from pathlib import Path

from labkit.errors import UsageError

_FOLDER = Path(__file__).parent
_SUFFIXES = (".wav", ".ogg", ".jpg")
CONVERSATION = "conversation"
"""A recording, as `session.record` writes it, without its sounds."""
PAIR = {
    "my_name_is_anna": ("en", "My name is Anna."),
    "me_llamo_carlos": ("es", "Me llamo Carlos."),
    "where_is_the_train_station": ("en", "Where is the train station?"),
    "siga_todo_recto": ("es", "Siga todo recto."),
    "two_tickets_to_the_city_centre": ("en", "I would like two tickets to the city centre."),
    "el_billete_cuesta_doce_euros": ("es", "El billete cuesta doce euros con cincuenta."),
    "when_does_the_next_train_leave": ("en", "When does the next train leave?"),
    "el_tren_sale_a_las_nueve_y_media": ("es", "El tren sale a las nueve y media del andén cuatro."),
    "thank_you_very_much": ("en", "Thank you very much."),
    "que_tenga_un_buen_dia": ("es", "¡Que tenga un buen día!"),
}
"""Two people who share no language, in the order in which they speak: by sample, the language and what is said."""
TALK = {
    "my_name_is_anna": "My name is Anna.",
    "i_am_thomas": "I am Thomas.",
    "this_is_sofia": "This is Sofia.",
    "this_is_robert": "This is Robert.",
    "this_is_my_iced_coffee": "This is my iced coffee.",
    "my_train_leaves_at_nine": "My train leaves at nine.",
    "what_colour_was_the_coffee": "What colour was the coffee?",
    "when_does_my_train_leave": "When does my train leave?",
    "when_did_i_tell_you_about_the_train": "When did I tell you about the train?",
    "what_are_their_names": "What are their names?",
    "forget_my_train": "Forget my train.",
}
"""What is told and what is asked later, for a memory: by sample, what is said, in English."""


def names() -> list[str]:
    """The names that `path` knows, sorted."""
    found = [file.stem for file in _FOLDER.iterdir() if file.suffix in _SUFFIXES]
    return sorted([*found, CONVERSATION])


def path(name: str) -> Path:
    """The file (or folder) of a sample: `path("what_time_is_it")`; `UsageError` with all names for another one."""
    for suffix in (*_SUFFIXES, ""):
        file = _FOLDER / f"{name}{suffix}"
        if name in names() and file.exists():
            return file
    raise UsageError(f"There is no sample {name!r}: choose one of {', '.join(names())}.")
