"""Values that pass through another type give their slopes or a refusal, never a silent zero."""

import array
import ast
import contextlib
import copy
import csv
import ctypes
import decimal
import fractions
import io
import json
import math
import os
import pickle
import re
import sqlite3
import statistics
import struct
import tempfile
import time

import numpy as np
import pytest

from symdiff import SymdiffError, grad, value_and_grad

pytestmark = pytest.mark.sampled(every=5)

PLACES = ["", ""]
X = np.array([0.7, 1.3, -0.4, 2.1])


def object_pair(x):
    return np.array([x[0], x[1]], dtype=object).sum() * x[2]


def astype_object(x):
    return (x.astype(object) ** 2).sum()


def vectorize_otypes(x):
    return np.vectorize(lambda v: v * v, otypes=[object])(x).sum()


def object_matmul(x):
    a = np.array([[x[0], x[1]], [x[2], x[3]]], dtype=object)
    return (a @ a)[0, 1]


def object_dot(x):
    return np.dot(np.array([x[0], x[1]], dtype=object), np.array([x[2], x[3]], dtype=object))


def object_filled_by_item(x):
    a = np.empty(2, dtype=object)
    a[0] = x[0] * x[1]
    a[1] = x[2:]
    return a[0] * a[1].sum()


def object_mixed(x):
    a = np.array([x[0], x[1], 2], dtype=object)
    return sum(a * a)


def object_tolist(x):
    return np.asarray(list(x), dtype=object).tolist()[0] * x[1]


def object_prod(x):
    return np.array(x.tolist(), dtype="O").prod()


def frompyfunc(x):
    return np.frompyfunc(lambda a, b: a * b, 2, 1)(x, x[::-1]).sum()


def object_and_back(x):
    return float(np.array([x[0], x[1]], dtype=object).astype(float).sum()) * x[1]


def object_reduce(x):
    return np.add.reduce(x.astype("O")) * x[0]


def object_slice_filled(x):
    a = np.zeros(4, dtype=object)
    a[:] = x
    return (a * 2).sum() * x[0]


def object_full(x):
    a = np.full(2, x[0], dtype=object)
    return a.sum() * x[1]


def object_cumsum(x):
    return np.cumsum(x.astype(object))[-1] * x[0]


def str_float(x):
    return float(str(x[0])) * x[1]


def repr_float(x):
    return float(repr(float(x[0]))) * x[1]


def json_list(x):
    return json.loads(json.dumps(x.tolist()))[0] * x[1]


def percent(x):
    return float(f"{x[0]:.17g}") * x[1]


def format_float(x):
    return float(format(x[0], ".17g")) * x[1]


def struct_pack(x):
    return struct.unpack("d", struct.pack("d", x[0]))[0] * x[1]


def tobytes(x):
    return np.frombuffer(x.tobytes())[0] * x[1]


def pickled(x):
    return pickle.loads(pickle.dumps(x))[0] * x[1]


def decimal_number(x):
    return float(decimal.Decimal(float(x[0]))) * x[1]


def fraction(x):
    return float(fractions.Fraction(float(x[0]))) * x[1]


def array_array(x):
    return array.array("d", [x[0]])[0] * x[1]


def ctypes_double(x):
    return ctypes.c_double(x[0]).value * x[1]


def memory_view(x):
    return memoryview(x)[0] * x[1]


def complex_of_text(x):
    return complex(str(x[0])).real * x[1]


def string_buffer(x):
    s = io.StringIO()
    s.write(str(x[0]))
    return float(s.getvalue()) * x[1]


def file(x):
    with open(PLACES[0], "w") as f:
        f.write(str(x[0]))
    with open(PLACES[0]) as f:
        return float(f.read()) * x[1]


def savetxt(x):
    np.savetxt(PLACES[0], x)
    return np.loadtxt(PLACES[0])[0] * x[1]


def np_save(x):
    np.save(PLACES[1], x)
    return np.load(PLACES[1])[0] * x[1]


def database(x):
    with contextlib.closing(sqlite3.connect(":memory:")) as c:
        c.execute("create table t(v real)")
        c.execute("insert into t values(?)", (float(x[0]),))
        return c.execute("select v from t").fetchone()[0] * x[1]


def structured(x):
    a = np.zeros(1, dtype=[("a", float)])
    a["a"] = x[0]
    return a["a"][0] * x[1]


def masked(x):
    return np.ma.array(x, mask=[0, 1, 0, 0]).sum() * x[1]


def matrix(x):
    return (np.matrix(x) * np.matrix(x).T)[0, 0]


def hexadecimal(x):
    return float.fromhex(float(x[0]).hex()) * x[1]


def integer_ratio(x):
    n, d = float(x[0]).as_integer_ratio()
    return n / d * x[1]


def bytes_buffer(x):
    s = io.BytesIO()
    np.save(s, x)
    s.seek(0)
    return np.load(s)[0] * x[1]


def print_to_buffer(x):
    s = io.StringIO()
    print(x[0], file=s)
    return float(s.getvalue()) * x[1]


def redirected(x):
    s = io.StringIO()
    with contextlib.redirect_stdout(s):
        print(x[0])
    return float(s.getvalue()) * x[1]


def array_of_text(x):
    return np.array(str(x[0])).astype(float) * x[1]


def fromstring(x):
    return np.fromstring(" ".join(map(str, x)), sep=" ")[0] * x[1]


def evaluated(x):
    return eval(repr(float(x[0]))) * x[1]


def view_as_integers(x):
    return x.view(np.int64).view(float)[0] * x[1]


def array_of_texts(x):
    return np.array([str(v) for v in x]).astype(float)[0] * x[1]


def frexp(x):
    m, e = math.frexp(x[0])
    return math.ldexp(m, e) * x[1]


def data(x):
    return x.data[0] * x[1]


def array_method(x):
    return x.__array__()[0] * x[1]


def np_str(x):
    return np.float64(np.str_(x[0])) * x[1]


def item(x):
    return x.item(0) * x[1]


def char_mod(x):
    return np.char.mod("%.17g", x).astype(float)[0] * x[1]


def json_dict(x):
    return json.loads(json.dumps({"a": x[0]}))["a"] * x[1]


def deepcopy(x):
    return copy.deepcopy(x)[0] * x[1]


def tofile(x):
    with tempfile.TemporaryFile() as file:
        x.tofile(file)
        file.seek(0)
        return np.fromfile(file)[0] * x[1]


def statistics_mean(x):
    return statistics.mean(x.tolist()) * x[1]


def environment(x):
    os.environ["SYMDIFF_TEST"] = str(x[0])
    return float(os.environ["SYMDIFF_TEST"]) * x[1]


def regular_expression(x):
    return float(re.match(r"(.*)", str(x[0])).group(1)) * x[1]


def bytes_of_text(x):
    return float(bytes(str(x[0]), "ascii")) * x[1]


def encoded(x):
    return float(str(x[0]).encode().decode()) * x[1]


def csv_rows(x):
    s = io.StringIO()
    csv.writer(s).writerow(list(x))
    s.seek(0)
    return float(next(csv.reader(s))[0]) * x[1]


def joined(x):
    return float("".join(c for c in str(x[0]))) * x[1]


def literal_eval(x):
    return ast.literal_eval(str(x[0])) * x[1]


def float_positional(x):
    return float(np.format_float_positional(x[0])) * x[1]


def array2string(x):
    return float(np.array2string(x[0])) * x[1]


def record(x):
    return np.rec.fromarrays([x], names="a").a[0] * x[1]


def key_of_dict(x):
    d = {}
    d[str(x[0])] = 1.0
    return float(next(iter(d))) * x[1]


def bits(x):
    return np.int64(x[0].view(np.int64)).view(np.float64) * x[1]


def object_scalar(x):
    a = np.zeros((), object)
    a[()] = x[0]
    return a.item() * x[1]


def object_dict(x):
    return np.array({"a": x[0]}, dtype=object).item()["a"] * x[1]


def where_of_objects(x):
    return np.where([True], np.array([x[0]], dtype=object), 0.0)[0] * x[1]


CASES = [
    object_pair,
    astype_object,
    vectorize_otypes,
    object_matmul,
    object_dot,
    object_filled_by_item,
    object_mixed,
    object_tolist,
    object_prod,
    frompyfunc,
    object_and_back,
    object_reduce,
    object_slice_filled,
    object_full,
    object_cumsum,
    str_float,
    repr_float,
    json_list,
    percent,
    format_float,
    struct_pack,
    tobytes,
    pickled,
    decimal_number,
    fraction,
    array_array,
    ctypes_double,
    memory_view,
    complex_of_text,
    string_buffer,
    file,
    savetxt,
    np_save,
    database,
    structured,
    masked,
    matrix,
    hexadecimal,
    integer_ratio,
    bytes_buffer,
    print_to_buffer,
    redirected,
    array_of_text,
    fromstring,
    evaluated,
    view_as_integers,
    array_of_texts,
    frexp,
    data,
    array_method,
    np_str,
    item,
    char_mod,
    json_dict,
    deepcopy,
    tofile,
    statistics_mean,
    environment,
    regular_expression,
    bytes_of_text,
    encoded,
    csv_rows,
    joined,
    literal_eval,
    float_positional,
    array2string,
    record,
    key_of_dict,
    bits,
    object_scalar,
    object_dict,
    where_of_objects,
]


def slopes(f, x):
    found = np.zeros_like(x)
    for k in range(x.size):
        step = np.zeros_like(x)
        step[k] = 1e-5
        found[k] = (f(x + step) - f(x - step)) / 2e-5
    return found


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    PLACES[:] = [str(tmp_path / "a.txt"), str(tmp_path / "a.npy")]
    monkeypatch.setenv("SYMDIFF_TEST", "1.0")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_slopes_or_a_refusal(f):
    want = slopes(f, X)
    try:
        got = grad(f)(X)
    except SymdiffError:
        return
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6)


# -- what is no derivative may pass


def test_whole_numbers_are_steps():
    g = value_and_grad(lambda x: int(x * 10) / 10 * x)
    assert g(0.55) == (0.5 * 0.55, 0.5)
    assert g(0.65) == (0.6 * 0.65, 0.6)


def test_what_is_written_does_not_hurt(tmp_path, capsys):
    def f(x):
        print("at", x)
        started = time.time()
        buffer = io.StringIO()
        print(x, file=buffer)
        with open(PLACES[0], "a") as file:
            file.write(f"{x}\n")
        return x * x if time.time() >= started else x

    g = value_and_grad(f)
    assert g(3.0) == (9.0, 6.0)
    assert g(2.0) == (4.0, 4.0)
    assert capsys.readouterr().out == "at 3.0\nat 2.0\n"
    with open(PLACES[0]) as file:
        assert file.read() == "3.0\n2.0\n"


def test_what_is_read_first_may_be_read(tmp_path):
    with open(PLACES[0], "w") as file:
        file.write("2.5")

    def f(x):
        print(x)
        with open(PLACES[0]) as file:
            scale = float(file.read())
        with open(PLACES[1], "w") as file:
            file.write(str(x * scale))
        return x * x * scale

    assert value_and_grad(f)(2.0) == (10.0, 10.0)


def test_arrays_of_objects_that_nobody_differentiates():
    table = np.array(["a", 2.0, None], dtype=object)

    def f(x):
        names = np.array(["u", "v"], dtype=object)
        return x * len(names) * 2.0

    assert grad(f)(3.0) == 4.0
    assert table[1] == 2.0


def test_text_shown_and_compared():
    def f(x):
        text = f"{x:.1f}".encode()
        return x * x if text.startswith(b"1") else 3 * x

    g = grad(f)
    assert g(1.5) == 3.0
    assert g(2.5) == 3.0
    assert g(1.0) == 2.0
