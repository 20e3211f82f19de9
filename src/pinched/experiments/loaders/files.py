"""Opening a file that may be anything: one clear sentence for whatever cannot be a measurement."""

import gzip
import hashlib
import zlib
from pathlib import Path

from pinched.core import PinchedError, nearest

LIMIT = 200 * 2**20  # bytes of text; a longer record should be split or thinned by its owner
MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"\x93NUMPY": "a NumPy array without column names",
    b"\x89HDF": "an HDF5 file",
    b"CDF\x01": "a NetCDF file",
    b"CDF\x02": "a NetCDF file",
    b"MATLAB": "a MATLAB file",
    b"\x7fELF": "a program",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"SQLite": "a database",
}


def check_path(path: Path) -> None:
    """Raise PinchedError where `path` does not exist, suggesting the nearest existing name."""
    if not path.exists():
        parent = path.parent
        while not parent.is_dir() and parent != parent.parent:
            parent, path = parent.parent, parent
        names = [p.name for p in parent.iterdir()] if parent.is_dir() else []
        raise PinchedError(f"There is no {path.name!r} in {str(parent)!r}{nearest(path.name, names)}.")


def read_bytes(path: Path) -> bytes:
    """The content of `path`, unpacked where it is gzipped; PinchedError where it cannot hold a measurement."""
    check_path(path)
    try:
        size = path.stat().st_size
        if size > LIMIT:
            raise PinchedError(f"{path.name} is larger than {LIMIT >> 20} MB ({size >> 20} MB): split it.")
        raw = path.read_bytes()
    except OSError as error:
        raise PinchedError(f"{path.name} cannot be read: {error.strerror or error}.") from None
    if not raw.strip():
        raise PinchedError(f"{path.name} is empty.")
    if raw.startswith(b"\x1f\x8b"):
        raw = _gunzip(path)
    kind = next((what for magic, what in MAGIC.items() if raw.startswith(magic)), None)
    if kind is None and _pickled(path, raw):
        kind = "a Python pickle, which is never opened"
    if kind:
        raise PinchedError(f"{path.name} is {kind}, not a measurement: export it as text, CSV or xlsx.")
    return raw


def _gunzip(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            raw = stream.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error):
        raise PinchedError(f"{path.name} is a truncated or damaged gz archive: copy it again.") from None
    if len(raw) > LIMIT:
        raise PinchedError(f"{path.name} unpacks to larger than {LIMIT >> 20} MB: split it.")
    if not raw.strip():
        raise PinchedError(f"{path.name} is empty.")
    return raw


def _pickled(path: Path, raw: bytes) -> bool:
    return (raw[0] == 0x80 and raw[1:2] in b"\x02\x03\x04\x05") or path.suffix.lower() in (".pkl", ".pickle")


def sha256(path: Path) -> str:
    """Hash of the file as it lies on the disk."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def decode(raw: bytes, name: str) -> str:
    """Text of `raw` in UTF-8, UTF-16 or Latin-1; PinchedError where it is binary."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(raw, "utf-16", name)
    head = raw[:4000]
    if head[1::2].count(0) > len(head) // 4:
        return _decoded(raw, "utf-16-le", name)
    if head[::2].count(0) > len(head) // 4:
        return _decoded(raw, "utf-16-be", name)
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x1a" for byte in head)
    if control > len(head) // 100:
        raise PinchedError(f"{name} is a binary file that no loader knows: export it as text, CSV or xlsx.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _decoded(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError:
        raise PinchedError(f"{name} is a binary file that no loader knows: export it as text, CSV or xlsx.") from None
