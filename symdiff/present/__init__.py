"""Text for people: a `Program` as a closed form, as cases, as LaTeX, as Python."""
