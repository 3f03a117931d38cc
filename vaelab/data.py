"""MNIST's idx files, read into tensors. No network is used: the four files come with the course."""

import gzip
import hashlib
import os
import re
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vaelab import arguments
from vaelab.mapped import SharedArray

# A wheel holds them inside the package. In a checkout, which an editable install runs from, they lie beside it.
PACKAGE = Path(__file__).parent
INSTALLED = (PACKAGE / "mnist").is_dir()
MNIST_ROOT = PACKAGE / "mnist" if INSTALLED else PACKAGE.parent / "data" / "mnist"

SHA256 = {
    "train-images-idx3-ubyte.gz": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train-labels-idx1-ubyte.gz": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "t10k-images-idx3-ubyte.gz": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "t10k-labels-idx1-ubyte.gz": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}

# Of MNIST's own images as float32 in [0, 1]: how many, and the SHA-256 of their file. x / 255 is the same everywhere.
DECODED = {
    "train-images-idx3-ubyte.gz": (60_000, "b5afba5c829d8efe7ba191c5297f834bbd671952fec18d080a2974011469b2bf"),
    "t10k-images-idx3-ubyte.gz": (10_000, "83e9f6c6c14ce71b1bddff849cc0299299ed449995a8c2019effa30235a049a3"),
}

IMAGES_MAGIC = 0x00000803  # unsigned bytes in three dimensions: image, row, column
LABELS_MAGIC = 0x00000801  # unsigned bytes in one

# MNIST's own names, Kaggle's (train-images.idx3-ubyte) and EMNIST's (emnist-digits-test-images-idx3-ubyte.gz).
USUAL_NAME = re.compile(r"(|.*-)(train|t10k|test)-(images|labels)[-.]idx([13])-ubyte(?:\.gz)?")


class DataError(Exception):
    """A data file that can't be used. The message names the file, what was expected and what to do."""


class MissingFile(DataError):
    """The file is not there."""


class TruncatedFile(DataError):
    """The file ends before the data that its header announces."""


class AlteredFile(DataError):
    """The file's bytes are not what they were."""


class WrongMagicNumber(DataError):
    """The file is of another kind than its name says."""


class CountMismatch(DataError):
    """There are not as many labels as images."""


class Split(NamedTuple):
    """One half of a data set.

    images: (N, rows * columns) float32 in [0, 1], one row per image, 0 the background
    labels: (N,) int64
    """

    images: Tensor
    labels: Tensor

    def __repr__(self) -> str:
        return f"Split(images: {tuple(self.images.shape)} in [0, 1], labels: {tuple(self.labels.shape)})"


class Dataset(NamedTuple):
    """A data set to train on and the held-out set to judge by."""

    train: Split
    test: Split

    def __repr__(self) -> str:
        return f"Dataset(\n    train={self.train},\n    test={self.test},\n)"


def load_mnist(root: str | os.PathLike[str] | None = None, *, binarize: int | None = None) -> Dataset:
    """MNIST's 60,000 training and 10,000 test images with their labels.

    root: a folder with four files of the same format (Fashion-MNIST, KMNIST, EMNIST), gzipped or not, with the names
        of MNIST, Kaggle or EMNIST; or the folder that torchvision was given, in which they lie in MNIST/raw.
        Without it the MNIST that comes with the course is read, and held against its SHA-256.
    binarize: a seed. Every pixel x becomes 1 with probability x and 0 otherwise, once and for all (see `binarized`).

    The MNIST that comes with the course is shared by all processes of a machine where that can be: its images lie in a
    file beside it, or in the folder that the environment variable VAELAB_CACHE names, which is made by the first that
    may (`python -m vaelab.prepare`). Whoever writes into the images writes into a copy of their own.

    EMNIST's images lie on their side, in its files as here: images.view(-1, 28, 28).mT.flatten(1) stands them up.

    Raises `DataError`, or one of its kinds: `MissingFile`, `TruncatedFile`, `AlteredFile`, `WrongMagicNumber`,
    `CountMismatch`. Raises TypeError for a root that is no folder's name and a seed that is no whole number.

    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998.

    >>> mnist = load_mnist()
    >>> mnist.train
    Split(images: (60000, 784) in [0, 1], labels: (60000,))
    """
    if binarize is not None:
        binarize = arguments.whole_number("binarize, a seed,", binarize, least=0)
    if not isinstance(root, str | os.PathLike | None):
        raise TypeError(
            'root takes the folder that holds the four files, such as "~/fashion-mnist", or None for the MNIST that '
            f"comes with the course; got {type(root).__name__}"
        )
    files = [MNIST_ROOT / name for name in SHA256] if root is None else _files_in(Path(root).expanduser())
    checksums = SHA256 if root is None else {}
    packed = [_read_bytes(path, checksums.get(path.name)) for path in files]
    train, test = (_split(files[i : i + 2], packed[i : i + 2], shared=root is None) for i in (0, 2))
    if binarize is not None:
        generator = torch.Generator().manual_seed(int(binarize))
        train = train._replace(images=binarized(train.images, generator))
        test = test._replace(images=binarized(test.images, generator))
    return Dataset(train, test)


def binarized(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """A black-and-white draw of grey images: each pixel is 1 with probability equal to its grey value, else 0.

    images: any shape, in [0, 1]; the result has the same shape. Drawn anew for every batch this is the dynamic
    binarisation of Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016.

    Raises TypeError for what is no floating-point tensor, ValueError for pixels outside [0, 1].

    >>> binarized(torch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    arguments.floats("images", images, "of any shape")
    arguments.generator(generator)
    if images.numel():
        low, high = (value.item() for value in images.aminmax())
        if not (low >= 0 and high <= 1):
            raise ValueError(f"pixels must lie in [0, 1], as they are probabilities; got {low:g} to {high:g}")
    return torch.bernoulli(images, generator=generator)


def _files_in(root: Path) -> list[Path]:
    """The four files of a folder, in the order of SHA256."""
    if not root.is_dir():
        what = "is a file" if root.exists() else "is not there"
        raise MissingFile(f"{root} {what}. Check root=, the folder that holds the four files.")
    folders = (root, root / "raw", root / "MNIST" / "raw")  # torchvision keeps them in the last
    folder, found = next(((folder, files) for folder in folders if (files := _by_name(folder))), (root, {}))
    sets = sorted({prefix for prefix, _ in found}) or [""]
    if len(sets) > 1 and sets[0]:  # MNIST's own names, without a prefix, go before others
        raise DataError(
            f"{folder} holds several data sets: {_listed([f'{prefix}*' for prefix in sets])}. "
            "Put the four files of one of them into a folder of their own, and give that as root=."
        )
    for name in SHA256:
        if (sets[0], name) not in found:
            holds = _listed(sorted(path.name for path in folder.iterdir())) or "nothing"
            raise MissingFile(
                f"{folder / (sets[0] + name)} is not there, nor under another usual name, packed or unpacked; the "
                f"folder holds {holds}. Check root=, the folder that holds the four files."
            )
    return [found[sets[0], name] for name in SHA256]


def _by_name(folder: Path) -> dict[tuple[str, str], Path]:
    """{(prefix, the name that MNIST's file has): path} of the folder's files with a usual name."""
    found = {}
    for path in sorted(folder.glob("*")):  # of x and x.gz, the packed one comes later, and is taken
        if path.is_file() and (match := USUAL_NAME.fullmatch(path.name)):
            prefix, split, kind, dimensions = match.groups()
            found[prefix, f"{split.replace('test', 't10k')}-{kind}-idx{dimensions}-ubyte.gz"] = path
    return found


def _listed(names: list[str]) -> str:
    return ", ".join([*names[:6], *([f"and {len(names) - 6} more"] if len(names) > 6 else [])])


def shared_images(name: str) -> SharedArray:
    """Where the images of one of MNIST's own files lie when they are shared: beside it, or in VAELAB_CACHE."""
    folder = os.environ.get("VAELAB_CACHE")
    count, sha256 = DECODED[name]
    file = f"{name.split('-idx')[0]}-{SHA256[name][:16]}.npy"
    return SharedArray(Path(folder).expanduser() if folder else MNIST_ROOT / "__pycache__", file, (count, 784), sha256)


def own_images(name: str) -> np.ndarray:
    """The images in one of MNIST's own files: (N, 784) float32 in [0, 1]. Raises `DataError` as `load_mnist` does."""
    path = MNIST_ROOT / name
    return _decoded(path, _read_bytes(path, SHA256[name]))


def _split(files: list[Path], packed: list[bytes], shared: bool) -> Split:
    images_path, labels_path = files
    labels = _idx(labels_path, packed[1], LABELS_MAGIC)
    if shared:
        images = shared_images(images_path.name).read(lambda: _decoded(images_path, packed[0]))
    else:
        images = _decoded(images_path, packed[0])
    if len(images) != len(labels):
        raise CountMismatch(
            f"{images_path} holds {len(images)} images but {labels_path.name} {len(labels)} labels, and there must be "
            "one label an image. Take both files from the same data set."
        )
    return Split(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))


def _decoded(path: Path, packed: bytes) -> np.ndarray:
    """Images as float32 in [0, 1], one a row."""
    images = _idx(path, packed, IMAGES_MAGIC)
    return np.divide(images.reshape(len(images), -1), np.float32(255), dtype=np.float32)


def _idx(path: Path, packed: bytes, magic: int) -> np.ndarray:
    """The array in an idx file: a magic number, each dimension as a big-endian int32, then the bytes."""
    raw = _unpacked(path, packed)
    found = int.from_bytes(raw[:4], "big")
    if len(raw) >= 4 and found != magic:
        raise WrongMagicNumber(
            f"{path} starts with the magic number {found:#010x}, and an idx file of "
            f"{'images' if magic == IMAGES_MAGIC else 'labels'} starts with {magic:#010x}. "
            "Check that the file is what its name says: images and labels may be swapped."
        )
    dimensions = magic & 0xFF
    header = 4 + 4 * dimensions
    shape = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
    expected = header + int(np.prod(shape, dtype=np.int64))
    if len(raw) < max(header, expected):
        raise TruncatedFile(
            f"{path} holds {len(raw):,} bytes where its header of shape {tuple(shape)} announces {expected:,}. "
            f"{_again(path)}"
        )
    if expected == header:
        raise TruncatedFile(f"{path} announces {tuple(shape)}, and so holds nothing. {_again(path)}")
    if len(raw) > expected:
        raise AlteredFile(
            f"{path} holds {len(raw):,} bytes, more than the {expected:,} that its header of shape {tuple(shape)} "
            f"announces. {_again(path)}"
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def _read_bytes(path: Path, sha256: str | None) -> bytes:
    """The file as it is, held against its checksum if it has one."""
    if not path.is_file():
        raise MissingFile(f"{path} is not there. {_again(path)}")
    packed = path.read_bytes()
    if sha256 and (found := hashlib.sha256(packed).hexdigest()) != sha256:
        error = TruncatedFile if _is_cut_short(packed) else AlteredFile
        raise error(f"{path} has the SHA-256 {found}, and the course's own file has {sha256}. {_again(path)}")
    return packed


def _unpacked(path: Path, packed: bytes) -> bytes:
    if path.suffix != ".gz":
        return packed
    try:
        return gzip.decompress(packed)
    except EOFError:
        raise TruncatedFile(
            f"{path} ends in the middle: {len(packed):,} bytes are not a whole gzip file. {_again(path)}"
        ) from None
    except (OSError, zlib.error) as problem:
        raise AlteredFile(f"{path} is not a sound gzip file ({problem}). {_again(path)}") from None


def _is_cut_short(packed: bytes) -> bool:
    try:
        gzip.decompress(packed)
    except EOFError:
        return True
    except (OSError, zlib.error):
        return False
    return False


def _again(path: Path) -> str:
    if path.parent == MNIST_ROOT and INSTALLED:
        return "Install vaelab again, from the folder of its repository: pip install --force-reinstall --no-deps ."
    if path.parent == MNIST_ROOT:
        return f"Take the committed file again: git checkout -- data/mnist/{path.name}"
    return "Download or copy the file again."
