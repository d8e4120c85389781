"""PRAGMA work_mem, which is Pumice's own: bytes that one statement may hold for sorting, grouping and joining.

Beyond it the operators go on in temporary files.
"""

from __future__ import annotations

from pumice.engine.pragmas.call import Pragma, PragmaCall
from pumice.exec.context import DEFAULT_WORK_MEM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _work_mem(session: Any, call: PragmaCall) -> list[tuple]:
    """Without a value: the budget in bytes. With one: sets it, 0 or less meaning the default;
    prepared statements follow."""
    if call.value is not None:
        wanted = call.integer()
        session.work_mem = min(wanted, 1 << 62) if wanted > 0 else DEFAULT_WORK_MEM
        session.generation += 1
    return [(session.work_mem,)]


MEMORY_PRAGMAS = {"work_mem": Pragma(_work_mem, ("work_mem",), reads="")}
