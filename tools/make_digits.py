"""Write src/pinched/applications/data/digits.npz: the 8 x 8 handwritten digits that the networks are tested on.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998),
doi 10.24432/C50P49, its test part (1797 images of 13 writers), taken from the copy that scikit-learn carries.
Licence: CC BY 4.0. Needs scikit-learn, which the library itself does not.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TARGET = Path(__file__).parents[1] / "src" / "pinched" / "applications" / "data" / "digits.npz"

if __name__ == "__main__":
    digits = load_digits()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        TARGET,
        images=digits.data.astype(np.uint8),  # (1797, 64), grey levels 0 … 16
        labels=digits.target.astype(np.uint8),
        source="Optical Recognition of Handwritten Digits, Alpaydin & Kaynak, UCI 1998, doi 10.24432/C50P49, test part",
        licence="CC BY 4.0",
    )
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")
