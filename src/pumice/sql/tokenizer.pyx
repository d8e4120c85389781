"""Tokenizer: SQL text to parallel lists of token kinds, texts and offsets.

A kind is a string. A keyword's kind is the keyword in upper case ("SELECT"), an operator's is the operator itself
("<="), and the other kinds are "ID" (a name in any quotes but '...'), "STRING", "INTEGER", "FLOAT", "QNUMBER" (a number
with `_` between digits), "BLOB", "VARIABLE", "ILLEGAL" and "EOF". White space and comments are skipped.

One call reads up to the next semicolon, so that a script is read once however many statements it has. A malformed token
becomes "ILLEGAL" and is reported when the parser reaches it: an earlier syntax error has precedence, as in SQLite.

Source: SQLite's tokenize.c, parse.y (%fallback).  Tests: tests/unit/sql/test_tokenizer.py
"""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ, PyUnicode_Substring

import sys

# Keywords that are names wherever the grammar has no use for them as keywords (parse.y, %fallback ID).
FALLBACK = frozenset("""
    ABORT ACTION AFTER ANALYZE ASC ATTACH BEFORE BEGIN BY CASCADE CAST COLUMN CONFLICT DATABASE DEFERRED DESC
    DETACH DO EACH END EXCLUSIVE EXPLAIN FAIL FOR IGNORE IMMEDIATE INITIALLY INSTEAD LIKE GLOB REGEXP MATCH NO PLAN
    QUERY KEY OF OFFSET PRAGMA RAISE RECURSIVE RELEASE REPLACE RESTRICT ROW ROWS ROLLBACK SAVEPOINT TEMP TEMPORARY
    TRIGGER VACUUM VIEW VIRTUAL WITH WITHOUT NULLS FIRST LAST CURRENT FOLLOWING PARTITION PRECEDING RANGE UNBOUNDED
    EXCLUDE GROUPS OTHERS TIES GENERATED ALWAYS MATERIALIZED REINDEX RENAME CURRENT_DATE CURRENT_TIME
    CURRENT_TIMESTAMP IF
""".split())

JOIN_KEYWORDS = frozenset("CROSS FULL INNER LEFT NATURAL OUTER RIGHT".split())

_RESERVED = frozenset("""
    ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT DEFERRABLE DELETE
    DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FILTER FOREIGN FROM GROUP HAVING IN INDEX INDEXED INSERT INTERSECT INTO IS
    ISNULL JOIN LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER OVER PRIMARY REFERENCES RETURNING SELECT SET TABLE THEN TO
    TRANSACTION UNION UNIQUE UPDATE USING VALUES WHEN WHERE WINDOW
""".split())

KEYWORDS = FALLBACK | JOIN_KEYWORDS | _RESERVED

# The grammar's token classes: `ids` but without strings, `idj`, and `nm`.
ID_KINDS = FALLBACK | {"ID"}
FUNCTION_KINDS = ID_KINDS | JOIN_KEYWORDS | {"INDEXED"}
NAME_KINDS = FUNCTION_KINDS | {"STRING"}
ID_OR_STRING_KINDS = ID_KINDS | {"STRING"}

# What counts as a name for the look-ahead that decides whether WINDOW and OVER are keywords (tokenize.c, getToken).
_LOOKAHEAD_NAMES = ID_KINDS | JOIN_KEYWORDS | {"STRING", "WINDOW", "OVER"}

# Words remembered by spelling; names beyond this many are looked up by their upper case each time.
_WORD_CACHE_SIZE = 4096

cdef dict _words = {sys.intern(spelling): sys.intern(word) for word in KEYWORDS for spelling in (word, word.lower())}
cdef dict _operators = {sys.intern(text): sys.intern(text) for text in
                        "-> ->> || < <= <> << > >= >> != = == - + * / % & | ~ ( ) , ; .".split()}
# Those of one character, by the character; None for others.
cdef list _short_operators = [_operators.get(chr(code)) for code in range(128)]


cdef str _word_kind(str word):
    cdef str kind = _words.get(word)
    if kind is None:
        upper = word.upper()
        # str.upper maps some non-ASCII letters to ASCII ones; SQLite's keywords are ASCII.
        kind = sys.intern(upper) if upper in KEYWORDS and word.isascii() else "ID"
        if len(_words) < _WORD_CACHE_SIZE:
            _words[word] = kind
    return kind


# ---- characters

# What statement templates (engine/template.pyx) have in place of literals: characters for private use, a range for each type.
FIRST_SLOT = 0xF0000
SLOT_RANGE = 0x1000
SLOT_TYPES = (int, float, str)

cdef Py_UCS4 c_first_slot = FIRST_SLOT, c_last_slot = FIRST_SLOT + len(SLOT_TYPES) * SLOT_RANGE - 1


cdef struct Text:
    int kind                    # of the character array
    const void* data            # borrowed from the str
    Py_ssize_t n                # characters
    bint slots                  # the slots are tokens of their own, not letters


cdef inline Py_UCS4 at(const Text* t, Py_ssize_t i) noexcept:
    """The character, or 0 past the end (the API refuses text with a NUL in it)."""
    return PyUnicode_READ(t.kind, t.data, i) if i < t.n else 0


cdef inline bint is_digit(Py_UCS4 c) noexcept:
    return 48 <= c <= 57


cdef inline bint is_hex(Py_UCS4 c) noexcept:
    return 48 <= c <= 57 or 97 <= c <= 102 or 65 <= c <= 70


cdef inline bint is_letter(const Text* t, Py_UCS4 c) noexcept:
    """A character that a name may begin with."""
    return 97 <= c <= 122 or 65 <= c <= 90 or c == c'_' or (c >= 0x80 and not (t.slots and c_first_slot <= c <= c_last_slot))


cdef inline bint is_name(const Text* t, Py_UCS4 c) noexcept:
    """A character that a name may go on with."""
    return is_letter(t, c) or is_digit(c) or c == c'$'


cdef inline Py_ssize_t skip_digits(const Text* t, Py_ssize_t i) noexcept:
    """Past digits and the `_` between them."""
    while is_digit(at(t, i)) or at(t, i) == c'_':
        i += 1
    return i


cdef Py_ssize_t skip_space(const Text* t, Py_ssize_t i) noexcept:
    """Past white space and comments. A vertical tab counts only after another space; `/*` needs a character after it, else it is a slash
    and a star."""
    cdef Py_UCS4 c
    while i < t.n:
        c = at(t, i)
        if c == c' ' or c == c'\n' or c == c'\t' or c == c'\r' or c == c'\f':
            i += 1
            while at(t, i) == c'\v':
                i += 1
        elif c == 0xFEFF:
            i += 1
        elif c == c'-' and at(t, i + 1) == c'-':
            i += 2
            while i < t.n and at(t, i) != c'\n':
                i += 1
        elif c == c'/' and at(t, i + 1) == c'*' and i + 2 < t.n:
            i += 3
            while i < t.n and not (at(t, i) == c'/' and at(t, i - 1) == c'*'):
                i += 1
            if i < t.n:
                i += 1
        else:
            break
    return i


# ---- tokens


def tokenize(str sql not None, Py_ssize_t pos, list kinds, list texts, list starts, bint slots=False):
    """Append the tokens from `pos` through the next semicolon (or "EOF") to the three lists.

    `slots`: the characters from FIRST_SLOT on are tokens of kind "SLOT".
    Returns: the offset after the last token.
    """
    cdef Text t
    cdef Py_UCS4 c
    cdef Py_ssize_t start, end, first = len(kinds)
    cdef bint has_window_word = False
    cdef str kind, text
    t.kind = PyUnicode_KIND(sql)
    t.data = PyUnicode_DATA(sql)
    t.n = len(sql)
    t.slots = slots
    end = pos
    while True:
        start = skip_space(&t, end)
        if start >= t.n:
            kinds.append("EOF")
            texts.append("")
            starts.append(t.n)
            end = t.n
            break
        c = at(&t, start)
        end = start + 1
        if (c == c'x' or c == c'X') and at(&t, end) == c"'":
            kind = blob(&t, start, &end)
            text = PyUnicode_Substring(sql, start, end)
        elif is_letter(&t, c):
            while is_name(&t, at(&t, end)):
                end += 1
            text = PyUnicode_Substring(sql, start, end)
            kind = _word_kind(text)
            if kind is "WINDOW" or kind is "OVER" or kind is "FILTER":
                has_window_word = True
        elif is_digit(c) or (c == c'.' and is_digit(at(&t, end))):
            kind = number(&t, start, &end)
            text = PyUnicode_Substring(sql, start, end)
        elif c == c"'" or c == c'"' or c == c'`' or c == c'[':
            kind = quoted(&t, c, start, &end)
            text = PyUnicode_Substring(sql, start, end)
        elif c == c'?' or c == c'$' or c == c'@' or c == c':' or c == c'#':
            kind = "VARIABLE"
            end = variable_end(&t, start)
            text = PyUnicode_Substring(sql, start, end)
            if c != c'?' and not _is_variable(text):
                kind = "ILLEGAL"
                name, paren, _ = text.partition("(")
                text = text if paren and name.strip("$@:#") else name
        elif c >= 0x80:
            kind = "SLOT"
            text = PyUnicode_Substring(sql, start, end)
        else:
            end = operator_end(&t, c, start)
            if end == start + 1:
                kind = <str> _short_operators[<Py_ssize_t> c]
            else:
                kind = _operators.get(PyUnicode_Substring(sql, start, end))
            text = kind
            if kind is None:
                kind = "ILLEGAL"
                text = PyUnicode_Substring(sql, start, end)
        kinds.append(kind)
        texts.append(text)
        starts.append(start)
        if c == c';':
            break
    if has_window_word:
        _resolve_window_words(kinds, first)
    return end


cdef str blob(const Text* t, Py_ssize_t start, Py_ssize_t* end):
    cdef Py_ssize_t i = start + 2
    while is_hex(at(t, i)):
        i += 1
    if at(t, i) == c"'" and (i - start) % 2 == 0:
        end[0] = i + 1
        return "BLOB"
    while i < t.n and at(t, i) != c"'":
        i += 1
    end[0] = min(i + 1, t.n)
    return "ILLEGAL"


cdef str number(const Text* t, Py_ssize_t start, Py_ssize_t* end):
    """A number, and whatever of a name sticks to it, which makes it illegal."""
    cdef Py_ssize_t i = start, exponent
    cdef bint real = False
    if at(t, i) == c'0' and (at(t, i + 1) == c'x' or at(t, i + 1) == c'X') and (is_hex(at(t, i + 2)) or at(t, i + 2) == c'_'):
        i += 2
        while is_hex(at(t, i)) or at(t, i) == c'_':
            i += 1
    else:
        i = skip_digits(t, i)
        if at(t, i) == c'.':
            real = True
            i = skip_digits(t, i + 1)
        if at(t, i) == c'e' or at(t, i) == c'E':
            exponent = i + 1
            if at(t, exponent) == c'+' or at(t, exponent) == c'-':
                exponent += 1
            if is_digit(at(t, exponent)):
                real = True
                i = skip_digits(t, exponent)
    end[0] = i
    while is_name(t, at(t, end[0])):
        end[0] += 1
    if end[0] > i:
        return "ILLEGAL"
    for exponent in range(start, i):
        if at(t, exponent) == c'_':
            return "QNUMBER"
    return "FLOAT" if real else "INTEGER"


cdef str quoted(const Text* t, Py_UCS4 quote, Py_ssize_t start, Py_ssize_t* end):
    """A string or quoted name, a doubled quote being part of it; to the end of the text when it is not closed."""
    cdef Py_UCS4 close = c']' if quote == c'[' else quote
    cdef Py_ssize_t i = start + 1
    while i < t.n:
        if at(t, i) == close:
            if quote == c'[' or at(t, i + 1) != close:
                end[0] = i + 1
                return "STRING" if quote == c"'" else "ID"
            i += 1
        i += 1
    end[0] = t.n
    return "ILLEGAL"


cdef Py_ssize_t variable_end(const Text* t, Py_ssize_t start) noexcept:
    """The end of `?12`, `:name` or `$a::b(c)`."""
    cdef Py_ssize_t i = start + 1
    cdef Py_UCS4 c
    if at(t, start) == c'?':
        while is_digit(at(t, i)):
            i += 1
        return i
    while True:
        if is_name(t, at(t, i)):
            i += 1
        elif at(t, i) == c':' and at(t, i + 1) == c':':
            i += 2
        else:
            break
    if at(t, i) == c'(':
        i += 1
        while i < t.n:
            c = at(t, i)
            if c == c')' or c == c' ' or c == c'\t' or c == c'\n' or c == c'\v' or c == c'\f' or c == c'\r':
                break
            i += 1
        if at(t, i) == c')':
            i += 1
    return i


cdef bint _is_variable(str text):
    """Has a letter or digit, and no unclosed `(`."""
    name, paren, _ = text.partition("(")
    return bool(name[1:].strip(":")) and (not paren or text.endswith(")"))


cdef Py_ssize_t operator_end(const Text* t, Py_UCS4 c, Py_ssize_t start) noexcept:
    cdef Py_UCS4 following = at(t, start + 1)
    if c == c'-' and following == c'>':
        return start + 3 if at(t, start + 2) == c'>' else start + 2
    if c == c'|' and following == c'|':
        return start + 2
    if c == c'<' and (following == c'<' or following == c'=' or following == c'>'):
        return start + 2
    if c == c'>' and (following == c'>' or following == c'='):
        return start + 2
    if (c == c'!' or c == c'=') and following == c'=':
        return start + 2
    return start + 1


cdef int _resolve_window_words(list kinds, Py_ssize_t first) except -1:
    """Turn WINDOW, OVER and FILTER to plain names where their neighbours do not make them keywords."""
    last = len(kinds) - 1
    for i in range(first, last):
        kind = kinds[i]
        if kind == "WINDOW":
            keyword = kinds[i + 1] in _LOOKAHEAD_NAMES and i + 2 <= last and kinds[i + 2] == "AS"
        elif kind == "OVER":
            keyword = i > 0 and kinds[i - 1] == ")" and (kinds[i + 1] == "(" or kinds[i + 1] in _LOOKAHEAD_NAMES)
        elif kind == "FILTER":
            keyword = i > 0 and kinds[i - 1] == ")" and kinds[i + 1] == "("
        else:
            continue
        if not keyword:
            kinds[i] = "ID"


def dequote(str text not None):
    """The name or string in a quoted token; other text as it is.

    As in SQLite, what follows the closing quote is dropped (a type name such as `"a b" c` is `a b`).
    """
    quote = text[:1]
    if quote not in ("'", '"', "`", "["):
        return text
    if quote == "[":
        return text[1:].partition("]")[0]
    if len(text) >= 2 and text.count(quote) == 2 and text.endswith(quote):
        return text[1 : len(text) - 1]
    i, n = 1, len(text)
    while (i := text.find(quote, i)) >= 0 and i + 1 < n and text[i + 1] == quote:
        i += 2
    return text[1 : i if i >= 0 else n].replace(quote + quote, quote)


# sqlite3_complete's automaton: state -> next state for SEMI, WS, OTHER, EXPLAIN, CREATE, TEMP, TRIGGER, END.
# States: 0 nothing yet, 1 complete, 2 inside a statement, 3 after EXPLAIN, 4 after CREATE, 5 in a trigger, 6 at a
# semicolon in a trigger, 7 after the END that may close it.
_COMPLETE = (
    (1, 0, 2, 3, 4, 2, 2, 2),
    (1, 1, 2, 3, 4, 2, 2, 2),
    (1, 2, 2, 2, 2, 2, 2, 2),
    (1, 3, 3, 2, 4, 2, 2, 2),
    (1, 4, 2, 2, 2, 4, 5, 2),
    (6, 5, 5, 5, 5, 5, 5, 5),
    (6, 6, 5, 5, 5, 5, 5, 7),
    (1, 7, 5, 5, 5, 5, 5, 5),
)
_COMPLETE_WORDS = {"explain": 3, "create": 4, "temp": 5, "temporary": 5, "trigger": 6, "end": 7}
# What the complete-statement automaton sees next: a token number, or -1 for a comment or quote that the text ends in.
cdef int _complete_token(const Text* t, Py_ssize_t start, Py_ssize_t* end, str sql) except -2:
    cdef Py_UCS4 c = at(t, start), close
    cdef Py_ssize_t i = start + 1
    if c == c';':
        end[0] = i
        return 0
    if c == c' ' or c == c'\t' or c == c'\n' or c == c'\f' or c == c'\r':
        end[0] = i
        return 1
    if (c == c'/' and at(t, i) == c'*') or (c == c'-' and at(t, i) == c'-'):
        i += 1
        while i < t.n and not (at(t, i) == c'\n' if c == c'-' else at(t, i) == c'*' and at(t, i + 1) == c'/'):
            i += 1
        if i >= t.n:
            # For `--` SQLite says so since 3.54 (3.40 looked at the state).
            return -1
        end[0] = i + 1 if c == c'-' else i + 2
        return 1
    if is_name(t, c) and c != c'$':
        while is_name(t, at(t, i)) and at(t, i) != c'$':
            i += 1
        end[0] = i
        return _COMPLETE_WORDS.get(PyUnicode_Substring(sql, start, i).lower(), 2)
    if c == c"'" or c == c'"' or c == c'`' or c == c'[':
        close = c']' if c == c'[' else c
        while i < t.n and at(t, i) != close:
            i += 1
        if i >= t.n:
            return -1
        i += 1
    end[0] = i
    return 2


def complete_statement(str sql not None):
    """True when `sql` ends with the semicolon of a statement, as sqlite3_complete sees it.

    Source: SQLite's complete.c
    """
    cdef Text t
    cdef Py_ssize_t i = 0
    cdef int token, state = 0
    t.kind = PyUnicode_KIND(sql)
    t.data = PyUnicode_DATA(sql)
    t.n = len(sql)
    t.slots = False
    while i < t.n:
        token = _complete_token(&t, i, &i, sql)
        if token < 0:
            return False
        state = _COMPLETE[state][token]
    return state == 1
