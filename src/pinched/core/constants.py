"""Physical constants in SI units (CODATA 2018; the exact ones are exact by the 2019 definition of the SI)."""

E_CHARGE = 1.602176634e-19  # C, exact
K_B = 1.380649e-23  # J/K, exact
K_B_EV = K_B / E_CHARGE  # eV/K
PLANCK = 6.62607015e-34  # J s, exact
EPSILON_0 = 8.8541878128e-12  # F/m
ELECTRON_MASS = 9.1093837015e-31  # kg
G_QUANTUM = 2 * E_CHARGE**2 / PLANCK  # S, conductance quantum
RICHARDSON = 1.20173e6  # A/(m² K²), free electron
ROOM_TEMPERATURE = 298.15  # K, 25 °C
