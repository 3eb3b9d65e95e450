"""optscaling: when does the optimizer change alpha in L(N) ~ N^-alpha, by how much, and on which data?"""

__version__ = "0.1.0"
