"""ResultReader: drives a plan and turns its rows into Python tuples.

Rows are converted column by column, each batch once: one tuple per row is allocated, then every column fills its place in all of them.
The batches grow (1, 8, 64, 512, BATCH_MAX rows), so a program that reads one row pays for one; `fetch_all` goes on with full batches.
The reader is one batch ahead, so that it knows with the last row that it was the last, and gives locks and pins back then, as `sqlite3`
does. The plan runs without the GIL. After the end or an error the operators are closed.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.long cimport PyLong_FromLongLong
from cpython.float cimport PyFloat_FromDouble
from cpython.ref cimport Py_INCREF, PyObject
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from pumice.exec.operators.operator cimport Operator
from pumice.exec.vector.vector cimport BATCH_MAX, Batch, Vector
from pumice.values cimport MASK_NULL, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT

from pumice import errors


cdef class ResultReader:
    def __init__(self, Operator operator not None, names=None):
        self.operator = operator
        self.text_factory = str
        self.names = names
        self.done = True
        self.ready = []

    cpdef int start(self, uint32_t want=1) except -1:
        """(Re)starts the plan and reads the first batch, of `want` rows at most."""
        cdef int found
        if self.opened or self.ready:
            self.close()
        self.want = want
        self.n_rows = 0
        self.opened = True
        self.done = False
        try:
            with nogil:
                self.operator.open()
                found = self.operator.next(want, &self.pending)
        except BaseException:
            self.close()
            raise
        if found:
            self.n_rows = self.pending.n_sel
        else:
            self.close()
        return 0

    cpdef int close(self) except -1:
        """Closes the operators; pending rows are dropped."""
        self.done = True
        self.pending = NULL
        if self.ready:
            self.ready = []
        if self.opened:
            self.opened = False
            self.operator.close()
            self.operator.ctx.forget_shared()
        return 0

    cdef int advance(self) except -1:
        """Reads the next batch into `pending`, of eight times as many rows as the last; `done` at the end."""
        cdef int found
        self.want = self.want * 8 if self.want < BATCH_MAX // 8 else BATCH_MAX
        self.pending = NULL
        try:
            with nogil:
                found = self.operator.next(self.want, &self.pending)
        except BaseException:
            self.close()
            raise
        if found:
            self.n_rows += self.pending.n_sel
        else:
            self.close()
        return 0

    cpdef tuple fetch_row(self):
        """The next row, or None at the end. `done` is true as soon as the last row has been returned."""
        cdef list rows
        cdef tuple row
        if self.ready:
            row = self.ready.pop()
            if not self.ready:
                self.advance()
            return row
        if self.done:
            return None
        rows = self.convert_pending()
        if len(rows) == 1:
            row = rows[0]
            self.advance()
            return row
        rows.reverse()
        row = rows.pop()
        self.ready = rows
        return row

    def fetch_many(self, Py_ssize_t n):
        """The next at most `n` rows."""
        cdef list result = []
        cdef tuple row
        while len(result) < n:
            row = self.fetch_row()
            if row is None:
                break
            result.append(row)
        return result

    cpdef list fetch_all(self):
        """All remaining rows."""
        cdef list result = self.ready[::-1] if self.ready else None
        if result is not None:
            self.ready = []
            self.advance()
        self.want = BATCH_MAX
        while not self.done:
            if result is None:
                result = self.convert_pending()
            else:
                result.extend(self.convert_pending())
            self.advance()
        return [] if result is None else result

    cdef list convert_pending(self):
        try:
            return self.convert(self.pending)
        except BaseException:
            self.close()
            raise

    cdef list convert(self, Batch* batch):
        cdef uint32_t n = batch.n_sel, n_cols = batch.n_cols, i, c
        cdef list rows = PyList_New(n)
        cdef object row, none = None
        for i in range(n):
            row = PyTuple_New(n_cols)
            for c in range(n_cols):
                # A tuple is never left with holes: an error while converting frees what is there.
                Py_INCREF(none)
                PyTuple_SET_ITEM(row, c, none)
            Py_INCREF(row)
            PyList_SET_ITEM(rows, i, row)
        for c in range(n_cols):
            self.fill_column(rows, c, batch.cols[c], batch.sel, n)
        return rows

    cdef int fill_column(self, list rows, uint32_t c, Vector* v, const uint16_t* sel, uint32_t n) except -1:
        cdef uint32_t i, lane
        cdef uint8_t tag
        cdef object value
        cdef object factory = None if self.text_factory is str else self.text_factory
        if v.mask == MASK_NULL:
            return 0
        for i in range(n):
            lane = (i if sel == NULL else sel[i]) & v.lane_mask
            tag = v.tag[lane]
            if tag == TAG_NULL:
                continue
            if tag == TAG_INT:
                value = PyLong_FromLongLong(v.num[lane].i)
            elif tag == TAG_REAL:
                value = PyFloat_FromDouble(v.num[lane].r)
            elif tag == TAG_TEXT:
                if factory is None:
                    try:
                        value = PyUnicode_DecodeUTF8(<const char*>v.num[lane].p, v.size[lane], NULL)
                    except UnicodeDecodeError:
                        raise self.bad_text(c, v, lane) from None
                else:
                    value = PyBytes_FromStringAndSize(<const char*>v.num[lane].p, v.size[lane])
                    if factory is not bytes:
                        value = factory(bytearray(value) if factory is bytearray else value)
            else:
                value = PyBytes_FromStringAndSize(<const char*>v.num[lane].p, v.size[lane])
            replace_item(rows, i, c, value)
        return 0

    cdef object bad_text(self, uint32_t c, Vector* v, uint32_t lane):
        text = (<const char*>v.num[lane].p)[:v.size[lane]].split(b"\0")[0].decode("utf-8", "replace")
        name = self.names[c] if self.names is not None and c < len(self.names) else str(c)
        return errors.OperationalError(f"Could not decode to UTF-8 column '{name}' with text '{text}'")


cdef extern from *:
    """
    static inline void pumice_replace_item(PyObject *rows, Py_ssize_t i, Py_ssize_t c, PyObject *value) {
        /* The tuple is new and held by no one else; its item c is the None of its making. */
        PyObject *row = PyList_GET_ITEM(rows, i);
        PyObject *old = PyTuple_GET_ITEM(row, c);
        Py_INCREF(value);
        PyTuple_SET_ITEM(row, c, value);
        Py_DECREF(old);
    }
    """
    void replace_item "pumice_replace_item"(list rows, Py_ssize_t i, Py_ssize_t c, object value)
