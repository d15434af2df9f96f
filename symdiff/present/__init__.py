"""Text for people: a `Program` as a closed form, as cases, as LaTeX, as Python.

Here belongs what writes a program down. What writes lines to be compiled does not: that is
`compile`. Open `show.py` first.
"""
