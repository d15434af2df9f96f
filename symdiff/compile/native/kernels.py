"""C that works on whole arrays, and on what lies outside: every module has it."""

from __future__ import annotations

KERNELS = r"""
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

/* -- what lies outside */

SD_INLINE int sd_whole(PyObject *object, int64_t *found)
{
    int over = 0;
    long long value = PyLong_AsLongLongAndOverflow(object, &over);
    *found = value;
    return !over && !(value == -1 && PyErr_Occurred());
}

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
    if (n > 24) { /* without the sign, floats are ordered as their bits are */
        int64_t most = 0;
        for (int64_t i = 0; i < n; ++i) {
            int64_t bits;
            memcpy(&bits, a + i, sizeof bits);
            bits &= INT64_MAX;
            most = bits > most ? bits : most;
        }
        double x;
        memcpy(&x, &most, sizeof x);
        return (x > low && x < high) || x == 0.0;
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

/* All elements of an array, seen with other axes; strides count elements. */
SD_CALL PyObject *sd_turned(PyObject *base, int ndim, npy_intp *shape, npy_intp *strides)
{
    PyArrayObject *whole = (PyArrayObject *)base;
    PyArray_Descr *type = PyArray_DESCR(whole);
    for (int k = 0; k < ndim; ++k) strides[k] *= PyArray_STRIDE(whole, 0);
    Py_INCREF(type);
    PyObject *found = PyArray_NewFromDescr(&PyArray_Type, type, ndim, shape, strides,
        PyArray_DATA(whole), NPY_ARRAY_WRITEABLE, NULL);
    if (!found) return NULL;
    Py_INCREF(base);
    if (PyArray_SetBaseObject((PyArrayObject *)found, base) < 0) {
        Py_DECREF(found);
        return NULL;
    }
    PyArray_UpdateFlags((PyArrayObject *)found, NPY_ARRAY_UPDATE_ALL);
    return found;
}

SD_CALL int sd_index(PyObject *object, int64_t *found)
{
    PyObject *whole = PyNumber_Index(object);
    if (!whole) return 0;
    int fits = sd_whole(whole, found);
    Py_DECREF(whole);
    return fits;
}

/* Memory as an array that nobody may write to. */
SD_CALL PyObject *sd_seen(void *data, int ndim, npy_intp *shape, npy_intp *strides, int type)
{
    PyObject *array = PyArray_New(
        &PyArray_Type, ndim, shape, type, strides, data, 0, NPY_ARRAY_ALIGNED, NULL
    );
    if (array) PyArray_UpdateFlags((PyArrayObject *)array, NPY_ARRAY_UPDATE_ALL);
    return array;
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
"""
