"""ResultReader: drives a plan and turns its rows into Python tuples.

Rows are converted column by column, each batch once: one tuple per row is allocated, then every column fills its place in all of them.
`fetch_row` lets the batches grow (1, 8, 64, BATCH_MAX rows), so a program that reads one row pays for one; `fetch_all` starts with full batches.
The plan runs without the GIL. After the end or an error the operators are closed.
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
from pumice.values cimport MASK_BLOB, MASK_INT, MASK_NULL, MASK_REAL, MASK_TEXT, Num, TAG_BLOB, TAG_INT, TAG_NULL, TAG_REAL, TAG_TEXT

from pumice import errors


cdef class ResultReader:
    cdef readonly Operator operator
    cdef public object text_factory         # str, bytes, or a callable(bytes)
    cdef public object names                # column names for messages, or None
    cdef bint opened
    cdef readonly bint done
    cdef uint32_t want
    cdef list ready                         # rows converted but not yet returned, last first
    cdef readonly int64_t n_rows            # rows produced since start

    def __init__(self, Operator operator not None, names=None):
        self.operator = operator
        self.text_factory = str
        self.names = names
        self.done = True
        self.ready = []

    def start(self):
        """(Re)starts the plan."""
        self.close()
        self.want = 1
        self.n_rows = 0
        self.opened = True
        self.done = False
        try:
            with nogil:
                self.operator.open()
        except BaseException:
            self.close()
            raise

    def close(self):
        """Closes the operators; pending rows are dropped."""
        self.done = True
        if self.ready:
            self.ready = []
        if self.opened:
            self.opened = False
            self.operator.close()

    def fetch_row(self):
        """The next row, or None at the end."""
        cdef list rows
        if self.ready:
            return self.ready.pop()
        rows = self.batch(self.want)
        if rows is None:
            return None
        self.want = self.want * 8 if self.want < 64 else BATCH_MAX
        if len(rows) == 1:
            return rows[0]
        rows.reverse()
        self.ready = rows
        return rows.pop()

    def fetch_many(self, Py_ssize_t n):
        """The next at most `n` rows."""
        cdef list result = []
        cdef list rows
        while len(result) < n:
            if self.ready:
                result.append(self.ready.pop())
                continue
            rows = self.batch(<uint32_t>min(n - len(result), BATCH_MAX))
            if rows is None:
                break
            result.extend(rows)
        return result

    def fetch_all(self):
        """All remaining rows."""
        cdef list result = self.ready[::-1]
        cdef list rows
        self.ready = []
        while True:
            rows = self.batch(BATCH_MAX)
            if rows is None:
                return result
            if result:
                result.extend(rows)
            else:
                result = rows

    def drain(self):
        """Runs to the end without converting rows; returns how many there were."""
        cdef Batch* batch
        cdef int64_t n = 0
        try:
            with nogil:
                while self.operator.next(BATCH_MAX, &batch):
                    n += batch.n_sel
        finally:
            self.close()
        return n

    cdef list batch(self, uint32_t want):
        """The next batch as tuples, or None at the end."""
        cdef Batch* batch = NULL
        cdef int found
        cdef list rows
        if self.done:
            return None
        try:
            with nogil:
                found = self.operator.next(want, &batch)
            if found:
                self.n_rows += batch.n_sel
                return self.convert(batch)
        except BaseException:
            self.close()
            raise
        self.close()
        return None

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
