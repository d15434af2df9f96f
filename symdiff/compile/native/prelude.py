"""The C that every module begins with: memory, tapes and numbers."""

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
