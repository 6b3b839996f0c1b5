"""Matrix products of the student by numpy's BLAS: the library that thinc brings does a third of the work in the time.

The last bits of a product depend on the number of threads and on what else stands in the matrix. So there is one
thread, and a transcript is read by itself: what is seen in it does not depend on the others or on the processes.
"""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def numpy_products(*, training: bool = False) -> Any:
    """Thinc's operations with products by numpy, made once; from then on numpy's BLAS keeps to one thread.

    Args:
        training: Operations that can go backward, too; slower.
    """
    import numpy
    from thinc.api import NumpyOps
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")

    class NumpyProducts(NumpyOps):  # type: ignore[misc]
        """Only the product differs."""

        def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
            """``x @ y``, either transposed first."""
            return numpy.matmul(x.T if trans1 else x, y.T if trans2 else y, out=out)

    class ReadingProducts(NumpyProducts):
        """And how the best of several pieces is found."""

        def maxout(self, x: Any) -> tuple[Any, None]:
            """The largest along the last axis. Which piece it was in matters in training alone, and is not told."""
            return functools.reduce(numpy.maximum, (x[:, :, piece] for piece in range(x.shape[2]))), None

    return NumpyProducts() if training else ReadingProducts()


def use_numpy(model: Any) -> None:
    """Let every layer of a network that only reads use :func:`numpy_products`, and the norm below."""
    for layer in model.walk():
        layer.ops = numpy_products()
        if layer.name == "layernorm":
            layer._func = _norm


def _norm(layer: Any, x: Any, is_train: bool) -> tuple[Any, Any]:
    """Thinc's layer norm without the copies that only training needs."""
    import numpy

    centred = x - x.mean(axis=1, keepdims=True)
    variance = numpy.einsum("ij,ij->i", centred, centred)[:, None] / x.dtype.type(x.shape[1]) + x.dtype.type(1e-8)
    centred *= variance ** x.dtype.type(-0.5)
    centred *= layer.get_param("G")
    centred += layer.get_param("b")
    return centred, None
