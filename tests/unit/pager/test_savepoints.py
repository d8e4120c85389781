"""Savepoints against a model: a dict of pages, copied at every opening."""

import random

import pytest
from pumice.storage.pager._testing import Pager

SIZE = 512


def content(n):
    return n.to_bytes(4, "big") * (SIZE // 4)


def run(pager, seed, steps=400):
    rng = random.Random(seed)
    model, n_pages = {}, 0
    pager.py_begin_write()
    header = bytearray(SIZE)
    header[:24] = b"SQLite format 3\0" + SIZE.to_bytes(2, "big") + bytes([1, 1, 0, 64, 32, 32])
    pager.write_page_bytes(1, bytes(header), zeroed=True)
    pager.py_commit()
    n_pages = 1
    start = None
    stack = []

    def check():
        assert pager.n_pages == n_pages, seed
        for pgno in range(2, n_pages + 1):
            assert pager.read_page(pgno) == model[pgno], (seed, pgno)

    for step in range(steps):
        if start is None:
            pager.py_begin_write()
            start, stack = (dict(model), n_pages), []
        action = rng.random()
        if action < 0.35 and n_pages > 1:
            pgno = rng.randint(2, n_pages)
            model[pgno] = content(step)
            pager.write_page_bytes(pgno, content(step), zeroed=rng.random() < 0.2)
        elif action < 0.5:
            n_pages += 1
            model[n_pages] = content(step)
            pager.write_page_bytes(n_pages, content(step), zeroed=True)
        elif action < 0.55 and n_pages > 3:
            n_pages = rng.randint(2, n_pages)
            model = {k: v for k, v in model.items() if k <= n_pages}
            pager.py_set_n_pages(n_pages)
        elif action < 0.7:
            assert pager.py_savepoint_open() == len(stack)
            stack.append((dict(model), n_pages))
        elif action < 0.8 and stack:
            at = rng.randrange(len(stack))
            pager.py_savepoint_release(at)
            del stack[at:]
        elif action < 0.92 and stack:
            at = rng.randrange(len(stack))
            pager.py_savepoint_rollback(at)
            model, n_pages = dict(stack[at][0]), stack[at][1]
            del stack[at + 1:]
            check()
        elif action < 0.95:
            pager.py_commit()
            start = None
        elif action < 0.98:
            pager.py_rollback()
            model, n_pages = start
            start = None
        if step % 20 == 0:
            if start is None:
                pager.py_begin_read()
            check()
    if start is not None:
        pager.py_commit()
    pager.py_begin_read()
    check()
    pager.py_end_read()
    return model


@pytest.mark.parametrize("seed", range(15))
def test_memory(seed):
    run(Pager(None, page_size=SIZE), seed)


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("mode", ["delete", "memory"])
def test_file_with_a_tiny_cache(tmp_path, seed, mode):
    path = tmp_path / "s.db"
    pager = Pager(path, page_size=SIZE)
    pager.cache_size = 10
    pager.synchronous = 0 if seed % 2 else 1
    pager.journal_mode = mode
    model = run(pager, seed)
    pager.close()
    again = Pager(path)
    again.py_begin_read()
    assert again.n_pages == max([1, *model])
    assert all(again.read_page(k) == v for k, v in model.items())


def test_savepoints_without_a_journal(tmp_path):
    pager = Pager(tmp_path / "s.db", page_size=SIZE)
    pager.journal_mode = "off"
    run(pager, 3, steps=12)
    if not pager.in_write:
        pager.py_begin_write()
    pager.write_page_bytes(2, content(1), zeroed=True)
    at = pager.py_savepoint_open()
    pager.write_page_bytes(2, content(2))
    pager.py_savepoint_rollback(at)
    assert pager.read_page(2) == content(1)
    pager.py_commit()


def test_statement_savepoints_keep_memory_bounded():
    pager = Pager(None)
    pager.py_begin_write()
    pager.write_page_bytes(1, bytes(4096), zeroed=True)
    for i in range(20000):
        at = pager.py_savepoint_open()
        pager.write_page_bytes(1, bytes([i % 256]) * 4096)
        pager.py_savepoint_release(at)
    pager.py_rollback()
    assert pager.n_pages == 0
