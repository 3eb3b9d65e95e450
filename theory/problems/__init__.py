"""What is learned: spectra, targets, activations, input laws, and the modes they come to.

`spectrum.py` and `target.py` have eigenvalues and energies, `modes.py`, `power_law_modes.py` and
`spectral_problem.py` the modes that theories sum over. `activation.py`, `feature_kernel.py`, `gaussian_pairs.py`,
`gaussian_pairs_tanh.py`, `exponential_sum.py` and `monte_carlo_kernel.py` are kernels of random features;
`teacher.py` and `input_law.py` say what draws a problem, `data_file.py` reads one. No optimizer and no model size N
is known here.
"""
