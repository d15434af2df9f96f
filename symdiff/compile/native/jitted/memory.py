"""What translated lines say of memory, tapes and flags, much of it in LLVM's words: a text."""

from __future__ import annotations

MEMORY = r'''
import ctypes
import ctypes.util
import math
import os

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import float64, int64, njit, types, uint8, uint64
from numba.core import cgutils
from numba.extending import intrinsic

_C = ctypes.CDLL("ucrtbase" if os.name == "nt" else ctypes.util.find_library("m") or None)
_OWN = dict(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _library(name, arguments=1):
    """A function of C's own library."""
    function = getattr(_C, name)
    place = ctypes.cast(function, ctypes.c_void_p).value
    llvmlite.binding.add_symbol("symdiff_" + name, place)
    return types.ExternalFunction("symdiff_" + name, float64(*[float64] * arguments))


libm_expm1, libm_log1p = _library("expm1"), _library("log1p")
libm_log2, libm_log10, libm_exp2 = _library("log2"), _library("log10"), _library("exp2")
libm_cbrt, libm_erf, libm_erfc = _library("cbrt"), _library("erf"), _library("erfc")
libm_tgamma, libm_lgamma = _library("tgamma"), _library("lgamma")
libm_hypot, libm_fmod = _library("hypot", 2), _library("fmod", 2)
libm_remainder = _library("remainder", 2)


def _python(name, signature):
    place = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
    llvmlite.binding.add_symbol("symdiff_" + name, place)
    return types.ExternalFunction("symdiff_" + name, signature)


_malloc = _python("PyMem_RawMalloc", int64(int64))
_realloc = _python("PyMem_RawRealloc", int64(int64, int64))
_free = _python("PyMem_RawFree", types.void(int64))
_signals = _python("PyErr_CheckSignals", types.int32())


# -- memory

def _pointer(of):
    @intrinsic
    def at(typing, address):
        def made(context, builder, signature, values):
            return builder.inttoptr(values[0], context.get_value_type(signature.return_type))

        return types.CPointer(of)(int64), made

    return at


f_at, i_at, b_at = _pointer(float64), _pointer(int64), _pointer(uint8)


@intrinsic
def address(typing, pointer):
    def made(context, builder, signature, values):
        return builder.ptrtoint(values[0], ir.IntType(64))

    return int64(pointer), made


@intrinsic
def plus(typing, pointer, count):
    def made(context, builder, signature, values):
        return builder.gep(values[0], [values[1]])

    return pointer(pointer, int64), made


@intrinsic(prefer_literal=True)
def words(typing, count):
    """So many words of the function's own, which are 0."""
    size = count.literal_value

    def made(context, builder, signature, values):
        place = cgutils.alloca_once(builder, ir.IntType(64), size)
        for k in range(size):
            builder.store(ir.Constant(ir.IntType(64), 0), builder.gep(place, [ir.IntType(64)(k)]))
        return place

    return types.CPointer(int64)(count), made


@intrinsic
def is_null(typing, pointer):
    def made(context, builder, signature, values):
        place = builder.ptrtoint(values[0], ir.IntType(64))
        return builder.icmp_unsigned("==", place, ir.Constant(ir.IntType(64), 0))

    return types.boolean(pointer), made


def _overflow(name):
    @intrinsic
    def over(typing, first, second):
        found = types.Tuple((int64, types.boolean))

        def made(context, builder, signature, values):
            pair = getattr(builder, name)(*values)
            return context.make_tuple(
                builder,
                found,
                [builder.extract_value(pair, 0), builder.extract_value(pair, 1)],
            )

        return found(int64, int64), made

    return over


add_over = _overflow("sadd_with_overflow")
sub_over = _overflow("ssub_with_overflow")
mul_over = _overflow("smul_with_overflow")


@njit(**_OWN)
def clear(to):
    to[0] = 0
    to[1] = 0
    to[2] = 0


@njit(**_OWN)
def copy_words(to, of):
    first, second, third = of[0], of[1], of[2]
    to[0] = first
    to[1] = second
    to[2] = third


@njit(**_OWN)
def memcpy(to, of, size):
    whole = size // 8
    for k in range(whole):
        i_at(to)[k] = i_at(of)[k]
    for k in range(8 * whole, size):
        b_at(to)[k] = b_at(of)[k]


@njit(**_OWN)
def sd_resize(pool, old, size):
    block = _malloc(size + 32) if old == 0 else _realloc(old - 32, size + 32)
    if block == 0:
        return 0
    head = i_at(block)
    if old == 0:
        head[0] = 0
        head[1] = pool[0]
        pool[0] = block
    elif head[0] == 0:
        pool[0] = block
    else:
        i_at(head[0])[1] = block
    if head[1] != 0:
        i_at(head[1])[0] = block
    return block + 32


@njit(**_OWN)
def sd_free(pool):
    block = pool[0]
    while block != 0:
        after = i_at(block)[1]
        _free(block)
        block = after


@njit(**_OWN)
def sd_grow(pool, tape, room, entry):
    if room <= tape[2]:
        return True
    pool[1] = pool[1] + (room - tape[2]) * entry
    if pool[1] > pool[2]:
        return False
    data = sd_resize(pool, tape[0], room * entry)
    if data == 0:
        return False
    tape[0] = data
    tape[2] = room
    return True


@njit(**_OWN)
def sd_push(pool, tape, entry):
    if tape[1] == tape[2] and not sd_grow(pool, tape, 2 * tape[2] + 16, entry):
        return 0
    place = tape[0] + tape[1] * entry
    tape[1] = tape[1] + 1
    return place


@njit(**_OWN)
def sd_reverse(tape, entry):
    data = b_at(tape[0])
    for i in range(tape[1] // 2):
        j = tape[1] - 1 - i
        for k in range(entry):
            kept = data[i * entry + k]
            data[i * entry + k] = data[j * entry + k]
            data[j * entry + k] = kept


@njit(**_OWN)
def signals_met():
    return _signals() != 0


@intrinsic
def raise_met(typing):
    """Leave by the exception that Python has set."""
    def made(context, builder, signature, values):
        with builder.if_then(ir.Constant(ir.IntType(1), 1)):
            context.call_conv.return_exc(builder)
        return context.get_dummy_value()

    return types.none(), made
'''
