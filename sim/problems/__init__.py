"""A cell's draw: features, inputs and targets as functions of the seed and of nothing else.

`draw.py` says what trained weights see of a problem; `gaussian.py`, `relu.py` and `data_file.py` are the problems,
`inputs.py` the input laws, `random_streams.py` the streams that everything is drawn from. Optimizers are not known
here.
"""
