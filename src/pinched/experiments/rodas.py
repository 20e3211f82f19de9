"""One step of Rodas5P: a stiff, L-stable Rosenbrock method of order 5 that needs no iteration.

G. Steinebach, "Construction of Rosenbrock–Wanner method Rodas5P", BIT Numer. Math. 63, 27 (2023),
doi:10.1007/s10543-023-00967-x; coefficients there. Stages are linear, so exponential device equations cannot stall a
root finder: a step that is too bold shows in its error estimate and is taken again, shorter.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

GAMMA = 0.21193756319429014
C = (0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664, 1.0, 1.0, 1.0)
D = (
    0.21193756319429014,
    -0.42387512638858027,
    -0.3384627126235924,
    1.8046452872882734,
    2.325825639765069,
    0.0,
    0.0,
    0.0,
)
_A6 = (-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946)
A = (
    (),
    (3.0,),
    (2.849394379747939, 0.45842242204463923),
    (-6.954028509809101, 2.489845061869568, -10.358996098473584),
    (2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641),
    _A6,
    (*_A6, 1.0),
    (*_A6, 1.0, 1.0),
)
G = (
    (),
    (-14.155112264123755,),
    (-17.97296035885952, -2.859693295451294),
    (147.12150275711716, -1.41221402718213, 71.68940251302358),
    (165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306),
    (24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471),
    (
        30.91273214028599,
        -3.1208243349937974,
        77.79954646070892,
        34.28646028294783,
        -19.097331116725623,
        -28.087943162872662,
    ),
    (
        37.80277123390563,
        -3.2571969029072276,
        112.26918849496327,
        66.9347231244047,
        -40.06618937091002,
        -54.66780262877968,
        -9.48861652309627,
    ),
)
DENSE = (
    (25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204, 0.524948541321073,
     1.1241088310450404, 0.4272876194431874, -0.17202221070155493),
    (-9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796, 20.176138334709044,
     15.98066361424651, -6.789040303419874, -6.710236069923372),
    (11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643, -52.072871366152654,
     -59.78993625266729, -0.15582684282751913, 4.883087185713722),
)  # fmt: skip
ORDER = 5
WRITTEN_OUT = 4  # states up to which elimination is unrolled over devices; with more, compiling it takes too long


class Step(NamedTuple):
    """A trial step: the new state, its local error, and the interpolant over the step; pytrees as the state is."""

    x: Any
    error: Any
    dense: Any  # polynomial coefficients for `between`


def between(theta, x0, x1, dense):
    """State at the fraction `theta` of the step from x0 to x1, order 4."""
    d1, d2, d3 = dense  # x0 + theta (x1 − x0 + (1 − theta)(d1 + theta (d2 + theta d3))), in powers of theta
    return x0 + theta * ((x1 - x0 + d1) + theta * ((d2 - d1) + theta * ((d3 - d2) - theta * d3)))


def solve_small(matrix, b):
    """Elementwise Gaussian elimination: matrix[i][j] and b[i] are arrays over devices; the diagonal leads as h -> 0."""
    matrix, b = [list(row) for row in matrix], list(b)
    n = len(b)
    for k in range(n):
        for i in range(k + 1, n):
            ratio = matrix[i][k] / matrix[k][k]
            b[i] = b[i] - ratio * b[k]
            matrix[i] = [matrix[i][j] - ratio * matrix[k][j] for j in range(n)]
    for k in reversed(range(n)):
        b[k] = (b[k] - sum(matrix[k][j] * b[j] for j in range(k + 1, n))) / matrix[k][k]
    return b


def cell_solver(jacobian, h):
    """b -> (1/(γ h) − J)⁻¹ b for every device on its own; jacobian[i][j] is (...), b (states, ...)."""
    n = len(jacobian)
    w = [[(1 / (GAMMA * h) if i == j else 0.0) - jacobian[i][j] for j in range(n)] for i in range(n)]
    if n <= WRITTEN_OUT:
        return lambda b: jnp.stack(solve_small(w, list(b)))
    entries = jnp.broadcast_arrays(*(entry for row in w for entry in row))
    inverse = inverted(jnp.stack(entries).reshape(n, n, *entries[0].shape))
    return lambda b: jnp.sum(inverse * b, axis=1)


def inverted(matrix):
    """(n, n, ...) inverses over devices by Gauss-Jordan elimination, without pivots as `solve_small`.

    Those of LAPACK wait for each other for ever where several threads invert at once.
    """
    n = len(matrix)
    unit = jnp.broadcast_to(jnp.eye(n, dtype=matrix.dtype).reshape(n, n, *[1] * (matrix.ndim - 2)), matrix.shape)

    def eliminate(k, both):
        row = both[k] / both[k, k]
        return (both - both[:, k, None] * row).at[k].set(row)

    return jax.lax.fori_loop(0, n, eliminate, jnp.concatenate([matrix, unit], axis=1))[:, n:]


def _square(rows):
    return [(*row, *(0.0,) * (8 - len(row))) for row in rows]


def _combine(weights, ks):
    return jax.tree.map(lambda k: sum(weights[j] * k[j] for j in range(len(weights))), ks)


def _plus(x, y):
    return jax.tree.map(jnp.add, x, y)


def step(rate: Callable, t, x, h, f0, slope, solve: Callable, mass: Any = None) -> Step:
    """Advance mass · dx/dt = rate(t, x) by h, every device by its own; the method is made for index-1 DAEs as well.

    Args:
        rate: (t, x) -> the right side; x and the result are pytrees of one structure, t is (...).
        t, h: start and length of the step, (...).
        x: state at the start; of devices alone (states, ...).
        f0, slope: rate and its partial time derivative at the start.
        solve: b -> (mass/(γ h) − J)⁻¹ b, with J the Jacobian of rate at the start.
        mass: what multiplies the rates of each leaf of x, 0 for an algebraic equation; None is 1 throughout.
    """
    kinds = jax.tree.leaves(x)[0].dtype
    a, g, c, d = (jnp.asarray(table, kinds) for table in (_square(A), _square(G), C, D))
    mass = jax.tree.map(lambda _: 1.0, x) if mass is None else mass

    def solved(stage, f, ks):
        past = _combine(g[stage], ks)
        b = jax.tree.map(lambda f, k, s, m: f + m * k / h + d[stage] * h * s, f, past, slope, mass)
        return jax.tree.map(lambda all, k: all.at[stage].set(k), ks, solve(b))

    def stage(k, ks):
        return solved(k, rate(t + c[k] * h, _plus(x, _combine(a[k], ks))), ks)

    empty = jax.tree.map(lambda leaf: jnp.zeros((8, *leaf.shape), leaf.dtype), x)
    ks = jax.lax.fori_loop(1, 8, stage, solved(0, f0, empty))
    end = _plus(x, _combine((*_A6, 1.0, 1.0, 1.0), ks))
    return Step(end, jax.tree.map(lambda k: k[-1], ks), tuple(_combine(row, ks) for row in DENSE))
