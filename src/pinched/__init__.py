"""pinched: a memristor from the probe station to the neural network."""
