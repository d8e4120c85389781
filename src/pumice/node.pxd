"""Nodes from compiled code: see node.pyx."""


cdef class Node:
    pass


cpdef list fields(Node node)
