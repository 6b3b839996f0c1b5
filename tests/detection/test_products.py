"""Products by numpy instead of thinc's own library: the same figures, one thread."""

from __future__ import annotations

import numpy
import pytest
from thinc.api import LayerNorm, Maxout, NumpyOps, chain
from threadpoolctl import threadpool_info

from anonymizer.detection import model
from anonymizer.detection.products import numpy_products, use_numpy
from anonymizer.detection.student import Student


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("second", [False, True])
def test_products_are_thincs(first: bool, second: bool) -> None:
    """Transposed or not, products differ from thinc's in the last bits at most."""
    chance = numpy.random.default_rng(4)
    x = chance.standard_normal((31, 17) if first else (17, 31)).astype("float32")
    y = chance.standard_normal((9, 31) if second else (31, 9)).astype("float32")

    expected = NumpyOps().gemm(x, y, trans1=first, trans2=second)
    actual = numpy_products().gemm(x, y, trans1=first, trans2=second)

    assert actual.dtype == expected.dtype
    numpy.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_a_product_can_be_put_into_an_array() -> None:
    """An array given for the result is the one filled."""
    x = numpy.eye(3, dtype="float32") * 2
    out = numpy.zeros((3, 3), dtype="float32")

    numpy_products().gemm(x, x, out=out)

    assert out.tolist() == (numpy.eye(3) * 4).tolist()


def test_the_best_piece_is_thincs() -> None:
    """The largest of the pieces, to the last bit."""
    x = numpy.random.default_rng(5).standard_normal((13, 7, 3)).astype("float32")

    assert NumpyOps().maxout(x)[0].tolist() == numpy_products().maxout(x)[0].tolist()


def test_numpys_products_take_one_thread() -> None:
    """More threads would change last bits with the number of cores, and fight over them in a batch."""
    numpy_products()

    threads = [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]
    assert threads == [1] * len(threads)


@pytest.mark.model
def test_every_layer_of_the_student_uses_them() -> None:
    """No layer is left with the slow products."""
    student = Student(model.load(model.DEFAULT, "en", ner=False))

    assert {type(numpy_products())} == {type(layer.ops) for layer in student._model.walk()}


def test_the_norm_is_thincs() -> None:
    """A network read with numpy gives the chances that thinc's own layers give, but for the last bits."""
    x = numpy.random.default_rng(6).standard_normal((21, 12)).astype("float32") * 3 + 1
    slow, fast = ((chain(Maxout(8, 12, nP=3, normalize=True), LayerNorm(8))).initialize(x, None) for _ in range(2))
    for one, other in zip(slow.walk(), fast.walk(), strict=True):
        for name in one.param_names:
            other.set_param(name, one.get_param(name))
    use_numpy(fast)

    numpy.testing.assert_allclose(fast.predict(x), slow.predict(x), rtol=1e-4, atol=1e-5)
