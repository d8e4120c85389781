# ruff: noqa: E501  (tables of test values)
"""Date and time functions against the oracle: every form of a moment with every modifier, random ones, all of strftime."""

import random

from pumice.exec.context import ExecContext

from pumice.exec.expr import _testing
from pumice.exec.expr.build import build_expr
from tests.unit.expr import kernel_driver as d
from tests.unit.expr.kernel_driver import b

C = [b.Column(i) for i in range(5)]

MOMENTS = ["2024-02-29", "2023-02-29", "2023-02-31", "2000-01-01 12:34", "2000-12-31 23:59:59.999", "1999-12-31T23:59:59Z", "2024-03-10 02:30:00+05:30",
           "0000-01-01", "-4713-11-24 12:00:00", "-4713-11-24", "-0001-06-15", "9999-12-31 23:59:59", "9999-12-31 23:59:59.9999", "12:00", "24:00",
           "23:59:60", "12:00:00.5", "2024-1-1", "2024-13-01", "2024-01-32", "2024-01-01 25:00", "2024-01-01x", "2024-01-01 ", "2024-01-01 12:00 x", "",
           "abc", "2460000.5", "0", "-1", "5373484.4", "5373484.5", "1e3", " 2024-01-01", "2024-01-01T12:00:00 +01:00", "2024-01-01 12:00:00-00:00",
           "2024-06-15 12:30:45.6789", 0, 1, 2460000, 2460000.25, 1700000000, 1700000000.5, -1700000000, 253402300799, 253402300800, -210866760000,
           -210866760001, 5373484.499, 1e20, None, b"2024-01-01", b"\xff", "2024-01-01\0x", "2024-05-31", "2023-08-31 10:00:00", "2024-01-01 00:00:00Zx",
           "2024-01-01 12:00:00 z", "2024-01-01 12:00:00+15:00", "2024-01-01 12:00:00+14:59", "1969-12-31 23:59:59.5", "2024-12-30", "2021-01-03"]
MODIFIERS = ["+1 day", "-1 day", "1 days", "+1.5 days", "-0.5 hours", "+90 minutes", "+12.3456 seconds", "+1 month", "-1 month", "+13 months", "+1.5 months",
             "+1 year", "-1 year", "-4 years", "+0.5 year", "start of month", "start of year", "start of day", "start of week", "weekday 0", "weekday 3",
             "weekday 6", "weekday 7", "weekday 1.5", "weekday", "unixepoch", "julianday", "auto", "subsec", "subsecond", "ceiling", "floor", "+01:30",
             "-01:30", "+01:30:15.5", "01:30", "+0001-02-03", "-0001-02-03", "+0000-00-30", "+0001-02-03 04:05", "-0001-02-03 04:05:06.7", "+0001-12-00",
             "+0001-02-31", "0001-02-03", "+00001-02-03", "+1 fortnight", "+1", "1 ", "", "x", None, "+1 DAY", "START OF MONTH", "+ 1 day", "+1e1 days",
             "+1000000 days", "-1000000 days", "+5373485 days", "14712 years", "14713 years", "+1day", "utc", "localtime", "+1 secondx", "+30 minute", 5]
FORMATS = ["%Y-%m-%d %H:%M:%f", "%d|%e|%F|%g|%G|%H|%I|%j|%J|%k|%l|%m|%M|%p|%P|%R|%s|%S|%T|%u|%U|%V|%w|%W|%Y|%%", "%", "abc", "", "%q", "100%%", "%f", "é%Yé",
           "%s %J", None, "%Y\0%m"]


def run(e_list, rows):
    for i in range(0, len(rows), 1000):
        part = rows[i:i + 1000]
        d.fill_table(part)
        for e in e_list:
            d.check(e, part, filled=True)


def functions(*args):
    return [d.call(name, *args) for name in ("date", "time", "datetime", "julianday", "unixepoch")]


def test_moments():
    run([*functions(C[0]), d.call("strftime", FORMATS[1], C[0])], [(m,) for m in MOMENTS])


def test_one_modifier():
    run(functions(C[0], C[1]), [(m, x) for m in MOMENTS for x in MODIFIERS])


def test_more_modifiers():
    rng = random.Random(1)
    rows = [(rng.choice(MOMENTS), *(rng.choice(MODIFIERS) for _ in range(3))) for _ in range(2000)]
    run(functions(*C[:4]), rows)
    good = ["+1 day", "-1 month", "+1 month", "start of month", "weekday 2", "floor", "ceiling", "subsec", "+01:30", "+1 year", "-1.5 months", "+0001-01-01"]
    rows = [(rng.choice(MOMENTS[:6] + MOMENTS[-6:]), *(rng.choice(good) for _ in range(3))) for _ in range(2000)]
    run([*functions(*C[:4]), d.call("strftime", "%Y-%m-%d %f", *C[:4])], rows)


def random_moment(rng):
    if rng.random() < 0.3:
        return rng.choice([rng.uniform(0, 5373484), rng.randrange(5373484), rng.randrange(-2**40, 2**40)])
    text = f"{rng.randrange(10000):04}-{rng.randrange(1, 13):02}-{rng.randrange(1, 32):02}"
    if rng.random() < 0.7:
        text += f" {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
        if rng.random() < 0.5:
            text += f".{rng.randrange(10**6)}"
        if rng.random() < 0.3:
            text += rng.choice(["Z", "+02:00", "-11:30"])
    return text


def test_random_moments():
    rng = random.Random(2)
    rows = [(random_moment(rng), random_moment(rng)) for _ in range(3000)]
    run([*functions(C[0]), *functions(C[0], "auto"), *functions(C[0], "subsec"), d.call("strftime", FORMATS[1], C[0])], rows)
    run([d.call("timediff", C[0], C[1])], rows)


def test_timediff():
    run([d.call("timediff", C[0], C[1])], [(x, y) for x in MOMENTS for y in MOMENTS])


def test_strftime():
    run([d.call("strftime", C[0], C[1])], [(f, m) for f in FORMATS for m in MOMENTS])
    run([d.call("strftime", C[0], C[1], "subsec")], [(f, m) for f in FORMATS for m in MOMENTS])


def test_now_is_one_instant():
    ctx = ExecContext()
    e = b.Arith("||", d.call("datetime"), b.Arith("||", b.Const("|"), d.call("strftime", "%Y-%m-%d %H:%M:%S", "now")))
    rows = _testing.Rows([(1,)])
    first = _testing.evaluate(build_expr(e, {}, ctx), rows)[0]
    now = ctx.now
    assert first.split("|")[0] == first.split("|")[1]
    stamp = _testing.evaluate(build_expr(b.CurrentTime("timestamp"), {}, ctx), rows)[0]
    assert stamp == first.split("|")[0] and ctx.now == now
    day, clock = (_testing.evaluate(build_expr(b.CurrentTime(w), {}, ctx), rows)[0] for w in ("date", "time"))
    assert f"{day} {clock}" == stamp
    ctx.restart()
    assert ctx.now is None
