"""SpillCount; see spill_count.pxd."""


cdef class SpillCount:
    def figures(self):
        """What EXPLAIN ANALYZE shows, "" when nothing was spilled."""
        return f", spilled {self.n_bytes} bytes in {self.n_parts} parts" if self.n_parts else ""
