"""Functions of arrays as users write them, with what their parameters are."""

from __future__ import annotations

import numpy as np

W = np.arange(12.0).reshape(4, 3)


def ridge(w, X, y, lam):
    r = X @ w - y
    return r @ r + lam * w @ w


def quadratic(x, A):
    return x @ A @ x


def bilinear(x, A, y):
    return x @ A @ y


def trace(X, A):
    return np.trace(X @ A @ X.T)


def frobenius(A, B):
    return np.trace(A.T @ B)


def gaussian(x, mu, S):
    return (x - mu) @ np.linalg.solve(S, x - mu)


def determinant(A):
    return np.linalg.det(A)


def logistic(w, X, y):
    return np.sum(np.log(1 + np.exp(-y * (X @ w))))


def likelihood(theta, X, y):
    p = 1 / (1 + np.exp(-X @ theta))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def element(A):
    return A[1, 0] ** 2


def columns(X):
    return np.sum(X.sum(axis=0) ** 2)


def means(X):
    return np.sum((X - X.mean(axis=0)) ** 2) / X.shape[0]


def unpacked(X, w):
    m, _ = X.shape
    return np.sum(X @ w) / m


def rows(X):
    s = 0.0
    for row in X:
        s += row @ row
    return s


def comprehension(X, w, b):
    return sum((np.dot(x, w) + b) ** 2 for x in X)


def products(A, B):
    return np.sum(A @ B)


def einsum(A, B):
    return np.einsum("ij,jk->", A, B)


def norms(x, Y):
    return np.sum(np.linalg.norm(Y - x, axis=1))


def attention(Q, K, V):
    S = Q @ K.T / np.sqrt(Q.shape[1])
    P = np.exp(S) / np.sum(np.exp(S), axis=1, keepdims=True)
    return np.sum(P @ V)


def layers(W1, b1, W2, b2, x):
    h = np.tanh(W1 @ x + b1)
    return np.sum(W2 @ h + b2)


def divergence(mu0, S0, mu1, S1):
    d = mu1 - mu0
    inside = np.trace(np.linalg.inv(S1) @ S0) + d @ np.linalg.inv(S1) @ d - len(d)
    return (inside + np.log(np.linalg.det(S1) / np.linalg.det(S0))) / 2


def residual(A, x, b):
    return np.sum((A @ x - b) ** 2)


def lower_case(x, w, y):
    r = x @ w - y
    return r @ r


def intercept(X, w, b, y):
    return np.mean((X @ w + b - y) ** 2)


def factors(U, V, R):
    return np.sum((R - U @ V.T) ** 2)


def filtered(x, P, H, R, z):
    S = H @ P @ H.T + R
    r = z - H @ x
    return r @ np.linalg.solve(S, r) + np.linalg.slogdet(S)[1]


def margins(w, b, X, y, C):
    return 0.5 * w @ w + C * np.sum(np.maximum(0, 1 - y * (X @ w + b)))


def penalty(w, lam):
    return lam * w @ w


def written(A):
    B = A.copy()
    B[0, 0] = 1.0
    return np.sum(B**2)


def covariance(X):
    C = (X - X.mean(axis=0)).T @ (X - X.mean(axis=0)) / (X.shape[0] - 1)
    return np.trace(C)


def checked(A, x):
    if A.shape[1] != x.shape[0]:
        raise ValueError("shapes do not fit")
    return np.sum(A @ x)


def asserted(A, x):
    assert A.ndim == 2
    assert A.shape[0] == A.shape[1]
    return x @ A @ x


def of_a_constant(x):
    return np.sum((W @ x) ** 2)


def three(p):
    a, b, c = p
    return a * b + c**2


def space(a, b, c):
    return np.dot(a, np.cross(b, c))


def joined(x, y):
    return np.sum(np.concatenate([x, y]) ** 2)


def product(u, v):
    return u @ v


def vector(x):
    return np.sum(x**2)


def number(x):
    return x**2 + 1


READINGS = {
    ridge: "w of length n, X m×n, y of length m",
    quadratic: "x of length n, A n×n",
    bilinear: "x of length m, A m×n, y of length n",
    trace: "X m×n, A n×n",
    frobenius: "A m×n, B m×n",
    gaussian: "x of length n, mu of length n, S n×n",
    determinant: "A n×n",
    logistic: "w of length n, X m×n, y of length m",
    likelihood: "theta of length n, X m×n, y of length m",
    element: "A m×n",
    columns: "X m×n",
    means: "X m×n",
    unpacked: "X m×n, w of length n",
    rows: "X m×n",
    comprehension: "X m×n, w of length n",
    products: "A m×n, B n×k",
    einsum: "A m×n, B n×k",
    norms: "x of length n, Y m×n",
    attention: "Q m×n, K k×n, V k×p",
    layers: "W1 m×n, b1 of length m, W2 k×m, b2 of length k, x of length n",
    divergence: "mu0 of length n, S0 n×n, mu1 of length n, S1 n×n",
    residual: "A m×n, x of length n, b of length m",
    lower_case: "x m×n, w of length n, y of length m",
    intercept: "X m×n, w of length n, y of length m",
    factors: "U m×n, V k×n, R m×k",
    filtered: "x of length n, P n×n, H m×n, R m×m, z of length m",
    margins: "w of length n, X m×n, y of length m",
    penalty: "w of length n",
    written: "A m×n",
    covariance: "X m×n",
    checked: "A m×n, x of length n",
    asserted: "A n×n, x of length n",
    of_a_constant: "x of length 3",
    three: "p of length 3",
    space: "a of length 3, b of length 3, c of length 3",
    joined: "x of length n, y of length m",
    product: "u of length n, v of length n",
    vector: "x of length n",
    number: "",
}


def by_length(A, x):
    if A.shape[0] > 1200:
        return x @ A @ x
    return 2 * (x @ A @ x)


def weighted(A, x):
    return (0.5 if len(x) < 3 else 1.5) * (x @ A @ x)
