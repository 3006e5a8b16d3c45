"""`python -m accord`: the command `accord`, where it is not on the path."""

from accord.cli.main import main

if __name__ == "__main__":
    main(prog_name="python -m accord")
