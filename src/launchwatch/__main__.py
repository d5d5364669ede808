"""`python -m launchwatch`: the command line of the copy that is imported, installed or not."""

from launchwatch.cli.main import main

if __name__ == "__main__":
    main(prog_name="launchwatch")
