"""Second-order memristors: a fast hidden state gates the slow one."""
