import pytest
from hypothesis import given, strategies as st

from pinched.core import PinchedError
from pinched.materials.entropy import GAS_CONSTANT, composition, configurational_entropy
from pinched.materials.process import process, sources, wire
from pinched.materials.substrates import substrate, substrates

ELEMENTS = ["Zr", "Hf", "Nb", "Ta", "Mo", "W"]


@pytest.mark.parametrize(("n", "joule"), [(2, 5.763), (3, 9.134), (4, 11.526), (5, 13.382), (6, 14.898)])
def test_entropy_of_equimolar_cations(n, joule):
    assert configurational_entropy(f"({','.join(ELEMENTS[:n])})2O5").value == pytest.approx(joule, abs=1e-3)


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("HfO2", "low"),
        ("(Zr,Hf,Nb,Ta)O2", "medium"),
        ("(Cr,Mn,Fe,Co,Ni)3O4", "high"),
        ("(Zr, Hf, Nb, Ta, Mo, W)2O5-x", "high"),
    ],
)
def test_entropy_class(formula, name):
    assert f": {name} entropy" in configurational_entropy(formula).note


def test_composition_as_written():
    assert composition("(Zr, Hf, Nb, Ta, Mo, W)2O5-x") == pytest.approx({**dict.fromkeys(ELEMENTS, 1 / 3), "O": 5})
    assert composition("(Mg0.2Zn0.8)O") == {"Mg": 0.2, "Zn": 0.8, "O": 1.0}
    assert composition("La0.67Sr0.33MnO3") == {"La": 0.67, "Sr": 0.33, "Mn": 1.0, "O": 3.0}


@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=6))
def test_entropy_is_largest_when_equimolar_and_free_of_scale(amounts):
    some = dict(zip(ELEMENTS, amounts, strict=False))
    s = configurational_entropy(some).value
    assert 0 <= s <= configurational_entropy(dict.fromkeys(some, 1.0)).value + 1e-9
    assert s == pytest.approx(configurational_entropy({k: 7 * v for k, v in some.items()}).value, abs=1e-9)


@pytest.mark.parametrize("text", ["", "hello", "(Cr,Mn", "O2", "(Cr,,Mn)O", "12"])
def test_what_is_no_composition_is_refused(text):
    with pytest.raises(PinchedError, match=r"formula|cations|bracket"):
        configurational_entropy(text)


def test_gas_constant_is_exact():
    assert pytest.approx(6.02214076e23 * 1.380649e-23, rel=1e-9) == GAS_CONSTANT


def test_process_cards():
    card = process("32nm")
    assert card == process(32)
    assert card.feature == pytest.approx(32e-9)
    assert card.gate == pytest.approx((1.2 * 3.77 + 4.71) * 1e-10)
    assert process(10).sar is None
    assert wire("100nm").resistance == pytest.approx(2.73e-8 / (2.30 * 100e-9**2))
    assert set(sources()) >= {"wire", "transistor", "sar"}
    with pytest.raises(PinchedError, match="130 nm"):
        process("28nm")
    with pytest.raises(PinchedError, match="200 nm"):
        wire(33)


def test_substrates_are_as_printed_and_say_what_is_doubtful():
    assert {"PET", "PI", "mica"} <= set(substrates())
    assert substrate("PET")["glass_transition"].value == pytest.approx(351.15)
    assert substrate("PET")["expansion"].low == pytest.approx(15e-6)
    assert "glass_transition" not in substrate("mica")
    assert "implausible" in substrate("PDMS")["youngs_modulus"].note
    with pytest.raises(PinchedError, match="did you mean 'PDMS'"):
        substrate("PDSM")
