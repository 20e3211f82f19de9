"""Nodes that nothing joins to a source: they have no potential."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components


def islands(closed, shape, r_word, r_bit, word_driven, bit_driven):
    """Which nodes of word (rows, columns) and bit lines (columns, rows) nothing joins to a driven end.

    `closed()`, asked only where it matters, is nonzero where a cell joins its lines.
    """
    rows, columns = shape
    broken = np.isinf(r_word).any() or np.isinf(r_bit).any()
    if not broken:
        driven = np.concatenate([word_driven.any(axis=1), bit_driven.any(axis=1)])
        if driven.all():
            return np.zeros((rows, columns), bool), np.zeros((columns, rows), bool)
        i, j = np.nonzero(closed())
        links = sparse.coo_array((np.ones(i.size), (i, rows + j)), shape=(driven.size, driven.size))
        island = _apart(links, driven)
        return np.repeat(island[:rows, None], columns, axis=1), np.repeat(island[rows:, None], rows, axis=1)
    word, bit = np.arange(rows * columns).reshape(rows, columns), np.arange(rows * columns).reshape(columns, rows)
    bit = bit + rows * columns
    driven = np.zeros(2 * rows * columns, bool)
    joined = closed() > 0
    pieces = [(word[joined], bit.T[joined])]
    for nodes, r, on in ((word, r_word, word_driven), (bit, r_bit, bit_driven)):
        r = r[:, None] if np.ndim(r) == 1 else r
        whole = np.isfinite(np.broadcast_to(r, (len(nodes), nodes.shape[1] + 1)))
        pieces.append((nodes[:, :-1][whole[:, 1:-1]], nodes[:, 1:][whole[:, 1:-1]]))
        driven[nodes[on[:, 0] & whole[:, 0], 0]] = True
        driven[nodes[on[:, 1] & whole[:, -1], -1]] = True
    i, j = (np.concatenate(side) for side in zip(*pieces, strict=True))
    island = _apart(sparse.coo_array((np.ones(i.size), (i, j)), shape=(driven.size, driven.size)), driven)
    return island[word], island[bit]


def _apart(links, driven):
    """Which of the nodes no chain of `links` joins to one of `driven`."""
    _, component = connected_components(links, directed=False)
    return ~np.isin(component, component[driven])
