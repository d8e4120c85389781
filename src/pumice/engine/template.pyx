"""Statement templates: texts that differ only in literals and in names they make up share one plan.

    SELECT qty + 17 AS c17 FROM items WHERE id = 4          the text
    SELECT qty + <0> AS <n0> FROM items WHERE id = <1>      its template, the key of the cache; <0>, <1>, <n0> are single characters
                                                            from a range for private use (sql/tokenizer)
    literals [17, 4], names ["c17"]                         what the text adds

The template is parsed, bound and planned once (the prototype); <0> and <1> are parameters behind those of the user, <n0> is a name.
A text's own Statement borrows the run state of the prototype, or has one built when another text is using it.

Why it is exact. A literal may become a slot only where nothing but its type and value can matter:
  - The type (INTEGER, REAL, TEXT) is part of the slot, so affinity, comparison and compound columns come out the same. BLOB literals
    stay; a text with numbers outside int64, hexadecimal ones or `1_000` has no template. A minus sign before a number belongs to the
    number, where it is no subtraction.
  - Equal literals are one slot, so that `SELECT a + 5 ... GROUP BY a + 5` stays recognised; and a literal that must stay in one place
    stays everywhere.
  - What the planner or binder reads at prepare stays: ordinals (ORDER BY, GROUP BY), LIMIT, patterns of LIKE and GLOB, 0 and 1 other than
    as the operand of a column (`WHERE 1 = 0`, coalesce(x, 0)), operands of ISNULL and IS, and literals that occur in the schema's partial
    or expression indexes.
  - A result column without alias is named by its text: names with slots in them are filled in for each text. A quoted name that contains
    a slot's text might mean such a column, NATURAL might join by one: such a text has no template.
  - A name becomes a slot when the text itself makes it (`AS name`), it ends in a digit (so it is no keyword, rowid, ...), no object of the
    schema mentions it, it is not called and names no collation or type. Renaming such a name everywhere is alpha conversion.
  - Whatever the template's prepare refuses goes the ordinary way, which raises the error with the text's own words and offsets.
Templates live as long as the schema and function set they were planned with. Tests: tests/oracle/test_templates.py
"""

from cpython.unicode cimport PyUnicode_FromOrdinal, PyUnicode_KIND, PyUnicode_4BYTE_KIND, PyUnicode_READ_CHAR, PyUnicode_Substring
from libc.stdint cimport int64_t
from libc.math cimport isfinite
from pumice.engine.statement cimport Statement
from pumice.engine.state cimport SessionState
from pumice.engine.statement_cache cimport StatementCache

from pumice import errors
from pumice.node import Node
from pumice.sql import ast as _ast
from pumice.sql.parser import parse_template, remembered
from pumice.sql.tokenizer import FUNCTION_KINDS, dequote, tokenize

cdef enum:
    # Ranges of 0x1000 characters: integers, reals, strings (the tokenizer's slots), then names, which are letters to the tokenizer.
    FIRST = 0xF0000
    RANGE = 0x1000
    NAMES = FIRST + 3 * RANGE
    MAX_DEPTH = 64              # parentheses; deeper texts have no template
    MAX_DECLINED = 1000         # keys remembered as no good

cdef object _parsed = remembered(parse_template)

cdef frozenset _STARTS = frozenset(("SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "VALUES"))
# Before a minus sign: it is no subtraction.
cdef frozenset _BEFORE_OPERAND = frozenset((
    "(", ",", "=", "==", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>", "SELECT", "DISTINCT", "ALL",
    "WHERE", "AND", "OR", "NOT", "THEN", "ELSE", "WHEN", "CASE", "BETWEEN", "IS", "HAVING", "ON", "BY", "LIMIT", "OFFSET", "RETURNING"))
# Operators before a literal whose value no rule of the planner looks at when their other operand is a column.
cdef frozenset _OPERATORS = frozenset(("=", "==", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||"))
# After a literal that the parser makes 0 or 1 of: `5 ISNULL`, and so of `x AND 5 ISNULL`.
cdef frozenset _NULL_TESTS = frozenset(("ISNULL", "NOTNULL", "IS", "NOT"))
# Before a literal that may be the number of a column.
cdef frozenset _ORDER = frozenset(("BY", ",", "(", "+", "-"))
cdef frozenset _PATTERNS = frozenset(("LIKE", "GLOB", "REGEXP", "MATCH", "ESCAPE"))


cdef class Scanned:
    """What one text says: its key and what fills its slots; `key` is None when it has no template."""

    cdef str key
    cdef list literals              # values, by slot
    cdef list raws                  # the same as written
    cdef list names
    cdef Py_ssize_t end             # offset after the statement's semicolon


cdef class TemplateCache:
    # The session is an argument everywhere: it owns the cache, and a reference back would leave it to the cycle collector, which takes
    # operators, cursors and pagers apart in any order.
    cdef StatementCache prototypes
    cdef set declined               # keys that could not be prepared
    cdef set known                  # lower-case names of the schema that end in a digit; None: not looked for yet
    cdef set pinned                 # values of literals in the schema's partial and expression indexes; None likewise
    cdef int64_t generation         # of the session, for all of these

    def __init__(self, Py_ssize_t limit):
        self.prototypes = StatementCache(limit)
        self.declined = set()

    def clear(self):
        self.prototypes.clear()
        self.declined.clear()
        self.known = self.pinned = None

    cdef int follow(self, SessionState session) except -1:
        """Forgets what was true of another schema."""
        if self.generation != session.generation:
            self.clear()
            self.generation = session.generation
        if self.pinned is None:
            self.pinned = pinned_literals(session.catalog)
        return 0

    def find(self, SessionState session not None, str sql):
        """A statement for a text that holds one statement, or None: it goes the ordinary way."""
        cdef Scanned scanned = self.scan(session, sql, 0)
        if scanned.key is None or (scanned.end < len(sql) and sql[scanned.end:].strip()):
            return None
        return self.statement(session, scanned, sql[:scanned.end])

    def find_next(self, SessionState session not None, str script, Py_ssize_t start):
        """(statement, offset after it) for the statement at `start` of a script, or None."""
        cdef Scanned scanned = self.scan(session, script, start)
        cdef Statement found
        if scanned.key is None:
            return None
        found = self.statement(session, scanned, script[start:scanned.end])
        return None if found is None else (found, scanned.end)

    cdef Statement statement(self, SessionState session, Scanned scanned, str sql):
        cdef Statement prototype = self.prototypes.find(scanned.key)
        if prototype is None:
            if scanned.key in self.declined:
                return None
            prototype = self.prepare(session, scanned, sql)
            if prototype is None:
                return None
        return prototype.variant(sql, scanned.literals, tuple([fill(name, scanned) for name in prototype.names]))

    cdef Statement prepare(self, SessionState session, Scanned scanned, str sql):
        """The prototype for a new key; None when the key is no good."""
        cdef Statement prototype
        try:
            parsed, params = _parsed(scanned.key)
            prototype = Statement(session, scanned.key, parsed, params, len(scanned.literals))
            session.plan(prototype, True)
        except errors.Error:
            if len(self.declined) >= MAX_DECLINED:
                self.declined.clear()
            self.declined.add(scanned.key)
            return None
        # A connection's first statement: planning loaded the schema, which the key was made without knowing. It takes slots away only.
        if prototype.generation != self.generation:
            self.follow(session)
            if (self.pinned or scanned.names) and self.scan(session, sql, 0).key != scanned.key:
                return None
        self.prototypes.add(scanned.key, prototype)
        return prototype

    cdef Scanned scan(self, SessionState session, str sql, Py_ssize_t start):
        """Finds the slots of the statement at `start`."""
        cdef Scanned scanned = Scanned()
        cdef Tokens tokens = Tokens()
        scanned.end = tokenize(sql, start, tokens.kinds, tokens.texts, tokens.starts)
        if self.prototypes.limit <= 0 or tokens.kinds[0] not in _STARTS:
            return scanned
        if PyUnicode_KIND(sql) == PyUnicode_4BYTE_KIND and max(sql) >= chr(FIRST):
            return scanned
        self.follow(session)
        if not tokens.read(self.pinned):
            return scanned
        if tokens.aliases is not None:
            if self.known is None:
                self.known = known_words(session.catalog)
            if not tokens.take_names(self.known):
                return scanned
        if not tokens.is_safe(sql):
            return scanned
        tokens.finish(sql, start, scanned)
        return scanned


cdef class Tokens:
    """The tokens of one statement and the slots found among them."""

    cdef list kinds
    cdef list texts
    cdef list starts
    cdef list found                 # (first token, last token, (number of its type, value)) of literals that may be slots
    cdef set fixed                  # (number of its type, value) of literals that must stay
    cdef dict spelled               # (number of its type, value) -> as written
    cdef list aliases               # tokens behind AS that may be slots
    cdef set type_tokens            # tokens of the type in a CAST
    cdef dict names                 # lower-case name -> (number of its slot, spelling)
    cdef list name_tokens           # tokens that are names with a slot
    cdef bint natural
    cdef bint quoted                # there are quoted names

    # Made when there is something to put there: `fixed`, `aliases`, `type_tokens`, `names`, `name_tokens`.
    def __cinit__(self):
        self.kinds = []
        self.texts = []
        self.starts = []
        self.found = []
        self.spelled = {}

    cdef bint read(self, set pinned) except -1:
        """Finds literals and aliases. False: the statement has no template."""
        cdef Py_ssize_t i, d, depth = 0, type_depth = -1
        cdef char opened[MAX_DEPTH]         # per parenthesis: 1 of a call, 2 of a CAST
        cdef char clause[MAX_DEPTH]         # and what its part of the text is in: 1 ORDER BY or GROUP BY, 2 LIMIT
        cdef bint in_values = False
        cdef str kind, before
        opened[0] = clause[0] = 0
        for i in range(len(self.kinds) - 1):
            kind = self.kinds[i]
            if kind is "ID":
                if is_quote(PyUnicode_READ_CHAR(<str> self.texts[i], 0)):
                    self.quoted = True
                if type_depth == depth:
                    if self.type_tokens is None:
                        self.type_tokens = set()
                    self.type_tokens.add(i)
            elif kind is "INTEGER" or kind is "FLOAT" or kind is "STRING" or kind is "QNUMBER" or kind is "BLOB":
                d = depth
                while d > 0 and clause[d] == 0 and opened[d] == 0:
                    d -= 1
                if clause[depth] != 2 and not self.literal(i, kind, clause[d] == 1, in_values, pinned):
                    return False
            elif kind is "(":
                depth += 1
                if depth >= MAX_DEPTH:
                    return False
                before = self.kinds[i - 1] if i else ""
                opened[depth] = 2 if before is "CAST" else before is not "BY" and before in FUNCTION_KINDS
                clause[depth] = 0
            elif kind is ")":
                depth -= 1
                if depth < 0:
                    return False
                if depth < type_depth:
                    type_depth = -1
            elif kind is "AS":
                if opened[depth] == 2:
                    type_depth = depth
                elif self.kinds[i + 1] is "ID":
                    if self.aliases is None:
                        self.aliases = []
                    self.aliases.append(i + 1)
            elif kind is "BY":
                clause[depth] = 1
            elif kind is "LIMIT":
                clause[depth] = 2
            elif kind is "OFFSET" or kind is "HAVING" or kind is "UNION" or kind is "EXCEPT" or kind is "INTERSECT":
                clause[depth] = 0
            elif kind is "VALUES":
                in_values = True
            elif kind is "SELECT":
                in_values = False
            elif kind is "NATURAL":
                self.natural = True
            elif kind is "ILLEGAL" or kind is "VARIABLE" and (<str> self.texts[i])[0] == "#":
                return False
        return depth == 0

    cdef bint literal(self, Py_ssize_t i, str kind, bint in_order, bint in_values, set pinned) except -1:
        """Literal token `i`: into `found`, or into `fixed` when it must stay. `in_order`: it may stand for the number of a column.
        False: the statement has no template."""
        cdef str text = self.texts[i], before = self.kinds[i - 1] if i else ""
        cdef Py_ssize_t first = i, after = i + 1
        cdef int which
        cdef bint stays
        cdef object value
        cdef tuple key
        if kind is "BLOB":
            return True
        if kind is "STRING":
            which = 2
            value = dequote(text)
            stays = before in _PATTERNS or (in_order and before in _ORDER)
        else:
            which = 1 if kind is "FLOAT" else 0
            value = number(kind, text)
            if value is None:
                return False
            if before is "-" and i >= 2 and self.kinds[i - 2] in _BEFORE_OPERAND:
                first = i - 1
                before = self.kinds[i - 2]
            if in_order and before in _ORDER:
                stays = True
            elif (value == 0 or value == 1) and not in_values:
                stays = not (before in _OPERATORS and first >= 2 and self.kinds[first - 2] is "ID")
            else:
                stays = False
            if first < i:
                # A zero's sign is computed: 0 - x has none.
                stays = stays or value == 0
                value = -value
        while self.kinds[after] is ")":
            after += 1
        key = (which, value)
        if stays or self.kinds[after] in _NULL_TESTS or (pinned and value in pinned):
            self.fix(key)
        else:
            self.found.append((first, i, key))
        return True

    cdef int fix(self, tuple key) except -1:
        if self.fixed is None:
            self.fixed = set()
        self.fixed.add(key)
        return 0

    cdef bint take_names(self, set known) except -1:
        """Makes slots of the aliases. False: one of them is used as something else too."""
        cdef Py_ssize_t i, at
        cdef str text, lower
        cdef dict names = {}
        for i in self.aliases:
            text = self.texts[i]
            lower = text.lower()
            if "0" <= text[len(text) - 1] <= "9" and text.isascii() and not is_quote(PyUnicode_READ_CHAR(text, 0)) and (
                    lower not in known and lower not in names):
                names[lower] = (len(names), text)
        if not names:
            return True
        self.names = names
        self.name_tokens = []
        for i in range(len(self.kinds)):
            if self.kinds[i] is not "ID":
                continue
            text = self.texts[i]
            at_name = self.names.get(text.lower())
            if at_name is None:
                continue
            if text != at_name[1] or self.kinds[i + 1] is "(" or (i and self.kinds[i - 1] is "COLLATE"):
                return False
            if self.type_tokens is not None and i in self.type_tokens:
                return False
            self.name_tokens.append(i)
        return True

    cdef bint is_safe(self, str sql) except -1:
        """Drops the literals that must stay; False when there are no slots, or a quoted name or NATURAL may mean a column that is named
        by one."""
        cdef str kind, text, raw
        cdef tuple key
        cdef Py_ssize_t first, last
        for first, last, key in self.found:
            raw = self.texts[last]
            if first < last:
                raw = PyUnicode_Substring(sql, self.starts[first], self.starts[last] + len(raw))
            if self.spelled.setdefault(key, raw) != raw:
                self.fix(key)               # written in two ways: names would come out wrong
        if self.fixed is not None:
            self.found = [entry for entry in self.found if entry[2] not in self.fixed]
        if not self.found and self.names is None:
            return False
        if len(self.found) >= RANGE or self.natural or (self.names is not None and len(self.names) >= RANGE):
            return False
        if not self.quoted:
            return True
        for kind, text in zip(self.kinds, self.texts):
            if kind is "ID" and is_quote(PyUnicode_READ_CHAR(text, 0)):
                text = dequote(text).lower()
                if self.names is not None and text in self.names:
                    return False
                if text.isidentifier():
                    continue        # a word: no literal in it, and no other name
                for name in self.names or ():
                    if name in text:
                        return False
                for raw in self.spelled.values():
                    if raw.lower() in text:
                        return False
        return True

    cdef int finish(self, str sql, Py_ssize_t start, Scanned scanned) except -1:
        """The key and the values."""
        cdef list pieces = [], edits = []
        cdef dict numbers = {}
        cdef Py_ssize_t first, last, i, at = start
        cdef tuple key
        cdef str text
        scanned.literals = []
        scanned.raws = []
        for first, last, key in self.found:
            slot = numbers.get(key)
            if slot is None:
                slot = numbers[key] = len(numbers)
                scanned.literals.append(key[1])
                scanned.raws.append(self.spelled[key])
            edits.append((first, last, FIRST + <int> key[0] * RANGE + <int> slot))
        scanned.names = []
        if self.names is not None:
            scanned.names = [spelling for _, spelling in self.names.values()]
            for i in self.name_tokens:
                text = self.texts[i]
                edits.append((i, i, NAMES + <int> self.names[text.lower()][0]))
            edits.sort()
        for first, last, i in edits:
            pieces.append(PyUnicode_Substring(sql, at, self.starts[first]))
            pieces.append(PyUnicode_FromOrdinal(i))
            at = <Py_ssize_t> self.starts[last] + len(<str> self.texts[last])
        pieces.append(PyUnicode_Substring(sql, at, scanned.end))
        scanned.key = "".join(pieces)
        return 0


cdef inline bint is_quote(Py_UCS4 c) noexcept:
    """Before a quoted name."""
    return c == c'"' or c == c'`' or c == c'['


cdef object number(str kind, str text):
    """The value of a number that may be a slot, else None."""
    cdef double real
    if kind is "INTEGER":
        return int(text) if len(text) <= 18 and text.isdigit() else None
    if kind is "FLOAT":
        real = float(text)
        return real if isfinite(real) else None
    return None


cdef str fill(str name, Scanned scanned):
    """A column's name in the template as it is in the text."""
    cdef list parts
    cdef int code
    if name.isascii():
        return name
    parts = []
    for char in name:
        code = ord(char)
        if FIRST <= code < NAMES:
            parts.append(scanned.raws[(code - FIRST) % RANGE])
        elif NAMES <= code < NAMES + RANGE:
            parts.append(scanned.names[code - NAMES])
        else:
            parts.append(char)
    return "".join(parts)


cdef set known_words(catalog):
    """Lower-case words that end in a digit of everything the schema says: a superset of its names of that kind."""
    cdef set words = set()
    for schema in catalog.schemas:
        add_words(schema.name, words)
        for objects in (schema.tables, schema.views, schema.indexes, schema.triggers):
            for found in objects.values():
                add_words(found.name, words)
                if found.sql is not None:
                    add_words(found.sql, words)
    return words


cdef int add_words(str text, set words) except -1:
    cdef str lower = text.lower()
    cdef Py_ssize_t i, n = len(lower), first = 0
    cdef Py_UCS4 c, last = 0
    for i in range(n + 1):
        c = lower[i] if i < n else 0
        if 97 <= c <= 122 or 48 <= c <= 57 or c == c'_' or c == c'$' or c >= 0x80:
            last = c
            continue
        if i > first and 48 <= last <= 57:
            words.add(lower[first:i])
        first = i + 1
    return 0


cdef set pinned_literals(catalog):
    """Values of the literals in partial indexes' conditions and indexed expressions, with either sign."""
    cdef set values = set()
    for schema in catalog.schemas:
        for index in schema.indexes.values():
            if index.where is not None:
                add_literals(index.where, values)
            for column in index.columns:
                if column.expr is not None:
                    add_literals(column.expr, values)
    return values


cdef int add_literals(item, set values) except -1:
    if isinstance(item, tuple):
        for part in item:
            add_literals(part, values)
    elif isinstance(item, _ast.Literal):
        values.add(item.value)
        if isinstance(item.value, (int, float)):
            values.add(-item.value)
    elif isinstance(item, Node):
        for name in item.__match_args__:
            add_literals(getattr(item, name), values)
    return 0
