"""Work that survives a kill: one owner for a folder, whole files, and what is done already."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from molscape.core.hashes import sha256
from molscape.core.identity import differing_keys, settings_of

log = logging.getLogger(__name__)

FORMAT = 1
FILE = "store.json"
LOCK = "run.lock"

LISTED = 6
"""Keys that an error names before it only counts the others."""


@contextmanager
def whole(file: str | Path) -> Iterator[Path]:
    """Give a path to write to; at the end what is there is synced and takes the file's name.

    The folder is made. If the block raises, the file is as it was before.

    Raises:
        OSError: if there is no room; the message says that earlier work is kept.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        _sync(part)
        os.replace(part, file)
        _sync(file.parent)
    except OSError as error:
        _raise_if_full(error, file)
        raise
    finally:
        part.unlink(missing_ok=True)


def write_text(file: str | Path, text: str) -> Path:
    """Write a text file whole or not at all."""
    with whole(file) as part:
        part.write_text(text, encoding="utf-8")
    return Path(file)


def write_arrays(file: str | Path, arrays: Mapping[str, np.ndarray]) -> Path:
    """Write an NPZ file whole or not at all."""
    with whole(file) as part, part.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]
    return Path(file)


class Draft:
    """Where a piece of work writes its files; call it with a name to get a path to write to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts: dict[str, Path] = {}

    def __call__(self, name: str) -> Path:
        """Return where the file of this name is to be written."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)
        self.parts[name] = part
        return part

    def text(self, name: str, text: str) -> None:
        """Write a text file."""
        self(name).write_text(text, encoding="utf-8")

    def arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write an NPZ file."""
        with self(name).open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]


class Store:
    """A folder that one piece of work owns: what was asked for, and what of it is done.

    `store.json` holds the settings that were claimed, and for each finished piece its own
    settings and the size and checksum of its files. A file that is not as it was written is made
    again.

    Args:
        folder: made if it is not there.
        traces: patterns of files that versions without a store left in such a folder; one that
            has them, and no store, is refused when it is claimed.
    """

    def __init__(self, folder: str | Path, traces: tuple[str, ...] = ()) -> None:
        self.folder, self.traces = Path(folder), traces
        self._claimed, self._done = self._read()

    @contextmanager
    def locked(self) -> Iterator[Store]:
        """Hold the folder for this process; the lock ends with the process, however it ends.

        Raises:
            RuntimeError: if another process (or this one) works in the folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / LOCK, "a+b") as file:
            try:
                _lock(file)
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
                    raise
                file.seek(0)
                owner = file.read().decode("ascii", errors="replace").strip() or "another process"
                raise RuntimeError(
                    f"{self.folder} is in use by {owner} at this moment: wait until it has ended, "
                    "or use another folder"
                ) from error
            file.truncate(0)
            file.write(f"process {os.getpid()}".encode("ascii"))
            file.flush()
            self._claimed, self._done = self._read()
            yield self

    def claim(self, what: str, settings: Any, remedy: str = "give a new folder") -> None:
        """Make the folder that of these settings, or refuse one that holds something else.

        Args:
            what: the piece of work in an error, such as "run" or "fit".
            settings: what decides its results; see `settings_of`.
            remedy: what an error asks for.

        Raises:
            ValueError: if the folder was claimed with other settings, or holds work of an earlier
                version.
        """
        differing = self.differing(what, settings)
        if differing:
            shown = ", ".join(differing[:LISTED])
            more = f" and {len(differing) - LISTED} more" if len(differing) > LISTED else ""
            raise ValueError(
                f"{self.folder} holds another {what} ({shown}{more} differ): {remedy}, or "
                "delete this one"
            )
        if self._claimed is None:
            self._claimed = _plain(settings)
            self._save()

    def differing(self, what: str, settings: Any) -> list[str]:
        """Return the keys in which the folder was claimed otherwise; empty if it was not.

        Raises:
            ValueError: if the folder holds work of an earlier version.
        """
        if self._claimed is not None:
            return differing_keys(self._claimed, _plain(settings))
        old = next((found for each in self.traces for found in self.folder.glob(each)), None)
        if old is not None:
            raise ValueError(
                f"{self.folder} holds a {what} that was written by an earlier version: give a new "
                "folder"
            )
        return []

    def release(self) -> None:
        """Forget what was claimed, so that the folder can be claimed for something else."""
        self._claimed = None
        self._save()

    def finished(self, key: str, settings: Any = None) -> list[Path] | None:
        """Return the files of a piece that is done with these settings, None if it is not.

        Files that are missing, or not as they were written, are not returned.
        """
        entry = self._done.get(key)
        if entry is None or differing_keys(entry["settings"], _plain(settings)):
            return None
        for name, written in entry["files"].items():
            file = self.folder / name
            if not file.is_file() or file.stat().st_size != written["bytes"]:
                log.warning("%s is missing or was cut: it is made again", file)
                return None
            if sha256(file) != written["sha256"]:
                log.warning("%s is not as it was written: it is made again", file)
                return None
        return [self.folder / name for name in entry["files"]]

    def once(self, key: str, work: Callable[[Draft], None], settings: Any = None) -> list[Path]:
        """Return the files of a piece of work, done now unless it is done already.

        Args:
            key: names the piece in the folder.
            work: writes its files, each to the path that the draft gives for its name.
            settings: what decides this piece beside the settings that were claimed; with others
                than it was done with, it is done again.
        """
        found = self.finished(key, settings)
        return self.put(key, work, settings) if found is None else found

    def put(self, key: str, work: Callable[[Draft], None], settings: Any = None) -> list[Path]:
        """Do a piece of work, also where it is done already, and return its files.

        Files of the piece that are not written again are deleted once the new ones count, so a
        state that is replaced again and again has a new name each time.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        draft, written = Draft(self.folder), {}
        try:
            work(draft)
            for name, part in draft.parts.items():
                written[name] = {"bytes": part.stat().st_size, "sha256": sha256(part)}
                _sync(part)
            for name, part in draft.parts.items():
                os.replace(part, self.folder / name)
            for folder in {(self.folder / name).parent for name in draft.parts}:
                _sync(folder)
        except OSError as error:
            _raise_if_full(error, self.folder / key)
            raise
        finally:
            for part in draft.parts.values():
                part.unlink(missing_ok=True)
        before = self._done.get(key, {"files": {}})["files"]
        self._done[key] = {"settings": _plain(settings), "files": written}
        self._save()
        for name in before.keys() - written.keys():
            (self.folder / name).unlink(missing_ok=True)
        return [self.folder / name for name in written]

    def _read(self) -> tuple[Any, dict[str, Any]]:
        file = self.folder / FILE
        if not file.exists():
            return None, {}
        try:
            plain = json.loads(file.read_text(encoding="utf-8"))
            if plain["format"] > FORMAT:
                raise ValueError(
                    f"{file} has format {plain['format']}, this molscape reads {FORMAT}: upgrade "
                    "molscape, or give a new folder"
                )
            return plain["settings"], dict(plain["done"])
        except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(
                f"{file} is damaged, so nothing in its folder can be told: give a new folder, or "
                "delete this one"
            ) from error

    def _save(self) -> None:
        plain = {"format": FORMAT, "settings": self._claimed, "done": self._done}
        write_text(self.folder / FILE, json.dumps(plain, indent=1) + "\n")


def _plain(settings: Any) -> Any:
    """Return settings as they are read back from JSON."""
    return json.loads(json.dumps(settings_of(settings)))


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _raise_if_full(error: OSError, file: Path) -> None:
    """Say of a disk that is full what became of earlier work."""
    if error.errno not in _NO_ROOM or "earlier work is kept" in str(error):
        return
    told = (
        f"{error.strerror} while {file.name} was written; earlier work is kept: make room and "
        "start the same command again"
    )
    raise OSError(error.errno, told, str(file)) from error


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    if sys.platform == "win32" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
