"""What a column's name says that it is, by whole words: `batch_size` is no size and `loss_std` no loss."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

Role = Literal[
    "size", "tokens", "compute", "loss", "optimizer", "step", "seed", "hyper-parameter", "state", "index", "mark",
    "other", "by", "run", "metric",
]  # fmt: skip
ROLES: tuple[str, ...] = get_args(Role)

_SPREAD = {
    "std",
    "stddev",
    "sd",
    "sem",
    "stderr",
    "se",
    "var",
    "variance",
    "low",
    "high",
    "lower",
    "upper",
    "ci",
    "min",
    "max",
}
_RATE = {"per", "second", "seconds", "sec", "s", "throughput", "rate", "mfu", "hfu", "utilization", "speed", "hour"}
_HYPER = {
    "lr", "wd", "eta", "momentum", "beta", "beta1", "beta2", "betas", "warmup", "batch", "bs", "eps", "epsilon", "clip",
    "dropout", "nesterov", "decay", "damping", "ridge", "schedule", "scheduler", "cooldown",
}  # fmt: skip
_AUXILIARY = {
    "z", "aux", "auxiliary", "router", "balance", "grad", "scale", "weight", "weights", "norm", "regularization", "reg",
    "kl", "delta", "diff", "gap", "coef", "coefficient", "function", "fn", "smoothing", "type", "name", "step", "steps",
}  # fmt: skip
_VALIDATION = {"val", "valid", "validation", "eval", "evaluation", "test", "heldout", "holdout", "dev", "paloma"}
_TRAINING = {"train", "training", "minibatch"}
_LOSSES = (
    "loss", "losses", "bpb", "nll", "ce", "xent", "entropy", "perplexity", "ppl", "risk", "mse", "rmse", "mae", "error",
    "err", "l", "value",
)  # fmt: skip
_IGNORED = {
    "created", "runtime", "duration", "time", "timestamp", "date", "user", "host", "hostname", "gpu", "gpus",
    "device", "hardware", "path", "commit", "url", "throughput", "mfu", "hfu", "memory", "wall", "walltime",
    "finished", "updated", "started", "entity", "heartbeat", "sha", "author",
}  # fmt: skip
# whole names, without blanks and hyphens, by which a column without a telling name is known to hold optimizers
OPTIMIZERS = {
    "adam", "adamw", "adamax", "adafactor", "adagrad", "adamini", "adammini", "ademamix", "adopt", "cautious", "dion",
    "galore", "gd", "kfac", "kron", "lamb", "lars", "lion", "mars", "momentum", "muon", "nadam", "nadamw", "nesterov",
    "prodigy", "psgd", "rmsprop", "schedulefree", "scion", "sgd", "sgdm", "shampoo", "signsgd", "signum", "soap",
    "sophia", "tiger",
}  # fmt: skip
_LOGARITHMS = {"log", "log10", "log2", "ln", "logn"}


@dataclass(frozen=True)
class NameReading:
    """What a name says. rank: among names for one role the smallest is the best. why: in a few words."""

    role: Role
    rank: float
    why: str


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case.

    >>> words_of("model.nParams"), words_of("train/loss"), words_of("step_size")
    (['model', 'n', 'params'], ['train', 'loss'], ['step', 'size'])
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word for word in re.split(r"[^A-Za-z0-9]+", parted.replace("µ", "u")) if word for word in [word.lower()]]


def read_name(name: str) -> NameReading:
    """The role that a name gives by itself.

    >>> [read_name(name).role for name in ("N", "n_params", "batch_size", "val/loss", "loss_std", "optimizer.lr")]
    ['size', 'size', 'hyper-parameter', 'loss', 'metric', 'hyper-parameter']
    """
    words = words_of(name)
    if len(words) > 1 and words[-1] == "value":  # as exports of sweeps write every setting
        words = words[:-1]
    for rule in (_index, _mark, _logarithm, _hyper, _optimizer, _step_or_seed, _loss, _amount, _size):
        found = rule(name, words, set(words))
        if found is not None:
            return NameReading(found.role, found.rank + 0.01 * len(words) + ("label" in words), found.why)
    if set(words) & _IGNORED:
        return NameReading("other", 0, "about the run, not its setting")
    return NameReading("other", 9, "its name says nothing")


def _index(name: str, words: list[str], among: set[str]) -> NameReading | None:
    if not words or "unnamed" in among or words in (["index"], ["row"], ["idx"], ["level", "0"]):
        return NameReading("index", 0, "an index")
    last = words[-1]
    if words in (["name"], ["run"], ["id"], ["experiment"], ["display", "name"]) or (
        last in ("id", "name", "hash", "uuid")
        and among & {"run", "experiment", "exp", "job", "wandb", "trial", "display"}
    ):
        return NameReading("run", 0, "names the run")
    if words in (["state"], ["status"], ["run", "state"], ["run", "status"]):
        return NameReading("state", 0, "state of the run")
    return None


def _mark(name: str, words: list[str], among: set[str]) -> NameReading | None:
    if not words:
        return None
    if words[-1] in (
        "edge",
        "flag",
        "flags",
        "caveat",
        "caveats",
        "note",
        "notes",
        "warning",
        "warnings",
        "outlier",
        "comment",
    ):
        return NameReading("mark", 0, "a remark on the run")
    return None


def is_logarithm(name: str) -> bool:
    """Whether a name is that of the logarithm of a size, of tokens or of compute; `log_loss` is the cross-entropy.

    >>> [is_logarithm(name) for name in ("log_params", "ln N", "log10(flops)", "log_loss", "logits")]
    [True, True, True, False, False]
    """
    words = words_of(name)
    if len(words) < 2 or words[0] not in _LOGARITHMS:
        return False
    amount = re.sub(r"^\W*(log10|log2|logn|log|ln)[\W_]*", "", name, flags=re.IGNORECASE).rstrip(")] ")
    found = [rule(amount, words[1:], set(words[1:])) for rule in (_amount, _size)]
    return any(each is not None and each.role in ("size", "tokens", "compute") for each in found)


def _logarithm(name: str, words: list[str], among: set[str]) -> NameReading | None:
    return NameReading("metric", 9, "a logarithm, where the amount itself is wanted") if is_logarithm(name) else None


def _hyper(name: str, words: list[str], among: set[str]) -> NameReading | None:
    pairs = set(pairwise(words))
    if ("step", "size") in pairs or ("learning", "rate") in pairs or ("weight", "decay") in pairs:
        return NameReading("hyper-parameter", 0, "a setting of the optimizer")
    if (among & _HYPER and not among & {"loss", "tokens", "optimizer"}) or among & {"lr", "wd"}:
        return NameReading("hyper-parameter", 0, "a setting of the optimizer")
    if "optimizer" in among and words[-1] not in ("optimizer", "name", "type", "class", "kind"):
        return NameReading("hyper-parameter", 0, "a setting of the optimizer")
    return None


def _optimizer(name: str, words: list[str], among: set[str]) -> NameReading | None:
    known = {"optimizer", "optimiser", "optim", "opt"}
    last = words[-1]
    if last in known or (last in ("name", "type", "class", "kind") and among & known):
        return NameReading("optimizer", 0 if last in ("optimizer", "optimiser", "name") else 1, "the optimizer's name")
    if words in (["method"], ["algorithm"], ["algo"]):
        return NameReading("optimizer", 5, "a method's name")
    return None


def _step_or_seed(name: str, words: list[str], among: set[str]) -> NameReading | None:
    if among & {"seed", "replicate", "replica", "repeat", "rep"} or words == ["trial"]:
        return NameReading("seed", 0, "repeats of one setting")
    steps = ("step", "steps", "iter", "iters", "iteration", "iterations", "epoch", "epochs")
    if words and words[-1] in steps and not among & (_RATE | {"n", "warmup", "ns"}):
        return NameReading("step", steps.index(words[-1]), "where in training")
    return None


def _loss(name: str, words: list[str], among: set[str]) -> NameReading | None:
    bits = "bits" in among and {("per", "byte"), ("per", "char"), ("per", "character")} & set(pairwise(words))
    kind = 2 if bits else next((k for k, word in enumerate(_LOSSES) if word in among), None)
    if kind is None or (words[-1] in ("bits",)):
        return None
    if _LOSSES[kind] == "l" and (name != "L" and words != ["l"]):
        return None
    if among & (_SPREAD - {"min"}) or among & (_AUXILIARY - {"weight"}) or "accuracy" in among:
        return NameReading("metric", 9, "a spread or another term, no loss")
    where, told = (1, "a loss")
    if among & _VALIDATION:
        where, told = (0, "a validation loss")
    elif among & _TRAINING:
        where, told = (2, "a training loss")
    elif _LOSSES[kind] in ("l", "value"):
        where, told = (3, "may be a loss")
    return NameReading("loss", 100 * where + kind, told)


def _amount(name: str, words: list[str], among: set[str]) -> NameReading | None:
    if among & _RATE - {"s"} or among & {"batch", "vocab", "vocabulary", "sequence", "seq", "context"}:
        return NameReading("metric", 9, "a rate or a length") if among & {"tokens", "flops", "flop", "token"} else None
    if among & {"tokens", "toks"} or name == "D" or words == ["d"]:
        return NameReading("tokens", 0 if "tokens" in among else 1, "training tokens")
    if among & {"flops", "flop", "compute", "pflops", "budget"} or name == "C" or words == ["c"]:
        return NameReading("compute", "hardware" in among, "training compute")
    return None


def _size(name: str, words: list[str], among: set[str]) -> NameReading | None:
    if among & {
        "file",
        "cache",
        "chunk",
        "pool",
        "world",
        "vocab",
        "dataset",
        "sample",
        "grid",
        "loss",
        "bucket",
        "head",
    }:
        return None
    if among & {"params", "parameters", "param", "nparams", "parameter"}:
        inner = among & {
            "nonembed",
            "embed",
            "embedding",
            "non",
            "active",
            "nonembedding",
            "body",
            "trainable",
            "total",
        }
        return NameReading("size", 1 if inner else 0, "parameters")
    if name == "N":
        return NameReading("size", 2, "N")
    if words in (["size"], ["model", "size"], ["n"], ["model"], ["scale"]):
        return NameReading("size", 3 if words != ["n"] else 4, "a size")
    if among & {"width", "dim", "hidden", "features"} and len(words) <= 2:
        return NameReading("size", 5 if among & {"width"} else 6, "a width")
    return None
