"""`python -m pinched` is the command `pinched`."""

from pinched.app.cli import app

app()
