"""Functions of text: length, substr, upper, trim, replace, instr, hex, quote and the like.

A number argument counts as its text, a BLOB as the text of its bytes where a function wants text. Unless said otherwise a NULL argument
gives NULL. Character counts follow sqlite3's reading of UTF-8: a byte from 0x80 up with all continuation bytes after it, else a byte.
Source: "Built-In Scalar SQL Functions". Tests: tests/unit/functions/test_scalar.py.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr as c_memchr, memcmp, memcpy, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.convert cimport blob_to_text, real_to_text, text_to_blob, value_to_int
from pumice.functions.scalar.lane cimport (MAX_LENGTH, Frame, append_utf8, lane_function, raise_error, raise_too_big, read_utf8,
                                           result_bytes, set_int, set_text, skip_utf8, text_of, until_nul)
from pumice.functions.scalar.printf cimport TextBuffer, append_quoted
from pumice.memory cimport arena_alloc
from pumice.values cimport ENC_UTF8, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT, Value

cdef extern from "<stdint.h>":
    const int64_t INT64_MAX

cdef const char* HEX_DIGITS = b"0123456789ABCDEF"


cdef inline bint is_hex(uint8_t c) noexcept nogil:
    return (c >= c'0' and c <= c'9') or ((c | 32) >= c'a' and (c | 32) <= c'f')


cdef inline uint32_t hex_value(uint8_t c) noexcept nogil:
    return c - c'0' if c <= c'9' else (c | 32) - c'a' + 10


cdef inline const uint8_t* skip_char(const uint8_t* z, const uint8_t* end) noexcept nogil:
    """Past one character as length() and substr() count: unlike skip_utf8, a stray continuation byte takes those after it along."""
    cdef uint8_t lead = z[0]
    z += 1
    if lead >= 0x80:
        while z < end and z[0] & 0xC0 == 0x80:
            z += 1
    return z


cdef int read_as_text(Frame* f, const Value* arg, Value* text) except -1 nogil:
    """`text` is that of `arg`; of a BLOB, by the database's encoding."""
    return blob_to_text(text, (<ExecContext>f.ctx).encoding, f.arena) if arg.tag == TAG_BLOB else 0


cdef int64_t int_of(Frame* f, const Value* arg) except? -1 nogil:
    cdef Value v = arg[0]
    read_as_text(f, arg, &v)
    return value_to_int(&v)


cdef int f_length(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """Characters of a text before its first NUL; bytes of a BLOB; bytes of a number's text."""
    cdef const uint8_t* z
    cdef const uint8_t* end
    cdef int64_t count = 0
    cdef Value text
    if args[0].tag != TAG_TEXT:
        text_of(f, &args[0], &text)
        set_int(out, text.size)
        return 0
    z = args[0].num.p
    end = z + args[0].size
    while z < end and z[0] != 0:
        z = skip_char(z, end)
        count += 1
    set_int(out, count)
    return 0


cdef int f_octet_length(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """Bytes of the value as text in the database's encoding."""
    cdef Value text
    cdef const uint8_t* z
    cdef const uint8_t* end
    cdef int64_t units = 0
    text_of(f, &args[0], &text)
    if args[0].tag == TAG_BLOB or (<ExecContext>f.ctx).encoding <= 1:
        set_int(out, text.size)
        return 0
    z = text.num.p
    end = z + text.size
    while z < end:
        units += 2 if read_utf8(&z, end) > 0xFFFF else 1
    set_int(out, 2 * units)
    return 0


cdef int f_substr(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """substr(x, start [, length]): characters of a text (up to a NUL), bytes of a BLOB. A negative start counts from the end, a negative
    length takes what precedes the start."""
    cdef int64_t p1 = int_of(f, &args[1]), p2 = INT64_MAX, length = 0
    cdef Value text
    cdef const uint8_t* z
    cdef const uint8_t* end
    cdef const uint8_t* z2
    cdef bint is_blob = args[0].tag == TAG_BLOB
    text_of(f, &args[0], &text)
    z = text.num.p
    end = z + text.size
    if is_blob:
        length = text.size
        if length == 0:
            return 0            # SQLite cannot tell the empty BLOB from NULL here
    else:
        end = z + until_nul(&text)
        if p1 < 0:
            # Counted by the older rule of skip_utf8, as SQLite does.
            z2 = z
            while z2 < end:
                z2 = skip_utf8(z2, end)
                length += 1
    if n_args == 3:
        p2 = int_of(f, &args[2])
    if p1 < 0:
        p1 += length
        if p1 < 0:
            if p2 < 0:
                p2 = 0
            else:
                p2 += p1
            p1 = 0
    elif p1 > 0:
        p1 -= 1
    elif p2 > 0:
        p2 -= 1
    if p2 < 0:
        p2 = p1 if p2 < -p1 else -p2
        p1 -= p2
    if is_blob:
        if p1 >= length:
            p1 = 0
            p2 = 0
        elif p2 > length - p1:
            p2 = length - p1
        out.tag = TAG_BLOB
        out.num.p = z + p1
        out.size = <uint32_t>p2
        return 0
    while z < end and p1 > 0:
        z = skip_char(z, end)
        p1 -= 1
    z2 = z
    while z2 < end and p2 > 0:
        z2 = skip_char(z2, end)
        p2 -= 1
    set_text(out, z, <uint32_t>(z2 - z))
    return 0


cdef int f_change_case(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """upper() with variant 'a', lower() with variant 'A': ASCII letters only."""
    cdef Value text
    cdef uint8_t* p
    cdef uint8_t c, first = <uint8_t>f.variant
    cdef uint32_t i
    text_of(f, &args[0], &text)
    p = result_bytes(f, text.size)
    for i in range(text.size):
        c = text.num.p[i]
        p[i] = c ^ 32 if <uint8_t>(c - first) < 26 else c
    set_text(out, p, text.size)
    return 0


cdef int f_trim(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """ltrim (variant 1), rtrim (2), trim (3): removes spaces, or any of the characters of the second argument (up to a NUL)."""
    cdef Value text, chars
    cdef const uint8_t* z
    cdef const uint8_t* c
    cdef const uint8_t* c_next
    cdef const uint8_t* c_end
    cdef uint32_t n, size
    cdef bint found
    text_of(f, &args[0], &text)
    z = text.num.p
    n = text.size
    if n_args == 1:
        if f.variant & 1:
            while n and z[0] == c' ':
                z += 1
                n -= 1
        if f.variant & 2:
            while n and z[n - 1] == c' ':
                n -= 1
        set_text(out, z, n)
        return 0
    text_of(f, &args[1], &chars)
    c_end = chars.num.p + until_nul(&chars)
    found = True
    while f.variant & 1 and n > 0 and found:
        found = False
        c = chars.num.p
        while c < c_end:
            c_next = skip_utf8(c, c_end)
            size = <uint32_t>(c_next - c)
            if size <= n and memcmp(z, c, size) == 0:
                z += size
                n -= size
                found = True
                break
            c = c_next
    found = True
    while f.variant & 2 and n > 0 and found:
        found = False
        c = chars.num.p
        while c < c_end:
            c_next = skip_utf8(c, c_end)
            size = <uint32_t>(c_next - c)
            if size <= n and memcmp(z + n - size, c, size) == 0:
                n -= size
                found = True
                break
            c = c_next
    set_text(out, z, n)
    return 0


cdef int f_replace(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """replace(x, from, to); the text of x when `from` is empty or starts with a NUL."""
    cdef Value text, pattern, by
    cdef const uint8_t* z
    cdef const uint8_t* end
    cdef const uint8_t* hit
    cdef uint8_t* p
    cdef uint64_t hits = 0, size
    if args[0].tag == TAG_NULL or args[1].tag == TAG_NULL:
        return 0
    text_of(f, &args[1], &pattern)
    if pattern.size == 0 or pattern.num.p[0] == 0:
        return text_of(f, &args[0], out)
    if args[2].tag == TAG_NULL:
        return 0
    text_of(f, &args[0], &text)
    text_of(f, &args[2], &by)
    z = text.num.p
    end = z + text.size
    hit = find_bytes(z, end, &pattern)
    if hit == NULL:
        set_text(out, text.num.p, text.size)
        return 0
    while hit != NULL:
        hits += 1
        hit = find_bytes(hit + pattern.size, end, &pattern)
    size = text.size + hits * by.size - hits * pattern.size
    p = result_bytes(f, size)
    out.num.p = p
    while True:
        hit = find_bytes(z, end, &pattern)
        if hit == NULL:
            break
        memcpy(p, z, hit - z)
        p += hit - z
        if by.size:
            memcpy(p, by.num.p, by.size)
        p += by.size
        z = hit + pattern.size
    memcpy(p, z, end - z)
    out.tag = TAG_TEXT
    out.size = <uint32_t>size
    return 0


cdef extern from "<string.h>" nogil:
    const void* memmem(const void* haystack, size_t n, const void* needle, size_t m) noexcept


cdef inline const uint8_t* find_bytes(const uint8_t* z, const uint8_t* end, const Value* needle) noexcept nogil:
    """The first occurrence in [z, end), or NULL."""
    if <uint64_t>(end - z) < needle.size:
        return NULL
    return <const uint8_t*>memmem(z, end - z, needle.num.p, needle.size)


cdef int f_instr(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """Position (1-based) of the second argument in the first, 0 if it is not there: bytes if both are BLOBs, else characters."""
    cdef Value haystack, needle
    cdef const uint8_t* z
    cdef const uint8_t* hit
    cdef const uint8_t* end
    cdef int64_t position = 1
    text_of(f, &args[0], &haystack)
    text_of(f, &args[1], &needle)
    if args[0].tag != args[1].tag:
        read_as_text(f, &args[0], &haystack)
        read_as_text(f, &args[1], &needle)
    if needle.size == 0:
        set_int(out, 1)
        return 0
    z = haystack.num.p
    end = z + haystack.size
    if args[0].tag == TAG_BLOB and args[1].tag == TAG_BLOB:
        hit = find_bytes(z, end, &needle)
        set_int(out, 0 if hit == NULL else hit - z + 1)
        return 0
    # Only places where a character starts count; a character here is a byte and the continuation bytes after it.
    while True:
        hit = find_bytes(z, end, &needle)
        if hit == NULL:
            set_int(out, 0)
            return 0
        while z < hit:
            z += 1
            while z < end and z[0] & 0xC0 == 0x80:
                z += 1
            position += 1
        if z == hit:
            set_int(out, position)
            return 0


cdef inline uint32_t storable(Frame* f, uint32_t c) noexcept nogil:
    """The character; in a UTF-16 database U+FFFD for a surrogate."""
    return 0xFFFD if (<ExecContext>f.ctx).encoding != ENC_UTF8 and c >> 11 == 0x1B else c


cdef int f_char(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """The text of the given code points; one that is none becomes U+FFFD. NULL counts as 0."""
    cdef uint8_t* p = result_bytes(f, 4 * <uint64_t>n_args)
    cdef uint32_t j, n = 0
    cdef int64_t c
    for j in range(n_args):
        c = value_to_int(&args[j])
        if c < 0 or c > 0x10FFFF:
            c = 0xFFFD
        n += append_utf8(p + n, storable(f, <uint32_t>c))
    set_text(out, p, n)
    return 0


cdef int f_unicode(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """Code point of the first character; NULL for the empty text."""
    cdef Value text
    cdef const uint8_t* z
    text_of(f, &args[0], &text)
    z = text.num.p
    if text.size and z[0]:
        set_int(out, read_utf8(&z, z + text.size))
    return 0


cdef int f_concat(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """concat(...) (variant 0), concat_ws(separator, ...) (1): NULL arguments are left out; NULL only for a NULL separator."""
    cdef Value separator, text
    cdef uint32_t j, first = <uint32_t>f.variant
    cdef uint64_t size = 0
    cdef uint8_t* p
    cdef uint8_t* start
    cdef bint any_before = False
    separator.size = 0
    if first:
        if args[0].tag == TAG_NULL:
            return 0
        text_of(f, &args[0], &separator)
    for j in range(first, n_args):
        if args[j].tag != TAG_NULL:
            size += 40 if args[j].tag <= TAG_REAL else args[j].size
            size += separator.size
    p = result_bytes(f, size)
    start = p
    for j in range(first, n_args):
        if args[j].tag == TAG_NULL:
            continue
        if any_before and separator.size:
            memcpy(p, separator.num.p, separator.size)
            p += separator.size
        any_before = True
        text_of(f, &args[j], &text)
        if text.size:
            memcpy(p, text.num.p, text.size)
        p += text.size
    set_text(out, start, <uint32_t>(p - start))
    return 0


cdef int f_hex(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """Upper-case hexadecimal digits of the bytes, of a text in the database's encoding; the empty text for NULL."""
    cdef Value text
    cdef uint8_t* p
    cdef uint32_t i
    cdef uint8_t c
    text_of(f, &args[0], &text)
    if args[0].tag == TAG_TEXT:
        text_to_blob(&text, (<ExecContext>f.ctx).encoding, f.arena)
    p = result_bytes(f, 2 * <uint64_t>text.size)
    for i in range(text.size):
        c = text.num.p[i]
        p[2 * i] = HEX_DIGITS[c >> 4]
        p[2 * i + 1] = HEX_DIGITS[c & 15]
    set_text(out, p, 2 * text.size)
    return 0


cdef int f_unhex(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """BLOB of pairs of digits; characters of the second argument may stand between pairs; NULL for anything else."""
    cdef Value text, allowed
    cdef const uint8_t* z
    cdef const uint8_t* end
    cdef const uint8_t* a
    cdef uint8_t* p
    cdef uint8_t* start
    cdef uint32_t c
    cdef bint known
    text_of(f, &args[0], &text)
    allowed.size = 0
    allowed.num.p = NULL
    if n_args == 2:
        text_of(f, &args[1], &allowed)
    z = text.num.p
    end = z + until_nul(&text)
    p = start = result_bytes(f, text.size // 2 + 1)
    while z < end:
        if not is_hex(z[0]):
            c = read_utf8(&z, end)
            known = False
            a = allowed.num.p
            while a < allowed.num.p + allowed.size and not known:
                known = read_utf8(&a, allowed.num.p + allowed.size) == c
            if not known:
                return 0
            continue
        if z + 1 >= end or not is_hex(z[1]):
            return 0
        p[0] = <uint8_t>(hex_value(z[0]) << 4 | hex_value(z[1]))
        p += 1
        z += 2
    out.tag = TAG_BLOB
    out.num.p = start
    out.size = <uint32_t>(p - start)
    return 0


cdef int f_unistr(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """Decodes \\XXXX, \\+XXXXXX, \\uXXXX, \\UXXXXXXXX and \\\\; raises `invalid Unicode escape`."""
    cdef Value text
    cdef const uint8_t* z
    cdef const uint8_t* end
    cdef const uint8_t* stop
    cdef uint8_t* p
    cdef uint8_t* start
    cdef uint32_t v, i, digits, skip
    text_of(f, &args[0], &text)
    z = text.num.p
    end = z + text.size
    stop = z + until_nul(&text)         # escapes after a NUL stay as they are
    p = start = result_bytes(f, text.size)
    while z < end:
        if z[0] != c'\\' or z >= stop:
            p[0] = z[0]
            p += 1
            z += 1
            continue
        if z + 1 < end and z[1] == c'\\':
            p[0] = c'\\'
            p += 1
            z += 2
            continue
        skip = 2
        digits = 0
        if z + 1 < end:
            if is_hex(z[1]):
                skip = 1
                digits = 4
            elif z[1] == c'+':
                digits = 6
            elif z[1] == c'u':
                digits = 4
            elif z[1] == c'U':
                digits = 8
        if digits == 0 or <uint64_t>(end - z) < skip + digits:
            raise_error(b"invalid Unicode escape")
        v = 0
        for i in range(skip, skip + digits):
            if not is_hex(z[i]):
                raise_error(b"invalid Unicode escape")
            v = (v << 4) + hex_value(z[i])
        p += append_utf8(p, storable(f, v))
        z += skip + digits
    set_text(out, start, <uint32_t>(p - start))
    return 0


cdef int f_quote(Frame* f, const Value* args, uint32_t n_args, Value* out) except -1 nogil:
    """The value as an SQL literal; unistr_quote (variant 1) escapes control characters by unistr(). Text ends at a NUL."""
    cdef TextBuffer b
    cdef uint8_t* p
    cdef Value text
    cdef uint32_t i
    if args[0].tag == TAG_NULL:
        set_text(out, <const uint8_t*>b"NULL", 4)
    elif args[0].tag == TAG_BLOB:
        p = result_bytes(f, 2 * <uint64_t>args[0].size + 3)
        memcpy(p, b"X'", 2)
        for i in range(args[0].size):
            p[2 + 2 * i] = HEX_DIGITS[args[0].num.p[i] >> 4]
            p[3 + 2 * i] = HEX_DIGITS[args[0].num.p[i] & 15]
        p[2 + 2 * args[0].size] = c"'"
        set_text(out, p, 2 * args[0].size + 3)
    elif args[0].tag == TAG_TEXT:
        memset(&b, 0, sizeof(b))
        b.arena = f.arena
        text = args[0]
        text.size = until_nul(&text)
        append_quoted(&b, &text, f.variant == 1)
        set_text(out, b.p, <uint32_t>b.n)
    elif args[0].tag == TAG_REAL and args[0].num.r - args[0].num.r != 0.0:
        # Infinity: a literal that overflows.
        if args[0].num.r > 0:
            set_text(out, <const uint8_t*>b"9.0e+999", 8)
        else:
            set_text(out, <const uint8_t*>b"-9.0e+999", 9)
    else:
        text_of(f, &args[0], out)
    return 0


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    text = {"flags": frozenset(["text"])}
    raising = {"flags": frozenset(["text"]), "can_raise": True}
    return [
        ("length", 1, 1, lane_function("length", f_length, 0, True), {}),
        ("octet_length", 1, 1, lane_function("octet_length", f_octet_length, 0, True), {}),
        ("substr", 2, 3, lane_function("substr", f_substr, 0, True), {}),
        ("substring", 2, 3, lane_function("substring", f_substr, 0, True), {}),
        ("upper", 1, 1, lane_function("upper", f_change_case, c'a', True), text),
        ("lower", 1, 1, lane_function("lower", f_change_case, c'A', True), text),
        ("ltrim", 1, 2, lane_function("ltrim", f_trim, 1, True), text),
        ("rtrim", 1, 2, lane_function("rtrim", f_trim, 2, True), text),
        ("trim", 1, 2, lane_function("trim", f_trim, 3, True), text),
        ("replace", 3, 3, lane_function("replace", f_replace, 0, False), raising),
        ("instr", 2, 2, lane_function("instr", f_instr, 0, True), {}),
        ("char", 0, -1, lane_function("char", f_char, 0, False), text),
        ("unicode", 1, 1, lane_function("unicode", f_unicode, 0, True), text),
        ("concat", 1, -1, lane_function("concat", f_concat, 0, False), text),
        ("concat_ws", 2, -1, lane_function("concat_ws", f_concat, 1, False), text),
        ("hex", 1, 1, lane_function("hex", f_hex, 0, False), {}),
        ("unhex", 1, 2, lane_function("unhex", f_unhex, 0, True), text),
        ("unistr", 1, 1, lane_function("unistr", f_unistr, 0, True), raising),
        ("quote", 1, 1, lane_function("quote", f_quote, 0, False), {}),
        ("unistr_quote", 1, 1, lane_function("unistr_quote", f_quote, 1, False), {}),
    ]
