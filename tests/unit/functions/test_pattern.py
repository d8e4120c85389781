# ruff: noqa: E501  (tables of test values)
"""LIKE and GLOB against the oracle: random patterns over small alphabets, every shape with a fast path, escapes, bad UTF-8."""

import random

from pumice.exec.context import ExecContext

from pumice.exec.expr import _testing
from pumice.exec.expr.build import build_expr
from tests.unit.expr import kernel_driver as d
from tests.unit.expr.kernel_driver import b

C0, C1 = b.Column(0), b.Column(1)


def text(rng, alphabet, longest):
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(longest)))


def test_like_random():
    rng = random.Random(1)
    rows = [(text(rng, "aAb%_é", 7), text(rng, "aAbBé", 8)) for _ in range(1000)]
    d.check(d.call("like", C0, C1), rows)
    rows = [(text(rng, "ab%%_c", 9), text(rng, "abc", 14)) for _ in range(1000)]
    d.check(d.call("like", C0, C1), rows)


def test_like_escape():
    rng = random.Random(2)
    rows = [(text(rng, "aA%_\\é", 7), text(rng, "aA%_\\é", 6)) for _ in range(1000)]
    for escape in ("\\", "%", "_", "a", "é"):
        d.check(d.call("like", C0, C1, escape), rows)
    for escape in ("", "ab", None, 1):
        d.check(d.call("like", C0, C1, escape), rows[:5])


def test_glob_random():
    rng = random.Random(3)
    rows = [(text(rng, "aAb*?é", 7), text(rng, "aAbBé", 8)) for _ in range(1000)]
    d.check(d.call("glob", C0, C1), rows)
    rows = [(text(rng, "ab[]^-*?", 10), text(rng, "ab]-^[", 5)) for _ in range(1000)]
    d.check(d.call("glob", C0, C1), rows)
    rows = [(rng.choice(["[a-c]*", "*[a-c]", "[^a-c]?", "[]]", "[^]]", "[a-]", "*[0-9]*", "[é-ü]", "[", "[a", "*[", "a[]b]"]), text(rng, "abc]-é09", 4))
            for _ in range(500)]
    d.check(d.call("glob", C0, C1), rows)


def test_constant_patterns():
    rng = random.Random(4)
    rows = [(text(rng, "abAB", 12), 0) for _ in range(300)] + [(v, 0) for v in d.EVERYTHING]
    d.fill_table(rows)
    for pattern in ("ab%", "%ab", "%ab%", "ab", "%", "%%", "", "a_b", "%a%b%", "_%", "%_", "é%", "%é%", "1%", "%2%", "abc\0%", 1, 1.5, None, b"a"):
        d.check(d.call("like", pattern, C0), rows, filled=True)
    for pattern in ("ab*", "*ab", "*ab*", "AB", "*", "", "a?b", "*a*b*", "[ab]*", "*[AB]", "1*", "*2*"):
        d.check(d.call("glob", pattern, C0), rows, filled=True)


def test_constant_patterns_of_several_pieces():
    rng = random.Random(6)
    rows = [(text(rng, "abA B1@`{", 16), 0) for _ in range(400)] + [(v, 0) for v in d.EVERYTHING]
    d.fill_table(rows)
    for name, star in (("like", "%"), ("glob", "*")):
        for _ in range(60):
            pattern = "".join(rng.choice("aB 1@A" + star * 3) for _ in range(rng.randrange(1, 8)))
            d.check(d.call(name, pattern, C0), rows, filled=True)
        d.check(d.call(name, star.join("ab" * 12), C0), rows, filled=True)


def test_invalid_utf8():
    rng = random.Random(5)
    pieces = [b"%", b"_", b"a", b"\xff", b"\xc3", b"\xa9", b"\xe2\x82", b"\xed\xa0\x80", b"\x80", b"b", b"*", b"?", b"["]
    def raw():
        return d.RawText(b"".join(rng.choice(pieces) for _ in range(rng.randrange(6))))
    rows = [(raw(), raw()) for _ in range(1000)]
    d.check(d.call("like", C0, C1), rows)
    d.check(d.call("glob", C0, C1), rows)


def test_long_patterns():
    assert str(d.kernel(d.call("like", "%" * 50001, C0), [("a",)])) == "LIKE or GLOB pattern too complex"
    # The worst case of a backtracking matcher stays quadratic.
    assert d.kernel(d.call("like", "%a" * 1000 + "b", C0), [("a" * 5000,)]) == [0]


def test_case_sensitive_like():
    ctx = ExecContext()
    ctx.case_sensitive_like = True
    for pattern, want in (("A%", [0, 1]), ("%B%", [0, 1]), ("a_", [1, 0])):
        compiled = build_expr(d.call("like", pattern, C0), {0: 0}, ctx)
        assert _testing.evaluate(compiled, _testing.Rows([("ab",), ("AB",)])) == want
