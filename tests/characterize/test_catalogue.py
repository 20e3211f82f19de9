"""The catalogue of published devices."""

import pandas as pd
import pytest

from pinched.characterize.catalogue import MERITS, catalogue, standing
from pinched.characterize.compare import side_by_side
from pinched.core import PinchedError, Quantity


def test_every_device_has_a_source_and_a_number():
    devices = catalogue()
    assert devices["source"].str.contains("Table").all()
    assert devices[list(MERITS)].notna().any(axis=1).sum() >= 60


def test_printed_values_are_found_again():
    devices = catalogue().set_index("device")
    assert devices.loc["Pt/h-BN/Ag", "on_off"] == 1e7
    assert devices.loc["HfO2", "endurance"] == 1.2e11
    assert devices.loc["(Cr, Mn, Fe, Co, Ni)3O4", "states"] == 32


def test_catalogue_is_a_copy():
    mine = catalogue()
    mine["device"] = "mine"
    assert "mine" not in set(catalogue()["device"])


@pytest.mark.parametrize(("merit", "worst", "best"), [("on_off", 0.0, 1e12), ("switching_time_s", 1e9, 0.0)])
def test_standing_counts_in_the_right_direction(merit, worst, best):
    published = catalogue()[merit].dropna().size
    assert standing(merit, worst) == (0, published)
    assert standing(merit, best) == (published, published)


def test_side_by_side_keeps_what_one_device_lacks():
    on_off = Quantity(10.0, "1", "measured", label="On/off")
    table = side_by_side({"a": {"on_off": on_off}, "b": {"v_set": Quantity(1.0, "V", "measured", label="SET")}})
    assert table.loc["On/off", "b"] == "not measured"
    assert isinstance(table, pd.DataFrame)
    with pytest.raises(PinchedError, match="second"):
        side_by_side({"a": {}})
