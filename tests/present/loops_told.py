"""Loops with recurrences that are solved, or told as they go, by their names."""

from __future__ import annotations

# Each with what its text must hold.
CASES = {
    "affine": (
        """
        def f(a, b, x, n):
            for _ in range(n):
                x = a*x + b
            return x
        """,
        ["a**n*x + b*(a**n - 1)/(a - 1)", "df/dx  = a**n"],
    ),
    "halved": (
        """
        def f(x, n):
            for _ in range(n):
                x = x/2 + 1
            return x
        """,
        ["df/dx  = 2**(-n)"],
    ),
    "iterated": (
        """
        def f(x, n):
            for _ in range(n):
                x = math.sin(x)
            return x
        """,
        [
            "x_{k+1} = sin(x_k) for k in range(n)",
            "x_bar_k = cos(x_k)*x_bar_{k+1} for k in reversed(range(n))",
        ],
    ),
    "iterated with a parameter": (
        """
        def f(a, x, n):
            s = 0
            for k in range(n):
                x = math.sin(a*x) + k*a
                s += x*x
            return s + x
        """,
        ["x_{k+1} ="],
    ),
    "two that turn": (
        """
        def f(x, v, h, n):
            for _ in range(n):
                x, v = x + h*v, v - h*math.sin(x)
            return x*x + v
        """,
        ["v_{k+1} =", "x_bar_k ="],
    ),
    "doubled until": (
        """
        def f(a):
            b = a*2
            while abs(b) < 1000:
                b = b*2
            if b > 0:
                return b
            return 100*b
        """,
        ["N is the first k = 0, 1, ... with", ">= 1000"],
    ),
    "Newton's root": (
        """
        def f(a):
            x = a
            while abs(x*x - a) > 1e-3:
                x = (x + a/x)/2
            return x
        """,
        ["x_{k+1} = (a/x_k + x_k)/2 for k in range(N)"],
    ),
    "Horner": (
        """
        def f(x, c):
            y = 0
            for ci in c:
                y = y*x + ci
            return y
        """,
        ["df/dc[k]  = x**(len(c) - k - 1)"],
    ),
    "Taylor": (
        """
        def f(x, n):
            t, s = 1, 0
            for k in range(n):
                s += t
                t = t*x/(k + 1)
            return s
        """,
        ["sum(x**k/factorial(k) for k in range(n))"],
    ),
    "iterated with elements": (
        """
        def f(w, x):
            h = 0
            for i in range(len(x)):
                h = math.tanh(w[i]*h + x[i])
            return h
        """,
        ["h_{i+1} = tanh(w[i]*h_i + x[i]) for i in range(len(w))"],
    ),
    "Euler's steps": (
        """
        def f(x, a, h, n):
            step = h/n
            for _ in range(n):
                x = x - step*a*x
            return x
        """,
        ["f      = x*(1 - a*h/n)**n", "n >= 0"],
    ),
    "a continued fraction": (
        """
        def f(x, n):
            y = x
            for k in range(n, 0, -1):
                y = k + x/y
            return y
        """,
        ["y_{k+1} = n - k + x/y_k for k in range(n)"],
    ),
    "counted by hand": (
        """
        def f(x, a):
            k, s = 0, 0
            while k < 4:
                s += x**k*a
                k += 1
            return s
        """,
        ["N is the first k = 0, 1, ... with k >= 4"],
    ),
    "geometric": (
        """
        def f(x, n):
            s, t = 0, 1
            for _ in range(n):
                s += t
                t *= x
            return s
        """,
        ["f      = sum(x**k for k in range(n))"],
    ),
    "the largest": (
        """
        def f(x):
            m = 0
            for xi in x:
                m = max(m, xi)
            return m*m
        """,
        ["m_{k+1} = max(x[k], m_k) for k in range(len(x))"],
    ),
    "the last": (
        """
        def f(x, a):
            y = a
            for xi in x:
                y = xi*xi
            return y
        """,
        ["y_bar_k = 0 for k in reversed(range(len(x)))"],
    ),
    "a way around": (
        """
        def f(x, a, n):
            if a > 0:
                for _ in range(n):
                    x = math.sin(x)
            else:
                for _ in range(n):
                    x = math.cos(x)
            return x
        """,
        ["x_{k+1} = sin(x_k)", "x2_{k+1} = cos(x2_k)"],
    ),
}
