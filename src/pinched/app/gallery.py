"""The gallery from the shell."""

import json
import textwrap
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from pinched.app.shell import AsJson, progress, remember_compilations

gallery = typer.Typer(help="The systems of the field's reviews, reproduced.", invoke_without_command=True)

Again = Annotated[bool, typer.Option("--again", help="Run also what this version has already run here.")]


@gallery.callback(invoke_without_command=True)
def show(context: typer.Context, as_json: AsJson = False, again: Again = False) -> None:
    """List the systems by layer: printed headline, source, our numbers. What has not run here yet runs first."""
    if context.invoked_subcommand:
        return
    remember_compilations()
    from pinched.gallery import hall

    with progress() as advance:
        rows = hall.results(hall.entries(), again, advance)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for layer, group in groupby(rows, key=lambda row: row["layer"]):
        print(f"\n{layer}")
        for row in group:
            _tell(row)
    claims = [claim["reproduced"] for row in rows for claim in row["claims"] if claim["reproduced"] is not None]
    whole = sum(row["reproduced"] for row in rows)
    print(f"\n{sum(claims)} of {len(claims)} claims reproduced, {whole} of {len(rows)} systems in every claim.")
    print("`pinched gallery run NAME` draws one and says how.")


def _tell(row: dict) -> None:
    from pinched.core import engineering

    print(f"  {row['system']} {row['name']}: {row['title']}")
    for word, texts in (("printed", [row["headline"]]), ("taken", row["taken"]), ("source", row["sources"])):
        for text in texts:
            print(textwrap.fill(f"{word}: {text}", 110, initial_indent=" " * 6, subsequent_indent=" " * 10))
    for claim in row["claims"]:
        mark = {True: "✓", False: "✗", None: "·"}[claim["reproduced"]]
        ours = "not available" if claim["value"] is None else engineering(claim["value"], claim["unit"])
        printed = claim["printed"] if claim["printed"].startswith("not printed") else f"printed {claim['printed']}"
        print(f"      {mark} {claim['what']}: {ours}; {printed}")
        if claim["remark"]:
            print(textwrap.fill(claim["remark"], 110, initial_indent=" " * 10, subsequent_indent=" " * 10))


@gallery.command("run")
def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A system number (S12) or the name of an entry.")],
    out: Annotated[Path | None, typer.Option(help="Folder; default: gallery-NAME.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
) -> None:
    """Reproduce one system: its numbers beside the printed ones, the verdict, and the figure in a folder."""
    remember_compilations()
    from pinched.gallery import hall

    found = hall.find(name)
    for entry in found:
        with progress() as advance:
            advance(f"{entry.system} {entry.name}", 0.0)
            place = Path(f"gallery-{entry.name}") if out is None else out / entry.name if len(found) > 1 else out
            row, folder = hall.reproduce(entry, place, seed)
        _tell(row)
        print(textwrap.fill(row["verdict"], 110, initial_indent=" " * 6, subsequent_indent=" " * 10))
        print(f"      written to {folder}")
