"""From the AST to the bound logical plan: scopes, types, affinity, collation."""

from pumice.binder.binder import Binder, BindOptions

__all__ = ["BindOptions", "Binder"]
