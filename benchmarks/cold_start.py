"""What a cold `optscaling alpha gd --s 1 --tau 1` costs, as a ratio to `python -c "import sympy"` in paired runs."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Run both in turn and print the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    floor = [sys.executable, "-c", "import sympy"]
    answer = [str(Path(sys.executable).with_name("optscaling")), "alpha", "gd", "--s", "1", "--tau", "1"]
    seconds(floor), seconds(answer)
    pairs = [(seconds(answer), seconds(floor)) for _ in range(given.runs)]
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"alpha gd --s 1 --tau 1: median {statistics.median(a for a, _ in pairs):.2f} s")
    print(f"import sympy:           median {statistics.median(b for _, b in pairs):.2f} s")
    print(f"ratio, paired:          median {ratio:.2f} (at most 2 is wanted)")


if __name__ == "__main__":
    main()
