"""The libraries that answers import, loaded before the door is closed. worker.py loads this file by its path."""

import io
import json
import os
import sys
import warnings
from importlib import import_module

PRELOADED = (
    *("abc", "bisect", "cmath", "collections", "collections.abc", "contextlib", "copy", "dataclasses", "decimal"),
    *("enum", "fractions", "functools", "heapq", "itertools", "math", "numbers", "operator", "random", "re"),
    *("array", "base64", "calendar", "datetime", "difflib", "hashlib", "inspect", "io", "json", "os", "pathlib"),
    *("pprint", "queue", "secrets", "shutil", "struct", "sys", "tempfile", "timeit", "traceback", "types", "uuid"),
    *("statistics", "string", "textwrap", "time", "typing", "warnings", "zlib", "_strptime", "logging"),
    *("encodings.idna", "encodings.latin_1", "encodings.ascii", "socket", "subprocess", "threading", "psutil"),
    *("numpy", "numpy.linalg", "numpy.random", "numpy.fft", "numpy.ma", "numpy.polynomial", "numpy.testing"),
    *("torch", "torch.distributions", "torch._dynamo", "torch.fft", "torch.func", "torch.linalg"),
    *("torch.nn.functional", "torch.nn.utils", "torch.optim", "torch.special", "torch.utils.data", "torch.nested"),
    "torch.masked",
)


def preload() -> None:
    """Loads them, with what PyTorch itself would load late, and gives PyTorch one thread."""
    for name in PRELOADED:
        load(name)
    import torch

    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    for name in loaded_late():
        load(name)


def loaded_late() -> list[str]:
    """What PyTorch imports only where it is used, found by using it: in a process of its own, as a backward pass
    before a fork would leave the next one without gradients.
    """
    inlet, outlet = os.pipe()
    before = {*sys.modules}
    if os.fork() == 0:
        try:
            use_pytorch()
        finally:
            with os.fdopen(outlet, "wb") as saying:
                saying.write(json.dumps([*{*sys.modules} - before]).encode())
            os._exit(0)
    os.close(outlet)
    with os.fdopen(inlet, "rb") as said:
        names = json.loads(said.read())
    os.wait()
    return sorted(names)


def use_pytorch() -> None:
    """A little of all that is not there at once."""
    import torch
    from torch import nn
    from torch.distributions import Categorical, MultivariateNormal, Normal, kl_divergence

    torch.manual_seed(0)
    x = torch.rand(4, 3)
    for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW):
        model = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.BatchNorm1d(3), nn.Dropout())
        optimizer = kind(model.parameters(), lr=0.1)
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
    q, p = Normal(x, 1 + x), MultivariateNormal(x[0], torch.eye(3))
    kl_divergence(q, Normal(0, 1)), q.rsample(), p.log_prob(x), Categorical(logits=x).entropy()
    torch.linalg.eigh(x.T @ x), torch.fft.rfft(x), torch.cdist(x, x), torch.einsum("ij,ik->jk", x, x)
    torch.func.hessian(torch.sum)(x), torch.func.jacrev(torch.sum)(x), torch.autograd.functional.jacobian(torch.sum, x)
    torch.func.vmap(torch.sum)(x), torch.func.grad(torch.sum)(x), torch.quantile(x, 0.5), repr(x)
    torch.save(x, io.BytesIO())
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        nn.functional.interpolate(x[None], 5), torch.svd(x), torch.histc(x), torch.allclose(x, x)


def load(name: str) -> None:
    """Imports a library, if it is there."""
    warnings.simplefilter("ignore")
    try:
        import_module(name)
    except Exception:
        return
