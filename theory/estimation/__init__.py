"""From rows of data to the modes of their population, with the error of having few rows.

`sampled_rows.py` says what rows tell, `population_modes.py` makes eigenvalues, energies and label noise of it,
`tail_fit.py` continues the spectrum beyond the rows. `measured_problem.py` is the object a user holds, from a kernel
matrix, features or eigenvalues. Experiments must not be imported.
"""
