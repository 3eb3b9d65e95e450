"""The command line. Each command lives in the file of its name and is imported when it is called."""


def main() -> None:
    """Run `optscaling` and leave with its exit code."""
    from .program import program

    program.main(prog_name="optscaling")
