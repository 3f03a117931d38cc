"""An array in a file that processes share: whatever lies there, and whoever is doing what, the numbers are right."""

import hashlib
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from vaelab import mapped
from vaelab.mapped import NotShared, SharedArray, WrongFile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is shared on Windows")
needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root is several users")

SHAPE = (1000, 784)
ANOTHER, STUDENT = 65432, 54321


def numbers() -> np.ndarray:
    return (np.arange(784_000, dtype=np.float32) % 256 / np.float32(255)).reshape(SHAPE)


def never() -> np.ndarray:
    raise AssertionError("the file should have been taken")


# Root's process becomes a student's. Its Python may lie where a student can't start it, so not before it runs.
AS_STUDENT = f"os.setgroups([]); os.setgid({STUDENT}); os.setuid({STUDENT})\n"

SHA256 = hashlib.sha256(SharedArray(Path(), "", SHAPE, "").header + numbers().tobytes()).hexdigest()

# A process of its own, which has this module and NumPy but not torch: it starts in a tenth of a second.
PROCESS = f"""
import os, signal, sys, time
from pathlib import Path
import numpy as np
sys.path.append(sys.argv[1])
from mapped import SharedArray
shared = SharedArray(Path(sys.argv[2]), "numbers.npy", {SHAPE}, {SHA256!r})
def make():
    print("made", flush=True)
    return (np.arange(784_000, dtype=np.float32) % 256 / np.float32(255)).reshape(shared.shape)
"""


@pytest.fixture
def shared(tmp_path):
    return SharedArray(tmp_path / "folder", "numbers.npy", SHAPE, SHA256)


@pytest.fixture
def public():
    """A folder that all users of the machine may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    shutil.copy(mapped.__file__, folder)
    yield folder
    shutil.rmtree(folder)


def start(code: str, folder: Path, module: Path | None = None, **options) -> subprocess.Popen:
    where = module or Path(mapped.__file__).parent
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS + code, where, folder], stdout=subprocess.PIPE, text=True, **options
    )


def names(shared: SharedArray) -> list[str]:
    return sorted(path.name for path in shared.folder.iterdir())


def is_mapped(array: np.ndarray) -> bool:
    while isinstance(array, np.ndarray) and array.base is not None:
        array = array.base
    return isinstance(array, memoryview) and isinstance(array.obj, mmap.mmap)


def test_the_file_is_made_once_and_then_taken(shared):
    first = shared.read(numbers)
    second = shared.read(never)
    assert names(shared) == ["numbers.npy"]
    for array in (first, second, np.load(shared.file)):
        assert array.dtype == np.float32 and np.array_equal(array, numbers())
    assert is_mapped(first) and is_mapped(second) and not is_mapped(numbers())


def test_it_is_what_numpy_writes(shared, tmp_path):
    shared.read(numbers)
    np.save(tmp_path / "theirs.npy", numbers())
    assert shared.file.read_bytes() == (tmp_path / "theirs.npy").read_bytes()
    assert shared.size == shared.file.stat().st_size


def test_who_writes_has_a_copy_of_their_own(shared):
    mine, yours = shared.read(numbers), shared.read(never)
    mine[:500] = 7
    assert (mine[:500] == 7).all() and np.array_equal(mine[500:], numbers()[500:])
    assert np.array_equal(yours, numbers()) and np.array_equal(shared.read(never), numbers())


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_all_may_read_it_and_nobody_write_whatever_the_umask(shared, umask):
    before = os.umask(umask)
    try:
        shared.read(numbers)
    finally:
        os.umask(before)
    assert shared.file.stat().st_mode & 0o777 == 0o444
    assert shared.folder.stat().st_mode & 0o777 == 0o755


def flipped(file):
    contents = bytearray(file.read_bytes())
    contents[len(contents) // 2] ^= 1
    replaced(file, contents)


def replaced(file, contents):
    file.unlink()
    file.write_bytes(contents)


def other_type(file):
    file.unlink()
    np.save(file, numbers().astype(np.float64))


def other_shape(file):
    file.unlink()
    np.save(file, numbers().reshape(784, 1000))  # of the same size


def unreadable(file):
    file.chmod(0)


def pipe(file):
    file.unlink()
    os.mkfifo(file)


def dangling(file):
    file.unlink()
    file.symlink_to("nowhere")


WRONG = [
    flipped,
    lambda file: replaced(file, file.read_bytes()[:-1000]),
    lambda file: replaced(file, bytes(file.stat().st_size)),
    lambda file: replaced(file, b""),
    other_type,
    other_shape,
    pipe,
    dangling,
    unreadable,
    lambda file: file.chmod(0o666),
    lambda file: file.chmod(0o664),
]


@pytest.mark.parametrize("spoil", WRONG)
def test_a_wrong_file_is_replaced_and_hurts_nobody_who_has_mapped_the_right_one(shared, spoil):
    before = shared.read(numbers)
    spoil(shared.file)
    if spoil is unreadable and os.geteuid() == 0:
        assert is_mapped(shared.mapped())  # root reads everything
        return
    with pytest.raises((WrongFile, FileNotFoundError, PermissionError)):
        shared.mapped()
    assert is_mapped(after := shared.read(numbers)) and np.array_equal(after, numbers())
    assert np.array_equal(before, numbers())
    assert is_mapped(shared.read(never)) and names(shared) == ["numbers.npy"] and not shared.file.is_symlink()


def test_a_folder_of_that_name_is_left_alone(shared):
    (shared.file / "something").mkdir(parents=True)
    assert np.array_equal(shared.read(numbers), numbers())
    assert names(shared) == ["numbers.npy"] and (shared.file / "something").is_dir()


def test_a_link_to_itself_and_a_file_in_the_place_of_the_folder(shared):
    shared.folder.mkdir()
    shared.file.symlink_to(shared.file)
    assert np.array_equal(shared.read(numbers), numbers()) and names(shared) == ["numbers.npy"]
    inside = shared._replace(folder=Path(__file__))
    assert np.array_equal(inside.read(numbers), numbers())
    nowhere = shared._replace(folder=shared.folder / "no" / "where")  # what is misspelled is not made
    assert np.array_equal(nowhere.read(numbers), numbers()) and not nowhere.folder.exists()


def test_numbers_that_are_not_the_right_ones_are_not_kept(shared):
    """Another processor's rounding, say: whoever made them has them, and others are not given them."""
    others = numbers() + 1e-7
    assert np.array_equal(shared.read(lambda: others), others)
    assert names(shared) == []
    with pytest.raises(WrongFile, match=r"SHA-256 [0-9a-f]{64} instead of"):
        shared.made(lambda: others)


def test_an_error_in_the_making_is_the_callers_and_leaves_nothing(shared):
    with pytest.raises(AssertionError, match="should have been taken"):
        shared.read(never)
    assert names(shared) == []


def test_a_disk_that_fills_up_in_the_middle(shared):
    """A limit on a file's length: the write fails after a megabyte, as it does on a full disk."""
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
print(shared.read(make).sum())
"""
    said = start(code, shared.folder).communicate()[0].split()
    assert said == ["made", "made", str(numbers().sum())] and names(shared) == []


def test_a_disk_that_is_almost_full_is_left_as_it_is(shared, monkeypatch):
    real = os.statvfs

    def full(folder):
        found = list(real(folder))
        found[4] = 2 * shared.size // found[1]  # blocks left, of found[1] bytes each
        return os.statvfs_result(found)

    monkeypatch.setattr(os, "statvfs", full)
    with pytest.raises(NotShared, match=r"has less than 6,272,\d+ bytes left"):
        shared.made(never)
    assert np.array_equal(shared.read(numbers), numbers()) and names(shared) == []


def test_of_thirty_that_start_together_one_makes_it(shared):
    code = """
print("ready", flush=True)
sys.stdin.readline()
array = shared.read(make)
print(array.sum(), type(array.base.base.obj).__name__)
"""
    processes = [start(code, shared.folder, stdin=subprocess.PIPE) for _ in range(30)]
    assert all(process.stdout.readline() == "ready\n" for process in processes)
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0].splitlines() for process in processes]
    assert [lines[-1] for lines in said] == [f"{numbers().sum()!s} mmap"] * 30
    assert sum("made" in lines for lines in said) == 1
    assert names(shared) == ["numbers.npy"]


STOPS = {
    "while it decodes": "def make():\n    print('here', flush=True); time.sleep(60)\n",
    "while it writes": "os.fsync = lambda _: (print('here', flush=True), time.sleep(60))\n",
    "before it has its name": "os.replace = lambda *_: (print('here', flush=True), time.sleep(60))\n",
}


@pytest.mark.parametrize("moment", STOPS)
def test_killed_in_the_middle_the_next_one_makes_it(shared, moment, monkeypatch):
    process = start(STOPS[moment] + "shared.read(make)", shared.folder)
    while process.stdout.readline() != "here\n":
        pass
    monkeypatch.setattr(mapped, "PATIENCE", 0.2)
    with pytest.raises(NotShared, match=r"numbers\.npy\.part has been written by another process"):
        shared.made(never)
    assert np.array_equal(shared.read(numbers), numbers())  # who waited long enough has it in memory
    process.kill()
    process.wait()
    assert names(shared) == ["numbers.npy.part"]
    assert is_mapped(shared.read(numbers)) and names(shared) == ["numbers.npy"]


def test_interrupted_it_leaves_nothing(shared):
    code = """
signal.signal(signal.SIGINT, signal.default_int_handler)
os.fsync = lambda _: (print("here", flush=True), time.sleep(60))
shared.read(make)
"""
    process = start(code, shared.folder, stderr=subprocess.DEVNULL)
    while process.stdout.readline() != "here\n":
        pass
    process.send_signal(signal.SIGINT)
    assert process.wait() != 0 and names(shared) == []


def test_who_waits_gets_it_as_soon_as_it_is_there(shared):
    slow = start("def slow():\n    array = make(); time.sleep(2); return array\nshared.read(slow)", shared.folder)
    assert slow.stdout.readline() == "made\n"
    assert is_mapped(shared.read(never))
    assert slow.wait() == 0 and names(shared) == ["numbers.npy"]


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_nothing_is_written_into_a_file_that_is_linked_there(shared, tmp_path, link):
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("mine")
    shared.folder.mkdir()
    link(thesis, shared.folder / "numbers.npy.part")
    assert np.array_equal(shared.read(numbers), numbers())
    assert thesis.read_text() == "mine"


def test_a_link_to_nowhere_is_not_followed(shared, tmp_path):
    shared.folder.mkdir()
    (shared.folder / "numbers.npy.part").symlink_to(tmp_path / "elsewhere")
    assert np.array_equal(shared.read(numbers), numbers()) and not (tmp_path / "elsewhere").exists()


def test_a_leftover_that_is_too_long_is_cut(shared):
    shared.folder.mkdir()
    (shared.folder / "numbers.npy.part").write_bytes(bytes(2 * shared.size))
    assert is_mapped(shared.made(numbers)) and names(shared) == ["numbers.npy"]


def test_who_opened_it_before_another_finished_does_not_write_into_the_finished_one(shared):
    part = shared.folder / "numbers.npy.part"
    shared.folder.mkdir()
    with open(part, "wb") as mine:
        assert mapped._is_mine(mine, part)
    with open(part, "wb") as late:
        part.rename(shared.file)
        assert not mapped._is_mine(late, part)
        part.touch()
        assert not mapped._is_mine(late, part)


def test_who_finds_it_finished_takes_it_and_clears_up(shared):
    part = shared.folder / "numbers.npy.part"
    shared.made(numbers)
    with open(part, "wb") as stream:
        assert is_mapped(shared._made(stream, part, never))
    assert names(shared) == ["numbers.npy"]


@pytest.mark.parametrize(
    "spoil, said",
    [
        (pipe, "is no file of numbers"),
        (lambda file: file.chmod(0o646), "can be changed by others: it must belong to root"),
        (lambda file: replaced(file, b"x"), "holds 1 bytes instead of 3,136,128"),
        (flipped, "has the SHA-256 [0-9a-f]{64} instead of"),
    ],
)
def test_what_is_wrong_is_said(shared, spoil, said):
    shared.read(numbers)
    spoil(shared.file)
    with pytest.raises(WrongFile, match=rf"numbers\.npy {said}"):
        shared.mapped()


def test_in_a_folder_that_may_only_be_read(shared, public):
    folder = public / "folder"
    folder.mkdir(mode=0o555)
    become = AS_STUDENT if os.geteuid() == 0 else ""
    for expected in (["made"], []):
        said = start(become + "print(shared.read(make).sum())", folder, public).communicate()[0].split()
        assert said == [*expected, str(numbers().sum())]
        if os.geteuid() != 0:
            folder.chmod(0o755)
        if expected:  # now the administrator does it
            shared._replace(folder=folder).made(numbers)
        folder.chmod(0o555)
    assert [path.name for path in folder.iterdir()] == ["numbers.npy"]


@needs_root
@pytest.mark.parametrize(
    "owner, package, taken", [(0, ANOTHER, True), (STUDENT, 0, True), (ANOTHER, ANOTHER, True), (ANOTHER, 0, False)]
)
def test_only_a_file_of_root_of_ones_own_or_of_the_packages_owner_is_relied_on(public, owner, package, taken):
    shared = SharedArray(public, "numbers.npy", SHAPE, SHA256)
    shared.made(numbers)
    os.chown(shared.file, owner, owner)
    os.chown(public / "mapped.py", package, package)
    said = start(AS_STUDENT + "print(shared.read(make).sum())", public, public).communicate()[0].split()
    assert ("made" not in said) == taken and said[-1] == str(numbers().sum())


@needs_root
def test_a_leftover_of_somebody_else_is_never_written_into(public):
    """Root makes it anew; a student who may not, has the numbers in memory."""
    folder = public / "folder"
    folder.mkdir()
    folder.chmod(0o777)
    leftover = folder / "numbers.npy.part"
    leftover.write_text("theirs")
    leftover.chmod(0o600)
    said = start(AS_STUDENT + "print(shared.read(make).sum())", folder, public).communicate()[0].split()
    assert said == ["made", str(numbers().sum())]
    assert leftover.read_text() == "theirs"
    os.chown(leftover, STUDENT, STUDENT)
    held = leftover.open()
    assert is_mapped(SharedArray(folder, "numbers.npy", SHAPE, SHA256).read(numbers))
    assert held.read() == "theirs" and [path.name for path in folder.iterdir()] == ["numbers.npy"]
    held.close()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
def test_pages_are_shared_and_a_page_that_is_written_is_not(shared):
    code = """
array = shared.read(make)
def dirty():
    lines = Path("/proc/self/smaps").read_text().split("numbers.npy")[1].splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))
print(dirty())
array.sum(); print(dirty())
array[:500] = 0; print(dirty())
sys.stdin.readline()
"""
    shared.made(numbers)
    process = start(code, shared.folder, stdin=subprocess.PIPE)
    after_loading, after_reading, after_writing = (int(process.stdout.readline()) for _ in range(3))
    assert after_loading == after_reading == 0
    assert 1531 <= after_writing <= 1540  # 500 rows of 3,136 bytes, in pages of 4 kB
    began = time.monotonic()
    assert np.array_equal(shared.read(never), numbers()) and time.monotonic() - began < 5
    process.communicate("go\n")


def test_windows_has_them_in_memory(shared, monkeypatch):
    monkeypatch.setattr(mapped, "fcntl", None)
    with pytest.raises(NotShared, match="Windows"):
        shared.made(never)
    assert np.array_equal(shared.read(numbers), numbers()) and not shared.folder.exists()
