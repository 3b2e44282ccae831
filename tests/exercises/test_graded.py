import pytest

from labkit.errors import UsageError
from labkit.exercises import anatomy, first_conversation, graded, latency, memory, translation, whiteboard
from labkit.exercises.course import COURSE
from labkit.exercises.keeping import Kept
from labkit.exercises.verdict import Verdict, not_yet, passed

MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (first_conversation, anatomy, latency, whiteboard, translation, memory)
}
VERDICT = not_yet("nine words.", "fewer words.", "Be quicker.")


@pytest.fixture
def kept(monkeypatch) -> Kept:
    """A count of its own."""
    kept = Kept()
    monkeypatch.setattr(graded, "KEPT", kept)
    return kept


def made(check, name: str = "early_barge_in"):
    """The function as the check of that name."""
    check.__module__, check.__name__ = "labkit.exercises.first_conversation", name
    return graded.graded(check)


def test_every_exercise_has_its_check():
    for exercise in COURSE:
        module, _, name = exercise.check.partition(".")
        assert hasattr(getattr(MODULES[module], name), "__wrapped__"), exercise


def test_hints_grow_with_tries(kept):
    check = made(lambda session: VERDICT)
    assert repr(check(1)) == "not yet: nine words.\nMissing: fewer words."
    assert check(1).hint == "Be quicker."
    assert check(1).hint == "Be quicker. One way is in solutions/01_first_conversation, exercise 1."


def test_there_is_always_a_hint(kept):
    check = made(lambda session: not_yet("nothing.", "something."))
    assert [check(1).hint for _ in range(2)] == ["", COURSE[0].hint]


def test_a_pass_is_kept_and_needs_no_hint(kept):
    check = made(lambda session: passed("two words.") if session else VERDICT)
    check(0)
    assert repr(check(1)) == "passed: two words."
    check(0)
    entry = kept.entries()["first_conversation.early_barge_in"]
    assert entry.tried == 1
    assert entry.passed is not None


def crash(session: object) -> Verdict:
    raise RuntimeError("of the check itself")


def misuse(session: object) -> Verdict:
    raise UsageError("This is no recording.")


@pytest.mark.parametrize(
    ("check", "given", "said"),
    [
        (crash, (7,), "7 cannot be looked at (RuntimeError: of the check itself)."),
        (misuse, (7,), "cannot be used: This is no recording."),
        (lambda session: VERDICT, (), "missing a required argument: 'session'"),
        (lambda session: VERDICT, (1, 2), "too many positional arguments"),
    ],
)
def test_never_a_traceback(kept, check, given, said):
    verdict = made(check)(*given)
    assert not verdict
    assert said in verdict.seen
    assert verdict.missing == "ask check.early_barge_in(session), as the cell did at first."


def test_a_page_without_code_is_no_try(kept, monkeypatch):
    monkeypatch.setenv("VOILA_PREHEAT", "False")
    verdict = made(lambda session: VERDICT)(1)
    assert "01_first_conversation in JupyterLab" in verdict.missing
    assert kept.entries() == {}


def test_a_full_disk_does_not_stop_a_check(kept, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path))  # a folder cannot be replaced by a file
    check = made(lambda session: VERDICT)
    assert [bool(check(1).hint), bool(check(1).hint)] == [False, True]
    assert capsys.readouterr().out.count("Your progress cannot be saved") == 1
