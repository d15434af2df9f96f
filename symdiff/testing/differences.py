"""Derivatives of functions of mpmath's numbers, by differences with hundreds of digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any


class Differences:
    """Partial derivatives of a function of mpmath's numbers at a point, by central differences.

    >>> import mpmath
    >>> float(Differences(lambda x: x**3, (2.0,)).partial(0, 0))
    12.0
    """

    _STEP = 25
    _FEW = 160
    """Digits that are enough where the function keeps them all and the derivative is not tiny."""

    def __init__(self, exact: Callable[..., Any], point: Sequence[float]) -> None:
        import mpmath

        sizes = [math.log10(abs(v)) for v in point if v]
        above, below = max([0.0, *sizes]), -min([0.0, *sizes])
        self.most = int(300 + 4 * (self._STEP + below) + 2 * above)
        self.few = int(self._FEW + 2 * above + below)
        self.mp = mpmath
        self.exact = exact
        self.known: dict[tuple[int, ...], Any] = {}
        self.partials: dict[tuple[int, int | None], Any] = {}
        self.smooth: dict[tuple[int, int, int], tuple[bool, bool]] = {}
        self.given = point
        self.below = int(self._STEP + below)
        self.keeps = self._keeps_digits()
        self._use(self.few if self.keeps else self.most)
        self.here = self._at({})

    def _use(self, digits: int) -> None:
        self.digits = digits
        self.noisy = False
        with self.mp.workdps(digits):
            self.point = [self.mp.mpf(v) for v in self.given]
            self.step = self.mp.mpf(10) ** -self.below

    def _keeps_digits(self) -> bool:
        """Whether the function itself has as many digits as it is given, when those are few."""
        found = []
        for digits in (self.few, self.few + 40):
            self._use(digits)
            found.append(self._at({}))
        close, closer = found
        with self.mp.workdps(self.digits):
            return close is not None and bool(
                abs(close - closer) <= abs(closer) * self.mp.mpf(10) ** (15 - self.few)
            )

    def _at(self, halves: dict[int, int]) -> Any:
        """The value where operand `k` has moved by `halves[k]` half steps; `None` for none."""
        key = (self.digits, *[halves.get(k, 0) for k in range(len(self.point))])
        if key not in self.known:
            with self.mp.workdps(self.digits):
                moved = [x + n * self.step / 2 for x, n in zip(self.point, key[1:], strict=True)]
                try:
                    value = self.exact(*moved)
                except (ArithmeticError, ValueError, TypeError, NotImplementedError):
                    value = None
                if value is not None and not isinstance(value, self.mp.mpf):
                    value = self.mp.mpmathify(value)
                if isinstance(value, self.mp.mpc):
                    value = value.real if value.imag == 0 else None
                if value is not None and not self.mp.isfinite(value):
                    value = None
                self.known[key] = value
        return self.known[key]

    def partial(self, k: int, j: int | None = None) -> Any:
        """The first or second partial; `None` where the function does not have it."""
        if j is not None and j < k:
            k, j = j, k
        if (k, j) not in self.partials:
            self.partials[k, j] = self._with_enough_digits(k, j)
        return self.partials[k, j]

    def _with_enough_digits(self, k: int, j: int | None) -> Any:
        """The partial by few digits, or by all where the differences have too few of them."""
        if self.keeps:
            self._use(self.few)
            found = self._partial(k, j)
            if not self.noisy:
                return found
        self._use(self.most)
        return self._partial(k, j)

    def _partial(self, k: int, j: int | None) -> Any:
        with self.mp.workdps(self.digits):
            if j is None:
                return self._first(k) if self._is_smooth(k) else None
            if k == j:
                return self._second(k, 2) if self._is_smooth(k) and self._is_smooth(k, 2) else None
            return self._mixed(k, j) if self._is_smooth(k) and self._is_smooth(j) else None

    def _first(self, k: int, halves: int = 2) -> Any:
        change = self._at({k: halves}) - self._at({k: -halves})
        return self._beyond_noise(change) / (self.step * halves)

    def _second(self, k: int, halves: int) -> Any:
        h = self.step * halves / 2
        bend = self._at({k: halves}) - 2 * self._at({}) + self._at({k: -halves})
        return self._beyond_noise(bend) / h**2

    def _beyond_noise(self, difference: Any) -> Any:
        """A difference of values, or 0 where it is made of their last digits."""
        noise = abs(self._at({})) * self.mp.mpf(10) ** (20 - self.digits)
        if abs(difference) <= noise * 10**15:
            self.noisy = True
        return difference if abs(difference) > noise else self.mp.mpf(0)

    def _mixed(self, k: int, j: int) -> Any:
        corners = {(a, b): self._at({k: a, j: b}) for a in (2, -2) for b in (2, -2)}
        small = {(a, b): self._at({k: a, j: b}) for a in (1, -1) for b in (1, -1)}
        if None in [*corners.values(), *small.values()]:
            return None

        def quotient(at: dict[tuple[int, int], Any], h: Any) -> Any:
            twist = sum(v * (1 if a * b > 0 else -1) for (a, b), v in at.items())
            return self._beyond_noise(twist) / (4 * h**2)

        wide, close = quotient(corners, self.step), quotient(small, self.step / 2)
        return wide if self._agree(wide, close) else None

    def _is_smooth(self, k: int, order: int = 1) -> bool:
        """Whether a derivative comes out, and not one that depends on the step."""
        key = (self.digits, k, order)
        if key not in self.smooth:
            before, self.noisy = self.noisy, False
            self.smooth[key] = self._comes_out(k, order), self.noisy
            self.noisy = before
        found, noisy = self.smooth[key]
        self.noisy = self.noisy or noisy
        return found

    def _comes_out(self, k: int, order: int) -> bool:
        around = [self._at({k: n}) for n in (2, 1, -1, -2)]
        if None in around:
            return False
        if order == 2:
            return self._agree(self._second(k, 2), self._second(k, 1))
        if not self._agree(self._first(k), self._first(k, 1)):
            return False
        # The bend is that of a smooth function, which shrinks with the step, or that of a corner.
        wide, close = self._second(k, 2) * self.step, self._second(k, 1) * self.step / 2
        slope = max(abs(self._first(k)), abs(wide))
        return bool(abs(wide) <= 1e-8 * slope or abs(close) < 0.6 * abs(wide))

    def _agree(self, one: Any, other: Any) -> bool:
        return bool(abs(one - other) <= 1e-6 * max(abs(one), abs(other)))
