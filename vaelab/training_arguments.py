"""What `fit` and `evaluate` are given, looked at before anything is trained: a mistake should cost no time."""

import inspect
from typing import Any

import torch
from torch import nn

from vaelab import arguments
from vaelab.any_model import dtype_of


def check_model(model: Any, images: Any, validation: Any = None, *, to_train: bool = True) -> None:
    """Raises TypeError or ValueError for what is no model, or no images for it."""
    if not isinstance(model, nn.Module):
        raise TypeError(
            "model must be a torch.nn.Module, such as vl.VAE(), and comes first, as in vl.fit(model, loss, images); "
            f"got {arguments.described(model)}"
        )
    weights = list(model.parameters())
    if any(isinstance(weight, nn.parameter.UninitializedParameter) for weight in weights):
        raise ValueError(
            f"this {type(model).__name__} has lazy layers, which have no weights yet: call it once on some images first"
        )
    if to_train and not any(weight.requires_grad for weight in weights):
        state = (
            "has none (layers in a list are not seen: nn.ModuleList)"
            if not weights
            else "has only frozen ones: weight.requires_grad_() makes one learn"
        )
        raise ValueError(f"model must have weights to train; this {type(model).__name__} {state}")
    if to_train and any(weight.is_inference() for weight in weights):
        raise ValueError(
            "the model was made under torch.inference_mode(), so its weights can't learn: make it outside of that"
        )
    arguments.images("images", images)
    if validation is not None:
        arguments.images("validation", validation)
        if validation.shape[1:] != images.shape[1:]:
            raise ValueError(
                f"validation must be images of the same size; got {tuple(validation.shape)} and {tuple(images.shape)}"
            )
    for name, given in (("images", images), ("validation", validation)):
        if given is not None:
            arguments.precision(name, given, dtype_of(model) or given.dtype)


def check_loss(loss: Any) -> None:
    """Raises TypeError for what can't be called as a loss is."""
    arguments.function("loss", loss, "(model, x, generator), such as vl.VAELoss()")
    called = loss.forward if isinstance(loss, nn.Module) else loss
    if isinstance(loss, nn.Module) and any(weight.requires_grad for weight in loss.parameters()):
        raise ValueError("loss has weights of its own, which nobody would train: make them weights of the model")
    if not _takes(called, 2, "generator"):
        raise TypeError(
            "loss is called as loss(model, x, generator=g), and takes what a function def loss(model, x, generator) "
            f"takes; got {_name(loss)}{_signature(called)}"
        )


def check_snapshot(snapshot: Any) -> None:
    """Raises TypeError for what can't be called with the model; None is no snapshots."""
    if snapshot is not None:
        arguments.function("snapshot", snapshot, "the model, such as vl.latent_snapshot(images)")
        if not _takes(snapshot, 1):
            raise TypeError(f"snapshot is called as snapshot(model); got {_name(snapshot)}{_signature(snapshot)}")


def checked_callback(callback: Any) -> Any:
    """The callback, if it can be called with a model and a history."""
    what = (
        "(model, history), a vl.LatentExplorer of that model, what vl.LossComparison(...).follow(title) gives, or a "
        "list of such"
    )
    arguments.function("callback", callback, what)
    if not _takes(callback, 2):
        raise TypeError(f"callback is called as callback(model, history); got {_name(callback)}{_signature(callback)}")
    for moment in ("before_training", "after_batch", "after_training"):
        if not _takes(method := getattr(callback, moment, lambda model, history: None), 2):
            raise TypeError(
                f"callback.{moment} is called with (model, history); got {_name(method)}{_signature(method)}"
            )
    return callback


def checked_device(device: Any) -> torch.device:
    """The device of that name, if it is here; for None, the accelerator if there is one."""
    if device is None:
        accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        return accelerator or torch.device("cpu")
    try:
        there = torch.device(device)
        torch.empty(0, device=there)
        if there.type == "meta":
            raise RuntimeError("it holds no numbers")
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as problem:
        reason = str(problem).strip().splitlines()[0]
        raise ValueError(
            f'device must be one that this PyTorch can use, such as "cpu", or None for the fastest; got {device!r} '
            f"({reason:.100})"
        ) from None
    return there


def made_optimizer(optimizer: Any, model: nn.Module) -> Any:
    """The optimizer of the model's weights, if it steps by itself and its rate can be set."""
    if not callable(optimizer) or not _takes(optimizer, 1):
        raise TypeError(
            "optimizer must be what makes one from the model's weights, such as torch.optim.RMSprop or lambda weights: "
            f"torch.optim.SGD(weights, momentum=0.9); got {arguments.described(optimizer)}"
        )
    made = optimizer(model.parameters())
    parts = ("step", "zero_grad", "param_groups")
    if not all(hasattr(made, part) for part in parts) or not _takes(made.step, 0):
        raise TypeError(
            "optimizer must make one that has param_groups, zero_grad() and step() without arguments, as "
            f"torch.optim.Adam does and torch.optim.LBFGS doesn't; it made {arguments.described(made)}"
        )
    return made


def _takes(function: Any, count: int, *names: str) -> bool:
    """Whether it can be called with so many arguments, and others of these names."""
    try:
        inspect.signature(function).bind(*range(count), **dict.fromkeys(names))
    except TypeError:
        return False
    except ValueError:  # of a built-in function, that doesn't say
        return True
    return True


def _name(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _signature(function: Any) -> str:
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return "(...)"
