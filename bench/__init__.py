"""Benchmarks: Pumice beside the stdlib's sqlite3, the same statements in both.

    micro/ olap/ oltp/ open/   *.bench   one case a file (format: `casefile`)
    data/*.sql                           tables that several cases load
    casefile -> worker -> race -> report     read a case, run it in one engine, alternate two engines, print

`python -m bench.run` runs the cases, `bench.growth` runs some of them at growing sizes, `bench.tpch` is TPC-H.
How each figure is measured: docs/performance.md.
"""
