"""Threads, processes, pickles, locks and interrupts: a line for each check.

    python tools/threads.py                 # every check
    python tools/threads.py --only REGEX    # some of them

A check fails if it raises, or does not end within a minute.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import functools
import gc
import math
import multiprocessing
import os
import pickle
import queue
import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import symdiff as sd

CHECKS: dict[str, Callable[[], None]] = {}
THREADS = 8


def check(function: Callable[[], None]) -> Callable[[], None]:
    """Enter a check under its own name."""
    CHECKS[function.__name__] = function
    return function


# -- the functions under test


def wave(x: float) -> float:
    """A number of a number."""
    return math.sin(x) * x + math.exp(-x)


def total(x: Any) -> Any:
    """A number of an array."""
    return np.sum(np.sin(x) * x) + x[0] * x[1]


def rows(x: Any) -> Any:
    """An array of an array."""
    return np.sin(x) * x


class Model:
    """A class with a decorated method."""

    def __init__(self, slope: float) -> None:
        self.slope = slope

    @sd.grad
    def value(self, x: float) -> float:
        """A polynomial of the instance."""
        return self.slope * x**3


POINT = np.array([0.3, 0.7, 1.1])

OPERATORS: dict[str, tuple[Callable[[], Any], tuple[Any, ...]]] = {
    "grad": (lambda: sd.grad(wave), (0.3,)),
    "value_and_grad": (lambda: sd.value_and_grad(wave), (0.3,)),
    "derivative": (lambda: sd.derivative(wave, n=2), (0.3,)),
    "elementwise_grad": (lambda: sd.elementwise_grad(rows), (POINT,)),
    "jacobian": (lambda: sd.jacobian(rows), (POINT,)),
    "jacfwd": (lambda: sd.jacfwd(rows), (POINT,)),
    "jacrev": (lambda: sd.jacrev(rows), (POINT,)),
    "hessian": (lambda: sd.hessian(total), (POINT,)),
    "hvp": (lambda: sd.hvp(total), (POINT, POINT)),
    "grad_of_grad": (lambda: sd.grad(sd.grad(wave)), (0.3,)),
    "batched": (lambda: sd.batched(sd.grad(wave)), (POINT,)),
    "sparse_jacobian": (lambda: sd.sparse_jacobian(rows), (POINT,)),
    "sparse_hessian": (lambda: sd.sparse_hessian(total), (POINT,)),
}


def close(a: Any, b: Any) -> None:
    """Assert that two results are the same."""
    if hasattr(a, "toarray"):
        a, b = a.toarray(), b.toarray()
    if isinstance(a, tuple):
        for one, other in zip(a, b, strict=True):
            close(one, other)
        return
    np.testing.assert_allclose(a, b, rtol=1e-12)


def together(work: Callable[[int], None], threads: int = THREADS) -> None:
    """Run `work(k)` in several threads at once, which change as often as they can."""
    errors: list[BaseException] = []
    start = threading.Barrier(threads)

    def run(k: int) -> None:
        try:
            start.wait()
            work(k)
        except BaseException as error:
            errors.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        pool = [threading.Thread(target=run, args=(k,), daemon=True) for k in range(threads)]
        for thread in pool:
            thread.start()
        for thread in pool:
            thread.join(50)
            assert not thread.is_alive(), "a thread hangs"
    finally:
        sys.setswitchinterval(before)
    if errors:
        raise errors[0]


# -- first calls in several threads, of one object and of one for each


def _first_calls(name: str) -> None:
    make, args = OPERATORS[name]
    expected = make()(*args)
    one = make()

    def work(k: int) -> None:
        close(one(*args), expected)
        close(make()(*args), expected)

    together(work)


for _name in OPERATORS:
    CHECKS[f"first_calls_of_{_name}"] = functools.partial(_first_calls, _name)


@check
def first_calls_of_new_functions() -> None:
    """Each thread differentiates a function of its own."""

    def work(k: int) -> None:
        g = sd.grad(lambda x: math.sin(k * x) + math.tanh(x) * k)
        close(g(0.3), k * math.cos(0.3 * k) + k / math.cosh(0.3) ** 2)

    together(work)


@check
def first_import_in_threads() -> None:
    """The package is imported, and used, by several threads of a fresh process."""
    _in_process("""
        import sys, threading, math
        sys.setswitchinterval(1e-6)
        errors = []
        def work(k):
            try:
                import symdiff as sd
                assert abs(sd.grad(FUNCTIONS[k])(0.3) - k * math.cos(0.3 * k)) < 1e-12
            except BaseException as error:
                errors.append(error)
        FUNCTIONS = [lambda x: math.sin(0 * x), lambda x: math.sin(1 * x),
            lambda x: math.sin(2 * x), lambda x: math.sin(3 * x)]
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert not errors, errors
    """)


@check
def many_paths_in_threads() -> None:
    """One object, whose paths are met in another order by each thread."""

    def branches(x: float) -> float:
        k = 0
        while k < x:
            k += 1
        return x * k if k % 2 else x**2 * k

    g = sd.grad(branches)

    def work(k: int) -> None:
        order = list(range(12))
        random.Random(k).shuffle(order)
        for n in order:
            x = n - 0.5
            close(g(x), float(max(n, 0)) if n % 2 else 2 * x * n)

    together(work)


@check
def shapes_and_dtypes_in_threads() -> None:
    """One object, which meets another shape and dtype in each thread."""
    g = sd.grad(lambda x: np.sum(x * x))

    def work(k: int) -> None:
        for n in range(1, 6):
            x = np.arange(float(n * (k + 1))).astype([np.float64, np.float32][k % 2])
            close(g(x), 2 * x)

    together(work)


@check
def saturated_calls_in_threads() -> None:
    """The careful form is made and used by several threads at once."""
    g = sd.grad(lambda x: math.tanh(x) + x)

    def work(k: int) -> None:
        for x in (400.0, 0.5, -720.0) * 5:
            assert math.isfinite(g(x))

    together(work)


# -- what several threads change outside


def _writes(
    container: Any, write: Callable[[Any, int, float], None], read: Any, count: int = 25
) -> None:
    def f(x: float, k: int) -> float:
        write(container, k, x)
        return x * x

    g = sd.grad(f)

    def work(t: int) -> None:
        for j in range(count):
            k = t * count + j
            close(g(float(k + 1), k), 2.0 * (k + 1))

    together(work)
    for k in range(THREADS * count):
        assert read(container, k) == k + 1, f"write {k} is lost"


def _set_item(container: Any, k: int, x: float) -> None:
    container[k] = x


def _get_item(container: Any, k: int) -> float:
    return float(container[k])


@check
def writes_to_items_of_an_array() -> None:
    """No write is lost."""
    _writes(np.zeros(THREADS * 25), _set_item, _get_item)


@check
def writes_to_items_of_a_list() -> None:
    """No write is lost."""
    _writes([0.0] * (THREADS * 4), _set_item, _get_item, 4)


@check
def writes_to_items_of_a_dict() -> None:
    """No write is lost, and no key is missing."""
    _writes(dict.fromkeys(range(THREADS * 4), 0.0), _set_item, _get_item, 4)


@check
def writes_to_rows_of_a_matrix() -> None:
    """No write is lost."""

    def write(matrix: Any, k: int, x: float) -> None:
        matrix[k, 1:] = x

    _writes(np.zeros((THREADS * 25, 3)), write, lambda m, k: m[k, 2])


@check
def appends_to_a_list() -> None:
    """No item is lost."""
    seen: list[float] = []

    def f(x: float) -> float:
        seen.append(x)
        return x * x

    g = sd.grad(f)
    together(lambda t: [g(t * 100.0 + j) for j in range(50)] and None)
    assert len(set(seen)) == THREADS * 50


@check
def appends_to_a_deque() -> None:
    """No item is lost."""
    seen: deque[float] = deque([-1.0])

    def f(x: float) -> float:
        seen.append(x)
        return x * x

    g = sd.grad(f)
    together(lambda t: [g(t * 100.0 + j) for j in range(10)] and None)
    assert len(set(seen)) == THREADS * 10 + 1


@check
def additions_to_a_set() -> None:
    """No member is lost."""
    seen: set[int] = set()

    def f(x: float, k: int) -> float:
        seen.add(k)
        return x * x

    g = sd.grad(f)
    # The first members have places of their own: a copy of the set has its order.
    together(lambda t: [g(1.0, t + THREADS * j) for j in range(10)] and None)
    assert len(seen) == THREADS * 10


@check
def readers_see_every_key() -> None:
    """A thread that looks on finds all keys at any time."""
    table = {"a": 0.0, "b": 0.0, "c": 0.0}
    missing = []
    over = threading.Event()

    def f(x: float) -> float:
        table["a"] = x
        table["b"] = 2 * x
        return x * x

    g = sd.grad(f)

    def look() -> None:
        while not over.is_set():
            if len(table) != 3 or table.get("a") is None:
                missing.append(1)

    reader = threading.Thread(target=look, daemon=True)
    reader.start()
    try:
        together(lambda t: [g(float(t + 1)) for _ in range(200)] and None, 4)
    finally:
        over.set()
        reader.join()
    assert not missing


@check
def attributes_of_instances() -> None:
    """Each thread has an instance of its own."""

    class Counter:
        def __init__(self) -> None:
            self.count = 0

    def f(counter: Any, x: float) -> float:
        counter.count += 1
        return x * x

    g = sd.grad(f, wrt="x")
    counters = [Counter() for _ in range(THREADS)]
    together(lambda t: [g(counters[t], 1.0) for _ in range(50)] and None)
    assert [c.count for c in counters] == [50] * THREADS


@check
def a_counter_under_a_lock() -> None:
    """Every thread adds to one number, under a lock."""
    lock = threading.Lock()
    state = {"n": 0}

    def f(x: float) -> float:
        with lock:
            state["n"] += 1
        return x * x

    g = sd.grad(f)
    together(lambda t: [g(1.0) for _ in range(50)] and None)
    assert state["n"] == 50 * THREADS
    assert not lock.locked()


# -- locks, queues and executors inside the function


@check
def a_queue_after_its_own_lock() -> None:
    """`Queue.put` after `with q.mutex`."""
    q: queue.Queue[float] = queue.Queue()

    def f(x: float) -> float:
        with q.mutex:
            n = len(q.queue)
        q.put(1.0)
        return x * x + n

    g = sd.grad(f)
    assert [g(2.0), g(3.0)] == [4.0, 6.0]
    assert q.qsize() == 2


@check
def an_executor_whose_task_takes_the_lock() -> None:
    """A lock that the function has only read under is free for a task that it waits for."""
    lock = threading.Lock()
    state = {"n": 2.0}

    def task() -> float:
        with lock:
            return 5.0

    with concurrent.futures.ThreadPoolExecutor(1) as pool:

        def f(x: float) -> float:
            with lock:
                n = state["n"]
            pool.submit(task).result()
            return x * x * n

        g = sd.grad(f)
        assert [g(2.0), g(3.0)] == [8.0, 12.0]
    assert not lock.locked()


@check
def a_wait_after_a_change_under_a_lock_is_refused() -> None:
    """Rather than wait for ever, with the place and the reason."""
    lock = threading.Lock()
    state = {"n": 2.0}
    with concurrent.futures.ThreadPoolExecutor(1) as pool:

        def f(x: float) -> float:
            with lock:
                state["n"] += 1.0
            pool.submit(lock.acquire).result()
            return x * x

        try:
            sd.grad(f)(2.0)
        except sd.UnsupportedError as error:
            message = str(error)
        else:
            raise AssertionError("not refused")
        assert "lock" in message
    assert not lock.locked()
    assert state["n"] == 2.0


@check
def gradients_in_an_executor() -> None:
    """A pool of threads calls one object."""
    g = sd.grad(wave)
    expected = [sd.grad(wave)(0.1 * k) for k in range(50)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        close(np.array(list(pool.map(g, [0.1 * k for k in range(50)]))), np.array(expected))


@check
def settings_of_numpy_belong_to_the_thread() -> None:
    """One thread has NumPy raise, the others do not."""
    g = sd.grad(lambda x: np.exp(x[0]) * x[1])

    def work(k: int) -> None:
        x = np.array([800.0, 1.0])
        for _ in range(5):
            if k == 0:
                with np.errstate(over="raise"):
                    try:
                        g(x)
                    except FloatingPointError:
                        continue
                    raise AssertionError("it does not raise")
            with np.errstate(all="ignore"):
                assert g(x)[1] == math.inf

    together(work)


# -- processes


def _slope(x: float) -> float:
    return float(WARM(x))


def _fresh_slope(x: float) -> float:
    return float(sd.grad(wave)(x))


WARM = sd.grad(wave)


def _pool(method: str) -> None:
    expected = [sd.grad(wave)(0.1 * k) for k in range(8)]
    WARM(0.3)
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        inputs = [0.1 * k for k in range(8)]
        close(np.array(pool.map_async(_slope, inputs).get(50)), np.array(expected))
        close(np.array(pool.map_async(_fresh_slope, inputs).get(50)), np.array(expected))
        close(np.array(pool.map_async(sd.grad(wave), inputs).get(50)), np.array(expected))


for _method in ("fork", "spawn", "forkserver"):
    if _method in multiprocessing.get_all_start_methods():
        CHECKS[f"a_pool_by_{_method}"] = functools.partial(_pool, _method)


def _in_process(code: str) -> None:
    """Run a program in a fresh process that finds its source in a file."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(code))
        found = subprocess.run(
            [sys.executable, path],
            capture_output=True,
            text=True,
            timeout=55,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert found.returncode == 0, found.stderr[-2000:]


_FORK = """
    import math, os, signal, sys, threading, time
    import symdiff as sd

    def long(x):
        for k in range({steps}):
            x = x + math.sin(x * k) * 0.01
        return x

    def child():
        signal.alarm(30)
        ok = abs(sd.grad(lambda x: x**3 + math.sin(x))(2.0) - 12.0 - math.cos(2.0)) < 1e-12
        import gc
        os._exit(0 if ok and gc.isenabled() and sys.getrecursionlimit() == 1000 else 3)

    sys.setrecursionlimit(1000)
    thread = threading.Thread(target=lambda: sd.grad(long)(0.3), daemon=True)
    thread.start()
    time.sleep({wait})
    for _ in range(3):
        pid = os.fork()
        if not pid:
            child()
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""


@check
def a_fork_while_another_thread_traces() -> None:
    """The child differentiates, too."""
    _in_process(_FORK.format(steps=4000, wait=0.3))


@check
def a_fork_while_another_thread_imports() -> None:
    """The first trace of the process imports SymPy."""
    _in_process(_FORK.format(steps=10, wait=0.01))


@check
def a_fork_inside_the_function() -> None:
    """The function runs a process."""

    def f(x: float) -> float:
        code = os.spawnlp(os.P_WAIT, "true", "true")
        return x * x + code

    g = sd.grad(f)
    assert [g(2.0), g(3.0)] == [4.0, 6.0]


# -- pickles


def _pickled(name: str) -> None:
    make, args = OPERATORS[name]
    expected = make()(*args)
    operator = make()
    close(pickle.loads(pickle.dumps(operator))(*args), expected)
    operator(*args)
    again = pickle.loads(pickle.dumps(operator))
    close(again(*args), expected)
    close(operator(*args), expected)
    try:
        import cloudpickle
    except ImportError:
        return
    close(pickle.loads(cloudpickle.dumps(operator))(*args), expected)


for _name in OPERATORS:
    CHECKS[f"pickle_{_name}"] = functools.partial(_pickled, _name)


@check
def pickle_a_decorated_method() -> None:
    """Of an instance: it comes back bound to a copy of the instance."""
    bound = Model(2.0).value
    assert bound(2.0) == 24.0
    assert pickle.loads(pickle.dumps(bound))(2.0) == 24.0


@check
def pickle_the_operator_of_a_partial() -> None:
    """Of `functools.partial`."""
    g = sd.grad(functools.partial(math.pow, 2.0))
    close(pickle.loads(pickle.dumps(g))(3.0), g(3.0))


def _by_value(code: str) -> None:
    """Pickle by cloudpickle in one process, and load where the file is gone."""
    try:
        import cloudpickle  # noqa: F401
    except ImportError:
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        pickled = os.path.join(folder, "pickled")
        _in_process(f"PATH = {pickled!r}\n" + textwrap.dedent(code))
        _in_process(f"""
            import pickle
            made, args, expected = pickle.load(open({pickled!r}, "rb"))
            assert abs(made(*args) - expected) < 1e-12
        """)


@check
def cloudpickle_a_lambda() -> None:
    """A lambda of `__main__`."""
    _by_value("""
        import cloudpickle, symdiff as sd
        made = sd.grad(lambda x: x**3)
        cloudpickle.dump((made, (2.0,), 12.0), open(PATH, "wb"))
    """)


@check
def cloudpickle_a_closure() -> None:
    """A closure, after a call."""
    _by_value("""
        import cloudpickle, symdiff as sd
        def make(k):
            def f(x):
                return k * x**3
            return f
        made = sd.grad(make(2.0))
        made(1.0)
        cloudpickle.dump((made, (2.0,), 24.0), open(PATH, "wb"))
    """)


@check
def cloudpickle_what_a_function_calls() -> None:
    """A function of `__main__` that calls others, and a class."""
    _by_value("""
        import cloudpickle, symdiff as sd
        class Line:
            def __init__(self, slope):
                self.slope = slope
            def at(self, x):
                return self.slope * x
        def cube(x):
            return x**3
        def f(x):
            return cube(x) + Line(5.0).at(x)
        cloudpickle.dump((sd.grad(f), (2.0,), 17.0), open(PATH, "wb"))
    """)


# -- interrupts


class Interrupt(BaseException):
    """What is raised somewhere in a call."""


def _state() -> Any:
    from symdiff.safety.exclusive import TRACING

    return (np.geterr(), sys.getrecursionlimit(), gc.isenabled(), TRACING._is_owned())


@contextmanager
def _interrupted_at(event: int) -> Iterator[list[int]]:
    """Raise `Interrupt` at some line executed in symdiff, as a signal handler might."""
    count = [0]

    def tracer(frame: Any, kind: str, arg: Any) -> Any:
        if "symdiff" not in frame.f_code.co_filename and "<" not in frame.f_code.co_filename:
            return None
        if kind == "line":
            count[0] += 1
            if count[0] == event:
                sys.settrace(None)
                raise Interrupt
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        yield count
    finally:
        sys.settrace(before)


def _lines_of(call: Callable[[], Any]) -> int:
    with _interrupted_at(-1) as count:
        call()
    return count[0]


def _interrupt(make: Callable[[], tuple[Any, Any, Callable[[], Any]]], warm: bool, n: int) -> None:
    """Interrupt a call at random places: everything is as before the call, or as after it.

    Args:
        make: gives a gradient, a call of it, and what shows the state of everything outside.
        warm: whether the call is made of compiled code.
        n: at how many places.
    """
    rng = random.Random(0)
    _, call, look = make()
    if warm:
        call()
    lines = _lines_of(call)
    for _ in range(n):
        _, call, look = make()
        if warm:
            call()
        outside, state = look(), _state()
        twin = make()
        for _ in range(1 + warm):
            expected = twin[1]()
        after = twin[2]()
        try:
            with _interrupted_at(rng.randint(1, lines)):
                call()
        except Interrupt:
            pass
        assert _state() == state, "a setting has changed"
        now = look()
        assert now in (outside, after), f"half done: {now}, before {outside}, after {after}"
        if now == outside:
            close(call(), expected)
            assert look() == after


def _with_effects() -> tuple[Any, Any, Callable[[], Any]]:
    table = {"a": 1.0, "b": 2.0}
    values = [1.0, 2.0, 3.0]
    array = np.zeros(3)
    model = Model(1.0)
    lock = threading.Lock()

    def f(x: float) -> float:
        with lock:
            table["a"] += x
            table["c"] = 2 * x
            values[1] += x
            values.append(x * x)
            array[2] += x
            model.slope += 1.0
        return math.sin(x) * x * model.slope

    g = sd.grad(f)
    return (
        g,
        functools.partial(g, 0.7),
        lambda: (dict(table), list(values), array.tolist(), model.slope, lock.locked()),
    )


def _with_arrays() -> tuple[Any, Any, Callable[[], Any]]:
    g = sd.grad(lambda x: np.sum(np.exp(x) / x))
    return g, functools.partial(g, np.array([1.0, 2.0])), lambda: None


def _saturated() -> tuple[Any, Any, Callable[[], Any]]:
    g = sd.grad(lambda x: math.tanh(x) + x)
    return g, functools.partial(g, 800.0), lambda: None


_MAKERS = {"effects": _with_effects, "arrays": _with_arrays, "saturated": _saturated}
for _name, _maker in _MAKERS.items():
    CHECKS[f"interrupted_warm_call_with_{_name}"] = functools.partial(_interrupt, _maker, True, 60)
    CHECKS[f"interrupted_first_call_with_{_name}"] = functools.partial(
        _interrupt, _maker, False, 12
    )


@check
def interrupts_by_a_timer() -> None:
    """A signal's handler raises, as Ctrl-C does."""

    def stop(*_: Any) -> None:
        raise Interrupt

    rng = random.Random(1)
    state = _state()
    old = signal.signal(signal.SIGALRM, stop)
    try:
        for _ in range(25):
            _, call, look = _with_effects()
            before = look()
            twin = _with_effects()
            twin[1]()
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-4, 2e-2))
                call()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Interrupt:
                pass
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            assert _state() == state
            assert look() in (before, twin[2]())
    finally:
        signal.signal(signal.SIGALRM, old)


@check
def interrupts_from_another_thread() -> None:
    """An exception set in a thread, as debuggers and notebooks do."""
    import ctypes

    errors: list[str] = []

    def work(k: int) -> None:
        g = sd.grad(lambda x: math.sin(x * k) + x)
        try:
            while True:
                g(0.3)
                sd.grad(lambda x: x * k)(0.5)
        except Interrupt:
            pass
        if np.geterr()["over"] != "warn" or not gc.isenabled():
            errors.append("a setting has changed")

    for k in range(12):
        thread = threading.Thread(target=work, args=(k,), daemon=True)
        thread.start()
        time.sleep(random.Random(k).uniform(0.001, 0.05))
        number = ctypes.c_ulong(thread.ident or 0)
        for _ in range(40):  # Python itself ignores what is raised in a callback of its collector
            ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(Interrupt))
            thread.join(0.5)
            if not thread.is_alive():
                break
        assert not thread.is_alive()
        close(sd.grad(wave)(0.3), WARM(0.3))
    assert not errors


# -- the command line


def run(name: str, seconds: int = 60) -> str:
    """Run a check; gives what is wrong, or nothing."""

    def late(*_: Any) -> None:
        raise TimeoutError(f"not over after {seconds} s")

    old = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        CHECKS[name]()
    except Exception as error:
        return f"{type(error).__name__}: {error}".strip().replace("\n", " | ")[:300]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)
    return ""


def main() -> int:
    """Run the checks; the number of failures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args().only
    failed = 0
    names = [name for name in CHECKS if re.search(chosen, name)]
    for name in names:
        start = time.perf_counter()
        wrong = run(name)
        failed += bool(wrong)
        took = time.perf_counter() - start
        print(f"{'FAIL' if wrong else 'ok  '}  {name}  {took:.2f} s  {wrong}", flush=True)
    print(f"{len(names) - failed} of {len(names)} checks pass")
    return failed


if __name__ == "__main__":
    sys.exit(min(main(), 1))
