"""CAST, affinity, BLOBs read as text: conversions of a whole vector; a vector that needs none passes through as it is."""

from libc.stdint cimport uint16_t, uint32_t
from pumice.exec.expr.expr cimport Expr, lanes_needed
from pumice.exec.vector.convert cimport apply_affinity, blob_to_text, cast_value
from pumice.exec.vector.vector cimport Batch, Vector, sel_lane, vec_get, vec_put, vec_reserve
from pumice.memory cimport arena_reset
from pumice.values cimport (AFF_BLOB, AFF_INTEGER, AFF_NONE, AFF_NUMERIC, AFF_REAL, AFF_TEXT, ENC_UTF8, MASK_BLOB, MASK_INT, MASK_NULL, MASK_REAL,
                            MASK_TEXT, TAG_BLOB, Value)


cdef class Convert(Expr):
    """CAST(operand AS affinity) or, with `is_cast` false, the affinity that a store or a comparison applies. NULL stays NULL."""

    cdef Expr operand
    cdef int affinity
    cdef bint is_cast
    cdef int encoding               # ENC_* of the database
    cdef uint32_t unchanged         # MASK_* that the conversion leaves as they are

    def __init__(self, Expr operand not None, int affinity, bint is_cast, int encoding=ENC_UTF8):
        self.operand = operand
        self.encoding = encoding
        self.affinity = affinity
        self.is_cast = is_cast
        self.unchanged = MASK_NULL
        if affinity == AFF_NONE:
            self.unchanged = 0xFF
        elif affinity == AFF_BLOB:
            self.unchanged |= MASK_BLOB if is_cast else 0xFF
        elif affinity == AFF_TEXT:
            self.unchanged |= MASK_TEXT if is_cast else MASK_TEXT | MASK_BLOB
        elif affinity == AFF_REAL:
            self.unchanged |= MASK_REAL if is_cast else MASK_REAL | MASK_BLOB
        elif is_cast:
            self.unchanged |= MASK_INT if affinity == AFF_INTEGER else MASK_INT | MASK_REAL
        else:
            self.unchanged |= MASK_INT | MASK_BLOB

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* a = self.operand.eval(batch, sel, n)
        cdef Vector* out = &self.out
        cdef uint32_t k, i, mask = 0
        cdef bint constant
        cdef Value v
        if a.mask & ~self.unchanged == 0:
            return a
        constant = a.lane_mask == 0 and n > 0
        if constant:
            sel = NULL
            n = 1
        vec_reserve(out, lanes_needed(sel, n))
        arena_reset(&out.arena)
        for k in range(n):
            i = sel_lane(sel, k)
            vec_get(a, i, &v)
            if self.is_cast:
                cast_value(&v, self.affinity, self.encoding, &out.arena)
            else:
                apply_affinity(&v, self.affinity, &out.arena)
            vec_put(out, i, &v)
            mask |= <uint32_t>1 << v.tag
        out.mask = mask
        if constant:
            out.lane_mask = 0
        return out


cdef class BlobText(Expr):
    """The operand with its BLOBs read as text, for what takes both alike; needed where the database's encoding is not that of TEXT here."""

    cdef Expr operand
    cdef int encoding               # ENC_* of the database

    def __init__(self, Expr operand not None, int encoding):
        self.operand = operand
        self.encoding = encoding

    cdef Vector* eval(self, Batch* batch, const uint16_t* sel, uint32_t n) except NULL nogil:
        cdef Vector* a = self.operand.eval(batch, sel, n)
        cdef Vector* out = &self.out
        cdef uint32_t k, i, lane_mask = a.lane_mask
        cdef Value v
        if a.mask & MASK_BLOB == 0:
            return a
        if lane_mask == 0 and n > 0:
            sel = NULL
            n = 1
        vec_reserve(out, lanes_needed(sel, n))
        arena_reset(&out.arena)
        for k in range(n):
            i = sel_lane(sel, k)
            vec_get(a, i, &v)
            if v.tag == TAG_BLOB:
                blob_to_text(&v, self.encoding, &out.arena)
            vec_put(out, i, &v)
        out.mask = (a.mask & ~<uint32_t>MASK_BLOB) | MASK_TEXT
        if lane_mask == 0:
            out.lane_mask = 0
        return out
