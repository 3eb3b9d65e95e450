"""How an exponent comes about, step by step, as text and as LaTeX.

`derive.py` puts a derivation together: `filter_steps.py` for optimizers that their filter describes, `term_steps.py`
for the others and for each kind of term. `document.py` holds formulas and steps and shows them. Every formula is the
one that the exponents use; nothing is evaluated, so numpy is not imported.
"""
