"""Linear optimizers without steps: one factorisation gives the weights after any number of them.

`factor.py` has the dense factorisations and h_T on their eigenvalues, `preconditioner_root.py` makes P G symmetric,
`rank.py` finds what is zero within rounding. `krylov.py` and `lanczos.py` need only products with G, and
`dense_or_krylov.py` takes the cheaper one. What must be stepped is above this floor, and not imported.
"""
