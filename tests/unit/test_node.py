"""Classes made by `record` and `node`: construction, defaults, equality, copies."""

import gc
import weakref

import pytest

from pumice.node import Node, descendants, fields, fresh, node, record, replace


class Base(Node):
    __slots__ = ()


@node
class Pair(Base):
    """A pair."""

    left: object
    right: object = 2
    pos: int = -1

    def swapped(self):
        return Pair(self.right, self.left)


@node
class Triple(Pair):
    third: object = None


@record
class Bag:
    name: str
    items: list = fresh(list)


def test_fields_by_position_and_by_name():
    assert (Pair(1).left, Pair(1).right) == (1, 2)
    assert repr(Pair(1, right=5)) == "Pair(left=1, right=5)"
    assert Pair(right=5, left=1) == Pair(1, 5)
    assert Pair(*[1], **{"right": 5}) == Pair(1, 5)
    assert Pair(1, 2).swapped() == Pair(2, 1)
    assert Pair.__doc__ == "A pair." and Pair.__match_args__ == ("left", "right", "pos")


def test_fields_of_the_base_come_first():
    assert Triple.__match_args__ == ("left", "right", "pos", "third")
    assert Triple(1, third=3) == Triple(1, 2, -1, 3)
    assert isinstance(Triple(1), Pair)


@pytest.mark.parametrize("make, words", [
    (lambda: Pair(), "needs a value for left"),
    (lambda: Pair(right=1), "needs a value for left"),
    (lambda: Pair(1, 2, 3, 4), "takes 3 arguments, 4 were given"),
    (lambda: Pair(1, left=2), "two values for left"),
    (lambda: Pair(1, other=2), "no field 'other'"),
    (lambda: replace(Pair(1), other=2), "no field 'other'"),
])
def test_wrong_arguments(make, words):
    with pytest.raises(TypeError, match=words):
        make()


def test_a_subclass_that_is_not_decorated_cannot_be_made():
    class Plain(Pair):
        __slots__ = ()

    with pytest.raises(TypeError, match="not decorated"):
        Plain(1)


def test_nodes_have_slots_only():
    with pytest.raises(AttributeError):
        Pair(1).other = 2


def test_equality_ignores_the_position_and_keeps_types_apart():
    assert Pair(1, pos=4) == Pair(1, pos=7)
    assert hash(Pair(1, pos=4)) == hash(Pair(1, pos=7))
    assert Pair(1) != Pair(1.0) and Pair(1) != Pair(True)
    assert Pair(1) != Triple(1)


def test_replace_changes_some_fields():
    old = Triple(1, 2, 3, 4)
    assert replace(old, right=9) == Triple(1, 9, 3, 4)
    assert old.right == 2


def test_records_are_equal_by_identity_and_get_defaults_of_their_own():
    one, two = Bag("a"), Bag("a")
    assert one != two and one == one
    one.items.append(1)
    assert two.items == [] and Bag("b", [3]).items == [3]


def test_values_are_counted_and_cycles_collected():
    class Value:
        pass

    value = Value()
    seen = weakref.ref(value)
    pair = Pair(value, right=value)
    pair = replace(pair, pos=3)
    del value
    assert seen() is not None
    del pair
    assert seen() is None
    value = Value()
    seen = weakref.ref(value)
    value.pair = Pair(value)
    del value
    gc.collect()
    assert seen() is None


def test_fields_and_descendants_in_order():
    inner = Pair(1)
    other = Triple("x", (inner,))
    tree = Pair((inner, (other, 5)), "text", 7)
    assert fields(tree) == [(inner, (other, 5)), "text", 7]
    assert [id(n) for n in descendants(tree)] == [id(n) for n in (tree, inner, other, inner)]
    assert [id(n) for n in descendants((other,), (Triple,))] == [id(other)]
    assert descendants("text") == []


def test_values_of_different_types_make_nodes_differ():
    assert Pair(1) != Pair(1.0) and Pair(1) != Pair(True) and Pair((1, 2)) == Pair((1, 2), pos=9)
