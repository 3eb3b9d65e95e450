"""Theory: what alpha should be. Symbolic exponents (level 1) and finite-size risk (level 2)."""
