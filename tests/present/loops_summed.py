"""Loops that are sums or products, by their names."""

from __future__ import annotations

# Each with what its text must hold.
CASES = {
    "sines": (
        """
        def f(x, n):
            return sum(math.sin(k*x) for k in range(n))
        """,
        ["f      = sum(sin(k*x) for k in range(n))", "= sum(k*cos(k*x) for k in range(n))"],
    ),
    "powers": (
        """
        def f(x, n):
            t = 0
            for k in range(n):
                t += x**k / (k + 1)
            return t
        """,
        ["f      = sum(x**k/(k + 1) for k in range(n))"],
    ),
    "squares": (
        """
        def f(x):
            s = 0.0
            for xi in x:
                s += xi**2
            return s
        """,
        ["f      = sum(x**2)", "df/dx  = 2*x", "with x a vector"],
    ),
    "weighted": (
        """
        def f(w, x):
            s = 0.0
            for i in range(len(x)):
                s += w[i]*x[i]**2
            return s
        """,
        ["f      = sum(w*x**2)", "df/dw  = x**2", "df/dx  = 2*w*x"],
    ),
    "Speelpenning's product": (
        """
        def f(x):
            p = 1
            for xi in x:
                p *= xi
            return p
        """,
        ["prod(x[k] for k in range(len(x)))", "df/dx[k]  = prod(x[i] for i in range(len(x)) if i"],
    ),
    "a hundred": (
        """
        def f(x):
            s = 0.0
            for k in range(100):
                s += math.sin(k*x)
            return s
        """,
        ["= sum(sin(k*x) for k in range(100))", "= sum(k*cos(k*x) for k in range(100))"],
    ),
    "two accumulators": (
        """
        def f(x):
            s = 0
            p = 1
            for i, xi in enumerate(x):
                s += i*xi
                p *= xi
            return s*p
        """,
        ["df/dx[i]"],
    ),
    "dot product": (
        """
        def f(x, y):
            return sum(p*q for p, q in zip(x, y))
        """,
        ["f      = sum(x*y)", "df/dx  = y"],
    ),
    "odd ones": (
        """
        def f(x, n):
            s = 0
            for k in range(1, n, 2):
                s += math.cos(k*x)/k
            return s
        """,
        ["for k in range(1, n, 2))"],
    ),
    "backwards": (
        """
        def f(x, n):
            s = 0
            for k in range(n, 0, -2):
                s += math.cos(k*x)/k
            return s
        """,
        ["sum(cos(k*x)/k for k in range("],
    ),
    "from a to b": (
        """
        def f(x, a, b):
            s = 0
            for k in range(a, b):
                s += math.cos(k*x)
            return s
        """,
        ["sum(cos(k*x) for k in range(a, b))"],
    ),
    "total variation": (
        """
        def f(x):
            s = 0
            for i in range(1, len(x)):
                s += (x[i] - x[i - 1])**2
            return s
        """,
        ["for i in range(1, len(x)))"],
    ),
    "Rosenbrock": (
        """
        def f(x):
            s = 0
            for i in range(len(x) - 1):
                s += 100*(x[i + 1] - x[i]**2)**2 + (1 - x[i])**2
            return s
        """,
        ["df/dx["],
    ),
    "nested": (
        """
        def f(x, n):
            t = 0
            for i in range(n):
                for j in range(i):
                    t += math.sin(i*x + j)
            return t
        """,
        ["for j in range(i)", "for i in range(n)"],
    ),
    "pairs": (
        """
        def f(x):
            t = 0
            for i in range(len(x)):
                for j in range(len(x)):
                    t += math.sin(x[i]*x[j]*(i + 1))
            return t
        """,
        ["df/dx[", "for j in range(len(x))"],
    ),
    "mean": (
        """
        def f(x):
            s = 0
            for xi in x:
                s += xi
            return s/(len(x) + 1)
        """,
        ["df/dx  = 1/(len(x) + 1)"],
    ),
    "decided": (
        """
        def f(x):
            s = 0
            for xi in x:
                if xi > 0:
                    s += xi**2
                else:
                    s -= 3*xi
            return s
        """,
        ["x[k]**2 if x[k] > 0 else -3*x[k]"],
    ),
    "decided before": (
        """
        def f(x, a, n):
            s = 0
            for k in range(n):
                if a > 0:
                    s += math.sin(k*x)
                else:
                    s -= x
            return s
        """,
        ["if a > 0"],
    ),
    "reversed": (
        """
        def f(x):
            s = 0
            for i, xi in enumerate(reversed(range(len(x)))):
                s += (i + 1)*x[xi]
            return s
        """,
        ["df/dx["],
    ),
    "a running sum": (
        """
        def f(x):
            c, s = 0, 0
            for xi in x:
                c += xi
                s += c**2
            return s
        """,
        ["sum((x[k] + sum(x[i] for i in range(k)))**2 for k in range(len(x)))"],
    ),
    "one after the other": (
        """
        def f(x, n):
            s = 0
            for k in range(n):
                s += math.sin(k*x)
            p = 1
            for k in range(n):
                p *= s + k
            return p
        """,
        ["prod("],
    ),
    "of what was summed": (
        """
        def f(x):
            m = sum(x)/(len(x) + 1)
            s = 0
            for xi in x:
                s += (xi - m)**2
            return s
        """,
        ["with x a vector"],
    ),
    "a count of x": (
        """
        def f(x, n):
            for k in range(n + 1):
                x = x*(k + 2)
            return x
        """,
        ["prod(k + 2 for k in range(n + 1))"],
    ),
    "total variation of neighbours": (
        """
        def f(x):
            return sum((b - a)**2 for a, b in zip(x, x[1:]))
        """,
        ["f         = sum((x[k + 1] - x[k])**2 for k in range(len(x) - 1))"],
    ),
    "by turns": (
        """
        def f(x, n):
            s = 0
            for k in range(n):
                if k % 2 == 0:
                    s += x**k
                else:
                    s -= x**k/k
            return s
        """,
        ["if mod(k, 2) == 0"],
    ),
    "a trapezoidal rule": (
        """
        def f(a, b, n):
            h = (b - a)/n
            s = 0.5*(math.exp(-a*a) + math.exp(-b*b))
            for i in range(1, n):
                s += math.exp(-(a + i*h)**2)
            return s*h
        """,
        ["sum(exp(-(a + i*(b - a)/n)**2) for i in range(1, n))"],
    ),
    "logarithm of a sum": (
        """
        def f(x):
            s = 0
            for xi in x:
                s += math.exp(xi)
            return math.log(s + 1)
        """,
        ["f         = log(sum(exp(x)) + 1)"],
    ),
    "variance": (
        """
        def f(x):
            m = sum(x)/len(x)
            return sum((v - m)**2 for v in x)/(len(x) - 1)
        """,
        ["= 2*(x[k] - sum(x)/len(x))/(len(x) - 1)"],
    ),
    "distances": (
        """
        def f(x):
            s = 0
            for i in range(len(x)):
                for j in range(i):
                    s += (x[i] - x[j])**2*(i + j)
            return s
        """,
        ["for j in range(i)"],
    ),
    "fewer": (
        """
        def f(x, n):
            s = x*x
            for k in range(n - 3):
                s += x
            return s
        """,
        ["f      = x*(n + x - 3)", "n >= 3"],
    ),
    "a function in a sum": (
        """
        def power(x, n):
            t = 1
            for k in range(1, n + 1):
                t *= x/k
            return t

        def f(x, n):
            return sum(power(x, k) for k in range(n))
        """,
        ["f      = sum(x**k/factorial(k) for k in range(n))"],
    ),
    "an escape": (
        """
        def f(a, b):
            x, y, k = 0.0, 0.0, 0
            while x*x + y*y < 4 and k < 12:
                x, y = x*x - y*y + a, 2*x*y + b
                k += 1
            return x*x + y*y
        """,
        [">= 4 or k >= 12"],
    ),
    "second differences": (
        """
        def f(x):
            y = [v for v in x] if False else x
            s = 0
            for i in range(len(y) - 2):
                s += (y[i] - 2*y[i + 1] + y[i + 2])**2
            return s
        """,
        ["for i in range(len(x) - 2))"],
    ),
    "Huber's loss": (
        """
        def f(x, h):
            s = 0
            for xi in x:
                a = abs(xi)
                if a <= h:
                    s += 0.5*xi*xi
                else:
                    s += h*(a - 0.5*h)
            return s
        """,
        ["if h >= abs(x[k])"],
    ),
    "a likelihood": (
        """
        def f(x, a, h):
            s = 0
            for xi in x:
                s -= 0.5*((xi - a)/h)**2 + math.log(h)
            return s
        """,
        ["df/dx  = (a - x)/h**2"],
    ),
    "some left out": (
        """
        def f(x):
            s = 0
            for xi in x:
                if xi < 0:
                    continue
                s += math.sqrt(xi)
            return s
        """,
        ["df/dx[k]  = 0 if x[k] < 0 else 1/(2*sqrt(x[k]))"],
    ),
    "names used again": (
        """
        def f(x, n):
            s = 0
            for k in range(n):
                d = x - k
                s += d*d
            for k in range(n):
                d = x + k
                s += d**3
            return s
        """,
        ["sum((k + x)**3 for k in range(n))"],
    ),
    "a product of sums": (
        """
        def f(a, x):
            p = 1
            for xi in x:
                p *= a + xi
            return p
        """,
        ["if i != k"],
    ),
    "a generator that chooses": (
        """
        def f(x, n):
            return sum(math.sin(k*x) for k in range(n) if k % 2 == 0 and k*x < 2)
        """,
        ["for k in range(n)"],
    ),
    "a list that is summed up": (
        """
        def f(x):
            return sum([v*v if v < 1 else v for v in x])
        """,
        ["if x[k] < 1"],
    ),
    "a list of what is positive": (
        """
        def f(w, x):
            return sum([a*b for a, b in zip(w, x) if b > 0])
        """,
        ["w[k]*x[k]"],
    ),
    "several for each item": (
        """
        def f(x, n):
            return sum(x**j*k for k in range(n) for j in range(3) if j != 1 or k > 2)
        """,
        ["for k in range(n)"],
    ),
}
