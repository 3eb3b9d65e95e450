"""How the readers of arrays take damage: files with flipped, cut, repeated and rewritten bytes, all kinds, one seed.

Every file must give numbers or one sentence. Printed by kind: how many were read, refused, and ended in a traceback,
the slowest and the most memory, and with `--diagnose` the same for diagnoses of those that can still be read.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import traceback
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import scipy.io

from optscaling.compare.diagnosis import diagnose
from optscaling.errors import InputError
from optscaling.theory.arrays import read_data

FREE = dict.fromkeys(("diagonal", "matrix-sign", "natural-gradient", "sign"), 1.0)
SHAPES = (
    b"(50,), ",
    b"(), ",
    b"(0,), ",
    b"(10000000000,), ",
    b"(50, 10000000), ",
    b"(-3, 5), ",
    b"(2.5,), ",
    b"None, ",
)
TYPES = (b"'|O'", b"'<f4'", b"'|S9'", b"'<M8[s]'", b"'<c16'", b"[('a', '<f8')]", b"'|b1'", b"'|V3'", b"'<f8\x00'")
CELLS = ("1e999", "-inf", "nan", "", '"', "x" * 140_000, "1_000", "0x1f", "٣", "\u202e", "1;2", "--5", "1e-999", "\0")


def table(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Features and a target that is linear in them."""
    x = rng.standard_normal((120, 8)) * np.arange(1, 9) ** -0.75
    return x, x.sum(axis=1) + 0.1 * rng.standard_normal(120)


def files(folder: Path, rng: np.random.Generator) -> dict[str, tuple[Path, str | None]]:
    """A whole file of each kind, and the target to ask for."""
    x, y = table(rng)
    both = np.column_stack([x, y])
    np.save(folder / "a.npy", both)
    np.save(folder / "values.npy", np.arange(1, 200.0) ** -1.7)
    np.savez(folder / "stored.npz", X=x, y=y)
    np.savez_compressed(folder / "deflated.npz", X=x, y=y)
    header = ",".join([*"abcdefgh", "price"])
    np.savetxt(folder / "a.csv", both, delimiter=",", header=header, comments="")
    scipy.io.savemat(folder / "five.mat", {"X": x, "y": y}, do_compression=True)
    with h5py.File(folder / "seven.mat", "w") as file:
        file["X"], file["y"] = x.T, y[None, :]
    found: dict[str, tuple[Path, str | None]] = {
        "npy": (folder / "a.npy", "-1"),
        "npy, eigenvalues": (folder / "values.npy", None),
        "npz": (folder / "stored.npz", None),
        "npz, deflated": (folder / "deflated.npz", None),
        "csv": (folder / "a.csv", "price"),
        "mat 5": (folder / "five.mat", None),
        "mat 7.3": (folder / "seven.mat", None),
    }
    try:
        from safetensors.numpy import save_file
    except ImportError:
        return found
    save_file({"X": x, "y": y}, folder / "a.safetensors")
    return found | {"safetensors": (folder / "a.safetensors", None)}


def damaged(whole: bytes, rng: np.random.Generator) -> bytes:
    """Bytes flipped, a piece cut out, repeated, moved or zeroed, mostly near the ends, where headers are."""
    data = bytearray(whole)
    for _ in range(rng.integers(1, 5)):
        near = int(rng.choice([min(300, len(data)), len(data)]))
        at = int(rng.integers(0, max(near, 1)))
        at = at if rng.random() < 0.7 else len(data) - 1 - min(at, len(data) - 1)
        length = int(rng.choice([1, 2, 4, 8, 40, 400]))
        match rng.integers(0, 6):
            case 0:
                data[at : at + 1] = bytes([rng.integers(0, 256)])
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                data[at : at + length] = rng.bytes(min(length, max(len(data) - at, 0)))
            case 4:
                data[at : at + length] = b"\xff" * min(length, max(len(data) - at, 0))
            case _:
                data[at : at + length] = bytes(min(length, max(len(data) - at, 0)))
        if not data:
            return b""
    return bytes(data)


def rewritten(whole: bytes, rng: np.random.Generator) -> bytes:
    """A header, or a cell of a table, that says something else: shapes, types, words."""
    if whole.startswith((b"\x93NUMPY", b"PK")) and (at := whole.find(b"'shape': (")) >= 0:
        end = whole.index(b"}", at)
        start = whole.index(b"'descr': ") + len(b"'descr': ")
        data = bytearray(whole)
        if rng.random() < 0.6:
            told = SHAPES[rng.integers(len(SHAPES))]
            data[at + len(b"'shape': ") : end] = told[: end - at - len(b"'shape': ")].ljust(
                end - at - len(b"'shape': ")
            )
        else:
            told = TYPES[rng.integers(len(TYPES))]
            old = whole.index(b",", start) - start
            data[start : start + old] = told
            del data[whole.index(b"\n", end) - max(len(told) - old, 0) : whole.index(b"\n", end)]
        return bytes(data)
    if b"price" in whole[:200]:
        lines = whole.decode("latin-1").split("\n")
        for _ in range(rng.integers(1, 4)):
            row = int(rng.integers(len(lines) - 1))
            cells = lines[row].split(",")
            cells[rng.integers(len(cells))] = CELLS[rng.integers(len(CELLS))]
            lines[row] = ",".join(cells)
        return "\n".join(lines).encode("utf-8")
    return damaged(whole, rng)


def outcome(work: Callable[[], object], counts: Counter[str], broken: list[str]) -> bool:
    """Run it and count how it ended; whether it came through."""
    tracemalloc.start()
    begun = time.perf_counter()
    try:
        work()
        ended = "read"
    except InputError as error:
        ended = "refused" if str(error).isprintable() and len(str(error)) < 600 else "traceback"
        if ended == "traceback":
            broken.append(f"unprintable or long: {str(error)[:300]!r}")
    except Exception:
        ended = "traceback"
        broken.append(traceback.format_exc(limit=-3))
    counts[ended] += 1
    counts["slowest, ms"] = max(counts["slowest, ms"], round(1e3 * (time.perf_counter() - begun)))
    counts["most, MB"] = max(counts["most, MB"], round(tracemalloc.get_traced_memory()[1] / 1e6))
    tracemalloc.stop()
    return ended == "read"


def main() -> None:
    """Damage files of each kind and print how reading them ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--diagnose", type=int, default=0, help="of those that can be read")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = files(folder, rng)
        whole = {kind: path.read_bytes() for kind, (path, _) in kinds.items()}
        counts = {kind: Counter[str]() for kind in kinds}
        diagnosed = Counter[str]()
        for i in range(given.files):
            kind = list(kinds)[i % len(kinds)]
            path, target = kinds[kind]
            change = rewritten if rng.random() < 0.3 else damaged
            path.write_bytes(change(whole[kind], rng))
            came = outcome(lambda path=path, target=target: read_data(path, target), counts[kind], broken)  # type: ignore[misc]
            if came and sum(diagnosed[each] for each in ("read", "refused", "traceback")) < given.diagnose:
                run = lambda path=path, target=target: diagnose(path, target, cost=FREE)  # noqa: E731
                outcome(run, diagnosed, broken)  # type: ignore[arg-type]
    columns = ("read", "refused", "traceback", "slowest, ms", "most, MB")
    print(f"{'':20s}" + "".join(f"{each:>13s}" for each in columns))
    for kind, found in (*counts.items(), ("diagnosed", diagnosed)):
        print(f"{kind:20s}" + "".join(f"{found[each]:13d}" for each in columns))
    print(f"{given.files} files, {sum(each['traceback'] for each in counts.values())} tracebacks")
    for each in broken[:20]:
        print(each)


if __name__ == "__main__":
    main()
