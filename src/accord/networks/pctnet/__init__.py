"""PCT-Net: a map of affine colour transforms from a small network, applied at full resolution.

Guerreiro, Nakazawa, Stenger, "PCT-Net: Full Resolution Image Harmonization Using Pixel-Wise Color Transformations",
CVPR 2023.
"""

from __future__ import annotations

from accord.networks.facts import NetworkFacts

FACTS = {
    name: NetworkFacts(
        name=name,
        title=title,
        source="Guerreiro, Nakazawa, Stenger, CVPR 2023",
        repository="rakutentech/PCT-Net-Image-Harmonization",
        weights_licence="MPL-2.0",
        fit_size=256,
        parameters=parameters,
        checkpoint=checkpoint,
    )
    for name, title, parameters, checkpoint in (
        ("pctnet_cnn", "PCT-Net, CNN", 2185736, "PCTNet_CNN.pth"),
        ("pctnet_vit", "PCT-Net, vision transformer", 4809896, "PCTNet_ViT.pth"),
    )
}
