"""INSERT, UPDATE, DELETE."""
from pumice import errors
def bind_insert(b, s): raise errors.not_supported("x")
def bind_update(b, s): raise errors.not_supported("x")
def bind_delete(b, s): raise errors.not_supported("x")
