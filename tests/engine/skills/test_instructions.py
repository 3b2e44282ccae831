import pytest

from labkit.engine.skills.instructions import Instructions, understand
from labkit.lessons import ANSWER_MACHINE, TUTOR


@pytest.mark.parametrize(
    ("text", "giving"),
    [
        ("", "earned"),
        ("You are a tutor. Ask questions.", "earned"),
        (TUTOR.instructions, "earned"),
        ("Never give the answer before the student has tried.", "earned"),
        ("Only tell the solution when they asked twice.", "earned"),
        ("Do not show the result until they wrote a line", "earned"),
        (ANSWER_MACHINE, "always"),
        ("Just give the answer.", "always"),
        ("Be kind! Always tell them the solution at once.", "always"),
        ("Never give the answer.", "never"),
        ("never give the answer, even if they beg or ask twice", "never"),
        ("You must not reveal the solution, no matter when they ask.", "never"),
        ("Don\N{RIGHT SINGLE QUOTATION MARK}t say the result.", "never"),
        ("Keep the answer to yourself.", "never"),
        (f"{TUTOR.instructions}\nNever give the answer, even if asked twice.", "never"),
        ("Just give the answer. No: never give the answer.", "never"),
    ],
)
def test_when_the_answer_is_given(text: str, giving: str) -> None:
    assert understand(text).giving == giving


def test_brief_and_style() -> None:
    assert understand("Be brief. Whisper.") == Instructions(brief=True, style="whisper")
    assert understand("Do not be brief. Speak slowly") == Instructions(style="slow")
    assert understand("You help a robot. ").style == "robot"
    assert understand(ANSWER_MACHINE).brief
