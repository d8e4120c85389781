"""LIKE and GLOB: like(pattern, x [, escape]), glob(pattern, x).

    LIKE   %  any characters    _  one character    escape c  the character c itself    ASCII letters match in either case
    GLOB   *  any characters    ?  one character    [a-z] [^a-z]  one of (not of) a set

A constant pattern is cut once a batch: when it is ASCII pieces with % between them (`text`, `text%`, `%text%`, `a%b%c` ...), bytes are
compared and never decoded: the first and the last piece have their place unless a % stands outside of them, the others are found from left
to right, each at its first occurrence. Everything else goes through one matcher that remembers only the last % (an earlier one can never
help where a later one failed), so it needs no recursion. BLOB operands do not match (0); NULL gives NULL. Texts end at a NUL.
Raises `LIKE or GLOB pattern too complex`, `ESCAPE expression must be a single character`.
Source: "The LIKE, GLOB, REGEXP, MATCH, and extract operators"; SQLite's patternCompare for the corner cases.
Tests: tests/unit/functions/test_pattern.py.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memset
from pumice.exec.context cimport ExecContext
from pumice.exec.vector.convert cimport blob_to_text
from pumice.exec.vector.vector cimport Vector, sel_lane, vec_get
from pumice.functions.scalar.lane cimport Frame, raise_error, read_utf8, skip_utf8, text_of, until_nul
from pumice.functions.scalar.scalar cimport ScalarFunction
from pumice.storage.record.key_info cimport Collation
from pumice.values cimport MASK_INT, MASK_NULL, TAG_BLOB, TAG_INT, TAG_NULL, TAG_TEXT, Value

from pumice import errors

cdef enum:
    MAX_PATTERN = 50000         # bytes (SQLITE_MAX_LIKE_PATTERN_LENGTH)

cdef struct Rules:
    uint32_t any                # '%' or '*'; 0: none
    uint32_t one                # '_' or '?'; 0: none
    uint32_t other              # the escape character of LIKE, '[' for GLOB, 0: none
    bint is_glob
    bint no_case

cdef enum:
    MAX_PIECES = 16

cdef struct Piece:
    const uint8_t* p            # borrowed from the pattern
    uint32_t n
    int32_t anchor              # position of a character without case that is searched for first, -1: it has letters only

cdef struct Pieces:
    Piece piece[16]
    int n                       # 0: the pattern is only `any`
    bint starts                 # `any` stands before the first piece
    bint ends                   # `any` stands after the last one


cdef inline uint32_t lower(uint32_t c) noexcept nogil:
    return c + 32 if c - c'A' < 26 else c


cdef const uint8_t* match_set(const uint8_t* p, const uint8_t* end, uint32_t c, bint* matched) noexcept nogil:
    """Whether `c` is in the set that starts after the '['; returns what follows the ']' (NULL: no ']')."""
    cdef uint32_t c2, prior = 0
    cdef bint seen = False, invert = False
    c2 = read_utf8(&p, end)
    if c2 == c'^':
        invert = True
        c2 = read_utf8(&p, end)
    if c2 == c']':
        seen = c == c']'
        c2 = read_utf8(&p, end)
    while c2 != 0 and c2 != c']':
        if c2 == c'-' and p < end and p[0] != c']' and prior > 0:
            c2 = read_utf8(&p, end)
            if c >= prior and c <= c2:
                seen = True
            prior = 0
        else:
            if c == c2:
                seen = True
            prior = c2
        c2 = read_utf8(&p, end)
    matched[0] = seen != invert
    return p if c2 != 0 else NULL


cdef bint matches(const Rules* r, const uint8_t* p, const uint8_t* p_end, const uint8_t* s, const uint8_t* s_end) noexcept nogil:
    """Whether the pattern [p, p_end) matches the whole text [s, s_end). Neither contains a NUL."""
    cdef const uint8_t* star_p = NULL       # what follows the last `any`
    cdef const uint8_t* star_s = NULL       # where its match ends so far
    cdef const uint8_t* p_next
    cdef uint32_t c, c2
    cdef bint ok, literal
    while True:
        ok = False
        if p >= p_end:
            if s >= s_end or star_p == p_end:
                return True
        else:
            p_next = p
            c = read_utf8(&p_next, p_end)
            if c == r.any and c != 0:
                star_p = p_next
                star_s = s
                p = p_next
                if p >= p_end:
                    return True
                continue
            if c == r.other and c != 0 and r.is_glob:
                if s >= s_end:
                    return False
                c2 = read_utf8(&s, s_end)
                p_next = match_set(p_next, p_end, c2, &ok)
                if p_next == NULL:
                    return False            # an unclosed set never matches
            else:
                literal = False
                if c == r.other and c != 0:
                    c = read_utf8(&p_next, p_end)
                    if c == 0:
                        return False        # an escape character at the end never matches
                    literal = True
                if s >= s_end:
                    return False            # the text is used up: a longer match of `any` does not help
                c2 = read_utf8(&s, s_end)
                ok = c == c2 or (r.no_case and c < 0x80 and c2 < 0x80 and lower(c) == lower(c2)) or (
                    c == r.one and not literal and c2 != 0)
            if ok:
                p = p_next
                continue
        if star_p == NULL or star_s >= s_end:
            return False
        star_s = skip_utf8(star_s, s_end)
        s = star_s
        p = star_p


cdef bint cut(const Rules* r, const Value* pattern, Pieces* out) noexcept nogil:
    """The pieces of a pattern between its `any`s; False when it is not made of ASCII pieces alone."""
    cdef const uint8_t* p = pattern.num.p
    cdef uint32_t i, n = pattern.size
    cdef Piece* piece = NULL
    if r.any == 0 or (r.other != 0 and not r.is_glob):
        return False
    out.n = 0
    out.starts = n > 0 and p[0] == r.any
    out.ends = n > 0 and p[n - 1] == r.any
    for i in range(n):
        if p[i] >= 0x80 or p[i] == r.one or (r.is_glob and p[i] == c'['):
            return False
        if p[i] == r.any:
            piece = NULL
            continue
        if piece == NULL:
            if out.n == MAX_PIECES:
                return False
            piece = &out.piece[out.n]
            out.n += 1
            piece.p = p + i
            piece.n = 0
            piece.anchor = -1
        if lower(p[i]) - c'a' >= 26 and (piece.anchor < 0 or piece.p[piece.anchor] == c' '):
            piece.anchor = <int32_t>piece.n      # a space is too common to search for if there is something else
        piece.n += 1
    return True


cdef extern from "<string.h>" nogil:
    const void* memmem(const void* haystack, size_t n, const void* needle, size_t m) noexcept
    const void* memchr(const void* s, int c, size_t n) noexcept


cdef inline bint same(const uint8_t* a, const uint8_t* b, uint32_t n, bint no_case) noexcept nogil:
    cdef uint32_t i
    if not no_case:
        return memcmp(a, b, n) == 0
    for i in range(n):
        if a[i] != b[i] and lower(a[i]) != lower(b[i]):
            return False
    return True


cdef const uint8_t* find(const uint8_t* s, const uint8_t* end, const Piece* piece, bint no_case) noexcept nogil:
    """The first occurrence of a piece in [s, end), or NULL."""
    cdef const uint8_t* last
    cdef uint8_t first, other
    if end - s < <int64_t>piece.n:
        return NULL
    if not no_case:
        return <const uint8_t*>memmem(s, end - s, piece.p, piece.n)
    last = end - piece.n
    if piece.anchor >= 0:
        while s <= last:
            s = <const uint8_t*>memchr(s + piece.anchor, piece.p[piece.anchor], last - s + 1)
            if s == NULL:
                return NULL
            s -= piece.anchor
            if same(s, piece.p, piece.n, True):
                return s
            s += 1
        return NULL
    first = <uint8_t>lower(piece.p[0])
    other = first - 32 if first >= c'a' and first <= c'z' else first
    while s <= last:
        if (s[0] == first or s[0] == other) and same(s + 1, piece.p + 1, piece.n - 1, True):
            return s
        s += 1
    return NULL


cdef bint matches_pieces(const Pieces* pieces, const uint8_t* s, const uint8_t* end, bint no_case) noexcept nogil:
    """Whether the text [s, end) is the pieces in their order with anything between them."""
    cdef int i = 0, n = pieces.n
    cdef const Piece* piece
    if n == 0:
        return pieces.starts or s == end
    if not pieces.starts:
        piece = &pieces.piece[0]
        if end - s < <int64_t>piece.n or not same(s, piece.p, piece.n, no_case):
            return False
        s += piece.n
        i = 1
        if n == 1 and not pieces.ends:
            return s == end
    if not pieces.ends and n > i:
        n -= 1
        piece = &pieces.piece[n]
        if end - s < <int64_t>piece.n or not same(end - piece.n, piece.p, piece.n, no_case):
            return False
        end -= piece.n
    while i < n:
        s = find(s, end, &pieces.piece[i], no_case)
        if s == NULL:
            return False
        s += pieces.piece[i].n
        i += 1
    return True


cdef class PatternFunction(ScalarFunction):
    """like() or glob()."""

    cdef bint is_glob

    def __init__(self, str name, bint is_glob):
        self.name = name
        self.is_glob = is_glob

    cdef int call(self, ExecContext ctx, Collation collation, Vector** args, uint32_t n_args, const uint16_t* sel, uint32_t n,
                  Vector* out) except -1 nogil:
        cdef Rules rules
        cdef Frame f
        cdef Value pattern, text
        cdef Pieces pieces
        cdef uint32_t k, i, mask = 0
        cdef bint prepared = False, found, constant, in_pieces = False
        cdef bint pattern_ok = False
        cdef const uint8_t* s
        memset(&f, 0, sizeof(f))
        f.ctx = <void*>ctx
        f.arena = &out.arena
        constant = args[0].lane_mask == 0 and (n_args < 3 or args[2].lane_mask == 0)
        for k in range(n):
            i = sel_lane(sel, k)
            vec_get(args[1], i, &text)
            out.tag[i] = TAG_INT
            out.num[i].i = 0
            if args[0].tag[i & args[0].lane_mask] == TAG_BLOB or text.tag == TAG_BLOB:
                mask |= MASK_INT
                continue
            if not prepared:
                pattern_ok = self.prepare(&f, ctx, args, n_args, i, &rules, &pattern)
                in_pieces = pattern_ok and cut(&rules, &pattern, &pieces)
                prepared = constant
            if not pattern_ok or text.tag == TAG_NULL:
                out.tag[i] = TAG_NULL
                mask |= MASK_NULL
                continue
            mask |= MASK_INT
            if text.tag != TAG_TEXT:
                text_of(&f, &text, &text)
            else:
                text.size = until_nul(&text)
            s = text.num.p
            if in_pieces:
                found = matches_pieces(&pieces, s, s + text.size, rules.no_case)
            else:
                found = matches(&rules, pattern.num.p, pattern.num.p + pattern.size, s, s + text.size)
            out.num[i].i = found
        out.mask = mask
        return 0

    cdef int prepare(self, Frame* f, ExecContext ctx, Vector** args, uint32_t n_args, uint32_t lane, Rules* r,
                     Value* pattern) except -1 nogil:
        """Reads pattern and escape character of a lane. Returns 0 when one of them is NULL."""
        cdef Value raw, escape
        cdef const uint8_t* z
        r.is_glob = self.is_glob
        r.no_case = not self.is_glob and not ctx.case_sensitive_like
        r.any = c'*' if self.is_glob else c'%'
        r.one = c'?' if self.is_glob else c'_'
        r.other = c'[' if self.is_glob else 0
        vec_get(args[0], lane, &raw)
        text_of(f, &raw, pattern)
        if pattern.size > MAX_PATTERN:
            raise_error(b"LIKE or GLOB pattern too complex")
        pattern.size = until_nul(pattern)
        if n_args == 3:
            vec_get(args[2], lane, &raw)
            if raw.tag == TAG_NULL:
                return 0
            if raw.tag == TAG_BLOB:
                blob_to_text(&raw, ctx.encoding, f.arena)
            text_of(f, &raw, &escape)
            escape.size = until_nul(&escape)
            z = escape.num.p
            if escape.size == 0 or skip_utf8(z, z + escape.size) != z + escape.size:
                raise_error(b"ESCAPE expression must be a single character")
            r.other = read_utf8(&z, z + escape.size)
            if r.other == r.any:
                r.any = 0
            if r.other == r.one:
                r.one = 0
        return args[0].tag[lane & args[0].lane_mask] != TAG_NULL


cdef class Unusable(ScalarFunction):
    """`x MATCH y` without a match() of the program's own, or a virtual table that takes it over: an error when it is called."""

    def __init__(self, str name):
        self.name = name

    cdef int call(self, ExecContext ctx, Collation collation, Vector** args, uint32_t n_args, const uint16_t* sel, uint32_t n,
                  Vector* out) except -1 nogil:
        if n:
            with gil:
                raise errors.sql_error(f"unable to use function {self.name.upper()} in the requested context")
        return 0


def table():
    """(name, min_args, max_args, implementation, keywords of FunctionDef)."""
    return [
        ("like", 2, 3, PatternFunction("like", False), {"can_raise": True}),
        ("glob", 2, 2, PatternFunction("glob", True), {"can_raise": True}),
        # SQLite makes it as programs make theirs, and shows it so.
        ("match", 2, 2, Unusable("match"), {"can_raise": True, "deterministic": False, "flags": frozenset(["user"])}),
    ]
