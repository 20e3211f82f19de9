"""S74: content-addressable memory: which stored word is it, and which is the nearest, in one step."""

import numpy as np

import pinched as pn
from pinched.arrays.logic.cam import ANY, CAM, longest_word
from pinched.arrays.logic.line import Levels
from pinched.gallery import Claim, Panel, Result, entry, panels

WORDS, BITS = 64, 32
SPREADS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)


@entry(
    system="S74",
    name="associative",
    layer="Logic",
    title="Content-addressable search on a crossbar",
    headline="content-addressable match (named in the reviews through references only; no number printed)",
    sources=(
        "Cao et al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k; Yang et al., Nano-Micro Lett. 18:41 (2026)",
        "Li et al., Nat. Commun. 11, 1638 (2020), 10.1038/s41467-020-15254-4: memristor CAM",
    ),
    taken=("two cells a bit, complementary; the current of a match line counts the bits that differ",),
)
def associative(seed: int) -> Result:
    """Store random words with the levels of the HfOx cell and 1 Ω wires; search exactly, ternary, and by distance."""
    levels = Levels.of(pn.device("hfox-stanford-pku"))
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2, (WORDS, BITS))
    memory = CAM(words, levels.g_on, levels.g_off)
    wired = CAM(words, levels.g_on, levels.g_off, r_word=1.0, r_bit=1.0)

    exact, real = (np.mean(np.all(c.match(words) == np.eye(WORDS, dtype=bool), axis=1)) for c in (memory, wired))
    queries = rng.integers(0, 2, (500, BITS))
    distance = (queries[:, None] != words).sum(axis=2)
    counted = memory.search(queries) / memory.bit_current
    nearest = np.mean(distance[np.arange(500), memory.nearest(queries)] == distance.min(axis=1))
    masked = np.where(rng.random(words.shape) < 0.25, ANY, words)
    ternary = CAM(masked, levels.g_on, levels.g_off)
    expected = np.all((masked == ANY) | (masked == words[:, None]), axis=2)
    found = np.mean(ternary.match(words) == expected)

    one_off = words ^ np.eye(BITS, dtype=int)[rng.integers(0, BITS, WORDS)]

    def rate(cv: float) -> float:
        """Own words that do not match, and words one bit off that do, over all of both."""
        s = np.sqrt(np.log1p(cv**2))
        factor = np.exp(s * rng.standard_normal((2 * BITS, WORDS)) - s**2 / 2)
        cam = CAM(words, levels.g_on * factor, levels.g_off * factor)
        missed, mistaken = ~np.diag(cam.match(words)), np.diag(cam.match(one_off))
        return float(np.mean([missed, mistaken]))

    wrong = [rate(cv) for cv in SPREADS]
    longest = longest_word(levels.g_on, levels.g_off)
    claims = (
        Claim("searches for a stored word that find it and no other", "match", float(exact), "1", 1, 1),
        Claim("the same with 1 Ω a wire segment", "match", float(real), "1", 1, 1,
              why="a word line of 64 Ω with half of its 542 Ω cells ON sags so far that one bit that differs at its "
              "far end carries less than half of a bit's current"),
        Claim("searches that find a word at the least distance", "best match", float(nearest), "1", 1, 1),
        Claim("ternary matches told right, a quarter of the bits any", "match", float(found), "1", 1, 1),
        Claim("bits of a word whose match is still told from one bit that differs", "32 here", longest, "1", BITS),
    )  # fmt: skip

    def draw():
        d = np.arange(distance.min(), distance.max() + 1)
        mean = [counted[distance == k].mean() if np.any(distance == k) else np.nan for k in d]
        return panels(
            Panel("A match line counts", "bits that differ", "current over that of one bit", {"64 words": (d, mean)},
                  {"ideal": (d[::4], d[::4])}),
            Panel("Own word, or one bit off", "spread of conductance (%)", "told wrong",
                  {"32 bits": (100 * np.array(SPREADS), wrong)}),
        )  # fmt: skip

    return Result(claims, draw)
