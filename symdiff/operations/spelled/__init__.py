"""Other libraries' names for what the table knows: `torch`, `jax`, `autograd`.

Here belong names, and entries for what NumPy has not. How such calls are met does not: see
`specialize.calls`. Open `names.py` first.
"""
