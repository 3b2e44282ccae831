"""The process that looks at pictures: `python -m labkit.engine.eyes.worker`.

Frames as the ear's worker has them come on standard input and go to standard output. Each picture is answered in
turn; the process ends with its input, and lets everything else on the computer go first.

    in    b"P" a JPEG or PNG
    out   b"R" ready    b"S" a `Sight`, pickled    b"X" the error that was raised, pickled
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys

from labkit.engine.ear_worker import pack, read_frame

PICTURE, READY, SIGHT, ERROR = b"P", b"R", b"S", b"X"
NICENESS = 10


def main() -> None:
    """Until the input ends."""
    from labkit.engine.eyes import look, warm_up
    from labkit.errors import LabkitError

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine says when it is over
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    with contextlib.suppress(LabkitError):  # each picture is answered with it
        warm_up()
    out.write(pack(READY))
    out.flush()
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        try:
            answer = pack(SIGHT, pickle.dumps(look(frame[1])))
        except Exception as error:  # noqa: BLE001 - told where the picture came from
            answer = pack(ERROR, pickle.dumps(error))
        out.write(answer)
        out.flush()


if __name__ == "__main__":
    main()
