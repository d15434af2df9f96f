"""Loops that write to arrays, or append to lists, by their names."""

from __future__ import annotations

# Each with what its text must hold.
CASES = {
    "a map": (
        """
        def f(x):
            y = np.zeros(len(x))
            for i in range(len(x)):
                y[i] = math.sin(x[i])
            return y.sum()
        """,
        ["f      = sum(sin(x))", "df/dx  = cos(x)"],
    ),
    "of neighbours": (
        """
        def f(x):
            y = np.zeros(len(x))
            for i in range(1, len(x)):
                y[i] = x[i]*x[i - 1]
            return y.sum()
        """,
        ["f         = sum(x[k]*x[k - 1] for k in range(1, len(x)))"],
    ),
    "second differences, then squared": (
        """
        def f(x):
            y = np.zeros(len(x))
            for i in range(1, len(x) - 1):
                y[i] = x[i - 1] - 2*x[i] + x[i + 1]
            t = 0.0
            for i in range(len(x)):
                t += y[i]**2
            return t
        """,
        ["sum((x[i - 1] - 2*x[i] + x[i + 1])**2 for i in range(1, len(x) - 1))"],
    ),
    "a filter": (
        """
        def f(x, a):
            y = np.zeros(len(x))
            y[0] = x[0]
            for i in range(1, len(x)):
                y[i] = a*y[i - 1] + x[i]
            return y[-1]
        """,
        ["df/dx[k]  = a**(len(x) - 1) if k == 0 else", "len(x) >= 1"],
    ),
    "a filter that is summed up": (
        """
        def f(x, a):
            y = np.zeros(len(x))
            for i in range(1, len(x)):
                y[i] = a*y[i - 1] + x[i]
            return np.sum(y*x)
        """,
        ["df/da"],
    ),
    "a filter without a solution": (
        """
        def f(x, a):
            y = np.zeros(len(x))
            for i in range(1, len(x)):
                y[i] = math.sin(a*y[i - 1] + x[i])
            return y.sum()
        """,
        ["y_{i+1} = sin(a*y_i + x[i + 1]) for i in range(len(x) - 1)", "y_bar_i ="],
    ),
    "a filter that begins with the last": (
        """
        def f(x, a):
            y = np.zeros(len(x))
            for i in range(len(x)):
                y[i] = math.sin(a*y[i - 1] + x[i])
            return y.sum()
        """,
        ["y_{i+1} = sin(a*y_i + x[i])"],
    ),
    "from the last to the first": (
        """
        def f(x):
            n = len(x)
            y = np.zeros(n)
            y[n - 1] = x[n - 1]
            for i in range(n - 2, -1, -1):
                y[i] = 0.5*y[i + 1] + x[i]
            return y[0]
        """,
        ["if k == len(x) - 1"],
    ),
    "of second order": (
        """
        def f(x):
            y = np.zeros(len(x))
            y[0] = 1.5
            y[1] = x[1]
            for i in range(2, len(x)):
                y[i] = y[i - 1] + y[i - 2]*x[i]
            return y[-1]*x[0]
        """,
        ["y2_0 = 1.5", "y_{i+1} = x[i + 2]*y2_i + y_i for i in range(len(x) - 2)"],
    ),
    "with one more": (
        """
        def f(x):
            y = np.zeros(len(x) + 1)
            for i in range(len(x)):
                y[i + 1] = y[i] + x[i]**2
            return y[len(x)]*y[-1]
        """,
        ["= sum(x**2)**2", "df/dx"],
    ),
    "of a count": (
        """
        def f(x, n):
            y = np.zeros(n)
            for i in range(n):
                y[i] = math.sin(i*x)
            z = 0.0
            for i in range(n):
                z += y[i]*i
            return z
        """,
        ["f      = sum(i*sin(i*x) for i in range(n))", "n >= 0"],
    ),
    "in place": (
        """
        def f(x):
            y = np.array(x)
            for i in range(len(x)):
                y[i] *= 2 + x[i]
            return y.sum()
        """,
        ["f      = sum(x*(x + 2))", "df/dx  = 2*x + 2"],
    ),
    "each as it is": (
        """
        def f(x):
            y = np.zeros(len(x))
            for i in range(len(x)):
                if x[i] > 0:
                    y[i] = x[i]**2
                else:
                    y[i] = -3*x[i]
            return y.sum()
        """,
        ["x[k]**2 if x[k] > 0 else -3*x[k]"],
    ),
    "with a sum within": (
        """
        def f(x, w):
            y = np.zeros(len(x))
            for i in range(len(x)):
                t = 0.0
                for j in range(len(x)):
                    t += w[j]*x[i]*(i + j)
                y[i] = t
            return np.dot(y, x)
        """,
        ["df/dw["],
    ),
    "one array upon the other": (
        """
        def f(x, a):
            y = np.zeros(len(x))
            z = np.ones(len(x))
            for i in range(len(x)):
                y[i] = a*x[i]
                z[i] = y[i]**2 + z[i]
            return z.sum()/(len(x) + 1)
        """,
        ["df/da"],
    ),
    "part of an array": (
        """
        def f(x):
            y = np.ones(len(x))
            for i in range(2, len(x)):
                y[i] = x[i]**2
            return (y*x).sum()
        """,
        ["for k in range(2, len(x))"],
    ),
    "slices of what is made": (
        """
        def f(x):
            y = np.zeros(len(x))
            for i in range(len(x)):
                y[i] = x[i]**3
            return ((y[1:] - y[:-1])**2).sum()
        """,
        ["df/dx["],
    ),
    "a list of zeros": (
        """
        def f(x):
            y = [0.0]*len(x)
            for i in range(len(x)):
                y[i] = x[i]**2
            return sum(y)
        """,
        ["f      = sum(x**2)"],
    ),
    "appended": (
        """
        def f(x):
            ys = []
            for v in x:
                ys.append(math.sin(v))
            return sum(ys)
        """,
        ["f      = sum(sin(x))", "df/dx  = cos(x)"],
    ),
    "appended, as an array": (
        """
        def f(x, n):
            ys = []
            for k in range(n):
                ys.append(math.sin(k*x))
            return np.array(ys).sum()
        """,
        ["f      = sum(sin(k*x) for k in range(n))", "df/dx  = sum(k*cos(k*x) for k in range(n))"],
    ),
    "appended to what is last": (
        """
        def f(x, n):
            ys = [x]
            for k in range(n):
                ys.append(math.sin(ys[-1]))
            return ys[-1]
        """,
        ["f      = ys_n", "ys_bar_k = cos(ys_k)*ys_bar_{k+1}"],
    ),
    "a series of terms": (
        """
        def f(x, n):
            t = [1.0]
            for k in range(n):
                t.append(t[-1]*x/(k + 1))
            return sum(t)
        """,
        ["f      = sum(x**k/factorial(k) for k in range(n + 1))"],
    ),
    "appended, then gone through": (
        """
        def f(x):
            ds = []
            for i in range(len(x) - 1):
                ds.append(x[i + 1] - x[i])
            s = 0.0
            for d in ds:
                s += d*d
            return s
        """,
        ["f         = sum((x[k + 1] - x[k])**2 for k in range(len(x) - 1))"],
    ),
    "a comprehension with a name": (
        """
        def f(x, n):
            ys = [math.sin(k*x) for k in range(n)]
            t = 0.0
            for y in ys:
                t += y*y
            return t
        """,
        ["f      = sum(sin(k*x)**2 for k in range(n))"],
    ),
    "comprehensions as arrays": (
        """
        def f(x):
            a = np.array([v*v for v in x])
            b = np.array([math.sin(v) for v in x])
            return np.dot(a, b)
        """,
        ["f      = sum(x**2*sin(x))"],
    ),
    "the mean of a comprehension": (
        """
        def f(x, n):
            return np.mean([math.sin(k*x) for k in range(n + 1)])
        """,
        ["/(n + 1)"],
    ),
    "the sum of a comprehension": (
        """
        def f(x, n):
            return np.sum([math.sin(k*x) for k in range(n)])
        """,
        ["f      = sum(sin(k*x) for k in range(n))"],
    ),
    "how many there are": (
        """
        def f(x, n):
            ys = [k*x for k in range(n)]
            return len(ys)*x
        """,
        ["f      = n*x"],
    ),
}

RECURSIVE = {
    "recursion with a factor": (
        """
        def f(x, n):
            if n == 0:
                return 1.0
            return x*f(x, n - 1)
        """,
        ["f      = x**N", "raises RecursionError"],
    ),
    "recursion in recursion's tail": (
        """
        def f(x, n):
            if n < 1:
                return x
            return f(math.sin(x), n - 1)
        """,
        ["x_bar_depth = cos(x_depth)*x_bar_{depth+1}"],
    ),
    "recursion without a solution": (
        """
        def f(x, n):
            return x if n == 0 else math.sin(f(x, n - 1)) + x
        """,
        ["returned_{k+1} = x + sin(returned_k) for k in range(N)", "n - N == 0"],
    ),
}
