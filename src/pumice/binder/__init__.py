"""From the AST to the bound logical plan: scopes, types, affinity, collation."""

from pumice.binder.binder import Binder

__all__ = ["Binder"]
