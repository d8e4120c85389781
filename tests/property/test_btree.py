"""B-trees against sorted dicts: random operations by several cursors, savepoints and rollbacks."""

import os
import random

import pytest
from pumice.storage.btree._testing import Btree, Cursor, check_free_known, encode
from pumice.storage.pager._testing import Pager

from tests.format.files import binary_key, decode

LONG = os.environ.get("PUMICE_LONG") == "1"
SEEDS = range(400 if LONG else 24)


def neighbours(keys, key):
    """The smallest key >= `key` and the largest <= `key`, None when there is none."""
    return min((k for k in keys if k >= key), default=None), max((k for k in keys if k <= key), default=None)


class Model:
    """One tree, its dict, and two cursors that see each other's changes."""

    def __init__(self, tree, is_table, r, page_size):
        self.is_table = is_table
        self.r = r
        self.root = tree.py_create_tree(is_table)
        self.tree = tree
        self.content = {}
        self.cursors = [Cursor(tree, self.root, None if is_table else binary_key(tree)) for _ in range(2)]
        self.payload_max = r.choice([8, 60, page_size, 3 * page_size])
        self.key_max = r.choice([4, 40, page_size])

    def key(self):
        if self.content and self.r.random() < 0.3:
            return self.r.choice(list(self.content))
        if self.is_table:
            return self.r.choice([self.r.randrange(2000), -self.r.getrandbits(40), self.r.getrandbits(62)])
        return "".join(self.r.choice("abc") for _ in range(1 + int(self.r.random() ** 3 * self.key_max)))

    def value(self):
        return self.r.randbytes(int(self.r.random() ** 3 * self.payload_max))

    def put(self, cursor, key, value):
        if self.is_table:
            cursor.insert_row(key, encode([value]), self.r.random() < 0.3)
        else:
            cursor.insert_key([key, value])
        self.content[key] = value

    def seek(self, cursor, key):
        if self.is_table:
            return cursor.seek_rowid(key)
        return cursor.seek_key([key], self.r.choice([-1, 0, 1]))

    def at(self, cursor):
        rowid, record = cursor.entry()
        values = decode(record)
        return (rowid, values[0]) if self.is_table else tuple(values)

    def step(self):
        r = self.r
        cursor, other = r.sample(self.cursors, 2)
        key = self.key()
        choice = r.random()
        if choice < 0.5:
            value = self.value()
            self.put(cursor, key, value)
            assert self.at(cursor) == (key, value)
        elif choice < 0.75:
            sign = self.seek(cursor, key)
            if key in self.content:
                assert sign == 0
                cursor.erase()
                del self.content[key]
                above, _ = neighbours(self.content, key)
                if r.random() < 0.5:
                    assert cursor.next() == (above is not None)
                    assert above is None or self.at(cursor) == (above, self.content[above])
            elif not self.content:
                assert sign is None
            else:
                assert sign != 0
        else:
            self.survive(cursor, other)

    def survive(self, cursor, other):
        """One cursor stands on an entry, the other changes the tree, the first goes on."""
        r = self.r
        if not self.content:
            assert cursor.first() == 0
            return
        key = r.choice(list(self.content))
        assert self.seek(cursor, key) == 0
        for _ in range(r.randrange(4)):
            victim = self.key()
            if r.random() < 0.5 and victim in self.content:
                assert self.seek(other, victim) == 0
                other.erase()
                del self.content[victim]
            else:
                self.put(other, victim, self.value())
        forward = r.random() < 0.5
        below = max((k for k in self.content if k < key), default=None)
        above = min((k for k in self.content if k > key), default=None)
        want = above if forward else below
        moved = cursor.next() if forward else cursor.prev()
        assert moved == (want is not None)
        if moved:
            assert self.at(cursor) == (want, self.content[want])

    def check(self):
        for cursor in self.cursors:
            found = cursor.entries()
            if self.is_table:
                pairs = [(rowid, decode(record)[0]) for rowid, record in found]
            else:
                pairs = [tuple(decode(record)) for _, record in found]
            assert pairs == sorted(self.content.items())
            back = []
            more = cursor.last()
            while more:
                back.append(self.at(cursor))
                more = cursor.prev()
            assert back == pairs[::-1]
            cursor.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_like_a_sorted_dict(seed):
    r = random.Random(seed)
    page_size = r.choice([512, 512, 1024, 4096])
    tree = Btree(Pager(":memory:", page_size=page_size))
    tree.auto_vacuum_mode = r.choice([0, 0, 1, 2])
    tree.py_begin_write()
    models = [Model(tree, True, r, page_size), Model(tree, False, r, page_size)]
    for _ in range(4):
        for _ in range(150):
            r.choice(models).step()
        check_free_known(tree)
        if r.random() < 0.6:
            kept = [dict(model.content) for model in models]
            savepoint = tree.py_savepoint_open()
            for _ in range(r.randrange(100)):
                r.choice(models).step()
            if r.random() < 0.5:
                for model in models:
                    for cursor in model.cursors:
                        cursor.close()
                tree.py_savepoint_rollback(savepoint)
                for model, content in zip(models, kept, strict=True):
                    model.content = content
            tree.py_savepoint_release(savepoint)
        if r.random() < 0.4:
            tree.py_commit()
            tree.py_begin_write()
        if r.random() < 0.3:
            tree.incremental_vacuum(r.randrange(6))
        for model in models:
            model.check()
        roots = [1, *(m.root for m in models)]
        assert tree.integrity_check(roots, key_infos={models[1].root: binary_key(tree)})[0] == []


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_erasing_while_walking(seed):
    """Every entry is seen exactly once, whichever are erased on the way."""
    r = random.Random(seed)
    tree = Btree(Pager(":memory:", page_size=512))
    tree.py_begin_write()
    for is_table in (True, False):
        model = Model(tree, is_table, r, 512)
        for _ in range(400):
            model.put(model.cursors[0], model.key(), model.value())
        cursor = model.cursors[1]
        want = sorted(model.content)
        seen = []
        share = r.choice([0.1, 0.5, 0.9, 1.0])
        more = cursor.first()
        while more:
            key, _ = model.at(cursor)
            seen.append(key)
            if r.random() < share:
                cursor.erase()
                del model.content[key]
            more = cursor.next()
        assert seen == want
        model.check()
