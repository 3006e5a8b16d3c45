"""Composites of known truth, made in batches while a network trains.

A composite is a photo whose foreground was recoloured, and the photo itself is its truth. Most are recoloured towards
a real region of another photo, since such changes leave no traces (lifted blacks, haze) that could be undone without
looking at the scene; the rest are measured changes of illumination, a photographer's edits, and pairs that already
match. Everything is drawn from one generator, so a seed and a step number give the same batch on every run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own convention
from torch import Tensor

from accord.core.errors import BadInputError
from accord.data import recolour
from accord.data.cutting import cut_out, halved
from accord.data.damage import damaged
from accord.data.looks import Looks
from accord.data.photos import PhotoBank

FAMILIES = ("reinhard", "xiao", "histogram", "idt", "illum", "edit", "match")
_CROPS = ("object", "area", "sides", "whole")
_SAMPLES = 512
_SPARE = 1.25  # share of candidates made beyond the batch, since some are dropped
_IN_VAIN = 1000  # candidates dropped on end after which to give up
_OFF = 100  # a mask that is too wide or too narrow is so by up to that part of the picture's side
_DAMAGE = 0x5BD1E995  # what tells the seed of damage and cut-outs from that of all else


@dataclass(frozen=True)
class SynthesisSettings:
    """What the diet of a training is made of.

    Parameters
    ----------
    families
        Shares of the kinds of recolouring: reinhard, xiao, histogram, idt (towards a region of another photo), illum
        (measured illumination changes), edit (a photographer's), match (left alone).
    whole_scene
        Share of batches' photos whose colours are jittered as a whole first, so that no photo's look is memorised.
    jitter
        How strongly: 1 is a photographer's edits at full range, as the family edit has them.
    swap
        Share in which the background (and the truth) is recoloured instead, and the foreground kept.
    partial
        Share of recolourings that go only part of the way.
    shading
        Share with a light gradient across the foreground.
    any_region
        Share of foregrounds that are regions of similar colour instead of a mask's object.
    alike
        Share of recolourings towards a region of another photo's object of the same kind (see `accord.data.photos`), as
        iHarmony4's are, where there is one; else it is of any. Such changes are smaller, and plausible by themselves.
    rough
        How often masks are wider or narrower than what was recoloured, by up to a hundredth of the side, or softer, as
        users' are: 1 is in 35 % of the composites, 0 never.
    jpeg
        Share of composites that are compressed as JPEG once they are made, at a quality of 60 to 98. The whole picture
        is, as in a file; the truth is not.
    noise
        Share that get noise over the whole picture (before JPEG), of a deviation up to 0.02 of full scale.
    cut_out
        Share of photos whose foreground is cut out and laid over first, so that its edge holds no trace of its true
        colours, as in users' composites (see `accord.data.cutting`).
    """

    families: dict[str, float] = field(
        default_factory=lambda: {
            "reinhard": 0.19, "xiao": 0.19, "histogram": 0.17, "idt": 0.16, "illum": 0.15, "edit": 0.06, "match": 0.08,
        }
    )  # fmt: skip
    whole_scene: float = 0.85
    jitter: float = 0.9
    swap: float = 0.2
    partial: float = 0.3
    shading: float = 0.12
    any_region: float = 0.3
    alike: float = 0.0
    rough: float = 1.0
    jpeg: float = 0.0
    noise: float = 0.0
    cut_out: float = 0.0

    def __post_init__(self) -> None:
        for name in (
            "whole_scene", "swap", "partial", "shading", "any_region", "alike", "rough", "jpeg", "noise", "cut_out",
        ):  # fmt: skip
            if not 0 <= (share := getattr(self, name)) <= 1:
                raise BadInputError(f"{name} is {share}, wanted a share from 0 to 1.")


@dataclass(frozen=True)
class ViewSettings:
    """Which part of a photo a composite shows, and which way up: the geometric augmentation.

    Views with next to no foreground, or next to nothing else, are dropped and drawn again, whatever the settings.

    Parameters
    ----------
    crop
        "object": height and width factors of 0.55 to 1, mostly large, with the mask's centre in view. "area": a window
        anywhere with at least `least` of the area, and an aspect ratio of 3/4 to 4/3. "sides": a window anywhere with
        at least `least` of the height, and of the width. "whole": no crop.
    least
        See `crop`; of no account for "object" and "whole".
    flip
        Share of views that are mirrored.
    turn
        Share of views that are turned by one, two or three quarters.
    """

    crop: str = "object"
    least: float = 0.5
    flip: float = 0.5
    turn: float = 0.0

    def __post_init__(self) -> None:
        if self.crop not in _CROPS:
            raise BadInputError(f"crop is {self.crop!r}, wanted one of {', '.join(_CROPS)}.")
        if not 0 < self.least <= 1:
            raise BadInputError(f"least is {self.least}, wanted above 0 and at most 1.")


@dataclass(frozen=True)
class Batch:
    """Composites with their truth.

    Parameters
    ----------
    composite, real
        (b, 3, size, size) display-encoded sRGB in [0, 1].
    mask
        (b, 1, size, size) coverage in [0, 1].
    family
        (b,) index into FAMILIES.
    looks
        Both looks that accord's own network is shown of them, where it is measured. Where it learns, the composites are
        one look each already; other networks are shown the composites.
    """

    composite: Tensor
    real: Tensor
    mask: Tensor
    family: Tensor
    looks: Looks | None = None

    def to(self, device: torch.device) -> Batch:
        """Move to a device."""
        composite, real, mask, family = (
            value.to(device) for value in (self.composite, self.real, self.mask, self.family)
        )
        return Batch(composite, real, mask, family, self.looks and self.looks.to(device))

    def parts(self, count: int) -> list[Batch]:
        """Split into batches of `count` composites, the last maybe smaller."""
        return [self._part(start, count) for start in range(0, len(self.family), count)]

    def _part(self, start: int, count: int) -> Batch:
        composite, real, mask, family = (
            value[start : start + count] for value in (self.composite, self.real, self.mask, self.family)
        )
        return Batch(composite, real, mask, family, self.looks and self.looks.part(start, count))


def batch_seed(seed: int, number: int) -> int:
    """Give the seed of a batch, unlike those of other batches and other seeds in the 32 bits that a CPU takes."""
    return (seed * 0x9E3779B1 + number) % 2**32


class Synthesizer:
    """Makes batches of composites from a bank of photos.

    Parameters
    ----------
    bank
        Photos and masks, at least as large as `size`.
    size
        Side of the square composites, in pixels.
    settings
        The diet.
    illuminants
        An .npz with `to_standard` and `from_standard`, (n, 3, 11) polynomials each (see
        `accord.data.recolour.illumination`); without it the share of illum goes to edit.
    views
        The geometric augmentation.
    """

    def __init__(
        self,
        bank: PhotoBank,
        size: int,
        settings: SynthesisSettings | None = None,
        illuminants: Path | None = None,
        device: torch.device | str = "cpu",
        views: ViewSettings | None = None,
    ) -> None:
        self.size = size
        self.settings = settings or SynthesisSettings()
        self.views = views or ViewSettings()
        self.device = torch.device(device)
        self._images = torch.from_numpy(bank.images).to(self.device)
        self._masks = torch.from_numpy(bank.masks).to(self.device)
        self._owner = torch.from_numpy(bank.owner).to(self.device)
        self._kinds = torch.from_numpy(bank.kinds).to(self.device)
        self._by_kind = self._kinds.argsort(stable=True)  # masks, those of a kind one after another
        sorted_kinds = self._kinds[self._by_kind]
        self._first, self._behind = (
            torch.searchsorted(sorted_kinds, self._kinds, right=right) for right in (False, True)
        )
        shares = torch.tensor([self.settings.families.get(name, 0.0) for name in FAMILIES])
        self._illuminants: tuple[Tensor, Tensor] | None = None
        if illuminants is not None:
            stored = np.load(illuminants)
            self._illuminants = tuple(
                torch.from_numpy(stored[name]).float().to(self.device) for name in ("to_standard", "from_standard")
            )  # type: ignore[assignment]
        else:
            shares[FAMILIES.index("edit")] += shares[FAMILIES.index("illum")]
            shares[FAMILIES.index("illum")] = 0
        self._shares = (shares / shares.sum()).to(self.device)

    def digest(self) -> str:
        """Give a checksum of all that batches are made from, but for their seeds: photos, masks, lights, settings."""
        made_from = [self._images, self._masks, self._owner, self._kinds, *(self._illuminants or ())]
        checksum = hashlib.blake2b(repr((self.size, self.settings, self.views)).encode(), digest_size=6)
        for values in made_from:
            checksum.update(values.cpu().contiguous().numpy())
        return checksum.hexdigest()

    @torch.no_grad()
    def batch(self, count: int, seed: int) -> Batch:
        """Make `count` composites; the same seed gives the same ones.

        Raises
        ------
        BadInputError
            If next to nothing that is made is of use, since the masks select too little or too much.
        """
        generator = torch.Generator(self.device).manual_seed(seed)
        # With one of its own, damage leaves all the rest of a batch as it is. A CPU's takes 32 bits of a seed.
        damage = torch.Generator(self.device).manual_seed(seed % 2**32 ^ _DAMAGE)
        kept: list[Batch] = []
        missing, in_vain = count, 0
        while missing > 0:
            tried = int(missing * _SPARE) + 2
            candidates = self._candidates(tried, generator, damage)
            kept.append(candidates)
            missing -= len(candidates.family)
            in_vain = 0 if len(candidates.family) else in_vain + tried
            if in_vain > _IN_VAIN:
                raise BadInputError(
                    f"of {in_vain} composites on end none was of use: a foreground of 1 % to 85 % of the picture was "
                    "wanted, and colours that change without being lost. Look at the masks (white on the object), or "
                    "change [synthesis], where any_region makes foregrounds of its own."
                )
        composite, real, mask, family = (
            torch.cat([getattr(part, name) for part in kept])[:count]
            for name in ("composite", "real", "mask", "family")
        )
        return Batch(composite, real, mask, family)

    def _candidates(self, count: int, generator: torch.Generator, damage: torch.Generator) -> Batch:
        settings = self.settings
        chosen = self._any(count, generator)
        views = self._views(chosen, generator)
        if settings.cut_out > 0:
            rows = self._chance(settings.cut_out, count, damage).nonzero()[:, 0]
            views[rows, :3] = cut_out(views[rows, :3], views[rows, 3:], damage)
        cover = views[:, 3:].contiguous()
        pixels = self._jitter(views[:, :3].flatten(2), generator)
        photo = pixels.view_as(views[:, :3])
        family = torch.multinomial(self._shares, count, replacement=True, generator=generator)

        source = _sample(photo, cover, generator).transpose(1, 2)
        reference = self._photos(self._references(chosen, generator), generator)
        target = self._jitter(_sample(*reference, generator), generator).transpose(1, 2)
        changed = self._recolour(pixels, source, target, family, generator).clamp(0, 1).nan_to_num(0.5)
        strength = torch.where(
            self._chance(settings.partial, count, generator),
            0.3 + 0.7 * self._uniform(count, generator),
            torch.ones(count, device=self.device),
        )
        changed = (pixels + strength[:, None, None] * (changed - pixels)).view_as(photo)
        shaded = self._chance(settings.shading, count, generator).nonzero()[:, 0]
        changed[shaded] = self._shade(changed[shaded], generator)
        changed = (changed * 255).round() / 255

        # By 0 and 1, lerp picks as where does, in a fraction of the time on a CPU.
        swap = self._chance(settings.swap, count, generator).float()[:, None, None, None]
        match = (family == FAMILIES.index("match")).float()[:, None, None, None]
        real = torch.lerp(photo, changed, swap)
        inner = torch.lerp(torch.lerp(changed, photo, swap), real, match)
        composite = torch.lerp(torch.lerp(real, inner, cover), real, match)

        keep = self._sound(composite, real, cover, family, photo, changed)
        mask = self._roughen(cover, generator)
        made = Batch(composite[keep], real[keep], mask[keep], family[keep])
        if settings.jpeg == settings.noise == 0:
            return made
        packed, noisy = (self._chance(share, len(made.family), damage) for share in (settings.jpeg, settings.noise))
        rows = (packed | noisy).nonzero()[:, 0]
        made.composite[rows] = damaged(made.composite[rows], noisy[rows], packed[rows], damage)
        return made

    def _any(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw masks, (count,) indices."""
        return torch.randint(len(self._masks), (count,), generator=generator, device=self.device)

    def _references(self, chosen: Tensor, generator: torch.Generator) -> Tensor:
        """Draw masks whose regions give the colours for some masks' objects, (count,) indices both."""
        drawn = self._any(len(chosen), generator)
        if self.settings.alike == 0:
            return drawn
        first, behind = self._first[chosen], self._behind[chosen]
        place = first + (self._uniform(len(chosen), generator) * (behind - first)).long().minimum(behind - first - 1)
        alike = self._by_kind[place]
        fits = (self._kinds[chosen] >= 0) & (self._owner[alike] != self._owner[chosen])
        return torch.where(fits & self._chance(self.settings.alike, len(chosen), generator), alike, drawn)

    def _views(self, chosen: Tensor, generator: torch.Generator) -> Tensor:
        """Crop the photos of some masks at random: (count, 4, side, side), photo and coverage in [0, 1]."""
        images, masks = self._photos(chosen, generator)
        return self._crop(torch.cat([images, masks], 1), masks, generator)

    def _photos(self, chosen: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Give photos with one mask each: (count, 3, s, s) and (count, 1, s, s)."""
        count = len(chosen)
        images = self._images[self._owner[chosen]].permute(0, 3, 1, 2).contiguous().float() / 255
        masks = self._masks[:, None][chosen].float() / 255
        # Now and then the rest of the photo takes the object's part.
        turned = self._chance(0.12, count, generator) & (masks.mean((1, 2, 3)) > 0.35)
        masks = torch.lerp(masks, 1 - masks, turned.float()[:, None, None, None])
        rows = self._chance(self.settings.any_region, count, generator).nonzero()[:, 0]
        regions = _similar_region(images[rows], generator)
        large = regions.mean((1, 2, 3)) > 0.02
        masks[rows[large]] = regions[large]
        return images, masks

    def _crop(self, stack: Tensor, masks: Tensor, generator: torch.Generator) -> Tensor:
        """Crop, flip and turn at random."""
        count = len(stack)
        if self.views.crop == "object":
            zoom, offset = self._window_on(masks, generator)
        else:
            zoom, offset = self._window(count, generator)
        flip = torch.where(self._chance(self.views.flip, count, generator), -1.0, 1.0)
        theta = torch.zeros(count, 2, 3, device=self.device)
        theta[:, 0, 0], theta[:, 1, 1] = zoom[:, 0] * flip, zoom[:, 1]
        theta[:, :, 2] = offset
        if self.views.turn > 0:
            theta[:, :, :2] = theta[:, :, :2] @ self._quarters(count, generator)
        grid = F.affine_grid(theta, [count, 4, self.size, self.size], align_corners=False)
        return F.grid_sample(stack, grid, mode="bilinear", padding_mode="border", align_corners=False)

    def _window_on(self, masks: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw windows with the mask's centre in view: half their size and their centre, (count, 2) as (x, y)."""
        count = len(masks)
        zoom = 0.55 + 0.45 * self._uniform(2 * count, generator).view(count, 2).sqrt()
        place = torch.linspace(-1, 1, masks.shape[-1], device=self.device)
        weight = masks.sum((1, 2, 3)).clamp_min(1)
        centre = (
            torch.stack([(masks.sum((1, 2)) * place).sum(-1), (masks.sum((1, 3)) * place).sum(-1)], 1) / weight[:, None]
        )
        reach = 1 - zoom
        return zoom, (centre + zoom * (self._uniform(2 * count, generator).view(count, 2) * 1.2 - 0.6)).clamp(
            -reach, reach
        )

    def _window(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw windows anywhere, as `_window_on` gives them."""
        least = self.views.least
        drawn = self._uniform(2 * count, generator).view(count, 2)
        if self.views.crop == "area":
            # Albumentations' RandomResizedCrop, on a square; where the window sticks out, as much of it as there is.
            root, aspect = (least + (1 - least) * drawn[:, 0]).sqrt(), (4 / 3) ** (drawn[:, 1] - 0.5)
            zoom = torch.stack([root * aspect, root / aspect], 1).clamp_max(1)
        else:
            zoom = least + (1 - least) * drawn if self.views.crop == "sides" else torch.ones_like(drawn)
        return zoom, (1 - zoom) * (2 * self._uniform(2 * count, generator).view(count, 2) - 1)

    def _quarters(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw rotations by quarters, (count, 2, 2): none, or one, two or three."""
        quarter = torch.randint(1, 4, (count,), generator=generator, device=self.device)
        quarter = quarter * self._chance(self.views.turn, count, generator)
        cosine, sine = (
            torch.tensor(values, device=self.device)[quarter] for values in ([1.0, 0, -1, 0], [0.0, 1, 0, -1])
        )
        return torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)

    def _jitter(self, pixels: Tensor, generator: torch.Generator) -> Tensor:
        """Edit some of the photos whole; (b, 3, n)."""
        edits = recolour.drawn_edits(len(pixels), generator, self.device, amount=self.settings.jitter)
        rows = self._chance(self.settings.whole_scene, len(pixels), generator).nonzero()[:, 0]
        edited = pixels.clone()
        edited[rows] = recolour.photographic(pixels[rows], edits[rows]).clamp(0, 1)
        return edited

    def _recolour(
        self, pixels: Tensor, source: Tensor, target: Tensor, family: Tensor, generator: torch.Generator
    ) -> Tensor:
        changed = pixels.clone()
        for number, name in enumerate(FAMILIES):
            rows = (family == number).nonzero()[:, 0]
            if len(rows) == 0 or name == "match":
                continue
            some, a, b = pixels[rows], source[rows], target[rows]
            if name == "reinhard":
                changed[rows] = recolour.mean_deviation(some, a, b)
            elif name == "xiao":
                by_rank = self._chance(0.6, len(rows), generator)[:, None, None]
                changed[rows] = torch.where(
                    by_rank,
                    recolour.covariance(some, a, b, by_rank=True),
                    recolour.covariance(some, a, b, by_rank=False),
                )
            elif name == "histogram":
                changed[rows] = recolour.histogram(some, a, b)
            elif name == "idt":
                changed[rows] = recolour.distribution(some, a, b, generator)
            elif name == "illum":
                changed[rows] = self._illuminate(some, generator)
            else:
                changed[rows] = recolour.photographic(some, recolour.drawn_edits(len(rows), generator, self.device))
        return changed

    def _illuminate(self, pixels: Tensor, generator: torch.Generator) -> Tensor:
        assert self._illuminants is not None  # the shares leave illum out otherwise
        to_standard, from_standard = self._illuminants
        count = len(pixels)

        def draw(table: Tensor) -> Tensor:
            # Between two measured lights lies another plausible one.
            first, second = (
                table[torch.randint(len(table), (count,), generator=generator, device=self.device)] for _ in range(2)
            )
            share = self._uniform(count, generator)[:, None, None] * 0.5
            return first + share * (second - first)

        return recolour.illumination(pixels, draw(to_standard), draw(from_standard))

    def _shade(self, picture: Tensor, generator: torch.Generator) -> Tensor:
        """Lay a light gradient, up to about a stop across the picture, in a random direction."""
        count = len(picture)
        slope = torch.randn(count, 2, 1, 1, generator=generator, device=self.device) * 0.5
        place = torch.linspace(-1, 1, self.size, device=self.device)
        stops = slope[:, :1] * place[None, None, :, None] + slope[:, 1:] * place[None, None, None, :]
        return recolour.to_display(recolour.to_linear(picture) * torch.exp2(stops)).clamp(0, 1)

    def _roughen(self, mask: Tensor, generator: torch.Generator) -> Tensor:
        """Masks of real users: too wide or too narrow by a pixel or up to a hundredth of the picture, soft."""
        which = self._uniform(len(mask), generator)
        rough = mask.clone()
        if self.settings.rough == 0:
            return rough
        which /= self.settings.rough
        farthest = max(1, self.size // _OFF)
        for pixels in range(farthest):
            wide = (pixels <= which * 10 * farthest) & (which < 0.1)
            narrow = (pixels <= (which - 0.1) * 10 * farthest) & (which < 0.2)
            rough[wide] = F.max_pool2d(rough[wide], 3, 1, 1)
            rough[narrow] = -F.max_pool2d(-rough[narrow], 3, 1, 1)
        soft = (which >= 0.2) & (which < 0.35)
        rough[soft] = F.avg_pool2d(mask[soft], 3, 1, 1, count_include_pad=False)
        return rough

    def _sound(
        self, composite: Tensor, real: Tensor, mask: Tensor, family: Tensor, photo: Tensor, changed: Tensor
    ) -> Tensor:
        """Tell which foregrounds are neither tiny nor nearly all, nor clipped, flattened or hardly changed."""
        weight = mask.sum((1, 2, 3)).clamp_min(1)
        ratio = mask.mean((1, 2, 3))

        def inside(values: Tensor) -> Tensor:
            return (values * mask).sum((1, 2, 3)) / weight

        error = inside((composite - real).square().mean(1, keepdim=True)) * 255**2
        clipped = inside(((changed <= 0.002) | (changed >= 0.998)).float().mean(1, keepdim=True))
        clipped_before = inside(((photo <= 0.002) | (photo >= 0.998)).float().mean(1, keepdim=True))

        def spread(picture: Tensor) -> Tensor:
            grey = picture.mean(1, keepdim=True)
            return (inside(grey.square()) - inside(grey).square()).clamp_min(1e-6).sqrt()

        flattened = spread(changed) / spread(photo) < 0.35
        fits = (ratio > 0.01) & (ratio < 0.85)
        matched = family == FAMILIES.index("match")
        return fits & (matched | ((error > 60) & (error < 7000) & (clipped < clipped_before + 0.12) & ~flattened))

    def _chance(self, share: float, count: int, generator: torch.Generator) -> Tensor:
        return self._uniform(count, generator) < share

    def _uniform(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.rand(count, generator=generator, device=self.device)


def _sample(picture: Tensor, mask: Tensor, generator: torch.Generator) -> Tensor:
    """Draw pixels inside the mask, with replacement: (b, 3, k)."""
    weights = mask.flatten(1).clamp(0, 1) + 1e-7
    chosen = torch.multinomial(weights, _SAMPLES, replacement=True, generator=generator)
    return picture.flatten(2).gather(2, chosen[:, None].expand(-1, 3, -1))


def _similar_region(images: Tensor, generator: torch.Generator) -> Tensor:
    """Regions around a random pixel that share its colour, as a magic wand selects: (b, 1, s, s) in [0, 1]."""
    b, _, s, _ = images.shape
    # Half size and one more blur: the region's shape is what counts, and this is the dearest part of a batch otherwise.
    smooth = F.avg_pool2d(halved(images), 3, 1, 1, count_include_pad=False)
    n = smooth.shape[-1]
    seed = torch.randint(n, (b, 2), generator=generator, device=images.device)
    rows = torch.arange(b, device=images.device)
    colour = smooth[rows, :, seed[:, 0], seed[:, 1]][..., None, None]
    line = torch.arange(n, device=images.device)
    y, x = line[None, :, None] - seed[:, 0, None, None], line[None, None, :] - seed[:, 1, None, None]
    reach = n * (0.1 + 0.4 * torch.rand(b, 1, 1, generator=generator, device=images.device))
    tolerance = 0.05 + 0.2 * torch.rand(b, 1, 1, generator=generator, device=images.device)
    distance = (smooth - colour).square().sum(1) / tolerance.square() + (y.square() + x.square()) / reach.square()
    region = (distance < 1).float()[:, None]
    region = F.interpolate(F.avg_pool2d(region, 3, 1, 1, count_include_pad=False), (s, s), mode="bilinear")
    return (region > 0.5).float()
