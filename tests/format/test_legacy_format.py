"""Files of schema format 1: DESC in an index is written down and ignored."""

import apsw

import pumice


def test_desc_means_nothing_before_format_4(tmp_path):
    path = str(tmp_path / "old.db")
    theirs = apsw.Connection(path)
    theirs.config(apsw.SQLITE_DBCONFIG_LEGACY_FILE_FORMAT, 1)
    theirs.execute("CREATE TABLE t(a, b); CREATE INDEX ti ON t(a DESC, b); "
                   "CREATE TABLE w(a, b, PRIMARY KEY (a DESC)) WITHOUT ROWID;"
                   "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3); INSERT INTO w VALUES (1, 1), (2, 2), (3, 3)")
    theirs.close()
    assert open(path, "rb").read()[47] == 1
    mine = pumice.connect(path, isolation_level=None)
    mine.execute("INSERT INTO t VALUES (0, 0), (4, 4)")
    mine.execute("INSERT INTO w VALUES (0, 0), (4, 4)")
    mine.execute("CREATE INDEX tb ON t(b DESC)")
    queries = ("SELECT a FROM t WHERE a > 1 ORDER BY a", "SELECT a FROM t WHERE a = 4",
               "SELECT b FROM t ORDER BY b DESC", "SELECT a FROM w ORDER BY a",
               "SELECT b FROM w WHERE a = 4", "SELECT b FROM t INDEXED BY tb WHERE b > 2 ORDER BY b",
               "PRAGMA integrity_check")
    found = [mine.execute(sql).fetchall() for sql in queries]
    mine.close()
    theirs = apsw.Connection(path)
    assert found == [theirs.execute(sql).fetchall() for sql in queries]
    descending = [c.execute("PRAGMA index_xinfo(ti)").fetchall()[0][3] for c in (theirs, pumice.connect(path))]
    assert descending[0] == descending[1]
