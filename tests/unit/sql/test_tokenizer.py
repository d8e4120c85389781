"""Kinds, texts and offsets of single tokens; what SQLite does with the malformed ones is in test_parser."""

import pytest
from pumice.sql.tokenizer import dequote, tokenize


def tokens(sql):
    kinds, texts, starts = [], [], []
    tokenize(sql, 0, kinds, texts, starts)
    return list(zip(kinds, texts, starts, strict=True))[:-1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("select", "SELECT"), ("SeLeCt", "SELECT"), ("selects", "ID"), ("é", "ID"), ("a$1", "ID"), ("ſelect", "ID"),
        ('"a""b"', "ID"), ("[a'b]", "ID"), ("`a`", "ID"), ("'a''b'", "STRING"), ("x'0f'", "BLOB"), ("x'0'", "ILLEGAL"),
        ("1", "INTEGER"), ("0xfF", "INTEGER"), ("1.", "FLOAT"), (".5e-3", "FLOAT"), ("1_0", "QNUMBER"),
        ("1a", "ILLEGAL"),
        ("0x", "ILLEGAL"), ("1e", "ILLEGAL"), ("?", "VARIABLE"), ("?12", "VARIABLE"), (":a", "VARIABLE"),
        ("$a::b(c)", "VARIABLE"), ("@", "ILLEGAL"), ("'a''b", "ILLEGAL"), ("!", "ILLEGAL"), ("!=", "!="),
        ("->>", "->>"),
        ("||", "||"), ("|", "|"), ("<>", "<>"), ("==", "=="), ("over", "ID"), ("filter", "ID"), ("window", "ID"),
    ],
)
def test_kind(text, kind):
    assert tokens(f" {text} ") == [(kind, text if kind != "ILLEGAL" or text[0] != "'" else text + " ", 1)]


def test_offsets_are_characters():
    assert tokens("é /* ü */ -- ö\n x") == [("ID", "é", 0), ("ID", "x", 16)]


def test_stops_after_a_semicolon():
    kinds, texts, starts = [], [], []
    end = tokenize("a ; b", 0, kinds, texts, starts)
    assert (kinds, end) == (["ID", ";"], 3)


def test_dequote():
    assert dequote('"a""b"') == 'a"b'
    assert dequote("'''a'''") == "'a'"
    assert dequote("[a]") == "a"
    assert dequote('"a b" c') == "a b"
    assert dequote("plain") == "plain"
