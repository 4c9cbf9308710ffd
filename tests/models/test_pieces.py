"""Pieces from another thread: in order, errors at once, and nobody is left waiting."""

import threading

import pytest

from cpgassist.models.pieces import LeftError, Pieces


def test_what_is_put_comes_in_order_and_the_end_is_the_end():
    with Pieces(lambda put: [put(n) for n in range(100)]) as made:
        assert list(made) == list(range(100)) and not made.cancelled


def test_what_the_work_raises_is_raised_here():
    def work(put):
        put(1)
        raise KeyError("lost")

    got = []
    with pytest.raises(KeyError, match="lost"), Pieces(work, seconds=5) as made:
        got.extend(made)
    with pytest.raises(KeyError, match="lost"), Pieces(work) as made:
        for piece in made:
            got.append(piece)
    assert got[-1] == 1


def test_who_leaves_ends_the_work():
    ended, go = threading.Event(), threading.Event()

    def work(put):
        put(1)
        go.wait(5)
        try:
            put(2)
        except LeftError:
            ended.set()
            raise

    with Pieces(work) as made:
        assert next(iter(made)) == 1
    go.set()
    assert ended.wait(20)


@pytest.mark.parametrize("seconds", [None, 60])
def test_cancel_while_nothing_comes(seconds):
    cancel, never = threading.Event(), threading.Event()
    threading.Timer(0.05, cancel.set).start()
    with Pieces(lambda put: never.wait(5), seconds, cancel) as made:
        assert list(made) == [] and made.cancelled
    never.set()


def test_after_cancel_nothing_more_is_handed_out():
    cancel, got = threading.Event(), []
    with Pieces(lambda put: [put(n) for n in range(9)], cancel=cancel) as made:
        for piece in made:
            got.append(piece)
            if piece == 2:
                cancel.set()
    assert got == [0, 1, 2] and made.cancelled


@pytest.mark.parametrize("cancel", [None, threading.Event()])
def test_work_that_is_not_done_in_time(cancel):
    never = threading.Event()
    with pytest.raises(TimeoutError), Pieces(lambda put: never.wait(5), 0.05, cancel) as made:
        list(made)
    never.set()
