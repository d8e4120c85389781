"""The AST: what the parser makes and the binder reads, one class for each construct of SQLite's grammar.

expr.py holds expressions, select.py queries, statement.py everything else. Every node has `pos`, the offset in the SQL
text (characters) where the construct starts, or -1; it takes no part in equality. Sequences are tuples. Names are kept
as written, quotes removed. `sql/unparse.py` prints any node back as SQL; parsing that text gives an equal node.
"""

from pumice.sql.ast.expr import *  # noqa: F403
from pumice.sql.ast.select import *  # noqa: F403
from pumice.sql.ast.statement import *  # noqa: F403
