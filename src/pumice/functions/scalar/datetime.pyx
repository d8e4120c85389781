"""Date and time: date, time, datetime, julianday, unixepoch, strftime, timediff.

A moment is held in milliseconds since noon of November 24, 4714 BC (proleptic Gregorian; a Julian day is 86,400,000 of them), or as
year-month-day and hour-minute-second, or both: `has_*` says which are up to date, and each is computed from the others when needed.

    argument 1    YYYY-MM-DD[ HH:MM[:SS[.FFF]]][zone]   HH:MM...   now   a number (Julian day, or with modifiers seconds since 1970)
    modifiers     NNN days, hours, minutes, seconds, months, years   +YYYY-MM-DD[ HH:MM[:SS]]   +HH:MM[:SS]   ceiling   floor
                  start of month, year, day   weekday N   unixepoch   julianday   auto   localtime   utc   subsec

Anything that is none of these gives NULL. "now" is one instant for a whole run of a statement (`ctx.now`).
Source: "Date And Time Functions"; J. Meeus, "Astronomical Algorithms", chapter 7, for the calendar.
Tests: tests/unit/functions/test_datetime.py.
"""

from libc.math cimport signbit
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset, strlen
from libc.time cimport localtime_r, time_t, tm
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.convert cimport text_to_real, value_to_real
from pumice.functions.scalar.lane cimport Frame, lane_function, raise_error, set_int, set_real, set_text, text_of, until_nul
from pumice.functions.scalar.printf cimport Spec, TextBuffer, buffer_append, buffer_fill, put_real
from pumice.memory cimport arena_alloc
from pumice.values cimport TAG_INT, TAG_NULL, TAG_REAL, Value

import time

cdef extern from "<strings.h>" nogil:
    int strcasecmp(const char* a, const char* b) noexcept
    int strncasecmp(const char* a, const char* b, size_t n) noexcept

cdef int64_t DAY = 86400000                     # milliseconds
cdef int64_t HALF_DAY = 43200000
cdef int64_t EPOCH = 210866760000000            # 1970-01-01 00:00:00
cdef int64_t LAST = 464269060799999             # 9999-12-31 23:59:59.999
cdef int64_t LAST_LOCAL = 213014145600000       # 2038-01-18 00:00:00
cdef int64_t YEAR_0 = 148699540800000           # 0000-01-01 00:00:00

cdef struct Moment:
    int64_t jd                  # milliseconds
    int year, month, day
    int hour, minute
    int zone                    # minutes east of UTC, 0 none
    double second               # or the raw number, see `raw`
    int floor_days              # what `floor` goes back from a day that its month does not have
    bint has_jd
    bint has_ymd
    bint has_hms
    bint raw                    # `second` holds a number of which nobody has said what it means
    bint error
    bint subsecond
    bint is_utc
    bint is_local


cdef inline bint is_digit(char c) noexcept nogil:
    return c >= 48 and c <= 57


cdef inline bint is_space(char c) noexcept nogil:
    return c == 32 or (c >= 9 and c <= 13)


cdef int digits(const char* z, int n, int low, int high) noexcept nogil:
    """A number of exactly n digits in [low, high], else -1."""
    cdef int value = 0, i
    for i in range(n):
        if not is_digit(z[i]):
            return -1
        value = value * 10 + z[i] - 48
    return value if value >= low and value <= high else -1


cdef void fail(Moment* m) noexcept nogil:
    memset(m, 0, sizeof(Moment))
    m.error = True


cdef void clear_fields(Moment* m) noexcept nogil:
    m.has_ymd = False
    m.has_hms = False
    m.zone = 0


cdef void compute_jd(Moment* m) noexcept nogil:
    cdef int y = 2000, mo = 1, d = 1, a, b, x1, x2
    if m.has_jd:
        return
    if m.has_ymd:
        y = m.year
        mo = m.month
        d = m.day
    if y < -4713 or y > 9999 or m.raw:
        fail(m)
        return
    if mo <= 2:
        y -= 1
        mo += 12
    a = (y + 4800) // 100
    b = 38 - a + (a // 4)
    x1 = 36525 * (y + 4716) // 100
    x2 = 306001 * (mo + 1) // 10000
    m.jd = <int64_t>((x1 + x2 + d + b - 1524.5) * DAY)
    m.has_jd = True
    if m.has_hms:
        m.jd += m.hour * 3600000 + m.minute * 60000 + <int64_t>(m.second * 1000 + 0.5)
        if m.zone:
            m.jd -= m.zone * 60000
            clear_fields(m)
            m.is_utc = True
            m.is_local = False
        elif m.hour == 24:
            clear_fields(m)         # 24:00 is 00:00 of the next day


cdef void compute_ymd(Moment* m) noexcept nogil:
    cdef int z, alpha, a, b, c, d, e, x1
    if m.has_ymd:
        return
    if not m.has_jd:
        m.year = 2000
        m.month = 1
        m.day = 1
    elif m.jd < 0 or m.jd > LAST:
        fail(m)
        return
    else:
        z = <int>((m.jd + HALF_DAY) // DAY)
        alpha = <int>((z + 32044.75) / 36524.25) - 52
        a = z + 1 + alpha - ((alpha + 100) // 4) + 25
        b = a + 1524
        c = <int>((b - 122.1) / 365.25)
        d = (36525 * (c & 32767)) // 100
        e = <int>((b - d) / 30.6001)
        x1 = <int>(30.6001 * e)
        m.day = b - d - x1
        m.month = e - 1 if e < 14 else e - 13
        m.year = c - 4716 if m.month > 2 else c - 4715
    m.has_ymd = True


cdef void compute_hms(Moment* m) noexcept nogil:
    cdef int ms, minutes
    if m.has_hms:
        return
    compute_jd(m)
    ms = <int>((m.jd + HALF_DAY) % DAY)
    m.second = (ms % 60000) / 1000.0
    minutes = ms // 60000
    m.minute = minutes % 60
    m.hour = minutes // 60
    m.raw = False
    m.has_hms = True


cdef void compute_fields(Moment* m) noexcept nogil:
    compute_ymd(m)
    compute_hms(m)


cdef void compute_floor(Moment* m) noexcept nogil:
    if m.day <= 28 or (1 << m.month) & 0x15AA:
        m.floor_days = 0
    elif m.month != 2:
        m.floor_days = m.day == 31
    elif m.year % 4 != 0 or (m.year % 100 == 0 and m.year % 400 != 0):
        m.floor_days = m.day - 28
    else:
        m.floor_days = m.day - 29


cdef bint parse_zone(const char* z, Moment* m) noexcept nogil:
    """[+-]HH:MM, Z or nothing up to the end of the text."""
    cdef int sign = 1, hours, minutes
    while is_space(z[0]):
        z += 1
    m.zone = 0
    if z[0] == c'-' or z[0] == c'+':
        if z[0] == c'-':
            sign = -1
        z += 1
        hours = digits(z, 2, 0, 14)
        if hours < 0 or z[2] != c':':
            return False
        minutes = digits(z + 3, 2, 0, 59)
        if minutes < 0:
            return False
        z += 5
        m.zone = sign * (minutes + hours * 60)
        if m.zone == 0:
            m.is_local = False
            m.is_utc = True
    elif z[0] == c'Z' or z[0] == c'z':
        z += 1
        m.is_local = False
        m.is_utc = True
    else:
        return z[0] == 0
    while is_space(z[0]):
        z += 1
    return z[0] == 0


cdef bint parse_time(const char* z, Moment* m) noexcept nogil:
    """HH:MM[:SS[.FFF]][zone]"""
    cdef int hour, minute, second = 0
    cdef double fraction = 0.0, scale = 1.0
    hour = digits(z, 2, 0, 24)
    if hour < 0 or z[2] != c':':
        return False
    minute = digits(z + 3, 2, 0, 59)
    if minute < 0:
        return False
    z += 5
    if z[0] == c':':
        z += 1
        second = digits(z, 2, 0, 59)
        if second < 0:
            return False
        z += 2
        if z[0] == c'.' and is_digit(z[1]):
            z += 1
            while is_digit(z[0]):
                fraction = fraction * 10.0 + z[0] - 48
                scale *= 10.0
                z += 1
            fraction /= scale
            # Rounding up to the next second would change all fields.
            if fraction > 0.999:
                fraction = 0.999
    m.has_jd = False
    m.raw = False
    m.has_hms = True
    m.hour = hour
    m.minute = minute
    m.second = second + fraction
    return parse_zone(z, m)


cdef bint parse_date(const char* z, Moment* m) noexcept nogil:
    """[-]YYYY-MM-DD, then nothing or a time."""
    cdef bint negative = z[0] == c'-'
    cdef int year, month, day
    if negative:
        z += 1
    year = digits(z, 4, 0, 14712)
    if year < 0 or z[4] != c'-':
        return False
    month = digits(z + 5, 2, 1, 12)
    if month < 0 or z[7] != c'-':
        return False
    day = digits(z + 8, 2, 1, 31)
    if day < 0:
        return False
    z += 10
    while is_space(z[0]) or z[0] == c'T':
        z += 1
    if not parse_time(z, m):
        if z[0] != 0:
            return False
        m.has_hms = False
    m.has_jd = False
    m.has_ymd = True
    m.year = -year if negative else year
    m.month = month
    m.day = day
    compute_floor(m)
    if m.zone:
        compute_jd(m)
    return True


cdef int64_t statement_now(ExecContext ctx) except? -1:
    """Milliseconds since 1970, the same for a whole run of a statement."""
    if ctx.now is None:
        ctx.now = time.time_ns() // 1_000_000
    return ctx.now


cdef int set_now(Frame* f, Moment* m) except -1 nogil:
    with gil:
        m.jd = statement_now(<ExecContext>f.ctx) + EPOCH
    m.has_jd = True
    m.is_utc = True
    m.is_local = False
    clear_fields(m)
    return 0


cdef void set_number(Moment* m, double r) noexcept nogil:
    m.second = r
    m.raw = True
    if r >= 0.0 and r < 5373484.5:
        m.jd = <int64_t>(r * 86400000.0 + 0.5)
        m.has_jd = True


cdef int parse_moment(Frame* f, const char* z, Moment* m) except -1 nogil:
    """1 when `z` is a moment."""
    cdef double r
    if parse_date(z, m) or parse_time(z, m):
        return 1
    if strcasecmp(z, b"now") == 0:
        set_now(f, m)
        return 1
    if text_to_real(<const uint8_t*>z, <uint32_t>strlen(z), &r) > 0:
        set_number(m, r)
        return 1
    if strcasecmp(z, b"subsec") == 0 or strcasecmp(z, b"subsecond") == 0:
        m.subsecond = True
        set_now(f, m)
        return 1
    return 0


cdef int to_local(Moment* m) except -1 nogil:
    """From UTC to local time. The C library is asked only about 1970 to 2038; other years borrow the rules of a like one."""
    cdef time_t t
    cdef tm local
    cdef Moment x
    cdef int shift = 0
    compute_jd(m)
    if m.jd < EPOCH or m.jd > LAST_LOCAL:
        x = m[0]
        compute_fields(&x)
        shift = (2000 + x.year % 4) - x.year
        x.year += shift
        x.has_jd = False
        compute_jd(&x)
        t = <time_t>(x.jd // 1000 - EPOCH // 1000)
    else:
        t = <time_t>(m.jd // 1000 - EPOCH // 1000)
    memset(&local, 0, sizeof(local))
    if localtime_r(&t, &local) == NULL:
        raise_error(b"local time unavailable")
    m.year = local.tm_year + 1900 - shift
    m.month = local.tm_mon + 1
    m.day = local.tm_mday
    m.hour = local.tm_hour
    m.minute = local.tm_min
    m.second = local.tm_sec + (m.jd % 1000) * 0.001
    m.has_ymd = True
    m.has_hms = True
    m.has_jd = False
    m.raw = False
    m.zone = 0
    m.error = False
    return 0


cdef int to_utc(Moment* m) except -1 nogil:
    """From local time to UTC: finds the instant whose local time is `m`."""
    cdef Moment x
    cdef int64_t wanted, guess, error = 0
    cdef int tries = 0
    compute_jd(m)
    wanted = guess = m.jd
    while True:
        guess -= error
        memset(&x, 0, sizeof(x))
        x.jd = guess
        x.has_jd = True
        to_local(&x)
        compute_jd(&x)
        error = x.jd - wanted
        tries += 1
        if error == 0 or tries > 4:
            break
    memset(m, 0, sizeof(Moment))
    m.jd = guess
    m.has_jd = True
    m.is_utc = True
    return 0


cdef void carry_months(Moment* m) noexcept nogil:
    cdef int x = (m.month - 1) // 12 if m.month > 0 else (m.month - 12) // 12
    m.year += x
    m.month -= x * 12


cdef int apply_modifier(const char* z, Moment* m, uint32_t position) except -1 nogil:
    """1 when `z` is a modifier and applies. `position`: 1 for the first one."""
    cdef double r
    cdef int64_t weekday
    cdef int n
    cdef char c = z[0] | 32 if (z[0] >= c'A' and z[0] <= c'Z') else z[0]
    if c == c'a' and strcasecmp(z, b"auto") == 0:
        if position > 1:
            return 0
        guess_number(m)
        return 1
    if c == c'c' and strcasecmp(z, b"ceiling") == 0:
        compute_jd(m)
        m.floor_days = 0
        clear_fields(m)
        return 1
    if c == c'f' and strcasecmp(z, b"floor") == 0:
        compute_jd(m)
        m.jd -= m.floor_days * DAY
        clear_fields(m)
        return 1
    if c == c'j' and strcasecmp(z, b"julianday") == 0:
        if position > 1 or not m.has_jd or not m.raw:
            return 0
        m.raw = False
        return 1
    if c == c'l' and strcasecmp(z, b"localtime") == 0:
        if not m.is_local:
            to_local(m)
        m.is_utc = False
        m.is_local = True
        return 1
    if c == c'u':
        if strcasecmp(z, b"unixepoch") == 0 and m.raw:
            if position > 1:
                return 0
            r = m.second * 1000.0 + <double>EPOCH
            if r < 0.0 or r >= 464269060800000.0:
                return 0
            clear_fields(m)
            m.jd = <int64_t>(r + 0.5)
            m.has_jd = True
            m.raw = False
            return 1
        if strcasecmp(z, b"utc") == 0:
            if not m.is_utc:
                to_utc(m)
            return 1
        return 0
    if c == c'w':
        if strncasecmp(z, b"weekday ", 8) != 0 or text_to_real(<const uint8_t*>z + 8, <uint32_t>strlen(z + 8), &r) <= 0:
            return 0
        if r <= -7.0 or r >= 7.0 or <int>r != r:
            return 0
        n = abs(<int>r)
        compute_fields(m)
        m.zone = 0
        m.has_jd = False
        compute_jd(m)
        weekday = ((m.jd + 129600000) // DAY) % 7
        if signbit(r):          # backwards, to the last such day
            if weekday < n:
                weekday += 7
        elif weekday > n:
            weekday -= 7
        m.jd += (n - weekday) * DAY
        clear_fields(m)
        return 1
    if c == c's':
        if strcasecmp(z, b"subsec") == 0 or strcasecmp(z, b"subsecond") == 0:
            m.subsecond = True
            return 1
        if strncasecmp(z, b"start of ", 9) != 0 or not (m.has_jd or m.has_ymd or m.has_hms):
            return 0
        z += 9
        compute_ymd(m)
        m.has_hms = True
        m.hour = m.minute = 0
        m.second = 0.0
        m.raw = False
        m.zone = 0
        m.has_jd = False
        if strcasecmp(z, b"month") == 0:
            m.day = 1
            return 1
        if strcasecmp(z, b"year") == 0:
            m.month = 1
            m.day = 1
            return 1
        return strcasecmp(z, b"day") == 0
    if c == c'+' or c == c'-' or is_digit(c):
        return shift_moment(z, m)
    return 0


cdef void guess_number(Moment* m) noexcept nogil:
    """`auto`: a number in the range of Julian days is one, else it is seconds since 1970."""
    if not m.raw or m.has_jd:
        m.raw = False
    elif m.second >= -210866760000.0 and m.second <= 253402300799.0:
        clear_fields(m)
        m.jd = <int64_t>(m.second * 1000.0 + <double>EPOCH + 0.5)
        m.has_jd = True
        m.raw = False


cdef int shift_moment(const char* z, Moment* m) noexcept nogil:
    """NNN unit, [+-]YYYY-MM-DD[ HH:MM[:SS.FFF]], [+-]HH:MM[:SS.FFF]; 1 when it is one of them."""
    cdef const char* z2 = z
    cdef char sign = z[0]
    cdef double r, rounder
    cdef int n = 1, years, months, days
    cdef bint is_date
    cdef Moment t
    cdef int64_t day
    while z[n] != 0:
        if z[n] == c':' or is_space(z[n]):
            break
        if z[n] == c'-' and ((n == 5 and digits(z + 1, 4, 0, 14712) >= 0) or (n == 6 and digits(z + 1, 5, 0, 14712) >= 0)):
            break
        n += 1
    if text_to_real(<const uint8_t*>z, n, &r) <= 0:
        return 0
    if z[n] == c'-':
        if sign != c'+' and sign != c'-':
            return 0
        years = digits(z + 1, n - 1, 0, 14712)
        months = digits(z + n + 1, 2, 0, 12)
        if years < 0 or months < 0 or z[n + 3] != c'-':
            return 0
        days = digits(z + n + 4, 2, 0, 31)
        if days < 0 or months >= 12 or days >= 31:
            return 0
        z += n - 5
        compute_fields(m)
        m.has_jd = False
        if sign == c'-':
            m.year -= years
            m.month -= months
            days = -days
        else:
            m.year += years
            m.month += months
        carry_months(m)
        compute_floor(m)
        compute_jd(m)
        m.has_hms = False
        m.has_ymd = False
        m.jd += <int64_t>days * DAY
        if z[11] == 0:
            return 1
        if not is_space(z[11]) or digits(z + 12, 2, 0, 24) < 0 or z[14] != c':' or digits(z + 15, 2, 0, 59) < 0:
            return 0
        z2 = z + 12
        n = 2
    if z2[n] == c':':
        if not is_digit(z2[0]):
            z2 += 1
        memset(&t, 0, sizeof(t))
        if not parse_time(z2, &t):
            return 0
        compute_jd(&t)
        t.jd -= HALF_DAY
        day = t.jd // DAY
        t.jd -= day * DAY
        if sign == c'-':
            t.jd = -t.jd
        compute_jd(m)
        clear_fields(m)
        m.jd += t.jd
        return 1
    z += n
    while is_space(z[0]):
        z += 1
    n = <int>strlen(z)
    if n > 10 or n < 3:
        return 0
    if z[n - 1] == c's' or z[n - 1] == c'S':
        n -= 1
    compute_jd(m)
    rounder = -0.5 if r < 0 else 0.5
    m.floor_days = 0
    return shift_by_unit(z, n, r, rounder, m)


cdef inline bint unit_is(const char* z, int n, const char* name, double r, double limit) noexcept nogil:
    return <int>strlen(name) == n and strncasecmp(z, name, n) == 0 and r > -limit and r < limit


cdef int shift_by_unit(const char* z, int n, double r, double rounder, Moment* m) noexcept nogil:
    """`r` times the unit of n letters. Months and years move the calendar fields by their integer part first."""
    cdef double unit
    cdef int ok = 1
    if unit_is(z, n, b"second", r, <float>4.6427e+14):
        unit = 1.0
    elif unit_is(z, n, b"minute", r, <float>7.7379e+12):
        unit = 60.0
    elif unit_is(z, n, b"hour", r, <float>1.2897e+11):
        unit = 3600.0
    elif unit_is(z, n, b"day", r, 5373485.0):
        unit = 86400.0
    elif unit_is(z, n, b"month", r, 176546.0):
        unit = 2592000.0
        compute_fields(m)
        m.month += <int>r
        carry_months(m)
        compute_floor(m)
        m.has_jd = False
        r -= <int>r
    elif unit_is(z, n, b"year", r, 14713.0):
        unit = 31536000.0
        compute_fields(m)
        m.year += <int>r
        compute_floor(m)
        m.has_jd = False
        r -= <int>r
    else:
        ok = 0
        unit = 0.0
    if ok:
        compute_jd(m)
        m.jd += <int64_t>(r * 1000.0 * unit + rounder)
    clear_fields(m)
    return ok


cdef const char* c_text(Frame* f, const Value* v) except? NULL nogil:
    """NUL-terminated copy of a value's text; NULL (without an error) for NULL."""
    cdef Value text
    cdef char* p
    if v.tag == TAG_NULL:
        return NULL
    text_of(f, v, &text)
    text.size = until_nul(&text)
    # The parser looks at most 16 bytes past what it has checked.
    p = <char*>arena_alloc(f.arena, text.size + 16)
    memset(p + text.size, 0, 16)
    if text.size:
        memcpy(p, text.num.p, text.size)
    return p


cdef int read_moment(Frame* f, const Value* args, uint32_t n_args, Moment* m) except -1 nogil:
    """1 when the arguments are a moment and modifiers."""
    cdef const char* z
    cdef uint32_t j
    memset(m, 0, sizeof(Moment))
    if n_args == 0:
        set_now(f, m)
        return 1
    if args[0].tag == TAG_INT or args[0].tag == TAG_REAL:
        set_number(m, value_to_real(&args[0]))
    else:
        z = c_text(f, &args[0])
        if z == NULL or not parse_moment(f, z, m):
            return 0
    for j in range(1, n_args):
        z = c_text(f, &args[j])
        if z == NULL or not apply_modifier(z, m, j):
            return 0
    compute_jd(m)
    if m.error or m.jd < 0 or m.jd > LAST:
        return 0
    if n_args == 1 and m.has_ymd and m.day > 28:
        m.has_ymd = False       # 2023-02-31 is 2023-03-03
    return 1


cdef int put_int(TextBuffer* b, int64_t value, int width, uint8_t pad) except -1 nogil:
    """At least `width` bytes; a minus sign counts."""
    cdef uint8_t text[24]
    cdef int at = 24
    cdef bint negative = value < 0
    if negative:
        value = -value
        width -= 1
        buffer_fill(b, c'-', 1)
    while True:
        at -= 1
        text[at] = <uint8_t>(48 + value % 10)
        value //= 10
        if value == 0:
            break
    buffer_fill(b, pad, width - (24 - at))
    return buffer_append(b, &text[at], 24 - at)


cdef int put_number(TextBuffer* b, double r, int width, int precision, uint8_t kind) except -1 nogil:
    """%0<width>.<precision><kind>"""
    cdef Spec s
    memset(&s, 0, sizeof(s))
    s.width = width
    s.precision = precision
    s.zero_pad = width > 0
    s.kind = kind
    return put_real(b, &s, r)


cdef int put_date(TextBuffer* b, Moment* m) except -1 nogil:
    if m.year < 0:
        buffer_fill(b, c'-', 1)
    put_int(b, -m.year if m.year < 0 else m.year, 4, c'0')
    buffer_fill(b, c'-', 1)
    put_int(b, m.month, 2, c'0')
    buffer_fill(b, c'-', 1)
    return put_int(b, m.day, 2, c'0')


cdef int put_time(TextBuffer* b, Moment* m, bint subsecond) except -1 nogil:
    cdef int ms
    put_int(b, m.hour, 2, c'0')
    buffer_fill(b, c':', 1)
    put_int(b, m.minute, 2, c'0')
    buffer_fill(b, c':', 1)
    if not subsecond:
        return put_int(b, <int>m.second, 2, c'0')
    ms = <int>(1000.0 * m.second + 0.5)
    put_int(b, ms // 1000, 2, c'0')
    buffer_fill(b, c'.', 1)
    return put_int(b, ms % 1000, 3, c'0')


cdef enum:
    F_DATE = 1
    F_TIME = 2


cdef int f_datetime(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """date, time or both, by variant."""
    cdef Moment m
    cdef TextBuffer b
    if not read_moment(f, args, n_args, &m):
        return 0
    compute_fields(&m)
    memset(&b, 0, sizeof(b))
    b.arena = f.arena
    if f.variant & F_DATE:
        put_date(&b, &m)
    if f.variant == F_DATE | F_TIME:
        buffer_fill(&b, c' ', 1)
    if f.variant & F_TIME:
        put_time(&b, &m, m.subsecond)
    set_text(out, b.p, <uint32_t>b.n)
    return 0


cdef int f_julianday(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    cdef Moment m
    if read_moment(f, args, n_args, &m):
        set_real(out, m.jd / 86400000.0)
    return 0


cdef int f_unixepoch(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    cdef Moment m
    if read_moment(f, args, n_args, &m):
        if m.subsecond:
            set_real(out, (m.jd - EPOCH) / 1000.0)
        else:
            set_int(out, m.jd // 1000 - EPOCH // 1000)
    return 0


cdef inline int days_after_jan01(Moment* m) noexcept nogil:
    cdef Moment first = m[0]
    first.has_jd = False
    first.month = 1
    first.day = 1
    compute_jd(&first)
    return <int>((m.jd - first.jd + HALF_DAY) // DAY)


cdef inline int days_after_monday(Moment* m) noexcept nogil:
    return <int>(((m.jd + HALF_DAY) // DAY) % 7)


cdef inline int days_after_sunday(Moment* m) noexcept nogil:
    return <int>(((m.jd + 129600000) // DAY) % 7)


cdef int put_conversion(TextBuffer* b, char c, Moment* m) except -1 nogil:
    """One % conversion of strftime; 0 when there is no such conversion."""
    cdef Moment thursday
    cdef int hour
    if c == c'd' or c == c'e':
        put_int(b, m.day, 2, c'0' if c == c'd' else c' ')
    elif c == c'f':
        put_number(b, 59.999 if m.second > 59.999 else m.second, 6, 3, c'f')
    elif c == c'F':
        put_int(b, m.year, 4, c'0')
        buffer_fill(b, c'-', 1)
        put_int(b, m.month, 2, c'0')
        buffer_fill(b, c'-', 1)
        put_int(b, m.day, 2, c'0')
    elif c == c'G' or c == c'g' or c == c'V':
        # ISO 8601: a week belongs to the year of its Thursday.
        thursday = m[0]
        thursday.jd += (3 - days_after_monday(m)) * DAY
        thursday.has_ymd = False
        compute_ymd(&thursday)
        if c == c'V':
            put_int(b, days_after_jan01(&thursday) // 7 + 1, 2, c'0')
        elif c == c'g':
            put_int(b, thursday.year % 100, 2, c'0')
        else:
            put_int(b, thursday.year, 4, c'0')
    elif c == c'H' or c == c'k':
        put_int(b, m.hour, 2, c'0' if c == c'H' else c' ')
    elif c == c'I' or c == c'l':
        hour = m.hour - 12 if m.hour > 12 else m.hour
        put_int(b, 12 if hour == 0 else hour, 2, c'0' if c == c'I' else c' ')
    elif c == c'j':
        put_int(b, days_after_jan01(m) + 1, 3, c'0')
    elif c == c'J':
        put_number(b, m.jd / 86400000.0, 0, 16, c'g')
    elif c == c'm':
        put_int(b, m.month, 2, c'0')
    elif c == c'M':
        put_int(b, m.minute, 2, c'0')
    elif c == c'p':
        buffer_append(b, <const uint8_t*>(b"PM" if m.hour >= 12 else b"AM"), 2)
    elif c == c'P':
        buffer_append(b, <const uint8_t*>(b"pm" if m.hour >= 12 else b"am"), 2)
    elif c == c'R':
        put_int(b, m.hour, 2, c'0')
        buffer_fill(b, c':', 1)
        put_int(b, m.minute, 2, c'0')
    elif c == c's':
        if m.subsecond:
            put_number(b, (m.jd - EPOCH) / 1000.0, 0, 3, c'f')
        else:
            put_int(b, m.jd // 1000 - EPOCH // 1000, 0, c'0')
    elif c == c'S':
        put_int(b, <int>m.second, 2, c'0')
    elif c == c'T':
        put_time(b, m, False)
    elif c == c'u':
        hour = days_after_sunday(m)
        put_int(b, 7 if hour == 0 else hour, 1, c'0')
    elif c == c'w':
        put_int(b, days_after_sunday(m), 1, c'0')
    elif c == c'U':
        put_int(b, (days_after_jan01(m) - days_after_sunday(m) + 7) // 7, 2, c'0')
    elif c == c'W':
        put_int(b, (days_after_jan01(m) - days_after_monday(m) + 7) // 7, 2, c'0')
    elif c == c'Y':
        put_int(b, m.year, 4, c'0')
    elif c == c'%':
        buffer_fill(b, c'%', 1)
    else:
        return 0
    return 1


cdef int f_strftime(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """NULL for an unknown conversion."""
    cdef Moment m
    cdef TextBuffer b
    cdef const char* z
    cdef const char* mark
    if n_args == 0:
        return 0
    z = c_text(f, &args[0])
    if z == NULL or not read_moment(f, args + 1, n_args - 1, &m):
        return 0
    compute_fields(&m)
    memset(&b, 0, sizeof(b))
    b.arena = f.arena
    while True:
        mark = z
        while z[0] != 0 and z[0] != c'%':
            z += 1
        buffer_append(&b, <const uint8_t*>mark, z - mark)
        if z[0] == 0:
            break
        if not put_conversion(&b, z[1], &m):
            return 0
        z += 2
    set_text(out, b.p, <uint32_t>b.n)
    return 0


cdef int f_timediff(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """What must be added to the second moment to get the first: (+|-)YYYY-MM-DD HH:MM:SS.SSS."""
    cdef Moment d1, d2
    cdef TextBuffer b
    cdef int years, months, step
    cdef bint later
    if not read_moment(f, &args[0], 1, &d1) or not read_moment(f, &args[1], 1, &d2):
        return 0
    compute_fields(&d1)
    compute_fields(&d2)
    later = d1.jd >= d2.jd
    step = -1 if later else 1
    # Bring the second moment to the first one's year and month, then month by month to its near side.
    years = (d1.year - d2.year) * -step
    months = (d1.month - d2.month) * -step
    if years:
        d2.year = d1.year
        d2.has_jd = False
        compute_jd(&d2)
    if months < 0:
        years -= 1
        months += 12
    if months:
        d2.month = d1.month
        d2.has_jd = False
        compute_jd(&d2)
    while (d1.jd < d2.jd) if later else (d1.jd > d2.jd):
        months -= 1
        if months < 0:
            months = 11
            years -= 1
        d2.month += step
        if d2.month < 1:
            d2.month = 12
            d2.year -= 1
        elif d2.month > 12:
            d2.month = 1
            d2.year += 1
        d2.has_jd = False
        compute_jd(&d2)
    d1.jd = d1.jd - d2.jd if later else d2.jd - d1.jd
    d1.jd += YEAR_0         # so that days and time are read off the calendar
    clear_fields(&d1)
    compute_fields(&d1)
    memset(&b, 0, sizeof(b))
    b.arena = f.arena
    buffer_fill(&b, c'+' if later else c'-', 1)
    put_int(&b, years, 4, c'0')
    buffer_fill(&b, c'-', 1)
    put_int(&b, months, 2, c'0')
    buffer_fill(&b, c'-', 1)
    put_int(&b, d1.day - 1, 2, c'0')
    buffer_fill(&b, c' ', 1)
    put_int(&b, d1.hour, 2, c'0')
    buffer_fill(&b, c':', 1)
    put_int(&b, d1.minute, 2, c'0')
    buffer_fill(&b, c':', 1)
    put_number(&b, d1.second, 6, 3, c'f')
    set_text(out, b.p, <uint32_t>b.n)
    return 0


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    # "now" makes them different from run to run, but not within one: "stable".
    stable = {"deterministic": False, "flags": frozenset(["stable", "text"])}
    return [
        ("date", 0, -1, lane_function("date", f_datetime, F_DATE, False), stable),
        ("time", 0, -1, lane_function("time", f_datetime, F_TIME, False), stable),
        ("datetime", 0, -1, lane_function("datetime", f_datetime, F_DATE | F_TIME, False), stable),
        ("julianday", 0, -1, lane_function("julianday", f_julianday, 0, False), stable),
        ("unixepoch", 0, -1, lane_function("unixepoch", f_unixepoch, 0, False), stable),
        ("strftime", 0, -1, lane_function("strftime", f_strftime, 0, False), stable),
        ("timediff", 2, 2, lane_function("timediff", f_timediff, 0, False), stable),
    ]
