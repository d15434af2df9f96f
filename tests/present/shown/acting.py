"""Functions that act on the world, in every way that users have found. None may act when shown."""

import array, atexit, contextlib, ctypes, decimal, functools, gc, io, json, logging, os, pathlib
import pickle, queue, random, shutil, signal, socket, sqlite3, subprocess, sys, tempfile, threading
import time, urllib.request, warnings, weakref, locale, mmap, asyncio, csv, traceback, pprint, copy
import multiprocessing, itertools, operator, string
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
VICTIM = os.path.join(HERE, "victim.txt")
STATE = {"n": 0}
ITEMS = []
COUNTER = 0
OUT = sys.stdout
ARR = np.zeros(3)
RNG = np.random.default_rng(0)
IT = iter(range(100))
AR = array.array("d", [1.0])
SETS = set()


def remove(x):
    os.remove(VICTIM)
    return x * x


def unlink(x):
    pathlib.Path(VICTIM).unlink()
    return x * x


def write(x):
    with open(os.path.join(HERE, "made.txt"), "w") as f:
        f.write("hello")
    return x * x


def write_value(x):
    with open(os.path.join(HERE, "made2.txt"), "w") as f:
        f.write(str(x))
    return x * x


def write_text(x):
    pathlib.Path(HERE, "made3.txt").write_text("a")
    return x * x


def os_open(x):
    fd = os.open(os.path.join(HERE, "made4.txt"), os.O_CREAT | os.O_WRONLY)
    os.close(fd)
    return x * x


def fileio(x):
    io.FileIO(os.path.join(HERE, "made5.txt"), "w")
    return x * x


def run(x):
    subprocess.run(["touch", os.path.join(HERE, "made6.txt")])
    return x * x


def system(x):
    os.system("touch " + os.path.join(HERE, "made7.txt"))
    return x * x


def popen(x):
    subprocess.Popen(["touch", os.path.join(HERE, "made8.txt")])
    return x * x


def sock(x):
    s = socket.socket()
    s.connect(("127.0.0.1", 9))
    return x * x


def url(x):
    urllib.request.urlopen("http://127.0.0.1:9/")
    return x * x


def prints(x):
    print("shown", x)
    return x * x


def prints_const(x):
    print("shown")
    return x * x


def stdout(x):
    sys.stdout.write("shown")
    return x * x


def stdout2(x):
    OUT.write("shown\n")
    return x * x


def logs(x):
    logging.warning("shown")
    return x * x


def logs2(x):
    logging.getLogger("a").error("shown %s", x)
    return x * x


def warns(x):
    warnings.warn("shown")
    return x * x


def draws(x):
    return x * random.random()


def seeds(x):
    random.seed(1)
    return x * x


def np_seeds(x):
    np.random.seed(1)
    return x * x


def np_draws(x):
    return x * np.random.normal()


def rng_draws(x):
    return x * RNG.normal()


def sets_global(x):
    global COUNTER
    COUNTER += 1
    return x * x


def sets_dict(x):
    STATE["n"] += 1
    return x * x


def appends(x):
    ITEMS.append(1)
    return x * x


def adds_set(x):
    SETS.add(1)
    return x * x


def writes_array(x):
    ARR[0] = 7.0
    return x * x


def writes_array2(x):
    AR.append(3.0)
    return x * x


def environ(x):
    os.environ["SYMDIFF_SHOWN"] = "1"
    return x * x


def putenv(x):
    os.putenv("SYMDIFF_SHOWN", "1")
    return x * x


def chdir(x):
    os.chdir("/")
    return x * x


def mkdir(x):
    os.makedirs(os.path.join(HERE, "madedir"))
    return x * x


def rename(x):
    os.rename(VICTIM, VICTIM + "2")
    return x * x


def copy_file(x):
    shutil.copy(VICTIM, VICTIM + "3")
    return x * x


def rmtree(x):
    shutil.rmtree(HERE)
    return x * x


def temp(x):
    with tempfile.TemporaryDirectory(dir=HERE) as d:
        pass
    return x * x


def temp2(x):
    tempfile.NamedTemporaryFile(dir=HERE, delete=False)
    return x * x


def thread(x):
    t = threading.Thread(target=remove, args=(1,))
    t.start()
    t.join()
    return x * x


def exits(x):
    sys.exit()
    return x * x


def exits2(x):
    raise SystemExit


def exits3(x):
    exit()


def os_exit(x):
    os._exit(3)


def kills(x):
    os.kill(os.getpid(), signal.SIGTERM)
    return x * x


def sleeps(x):
    time.sleep(5)
    return x * x


def handles(x):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return x * x


def alarms(x):
    signal.alarm(1)
    return x * x


def at_exit(x):
    atexit.register(remove, 1)
    return x * x


def saves(x):
    np.save(os.path.join(HERE, "made9.npy"), np.zeros(3))
    return x * x


def saves2(x):
    np.zeros(3).tofile(os.path.join(HERE, "made10.npy"))
    return x * x


def savestxt(x):
    np.savetxt(os.path.join(HERE, "made11.npy"), np.zeros(3))
    return x * x


def pickles(x):
    pickle.dump([1], open(os.path.join(HERE, "made12"), "wb"))
    return x * x


def db(x):
    sqlite3.connect(os.path.join(HERE, "made13.db")).execute("create table t(a)")
    return x * x


def evals(x):
    eval("os.remove(VICTIM)")
    return x * x


def execs(x):
    exec("os.remove(VICTIM)")
    return x * x


def imports(x):
    import actor

    return x * x


def imports2(x):
    __import__("actor")
    return x * x


def antigravity(x):
    import this

    return x * x


def settings(x):
    np.seterr(all="raise")
    return x * x


def settings2(x):
    decimal.getcontext().prec = 3
    return x * x


def settings3(x):
    sys.setrecursionlimit(100)
    return x * x


def settings4(x):
    np.set_printoptions(precision=2)
    return x * x


def advances(x):
    return x * next(IT)


def advances2(x):
    for k in IT:
        x = x * k
    return x


def reads_input(x):
    return x * float(input("value: "))


def breaks(x):
    breakpoint()
    return x * x


class Dir:
    def __init__(self):
        self.n = 1

    def __hash__(self):
        os.remove(VICTIM)
        return 1

    def __str__(self):
        os.remove(VICTIM)
        return "x"

    def __eq__(self, other):
        os.remove(VICTIM)
        return True

    @property
    def size(self):
        os.remove(VICTIM)
        return 2.0

    def __getattr__(self, name):
        os.remove(VICTIM)
        return 3.0

    def __enter__(self):
        os.remove(VICTIM)

    def __exit__(self, *a):
        os.remove(VICTIM)

    def __len__(self):
        os.remove(VICTIM)
        return 3

    def __format__(self, spec):
        os.remove(VICTIM)
        return ""

    def __array__(self, *a, **k):
        os.remove(VICTIM)
        return np.zeros(3)

    def __iter__(self):
        os.remove(VICTIM)
        return iter([1.0])

    def __float__(self):
        os.remove(VICTIM)
        return 1.0

    def __lt__(self, other):
        os.remove(VICTIM)
        return True

    def __call__(self):
        os.remove(VICTIM)

    def __repr__(self):
        os.remove(VICTIM)
        return "Dir"


D = Dir()


def hashes(x):
    d = {Dir(): 1}
    return x * x


def strs(x):
    s = f"{D}"
    return x * x


def formats(x):
    s = "%s %r" % (D, D) + "{}".format(D)
    return x * x


def eqs(x):
    return x if [1, D].count(2) else x * x


def props(x):
    return x * D.size


def lazy(x):
    return x * D.missing


def managers(x):
    with D:
        return x * x


def lens(x):
    return x * len(D)


def arrays(x):
    return x * np.sum(D)


def arrays2(x):
    return x * np.asarray(D).sum()


def iters(x):
    return x * sum(D)


def iters2(x):
    return x * np.fromiter(D, float).sum()


def floats(x):
    return x * float(D)


def sorts(x):
    return x * len(sorted([D, Dir()]))


def sorts2(x):
    items = [D, Dir()]
    items.sort()
    return x * len(items)


def maxes(x):
    return x * len([max(D, Dir())])


def keys(x):
    items = [3, 1]
    items.sort(key=lambda v: os.remove(VICTIM))
    return x * len(items)


def partials(x):
    functools.partial(os.remove, VICTIM)()
    return x


def maps(x):
    list(map(os.remove, [VICTIM]))
    return x


def reduces(x):
    functools.reduce(lambda a, b: os.remove(VICTIM), [1, 2])
    return x


def methodcaller(x):
    operator.methodcaller("unlink")(pathlib.Path(VICTIM))
    return x


def getattrs(x):
    getattr(os, "remove")(VICTIM)
    return x


def starmaps(x):
    list(itertools.starmap(os.remove, [(VICTIM,)]))
    return x


def defaultdicts(x):
    import collections

    d = collections.defaultdict(lambda: os.remove(VICTIM))
    d[3]
    return x


def apply_axis(x):
    np.apply_along_axis(lambda r: os.remove(VICTIM), 0, np.ones(3))
    return x


def vectorizes(x):
    np.vectorize(lambda r: os.remove(VICTIM))(np.ones(3))
    return x


def finalizes(x):
    weakref.finalize(D, os.remove, VICTIM)
    return x


def stacks(x):
    with contextlib.ExitStack() as s:
        s.callback(os.remove, VICTIM)
    return x


def finals(x):
    try:
        return x * x
    finally:
        os.remove(VICTIM)


def excepts(x):
    try:
        os.remove(VICTIM)
    except Exception:
        pass
    return x * x


def excepts2(x):
    try:
        os.remove(VICTIM)
    except BaseException:
        pass
    return x * x


def suppresses(x):
    with contextlib.suppress(Exception):
        os.remove(VICTIM)
    return x * x


def branch(x):
    if x > 0:
        return x * x
    os.remove(VICTIM)
    return x


def inner_class(x):
    class A:
        os.remove(VICTIM)

    return x


def inner_class2(x):
    class M(type):
        def __new__(cls, *a):
            os.remove(VICTIM)
            return super().__new__(cls, *a)

    class A(metaclass=M):
        pass

    return x


def decorated(x):
    @atexit.register
    def bye():
        os.remove(VICTIM)

    return x


def dels(x):
    class T:
        def __del__(self):
            os.remove(VICTIM)

    T()
    return x


def asyncs(x):
    async def f():
        os.remove(VICTIM)

    asyncio.run(f())
    return x


def gens(x):
    def g():
        os.remove(VICTIM)
        yield 1.0

    return x * sum(g())


def lib_call(x):
    return x * len(traceback.format_exc(os.remove(VICTIM)))


def dump_json(x):
    json.dump([1], open(VICTIM, "w"))
    return x


def prints_file(x):
    print("x", file=open(VICTIM, "w"))
    return x


def mp(x):
    p = multiprocessing.Process(target=remove, args=(1.0,))
    p.start()
    return x


def ct(x):
    ctypes.CDLL(None).remove(VICTIM.encode())
    return x


def copies(x):
    copy.copy(D)
    return x * x


def gc_off(x):
    gc.disable()
    return x * x


def lru(x):
    return x * CACHED(1.0)


@functools.lru_cache
def CACHED(a):
    os.remove(VICTIM)
    return a


def swallow_eq(x):
    try:
        return x if D in {1: 2} else x * x
    except Exception:
        return x


def cleanup():
    os.remove(VICTIM)


def cleanup2(path: str = VICTIM):
    os.remove(path)


def hidden(x, out=[]):
    out.append(1)
    return x * x


def clears(x):
    ITEMS.clear()
    return x


def dictdel(x):
    del STATE["n"]
    return x


def setsattr(x):
    D.n = 5
    return x


def setsattr2(x):
    sys.stdout = None
    return x


def sets_os(x):
    os.remove = None
    return x
