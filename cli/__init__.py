"""The command line. Each command lives in the file of its name and is imported when it is called."""


def main() -> None:
    """Run `optscaling` and leave with its exit code.

    Warnings of libraries are for those who write Python: unless they are asked for (`python -W`, PYTHONWARNINGS), a
    user of the command line gets the program's own sentences alone.
    """
    import sys
    import warnings

    from .program import program

    if not sys.warnoptions:
        warnings.simplefilter("ignore")

    program.main(prog_name="optscaling")
