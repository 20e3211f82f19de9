import pytest

from pinched.networks import Mapping
from pinched.reports.section import NotPossible, Section
from pinched.reports.sections.improve import improve


def test_a_tenth_and_all_of_the_way():
    cell = Mapping.of(g_min=1e-6, g_max=1e-5, sigma_device=0.3)
    section = improve("improve", "What to improve", cell, Section("synapse", "Synapse"), False, (0, 1))
    whole, tenth = section.tables
    assert [row[1] for row in whole.rows][:2] == ["device spread", "on/off ratio"]
    assert [row[0] for row in tenth.rows] == ["device spread", "on/off ratio", "everything"]
    assert [row[6] for row in tenth.rows] == ["gradient", "gradient", "finite"]
    assert all(row[3].startswith("+") for row in tenth.rows)
    assert section.result.startswith("improve the device spread first")
    with pytest.raises(NotPossible, match="quick"):
        improve("improve", "What to improve", cell, Section("synapse", "Synapse"), True, (0,))
