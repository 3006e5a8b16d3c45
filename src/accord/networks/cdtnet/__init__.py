"""CDTNet: a low-resolution network, a colour look-up table and a full-resolution refiner together.

Cong, Tao, Niu, Liang, Gao, Sun, Zhang, "High-Resolution Image Harmonization via Collaborative Dual Transformations",
CVPR 2022.

`cdtnet_sim` is the form without the refiner: its result is the look-up table's. The base network of both reads 256
pixels; `cdtnet_512` is the form for pictures of 2048 pixels, whose base network reads 512. All load the same
checkpoints.
"""

from __future__ import annotations

from accord.networks.facts import NetworkFacts

FACTS = {
    name: NetworkFacts(
        name=name,
        title=title,
        source="Cong et al., CVPR 2022",
        repository="bcmi/CDTNet-High-Resolution-Image-Harmonization",
        weights_licence="no licence stated, all rights reserved",
        fit_size=size,
        parameters=2744400,
        checkpoint=checkpoint,
        restricted=True,
    )
    for name, title, size, checkpoint in (
        ("cdtnet", "CDTNet", 256, "iHarmony4_256.pth"),
        ("cdtnet_512", "CDTNet, base network at 512 pixels", 512, "HAdobe5k_2048.pth"),
        ("cdtnet_sim", "CDTNet, look-up table alone", 256, "CDTNet_sim_base256.pth"),
    )
}
