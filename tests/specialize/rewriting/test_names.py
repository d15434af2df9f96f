"""Names from data are data, through every way in: none is run."""

import contextlib
import linecache
import math
import types
from collections import namedtuple
from dataclasses import make_dataclass

import numpy as np
import pytest
import sympy
from click.testing import CliRunner

import symdiff
from symdiff import grad, hessian, primitive, value_and_grad
from symdiff.command.cli import main
from symdiff.compile.emit import emit
from symdiff.program.naming import as_plain, is_plain
from symdiff.program.program import FLOAT, Program, Var

pytestmark = pytest.mark.sampled(every=11)


class Record:
    pass


@pytest.fixture
def canary(tmp_path):
    path = tmp_path / "canary"
    yield path
    assert not path.exists(), "a name was run as code"


def hostile(canary):
    """Names that do something where they are run, or end a line, a comment, a text."""
    act = f"open({str(canary)!r}, 'w').close()"
    return [
        f"[0][{act} or 0]",
        f"a) + ({act} or 0",
        f"a  # \n    {act}\r{act}\N{LINE SEPARATOR}{act}",
        f"\"\"\"\n{act}\n'''\n{act}",
        *("lambda", "None", "__debug__", "match", "ﬁ", "", "0", "x_bar", "arg_0", "numpy", "abs"),
        *("self", "\\", "{0}%s", "\ud800"),
    ]


class Sly(str):
    """A name that says it is an identifier, and prints as code."""

    act = ""

    def isidentifier(self):
        return True

    def __format__(self, spec):
        return self.act

    def __repr__(self):
        return self.act

    __str__ = __repr__


def everything(f, *args):
    """Ask a gradient for all it offers, run what is meant to be run, and give the gradient."""
    g = value_and_grad(f)
    first = g(*args)
    assert g(*args) == first
    print(g, g.program(*args), g.generated_source(*args))
    text = g.source(*args)
    made = {}
    exec(text, made)
    assert all(
        line.startswith((" ", "def ", "import ", '"')) or not line for line in text.split("\n")
    )
    sympy.latex(g.expression(*args))
    return first


# -- names from data, through every way in


@pytest.mark.slow
def test_attributes_of_an_object_from_outside(canary):
    for name in hostile(canary):
        holder = Record()
        setattr(holder, name, 3.0)

        def f(x, holder=holder, name=name):
            return x * x * getattr(holder, name)

        assert everything(f, 2.0) == (12.0, 12.0)
        setattr(holder, name, 5.0)
        assert grad(f)(2.0) == 20.0


@pytest.mark.slow
def test_attributes_of_an_argument(canary):
    for name in hostile(canary):
        holder = Record()
        setattr(holder, name, 3.0)

        def f(x, holder):
            return x * x * getattr(holder, name)

        assert value_and_grad(f)(2.0, holder) == (12.0, 12.0)
        made = {}
        exec(grad(f).source(2.0, holder), made)
        assert made["grad_f"](2.0, holder) == 12.0


@pytest.mark.slow
def test_attributes_of_classes_modules_and_functions(canary):
    for name in hostile(canary)[:8]:
        cls = type("Made", (), {name: 3.0})
        module = types.ModuleType("made")
        function = lambda: None
        setattr(module, name, 5.0)
        setattr(function, name, 7.0)

        def f(x, name=name):
            total = x * getattr(cls, name) + x * getattr(cls(), name)
            return total + x * getattr(module, name) + x * getattr(function, name)

        assert everything(f, 2.0) == (36.0, 18.0)


@pytest.mark.slow
def test_the_dictionary_of_an_instance(canary):
    for name in hostile(canary)[:8]:
        holder = Record()
        vars(holder)[name] = 3.0

        def f(x, name=name):
            return x * x * vars(holder)[name] + x * holder.__dict__[name]

        assert everything(f, 2.0) == (18.0, 15.0)


def test_attributes_that_the_function_sets(canary):
    for name in hostile(canary)[:8]:
        outside = Record()

        def f(x, name=name):
            own = Record()
            setattr(own, name, x * x)
            setattr(outside, name, getattr(own, name) * 2)
            return getattr(outside, name) + x

        assert value_and_grad(f)(2.0) == (10.0, 9.0)
        assert getattr(outside, name) == 8.0
        print(grad(f).program(2.0))


@pytest.mark.slow
def test_keyword_names_and_keys(canary):
    def product(x, **named):
        for value in named.values():
            x = x * value
        return x

    def read(x, table):
        for value in table.values():
            x = x * value
        return x

    for name in hostile(canary)[:8]:
        if name == "x":
            continue
        assert value_and_grad(product)(2.0, **{name: 3.0}) == (6.0, 3.0)
        assert grad(lambda x, n=name: product(x, **{n: x}))(2.0) == 4.0
        print(grad(product).source(2.0, **{name: 3.0}))
        assert everything(read, 2.0, {name: 3.0}) == (6.0, 3.0)


def test_gradients_by_what_lies_under_such_a_key(canary):
    for name in hostile(canary)[:8]:
        got = grad(lambda p, n=name: p[n] * p[n])({name: 3.0})
        assert list(got.items()) == [(name, 6.0)]
        assert hessian(lambda p, n=name: p[n] * p[n])({name: 3.0}) == {name: {name: 2.0}}


def test_fields_of_named_tuples_and_dataclasses(canary):
    for name in ("match", "_", "x_bar", "abs", "numpy", "arg_0", "ct"):
        Point = make_dataclass("Point", [(name, float)])
        got = grad(lambda p, n=name: getattr(p, n) ** 2)(Point(**{name: 3.0}))
        assert getattr(got, name) == 6.0
    Pair = namedtuple("Pair", ["class", "a b"], rename=True)
    assert grad(lambda p: p._0 * p._1)(Pair(2.0, 3.0)) == Pair(3.0, 2.0)


@pytest.mark.slow
def test_what_functions_and_classes_call_themselves(canary):
    for name in hostile(canary)[:8]:

        def helper(x):
            return x * x

        def f(x):
            return helper(x) * scale(x)

        class Scale:
            def __call__(self, x):
                return 3.0 * x

        scale = Scale()
        for named in (f, helper, Scale):
            named.__name__ = named.__qualname__ = name.replace("\ud800", "")
        assert value_and_grad(f)(2.0) == (24.0, 36.0)
        print(repr(grad(f)), grad(f).program(2.0), grad(f).source(2.0))
        made = {}
        exec(grad(f).source(2.0), made)


def from_text(text, file, **names):
    """Functions of a text that is shown under a file name."""
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    made = {"__name__": "made", **names}
    exec(compile(text, file, "exec"), made)
    return made


@pytest.mark.slow
def test_names_of_files(canary):
    act = f"open({str(canary)!r}, 'w').close()"
    for k, end in enumerate(("\n", "\r", "\x0c", "\N{LINE SEPARATOR}", "\n    ", '"""', "'")):
        file = f"made{k}.py{end}{act}"
        f = from_text("def f(x):\n    return x**3 if x > 0 else x\n", file)["f"]
        assert everything(f, 2.0) == (8.0, 12.0)


def test_parameters_that_a_signature_makes_up(canary):
    import inspect

    class Parameter(inspect.Parameter):
        name = property(lambda self: f"x\n    open({str(canary)!r}, 'w')")

    def f(x):
        return x * x

    f.__signature__ = inspect.Signature([Parameter("x", Parameter.POSITIONAL_ONLY)])
    assert grad(f)(3.0) == 6.0
    exec(grad(f).source(3.0), {})
    print(grad(f).program(3.0))


@pytest.mark.slow
def test_names_given_to_primitives(canary):
    for name in hostile(canary)[:6]:
        made = primitive(lambda x: np.sin(x), name=name or None)
        made.defpartials(lambda r, x: np.cos(x))
        assert grad(lambda x: 2 * made(x))(0.5) == 2 * math.cos(0.5)
        print(made, grad(made).program(0.5), grad(lambda x: made(x) * x).expression(0.5))


def test_wrt_is_parsed_and_never_run(canary):
    for name in hostile(canary):
        for text in (name, f"p.{name}", f"p[{name}]", f"p[{name!r}]"):
            with contextlib.suppress(symdiff.SymdiffError):
                grad(lambda p: p["a"] ** 2, wrt=text)({"a": 3.0, name: 2.0})


def test_text_that_only_pretends_to_be_a_name(canary):
    Sly.act = f"[0][open({str(canary)!r}, 'w').close() or 0]"
    holder = Record()
    sly = Sly("width")
    vars(holder)[sly] = 3.0

    def f(x):
        return x * getattr(holder, sly)

    assert value_and_grad(f)(2.0) == (6.0, 3.0)
    exec(grad(f).source(2.0), {})
    assert value_and_grad(lambda x, t: x * t[sly])(2.0, {sly: 3.0}) == (6.0, 3.0)


def test_objects_are_not_asked_to_print_themselves_as_source(canary):
    act = f"[0][open({str(canary)!r}, 'w').close() or 0]"

    class Object:
        def __repr__(self):
            return act

        __str__ = __repr__

    class Number(float):
        __repr__ = __str__ = Object.__repr__

    class Whole(int):
        __repr__ = __str__ = Object.__repr__

    thing, number, whole = Object(), Number(3.0), Whole(2)
    table = {thing: 2.0, number: 5.0}

    def f(x):
        same = np.any(x == thing)
        return np.sum(x) * (2.0 if same else 3.0) * table[thing] * number * whole

    def g(x, n, k):
        return x * n**k * (x != thing) * float(n) + whole

    for _ in range(2):
        assert list(grad(f)(np.ones(2))) == [36.0, 36.0]
        assert grad(g)(2.0, number, whole) == 27.0
    for text in (lambda: grad(f).source(np.ones(2)), lambda: grad(g).source(2.0, number, whole)):
        with contextlib.suppress(symdiff.SymdiffError):
            exec(text(), {})
    print(grad(f).program(np.ones(2)))


def test_latex_holds_no_command(canary):
    text = r"\input{/etc/passwd}^~"

    def f(x, table):
        return x * table[text] ** 2

    from symdiff.present.text import latex

    shown = latex(grad(f).expression(2.0, {text: 3.0}))
    assert r"\input" not in shown


# -- the command line


def run(*args):
    return CliRunner().invoke(main, list(args), catch_exceptions=True)


def test_points_on_the_command_line_are_parsed_and_never_run(tmp_path, canary):
    file = tmp_path / "model.py"
    file.write_text("def f(x, y=1.0):\n    return x * x * y\n")
    act = f"open({str(canary)!r}, 'w').close()"
    for point in (
        f"x={act}",
        f"x=[{act}]",
        f"x=__import__('os').system('touch {canary}')",
        f"x=1)+({act}",
        f"x=(lambda: {act})()",
        f"x=f'{{{act}}}'",
        f"x=1, **{act}",
        f"{act}=1",
        "x=1)(y=2",
        "x=" + "(" * 5000,
        "x=" + "[" * 80 + "]" * 80,
        "x=" + "-" * 20000 + "1",
        "x=1\0",
        "lambda=1",
        "x=" + "9" * 6000,
        "x=1 if 1 else 2",
        "x={}.__class__",
    ):
        found = run("show", str(file), "--at", point)
        assert found.exit_code in (1, 2), (point, found.output)
        assert found.exception is None or isinstance(found.exception, SystemExit), point
        assert not canary.exists()
    for by in (f"x[{act}]", "x\ny", act, "x;y"):
        assert run("show", str(file), "--wrt", by).exit_code in (1, 2)
    assert run("show", str(file), "--at", "x=3.0").exit_code == 0


def test_a_file_with_such_names_is_shown(tmp_path, canary):
    file = tmp_path / "named.py"
    act = f"open({str(canary)!r}, 'w').close()"
    file.write_text(
        f"ACT = {('[0][' + act + ' or 0]')!r}\n"
        "class C: pass\n"
        "cfg = C()\n"
        "setattr(cfg, ACT, 2.0)\n"
        "def f(x):\n    return x * x * getattr(cfg, ACT)\n"
        f"globals()[ACT + chr(10) + ACT[4:-6]] = f\n"
        "f.__name__ = f.__qualname__ = ACT\n"
    )
    for form in ("text", "latex", "python", "program"):
        found = run("show", str(file), "--format", form)
        assert found.exit_code == 0, found.output
        if form == "python":
            exec(found.output, {})
        assert not canary.exists()


# -- the gate itself


def test_the_emitter_refuses_what_has_passed_by_the_gate():
    x = Var("x]\nimport os", FLOAT)
    with pytest.raises(AssertionError, match="no name"):
        emit(Program("f", (x,), [], (x,)), 0, [])


def test_any_text_becomes_a_plain_name():
    for name in [
        *hostile("canary"),
        "\N{COMBINING ACUTE ACCENT}a",
        "é",
        "ﬀ",
        "变量",
        "½",
        "a" * 500,
    ]:
        made = as_plain(name)
        assert is_plain(made)
        exec(f"{made} = 1", {})
    assert [as_plain(n) for n in ("width", "é", "变量")] == ["width", "é", "变量"]
