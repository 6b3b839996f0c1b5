"""What commands share: the study option, the key options, error lines and exit codes."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from anonymizer.errors import AnonymizerError, NotAHolderError

if TYPE_CHECKING:
    from anonymizer.study import Study

Command = TypeVar("Command", bound=Callable[..., Any])

DONE, FAILED, USAGE, WAITING, SOME_FAILED, LEFT, DUE = 0, 1, 2, 3, 4, 5, 6


def study_option(command: Command) -> Command:
    """``--study DIR``; the command receives a :class:`Study`, by default the one in or above the current folder."""

    def resolve(ctx: click.Context, param: click.Parameter, value: Path | None) -> Study | None:
        if ctx.resilient_parsing:
            return None
        from anonymizer.study import find_study, open_study

        study = open_study(value) if value else find_study(Path.cwd())
        _remind(study)
        return study

    option = click.option(
        "--study",
        type=click.Path(path_type=Path, file_okay=False),
        callback=resolve,
        help="The study folder.  [default: the one in or above the current folder]",
    )
    return option(command)


def _remind(study: Study) -> None:
    """Past the study's end, say at each command that the key is due, until it is destroyed."""
    import datetime

    left = study.days_left(datetime.date.today())
    if left < 0 and not any(
        (study.audit / name).exists() for name in ("certificate.json", "destruction-unsigned.json")
    ):
        say(f"warning: the study ended {-left} day(s) ago; its key is due to be destroyed: anonymizer close")


def key_options(command: Command) -> Command:
    """Options that say who opens the key store; there is none for a passphrase itself, nor an environment variable.

    A process's arguments and environment can be read by others (OWASP; ``/proc/self/environ``).
    """
    for option in (
        click.option("--passphrase-fd", type=int, help="Read the identity's passphrase from this file descriptor."),
        click.option(
            "--passphrase-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Read the identity's passphrase from this file's first line.",
        ),
        click.option(
            "--identity",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Your identity file.  [default: the one remembered on this computer]",
        ),
    ):
        command = option(command)
    return command


def passphrase_source(passphrase_file: Path | None, passphrase_fd: int | None) -> Callable[[], str]:
    """How to obtain the passphrase when, and only when, the identity file asks for one."""

    def ask() -> str:
        if passphrase_fd is not None:
            with os.fdopen(passphrase_fd, encoding="utf-8", closefd=False) as source:
                text = source.readline()
        elif passphrase_file is not None:
            try:
                text = passphrase_file.read_text(encoding="utf-8").partition("\n")[0]
            except (OSError, UnicodeDecodeError):
                raise NotAHolderError("the passphrase file cannot be read", file=passphrase_file) from None
        elif sys.stdin.isatty():
            text = click.prompt("Passphrase", hide_input=True, err=True)
        else:
            raise NotAHolderError(
                "the identity file needs a passphrase and there is no terminal to ask on",
                hint="--passphrase-file FILE or --passphrase-fd N",
            )
        # the same characters typed on another keyboard may be other code points
        text = unicodedata.normalize("NFKC", text.removesuffix("\n").removesuffix("\r"))
        if not text:
            raise NotAHolderError("the passphrase is empty")
        return text

    return ask


def say(message: str) -> None:
    """A line for people, on standard error, so that standard output stays data."""
    click.echo(message, err=True)


def show_error(error: AnonymizerError) -> None:
    """``error:`` and, where there is one, ``hint:``."""
    say(f"error: {error}")
    if error.hint:
        say(f"hint: {error.hint}")


def run_safely(command: click.Command, args: list[str] | None) -> int:
    """Run a click command; every failure becomes lines and an exit code, never a traceback.

    A traceback prints local variables' lines and could be pasted into a bug report together with text it quotes.
    An unexpected exception is shown by its type and place in our code only.
    """
    try:
        result = command.main(args=args, prog_name="anonymizer", standalone_mode=False)
    except AnonymizerError as error:
        show_error(error)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.UsageError as error:
        message = error.format_message().rstrip(".")
        say(f"error: {message[:1].lower()}{message[1:]}")
        say(f"hint: {error.ctx.command_path if error.ctx else 'anonymizer'} --help")
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        say("error: interrupted")
        return FAILED
    except click.ClickException as error:
        say(f"error: {error.format_message()}")
        return FAILED
    except BrokenPipeError:
        # the reader of our output went away; nothing to say, and nowhere to say it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001
        say(f"error: internal error: {_place(error)}")
        say("hint: this is a defect of anonymizer; please report this line")
        return FAILED
    return result if isinstance(result, int) else DONE


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    place = "unknown place"
    while trace is not None:
        code = trace.tb_frame.f_code
        if "anonymizer" in code.co_filename:
            place = f"{Path(code.co_filename).name}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"
