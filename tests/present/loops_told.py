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
    "left by break": (
        """
        def f(x, n):
            for k in range(n):
                x = 1.7*x
                if x > 4:
                    break
            return x*x
        """,
        ["if N < n", "N is the first k = 0, 1, ... with k >= n or 1.7*1.7**k*x > 4"],
    ),
    "left by break without a solution": (
        """
        def f(x, n):
            for k in range(n):
                if math.sin(x) < 0.5 + k*0.05:
                    break
                x = math.sin(x) + k*x
            return x*x + x
        """,
        ["x_{k+1} =", "N is the first k = 0, 1, ... with k >= n or"],
    ),
    "left by return, or over": (
        """
        def f(x, n):
            t = 1.0
            for k in range(n):
                t = t*x
                if t < 0.1:
                    return t*t*k
            else:
                t = 3*t
            return t
        """,
        ["if N < n"],
    ),
    "left in two ways": (
        """
        def f(x, a, n):
            for k in range(n):
                x = x + a*k
                if x > 1.5:
                    break
                if k > 3:
                    return x*k
            return x*x*x
        """,
        ["if N < n"],
    ),
    "left where an element is large": (
        """
        def f(a, x):
            s = a
            for v in x:
                if v > 1.5:
                    break
                s += a*v
            return s*s
        """,
        ["k >= len(x) or x[k] > 1.5"],
    ),
    "a while loop that is left": (
        """
        def f(x, a):
            k = 0
            while k < 4:
                x = 1.5*x
                if a*x > 2:
                    return x*x
                k = k + 1
            return x
        """,
        ["if N < 4"],
    ),
    "two that need each other": (
        """
        def f(x, n):
            a, b = x, 1.0
            s = 0.0
            for _ in range(n):
                a, b = b + 1, 3*b - 2*a
                s = s + 2*a
            return a*x + b + s
        """,
        ["df/dx  = "],
    ),
    "of second order": (
        """
        def f(x, n):
            a, b = x, 1.0
            for _ in range(n):
                a, b = b, 3*b - 2*a
            return a
        """,
        ["2**n + x*(2 - 2**n) - 1", "df/dx  = 2 - 2**n"],
    ),
    "of Fibonacci's": (
        """
        def f(x, n):
            a, b = x, 1.0
            for _ in range(n):
                a, b = b, a + b
            return a*b
        """,
        ["b_{k+1} = a_k + b_k for k in range(n)"],
    ),
}
