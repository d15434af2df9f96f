"""Functions whose values pass through another type on the way."""

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

import numpy as np

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
