"""MNIST's idx files, read into tensors. No network is used: the four files lie in `data/mnist`."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

MNIST_ROOT = Path(__file__).parents[1] / "data" / "mnist"

SHA256 = {
    "train-images-idx3-ubyte.gz": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train-labels-idx1-ubyte.gz": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "t10k-images-idx3-ubyte.gz": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "t10k-labels-idx1-ubyte.gz": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}

IMAGES_MAGIC = 0x00000803  # unsigned bytes in three dimensions: image, row, column
LABELS_MAGIC = 0x00000801  # unsigned bytes in one


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


def load_mnist(root: str | Path | None = None, *, binarize: int | None = None) -> Dataset:
    """MNIST's 60,000 training and 10,000 test images with their labels.

    root: a folder with four files of the same names and format (Fashion-MNIST, KMNIST), gzipped or not.
        Without it the MNIST that comes with the course is read, and held against its SHA-256.
    binarize: a seed. Every pixel x becomes 1 with probability x and 0 otherwise, once and for all (see `binarized`).

    Raises `MissingFile`, `TruncatedFile`, `AlteredFile`, `WrongMagicNumber` or `CountMismatch`, all `DataError`s.

    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998.

    >>> mnist = load_mnist()
    >>> mnist.train
    Split(images: (60000, 784) in [0, 1], labels: (60000,))
    """
    if isinstance(binarize, bool) or not isinstance(binarize, int | None):
        raise TypeError(f"binarize takes a seed, a whole number such as 0, or None for grey pixels; got {binarize!r}")
    folder = MNIST_ROOT if root is None else Path(root)
    checksums = SHA256 if root is None else {}
    train, test = (_load_split(folder, prefix, checksums) for prefix in ("train", "t10k"))
    if binarize is not None:
        generator = torch.Generator().manual_seed(binarize)
        train = train._replace(images=binarized(train.images, generator))
        test = test._replace(images=binarized(test.images, generator))
    return Dataset(train, test)


def binarized(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """A black-and-white draw of grey images: each pixel is 1 with probability equal to its grey value, else 0.

    images: any shape, in [0, 1]; the result has the same shape. Drawn anew for every batch this is the *dynamic*
    binarisation of Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016.

    >>> binarized(torch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    return torch.bernoulli(images, generator=generator)


def _load_split(folder: Path, prefix: str, checksums: dict[str, str]) -> Split:
    images_name, labels_name = f"{prefix}-images-idx3-ubyte.gz", f"{prefix}-labels-idx1-ubyte.gz"
    images = _read_idx(folder / images_name, IMAGES_MAGIC, checksums.get(images_name))
    labels = _read_idx(folder / labels_name, LABELS_MAGIC, checksums.get(labels_name))
    if len(images) != len(labels):
        raise CountMismatch(
            f"{folder}: {images_name} holds {len(images)} images but {labels_name} {len(labels)} labels, and there "
            "must be one label an image. Take both files from the same data set."
        )
    return Split(
        torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / np.float32(255)),
        torch.from_numpy(labels.astype(np.int64)),
    )


def _read_idx(path: Path, magic: int, sha256: str | None) -> np.ndarray:
    """The array in an idx file: a magic number, each dimension as a big-endian int32, then the bytes."""
    raw = _read_bytes(path, sha256)
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
    plain = path.with_suffix("")
    if not path.is_file() and plain.is_file() and sha256 is None:
        return plain.read_bytes()
    if not path.is_file():
        raise MissingFile(
            f"{path} is not there. "
            + (
                f"It may also be unpacked, as {plain.name}. Check root=, the folder that holds the four files."
                if sha256 is None
                else _again(path)
            )
        )
    packed = path.read_bytes()
    if sha256 and (found := hashlib.sha256(packed).hexdigest()) != sha256:
        error = TruncatedFile if _is_cut_short(packed) else AlteredFile
        raise error(f"{path} has the SHA-256 {found}, and the course's own file has {sha256}. {_again(path)}")
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
    if path.parent == MNIST_ROOT:
        return f"Take the committed file again: git checkout -- data/mnist/{path.name}"
    return "Download or copy the file again."
