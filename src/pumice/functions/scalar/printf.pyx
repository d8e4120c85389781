"""format() and printf(): SQLite's conversions %d %i %u %f %e %E %g %G %x %X %o %c %s %z %q %Q %w %p %r %n %%.

Flags: - left-justified, + and space sign, # alternate form, ! alternate form 2 (characters instead of bytes; more digits), 0 zero padding,
comma thousands. Missing arguments count as NULL: 0, 0.0 or the empty text. An unknown conversion ends the text. Texts and the format
itself end at a NUL. NULL for a NULL format.
Source: "Built-in printf()". Tests: tests/unit/functions/test_printf.py.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove, memset
from pumice.exec.vector.convert cimport value_to_int, value_to_real
from pumice.exec.vector.float_text cimport Decimal, double_to_decimal
from pumice.functions.scalar.lane cimport MAX_LENGTH, Frame, lane_function, raise_too_big, set_text, skip_utf8, text_of, until_nul
from pumice.memory cimport arena_alloc
from pumice.values cimport TAG_NULL, Value

cdef enum:
    MAX_PRECISION = 100000000       # digits of a %f, %e, %g

cdef struct Arguments:
    const Value* values
    uint32_t n
    uint32_t used


cdef int buffer_reserve(TextBuffer* b, uint64_t n) except -1 nogil:
    cdef uint8_t* p
    cdef uint64_t capacity
    if b.n + n > MAX_LENGTH:
        raise_too_big()
    if b.n + n > b.capacity:
        capacity = 64
        while capacity < b.n + n:
            capacity *= 2
        p = arena_alloc(b.arena, capacity)
        if b.n:
            memcpy(p, b.p, b.n)
        b.p = p
        b.capacity = capacity
    return 0


cdef int buffer_append(TextBuffer* b, const uint8_t* p, uint64_t n) except -1 nogil:
    buffer_reserve(b, n)
    if n:
        memcpy(b.p + b.n, p, n)
    b.n += n
    return 0


cdef int buffer_fill(TextBuffer* b, uint8_t c, int64_t n) except -1 nogil:
    if n > 0:
        buffer_reserve(b, n)
        memset(b.p + b.n, c, n)
        b.n += n
    return 0


cdef int append_quoted(TextBuffer* b, const Value* text, bint escape) except -1 nogil:
    cdef bint control = False
    cdef uint32_t i
    if escape:
        for i in range(text.size):
            control |= text.num.p[i] < 32
    buffer_append(b, <const uint8_t*>(b"unistr('" if control else b"'"), 8 if control else 1)
    append_escaped(b, text, c"'", control)
    return buffer_append(b, <const uint8_t*>b"')", 2 if control else 1)


cdef int append_escaped(TextBuffer* b, const Value* text, uint8_t quote, bint backslashes) except -1 nogil:
    """Doubles `quote`; with `backslashes` also backslashes, and control characters become \\u00XX."""
    cdef uint32_t i
    cdef uint8_t c
    cdef uint8_t* p
    buffer_reserve(b, 6 * <uint64_t>text.size if backslashes else 2 * <uint64_t>text.size)
    p = b.p + b.n
    for i in range(text.size):
        c = text.num.p[i]
        if backslashes and c < 32:
            memcpy(p, b"\\u00", 4)
            p[4] = c'1' if c >= 16 else c'0'
            p[5] = b"0123456789abcdef"[c & 15]
            p += 6
            continue
        if c == quote or (backslashes and c == c'\\'):
            p[0] = c
            p += 1
        p[0] = c
        p += 1
    b.n = p - b.p
    return 0


cdef int append_json(TextBuffer* b, const Value* text) except -1 nogil:
    """As it stands within a string of JSON."""
    cdef uint32_t i
    cdef uint8_t c
    cdef uint8_t short_form
    cdef uint8_t* p
    buffer_reserve(b, 6 * <uint64_t>text.size)
    p = b.p + b.n
    for i in range(text.size):
        c = text.num.p[i]
        if c >= 32 and c != c'"' and c != c'\\':
            p[0] = c
            p += 1
            continue
        p[0] = c'\\'
        short_form = c if c >= 32 else b"uuuuuuuubtnufruu"[c] if c < 16 else c'u'
        p[1] = short_form
        p += 2
        if short_form == c'u':
            memcpy(p, b"00", 2)
            p[2] = c'1' if c >= 16 else c'0'
            p[3] = b"0123456789abcdef"[c & 15]
            p += 4
    b.n = p - b.p
    return 0


cdef int64_t next_int(Arguments* args) noexcept nogil:
    if args.used >= args.n:
        return 0
    args.used += 1
    return value_to_int(&args.values[args.used - 1])


cdef double next_real(Arguments* args) noexcept nogil:
    if args.used >= args.n:
        return 0.0
    args.used += 1
    return value_to_real(&args.values[args.used - 1])


cdef int next_text(Frame* f, Arguments* args, Value* out) except -1 nogil:
    """Up to a NUL; `p` is NULL for a NULL or missing argument."""
    if args.used >= args.n or args.values[args.used].tag == TAG_NULL:
        out.num.p = NULL
        out.size = 0
        args.used += 1
        return 0
    text_of(f, &args.values[args.used], out)
    args.used += 1
    if out.num.p == NULL:
        out.num.p = <const uint8_t*>b""
    out.size = until_nul(out)
    return 0


cdef const uint8_t* parse_spec(const uint8_t* z, const uint8_t* end, Arguments* args, Spec* s) noexcept nogil:
    """Reads flags, width and precision from after the %; returns the place of the conversion's letter (`end`: none)."""
    cdef int64_t x
    cdef uint32_t u
    memset(s, 0, sizeof(Spec))
    s.precision = -1
    while z < end:
        if z[0] == c'-':
            s.left = True
        elif z[0] == c'+':
            s.sign = c'+'
        elif z[0] == c' ':
            s.sign = c' '
        elif z[0] == c'#':
            s.alternate = True
        elif z[0] == c'!':
            s.alternate2 = True
        elif z[0] == c'0':
            s.zero_pad = True
        elif z[0] == c',':
            s.thousands = True
        elif z[0] == c'l':
            z += 1
            if z < end and z[0] == c'l':
                z += 1
            return z
        elif z[0] >= c'1' and z[0] <= c'9':
            u = 0
            while z < end and z[0] >= c'0' and z[0] <= c'9':
                u = u * 10 + (z[0] - c'0')
                z += 1
            s.width = u & 0x7FFFFFFF
            if z >= end or (z[0] != c'.' and z[0] != c'l'):
                return z
            continue
        elif z[0] == c'*':
            x = <int>next_int(args)
            if x < 0:
                s.left = True
                x = -x if x >= -2147483647 else 0
            s.width = x
            z += 1
            if z >= end or (z[0] != c'.' and z[0] != c'l'):
                return z
            continue
        elif z[0] == c'.':
            z += 1
            if z < end and z[0] == c'*':
                x = <int>next_int(args)
                if x < 0:
                    x = -x if x >= -2147483647 else -1
                s.precision = x
                z += 1
            else:
                u = 0
                while z < end and z[0] >= c'0' and z[0] <= c'9':
                    u = u * 10 + (z[0] - c'0')
                    z += 1
                s.precision = u & 0x7FFFFFFF
            if z >= end or z[0] != c'l':
                return z
            continue
        else:
            return z
        z += 1
    return z


cdef int put_padded(TextBuffer* b, Spec* s, const uint8_t* p, uint64_t n) except -1 nogil:
    if not s.left:
        buffer_fill(b, c' ', s.width - <int64_t>n)
    buffer_append(b, p, n)
    if s.left:
        buffer_fill(b, c' ', s.width - <int64_t>n)
    return 0


cdef void widen_for_utf8(Spec* s, const uint8_t* p, uint64_t n) noexcept nogil:
    """With !, widths count characters: continuation bytes are free."""
    cdef uint64_t i
    if s.alternate2 and s.width > 0:
        for i in range(n):
            s.width += p[i] & 0xC0 == 0x80


cdef int put_integer(TextBuffer* b, Spec* s, int64_t v) except -1 nogil:
    cdef uint64_t x = <uint64_t>v
    cdef uint8_t prefix = 0
    cdef uint32_t base = 10
    cdef const char* digits = b"0123456789abcdef"
    cdef uint8_t buf[40]
    cdef int at = 40, n_digits
    cdef int64_t zeros, length, i, n_total
    cdef uint8_t* p
    cdef TextBuffer t
    if s.kind == c'd' or s.kind == c'i' or s.kind == c'r':
        if v < 0:
            x = 0 - x
            prefix = c'-'
        else:
            prefix = s.sign
    elif s.kind == c'x' or s.kind == c'p':
        base = 16
    elif s.kind == c'X':
        base = 16
        digits = b"0123456789ABCDEF"
    elif s.kind == c'o':
        base = 8
    if s.kind == c'p':
        digits = b"0123456789ABCDEF"
    if x == 0:
        s.alternate = False
    if s.kind != c'd' and s.kind != c'i' and s.kind != c'u':
        s.thousands = False
    if s.zero_pad and s.precision < s.width - (prefix != 0):
        s.precision = s.width - (prefix != 0)
    if s.kind == c'r':
        i = <int64_t>(x % 10)
        if i >= 4 or (x // 10) % 10 == 1:
            i = 0
        at -= 2
        memcpy(&buf[at], &(<const char*>b"thstndrd")[i * 2], 2)
    while True:
        at -= 1
        buf[at] = digits[x % base]
        x //= base
        if x == 0:
            break
    n_digits = 40 - at
    zeros = s.precision - n_digits if s.precision > n_digits else 0
    length = zeros + n_digits
    memset(&t, 0, sizeof(t))
    t.arena = b.arena
    buffer_reserve(&t, length + length // 3 + 4)
    if s.alternate and base != 10:
        # Written in front of the sign, of which these conversions have none.
        if base == 8:
            buffer_append(&t, <const uint8_t*>b"0", 1)
        else:
            buffer_append(&t, <const uint8_t*>(b"0X" if s.kind == c'X' else b"0x"), 2)
    if prefix:
        buffer_append(&t, &prefix, 1)
    if not s.thousands:
        buffer_fill(&t, c'0', zeros)
        buffer_append(&t, &buf[at], n_digits)
    else:
        for i in range(length):
            if i and (length - i) % 3 == 0:
                buffer_fill(&t, c',', 1)
            buffer_fill(&t, c'0' if i < zeros else buf[at + i - zeros], 1)
    return put_padded(b, s, t.p, t.n)


cdef int put_real(TextBuffer* b, Spec* s, double r) except -1 nogil:
    """%f %e %E %g %G."""
    cdef Decimal d
    cdef int64_t precision = s.precision, exp, e2, j, start
    cdef uint8_t prefix
    cdef bint scientific, generic, point, strip
    cdef TextBuffer t
    if precision < 0:
        precision = 6
    if precision > MAX_PRECISION:
        precision = MAX_PRECISION
    generic = s.kind == c'g' or s.kind == c'G'
    scientific = s.kind == c'e' or s.kind == c'E'
    if generic and precision == 0:
        precision = 1
    double_to_decimal(r, <int>(precision if generic else (precision + 1 if scientific else -precision)), 26 if s.alternate2 else 16, &d)
    if d.special == 2:
        if s.zero_pad:
            return put_padded(b, s, <const uint8_t*>b"null", 4)
        return put_padded(b, s, <const uint8_t*>b"NaN", 3)
    if d.special == 1:
        if not s.zero_pad:
            if d.negative:
                return put_padded(b, s, <const uint8_t*>b"-Inf", 4)
            if s.sign == c'+':
                return put_padded(b, s, <const uint8_t*>b"+Inf", 4)
            if s.sign == c' ':
                return put_padded(b, s, <const uint8_t*>b" Inf", 4)
            return put_padded(b, s, <const uint8_t*>b"Inf", 3)
        d.digits[0] = c'9'
        d.n = 1
        d.point = 1000
    prefix = c'-' if d.negative else s.sign
    exp = d.point - 1
    strip = s.alternate2
    if generic:
        precision -= 1
        strip = not s.alternate
        if exp < -4 or exp > precision:
            scientific = True
        else:
            precision -= exp
    e2 = 0 if scientific else exp
    memset(&t, 0, sizeof(t))
    t.arena = b.arena
    buffer_reserve(&t, (e2 if e2 > 0 else 0) * 4 // 3 + precision + s.width + 20)
    point = precision > 0 or s.alternate or s.alternate2
    if prefix:
        buffer_append(&t, &prefix, 1)
    j = 0
    if e2 < 0:
        buffer_fill(&t, c'0', 1)
    else:
        while e2 >= 0:
            buffer_fill(&t, d.digits[j] if j < d.n else c'0', 1)
            j += 1
            if s.thousands and e2 % 3 == 0 and e2 > 1:
                buffer_fill(&t, c',', 1)
            e2 -= 1
    if point:
        buffer_fill(&t, c'.', 1)
    e2 += 1
    while e2 < 0 and precision > 0:
        buffer_fill(&t, c'0', 1)
        precision -= 1
        e2 += 1
    if precision > 0:
        if j < d.n:
            start = min(d.n - j, precision)
            buffer_append(&t, &d.digits[j], start)
            precision -= start
        buffer_fill(&t, c'0', precision)
    if strip and point:
        while t.p[t.n - 1] == c'0':
            t.n -= 1
        if t.p[t.n - 1] == c'.':
            if s.alternate2:
                buffer_fill(&t, c'0', 1)
            else:
                t.n -= 1
    if scientific:
        exp = d.point - 1
        buffer_fill(&t, c'E' if s.kind == c'E' or s.kind == c'G' else c'e', 1)
        buffer_fill(&t, c'-' if exp < 0 else c'+', 1)
        if exp < 0:
            exp = -exp
        if exp >= 100:
            buffer_fill(&t, <uint8_t>(c'0' + exp // 100), 1)
            exp %= 100
        buffer_fill(&t, <uint8_t>(c'0' + exp // 10), 1)
        buffer_fill(&t, <uint8_t>(c'0' + exp % 10), 1)
    if s.zero_pad and not s.left and <int64_t>t.n < s.width:
        start = prefix != 0
        exp = s.width - <int64_t>t.n
        buffer_fill(&t, c'0', exp)
        memmove(t.p + start + exp, t.p + start, t.n - exp - start)
        memset(t.p + start, c'0', exp)
    return put_padded(b, s, t.p, t.n)


cdef int put_char(Frame* f, TextBuffer* b, Spec* s, Arguments* args) except -1 nogil:
    """%c: the first character, as often as the precision says."""
    cdef Value text
    cdef uint8_t buf[4]
    cdef uint32_t n = 1
    next_text(f, args, &text)
    buf[0] = 0
    if text.size:
        buf[0] = text.num.p[0]
        if buf[0] & 0xC0 == 0xC0:
            while n < 4 and n < text.size and text.num.p[n] & 0xC0 == 0x80:
                buf[n] = text.num.p[n]
                n += 1
    if s.precision > 1:
        s.width -= s.precision - 1
        if s.width > 1 and not s.left:
            buffer_fill(b, c' ', s.width - 1)
            s.width = 0
        if <uint64_t>s.precision * n > MAX_LENGTH:
            raise_too_big()
        while s.precision > 1:
            buffer_append(b, buf, n)
            s.precision -= 1
    s.alternate2 = True
    widen_for_utf8(s, buf, n)
    return put_padded(b, s, buf, n)


cdef int put_text(Frame* f, TextBuffer* b, Spec* s, Arguments* args) except -1 nogil:
    """%s %z %q %Q %w %j; the precision limits what is taken of the argument: bytes, or characters with !."""
    cdef Value text
    cdef TextBuffer t
    cdef bint is_null, control = False, backslashes = False
    cdef const uint8_t* z
    cdef const uint8_t* end
    cdef int64_t left = s.precision
    cdef uint32_t i
    next_text(f, args, &text)
    is_null = text.num.p == NULL
    if s.kind == c'q' or s.kind == c'w':
        if is_null:
            text.num.p = <const uint8_t*>b"(NULL)"
            text.size = 6
    elif s.kind == c'Q' and is_null:
        text.num.p = <const uint8_t*>b"NULL"
        text.size = 4
    if left >= 0:
        if s.alternate2:
            z = text.num.p
            end = z + text.size
            while left > 0 and z < end:
                z = skip_utf8(z, end)
                left -= 1
            text.size = <uint32_t>(z - text.num.p)
        elif left < text.size:
            text.size = <uint32_t>left
    if s.kind == c's' or s.kind == c'z':
        widen_for_utf8(s, text.num.p, text.size)
        return put_padded(b, s, text.num.p, text.size)
    memset(&t, 0, sizeof(t))
    t.arena = b.arena
    if s.kind == c'j':
        append_json(&t, &text)
        widen_for_utf8(s, t.p, t.n)
        return put_padded(b, s, t.p, t.n)
    if s.alternate and s.kind != c'w':
        for i in range(text.size):
            control |= text.num.p[i] < 32
        backslashes = control or s.kind == c'q'
    if s.kind == c'Q' and not is_null:
        buffer_append(&t, <const uint8_t*>(b"unistr('" if backslashes else b"'"), 8 if backslashes else 1)
    append_escaped(&t, &text, c'"' if s.kind == c'w' else c"'", backslashes)
    if s.kind == c'Q' and not is_null:
        buffer_append(&t, <const uint8_t*>b"')", 2 if backslashes else 1)
    widen_for_utf8(s, t.p, t.n)
    return put_padded(b, s, t.p, t.n)


cdef int f_format(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    cdef Value format
    cdef Arguments rest
    cdef TextBuffer b
    cdef Spec s
    cdef const uint8_t* z
    cdef const uint8_t* end
    cdef const uint8_t* mark
    if n_args == 0 or args[0].tag == TAG_NULL:
        return 0
    text_of(f, &args[0], &format)
    rest.values = args + 1
    rest.n = n_args - 1
    rest.used = 0
    memset(&b, 0, sizeof(b))
    b.arena = f.arena
    z = format.num.p
    end = z + until_nul(&format)
    while z < end:
        mark = z
        while z < end and z[0] != c'%':
            z += 1
        buffer_append(&b, mark, z - mark)
        if z >= end:
            break
        z += 1
        if z >= end:
            buffer_append(&b, <const uint8_t*>b"%", 1)
            break
        z = parse_spec(z, end, &rest, &s)
        if z >= end:
            break
        s.kind = z[0]
        z += 1
        if s.kind in (c'd', c'i', c'u', c'x', c'X', c'o', c'r', c'p'):
            put_integer(&b, &s, next_int(&rest))
        elif s.kind in (c'f', c'e', c'E', c'g', c'G'):
            put_real(&b, &s, next_real(&rest))
        elif s.kind in (c's', c'z', c'q', c'Q', c'w', c'j'):
            put_text(f, &b, &s, &rest)
        elif s.kind == c'c':
            put_char(f, &b, &s, &rest)
        elif s.kind == c'%':
            put_padded(&b, &s, <const uint8_t*>b"%", 1)
        elif s.kind != c'n':
            break
    set_text(out, b.p, <uint32_t>b.n)
    return 0


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    raising = {"flags": frozenset(["text"]), "can_raise": True}
    return [
        ("format", 0, -1, lane_function("format", f_format, 0, False), raising),
        ("printf", 0, -1, lane_function("printf", f_format, 0, False), raising),
    ]
