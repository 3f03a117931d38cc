import torch

from vaelab.adam import Adam


def test_adam_is_the_equation_and_what_torch_computes():
    torch.manual_seed(0)
    start = [torch.randn(3, 4, dtype=torch.float64), torch.randn(5, dtype=torch.float64), torch.ones(2).double()]
    ours, theirs, plain = ([w.clone().requires_grad_() for w in start] for _ in range(3))
    optimizer, reference = Adam(ours), torch.optim.Adam(theirs, betas=(0.9, 0.95), fused=True)
    m, v, t = [0, 0], [0, 0], [0, 0]
    for step in range(20):
        lr = reference.param_groups[0]["lr"] = 0.1 / (1 + step)
        for weights in (ours, theirs, plain):
            for w in weights:
                w.grad = None
            # the second has a gradient at every other step, the third never
            (weights[0].sin().sum() + (weights[1] ** 2).sum() * (step % 2)).backward()
            if step % 2 == 0:
                weights[1].grad = None
        optimizer.step(lr), reference.step()
        for i, w in enumerate(plain[:2]):
            if (g := w.grad) is not None:
                t[i] += 1
                m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.95 * v[i] + 0.05 * g**2
                m_hat, v_hat = m[i] / (1 - 0.9 ** t[i]), v[i] / (1 - 0.95 ** t[i])
                w.data -= lr * m_hat / (v_hat.sqrt() + 1e-8)
    for w, theirs_w, plain_w in zip(ours, theirs, plain, strict=True):
        assert torch.equal(w, theirs_w)
        torch.testing.assert_close(w, plain_w)
    assert torch.equal(ours[2], start[2]) and not torch.equal(ours[1], start[1])
