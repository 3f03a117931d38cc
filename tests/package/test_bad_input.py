"""Every public function with every kind of thing that its arguments are not.

A table has for each function arguments that work, and what kind each is; for each kind there are things that it is not.
Each of these has to be refused by one sentence that names the argument; and what is as good as the argument in another
form has to give the same result.
"""

import inspect
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from support.models import Convolutional

import vaelab as vl

IMAGES = torch.rand(30, 9, generator=torch.Generator().manual_seed(0))
CODES = torch.randn(30, 2, generator=torch.Generator().manual_seed(1))
LABELS = torch.arange(30) % 3


def vae():
    return vl.VAE(hidden=(8,), data_dim=9)


def seeded():
    return torch.Generator().manual_seed(0)


class Call(NamedTuple):
    """A public function, arguments of which it makes something, and the kind of each."""

    function: Callable
    arguments: dict[str, Callable[[], Any]]
    kinds: dict[str, str]

    def __call__(self, **other: Any) -> Any:
        return (
            self.function(**{name: make() for name, make in self.arguments.items()}, **{})
            if not other
            else (
                self.function(**{name: make() for name, make in self.arguments.items() if name not in other}, **other)
            )
        )


MADE_ANEW = ("model", "model that is right", "variational model", "autoencoder", "savable", "generator", "loss")


def call(function: Callable, **arguments: tuple[str, Any]) -> Call:
    """`name=(kind, value)`; what a model or a generator is made of is made anew each time."""
    values = {
        name: value if callable(value) and kind in MADE_ANEW else (lambda value=value: value)
        for name, (kind, value) in arguments.items()
    }
    return Call(function, values, {name: kind for name, (kind, _) in arguments.items()})


MU, LOGVAR = ("numbers", CODES), ("numbers", CODES / 3)
MODEL, GENERATOR = ("variational model", vae), ("generator", seeded)
SOME, PLAIN = ("model that is right", vae), ("model that is right", lambda: vl.Autoencoder(2, (8,), 9))
SNAPSHOT = ("snapshot", vl.LatentSnapshot(CODES, CODES.exp()))
FIT = {"model": ("model", vae), "loss": ("loss", vl.VAELoss), "images": ("images", IMAGES), "seed": ("seed", 0)}

TABLE = {
    "VAE": call(
        vl.VAE,
        **{"latent_dim": ("count", 2), "hidden": ("widths", (8,)), "data_dim": ("count", 9), "seed": ("seed", 0)},
        **{"likelihood": ("word", "gaussian"), "sigma": ("positive", 0.2)},
    ),
    "Autoencoder": call(
        vl.Autoencoder,
        **{"latent_dim": ("count", 2), "hidden": ("widths", (8,)), "data_dim": ("count", 9), "seed": ("seed", 0)},
    ),
    "VAE.encode": call(lambda m, x: m.encode(x), m=SOME, x=("rows", IMAGES)),
    "VAE.decode": call(lambda m, z: m.decode(z), m=SOME, z=("rows", CODES)),
    "VAE.log_px_z": call(lambda m, x, z: m.log_px_z(x, z), m=SOME, x=("pixels", IMAGES), z=("rows", CODES)),
    "Autoencoder.encode": call(lambda m, x: m.encode(x), m=PLAIN, x=("rows", IMAGES)),
    "Autoencoder.decode": call(lambda m, z: m.decode(z), m=PLAIN, z=("rows", CODES)),
    "bernoulli_log_likelihood": call(
        vl.bernoulli_log_likelihood, x=("pixels", IMAGES), logits=("numbers", IMAGES.logit(1e-3))
    ),
    "gaussian_log_likelihood": call(
        vl.gaussian_log_likelihood, x=("numbers", IMAGES), mean=("numbers", IMAGES / 2), sigma=("positive", 0.5)
    ),
    "normal_log_density": call(vl.normal_log_density, z=("numbers", CODES), mu=MU, logvar=LOGVAR),
    "reparameterize": call(vl.reparameterize, mu=MU, logvar=LOGVAR, generator=GENERATOR),
    "kl_to_standard_normal": call(vl.kl_to_standard_normal, mu=MU, logvar=LOGVAR),
    "elbo": call(vl.elbo, model=MODEL, x=("pixels", IMAGES), generator=GENERATOR),
    "log_evidence": call(vl.log_evidence, model=MODEL, x=("images", IMAGES), samples=("count", 3), generator=GENERATOR),
    "VAELoss": call(vl.VAELoss, reconstruction=("weight", 1.0), kl=("weight", 1.0)),
    "VAELoss.__call__": call(
        lambda model, x, generator: vl.VAELoss()(model, x, generator),
        model=MODEL,
        x=("pixels", IMAGES),
        generator=GENERATOR,
    ),
    "ReconstructionLoss": call(vl.ReconstructionLoss, measure=("word", "squared error")),
    "ReconstructionLoss.__call__": call(
        lambda model, x: vl.ReconstructionLoss()(model, x),
        model=("autoencoder", lambda: vl.Autoencoder(2, (8,), 9)),
        x=("pixels", IMAGES),
    ),
    "fit": call(
        lambda **given: vl.fit(**given, epochs=1, validation=IMAGES).validation,
        **FIT,
        **{"batch_size": ("count", 8), "lr": ("positive", 0.01), "device": ("device", "cpu")},
    ),
    "fit, its other arguments": call(
        lambda m, **given: vl.fit(m, vl.VAELoss(), IMAGES, **given).validation,
        m=SOME,
        epochs=("count", 1),
        validation=("validation", IMAGES),
        snapshot=("function or none", vl.latent_snapshot(IMAGES)),
        callback=("function or none", lambda model, history: None),
        optimizer=("function", torch.optim.SGD),  # Adam's counters, in older PyTorch, heed the default device
    ),
    "evaluate": call(vl.evaluate, **FIT, batch_size=("count", 8)),
    "gaussians": call(vl.gaussians, model=MODEL, images=("images", IMAGES)),
    "latent_snapshot": call(lambda m, images: vl.latent_snapshot(images)(m), m=SOME, images=("images", IMAGES)),
    "active_units": call(vl.active_units, mu=("codes", CODES), threshold=("weight", 0.01)),
    "summarize": call(vl.summarize, snapshot=SNAPSHOT),
    "coverage": call(vl.coverage, z=("codes", CODES), snapshot=SNAPSHOT, radius=("weight", 2.0)),
    "nearest_distance": call(vl.nearest_distance, z=("codes", CODES), codes=("codes", CODES)),
    "neighbour_accuracy": call(
        vl.neighbour_accuracy, codes=("codes", CODES), labels=("labels", LABELS), k=("count", 3)
    ),
    "prior_grid": call(vl.prior_grid, rows=("count", 3)),
    "image_grid": call(
        lambda images, columns: vl.image_grid(images, columns).images[0].get_array().shape,
        images=("pictures", IMAGES),
        columns=("count or none", 5),
    ),
    "latent_scatter": call(
        lambda codes, labels, extent: len(vl.latent_scatter(codes, labels, extent=extent).lines),
        **{
            "codes": ("codes", CODES),
            "labels": ("labels or none", LABELS),
            "extent": ("extent", [-1.0, 1.0, -1.0, 1.0]),
        },
    ),
    "save_model": call(vl.save_model, model=("savable", vae), path=("path", None)),
    "load_model": call(vl.load_model, path=("path", None)),
    "Toy": call(vl.Toy, sigma=("positive", 0.5)),
}
for name in ("elbo", "VAELoss.__call__", "log_evidence", "gaussians"):
    TABLE[f"{name} of a convolutional VAE"] = TABLE[name]._replace(
        arguments={name: make for name, make in TABLE[name].arguments.items()}
        | {"model": lambda: Convolutional(width=2)}
        | {"images" if name == "gaussians" else "x": lambda: torch.rand(6, 1, 28, 28)},
    )

# Not functions of numbers: tested where they are at home.
ELSEWHERE = {
    **dict.fromkeys(
        ("ELBO", "Dataset", "Split", "LatentSnapshot", "LatentSummary", "SampledSnapshot", "History"), "holds results"
    ),
    **dict.fromkeys(("KLPlayground", "ELBOPlayground", "ReparameterizationPlayground"), "test_widgets"),
    "TrainingPlayground": "test_training_playground_learning",
    **dict.fromkeys(("LatentExplorer", "LossComparison"), "test_latent_explorer_widget, test_loss_comparison_widget"),
    **dict.fromkeys(("exercise", "explain", "grade", "predict", "progress", "NotRight"), "test_exercise_mechanism"),
    **dict.fromkeys(("load_mnist", "binarized"), "test_data"),
    **dict.fromkeys(("data_flow", "gradient_flow", "show"), "take Axes"),
    "verdict": "test_verdict",
    "present": "test_stage",
    "VariationalModel": "a Protocol",
    "TrainingDiverged": "test_training",
}

NOT_A_TENSOR = {
    "None": None,
    "a number": 3,
    "a list": [[0.5] * 9] * 30,
    "an array": np.zeros((30, 9), np.float32),
    "a word": "images",
    "a split": vl.Split(IMAGES, LABELS),
}
NOT_FLOATS = {
    "integers": torch.zeros(30, 9, dtype=torch.long),
    "bytes": torch.zeros(30, 9, dtype=torch.uint8),
    "booleans": torch.zeros(30, 9, dtype=torch.bool),
    "complex numbers": torch.zeros(30, 9, dtype=torch.complex64),
    "sparse numbers": IMAGES.to_sparse(),
}
NOT_IMAGES = {
    **NOT_A_TENSOR,
    **NOT_FLOATS,
    "one image": IMAGES[0],
    "one pixel": torch.tensor(0.5),
    "NaN": torch.full((30, 9), math.nan),
    "infinity": torch.full((30, 9), math.inf),
}
NO_COUNT = {"0": 0, "-1": -1, "1.5": 1.5, "True": True, "None": None, "a word": "3", "a list": [3], "NaN": math.nan}
NO_NUMBER = {
    "None": None,
    "a word": "1",
    "a list": [1.0],
    "NaN": math.nan,
    "infinity": math.inf,
    "True": True,
    "1j": 1j,
}
NO_POSITIVE = {**NO_NUMBER, "0": 0, "-1": -1.0}
NO_MODEL = {"None": None, "a class": vl.VAE, "a loss": vl.VAELoss(), "a function": lambda x: x, "a number": 3}
NO_CODES = {
    **NOT_A_TENSOR,
    **NOT_FLOATS,
    "one code": CODES[0],
    "none": CODES[:0],
    "NaN": torch.full((30, 2), math.nan),
    "whole images": torch.rand(30, 1, 3, 3),
}
BAD = {
    "model that is right": {},
    "images": {**NOT_IMAGES, "no images": IMAGES[:0], "double": IMAGES.double(), "of another size": IMAGES[:, :4]},
    "validation": {
        **{name: value for name, value in NOT_IMAGES.items() if name != "None"},
        **{"no images": IMAGES[:0], "double": IMAGES.double(), "of another size": IMAGES[:, :4]},
    },
    "pixels": {
        **{name: value for name, value in NOT_A_TENSOR.items()},
        **{"one image": IMAGES[0], "255": 255 * IMAGES, "-1 to 1": 2 * IMAGES - 1, "of another size": IMAGES[:, :4]},
        **{"complex numbers": NOT_FLOATS["complex numbers"]},
    },
    "rows": {**NOT_A_TENSOR, **NOT_FLOATS, "double": IMAGES.double(), "of another size": torch.rand(30, 4)},
    "numbers": {
        **NOT_A_TENSOR,
        **NOT_FLOATS,
        "of another size": torch.rand(30, 4),
        "of another rank": torch.rand(2, 3, 4),
    },
    "pictures": {**NOT_A_TENSOR, "one image": IMAGES[0], "no images": IMAGES[:0], "no square": torch.rand(30, 8)},
    "codes": NO_CODES,
    "labels": {"fewer": LABELS[:3], "more": torch.zeros(99), "one": 3, "None": None, "in rows": LABELS.reshape(3, 10)},
    "labels or none": {"fewer": LABELS[:3], "more": torch.zeros(99), "one": 3, "in rows": LABELS.reshape(3, 10)},
    "snapshot": {
        **NOT_A_TENSOR,
        "codes": CODES,
        "a history": vl.History(),
        "empty": vl.LatentSnapshot(CODES[:0], CODES[:0]),
    },
    "count": NO_COUNT,
    "count or none": {name: value for name, value in NO_COUNT.items() if name != "None"},
    "seed": {"1.5": 1.5, "None": None, "a word": "0", "too large": 2**70, "True": True, "a generator": seeded()},
    "positive": NO_POSITIVE,
    "weight": {**NO_NUMBER, "-1": -1.0},
    "widths": {"a number": 8, "None": None, "a word": "8", "0": (8, 0), "floats": (8.0,), "nested": ((8,),)},
    "word": {"None": None, "another": "poisson", "a list": ["gaussian"], "capitals": "Gaussian", "a number": 3},
    "generator": {"a seed": 0, "a word": "cpu", "NumPy's": np.random.default_rng(0), "a class": torch.Generator},
    "model": {**NO_MODEL, "without weights": torch.nn.Sequential()},
    "variational model": {
        **NO_MODEL,
        "an autoencoder": vl.Autoencoder(2, (8,), 9),
        "any module": torch.nn.Linear(9, 4),
    },
    "autoencoder": {**NO_MODEL, "a VAE": vae(), "any module": torch.nn.Linear(9, 4)},
    "savable": {**NO_MODEL, "any module": torch.nn.Linear(9, 4)},
    "loss": {"None": None, "a class": vl.VAELoss, "a number": 3, "PyTorch's": torch.nn.MSELoss(), "a word": "elbo"},
    "function": {"None": None, "a number": 3, "a word": "adam", "images": IMAGES},
    "function or none": {"a number": 3, "a word": "adam", "images": IMAGES, "a class": vl.LatentExplorer},
    "device": {"a word": "gpu", "not there": "cuda:99", "a number": 1.5, "a list": ["cpu"]},
    "path": {"None": None, "a number": 3.5, "a model": vae(), "a folder": ".", "in no folder": "/no/such/folder/file"},
    "extent": {"a number": 3, "too few": [0.0, 1.0], "words": ["a", "b", "c", "d"], "NaN": [0.0, math.nan, 0.0, 1.0]},
}
# Where something of the kind is right, or refused by another function that speaks of what it is given.
RIGHT = {
    ("evaluate", "model", "without weights"),  # a model that has none can be judged
    ("latent_scatter", "codes", "none"),  # an empty map
    ("log_evidence", "x", "no images"),  # of none, none
    *(("gaussian_log_likelihood", "x", kind) for kind in ("integers", "bytes", "booleans")),  # numbers as others
}
INSIDES = (
    *("object has no attribute", "object is not", "unsupported operand", "argument 'input'", "must match the size"),
    *("mat1", "not callable", "positional argument", "unexpected keyword", "not iterable", "Expected all tensors"),
    *("out of range", "NoneType", "list indices", "could not be converted", "unpack", "expected scalar"),
)

CASES = [
    pytest.param(name, argument, what, id=f"{name}-{argument}-{what}")
    for name, one in TABLE.items()
    if "convolutional" not in name
    for argument, kind in one.kinds.items()
    for what in BAD[kind]
    if (name, argument, what) not in RIGHT
]


@pytest.fixture(autouse=True)
def no_figures():
    yield
    plt.close("all")


def test_every_public_name_is_in_the_table_or_tested_elsewhere():
    errors = {
        name for name in vl.__all__ if inspect.isclass(getattr(vl, name)) and issubclass(getattr(vl, name), Exception)
    }
    named = {name.split(".")[0].split(",")[0].split(" of ")[0] for name in TABLE}
    assert named | set(ELSEWHERE) | errors == set(vl.__all__)


@pytest.mark.parametrize("name", TABLE)
def test_the_arguments_of_the_table_work(name, tmp_path):
    one = TABLE[name]
    other = {"path": tmp_path / "model"} if "path" in one.kinds else {}
    if name == "load_model":
        vl.save_model(vae(), other["path"])
    one(**other)
    signature = inspect.signature(one.function).parameters
    if name in vl.__all__ and not any(p.kind is p.VAR_KEYWORD for p in signature.values()):
        assert set(one.kinds) >= set(signature), "each argument of the function is tried"


@pytest.mark.parametrize("name, argument, what", CASES)
def test_it_is_refused_in_one_sentence_that_names_the_argument(name, argument, what, tmp_path):
    one = TABLE[name]
    bad = BAD[one.kinds[argument]][what]
    other = {"path": tmp_path / "model"} if "path" in one.kinds and argument != "path" else {}
    with pytest.raises((TypeError, ValueError, OSError)) as caught:
        one(**{argument: bad}, **other)
    said = str(caught.value)
    assert "\n" not in said and 20 < len(said) < 420, said
    assert not any(inside in said for inside in INSIDES), said
    named = (argument, type(bad).__name__, "pixels", "model", "Autoencoder", "x must")
    assert any(word in said for word in named), said
    assert ";" in said or ":" in said or "," in said, f"what came, and what to do: {said}"


# In another form, as good as the argument itself.
AS_GOOD = {
    "count": (np.int64, np.uint8, torch.tensor),
    "count or none": (np.int64,),
    "seed": (np.int32, torch.tensor),
    "positive": (np.float64, torch.tensor, lambda x: np.array(x)),
    "weight": (np.float64, torch.tensor),
    "widths": (list, np.array),
    "labels": (lambda x: x.tolist(), lambda x: x.numpy(), lambda x: np.array([f"class {i}" for i in x], object)),
    "labels or none": (
        lambda x: x.tolist(),
        lambda x: x.numpy(),
        lambda x: np.array([f"class {i}" for i in x], object),
    ),
    "images": (lambda x: x.t().contiguous().t(), lambda x: x.clone().requires_grad_() * 1),
    "pixels": (lambda x: x.t().contiguous().t(), lambda x: x.clone().requires_grad_() * 1),
    "codes": (lambda x: x.t().contiguous().t(), lambda x: x.clone().requires_grad_() * 1),
    "pictures": (lambda x: x.view(-1, 1, 3, 3), lambda x: x.view(-1, 3, 3), lambda x: x.clone().requires_grad_() * 1),
    "device": (torch.device,),
    "extent": (tuple, np.array, torch.tensor),
}


def equal(one: Any, other: Any) -> bool:
    """Whether two results are the same, to rounding."""
    if isinstance(one, torch.nn.Module):
        return equal(one.state_dict(), other.state_dict())
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, torch.Tensor):
        return torch.allclose(one.double(), other.double(), rtol=1e-4, atol=1e-5)
    return one == pytest.approx(other) if isinstance(one, float) else one == other


@pytest.mark.parametrize(
    "name, argument, i",
    [
        pytest.param(name, argument, i, id=f"{name}-{argument}-{i}")
        for name, one in TABLE.items()
        if "convolutional" not in name
        for argument, kind in one.kinds.items()
        for i in range(len(AS_GOOD.get(kind, ())))
    ],
)
def test_what_is_as_good_gives_the_same(name, argument, i):
    one = TABLE[name]
    form = AS_GOOD[one.kinds[argument]][i]
    assert equal(one(), one(**{argument: form(one.arguments[argument]())}))


def in_double():
    torch.set_default_dtype(torch.float64)


@pytest.mark.parametrize("name", [name for name, one in TABLE.items() if "path" not in one.kinds])
@pytest.mark.parametrize("state", ["no_grad", "inference_mode", "default device", "default dtype"])
def test_the_state_of_pytorch_changes_nothing(name, state):
    one = TABLE[name]
    given = {argument: make() for argument, make in one.arguments.items()}
    again = {argument: make() for argument, make in one.arguments.items()}
    if name in ("VAE", "Autoencoder") and state in ("default device", "default dtype", "inference_mode"):
        pytest.skip("a model is made as PyTorch is told to make it")
    torch.manual_seed(0)
    expected = one.function(**given)
    torch.manual_seed(0)
    try:
        if state == "default dtype":
            torch.set_default_dtype(torch.float64)
            found = one.function(**again)
        else:
            with {
                "no_grad": torch.no_grad,
                "inference_mode": torch.inference_mode,
                "default device": lambda: torch.device("meta"),
            }[state]():
                found = one.function(**again)
    finally:
        torch.set_default_dtype(torch.float32)
    assert equal(expected, found)
