"""The C that every module begins with: what forms and statements call."""

from __future__ import annotations

HEAD = r"""
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(SD_VECTOR)  /* the system's vector forms, which serve loops over arrays */
#define SD_SIMD __attribute__((simd("notinbranch"), const))
extern double sin(double) SD_SIMD;
extern double cos(double) SD_SIMD;
extern double exp(double) SD_SIMD;
extern double log(double) SD_SIMD;
extern double pow(double, double) SD_SIMD;
#if SD_VECTOR >= 235
extern double tan(double) SD_SIMD;
extern double sinh(double) SD_SIMD;
extern double cosh(double) SD_SIMD;
extern double tanh(double) SD_SIMD;
extern double asin(double) SD_SIMD;
extern double acos(double) SD_SIMD;
extern double atan(double) SD_SIMD;
extern double asinh(double) SD_SIMD;
extern double acosh(double) SD_SIMD;
extern double atanh(double) SD_SIMD;
extern double expm1(double) SD_SIMD;
extern double log1p(double) SD_SIMD;
extern double log2(double) SD_SIMD;
extern double log10(double) SD_SIMD;
extern double exp2(double) SD_SIMD;
extern double cbrt(double) SD_SIMD;
extern double erf(double) SD_SIMD;
extern double erfc(double) SD_SIMD;
extern double atan2(double, double) SD_SIMD;
extern double hypot(double, double) SD_SIMD;
#endif
#endif

#define SD_INLINE static inline __attribute__((unused, always_inline))
#define SD_CALL static __attribute__((unused, noinline))

/* -- memory that lives as long as the call */

typedef struct sd_block { struct sd_block *before, *after; size_t size; size_t unused; } sd_block;
typedef struct { sd_block *first; size_t stacked, limit; } sd_pool;

/* What calls have let go of, for the next: the system would make fresh pages of it. */
static __thread sd_block *sd_kept = NULL;
static __thread size_t sd_kept_size = 0;
#define SD_MOST_KEPT ((size_t)1 << 23)

SD_CALL sd_block *sd_reuse(size_t size)
{
    for (sd_block *block = sd_kept; block; block = block->after)
        if (block->size >= size && block->size <= 2 * size + 4096) {
            if (block->before) block->before->after = block->after; else sd_kept = block->after;
            if (block->after) block->after->before = block->before;
            sd_kept_size -= block->size;
            return block;
        }
    return NULL;
}

SD_CALL void *sd_resize(sd_pool *pool, void *old, size_t size)
{
    sd_block *block = old ? (sd_block *)old - 1 : NULL;
    sd_block *now = block ? NULL : sd_reuse(size);
    if (now) size = now->size;
    else now = realloc(block, sizeof(sd_block) + size);
    if (!now) return NULL;
    if (!block) {
        now->before = NULL;
        now->after = pool->first;
        pool->first = now;
    } else if (!now->before) {
        pool->first = now;
    } else {
        now->before->after = now;
    }
    if (now->after) now->after->before = now;
    now->size = size;
    return now + 1;
}

SD_CALL void sd_free(sd_pool *pool)
{
    sd_block *block = pool->first;
    while (block) {
        sd_block *after = block->after;
        if (sd_kept_size + block->size <= SD_MOST_KEPT) {
            block->before = NULL;
            block->after = sd_kept;
            if (sd_kept) sd_kept->before = block;
            sd_kept = block;
            sd_kept_size += block->size;
        } else {
            free(block);
        }
        block = after;
    }
}

/* -- tapes: what a loop stacks, an entry an iteration */

typedef struct { char *data; int64_t count, room; } sd_tape;

SD_CALL int sd_grow(sd_pool *pool, sd_tape *tape, int64_t room, size_t entry)
{
    if (room <= tape->room) return 1;
    pool->stacked += (size_t)(room - tape->room) * entry;
    if (pool->stacked > pool->limit) return 0;
    char *data = sd_resize(pool, tape->data, (size_t)room * entry);
    if (!data) return 0;
    tape->data = data;
    tape->room = room;
    return 1;
}

SD_INLINE void *sd_push(sd_pool *pool, sd_tape *tape, size_t entry)
{
    if (tape->count == tape->room && !sd_grow(pool, tape, 2 * tape->room + 16, entry)) return NULL;
    return tape->data + (size_t)(tape->count++) * entry;
}

SD_CALL void sd_reverse(sd_tape *tape, size_t entry)
{
    char kept[64];
    for (int64_t i = 0, j = tape->count - 1; i < j; ++i, --j) {
        char *a = tape->data + (size_t)i * entry, *b = tape->data + (size_t)j * entry;
        for (size_t done = 0; done < entry; done += sizeof kept) {
            size_t part = entry - done < sizeof kept ? entry - done : sizeof kept;
            memcpy(kept, a + done, part);
            memcpy(a + done, b + done, part);
            memcpy(b + done, kept, part);
        }
    }
}

/* -- numbers */

SD_INLINE double sd_sign(double x) { return x > 0.0 || x < 0.0 ? copysign(1.0, x) : x; }
SD_INLINE double sd_maximum(double a, double b) { return a >= b || a != a ? a : b; }
SD_INLINE double sd_minimum(double a, double b) { return a <= b || a != a ? a : b; }
SD_INLINE double sd_fmax(double a, double b) { return a >= b || b != b ? a : b; }
SD_INLINE double sd_fmin(double a, double b) { return a <= b || b != b ? a : b; }
SD_INLINE double sd_over(double x, double r) { return x / (r == 0.0 ? INFINITY : r); }
SD_INLINE double sd_sigmoid(double x)
{
    double e = exp(-fabs(x));
    return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}
SD_INLINE double sd_logaddexp(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a, d = low - high;
    return a == b ? a + 0.6931471805599453 : d != d ? d : high + log1p(exp(d));
}
SD_INLINE double sd_sinc(double x)
{
    double y = 3.141592653589793 * x;
    return x != 0.0 ? sin(y) / y : 1.0;
}
SD_INLINE double sd_side_toward(double x, double d, double e, double facing)
{
    double change = facing < 0.0 ? -d : d;
    double n = x != 0.0 ? x : d != 0.0 ? change : e;
    return n < 0.0 ? -1.0 : 1.0;
}
SD_INLINE double sd_mod(double x, double y)
{
    double m = fmod(x, y);
    return m != 0.0 ? (((y < 0.0) != (m < 0.0)) ? m + y : m) : copysign(0.0, y);
}
SD_INLINE double sd_floordiv(double x, double y)
{
    double m = fmod(x, y), d = (x - m) / y;
    if (m != 0.0 && ((y < 0.0) != (m < 0.0))) d -= 1.0;
    if (d == 0.0) return copysign(0.0, x / y);
    double f = floor(d);
    return d - f > 0.5 ? f + 1.0 : f;
}

/* -- whole numbers: of Python's kind, which have no end, so that an overflow is a miss */

SD_INLINE int64_t sd_int_floordiv(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return (a % b != 0 && ((a < 0) != (b < 0))) ? q - 1 : q;
}
SD_INLINE int64_t sd_int_mod(int64_t a, int64_t b)
{
    int64_t m = a % b;
    return (m != 0 && ((m < 0) != (b < 0))) ? m + b : m;
}
SD_INLINE int sd_int_pow(int64_t a, int64_t n, int64_t *found)
{
    int64_t r = 1;
    if (n < 0) return 0;
    while (n) {
        if ((n & 1) && __builtin_mul_overflow(r, a, &r)) return 0;
        n >>= 1;
        if (n && __builtin_mul_overflow(a, a, &a)) return 0;
    }
    *found = r;
    return 1;
}
SD_INLINE int sd_exact(int64_t a) { return a <= 9007199254740992 && a >= -9007199254740992; }
SD_INLINE int sd_fits(double x) { return x > -9.2e18 && x < 9.2e18; }

/* -- sums, as NumPy computes them: pairwise, with eight partial sums */

SD_CALL double sd_sum(const double *a, int64_t n, int64_t stride)
{
    if (n < 8) {
        double sum = n ? -0.0 : 0.0;
        for (int64_t i = 0; i < n; ++i) sum += a[i * stride];
        return sum;
    }
    if (n <= 128) {
        double r[8];
        int64_t i;
        for (int k = 0; k < 8; ++k) r[k] = a[k * stride];
        for (i = 8; i < n - (n % 8); i += 8)
            for (int k = 0; k < 8; ++k) r[k] += a[(i + k) * stride];
        double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
        for (; i < n; ++i) sum += a[i * stride];
        return sum;
    }
    int64_t half = n / 2;
    half -= half % 8;
    return sd_sum(a, half, stride) + sd_sum(a + half * stride, n - half, stride);
}

SD_CALL double sd_dot(const double *a, int64_t sa, const double *b, int64_t sb, int64_t n)
{
    double r[16] = {0.0}, sum = 0.0;
    int64_t i = 0;
    if (sa == 1 && sb == 1) {
        for (; i + 16 <= n; i += 16)
            for (int k = 0; k < 16; ++k) r[k] += a[i + k] * b[i + k];
    } else {
        for (; i + 16 <= n; i += 16)
            for (int k = 0; k < 16; ++k) r[k] += a[(i + k) * sa] * b[(i + k) * sb];
    }
    for (; i < n; ++i) sum += a[i * sa] * b[i * sb];
    for (int half = 8; half; half /= 2)
        for (int k = 0; k < half; ++k) r[k] += r[k + half];
    return r[0] + sum;
}

typedef double sd_eight __attribute__((vector_size(64), aligned(8)));

SD_INLINE double sd_added(sd_eight v)
{
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/* The product of a matrix, whose rows or columns lie in one piece, with a vector. */
SD_CALL void sd_matvec(double *restrict to, const double *a, int64_t down, int64_t along,
                       const double *x, int64_t step, int64_t m, int64_t n)
{
    int64_t i = 0, k = 0;
    if (along == 1 && step == 1) {
        for (; i + 4 <= m; i += 4) {
            const double *r0 = a + i * down, *r1 = r0 + down, *r2 = r1 + down, *r3 = r2 + down;
            sd_eight s0 = {0.0}, s1 = {0.0}, s2 = {0.0}, s3 = {0.0};
            for (k = 0; k + 8 <= n; k += 8) {
                const sd_eight v = *(const sd_eight *)(x + k);
                s0 += *(const sd_eight *)(r0 + k) * v;
                s1 += *(const sd_eight *)(r1 + k) * v;
                s2 += *(const sd_eight *)(r2 + k) * v;
                s3 += *(const sd_eight *)(r3 + k) * v;
            }
            double t0 = sd_added(s0), t1 = sd_added(s1), t2 = sd_added(s2), t3 = sd_added(s3);
            for (; k < n; ++k) {
                t0 += r0[k] * x[k];
                t1 += r1[k] * x[k];
                t2 += r2[k] * x[k];
                t3 += r3[k] * x[k];
            }
            to[i] = t0;
            to[i + 1] = t1;
            to[i + 2] = t2;
            to[i + 3] = t3;
        }
    } else if (down == 1) {
        memset(to, 0, (size_t)m * sizeof(double));
        for (; k + 4 <= n; k += 4) {
            const double *c0 = a + k * along, *c1 = c0 + along, *c2 = c1 + along, *c3 = c2 + along;
            const double x0 = x[k * step], x1 = x[(k + 1) * step];
            const double x2 = x[(k + 2) * step], x3 = x[(k + 3) * step];
            for (i = 0; i < m; ++i)
                to[i] += (c0[i] * x0 + c1[i] * x1) + (c2[i] * x2 + c3[i] * x3);
        }
        for (; k < n; ++k)
            for (i = 0; i < m; ++i) to[i] += a[i + k * along] * x[k * step];
        return;
    }
    for (; i < m; ++i) to[i] = sd_dot(a + i * down, along, x, step, n);
}

SD_CALL double sd_max(const double *a, int64_t n, int64_t stride)
{
    double r[4] = {a[0], a[0], a[0], a[0]};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; ++k) r[k] = sd_maximum(r[k], a[(i + k) * stride]);
    for (; i < n; ++i) r[0] = sd_maximum(r[0], a[i * stride]);
    return sd_maximum(sd_maximum(r[0], r[1]), sd_maximum(r[2], r[3]));
}

SD_CALL double sd_min(const double *a, int64_t n, int64_t stride)
{
    double r[4] = {a[0], a[0], a[0], a[0]};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; ++k) r[k] = sd_minimum(r[k], a[(i + k) * stride]);
    for (; i < n; ++i) r[0] = sd_minimum(r[0], a[i * stride]);
    return sd_minimum(sd_minimum(r[0], r[1]), sd_minimum(r[2], r[3]));
}

/* -- what lies outside */

/* A number that changes whenever a dict does; 0 where this Python has none. */
SD_INLINE uint64_t sd_version(PyObject *dict)
{
#if PY_VERSION_HEX < 0x030D0000
    return ((PyDictObject *)dict)->ma_version_tag;
#else
    return 0;
#endif
}

/* Whether products of a few numbers of an array are floats; of a long one the largest decides. */
SD_CALL int sd_within(const double *a, int64_t n)
{
    const double low = 0x1p-150, high = 0x1p150;
    if (n > 24) {
        double r[4] = {0.0, 0.0, 0.0, 0.0};
        int64_t i = 0;
        for (; i + 4 <= n; i += 4)
            for (int k = 0; k < 4; ++k) {
                double x = fabs(a[i + k]);
                r[k] = x <= r[k] ? r[k] : x; /* what is no number stays */
            }
        for (; i < n; ++i) r[0] = fabs(a[i]) <= r[0] ? r[0] : fabs(a[i]);
        for (int k = 0; k < 4; ++k)
            if (!(r[k] < high)) return 0;
        double x = fmax(fmax(r[0], r[1]), fmax(r[2], r[3]));
        return x > low || x == 0.0;
    }
    for (int64_t i = 0; i < n; ++i) {
        double x = fabs(a[i]);
        if (!((x > low && x < high) || x == 0.0)) return 0;
    }
    return 1;
}

SD_INLINE PyObject *sd_item(PyObject *owner, Py_ssize_t place, PyObject *key)
{
    if (PyTuple_CheckExact(owner) && place < PyTuple_GET_SIZE(owner))
        return Py_NewRef(PyTuple_GET_ITEM(owner, place));
    if (PyList_CheckExact(owner) && place < PyList_GET_SIZE(owner))
        return Py_NewRef(PyList_GET_ITEM(owner, place));
    return PyObject_GetItem(owner, key);
}

SD_INLINE PyObject *sd_empty(int ndim, npy_intp *shape, int type)
{
    return PyArray_EMPTY(ndim, shape, type, 0);
}

/* A product of matrices, by the library that NumPy has for it. */
SD_CALL int sd_matmul(double *to, double *a, npy_intp a0, npy_intp a1, double *b, npy_intp b0,
                      npy_intp b1, npy_intp m, npy_intp k, npy_intp n)
{
    npy_intp left[2] = {m, k}, right[2] = {k, n}, goal[2] = {m, n};
    npy_intp sa[2] = {8 * a0, 8 * a1}, sb[2] = {8 * b0, 8 * b1};
    PyTypeObject *type = &PyArray_Type;
    PyObject *x = PyArray_New(type, 2, left, NPY_DOUBLE, sa, a, 0, NPY_ARRAY_ALIGNED, NULL);
    PyObject *y = PyArray_New(type, 2, right, NPY_DOUBLE, sb, b, 0, NPY_ARRAY_ALIGNED, NULL);
    PyObject *z = PyArray_New(type, 2, goal, NPY_DOUBLE, NULL, to, 0, NPY_ARRAY_CARRAY, NULL);
    PyObject *found = NULL;
    if (x && y && z) {
        PyArray_UpdateFlags((PyArrayObject *)x, NPY_ARRAY_UPDATE_ALL);
        PyArray_UpdateFlags((PyArrayObject *)y, NPY_ARRAY_UPDATE_ALL);
        found = PyArray_MatrixProduct2(x, y, (PyArrayObject *)z);
    }
    Py_XDECREF(x);
    Py_XDECREF(y);
    Py_XDECREF(z);
    Py_XDECREF(found);
    return found != NULL;
}

/* Copy an array of any strides to where its elements lie one behind the other. */
SD_CALL void sd_gather(PyArrayObject *array, char *to, int axis, const char *from)
{
    npy_intp size = PyArray_ITEMSIZE(array), n, stride;
    if (axis == PyArray_NDIM(array)) {
        memcpy(to, from, (size_t)size);
        return;
    }
    n = PyArray_DIM(array, axis);
    stride = PyArray_STRIDE(array, axis);
    npy_intp inner = size;
    for (int k = axis + 1; k < PyArray_NDIM(array); ++k) inner *= PyArray_DIM(array, k);
    if (axis == PyArray_NDIM(array) - 1 && size == 8) {
        for (npy_intp i = 0; i < n; ++i) memcpy(to + 8 * i, from + i * stride, 8);
        return;
    }
    for (npy_intp i = 0; i < n; ++i) sd_gather(array, to + i * inner, axis + 1, from + i * stride);
}

SD_INLINE int sd_whole(PyObject *object, int64_t *found)
{
    int over = 0;
    long long value = PyLong_AsLongLongAndOverflow(object, &over);
    *found = value;
    return !over && !(value == -1 && PyErr_Occurred());
}
"""

TAIL = r"""
static PyMethodDef sd_method = {
    "native", (PyCFunction)(void (*)(void))sd_call, METH_FASTCALL | METH_KEYWORDS, NULL
};

static PyObject *sd_bind(PyObject *module, PyObject *constants)
{
    return PyCFunction_New(&sd_method, constants);
}

static PyMethodDef sd_methods[] = {{"bind", sd_bind, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef sd_module = {PyModuleDef_HEAD_INIT, "SD_NAME", NULL, -1, sd_methods};

PyMODINIT_FUNC PyInit_SD_NAME(void)
{
    import_array();
    return PyModule_Create(&sd_module);
}
"""
