"""The command `accord`, and the one place where errors become one line and an exit code."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NoReturn

import click

from accord.version import __version__

# Modules are imported when their command runs: `accord --help` has to be quick.
_COMMANDS = {
    "batch": ("accord.cli.batch", "Harmonize many pictures; kill it and go on whenever you like."),
    "bench": ("accord.cli.bench", "Time it on this machine, beside what people would use instead."),
    "compose": ("accord.cli.compose", "Put a foreground on a background."),
    "evaluate": ("accord.cli.evaluate", "Compare methods on a benchmark with known truth."),
    "export": ("accord.cli.export", "Turn a trained checkpoint into a network that needs no PyTorch."),
    "harmonize": ("accord.cli.harmonize", "Recolour a composite's foreground so that it belongs."),
    "inspect": ("accord.cli.inspect", "Measure what does not match, before anything is changed."),
    "methods": ("accord.cli.methods", "List the methods and what is known of each."),
    "monitor": ("accord.cli.monitor", "Say whether the work has drifted, and whether a candidate is better."),
    "report": ("accord.cli.report", "Show results in one HTML file, the worst first."),
    "serve": ("accord.cli.serve", "Harmonize over HTTP."),
    "synthesize": ("accord.cli.synthesize", "Make composites of known truth from photos with masks."),
    "train": ("accord.cli.train", "Train or fine-tune the learned method."),
    "ui": ("accord.cli.ui", "Open a workbench in the browser."),
    "video": ("accord.cli.video", "Harmonize a clip, without flicker."),
    "weights": ("accord.cli.weights", "Import weights of published networks."),
}


class _Commands(click.Group):
    """A group that imports a command when it is asked for, and meets errors with one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002, likewise
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002, likewise
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run, and exit: 0 if all went well, 1 with one `Error:` line if not."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            raise SystemExit(0) from None
        except Exception as error:
            line = _one_line(error)
            if line is None:
                raise
            click.echo(f"Error: {line}", err=True)
            raise SystemExit(1) from None
        raise SystemExit(code if isinstance(code, int) else 0)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="accord")
def main() -> None:
    """Recolour the foreground of a composite so that it belongs to its background, and touch nothing else."""


def _one_line(error: Exception) -> str | None:
    """Say what went wrong, for errors that input or the machine can cause; None for those that are ours."""
    from accord.core.errors import HarmonizeError

    if isinstance(error, click.Abort):
        return "stopped"
    if isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx else "accord"
        return f"{' '.join(error.format_message().split())} (see {where} --help)"
    if isinstance(error, click.ClickException):
        return " ".join(error.format_message().split())
    if isinstance(error, HarmonizeError):
        return " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return "there is not enough memory for this picture. Make it smaller, or free some memory."
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    return None


if __name__ == "__main__":
    main()
