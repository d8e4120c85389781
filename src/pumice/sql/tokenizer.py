"""Tokenizer: SQL text to parallel lists of token kinds, texts and offsets, one regular expression match per token.

A kind is a string. A keyword's kind is the keyword in upper case ("SELECT"), an operator's is the operator itself
("<="), and the other kinds are "ID" (a name in any quotes but '...'), "STRING", "INTEGER", "FLOAT", "QNUMBER" (a number
with `_` between digits), "BLOB", "VARIABLE", "ILLEGAL" and "EOF". White space and comments are skipped.

One call reads up to the next semicolon, so that a script is read once however many statements it has. A malformed token
becomes "ILLEGAL" and is reported when the parser reaches it: an earlier syntax error has precedence, as in SQLite.

Source: SQLite's tokenize.c, parse.y (%fallback).  Tests: tests/unit/sql/test_tokenizer.py
"""

from __future__ import annotations

import re

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

_LETTER = r"A-Za-z_\u0080-\U0010ffff"
_MASTER = re.compile(
    # White space and comments before the token. A vertical tab counts only after another space; `/*` needs a character
    # after it, else it is a slash and a star.
    r"(?:[ \t\n\f\r][ \t\n\v\f\r]*+|\ufeff|--[^\n]*+|/\*(?s:.+?)(?:(?<=\*)/|\Z))*+"
    r"(?:"
    rf"((?![xX]')[{_LETTER}][0-9${_LETTER}]*+)"  # 1 word
    r"|(->>?|\|\||<[<=>]?|>[=>]?|!=|==?|[-+*/%&|~(),;]|\.(?![0-9]))"  # 2 operator
    rf"|((?:0[xX][0-9a-fA-F][0-9a-fA-F_]*+|(?:[0-9][0-9_]*+(?:\.[0-9_]*+)?|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9][0-9_]*+)?)"
    rf"[0-9${_LETTER}]*+)"  # 3 number, and whatever of a name sticks to it
    r"|('[^']*+(?:''[^']*+)*+')"  # 4 string
    r'|("[^"]*+(?:""[^"]*+)*+"|`[^`]*+(?:``[^`]*+)*+`|\[[^\]]*+\])'  # 5 quoted name
    rf"|(\?[0-9]*+|[$@:#](?:[0-9${_LETTER}]|::)*+(?:\([^) \t\n\v\f\r]*+\)?)?)"  # 6 parameter
    r"|([xX]'(?:[0-9a-fA-F]{2})*+')"  # 7 blob
    r"|(\Z)"  # 8 end
    r"""|([xX]'[^']*+'?|['"`\[][\s\S]*|[\s\S])"""  # 9 illegal
    r")"
)
_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(\.[0-9_]*)?|(\.[0-9][0-9_]*))([eE][+-]?[0-9][0-9_]*)?")
_VARIABLE = re.compile(rf"[$@:#](?:::)*(?:[0-9${_LETTER}](?:::)*)+(?:\([^) \t\n\v\f\r]*\))?")

# Words remembered by spelling; names beyond this many are looked up by their upper case each time.
_WORD_CACHE_SIZE = 4096


class _Words(dict):
    """Word as spelled -> kind."""

    def __missing__(self, word: str) -> str:
        upper = word.upper()
        # str.upper maps some non-ASCII letters to ASCII ones; SQLite's keywords are ASCII.
        kind = upper if upper in KEYWORDS and word.isascii() else "ID"
        if len(self) < _WORD_CACHE_SIZE:
            self[word] = kind
        return kind


_words = _Words({spelling: word for word in KEYWORDS for spelling in (word, word.lower())})


def tokenize(sql: str, pos: int, kinds: list[str], texts: list[str], starts: list[int]) -> int:
    """Append the tokens from `pos` through the next semicolon (or "EOF") to the three lists.

    Returns: the offset after the last token.
    """
    match = _MASTER.scanner(sql, pos).match
    words = _words
    first = len(kinds)
    has_window_word = False
    while True:
        m = match()
        group = m.lastindex
        text = m[group]
        if group == 1:
            kind = words[text]
            if kind in _WINDOW_WORDS:
                has_window_word = True
        elif group == 2:
            kind = text
        elif group == 3:
            kind = "INTEGER" if text.isdigit() else _number_kind(text)
        elif group == 4:
            kind = "STRING"
        elif group == 5:
            kind = "ID"
        elif group == 6:
            kind, text = _variable(text)
        elif group == 7:
            kind = "BLOB"
        elif group == 8:
            kind = "EOF"
        else:
            kind = "ILLEGAL"
        kinds.append(kind)
        texts.append(text)
        starts.append(m.start(group))
        if kind == ";" or kind == "EOF":
            break
    if has_window_word:
        _resolve_window_words(kinds, first)
    return m.end()


_WINDOW_WORDS = frozenset(("WINDOW", "OVER", "FILTER"))


def _resolve_window_words(kinds: list[str], first: int) -> None:
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


def _number_kind(text: str) -> str:
    m = _NUMBER.match(text)
    if m is None or m.end() != len(text):
        return "ILLEGAL"
    if "_" in text:
        return "QNUMBER"
    return "FLOAT" if m.lastindex else "INTEGER"


def _variable(text: str) -> tuple[str, str]:
    """Kind and text of a parameter. Without a letter or digit, or with an unclosed `(`, it is no token."""
    if text[0] == "?" or _VARIABLE.fullmatch(text):
        return "VARIABLE", text
    name, paren, _ = text.partition("(")
    return "ILLEGAL", text if paren and name.strip("$@:#") else name


def dequote(text: str) -> str:
    """The name or string in a quoted token; other text as it is.

    As in SQLite, what follows the closing quote is dropped (a type name such as `"a b" c` is `a b`).
    """
    quote = text[:1]
    if quote not in ("'", '"', "`", "["):
        return text
    if quote == "[":
        return text[1:].partition("]")[0]
    if len(text) >= 2 and text.count(quote) == 2 and text[-1] == quote:
        return text[1:-1]
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
_COMPLETE_TOKEN = re.compile(
    rf"(;)|([ \t\n\f\r]+|/\*[\s\S]*?\*/|--[^\n]*\n)|(--[^\n]*\Z)|([0-9${_LETTER}]+)"
    r"""|(/\*[\s\S]*|'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|(['"`\[])|[\s\S])"""
)


def complete_statement(sql: str) -> bool:
    """True when `sql` ends with the semicolon of a statement, as sqlite3_complete sees it.

    Source: SQLite's complete.c
    """
    state = 0
    for m in _COMPLETE_TOKEN.finditer(sql):
        group = m.lastindex
        if group == 1:
            token = 0
        elif group == 2:
            token = 1
        elif group == 4:
            token = _COMPLETE_WORDS.get(m[4].lower(), 2)
        elif group == 3 or m[6] is not None or m[5].startswith("/*"):
            # A comment or quote that the text ends in; for `--` SQLite says so since 3.54 (3.40 looked at the state).
            return False
        else:
            token = 2
        state = _COMPLETE[state][token]
    return state == 1
