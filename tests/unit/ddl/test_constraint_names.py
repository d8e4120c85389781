"""The name of an unnamed constraint: CONSTRAINT reaches further than one constraint, as in SQLite's parser."""

import apsw
import pytest

import pumice


@pytest.mark.parametrize("body", [
    "a, b, CONSTRAINT n UNIQUE (a), CHECK (b > 5)", "a, b, CONSTRAINT n UNIQUE (a) CHECK (b > 5)",
    "a, b, CONSTRAINT n CHECK (a > 0) CHECK (b > 5)", "a, b, CONSTRAINT n CONSTRAINT m CHECK (b > 5)",
    "a CONSTRAINT n, b, CHECK (b > 5)", "a, b CONSTRAINT n NOT NULL CHECK (b > 5)",
    "a, b CONSTRAINT n NOT NULL CONSTRAINT q CHECK (b > 5)", "a CONSTRAINT n NOT NULL, b CHECK (b > 5)",
    "a, b CONSTRAINT n DEFAULT 3 CHECK (b > 5)", "a, b CONSTRAINT n UNIQUE, CHECK (b > 5)",
    "a, b CONSTRAINT n, CONSTRAINT m CHECK (b > 5)", "a, b, CONSTRAINT n, CHECK (b > 5)",
    "a, b CONSTRAINT n, CHECK (b > 5)", "a, b, CONSTRAINT n FOREIGN KEY (a) REFERENCES x CHECK (b > 5)",
    "a, b REFERENCES x CONSTRAINT n NOT DEFERRABLE CHECK (b > 5)",
])
def test_name_in_the_message(body):
    messages = []
    for connection in (pumice.connect(":memory:"), apsw.Connection(":memory:")):
        connection.execute(f"CREATE TABLE t({body})")
        with pytest.raises((pumice.IntegrityError, apsw.ConstraintError)) as caught:
            connection.execute("INSERT INTO t VALUES (1, 1)")
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
