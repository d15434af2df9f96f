"""Neural networks as they are written by hand: modules, layers, attention, recurrence."""

from collections import OrderedDict

import numpy as np

from ._program import program

rs = np.random.RandomState


class Parameter:
    def __init__(self, data):
        self.data = data


class Module:
    def __init__(self):
        self._params = OrderedDict()
        self._children = OrderedDict()
        self.training = True

    def __setattr__(self, k, v):
        if isinstance(v, Parameter):
            self.__dict__.setdefault("_params", OrderedDict())[k] = v
        elif isinstance(v, Module):
            self.__dict__.setdefault("_children", OrderedDict())[k] = v
        object.__setattr__(self, k, v)

    def parameters(self):
        for p in self._params.values():
            yield p
        for c in self._children.values():
            yield from c.parameters()

    def __call__(self, *a):
        return self.forward(*a)


class Linear(Module):
    def __init__(self, i, o):
        super().__init__()
        self.w = Parameter(np.zeros((i, o)))
        self.b = Parameter(np.zeros(o))

    def forward(self, x):
        return x @ self.w.data + self.b.data


class ReLU(Module):
    def forward(self, x):
        return np.maximum(x, 0)


class Tanh(Module):
    def forward(self, x):
        return np.tanh(x)


class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        for k, l in enumerate(layers):
            setattr(self, f"l{k}", l)
        self.layers = layers

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return x


X = rs(0).normal(size=(6, 3))
Y = rs(1).randint(0, 4, 6)


def unflatten(model, theta):
    i = 0
    for p in model.parameters():
        n = p.data.size
        p.data = theta[i : i + n].reshape(p.data.shape)
        i += n


def xent(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -logp[np.arange(len(labels)), labels].mean()


@program(rs(2).normal(size=3 * 5 + 5 + 5 * 4 + 4), rs(3).normal(size=44))
def mlp_inside(theta):
    m = Sequential(Linear(3, 5), Tanh(), Linear(5, 4))
    unflatten(m, theta)
    return xent(m(X), Y) + 0.001 * sum(((p.data**2).sum() for p in m.parameters()))


MODEL = Sequential(Linear(3, 5), ReLU(), Linear(5, 4))


def rst():
    for p in MODEL.parameters():
        p.data = np.zeros(p.data.shape)


@program(rs(2).normal(size=44), rs(3).normal(size=44), reset=rst)
def mlp_outside_params(theta):
    unflatten(MODEL, theta)
    return xent(MODEL(X), Y)


class BatchNorm:
    def __init__(self, n):
        self.mean = np.zeros(n)
        self.var = np.ones(n)
        self.momentum = 0.9
        self.steps = 0

    def __call__(self, x, gamma, beta, training=True):
        if training:
            mu = x.mean(axis=0)
            var = x.var(axis=0)
            self.mean = self.momentum * self.mean + (1 - self.momentum) * mu
            self.var = self.momentum * self.var + (1 - self.momentum) * var
            self.steps += 1
        else:
            mu, var = (self.mean, self.var)
        return gamma * (x - mu) / np.sqrt(var + 1e-05) + beta


class Dropout:
    def __init__(self, p, rng):
        self.p = p
        self.rng = rng
        self.training = True

    def __call__(self, x):
        if not self.training:
            return x
        mask = (self.rng.random(x.shape) > self.p) / (1 - self.p)
        return x * mask


class Net:
    def __init__(self):
        self.bn = BatchNorm(5)
        self.drop = Dropout(0.4, np.random.default_rng(5))

    def loss(self, theta):
        W = theta[:15].reshape(3, 5)
        g = theta[15:20]
        b = theta[20:25]
        V = theta[25:45].reshape(5, 4)
        h = self.bn(X @ W, g, b)
        h = self.drop(np.maximum(h, 0.01 * h))
        return xent(h @ V, Y)


NET = Net()


def rst2():
    NET.drop.rng = np.random.default_rng(5)
    NET.bn.mean = np.zeros(5)
    NET.bn.var = np.ones(5)


@program(rs(4).normal(size=45), rs(5).normal(size=45), reset=rst2)
def bn_drop(theta):
    return NET.loss(theta)


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def layernorm(x, eps=1e-05):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def attention(q, k, v, mask):
    s = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
    s = np.where(mask, s, -1000000000.0)
    return softmax(s) @ v


TOK = np.array([[1, 0, 2, 3], [3, 1, 1, 0]])


@program(
    0.5 * rs(6).normal(size=4 * 4 + 4 * 4 + 3 * 16 + 16 + 4 * 8 + 8 * 4),
    0.5 * rs(7).normal(size=16 + 16 + 48 + 16 + 32 + 32),
)
def transformer(theta):
    it = iter(np.split(theta, np.cumsum([16, 16, 16, 16, 16, 16, 32])))
    nxt = lambda *s: next(it).reshape(s)
    E, P, Wq, Wk, Wv, Wo = [nxt(4, 4) for _ in range(6)]
    W1, W2 = (nxt(4, 8), nxt(8, 4))
    B, T = TOK.shape
    H = 2
    x = E[TOK] + P[np.arange(T)]
    h = layernorm(x)

    def split(z):
        return z.reshape(B, T, H, 2).transpose(0, 2, 1, 3).reshape(B * H, T, 2)

    q, k, v = (split(h @ W) for W in (Wq, Wk, Wv))
    mask = np.tril(np.ones((T, T), dtype=bool))
    a = attention(q, k, v, mask).reshape(B, H, T, 2).transpose(0, 2, 1, 3).reshape(B, T, 4)
    x = x + a @ Wo
    x = x + gelu(layernorm(x) @ W1) @ W2
    logits = x[:, :-1] @ E.T
    return xent(logits.reshape(-1, 4), TOK[:, 1:].ravel())


IMG = rs(8).normal(size=(2, 2, 6, 6))


def im2col(x, k, s=1, p=0):
    n, c, h, w = x.shape
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    oh = (h + 2 * p - k) // s + 1
    ow = (w + 2 * p - k) // s + 1
    cols = np.zeros((n, c, k, k, oh, ow))
    for i in range(k):
        for j in range(k):
            cols[:, :, i, j] = x[:, :, i : i + s * oh : s, j : j + s * ow : s]
    return (cols.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1), oh, ow)


@program(rs(9).normal(size=3 * 2 * 9 + 3 + 27 * 2), rs(10).normal(size=111))
def conv_im2col(theta):
    W = theta[:54].reshape(3, -1)
    b = theta[54:57]
    V = theta[57:].reshape(27, 2)
    cols, oh, ow = im2col(IMG, 3, 1, 1)
    out = (cols @ W.T + b).reshape(2, oh, ow, 3).transpose(0, 3, 1, 2)
    out = np.maximum(out, 0)
    pooled = out.reshape(2, 3, oh // 2, 2, ow // 2, 2).max(axis=(3, 5))
    z = pooled.reshape(2, -1) @ V
    return xent(z, np.array([0, 1]))


@program(rs(9).normal(size=(2, 2, 6, 6)))
def conv_wrt_image(x):
    W = rs(11).normal(size=(3, 18))
    cols, oh, ow = im2col(x, 3, 2, 1)
    return np.sum(np.tanh(cols @ W.T) ** 2)


class GRUCell:
    def __init__(self, n_in, n_h, params):
        self.p = {}
        i = 0
        for g in "zrh":
            for nm, s in (("W", (n_in, n_h)), ("U", (n_h, n_h)), ("b", (n_h,))):
                n = int(np.prod(s))
                self.p[nm + g] = params[i : i + n].reshape(s)
                i += n

    def step(self, x, h):
        sig = lambda v: 1 / (1 + np.exp(-v))
        p = self.p
        z = sig(x @ p["Wz"] + h @ p["Uz"] + p["bz"])
        r = sig(x @ p["Wr"] + h @ p["Ur"] + p["br"])
        c = np.tanh(x @ p["Wh"] + r * h @ p["Uh"] + p["bh"])
        return (1 - z) * h + z * c


SEQ = rs(12).normal(size=(7, 3, 2))


@program(0.5 * rs(13).normal(size=3 * (8 + 16 + 4)), rs(14).normal(size=84))
def gru(theta):
    cell = GRUCell(2, 4, theta)
    h = np.zeros((3, 4))
    hs = []
    for x in SEQ:
        h = cell.step(x, h)
        hs.append(h)
    H = np.stack(hs)
    return ((H[1:, :, :2] - SEQ[1:]) ** 2).mean() + abs(h).sum() * 0.001


@program(rs(15).normal(size=(2, 7, 3)))
def skipgram(P):
    inn, out = P
    pairs = [(0, 1), (1, 2), (2, 3), (5, 6), (0, 6)]
    neg = np.array([[3, 4], [4, 5], [0, 6], [1, 2], [2, 2]])
    loss = 0.0
    for (c, o), ng in zip(pairs, neg):
        v = inn[c]
        loss -= np.log(1 / (1 + np.exp(-v @ out[o])))
        loss -= np.sum(np.log(1 / (1 + np.exp(out[ng] @ v))))
    return loss / len(pairs)
