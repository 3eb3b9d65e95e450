"""Terms of noise: stochastic gradients, labels, and finite samples."""

from __future__ import annotations

from dataclasses import replace

import sympy
from sympy.logic.boolalg import Boolean

from ..symbolic import DEFILIPPIS, FERBACH, PAQUETTE, Monomial, R, S
from .learning_law import Law
from .spectral_rate import flow_integral
from .term import ROUGH, Term

_ONE = sympy.S.One


def kernel(law: Law) -> Term:
    """Gradient noise of one-pass steps that is not forgotten yet, (eta/B) sum over unlearned modes of x^(2q).

    (eta/B) x*^(2q - 1/(1+s)) where the sum converges, (1+s) 2q > 1: for q = 1 (eta/B) (eta T)^-(2 - 1/(1+s)) with
    prefactor Gamma(2-1/(1+s))/(1+s) 2^-(2-1/(1+s)). It is gone once the last of N modes is learned.
    """
    doubled = 2 * law.step_order
    power = 2 - 1 / (1 + S)
    prefactor = flow_integral(power, _ONE, sympy.Integer(2)) if law.order == 1 else None
    rest = Monomial(batch=_ONE, rate=-_ONE)
    return Term(
        "noise",
        "noise-limited (stochastic gradients)",
        tuple(rest * clock ** (doubled - 1 / (1 + S)) for clock in law.clocks),
        ((summable(law), True),),
        until=None if law.order == 1 else _edge(law),
        coefficient=prefactor if not law.momentum else None,
        sharp=sympy.Gt(S, -sympy.Rational(1, 2)),
        sources=(PAQUETTE,) if not law.momentum else (PAQUETTE, FERBACH),
    )


def flat_kernel(law: Law) -> Term:
    """The same where the sum diverges at small x: (eta/B) N^(1 - 2q(1+s)) until the last mode is learned."""
    size = 2 * law.step_order * (1 + S) - 1
    return replace(
        kernel(law),
        monomials=(Monomial(size=sympy.expand(size), batch=_ONE, rate=-_ONE),),
        when=((summable(law), False),),
        until=_edge(law),
        coefficient=None,
    )


def summable(law: Law) -> Boolean:
    """Whether the kernel's sum over modes converges, 2q (1+s) > 1."""
    return sympy.Gt(S, 1 / (2 * law.step_order) - 1)


def _edge(law: Law) -> Monomial:
    """x* over the smallest eigenvalue of N features, N^-(1+s): below 1 once all are learned."""
    (clock,) = law.clocks[:1]
    return clock * Monomial(size=-(1 + S))


def label_noise(law: Law) -> tuple[Term, ...]:
    """What labels with noise leave at a constant step: (eta/B) sum over learned modes of x^q, with 1 + s' = (1+s) q.

    s' > 0: eta/B. Beyond, with eta theta = eta T: (eta/B) min(k*, N)^-s' down to s' = -1/2, and below, where the least
    eigenvalues hold most of it, (eta/B) N^-s' min(1, eta T N^-(1+s')). For momentum that grows with t only s' > 0.
    """
    rest = Monomial(batch=_ONE, rate=-_ONE)
    inner = law.preconditioned
    light, half = sympy.Gt(S, 1 / law.step_order - 1), summable(law)
    flat = Term("label noise", "noise-limited (labels, constant step)", (rest,), ((light, True),), sources=(PAQUETTE,))
    if law.momentum:
        return (replace(flat, sources=(PAQUETTE, FERBACH)),)
    full = rest * Monomial(size=inner)
    growing = tuple(rest * clock ** (inner / (1 + S)) for clock in law.clocks)
    early = full * Monomial(size=1 + inner, steps=-_ONE, rate=-_ONE)
    return (
        flat,
        replace(flat, monomials=(*growing, full), when=((light, False), (half, True))),
        replace(flat, monomials=(early, full), when=((half, False),)),
    )


def sampled(law: Law, noise: bool) -> tuple[Term, ...]:
    """What n samples add to a full-batch method: modes beyond n, what sampling mixes up, and label noise.

    For s > 0 (a trace that diverges with dim acts as a ridge, and fewer than n modes are learned).
    n^-r and n^-2(1+s) for min(r, 2(1+s)); N^-1 n^-s as distortion with k* = n; (1/n) (sum_k E_k/lambda_k^2)
    (sum_k lambda_k^2 h^2) = n^-1 k*^-(1+2s), the sampling error that learned modes feed into the others.
    """
    limit = "sample-limited"
    found = [
        Term("samples", limit, (Monomial(samples=R),), sources=(DEFILIPPIS,)),
        Term("saturation", limit, (Monomial(samples=2 * (1 + S)),), sources=(DEFILIPPIS,)),
        Term(
            "sampled distortion",
            limit,
            (Monomial(size=_ONE, samples=S),),
            ((ROUGH, False),),
            sources=(DEFILIPPIS,),
        ),
    ]
    if law.kind == "power" and law.tail is None:
        each = Monomial(samples=_ONE)
        (clock,) = law.clocks
        found.append(Term("fluctuation", limit, (each * clock ** ((1 + 2 * S) / (1 + S)),)))
    return (*found, *(variance(law) if noise else ()))


def variance(law: Law) -> tuple[Term, ...]:
    """Label noise times (1/n) sum (1-h)^2, the number of modes fitted: min(k*, N, n)/n.

    Where (1+s) q <= 1/2 for a rate x^q the sum is held by the modes that are fitted least, up to M = min(N, n):
    (M/n) (k*/M)^(2 (1+s) q).
    """
    limit = "noise-limited (labels)"
    each = Monomial(samples=_ONE)
    full = (each * Monomial(size=-_ONE), Monomial())
    if law.kind != "power":
        return (Term("variance", limit, full, sources=(DEFILIPPIS,)),)
    (clock,) = law.clocks
    order = _ONE if law.pace is None else law.pace.order
    many = clock ** (-1 / (1 + S))  # k*
    steep = sympy.Gt(S, 1 / (2 * order) - 1)
    power = 2 * (1 + S) * order
    spread = clock ** (-2 * order)  # k*^(2a)
    flat = (Monomial(size=power - 1, samples=_ONE) * spread, Monomial(samples=power) * spread)
    return (
        Term("variance", limit, (each * many, *full), ((steep, True),), sources=(DEFILIPPIS,)),
        Term("variance", limit, (*flat, *full), ((steep, False),), sources=(DEFILIPPIS,)),
    )
