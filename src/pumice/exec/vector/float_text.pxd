"""Decimal digits of doubles and doubles from decimal digits, bit for bit as SQLite computes them."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

cdef struct Decimal:
    # A finite double as sign, digits and the place of the decimal point: 0.d1d2d3... * 10^point
    uint8_t digits[40]
    int n                  # significant digits, at least 1; trailing zeros are removed
    int point              # digits before the decimal point; may be negative or larger than n
    bint negative
    int special            # 0 finite, 1 infinity, 2 NaN

cdef double decimal_to_double(uint64_t d, int p) noexcept nogil               # d * 10^p, d != 0
# `round_to` > 0: significant digits wanted; <= 0: -round_to digits after the point. At most `max_digits` in any case.
cdef void double_to_decimal(double r, int round_to, int max_digits, Decimal* out) noexcept nogil
