"""An attempt: a function, and changes that an older gradient object of it must notice."""

from __future__ import annotations

ATTEMPTS = []


def attempt(f):
    ATTEMPTS.append(f)
    return f


def made(source, **space):
    exec(source, space)
    return space
