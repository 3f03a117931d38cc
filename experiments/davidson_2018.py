"""The Gaussian VAE of Davidson et al. (2018), Table 1, trained again: how good is a code of so many dimensions?

    .venv/bin/python experiments/davidson_2018.py --out mine.json               # all: an hour and a half on one core
    .venv/bin/python experiments/davidson_2018.py 2 --seeds 1 --out mine.json   # two latent dimensions, another seed

(On Windows: .venv\\Scripts\\python.) Each run is printed as it ends, and added to the file that --out names; without
--out nothing is written. The runs of the course are in davidson_2018.json beside this file; notebook 11 shows them.

Dynamically binarised MNIST, 784-256-128-(2 x latent dim), mirrored. What differs from the paper, as far as it tells:
one-cycle Adam for a fixed number of epochs on all 60,000 training images, where the paper warms the KL up over 100
epochs, holds images back and stops early by them. The test images are used once, after the last epoch.

The recorded runs are those of version 0.2.0. Since then `fit`'s Adam remembers fewer steps (beta2 = 0.95 instead of
0.999), so a run repeated today has the same setting, and not the same digits.

Source: Davidson, Falorsi, De Cao, Kipf and Tomczak, Hyperspherical Variational Auto-Encoders, UAI 2018.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import torch

import vaelab as vl

RECIPE = {"epochs": 150, "batch_size": 256, "lr": 3e-3}


def dynamically_binarized(model, x, generator):
    """Minus the ELBO of a fresh black-and-white draw of these grey images."""
    return vl.VAELoss()(model, vl.binarized(x, generator), generator)


def run(latent_dim: int, seed: int, samples: int = 500) -> dict:
    """Trains one model and judges it on the test images, binarised once with seed 0; in nats."""
    train, test = vl.load_mnist().train.images, vl.load_mnist(binarize=0).test.images
    vae = vl.VAE(latent_dim, seed=seed)
    began = time.perf_counter()
    vl.fit(vae, dynamically_binarized, train, seed=seed, **RECIPE)
    seconds = time.perf_counter() - began
    terms = vl.evaluate(vae, vl.VAELoss(), test)
    log_px = vl.log_evidence(vae, test, samples, torch.Generator().manual_seed(0)).mean().item()
    return {
        "latent_dim": latent_dim,
        "seed": seed,
        "elbo": round(-terms["total"], 2),
        "log_px_z": round(-terms["reconstruction"], 2),
        "kl": round(terms["kl"], 2),
        "log_evidence": round(log_px, 2),
        "samples": samples,
        "active_units": vl.active_units(vl.gaussians(vae, test).mu),
        "seconds": round(seconds),
        "version": version("vaelab"),
        **RECIPE,
    }


def keep(result: dict, path: Path) -> None:
    """Adds a run to the file, in the place of an earlier one of the same dimensions and seed."""
    others = json.loads(path.read_text()) if path.exists() else []
    others = [r for r in others if any(r[name] != result[name] for name in ("latent_dim", "seed"))]
    runs = sorted([*others, result], key=lambda r: (r["latent_dim"], r["seed"]))
    path.write_text("[\n" + ",\n".join(map(json.dumps, runs)) + "\n]\n")


def main() -> None:
    """Runs what is asked for and keeps what other runs have found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("latent_dims", nargs="*", type=int, default=[2, 5, 10, 20, 40])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--out", type=Path, help="the file to add the runs to; without it they are only printed")
    arguments = parser.parse_args()
    if arguments.out and not arguments.out.absolute().parent.is_dir():
        parser.error(f"the folder of {arguments.out} is not there")  # rather now than after a quarter of an hour
    for seed in arguments.seeds:
        for latent_dim in arguments.latent_dims:
            result = run(latent_dim, seed)
            print(json.dumps(result), flush=True)
            if arguments.out:
                keep(result, arguments.out)


if __name__ == "__main__":
    main()
