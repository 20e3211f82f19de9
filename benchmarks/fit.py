"""Fit of one measured loop with five candidate models: cold, and with everything compiled.

python benchmarks/fit.py
"""

import time

import pinched as pn

MODELS = ["StanfordGap", "VTEAM", "Yakopcic", "Schottky", "generic-team-2013"]


def main():
    device = pn.device("hfox-stanford-pku")
    loop = pn.run(device, pn.protocols.sweep(-3.0, 3.0, rate=1.0, i_max=0.02))  # the set's own drive
    for label in ("cold", "compiled"):
        start = time.perf_counter()
        fit = pn.fit(loop, models=MODELS)
        print(f"{label}: {time.perf_counter() - start:.1f} s, {len(MODELS)} candidates, best {fit.model}", flush=True)


if __name__ == "__main__":
    main()
