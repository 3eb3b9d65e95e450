"""What differs between optimizers: paired differences, speed-ups, the choice of exponents; real runs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from scipy.stats import binom

from optscaling.compare.figures.loss_laws import plot_fit
from optscaling.compare.loss_laws.exponent_choice import choose_exponents
from optscaling.compare.loss_laws.loss_table import Series, read_lines, read_losses
from optscaling.compare.loss_laws.paired_difference import paired_difference
from optscaling.compare.loss_laws.result import LossFits
from optscaling.compare.loss_laws.speedup import fieller, speedup
from optscaling.compare.loss_laws.table_fits import fit_losses
from optscaling.errors import InputError

DATA = Path(__file__).parents[2] / "data"
RANKS = {  # log-log least squares of the source, 95 % t intervals
    ("AdamW", "soft_rank"): (0.6606, 0.5465, 0.7747),
    ("AdamW", "hard_rank"): (0.2887, -0.1152, 0.6926),
    ("Dion (1/2)", "soft_rank"): (0.9199, 0.8354, 1.0045),
    ("Dion (1/2)", "hard_rank"): (0.7870, 0.6318, 0.9422),
    ("Dion (1/16)", "soft_rank"): (0.7444, 0.7078, 0.7810),
    ("Dion (1/16)", "hard_rank"): (0.5003, 0.4186, 0.5820),
    ("Muon", "soft_rank"): (0.9581, 0.7116, 1.2046),
    ("Muon", "hard_rank"): (0.8206, 0.0820, 1.5593),
    ("NorMuon", "soft_rank"): (1.0067, 0.8584, 1.1550),
    ("NorMuon", "hard_rank"): (0.7984, 0.0944, 1.5023),
}


def series(name: str, sizes: np.ndarray, losses: np.ndarray, **marks: int) -> Series:
    return Series(name, (), sizes, losses, None, {(k, "1"): v for k, v in marks.items()}, len(sizes))


def marin(size: str = "params", **options: object) -> LossFits:
    table = read_losses(DATA / "marin_speedrun.csv", size=size, by=["family", "series"], best=True)
    return fit_losses(table, "power", draws=0, **options)  # type: ignore[arg-type]


def test_spectral_ranks_to_four_digits() -> None:
    table = read_losses(DATA / "spectral_rank_points.csv", size="width", loss="value", by=["metric"])
    found = fit_losses(table, "power", draws=0)
    assert len(found.fits) == 10
    for each in found.fits:
        assert each.fit is not None
        assert each.fit.interval is not None
        low, high = each.fit.interval
        values = tuple(round(v, 4) for v in (-each.fit.alpha, -high, -low))
        assert values == RANKS[each.optimizer, each.stratum[0]]
        assert "rises with size" in each.status


def test_marin_runs() -> None:
    found = marin()
    fits = {each.name: each for each in found.fits}
    refused = fits["llama / ladder_2026 / Muon-Kimi"]
    assert refused.fit is None
    assert "not monotone" in refused.status
    assert "at least 2" in fits["qwen3 / ladder_2026 / AdaMuon"].status
    alone = fits["llama / ladder_2025 / AdamC"].fit
    assert alone is not None
    assert alone.stderr is not None
    paired = next(c for c in found.comparison if (c.a, c.b, c.stratum[0]) == ("AdamC", "AdamW", "llama"))
    assert paired.paired
    assert paired.error is not None
    assert paired.error < alone.stderr / 5
    assert paired.undecided
    by_name = {(c.stratum[1], c.a): text for c, text in zip(found.comparison, found.caveats, strict=True)}
    assert any("hybrid_norm" in t and "differs" in t for t in by_name["sweep_2026", "MuonH"])
    assert any("edge of the sweep" in t for t in by_name["sweep_2026", "MuonRemez"])
    assert any("one run" in t.lower() for t in by_name["ladder_2025", "AdamC"])
    assert "differ in more than the optimizer" in found.verdict
    assert {c.stratum for c in found.choice} == {
        ("llama", "ladder_2025"),
        ("qwen3", "ladder_2025"),
        ("qwen3", "sweep_2026"),
    }


def test_what_counts_as_size_moves_alpha_more_than_the_optimizer() -> None:
    def alphas(size: str) -> dict[str, float]:
        return {each.name: each.fit.alpha for each in marin(size).fits if each.fit is not None}

    whole, inner, flops = alphas("params"), alphas("params_nonembed"), alphas("model_flops")
    ladder = [name for name in whole if "ladder_2025" in name]
    spread = max(whole[n] for n in ladder) - min(whole[n] for n in ladder)
    assert all(whole[n] - inner[n] > 2 * spread for n in ladder)
    assert all(whole[n] - flops[n] > 2 * spread for n in ladder)


def test_the_shared_form_on_real_runs() -> None:
    table = read_losses(DATA / "marin_speedrun.csv", by=["family", "series"], best=True, drop=["flag=alt_geometry"])
    found = fit_losses(table, "shared", draws=0)
    shared = {each.fit.alpha for each in found.fits if each.fit is not None and "sweep_2026" in each.name}
    assert len(shared) == 1
    power = fit_losses(table, "power", draws=0)
    separate = [each.fit.alpha for each in power.fits if each.fit is not None and "sweep_2026" in each.name]
    # equal sizes but for a few parameters of extra norms: the mean of the separate ones
    assert shared.pop() == pytest.approx(np.mean(separate), rel=1e-3)


def test_the_paired_interval_holds_the_difference_under_shared_deviations() -> None:
    rng = np.random.default_rng(5)
    sizes = np.geomspace(1e8, 1e9, 4)
    held, draws, single = 0, 400, 0
    for _ in range(draws):
        both = 0.01 * rng.normal(size=4)  # what shape and data do to every optimizer alike
        a, b = (3 * sizes**-e * np.exp(both + 0.001 * rng.normal(size=4)) for e in (0.11, 0.10))
        found = paired_difference(series("a", sizes, a), series("b", sizes, b))
        assert found is not None
        assert found.interval is not None
        held += found.interval[0] <= 0.01 <= found.interval[1]
        single += not found.undecided
    low, high = binom.interval(0.999, draws, 0.95)
    assert low <= held <= high
    assert single > draws / 2


def test_speedup_of_exact_power_laws() -> None:
    sizes = np.geomspace(100, 1e4, 6)
    a, b = series("a", sizes, 2 * sizes**-0.3), series("b", sizes, 3 * sizes**-0.25)
    found = speedup(a, b, "n")
    assert found is not None
    for point in found.points:
        needed = (2 * point.size**-0.3 / 3) ** (-1 / 0.25)
        assert point.value == pytest.approx(needed / point.size, rel=1e-9)
        assert point.beyond == (needed > 1e4)
    assert found.growth == pytest.approx(0.3 / 0.25 - 1)
    assert found.trend == "grows"
    back = speedup(series("a", sizes, 2 * sizes**-0.2), b, "n")
    assert back is not None
    assert back.trend == "attenuates"
    same = speedup(series("a", sizes, 2 * sizes**-0.25), b, "n")
    assert same is not None
    assert same.trend == "holds"


def test_speedup_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(6)
    sizes = np.geomspace(1e2, 1e4, 5)
    draws, held = 400, np.zeros(2, int)
    for _ in range(draws):
        both = 0.02 * rng.normal(size=5)
        a, b = (k * sizes**-e * np.exp(both + 0.01 * rng.normal(size=5)) for k, e in ((2, 0.3), (3, 0.25)))
        found = speedup(series("a", sizes, a), series("b", sizes, b), "n")
        assert found is not None
        last = found.points[-1].interval
        needed = (2 * 1e4**-0.3 / 3) ** -4 / 1e4
        for k, (ends, truth) in enumerate(((last, needed), (found.growth_interval, 0.2))):
            held[k] += ends is None or ends[0] <= truth <= ends[1]
    low, high = binom.interval(0.999, draws, 0.95)
    assert np.all((low <= held) & (held <= high))


def test_fieller_is_the_set_it_says() -> None:
    spread = np.array([[0.04, 0.01], [0.01, 0.02]])
    low, high = fieller(1.0, 1.5, spread, 2.5) or (math.nan, math.nan)
    for rho in (low, high):
        variance = spread[0, 0] - 2 * rho * spread[0, 1] + rho**2 * spread[1, 1]
        assert (1.0 - 1.5 * rho) ** 2 == pytest.approx(6.25 * variance)
    assert fieller(1.0, 0.3, spread, 2.5) is None


@pytest.mark.parametrize(("alphas", "wanted"), [((0.1, 0.1, 0.1), "shared"), ((0.1, 0.12, 0.14), "separate")])
def test_the_choice_of_exponents(alphas: tuple[float, ...], wanted: str) -> None:
    rng = np.random.default_rng(7)
    sizes = np.geomspace(1e8, 1e10, 6)
    both = 0.01 * rng.normal(size=6)
    runs = [
        series(f"o{k}", sizes, (2 + k) * sizes**-a * np.exp(both + 0.001 * rng.normal(size=6)))
        for k, a in enumerate(alphas)
    ]
    found = choose_exponents(runs)
    assert found is not None
    assert found.at_common_sizes
    assert found.verdict in (wanted, "undecided")
    apart = [series(f"o{k}", each.sizes * (1 + 0.1 * k), each.losses) for k, each in enumerate(runs)]
    loose = choose_exponents(apart)
    assert loose is not None
    assert not loose.at_common_sizes
    if wanted == "separate":
        assert found.verdict == "separate"


def test_separate_fits_where_sizes_are_not_common() -> None:
    rows = [f"{o},{n},{2 * n**-a * (1 + 0.01 * (-1) ** k)}" for o, a, m in (("a", 0.3, 1), ("b", 0.2, 1.5)) for k, n in enumerate(m * np.array([10, 30, 100, 300, 1000]))]  # fmt: skip # noqa: E501
    found = fit_losses(read_lines(["optimizer,n,loss", *rows], "t"), "power", baseline="b", draws=0)
    (gap,) = found.comparison
    assert not gap.paired
    assert gap.interval is not None
    assert gap.interval[0] < 0.1 < gap.interval[1]
    assert not found.speedup
    with pytest.raises(InputError, match="no optimizer with an exponent"):
        fit_losses(read_lines(["optimizer,n,loss", *rows], "t"), "power", baseline="zz", draws=0)


def test_what_is_all_refused_is_an_error() -> None:
    with pytest.raises(InputError, match="not monotone"):
        fit_losses(read_lines(["n,loss", "1,1", "2,3", "4,0.9"], "t"), "power")
    with pytest.raises(InputError, match="at least 2 different sizes"):
        fit_losses(read_lines(["n,loss", "1,1"], "t"), "power")
    with pytest.raises(InputError, match="in the window"):
        fit_losses(read_lines(["n,loss", "1,1", "2,0.5"], "t"), window=(5, 9))


def test_the_figure() -> None:
    found = marin()
    left = plot_fit(found)
    assert isinstance(left, Axes)
    assert len(left.figure.axes) == 2
    rows = [f"$\\frac,{n},{0.3 + 2 * n**-0.4}" for n in (10, 20, 40, 80, 160, 320)]
    for form in ("power", "offset", "broken", "shared", "auto"):
        one = fit_losses(read_lines(["optimizer,n,loss", *rows], "t"), form, draws=0)  # type: ignore[arg-type]
        ax = plot_fit(one)
        ax.figure.canvas.draw()
        assert plot_fit(one, ax) is ax
