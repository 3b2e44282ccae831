from __future__ import annotations

import re

import pytest

from labkit import algebra

EXERCISES = [
    (["3x+1=4"], "linear", ("x = 1",), "one"),
    (["x^2-5x+6=0"], "quadratic", ("x = 2", "x = 3"), "two"),
    (["x^2+2x-1=0"], "quadratic", ("x = -1 - sqrt(2)", "x = -1 + sqrt(2)"), "two"),
    (["x^2=-1"], "quadratic", (), "none"),
    (["x+1=x+2"], "linear", (), "none"),
    (["x+1=1+x"], "linear", (), "every"),
    (["2x+y=7", "x-y=2"], "system", ("x = 3", "y = 1"), "one"),
    (["x+y+z=6", "x-y+z=2", "2x+y-z=1"], "system", ("x = 1", "y = 2", "z = 3"), "one"),
    (["x+y=3", "x+y=4"], "system", (), "none"),
    (["x+y=2", "2x+2y=4"], "system", (), "every"),
    (["x+y=2"], "system", (), "unknown"),
    (["3*(2+4)-1/2"], "arithmetic", ("35/2",), "one"),
    (["1/0"], "arithmetic", (), "unknown"),
    (["x/0=1"], "other", (), "unknown"),
    ([], "other", (), "unknown"),
    (["hello"], "other", (), "unknown"),
]


@pytest.mark.parametrize(("lines", "kind", "solutions", "count"), EXERCISES)
def test_an_exercise_is_known(lines, kind, solutions, count):
    work = algebra.check_work(lines)
    assert (work.kind, work.solutions, work.answers_count) == (kind, solutions, count)


def test_the_first_wrong_line_is_named_and_those_that_follow_from_it_are_not():
    work = algebra.check_work(["3x+1=4", "3x=5", "x=5/3", "x = 2"])
    assert (work.first_wrong, work.stuck_at, work.slip, work.solved) == (1, 1, "sign", False)
    assert [(step.verdict, step.carried) for step in work.steps] == [
        ("wrong", False),
        ("wrong", True),
        ("wrong", False),
    ]


def test_a_line_that_was_put_right_is_no_longer_what_to_talk_about():
    work = algebra.check_work(["3x+1=4", "3x=5", "3x=3", "x=1"])
    assert (work.first_wrong, work.stuck_at, work.solved) == (1, None, True)


def test_a_wrong_line_of_a_system_is_carried_on_with_the_other_equation():
    work = algebra.check_work(["2x+y=7", "x-y=2", "3x=6", "x=2", "2*2+y=7", "y=3"])
    assert work.exercise == ("2x + y = 7", "x - y = 2")
    assert [step.carried for step in work.steps] == [False, True, True, True]
    assert (work.first_wrong, work.stuck_at) == (2, 2)


def test_solutions_may_come_one_after_the_other():
    work = algebra.check_work(["(x-2)(x-3)=0", "x-2=0", "x=2", "x-3=0", "x=3"])
    assert [step.verdict for step in work.steps] == ["right", "right", "right", "solved"]


def test_sums_with_their_results_are_each_an_exercise():
    assert algebra.check_work(["18-10=8"]).solved
    work = algebra.check_work(["18-10=8", "7+5=13", "2*3=6"])
    assert (work.exercise, work.first_wrong, work.slip) == (("7 + 5",), 1, "arithmetic")


def test_a_new_exercise_begins_below_a_solved_one():
    work = algebra.check_work(["3x+1=4", "x=1", "5x-2=8", "5x=10"])
    assert (work.exercise, work.start, [step.line for step in work.steps]) == (("5x - 2 = 8",), 2, [3])


def test_what_cannot_be_read_is_passed_over():
    work = algebra.check_work(["Exercise 1", "3x=6", "???", "x=2"])
    assert [(step.line, step.verdict) for step in work.steps] == [(0, "unreadable"), (2, "unreadable"), (3, "solved")]


@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        (["2x+y=7 and x-y=2", "3x=9"], 0),
        (["2x+y=7", "x-y=2", "3x=9"], 1),
        (["???", "3x=6", "x=2"], 1),
        (["18-10=8"], 0),
        (["3x=6", "x=2", "2y=8"], 2),
    ],
    ids=str,
)
def test_it_is_known_where_the_exercise_ends(lines, ends):
    assert algebra.check_work(lines).exercise_ends == ends


@pytest.mark.parametrize(
    "lines",
    [
        ["x^2-5x+6=0", "D = 25 - 24", "√D = 1", "x = (5+1)/2 = 3 or x = 2", "x = 2 or x = 3"],
        ["x^2-5x+6=0", "p = -5, q = 6", "x1 = 2", "x2 = 3"],
        ["1) 3x+1=4 | -1", "3x=3", "=> x=1."],
        ["18 - 10 + 2 = 8 + 2 = 10"],
        ["3x=10", "x=3.33", "x=10/3"],
        ["3x=10", "x=10/3", "x=3.33"],
        ["x*y=6", "x+y=5", "x=2", "2+y=5", "y=3", "x=3", "y=2"],
        ["x^2+y^2=25", "y=x+1", "x=3", "y=4"],
    ],
    ids=str,
)
def test_a_right_solution_is_called_solved_as_people_write_it(lines):
    work = algebra.check_work(lines)
    assert (work.start, work.first_wrong, work.solved) == (0, None, True)


@pytest.mark.parametrize("lines", [["x*y=6", "x+y=5", "x=2", "y=2"], ["x^2+y^2=25", "y=x+1", "x=3", "y=-3"]], ids=str)
def test_an_answer_that_does_not_go_with_the_one_before_is_wrong(lines):
    work = algebra.check_work(lines)
    assert (work.first_wrong, work.solved) == (3, False)


def test_a_foreign_letter_begins_an_exercise_when_it_does_not_stand_alone():
    assert algebra.check_work(["x^2-5x+6=0", "2y = 8", "y = 4"]).exercise == ("2y = 8",)


def test_hints_go_on_from_the_exact_line():
    assert algebra.hints(algebra.check_work(["3x=10", "x=3.33"]))[3] == "x = 10/3"
    assert algebra.hints(algebra.check_work(["3x+1=4", "3x = 4-1 = 3"]))[3] == "x = 1"


def test_an_exercise_that_cannot_be_checked_says_why():
    work = algebra.check_work(["sqrt(x)=3", "x=9"])
    assert work.problem == "I cannot check roots of an unknown: give me another exercise."
    assert algebra.check_work(["x/0=1"]).problem.endswith("give me another exercise.")
    assert algebra.check_work(["3x=6"]).problem == ""


def _solved_by_hints(lines):
    for _ in range(14):
        work = algebra.check_work(lines)
        assert work.first_wrong is None, lines
        if work.solved:
            return lines
        hints = algebra.hints(work)
        assert not any(re.search(r"\d|=", hint) for hint in hints[:3])
        assert all(hints), lines
        lines = [*lines, hints[3]]
    raise AssertionError(lines)


@pytest.mark.parametrize("lines", [lines for lines, _, solutions, _ in EXERCISES if solutions], ids=str)
def test_the_hints_lead_to_the_solution(lines):
    _solved_by_hints(lines)


def test_the_third_hint_is_the_operation_in_full():
    assert algebra.hints(algebra.check_work(["3x+1=4"])) == (
        "What keeps the unknown from standing alone?",
        "Subtract something from both sides.",
        "Subtract one from both sides.",
        "3x = 3",
    )


@pytest.mark.parametrize(
    "lines", [["3x+1=4"], ["x^2=4"], ["18-10"], ["2x+y=7", "x-y=2"], ["x+y=1", "y+z=2", "x-z=3"]], ids=str
)
def test_the_next_exercise_is_of_the_same_kind_and_has_whole_solutions(lines):
    work = algebra.check_work(lines)
    for seed in range(5):
        new = algebra.check_work([algebra.exercise_like(work, seed)])
        assert (new.kind, len(new.exercise)) == (work.kind, len(work.exercise))
        assert all(re.fullmatch(r"([xyz] = )?-?\d+", solution) for solution in new.solutions)
        assert new.solutions
        assert algebra.exercise_like(work, seed) == algebra.exercise_like(work, seed)
    assert len({algebra.exercise_like(work, seed) for seed in range(5)}) > 3
