"""School mathematics as text: read it safely, say it, set it, check a step and name the slip.

>>> from labkit import algebra
>>> algebra.normalise("3x+1=4")
'3x + 1 = 4'
>>> algebra.spoken("3x+1=4")
'three x plus one equals four'
"""

from __future__ import annotations

from labkit.algebra.checking import Step, check_step
from labkit.algebra.exercises import exercise_like
from labkit.algebra.hints import hints
from labkit.algebra.parsing import NotMathematicsError, Statement, normalise, parse
from labkit.algebra.slips import SLIPS, Slip, SlipRule, explain_slip
from labkit.algebra.speaking import SpeechWriter
from labkit.algebra.work import Work, check_work
from labkit.algebra.writing import LatexWriter, MathMLWriter

__all__ = [
    "SLIPS",
    "NotMathematicsError",
    "Slip",
    "SlipRule",
    "Statement",
    "Step",
    "Work",
    "check_step",
    "check_work",
    "exercise_like",
    "explain_slip",
    "hints",
    "latex",
    "mathml",
    "normalise",
    "parse",
    "spoken",
]


def spoken(text: str) -> str:
    """The line in words: "three x plus one equals four"; `NotMathematicsError` when it is none."""
    statement = parse(text)
    return SpeechWriter().line(statement.parts, statement.join)


def latex(text: str) -> str:
    """The line as LaTeX, without dollar signs; `NotMathematicsError` when it is none."""
    statement = parse(text)
    return LatexWriter().line(statement.parts, statement.join)


def mathml(text: str) -> str:
    """The line as presentation MathML, one `<math>` element; `NotMathematicsError` when it is none."""
    statement = parse(text)
    return f"<math>{MathMLWriter().line(statement.parts, statement.join)}</math>"
