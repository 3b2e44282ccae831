"""The `labkit` command: open the lab, serve, check, measure, and show one part at a time as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError, MissingPartError, UsageError
from labkit.runtime import TOKEN_VARIABLE

__all__ = ["main"]

USAGE_ERROR = 2
"""Exit code when the command cannot do what was asked; the reason is one sentence on stderr."""
"""Where `labkit serve` looks for its token when there is no `--token`: other users can read a command line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one `labkit` command and return its exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    if rest and options.command not in ("lab", "app"):
        parser.error(f"{rest[0]!r} is not an option of labkit {options.command}: see labkit {options.command} --help.")
    options.rest = [argument for argument in rest if argument != "--"]
    try:
        return int(options.run(options))
    except ModuleNotFoundError as error:
        return _complain(_missing(error, options.extra))
    except LabkitError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return 130


def _complain(error: Exception) -> int:
    print(f"labkit: {error}", file=sys.stderr)
    return USAGE_ERROR


def _missing(error: ModuleNotFoundError, extra: str) -> MissingPartError:
    """The sentence for a package that is not installed; a missing part of labkit itself is raised as it is."""
    package = (error.name or "").partition(".")[0]
    if package in {"", "labkit"}:
        raise error
    return MissingPartError(f'The package {package!r} is not installed: run  pip install "labkit[{extra}]"  .')


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="labkit", description="Talk with a realtime AI from a Jupyter notebook.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], extra: str = "engine") -> argparse.ArgumentParser:
        summary = (run.__doc__ or "").strip()
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run, extra=extra)
        return added

    lab = command("lab", _lab, extra="lab")
    lab.add_argument("--port", type=int, help="port of JupyterLab (default: 8888, or the next free one)")
    lab.add_argument("--folder", type=Path, help="folder that holds notebooks/ (default: found by itself)")
    lab.epilog = "Everything else is passed to jupyter lab."

    app = command("app", _app, extra="lab")
    app.add_argument("--port", type=int, help="port of the page (default: 8866, or a free one near it)")
    app.add_argument("--ip", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    app.add_argument("--visitors", type=int, help="how many at once (default: as many as fit into memory)")
    app.add_argument("--folder", type=Path, help="folder that holds notebooks/ (default: found by itself)")
    app.epilog = "Everything else is passed to voila."

    serve = command("serve", _serve)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    serve.add_argument(
        "--token", help=f"what clients must send as their key (default: {TOKEN_VARIABLE}, else a random one)"
    )
    serve.add_argument("--idle-minutes", type=float, help="stop after so many minutes with no conversation")

    command("doctor", _doctor, extra="lab")

    bench = command("bench", _bench)
    bench.add_argument("names", nargs="*", metavar="NAME", help="figures to measure (default: all)")
    bench.add_argument("--list", action="store_true", help="name the figures and stop")
    bench.add_argument("--json", action="store_true", help="print JSON instead of a table")
    bench.add_argument("--shared", type=Path, help="folder with human recordings, for the figures that want them")
    bench.add_argument("--count", type=int, help="how many measurements, where a figure has a choice")

    hear = command("hear", _hear)
    hear.add_argument("file", type=Path, metavar="FILE", help="a sound file")
    look = command("look", _look)
    look.add_argument("files", type=Path, nargs="+", metavar="FILE", help="JPEG or PNG pictures")
    talk = command("talk", _talk)
    talk.add_argument("file", type=Path, metavar="FILE", help="a sound file: what you say")
    talk.add_argument("--out", type=Path, metavar="WAV", help="write the spoken answer there")
    for listener in (hear, talk):
        listener.add_argument(
            "--expect", nargs="+", default=[], metavar="SENTENCE", help="sentences to expect, or @FILE with one a line"
        )
    return parser


def _lab(options: argparse.Namespace) -> int:
    """Open JupyterLab on the first notebook."""
    from labkit.lab import start

    return start(options.folder, options.port, options.rest)


def _app(options: argparse.Namespace) -> int:
    """Serve the lab as a page without code, a kernel for each visitor."""
    from labkit.serving import start

    return start(options.folder, options.port, options.ip, options.visitors, options.rest)


def _serve(options: argparse.Namespace) -> int:
    """Run the embedded engine: a server of the Realtime protocol."""
    from labkit.engine.app import serve

    token = options.token or os.environ.get(TOKEN_VARIABLE) or None
    return serve(options.host, options.port, token, options.idle_minutes)


def _doctor(_options: argparse.Namespace) -> int:
    """Check what the lab needs, with one sentence of remedy for each problem."""
    from labkit import doctor

    return doctor.main()


def _bench(options: argparse.Namespace) -> int:
    """Measure the figures and print them as a table, or as JSON."""
    from labkit import bench

    return bench.main(options)


def _hear(options: argparse.Namespace) -> int:
    """Show what the engine hears in a sound file, as JSON."""
    from labkit import pcm
    from labkit.engine.ear import hear_file
    from labkit.engine.skills import find

    samples = pcm.read(options.file)
    sentences = [*find("").sentences(), *_sentences(options.expect)]
    return _print_json({"file": options.file.name, **asdict(hear_file(samples, sentences))})


def _look(options: argparse.Namespace) -> int:
    """Show what the engine reads and sees in pictures, one JSON object a picture; of several each on its line."""
    from labkit.engine.eyes import look

    if len(options.files) == 1:
        (file,) = options.files
        return _print_json({"file": file.name, **look(_read_bytes(file)).to_dict()})
    code = 0
    for file in options.files:
        try:
            seen = look(_read_bytes(file)).to_dict()
        except UsageError as error:
            seen, code = {"error": str(error)}, USAGE_ERROR
        print(json.dumps({"file": file.name, **seen}, ensure_ascii=False), flush=True)
    return code


def _talk(options: argparse.Namespace) -> int:
    """Speak one sound file to the AI and show the turn, as JSON."""
    from labkit import pcm, trace
    from labkit.lessons import Lesson
    from labkit.session import connect

    samples = pcm.read(options.file)
    with connect(lesson=Lesson(expect=tuple(_sentences(options.expect)))) as session:
        turn = session.speak(samples).wait()
        if options.out:
            pcm.write(options.out, session.sound(turn))
        found = {"engine": session.engine.label, "file": options.file.name, "you": turn.user, "answer": turn.assistant}
        return _print_json({**found, "status": turn.status, "answer_ms": turn.audio_ms, "times": trace.parts(turn)})


def _sentences(given: Sequence[str]) -> list[str]:
    """The sentences of `--expect`: as they stand, or from an @FILE with one a line."""
    found: list[str] = []
    for item in given:
        lines = _read_bytes(Path(item[1:])).decode("utf-8", "replace").splitlines() if item.startswith("@") else [item]
        found += [line.strip() for line in lines if line.strip()]
    return found


def _read_bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file.name!r} cannot be read ({error.strerror}): check the path you gave.") from error


def _print_json(result: Any) -> int:
    print(json.dumps(result, indent=2, ensure_ascii=False, default=_jsonable))
    return 0


def _jsonable(value: Any) -> Any:
    """What JSON has no word for: dataclasses, and numpy's numbers and arrays."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.tolist()


if __name__ == "__main__":
    sys.exit(main())
