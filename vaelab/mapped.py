"""An array that processes share: it lies in a file, which each maps. Who writes into it gets a page of their own."""

import hashlib
import math
import mmap
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

try:
    import fcntl
except ImportError:  # Windows can't put a file in the place of one that is mapped: there each process has its own
    fcntl = None  # type: ignore[assignment]

PATIENCE = 30  # seconds for whoever is making the file; it takes two, and many may be starting on few cores


class NotShared(Exception):
    """Why an array can't come from its file. The message names the file."""


class WrongFile(NotShared):
    """What lies there is not the file, or is nothing to rely on: it may be replaced."""


class SharedArray(NamedTuple):
    """A float32 array and its file.

    folder, name: where it lies, or would; as np.save writes it, so np.load reads it
    sha256: of the whole file. It is checked at each load: a file that was damaged is never taken.
    """

    folder: Path
    name: str
    shape: tuple[int, ...]
    sha256: str

    @property
    def file(self) -> Path:
        """The file, which need not be there."""
        return self.folder / self.name

    @property
    def header(self) -> bytes:
        """What np.save writes before the first number, in 128 bytes. Written here, so that no version changes it."""
        described = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {self.shape}, }}"
        return b"\x93NUMPY\x01\x00\x76\x00" + described.ljust(117).encode() + b"\n"

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return len(self.header) + 4 * math.prod(self.shape)

    def read(self, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The array: mapped from its file if that can be, which is made if it can be; otherwise make()."""
        try:
            return self.made(make)
        except (NotShared, OSError):
            return make()

    def mapped(self) -> np.ndarray:
        """The array, mapped from its file. Raises NotShared or OSError where that can't be."""
        if fcntl is None:
            raise NotShared("On Windows the images are not shared: each process has them in its own memory.")
        with open(self.file, "rb", opener=_without_waiting) as stream:
            return self._checked(stream)

    def made(self, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The array, mapped from its file; made first where it is missing or wrong.

        Of many processes that start together, one does the work, and the others wait for it. Raises NotShared or
        OSError where the file can't be made; then nothing is left behind.
        """
        part = self.folder / f"{self.name}.part"
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                return self.mapped()
            except (WrongFile, FileNotFoundError, PermissionError):
                self._make_folder()
                with open(part, "wb", opener=_to_be_written) as stream:
                    if _is_mine(stream, part):
                        return self._made(stream, part, make)
            if time.monotonic() > give_up:
                raise NotShared(f"{part} has been written by another process for {PATIENCE} seconds.")
            time.sleep(0.05)

    def _made(self, stream: BinaryIO, part: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
        try:
            try:
                array = self.mapped()  # another process may just have finished
                part.unlink()
                return array
            except (WrongFile, PermissionError):
                self.file.unlink()  # before the work: where it can't be, the work is not worth its time
            except FileNotFoundError:
                pass
            disk = os.statvfs(self.folder)
            if disk.f_bavail * disk.f_frsize < 2 * self.size:
                raise NotShared(f"The disk of {self.folder} has less than {2 * self.size:,} bytes left.")
            stream.truncate(0)
            stream.write(self.header)
            stream.write(make().data)
            stream.flush()
            os.fsync(stream.fileno())  # or the name could outlast a crash of the machine, and the contents not
            os.fchmod(stream.fileno(), 0o444)
            with open(part, "rb") as again:
                array = self._checked(again)
            os.replace(part, self.file)
            return array
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def _make_folder(self) -> None:
        """The folder, not those above it; everybody may read in it, whatever the umask."""
        with suppress(FileExistsError):
            self.folder.mkdir()
            self.folder.chmod(0o755)

    def _checked(self, stream: BinaryIO) -> np.ndarray:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise WrongFile(f"{self.file} is no file of numbers.")
        if found.st_mode & 0o022 or found.st_uid not in {0, os.geteuid(), os.stat(__file__).st_uid}:
            raise WrongFile(f"{self.file} can be changed by others: it must belong to root, or to whoever reads it.")
        if found.st_size != self.size:
            raise WrongFile(f"{self.file} holds {found.st_size:,} bytes instead of {self.size:,}.")
        contents = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
        if (sha256 := hashlib.sha256(contents).hexdigest()) != self.sha256:
            contents.close()
            raise WrongFile(f"{self.file} has the SHA-256 {sha256} instead of {self.sha256}.")
        return np.frombuffer(contents, "<f4", offset=len(self.header)).reshape(self.shape)


def _without_waiting(path: str, flags: int) -> int:
    """For `open`: a pipe would wait for someone who writes into it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _to_be_written(path: str, flags: int) -> int:
    """For `open`: the file as it is, another process may be writing it; and no link to somewhere else."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)


def _is_mine(stream: BinaryIO, path: Path) -> bool:
    """Whether this process alone may write the file now; it is unlocked when it is closed, or the process killed."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found, there = os.fstat(stream.fileno()), os.lstat(path)
    except (BlockingIOError, FileNotFoundError):
        return False
    if (found.st_dev, found.st_ino) != (there.st_dev, there.st_ino):
        return False  # it has been finished, or taken away, since it was opened
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1:
        path.unlink()  # the next try makes it anew: into a file with another name or owner, nothing is written
        return False
    return True
