import pytest
from click.testing import CliRunner

from accord.cli.main import main


@pytest.fixture
def accord_cli():
    """Run the command; gives exit code, standard output and standard error."""

    def run(*arguments):
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return run
