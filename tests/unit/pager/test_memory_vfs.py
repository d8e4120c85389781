"""Two pagers on one file in memory: locks, visibility and journal as on disk."""

import pytest
from pumice.storage.pager._testing import Pager
from pumice.storage.vfs.memory import MemoryVfs

from pumice import errors

HEADER = b"SQLite format 3\0" + (4096).to_bytes(2, "big") + bytes([1, 1, 0, 64, 32, 32])


def test_two_connections():
    vfs = MemoryVfs()
    a, b = Pager(b"/m.db", vfs=vfs), Pager(b"/m.db", vfs=vfs)
    a.py_begin_write()
    a.write_page_bytes(1, HEADER.ljust(4096, b"\0"), zeroed=True)
    b.py_begin_read()
    assert b.n_pages == 0
    with pytest.raises(errors.OperationalError, match="locked"):
        a.py_commit()
    b.py_end_read()
    a.py_commit()
    b.py_begin_write()
    assert b.n_pages == 1
    with pytest.raises(errors.OperationalError, match="locked"):
        a.py_begin_write()
    b.py_rollback()
    a.py_begin_write()
    a.py_rollback()
    assert list(vfs.inodes) == [b"/m.db"]
    with pytest.raises(errors.OperationalError, match="unable to open"):
        Pager(b"/none.db", vfs=vfs, create=False)
