"""Sources: the papers that a statement of the theory rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One paper.

    Args:
        key: Its BibTeX key.
        authors: Names, in the order of the paper.
        title: As printed.
        year: Of publication.
        venue: Journal and volume, or arXiv number.
        arxiv: The arXiv number; None where there is none.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    year: int
    venue: str
    arxiv: str | None = None

    def __str__(self) -> str:
        names = " and ".join([", ".join(self.authors[:-1]), self.authors[-1]] if self.authors[:-1] else self.authors)
        return f"{names} ({self.year}). {self.title}. {self.venue}."

    @property
    def bibtex(self) -> str:
        """A BibTeX entry."""
        kind, place = ("misc", "howpublished") if self.venue.startswith("arXiv") else ("article", "journal")
        fields = {
            "author": " and ".join(self.authors),
            "title": "{" + self.title + "}",
            "year": str(self.year),
            place: self.venue,
        }
        if self.arxiv is not None:
            fields |= {"eprint": self.arxiv, "archiveprefix": "arXiv"}
        body = ",\n".join(f"  {name} = {{{text}}}" for name, text in fields.items())
        return f"@{kind}{{{self.key},\n{body}\n}}"


RAMANI_JAIN = Source(
    key="ramani2026optimizer",
    authors=("Vansh Ramani", "Shourya Vir Jain"),
    title="On the Optimizer Dependence of Neural Scaling Laws",
    year=2026,
    venue="arXiv:2605.29387",
    arxiv="2605.29387",
)
VELIKANOV_YAROTSKY = Source(
    key="velikanov2024tight",
    authors=("Maksim Velikanov", "Dmitry Yarotsky"),
    title="Tight Convergence Rate Bounds for Optimization Under Power Law Spectral Conditions",
    year=2024,
    venue="Journal of Machine Learning Research 25(81):1-78",
)
PAQUETTE = Source(
    key="paquette2024phases",
    authors=("Elliot Paquette", "Courtney Paquette", "Lechao Xiao", "Jeffrey Pennington"),
    title="4+3 Phases of Compute-Optimal Neural Scaling Laws",
    year=2024,
    venue="arXiv:2405.15074",
    arxiv="2405.15074",
)
MALONEY = Source(
    key="maloney2022solvable",
    authors=("Alexander Maloney", "Daniel A. Roberts", "James Sully"),
    title="A Solvable Model of Neural Scaling Laws",
    year=2022,
    venue="arXiv:2210.16859",
    arxiv="2210.16859",
)
KUNSTNER_BACH = Source(
    key="kunstner2025zipf",
    authors=("Frederik Kunstner", "Francis Bach"),
    title="Scaling Laws for Gradient Descent and Sign Descent for Linear Bigram Models under Zipf's Law",
    year=2025,
    venue="arXiv:2505.19227",
    arxiv="2505.19227",
)
FERBACH = Source(
    key="ferbach2025dana",
    authors=("Damien Ferbach", "Katie Everett", "Gauthier Gidel", "Elliot Paquette", "Courtney Paquette"),
    title="Dimension-adapted Momentum Outscales SGD",
    year=2025,
    venue="arXiv:2505.16098",
    arxiv="2505.16098",
)
DEFILIPPIS = Source(
    key="defilippis2024dimension",
    authors=("Leonardo Defilippis", "Bruno Loureiro", "Theodor Misiakiewicz"),
    title="Dimension-free deterministic equivalents and scaling laws for random feature regression",
    year=2024,
    venue="arXiv:2405.15699",
    arxiv="2405.15699",
)
AMARI = Source(
    key="amari2021preconditioning",
    authors=(
        "Shun-ichi Amari",
        "Jimmy Ba",
        "Roger Grosse",
        "Xuechen Li",
        "Atsushi Nitanda",
        "Taiji Suzuki",
        "Denny Wu",
        "Ji Xu",
    ),
    title="When does preconditioning help or hurt generalization?",
    year=2021,
    venue="arXiv:2006.10732",
    arxiv="2006.10732",
)
FUNCTIONAL_SCALING = Source(
    key="li2025functional",
    authors=("Binghui Li", "Fengling Chen", "Zixun Huang", "Lean Wang", "Lei Wu"),
    title="Functional Scaling Laws in Kernel Regression: Loss Dynamics and Learning Rate Schedules",
    year=2025,
    venue="arXiv:2509.19189",
    arxiv="2509.19189",
)
OPTIMAL_SCHEDULES = Source(
    key="li2026optimal",
    authors=("Binghui Li", "Zilin Wang", "Fengling Chen", "Shiyang Zhao", "Ruiheng Zheng", "Lei Wu"),
    title="Optimal Learning-Rate Schedules under Functional Scaling Laws: Power Decay and Warmup-Stable-Decay",
    year=2026,
    venue="arXiv:2602.06797",
    arxiv="2602.06797",
)

SOURCES: tuple[Source, ...] = (
    RAMANI_JAIN,
    VELIKANOV_YAROTSKY,
    PAQUETTE,
    MALONEY,
    KUNSTNER_BACH,
    FERBACH,
    DEFILIPPIS,
    AMARI,
    FUNCTIONAL_SCALING,
    OPTIMAL_SCHEDULES,
)


def bibliography(sources: Iterable[Source]) -> str:
    """The sources as BibTeX, each once, in the order of first use.

    Args:
        sources: Papers, repeated ones too.

    Returns:
        BibTeX entries, an empty line between them.
    """
    return "\n\n".join(source.bibtex for source in dict.fromkeys(sources))
