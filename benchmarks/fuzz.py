"""Inputs that nobody means to type, through the whole command line: what comes back is always an answer or a sentence.

Each input is a command line with its files, made from its number alone: options with values that are huge, empty,
binary, right-to-left or no numbers; experiments in TOML, tables of runs, arrays and stores of runs, whole and with
bytes, cells, values or keys changed. Most are run in this process (a child each hundred), some as processes of their
own.

A fault is an exception that gets out, an exit code other than 0, 1 and 2 (or other than 0 where the input is whole), a
failure without a sentence of its own or with something before it, an echo of what should not be echoed, output that is
no JSON under --json, more than 10 s of processor time, or more than 1 GB of memory.

python benchmarks/fuzz.py [--inputs 10000] [--processes 200] [--first 0] [--only options toml tables arrays stores]
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

CPU, MEMORY, SENTENCE = 10.0, 1e9, 1500  # seconds, bytes, characters
SEED = 20261126
# What is never echoed as it came: control characters but line ends and tabs, and marks that turn the direction.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Input:
    """One call of the program.

    number: its own. kind: options, toml, tables, arrays or stores. arguments: after `optscaling`. files: by name, in
    the folder it runs in; a name that ends in / is the small run, changed at the paths that begin with it. stdin: what
    comes on standard input. whole: nothing in it is wrong, so it must succeed.
    """

    number: int
    kind: str
    arguments: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    whole: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came back. code: None where an exception got out. seconds: of processor time. memory: its peak, bytes."""

    code: int | None
    out: str
    err: str
    seconds: float
    memory: float


class TooLong(BaseException):
    """The processor time is used up."""


# Values ---------------------------------------------------------------------------------------------------------------

ODD = (
    *("", " ", "-", "--", "-1", "0", "-0", "1e-999999999", "1e999999999", "1e300", "1e-300", "1e308", "inf", "-inf"),
    *("nan", "NaN", "1_000", "0x10", "1/0", "0/1", "1/3", "-1/2", "1//2", "1e", "e5", "1.5.2", "٣", "½", "１", "+1"),
    *("9" * 400, "1" * 100_000, "1/" + "7" * 400, "(" * 5000, "[" * 20_000, "x" * 200_000, "1,2,,3", ",", "1,2,3"),
    *("\u202egd", "gd\u200f", "\x1b[31mgd", "a\x07b", "a\tb", "a\nb", "naïve", "模型", "🤖", "\udcff\udcfe", "\u0000"),
    *("gd", "GD", "power:1/4", "power:p", "power:" + "9" * 50, "nesterov:1e300", "muon", "matrix-sign@", "block:N^1/2"),
    *("None", "True", "null", "s", "r", "__import__('os')", "${HOME}", "$(id)", "../../etc/passwd", "/dev/null", "."),
    *("2k", "1.5M", "2e3", "10:1", "1:10", "1:2:3", ":", "64:", "1e9:1e10", "1e9", "2147483648", "9223372036854775808"),
    *("N*T", "N^2*T + N^3", "N**9**9**9", "N^(1e9)", "q*N", "cosine", "wsd:2", "power:-1", "power:1e99"),
    *("linear,linear", "0,0"),
)
NAMES = (
    *("gd", "sgd", "power:1/4", "matrix-sign", "natural-gradient", "sign", "damped:1e-3", "block:4", "diagonal"),
    *("heavy-ball", "nesterov", "averaged", "dana-decaying", "muon", "adamw", "soap", "sgd-power:1/2", "optax:adam"),
)
NUMBERS = ("1", "1/2", "2", "0.3", "3/2", "5/2", "1e-3", "4/5", "0", "-1/2", "7")
COUNTS = ("4", "8,16", "4:64", "1", "2e3", "100", "1k")


def odd(rng: random.Random) -> str:
    """A value that nobody means."""
    if rng.random() < 0.15:
        return "".join(chr(rng.choice([rng.randrange(1, 0x250), rng.randrange(0x2000, 0x2100)])) for _ in range(9))
    return rng.choice(ODD)


def value(rng: random.Random, usual: tuple[str, ...], share: float = 0.3) -> str:
    """One of the usual values, or one that nobody means."""
    return odd(rng) if rng.random() < share else rng.choice(usual)


# Options --------------------------------------------------------------------------------------------------------------

FILE = ("x.png", "x.svg", "x.pdf", "x", "no/such/x.svg", "/proc/x.png", "x.exe", "x.svg/y.svg")
SCHEDULES = ("constant", "linear", "cosine", "wsd:1/10", "power:2", "wsd:1/10,2")
FLAG: tuple[str, ...] = ()
OPTIONS: dict[str, tuple[tuple[tuple[str, ...], ...], dict[str, tuple[str, ...]]]] = {
    "alpha": (
        (NAMES,),
        {
            **{"--s": NUMBERS, "--r": (*NUMBERS, "r"), "--tau": (*NUMBERS, "best"), "--samples": NUMBERS},
            **{"--noise": FLAG, "--per": ("size", "data", "compute"), "--schedule": SCHEDULES, "--derive": FLAG},
            **{"--latex": FLAG, "--cite": FLAG, "--witness": FLAG, "--json": FLAG, "--warmup": ("1,1/10", "2,0")},
        },
    ),
    "threshold": (
        (NAMES,),
        {
            **{"--baseline": NAMES, "--r": (*NUMBERS, "r"), "--tau": NUMBERS, "--samples": NUMBERS, "--noise": FLAG},
            **{"--compute": FLAG, "--steps": COUNTS, "--sizes": COUNTS, "--eta": NUMBERS, "--cite": FLAG},
            **{"--json": FLAG},
        },
    ),
    "phases": (
        (NAMES,),
        {
            **{"--s": NUMBERS, "--r": (*NUMBERS, "r"), "--cost": ("N*T", "N^2*T + N^3", "n*N"), "--samples": FLAG},
            **{"--noise": FLAG, "--figure": FILE, "--cite": FLAG, "--json": FLAG},
        },
    ),
    "schedules": (
        (("sgd", "sgd-power:1/2", "gd"),),
        {
            **{"--s": NUMBERS, "--r": NUMBERS, "--schedule": SCHEDULES, "--tokens": ("1e3", "1e4")},
            **{"--batch": ("1", "8")},
            **{"--variance": ("1", "0.1", "0"), "--figure": FILE, "--json": FLAG},
        },
    ),
    "batch": (
        (("sgd", "sgd-power:1/2", "gd"),),
        {
            **{"--s": NUMBERS, "--r": NUMBERS, "--schedule": SCHEDULES, "--noise": FLAG, "--no-noise": FLAG},
            **{"--tokens": ("1e3", "1e4"), "--variance": ("1", "0.1", "0"), "--figure": FILE, "--json": FLAG},
        },
    ),
    "list": ((), {"--json": FLAG}),
    "predict": ((("tiny.toml", "-", "nothing"),), {"--figure": FILE, "--json": FLAG}),
    "simulate": (
        (("tiny.toml", "-", "nothing"),),
        {
            **{"--out": ("run", "tiny.toml", "/proc/run", "run/a/b"), "--memory": ("1", "0.5", "1e-6")},
            **{"--processes": ("1",), "--precision": ("float64", "mixed", "float32", "float16"), "--json": FLAG},
        },
    ),
    "compare": (
        (("store/", "nothing", "tiny.toml"),),
        {
            **{"--report": ("x.html", "x.pdf", "no/x.html", "/proc/x.html"), "--figure": FILE},
            **{"--figures": ("f", "x/y")},
            **{"--width": ("single", "double", "triple"), "--json": FLAG},
        },
    ),
    "reproduce": (
        (("tiny.toml", "ramani-jain", "-", "nothing"),),
        {
            **{"--quick": FLAG, "--sizes": ("4", "4,8"), "--seeds": ("1", "0", "-1"), "--steps": ("1", "1,4")},
            **{"--noise": ("0", "0.1", "-1"), "--out": ("run", "/proc/run"), "--processes": ("1", "0"), "--json": FLAG},
        },
    ),
    "diagnose": (
        (("rows.csv", "values.npy", "nothing", "tiny.toml"),),
        {
            **{"--target": ("y", "0", "x0", "z"), "--labels": ("values.npy", "nothing"), "--exclude": ("x1", "y", "z")},
            **{"--classes": FLAG, "--steps": ("100", "1"), "--sizes": ("4,8", "4:16"), "--samples": ("50", "1")},
            **{"--noise": ("0", "0.1"), "--features": ("linear", "relu", "erf", "sinh"), "--figure": FILE},
            **{"--cost": ("matrix-sign=1.1", "matrix-sign=model", "x=1", "=1"), "--json": FLAG},
        },
    ),
    "fit": (
        (("runs.csv", "-", "nothing"),),
        {
            **{"--form": ("power", "offset", "shared", "chinchilla", "broken", "joint", "auto")},
            **{"--loss": ("loss", "z")},
            **{"--size": ("params", "z"), "--tokens": ("tokens", "z"), "--by": ("optimizer", "z", "params")},
            **{"--best": FLAG},
            **{"--drop": ("optimizer=adamw", "z", "loss=2", "params=x"), "--baseline": ("adamw", "z"), "--json": FLAG},
            **{"--from": ("1e6", "1e12"), "--to": ("1e9", "1"), "--objective": ("squares", "huber", "lad", "z")},
            **{"--draws": ("0", "20", "-1"), "--seed": ("0", "5", "-1"), "--figure": FILE, "--size-unit": ("1e8", "0")},
        },
    ),
    "forecast": (
        (("runs.csv", "-", "nothing"),),
        {
            **{"--at": ("5x", "N=1e9,D=2e10", "0x", "N=1"), "--compute": ("1e21", "0")},
            **{"--target-loss": ("2.6", "0", "1")},
            **{"--cost": ("muon=1.03", "x"), "--beyond": FLAG, "--draws": ("100",), "--seed": ("1", "-1")},
            **{"--json": FLAG},
            **{"--loss": ("loss", "z"), "--size": ("params",), "--baseline": ("adamw", "z"), "--drop": ("loss=2", "z")},
        },
    ),
    "plan": (
        (("runs.csv", "-", "nothing"),),
        {
            **{"--question": ("muon > adamw at 10x", "d_beta muon", "?"), "--budget": ("1e20", "0", "1e30")},
            **{"--noise": ("0.001", "0"), "--json": FLAG, "--tokens": ("tokens", "z"), "--baseline": ("adamw",)},
        },
    ),
    "audit": (
        (("runs.csv", "-", "nothing"),),
        {
            **{"--parameters": ("law.toml", "nothing", "runs.csv"), "--delta": ("1e-3", "inf", "0"), "--json": FLAG},
            **{"--loss": ("loss", "z"), "--size": ("params", "z"), "--tokens": ("tokens", "z")},
            **{"--optimizer": ("optimizer",)},
        },
    ),
}
# What most calls of a command need to get further than the first check.
NEEDED = {
    "schedules": ("--s",),
    "simulate": ("--out",),
    "reproduce": ("--out",),
    "plan": ("--question", "--budget"),
    "audit": ("--parameters",),
    "fit": ("--draws",),
    "forecast": ("--draws", "--at"),
}
# Heavy by their nature: symbolic work of seconds, or jax; they come up less often.
WEIGHTS = {
    **dict.fromkeys(OPTIONS, 8),
    **{"phases": 4, "simulate": 3, "reproduce": 1, "predict": 4, "compare": 3, "forecast": 3, "plan": 3, "list": 1},
}


def typed(rng: random.Random, command: str, share: float, most: int = 4) -> list[str]:
    """Arguments of a command, a share of them odd."""
    positions, options = OPTIONS[command]
    arguments = [value(rng, usual, share) for usual in positions]
    names = rng.sample(sorted(options), k=min(len(options), rng.randrange(most + 1)))
    needed = [name for name in NEEDED.get(command, ()) if name not in names and rng.random() < 0.9]
    for name in [*needed, *names]:
        arguments.append(name)
        if options[name]:
            arguments.append(value(rng, options[name], share))
    if rng.random() < 0.05:
        arguments.insert(rng.randrange(len(arguments) + 1), odd(rng))
    return arguments


def of_options(number: int, rng: random.Random) -> Input:
    """A command with odd options and whole files."""
    command = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    arguments = typed(rng, command, 0.3)
    if rng.random() < 0.02:
        command = odd(rng)
    files = {"tiny.toml": tiny().encode(), "runs.csv": runs(rng).encode(), "rows.csv": rows(rng).encode()}
    files |= {"values.npy": saved(np.arange(1, 60.0) ** -2), "law.toml": LAW}
    if "store/" in arguments:
        files["store/"] = b""
    standard = files["tiny.toml"] if command in ("predict", "simulate", "reproduce") else files["runs.csv"]
    return Input(number, "options", (command, *arguments), files, standard if "-" in arguments else b"")


# Files ----------------------------------------------------------------------------------------------------------------

LAW = b"E = 1.7\nA = 400\nalpha = 0.34\nB = 400\nbeta = 0.28\n"
LINES = {
    "problem": {"kind": '"gaussian"', "s": "1.0", "dim": "24"},
    "model": {"sizes": "[4, 8]"},
    "training": {"optimizers": '["gd", "matrix-sign"]', "steps": "[1, 4]"},
    "measure": {"seeds": "1"},
}
MORE = {
    "problem": ("noise", "r", "outputs", "inputs", "teacher", "features", "path", "target"),
    "model": ("samples", "test_samples"),
    "training": ("eta", "batch", "stepped_to"),
    "measure": ("fit_from",),
}
TOML = (
    *("0", "-1", "1", "2.5", "1e308", "1.7e308", "-1e308", "nan", "inf", "true", '""', '"x"', "[]", "[[]]", "{}"),
    *("{a = 1}", "[{}]"),
    *("9" * 400, "9223372036854775808", "9223372036854775807", "[" * 3000 + "]" * 3000, "1979-05-27", "[1, 'a']"),
    '"inf"',
    *("[0]", "[-4]", "[1e3]", "[4, 4, 4]", "[100000000000]", "[1" + ", 1" * 5000 + "]", '"\\u202e"'),
    '"' + "x" * 100_000 + '"',
    *('"relu"', '"data"', '"gaussian"', '["gd", "gd"]', '["muon"]', '["adamw", "lion"]', '["optax:sgd"]'),
    '["nesterov:3"]',
    *('["power:1e999"]', '["block:0"]', '["block:N^9"]', '"isotropic"', '"student-t:3"', '"../../x"', "0.5", "3"),
    '["sign"]',
    *("{per_feature = 2}", "{per_feature = 1e300, min = 1}", "{min = 9, max = 1}", "{per_feature = -1}", "12", '"erf"'),
)


def tiny(changes: dict[str, dict[str, str]] | None = None) -> str:
    """The small experiment in TOML, with other values."""
    sections = {name: dict(keys) | (changes or {}).get(name, {}) for name, keys in LINES.items()}
    return "\n".join(
        line for name, keys in sections.items() for line in (f"[{name}]", *(f"{k} = {v}" for k, v in keys.items()))
    )


def runs(rng: random.Random) -> str:
    """A table of runs of two optimizers with a loss that is a law and a little noise."""
    lines = ["optimizer,params,tokens,loss"]
    for name, factor in (("adamw", 1.0), ("muon", 0.9)):
        for size in (1e7, 3e7, 1e8, 3e8, 1e9):
            for ratio in (10, 40):
                loss = 1.7 + 400 * factor * size**-0.34 + 410 * (ratio * size) ** -0.28
                lines.append(f"{name},{size:.0f},{ratio * size:.0f},{loss * math.exp(1e-3 * rng.gauss(0, 1)):.5f}")
    return "\n".join(lines) + "\n"


def rows(rng: random.Random, count: int = 60, columns: int = 6) -> str:
    """A table of features with a target that is linear in them."""
    lines = [",".join([*(f"x{k}" for k in range(columns)), "y"])]
    for _ in range(count):
        x = [rng.gauss(0, (k + 1) ** -1) for k in range(columns)]
        lines.append(",".join(f"{v:.6g}" for v in [*x, sum(x) + rng.gauss(0, 0.1)]))
    return "\n".join(lines) + "\n"


def saved(array: np.ndarray) -> bytes:
    """A .npy file."""
    made = io.BytesIO()
    np.save(made, array, allow_pickle=True)
    return made.getvalue()


def packed(arrays: dict[str, np.ndarray], squeezed: bool) -> bytes:
    """An .npz file."""
    made = io.BytesIO()
    (np.savez_compressed if squeezed else np.savez)(made, **arrays)
    return made.getvalue()


def broken(rng: random.Random, content: bytes) -> bytes:
    """The bytes with one or a few things done to them."""
    made = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        place = rng.randrange(len(made) + 1)
        match rng.randrange(8):
            case 0 if made:
                made[place % len(made)] ^= 1 << rng.randrange(8)
            case 1 if made:
                made[place % len(made)] = rng.randrange(256)
            case 2:
                del made[place:]
            case 3:
                del made[place : place + rng.randrange(1, 40)]
            case 4:
                made[place:place] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 12)))
            case 5:
                made[place:place] = made[max(0, place - 60) : place]
            case 6:
                made[place:place] = rng.choice(
                    (b"\x00" * 9, b"\xff\xfe", b"\xef\xbb\xbf", b"[" * 5000, b"1" * 5000, b"{" * 300)
                )
            case _:
                made[place : place + 8] = rng.choice(
                    (b"\x00" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"NaN", b"-1", b"1e999")
                )
    return bytes(made)


def of_toml(number: int, rng: random.Random) -> Input:
    """An experiment with values, keys or bytes changed."""
    changes: dict[str, dict[str, str]] = {}
    way = rng.random()
    if way > 0.05:
        for _ in range(rng.choice((1, 1, 2, 3))):
            section = rng.choice(list(LINES))
            key = rng.choice([*LINES[section], *MORE[section], *LINES[section], odd(rng)[:50]])
            changes.setdefault(section, {})[key] = rng.choice(TOML)
    text = tiny(changes).encode("utf-8", "surrogatepass")
    if way > 0.8:
        text = broken(rng, text)
    if 0.75 < way < 0.8:
        deep = rng.choice(
            ("a." * 20_000 + "a = 1", "[" + "a." * 3000 + "a]", "x = " + "[" * 100_000, "x = " + "{a=" * 3000)
        )
        text += b"\n" + deep.encode()
    name = rng.choice(("mine.toml", "mine", "my\u202efile.toml", "-", "-"))
    command = rng.choice(("predict", "predict", "predict", "simulate"))
    arguments = [command, name, *(("--out", "run") if command == "simulate" else ())]
    if rng.random() < 0.5:
        arguments.append("--json")
    files = {} if name == "-" else {name: text}
    return Input(number, "toml", tuple(arguments), files, text if name == "-" else b"", way <= 0.05)


def of_tables(number: int, rng: random.Random) -> Input:
    """A table of runs, or of features, with cells, lines or bytes changed, or written otherwise."""
    features = rng.random() < 0.3
    grid = [line.split(",") for line in (rows(rng) if features else runs(rng)).splitlines()]
    way = rng.random()
    if way > 0.1:
        for _ in range(rng.choice((1, 2, 3, 10))):
            line, place = rng.randrange(len(grid)), rng.randrange(len(grid[0]))
            if place >= len(grid[line]):
                continue
            match rng.randrange(6):
                case 0:
                    grid[line][place] = odd(rng)
                case 1:
                    grid[line].append(odd(rng))
                case 2:
                    grid[line] = grid[line][:place]
                case 3:
                    grid.insert(line, list(grid[rng.randrange(len(grid))]))
                case 4:
                    for each in grid[1:]:
                        each[place:] = [odd(rng), *each[place + 1 :]]
                case _:
                    grid[line][place] = rng.choice(("", "nan", "inf", "-1", "0", "1e300", "1e-300", "x", "12 %", "1,5"))
    mark = rng.choice((",", ",", ";", "\t", "|"))
    text = "\n".join(mark.join(line) for line in grid) + "\n"
    if rng.random() < 0.1:
        text = "\n".join(json.dumps(dict(zip(grid[0], line, strict=False))) for line in grid[1:])
    content = text.encode(rng.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-32")), "surrogatepass")
    if way > 0.7:
        content = broken(rng, content)
    name = rng.choice(("runs.csv", "runs.csv", "runs.tsv", "runs.jsonl", "runs.json", "runs.parquet", "runs.txt"))
    command = "diagnose" if features else rng.choice(("fit", "fit", "fit", "forecast", "plan", "audit"))
    first = "-" if not features and rng.random() < 0.2 else name
    rest: tuple[str, ...] = {
        "diagnose": ("--target", "y", "--sizes", "4,8", "--steps", "20", "--cost", "matrix-sign=1"),
        "fit": ("--draws", "10", "--form", rng.choice(OPTIONS["fit"][1]["--form"])),
        "forecast": ("--draws", "100", "--at", "5x"),
        "plan": ("--question", "muon > adamw at 10x", "--budget", "1e20"),
        "audit": ("--parameters", "law.toml"),
    }[command]
    if rng.random() < 0.3:
        rest += ("--json",)
    return Input(
        number, "tables", (command, first, *rest), {name: content, "law.toml": LAW}, content if first == "-" else b""
    )


def an_array(rng: random.Random) -> np.ndarray:
    """An array that may be what diagnose reads, or is nothing."""
    draws = np.random.default_rng(rng.randrange(2**32))
    usual = draws.standard_normal((40, 6)) / np.arange(1, 7)
    kinds: tuple[Callable[[], np.ndarray], ...] = (
        *(lambda: usual, lambda: np.arange(1, 60.0) ** -2, lambda: usual @ usual.T, lambda: np.ones(50)),
        lambda: np.array(3.0),
        *(lambda: np.zeros((0, 4)), lambda: np.zeros(0), lambda: usual[:, :1], lambda: usual[:1], lambda: np.eye(9)),
        *(lambda: usual.astype(complex), lambda: usual > 0, lambda: usual.astype("S4"), lambda: np.array(["a", "b"])),
        *(lambda: usual * 1e300, lambda: usual * 1e-300, lambda: np.where(usual > 1, np.nan, usual)),
        lambda: usual * np.inf,
        *(lambda: usual.astype("f2"), lambda: (usual * 9).astype("i1"), lambda: usual[None, None]),
        lambda: -np.arange(1, 9.0),
        *(lambda: np.array([{"a": 1}], dtype=object), lambda: np.zeros(5, dtype="datetime64[s]")),
        lambda: np.full(60, 1e308),
        *(lambda: np.zeros((40, 6)), lambda: np.arange(40), lambda: np.array([(1, 2.0)], dtype="i4,f8")),
        lambda: usual.T,
    )
    with np.errstate(all="ignore"):
        return rng.choice(kinds)()


def of_arrays(number: int, rng: random.Random) -> Input:
    """A file of arrays, whole or with bytes changed, for diagnose."""
    first = an_array(rng)
    way = rng.randrange(5)
    if way == 0:
        name, content = "a.npy", saved(first)
        if rng.random() < 0.2:
            shape = rng.choice((10**30, 10**12, 2**63, -1, 10**9))
            header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape},), }}".ljust(117).encode() + b"\n"
            content = b"\x93NUMPY\x01\x00v\x00" + header + b"\x00" * 80
    elif way == 1:
        keys = rng.sample(
            ("X", "y", "K", "X_train", "y_train", "eigenvalues", "energies", "a", "\u202ex"), k=rng.randrange(1, 4)
        )
        name, content = "a.npz", packed({key: an_array(rng) for key in keys}, rng.random() < 0.5)
    elif way == 2:
        name, content = (
            "a.csv",
            "\n".join(" ".join(map(str, np.atleast_1d(row))) for row in np.atleast_1d(first)).encode(),
        )
    elif way == 3:
        from scipy.io import savemat

        made = io.BytesIO()
        number_kinds = first if first.dtype.kind in "fiucb" else np.ones((3, 3))
        savemat(made, {"X": number_kinds, "y": np.arange(len(np.atleast_1d(number_kinds)), dtype=float)})
        name, content = "a.mat", made.getvalue()
    else:
        head = json.dumps(
            {"X": {"dtype": rng.choice(("F64", "F32", "BF16", "Q9")), "shape": [4, 5], "data_offsets": [0, 160]}}
        )
        name, content = "a.safetensors", len(head).to_bytes(8, "little") + head.encode() + bytes(range(160))
    if rng.random() < 0.5:
        content = broken(rng, content)
    if rng.random() < 0.1:
        name = rng.choice(("a.npy", "a.npz", "a.csv", "a.mat", "a.safetensors", "a.txt", "a", "a\x1b[31m.npy"))
    arguments = ["diagnose", name, "--sizes", "4,8", "--steps", "20", "--cost", "matrix-sign=1"]
    if rng.random() < 0.4:
        arguments += ["--target", rng.choice(("0", "y", "-1", "5", "10**9"))]
    if rng.random() < 0.2:
        arguments += ["--features", "relu"]
    if rng.random() < 0.4:
        arguments.append("--json")
    return Input(number, "arrays", tuple(arguments), {name: content})


JSON = (
    *("null", "-5", "0.5", '"0.5"', "[]", "{}", "1e999", "NaN", "true", "9" * 400, "[" * 100_000),
    '"' + "x" * 1000 + '"',
    *('"\u202e"', "[[[]]]", '{"a": 1}', "-1e308", "0", '"../../x"'),
)


def of_stores(number: int, rng: random.Random) -> Input:
    """The small run with one of its files changed, gone or made something else, for compare or simulate."""
    way = rng.random()
    changed: dict[str, bytes] = {"store/": b""}
    if way > 0.05:
        names = sorted(small_run())
        target = rng.choice(names)
        content = small_run()[target]
        if way < 0.5 and target.endswith(".json"):
            text = content.decode()
            numbers = list(re.finditer(r'(?<=: )("[^"]*"|-?[\d.e+-]+|\[[^\[\]]*\]|true|false|null)', text))
            if numbers:
                at = rng.choice(numbers)
                text = text[: at.start()] + rng.choice(JSON) + text[at.end() :]
            changed[f"store/{target}"] = text.encode("utf-8", "surrogatepass")
        else:
            changed[f"store/{target}"] = rng.choice(
                (broken(rng, content), broken(rng, content), b"", b"[" * 100_000, b"null")
            )
    if rng.random() < 0.6:
        arguments: tuple[str, ...] = ("compare", "store")
    else:
        arguments = ("simulate", "tiny.toml", "--out", "store")
        changed["tiny.toml"] = tiny().encode()
    return Input(
        number, "stores", (*arguments, *(("--json",) if rng.random() < 0.5 else ())), changed, b"", way <= 0.05
    )


_RUN: dict[str, bytes] = {}


def small_run() -> dict[str, bytes]:
    """The files of a finished run of the small experiment, made once."""
    if not _RUN:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "tiny.toml")
            source.write_text(tiny())
            call = ["simulate", str(source), "--out", str(Path(folder, "run"))]
            done = subprocess.run([*PROGRAM, *call], capture_output=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(done.stderr.decode())
            found = (path for path in Path(folder, "run").rglob("*") if path.is_file())
            _RUN.update({path.relative_to(Path(folder, "run")).as_posix(): path.read_bytes() for path in found})
    return _RUN


KINDS: dict[str, tuple[Callable[[int, random.Random], Input], int]] = {
    "options": (of_options, 5),
    "toml": (of_toml, 2),
    "tables": (of_tables, 3),
    "arrays": (of_arrays, 3),
    "stores": (of_stores, 2),
}


def made(number: int, only: tuple[str, ...] = tuple(KINDS)) -> Input:
    """The input of a number."""
    rng = random.Random(f"{SEED} {number}")
    kind = rng.choices(only, [KINDS[name][1] for name in only])[0]
    return KINDS[kind][0](number, rng)


# Calls ----------------------------------------------------------------------------------------------------------------

PROGRAM = [sys.executable, "-c", "from optscaling.cli import main; main()"]


def lay_out(given: Input, folder: Path) -> None:
    """Write the files of an input into an empty folder."""
    for name, content in given.files.items():
        if name.endswith("/"):
            for inner, inside in small_run().items():
                (folder / name / inner).parent.mkdir(parents=True, exist_ok=True)
                (folder / name / inner).write_bytes(inside)
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def seconds_now() -> float:
    """Processor time of this process and its children."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TooLong in what takes more processor time, again each second, for library code swallows exceptions."""

    def stop(number: int, frame: object) -> None:
        raise TooLong

    usual = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, usual)


def peak_since_reset() -> float:
    """Largest resident memory since the last call, bytes; 0 where the system does not tell."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0.0
    return float(found[1]) * 1024 if found else 0.0


def called(given: Input, folder: Path) -> Outcome:
    """The outcome of an input in this process, in the folder."""
    from optscaling.cli.program import program

    lay_out(given, folder)
    before, usual_in, usual_at = seconds_now(), sys.stdin, os.getcwd()
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code: int | None = None
    peak_since_reset()
    os.chdir(folder)
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.stdin), "utf-8")
    try:
        with redirect_stdout(out), redirect_stderr(err), within(3 * CPU):
            code = program.main([*given.arguments], prog_name="optscaling", standalone_mode=False) or 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else None
    except (Exception, TooLong):
        err.write(traceback.format_exc())
    finally:
        sys.stdin = usual_in
        os.chdir(usual_at)
    peak = peak_since_reset()
    texts = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]  # type: ignore[attr-defined]
    return Outcome(code, texts[0], texts[1], seconds_now() - before, peak)


def process(given: Input, folder: Path) -> Outcome:
    """The outcome of an input as a process of its own, stopped after a minute."""
    lay_out(given, folder)
    arguments = [each.replace("\x00", "") for each in given.arguments]
    before, memory = resource.getrusage(resource.RUSAGE_CHILDREN), 0.0
    with subprocess.Popen(
        [*PROGRAM, *(a[:100_000] for a in arguments)],
        **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": folder},
    ) as child:
        try:
            out, err = child.communicate(given.stdin, timeout=120)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Outcome(child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), seconds, memory)


def faults(given: Input, came: Outcome) -> list[str]:
    """What is wrong with an outcome, in words; nothing where all is right."""
    found = []
    if came.code not in (0, 1, 2):
        found.append(f"exit code {came.code}")
    if "Traceback (most recent call last)" in came.err:
        found.append(f"traceback: {came.err.strip().splitlines()[-1][:200]}")
    elif came.code in (1, 2):
        if not re.fullmatch(r"optscaling: [^\n]+\n", PROGRESS.sub("", came.err)):
            found.append("no single sentence of its own")
        if len(came.err) > SENTENCE:
            found.append(f"a sentence of {len(came.err)} characters")
    elif came.code == 0 and re.search(r"Warning|Error", came.err):
        found.append("a warning of a library")
    if given.whole and came.code != 0:
        found.append("a whole input is refused")
    shown = UNSEEN.search(came.out + came.err)
    if shown:
        found.append(f"{shown[0]!r} is echoed")
    if came.code == 0 and "--json" in given.arguments and not is_json(came.out):
        found.append("no JSON")
    if came.seconds > CPU:
        found.append(f"{came.seconds:.0f} s of processor time")
    if came.memory > MEMORY:
        found.append(f"{came.memory / 1e9:.1f} GB")
    return found


PROGRESS = re.compile(r"^\w+ \d+%.*\n", re.MULTILINE)


def is_json(text: str) -> bool:
    """Whether a text is one JSON object, or the help that --help asks for."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return text.startswith("Usage: ")


def shown(given: Input) -> str:
    """The command line of an input, long values cut."""
    return " ".join(repr(a if len(a) < 60 else f"{a[:30]}... ({len(a)})") for a in given.arguments)


# A child each hundred -------------------------------------------------------------------------------------------------


def keep_report(folder: Path, given: Input, came: Outcome, told: list[str]) -> None:
    """Write what a faulty input was and said."""
    head = f"{shown(given)}\n{told}\n{came.seconds:.2f} s, {came.memory / 1e9:.2f} GB"
    text = f"{head}\n--- out\n{came.out[:3000]}\n--- err\n{came.err[-6000:]}"
    (folder / f"{given.number}.txt").write_text(text, "utf-8", "backslashreplace")


def in_child(
    numbers: range, only: tuple[str, ...], keep: Path | None
) -> list[tuple[int, str, list[str], float, float]]:
    """Number, kind, faults, seconds and memory of inputs, each run in a forked process that is given up afterwards."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            with os.fdopen(write, "w") as answers:
                for number in numbers:
                    given = made(number, only)
                    answers.write(f"{json.dumps([number, given.kind, None, 0, 0])}\n")
                    answers.flush()
                    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                        came = called(given, Path(folder))
                    told = faults(given, came)
                    if told and keep is not None:
                        keep_report(keep, given, came, told)
                    answers.write(f"{json.dumps([number, given.kind, told, came.seconds, came.memory])}\n")
                    answers.flush()
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    done: dict[int, tuple[int, str, list[str], float, float]] = {}
    with os.fdopen(read) as answers:
        for line in answers:
            number, kind, told, seconds, memory = json.loads(line)
            done[number] = (number, kind, ["the process was killed"] if told is None else told, seconds, memory)
    os.waitpid(child, 0)
    return list(done.values())


def main() -> None:
    """Run the inputs and print the counts."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--inputs", type=int, default=10_000)
    asked.add_argument("--processes", type=int, default=200)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--only", nargs="*", default=list(KINDS), choices=list(KINDS))
    asked.add_argument("--keep", type=Path, help="a folder for what the faulty ones said")
    given = asked.parse_args()
    only = tuple(given.only)
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
    small_run()
    results: list[tuple[int, str, list[str], float, float]] = []
    first, last = given.first, given.first + given.inputs
    while first < last:
        batch = in_child(range(first, min(first + 100, last)), only, given.keep)
        results += batch
        first = max((number for number, *_ in batch), default=first) + 1  # after a kill, on with the next
        print(
            f"{first - given.first} inputs, {sum(bool(told) for _, _, told, _, _ in results)} faults", file=sys.stderr
        )
    for number in range(given.first, given.first + given.processes):
        one = made(10_000_000 + number, only)
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        came = process(one, folder)
        shutil.rmtree(folder, ignore_errors=True)
        told = faults(one, came)
        results.append((one.number, "process", told, came.seconds, came.memory))
        if told and given.keep is not None:
            keep_report(given.keep, one, came, told)
    for number, kind, told, _, _ in results:
        if told:
            print(f"{number} ({kind}): {'; '.join(told)}")
    for kind in (*only, "process"):
        of_kind = [each for each in results if each[1] == kind]
        if of_kind:
            slowest = max(seconds for *_, seconds, _ in of_kind)
            largest = max(memory for *_, memory in of_kind)
            wrong = Counter(bool(told) for _, _, told, _, _ in of_kind)[True]
            print(
                f"{kind}: {len(of_kind)} inputs, {wrong} faults, slowest {slowest:.1f} s, most {largest / 1e9:.2f} GB"
            )


if __name__ == "__main__":
    main()
