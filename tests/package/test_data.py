import copy
import gzip
import hashlib
import pickle
import re
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import vaelab as vl
from vaelab import data, prepare

README = data.MNIST_ROOT / "README.md"
NAMES = list(data.SHA256)
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = NAMES


def write_idx(path: Path, magic: int, shape: tuple[int, ...], payload: bytes | None = None) -> None:
    header = magic.to_bytes(4, "big") + b"".join(n.to_bytes(4, "big") for n in shape)
    size = 1
    for n in shape:
        size *= n
    raw = header + (bytes(i % 256 for i in range(size)) if payload is None else payload)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


@pytest.fixture
def small(tmp_path):
    """A data set in MNIST's format: 6 and 4 images of 3 x 3."""
    for images, labels, count in ((TRAIN_IMAGES, TRAIN_LABELS, 6), (TEST_IMAGES, TEST_LABELS, 4)):
        write_idx(tmp_path / images, data.IMAGES_MAGIC, (count, 3, 3))
        write_idx(tmp_path / labels, data.LABELS_MAGIC, (count,))
    return tmp_path


def test_mnist_is_the_real_one(mnist):
    assert mnist.train.images.shape == (60_000, 784) and mnist.test.images.shape == (10_000, 784)
    assert mnist.train.images.dtype == torch.float32 and mnist.train.labels.dtype == torch.int64
    assert mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert torch.bincount(mnist.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (mnist.train.images.min(), mnist.train.images.max()) == (0, 1)
    assert mnist.train.images.mean().item() == pytest.approx(0.1307, abs=1e-4)  # the mean that everyone normalises with
    assert mnist.train.images.std().item() == pytest.approx(0.3081, abs=1e-4)


def test_loads_from_any_folder_in_a_second(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seconds = []
    for _ in range(3):
        began = time.process_time()
        vl.load_mnist()
        seconds.append(time.process_time() - began)
    assert min(seconds) < 1.5  # 0.6 s of the processor, however busy the machine is


def test_mnists_images_are_shared_and_who_writes_has_a_copy(mnist):
    """As far as this folder may be written: otherwise each has them in memory, and the rest holds all the same."""
    again = vl.load_mnist()
    for split, name in zip(again, data.DECODED, strict=True):
        assert np.array_equal(split.images.numpy(), data.own_images(name))
        assert split.images.is_contiguous() and not split.images.is_shared()
    before = mnist.train.images[:100].clone()
    again.train.images[0] = 7
    again.train.images[1:50].mul_(-1).clamp_(max=-1)
    again.train.images[50:100].numpy()[:] = 3
    assert (again.train.images[:100].mean(1) == torch.tensor([7.0] + 49 * [-1.0] + 50 * [3.0])).all()
    assert torch.equal(mnist.train.images[:100], before)
    assert torch.equal(vl.load_mnist().train.images[:100], before)


def test_shared_images_are_tensors_as_any_other(mnist, tmp_path):
    split = vl.Split(mnist.test.images[:20], mnist.test.labels[:20])
    assert torch.equal(pickle.loads(pickle.dumps(mnist.test)).images, mnist.test.images)
    torch.save(split.images.clone(), tmp_path / "slice.pt")
    assert torch.equal(torch.load(tmp_path / "slice.pt"), split.images)
    loader = DataLoader(TensorDataset(*split), batch_size=8, num_workers=2)
    assert torch.equal(torch.cat([x for x, _ in loader]), split.images)
    common = vl.load_mnist().test.images.share_memory_()
    assert common.is_shared() and torch.equal(common, mnist.test.images)
    assert torch.equal(copy.deepcopy(split).images, split.images)
    weights = torch.zeros(784, requires_grad=True)
    (split.images @ weights).sum().backward()
    assert torch.allclose(weights.grad, split.images.sum(0))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A folder for the shared images, with those of the test set in it."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("VAELAB_CACHE", str(folder))
    data.shared_images(TEST_IMAGES).made(lambda: data.own_images(TEST_IMAGES))
    return folder


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"<html>404</html>")])
@pytest.mark.parametrize("name", NAMES)
def test_shared_images_hide_no_fault_of_the_archives(tmp_path, cache, monkeypatch, spoil, name):
    for each in NAMES:
        shutil.copy(data.MNIST_ROOT / each, tmp_path)
    spoil(tmp_path / name)
    monkeypatch.setattr(data, "MNIST_ROOT", tmp_path)
    with pytest.raises((data.MissingFile, data.AlteredFile), match=f"{name}.*git checkout"):
        vl.load_mnist()
    assert [path.name for path in cache.iterdir()] == [f"t10k-images-{data.SHA256[TEST_IMAGES][:16]}.npy"]


def test_a_folder_of_ones_own_for_the_shared_images_may_be_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VAELAB_CACHE", "~/mine")
    assert data.shared_images(TEST_IMAGES).folder == tmp_path / "mine"
    monkeypatch.setenv("VAELAB_CACHE", "")
    assert data.shared_images(TEST_IMAGES).folder == data.MNIST_ROOT / "__pycache__"


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is shared on Windows")
def test_an_administrator_is_told_where_the_images_lie_or_why_they_cannot(cache, monkeypatch, capsys):
    only_test = {TEST_IMAGES: data.DECODED[TEST_IMAGES]}  # the others are 188 MB
    monkeypatch.setattr(data, "DECODED", only_test)
    assert prepare.main() == 0
    (file,) = cache.iterdir()
    assert capsys.readouterr().out.splitlines()[0] == f"{file}: 31 MB, shared by all who may read it"
    cache.chmod(0o700)
    assert prepare.main() == 0
    assert f"Only some users may enter {cache}" in capsys.readouterr().out
    monkeypatch.setenv("VAELAB_CACHE", str(file))
    assert prepare.main() == 1
    said = capsys.readouterr().err
    assert "can't be made: " in said and "Not a directory" in said and "VAELAB_CACHE" in said and str(file) in said


def test_binarize_draws_each_pixel_with_its_grey_value(mnist):
    once, again, other = (vl.load_mnist(binarize=seed).test.images for seed in (0, 0, 1))
    assert set(once.unique().tolist()) == {0, 1}
    assert torch.equal(once, again) and not torch.equal(once, other)
    grey = mnist.test.images
    standard_error = (grey * (1 - grey)).sum().sqrt() / grey.numel()
    assert abs(once.mean() - grey.mean()) < 5 * standard_error


def test_binarize_leaves_the_global_random_state_alone():
    state = torch.get_rng_state()
    vl.load_mnist(binarize=3)
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("wrong", [True, 0.5, "0"])
def test_binarize_takes_a_seed(wrong):
    with pytest.raises(TypeError, match="seed"):
        vl.load_mnist(binarize=wrong)


def test_numpys_whole_numbers_are_seeds(small):
    once, again = (vl.load_mnist(small, binarize=seed).train.images for seed in (3, np.int64(3)))
    assert torch.equal(once, again)


@pytest.mark.parametrize("packed", [True, False])
def test_root_reads_any_data_set_of_the_same_format(small, packed):
    if not packed:
        for name in NAMES:
            (small / name.removesuffix(".gz")).write_bytes(gzip.decompress((small / name).read_bytes()))
            (small / name).unlink()
    read = vl.load_mnist(small)
    assert read.train.images.shape == (6, 9) and read.test.labels.shape == (4,)
    assert read.train.images[0].mul(255).round().tolist() == list(range(9))
    assert vl.load_mnist(str(small)).train.labels.tolist() == list(range(6))


@pytest.mark.parametrize("ending", [".gz", ""])
@pytest.mark.parametrize(
    "folder, name",
    [
        ("", "{split}-{kind}.idx{n}-ubyte"),  # as Kaggle has them
        ("", "emnist-digits-{split}-{kind}-idx{n}-ubyte"),
        ("MNIST/raw", "{split}-{kind}-idx{n}-ubyte"),  # below the folder that torchvision was given
        ("raw", "{split}-{kind}-idx{n}-ubyte"),
    ],
)
def test_the_names_that_others_give_the_files(small, tmp_path, folder, name, ending):
    target = tmp_path / "theirs" / folder
    target.mkdir(parents=True)
    for ours in NAMES:
        split, kind, idx = ours.split("-")[:3]
        split = "test" if split == "t10k" and "emnist" in name else split
        packed = (small / ours).read_bytes()
        theirs = target / (name.format(split=split, kind=kind, n=idx[3]) + ending)
        theirs.write_bytes(packed if ending else gzip.decompress(packed))
    assert read_shapes(tmp_path / "theirs") == [(6, 9), (6,), (4, 9), (4,)]


def read_shapes(root):
    return [tuple(tensor.shape) for split in vl.load_mnist(root) for tensor in split]


def test_home_may_be_a_tilde(small, monkeypatch):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(small.parent))
    assert read_shapes(f"~/{small.name}") == read_shapes(small)


def test_mnists_own_names_go_before_others_and_of_two_other_sets_none_is_guessed(small):
    for name in NAMES:
        for letters in ("emnist-letters-", "emnist-digits-"):
            (small / (letters + name)).write_bytes(b"something else")
    assert read_shapes(small)[0] == (6, 9)
    for name in NAMES:
        (small / name).unlink()
    with pytest.raises(data.DataError, match=r"several data sets: emnist-digits-\*, emnist-letters-\*.*of their own"):
        vl.load_mnist(small)


def test_missing_file(small):
    (small / TEST_LABELS).unlink()
    with pytest.raises(data.MissingFile, match=rf"{TEST_LABELS} is not there.*{TEST_IMAGES}, {TRAIN_IMAGES}.*root="):
        vl.load_mnist(small)


def test_a_folder_without_the_files_is_told_what_it_holds(tmp_path):
    with pytest.raises(data.MissingFile, match="folder holds nothing"):
        vl.load_mnist(tmp_path)
    for i in range(8):
        (tmp_path / f"{i}.png").touch()
    with pytest.raises(data.MissingFile, match=rf"{TRAIN_IMAGES} is not there.*holds 0\.png.*5\.png, and 2 more"):
        vl.load_mnist(tmp_path)
    with pytest.raises(data.MissingFile, match=r"0\.png is a file.*root="):
        vl.load_mnist(tmp_path / "0.png")
    with pytest.raises(data.MissingFile, match=r"nowhere is not there.*root="):
        vl.load_mnist(tmp_path / "nowhere")


def test_root_is_a_folder(small):
    for wrong in (3, True, vl.load_mnist(small), [str(small)], b"mnist"):
        with pytest.raises(TypeError, match=rf"root takes the folder.*got {type(wrong).__name__}$"):
            vl.load_mnist(wrong)


@pytest.mark.parametrize(
    "wrong, error, said",
    [
        (torch.tensor([0.5, 1.5]), ValueError, r"\[0, 1\].*got 0.5 to 1.5"),
        (torch.tensor([-0.5, 0.5]), ValueError, r"\[0, 1\].*got -0.5 to 0.5"),
        (torch.tensor([0.5, float("nan")]), ValueError, r"\[0, 1\].*got nan"),
        (torch.tensor([0, 255]), TypeError, r"floating-point.*got a tensor \(2,\) of int64"),
        ([0.5], TypeError, r"must be a tensor.*got a list of 1, \[0.5\].*torch.tensor\(images\)"),
        (np.ones(3), TypeError, r"must be a tensor.*got a NumPy array.*from_numpy"),
    ],
)
def test_binarized_says_what_it_takes(wrong, error, said):
    with pytest.raises(error, match=said):
        vl.binarized(wrong)


def test_a_seed_is_no_generator():
    with pytest.raises(TypeError, match=r"generator must be a torch.Generator.*got 0"):
        vl.binarized(torch.rand(3), 0)


def test_binarized_keeps_shape_and_type():
    for images in (torch.ones(0, 784), torch.ones(2, 1, 3, 3, dtype=torch.float64), torch.ones(()).half()):
        assert torch.equal(drawn := vl.binarized(images), images) and drawn.dtype == images.dtype


def test_truncated_gzip(small):
    path = small / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(data.TruncatedFile, match=f"{TRAIN_IMAGES}.*again"):
        vl.load_mnist(small)


@pytest.mark.parametrize("kept", [0, 3, 10, 50])
def test_truncated_contents(small, kept):
    path = small / TRAIN_IMAGES
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:kept]))
    with pytest.raises(data.TruncatedFile, match=rf"{TRAIN_IMAGES} holds {kept} bytes"):
        vl.load_mnist(small)


def test_no_images_at_all(small):
    write_idx(small / TRAIN_IMAGES, data.IMAGES_MAGIC, (0, 3, 3))
    with pytest.raises(data.TruncatedFile, match=f"{TRAIN_IMAGES}.*holds nothing"):
        vl.load_mnist(small)


def test_an_unpacked_file_does_not_slip_past_the_checksum(tmp_path, monkeypatch):
    for name in NAMES:
        shutil.copy(data.MNIST_ROOT / name, tmp_path)
    (tmp_path / TEST_LABELS.removesuffix(".gz")).write_bytes(gzip.decompress((tmp_path / TEST_LABELS).read_bytes()))
    (tmp_path / TEST_LABELS).unlink()
    monkeypatch.setattr(data, "MNIST_ROOT", tmp_path)
    with pytest.raises(data.MissingFile, match=f"{TEST_LABELS}.*git checkout"):
        vl.load_mnist()


def test_bytes_too_many(small):
    path = small / TRAIN_LABELS
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + b"more"))
    with pytest.raises(data.AlteredFile, match=f"{TRAIN_LABELS}.*more than"):
        vl.load_mnist(small)


def test_altered_gzip(small):
    path = small / TRAIN_IMAGES
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2] ^= 0xFF
    path.write_bytes(packed)
    with pytest.raises(data.AlteredFile, match=f"{TRAIN_IMAGES}.*not a sound gzip"):
        vl.load_mnist(small)


def test_wrong_magic_number(small):
    shutil.copy(small / TRAIN_LABELS, small / TRAIN_IMAGES)
    with pytest.raises(data.WrongMagicNumber, match=rf"{TRAIN_IMAGES}.*0x00000801.*0x00000803.*swapped"):
        vl.load_mnist(small)


def test_counts_that_differ(small):
    write_idx(small / TRAIN_LABELS, data.LABELS_MAGIC, (5,))
    with pytest.raises(data.CountMismatch, match=r"6 images.*5 labels"):
        vl.load_mnist(small)


@pytest.mark.parametrize(
    "spoil, error",
    [
        (lambda packed: packed[:1000], data.TruncatedFile),
        (lambda packed: gzip.compress(gzip.decompress(packed)[:-1] + b"\x09"), data.AlteredFile),
        (lambda packed: b"<html>404</html>", data.AlteredFile),
    ],
)
def test_the_committed_files_are_held_against_their_checksum(tmp_path, monkeypatch, spoil, error):
    for name in NAMES:
        shutil.copy(data.MNIST_ROOT / name, tmp_path)
    (tmp_path / TEST_LABELS).write_bytes(spoil((data.MNIST_ROOT / TEST_LABELS).read_bytes()))
    monkeypatch.setattr(data, "MNIST_ROOT", tmp_path)
    with pytest.raises(error, match=f"{TEST_LABELS}.*git checkout"):
        vl.load_mnist()


def test_the_data_readme_gives_the_true_checksums():
    rows = re.findall(r"`(\S+\.gz)` \| `([0-9a-f]{64})` \| `([0-9a-f]{64})`", README.read_text())
    assert {name: of_file for name, of_file, _ in rows} == data.SHA256
    for name, of_file, of_contents in rows:
        packed = (data.MNIST_ROOT / name).read_bytes()
        assert hashlib.sha256(packed).hexdigest() == of_file
        assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == of_contents
