"""StatementCache: prepared statements by their SQL text.

Replacement is the second-chance clock: a hit only sets a mark, so it costs one dictionary look-up.
"""

from pumice.engine.statement cimport Statement


cdef class StatementCache:
    def __init__(self, Py_ssize_t limit):
        self.statements = {}
        self.limit = limit

    cdef Statement find(self, str sql):
        """The statement of that text, None when there is none that is free."""
        cdef object found = self.statements.get(sql)
        if found is None or (<Statement>found).busy:
            return None
        (<Statement>found).recent = True
        return <Statement>found

    def add(self, str sql, Statement statement not None):
        """Keeps `statement` unless another of that text is kept already (and busy now)."""
        cdef Statement oldest
        if self.limit <= 0 or sql in self.statements:
            return
        while len(self.statements) >= self.limit:
            key = next(iter(self.statements))
            oldest = self.statements.pop(key)
            if oldest.recent:
                oldest.recent = False
                self.statements[key] = oldest
        self.statements[sql] = statement

    def clear(self):
        self.statements.clear()

    def __len__(self):
        return len(self.statements)
