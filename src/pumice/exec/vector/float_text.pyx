"""Decimal digits of doubles and doubles from decimal digits, bit for bit as SQLite 3.53 and later compute them.

Both ways go through 96-bit approximations of powers of ten and one wide multiplication; no big integers. The result of printing is what
`%!.17g` gives: 17 digits, shortened where the shorter text reads back as the same double. Not every result is the nearest one
(only about 19 digits of a text take part); where SQLite differs from correct rounding, so do we, because values must agree.

Source: SQLite's sqlite3FpDecode and sqlite3AtoF, after R. Cox, "Floating-Point Printing and Parsing Can Be Simple And Fast", 2026.
Tests: tests/unit/expr/test_convert.py (random doubles against the oracle).
"""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #include <stdint.h>
    typedef unsigned __int128 pumice_u128;
    static inline uint64_t pumice_mul_hi(uint64_t a, uint64_t b, uint64_t* lo) {
        pumice_u128 r = (pumice_u128)a * b;
        *lo = (uint64_t)r;
        return (uint64_t)(r >> 64);
    }
    /* upper 96 of the 160 bits of (a:a_lo) * b */
    static inline uint64_t pumice_mul_160(uint64_t a, uint32_t a_lo, uint64_t b, uint32_t* lo) {
        pumice_u128 r = (pumice_u128)a * b;
        r += ((pumice_u128)a_lo * b) >> 32;
        *lo = (uint32_t)(r >> 32);
        return (uint64_t)(r >> 64);
    }
    """
    uint64_t mul_hi "pumice_mul_hi"(uint64_t a, uint64_t b, uint64_t* lo) noexcept nogil
    uint64_t mul_160 "pumice_mul_160"(uint64_t a, uint32_t a_lo, uint64_t b, uint32_t* lo) noexcept nogil
    int leading_zeros "__builtin_clzll"(uint64_t x) noexcept nogil

cdef enum:
    FIRST_POWER = -348
    LAST_POWER = 347
    STEP = 27                  # powers of 10 between two entries of the coarse table; 10^26 is the last exact one in 64 bits
    N_COARSE = 26

# Read-only after import. Entry k of `fine` is the leading 64 bits of 10^k; entry g of `coarse` the leading 96 bits of 10^(27 (g - 13)).
cdef uint64_t fine[STEP]
cdef uint64_t coarse[N_COARSE]
cdef uint32_t coarse_lo[N_COARSE]


cdef int _fill_tables() except -1:
    cdef int k
    cdef object ten = 10            # Python integers: C's pow is a double
    for k in range(STEP):
        power = ten ** <object>k
        fine[k] = (power << 64) >> power.bit_length()
    for k in range(N_COARSE):
        e = <object>((k - 13) * STEP)
        if e == 0:
            # Entry 13 stands for 10^-1 (10^0 is in `fine`); it alone is cut off, not rounded.
            bits = (<object>1 << 99) // 10
        else:
            power = ten ** abs(e)
            length = power.bit_length()
            bits = (power << 97) >> length if e > 0 else (<object>1 << (96 + length)) // power
            bits = (bits + 1) >> 1
        coarse[k] = bits >> 32
        coarse_lo[k] = bits & 0xFFFFFFFF
    return 0


_fill_tables()


cdef inline int log2_pow10(int p) noexcept nogil:
    """floor(log2(10^p)) for the exponents of doubles."""
    return (p * 108853) >> 15


cdef inline int log10_pow2(int p) noexcept nogil:
    """floor(log10(2^p)) for the exponents of doubles."""
    return (p * 78913) >> 18


cdef uint64_t power_of_ten(int p, uint32_t* lo) noexcept nogil:
    """The leading 96 bits of 10^p: 64 returned, 32 in `lo`."""
    cdef int g, n
    cdef uint64_t x
    cdef uint32_t low
    if p >= 0 and p < STEP:
        lo[0] = 0
        return fine[p]
    if p == -1:
        lo[0] = coarse_lo[13]
        return coarse[13]
    if p < 0:
        g = -((-p + STEP - 1) // STEP)
    else:
        g = p // STEP
    n = p - g * STEP
    if n == 0:
        lo[0] = coarse_lo[g + 13]
        return coarse[g + 13]
    x = mul_160(coarse[g + 13], coarse_lo[g + 13], fine[n], &low)
    if x >> 63 == 0:
        x = (x << 1) | (low >> 31)
        low = (low << 1) | 1
    lo[0] = low
    return x


cdef double decimal_to_double(uint64_t d, int p) noexcept nogil:
    cdef int b, lp, e, s
    cdef uint32_t low, mid1, mid2
    cdef uint64_t high, x, hi, lo, sticky, u, m
    cdef double r
    if p < FIRST_POWER:
        return 0.0
    if p > LAST_POWER:
        return INFINITY
    b = 64 - leading_zeros(d)
    lp = log2_pow10(p)
    e = 53 - b - lp
    if e > 1074:
        if e >= 1130:
            return 0.0
        e = 1074
    s = -(e - (64 - b) + lp + 3)
    high = power_of_ten(p, &low)
    if low != 0:
        high += 1
        low = ~low
    x = d << (64 - b)
    hi = mul_hi(x, high, &lo)
    mid1 = <uint32_t>(lo >> 32)
    sticky = 1
    if hi & ((<uint64_t>1 << s) - 1) == 0:
        mid2 = <uint32_t>(mul_hi(x, <uint64_t>low << 32, &lo) >> 32)
        sticky = <uint32_t>(mid1 - mid2) > 1
        hi -= mid1 < mid2
    u = (hi >> s) | sticky
    if u >= (<uint64_t>1 << 55) - 2:
        u = (u >> 1) | (u & 1)
        e -= 1
    m = (u + 1 + ((u >> 2) & 1)) >> 2
    if e <= -972:
        return INFINITY
    if m & (<uint64_t>1 << 52):
        m = (m & ~(<uint64_t>1 << 52)) | (<uint64_t>(1075 - e) << 52)
    memcpy(&r, &m, 8)
    return r


cdef void double_to_decimal(double r, int round_to, int max_digits, Decimal* out) noexcept nogil:
    cdef uint64_t v, h, lo, v2
    cdef uint32_t low
    cdef int e, n, p, i, j, k, shift, digits
    cdef int exp
    # One spare place in front, for a carry out of the first digit.
    cdef uint8_t buf[32]
    cdef uint8_t* z
    out.special = 0
    out.negative = r < 0.0
    if r < 0.0:
        r = -r
    if r == 0.0:
        out.n = 1
        out.point = 1
        out.digits[0] = c'0'
        return
    memcpy(&v, &r, 8)
    e = <int>((v >> 52) & 0x7FF)
    if e == 0x7FF:
        out.special = 1 + (v & 0x000FFFFFFFFFFFFFULL != 0)
        out.negative = out.negative or (v >> 63 and out.special == 1)
        out.n = 0
        out.point = 0
        return
    v &= 0x000FFFFFFFFFFFFFULL
    if e == 0:
        n = leading_zeros(v)
        v <<= n
        e = -1074 - n
    else:
        v = (v << 11) | (<uint64_t>1 << 63)
        e -= 1086
    digits = 18 if round_to <= 0 or round_to >= 18 else round_to + 1
    p = digits - 1 - log10_pow2(e + 63)
    h = mul_hi(v, power_of_ten(p, &low), &lo)
    shift = -(e + log2_pow10(p) + 2)
    if digits == 18:
        h >>= shift
        v = (h + ((h << 1) & 2)) >> 1
    else:
        v = h >> (shift + 1)
    exp = -p
    i = sizeof(buf) - 1
    while v >= 10:
        buf[i] = c'0' + <uint8_t>(v % 10)
        v //= 10
        i -= 1
    if v:
        buf[i] = c'0' + <uint8_t>v
        i -= 1
    n = <int>sizeof(buf) - 1 - i
    out.point = n + exp
    if round_to <= 0:
        round_to = out.point - round_to
        if round_to == 0 and buf[i + 1] >= c'5':
            round_to = 1
            buf[i] = c'0'
            i -= 1
            n += 1
            out.point += 1
    z = &buf[i + 1]
    if round_to > 0 and (round_to < n or n > max_digits):
        if round_to > max_digits:
            round_to = max_digits
        if round_to == 17:
            round_to = shorter_digits(r, z, n, exp, out.point)
        n = round_to
        if z[round_to] >= c'5':
            j = round_to - 1
            while True:
                z[j] += 1
                if z[j] <= c'9':
                    break
                z[j] = c'0'
                if j == 0:
                    z -= 1
                    z[0] = c'1'
                    n += 1
                    out.point += 1
                    break
                j -= 1
    while n > 1 and z[n - 1] == c'0':
        n -= 1
    out.n = n
    memcpy(out.digits, z, n)


cdef int shorter_digits(double r, const uint8_t* z, int n, int exp, int point) noexcept nogil:
    """How many of the 18 digits to keep so that 49.47 is not shown as 49.469999999999999: 17, or fewer where those read back as `r`."""
    cdef int j, k
    cdef uint64_t v
    if z[15] == c'9' and z[14] == c'9':
        j = 14
        while j > 0 and z[j - 1] == c'9':
            j -= 1
        if j == 0:
            v = 1
        else:
            v = z[0] - c'0'
            for k in range(1, j):
                v = v * 10 + z[k] - c'0'
            v += 1
        if r == decimal_to_double(v, exp + n - j):
            return j + 1
    elif point >= n or (z[15] == c'0' and z[14] == c'0' and z[13] == c'0'):
        j = 13
        while z[j - 1] == c'0':
            j -= 1
        v = z[0] - c'0'
        for k in range(1, j):
            v = v * 10 + z[k] - c'0'
        if r == decimal_to_double(v, exp + n - j):
            return j + 1
    return 17
