"""Memory while a clip runs through."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys, resource
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import numpy as np
from video_clips import discs, write_clip
from accord.video.harmonizing import harmonize_clip

folder, count = Path(sys.argv[2]), 300
rng = np.random.default_rng(0)
base = np.kron(rng.integers(40, 200, (27, 48, 3)).astype(np.uint8), np.ones((40, 40, 1), np.uint8))
quick = {"preset": "ultrafast", "crf": "20"}
pictures = (np.roll(base, 4 * at, axis=1) for at in range(count))
class Lazy:
    def __len__(self): return count
    def __iter__(self): return iter(pictures)
    def __getitem__(self, at): return base
write_clip(folder / "clip.mp4", Lazy(), codec="libx264", form="yuv420p", options=quick)
mask = np.kron(discs(1)[0], np.ones((22, 30), np.uint8))[:1056, :1920]
mask = np.pad(mask, ((0, 24), (0, 0)))
write_clip(folder / "mask.mp4", [mask] * count, source="gray", codec="libx264", form="yuv420p", options=quick)
seen = []
harmonize_clip(
    folder / "out.mp4", composite=folder / "clip.mp4", mask=folder / "mask.mp4", method="reinhard",
    on_frame=lambda _: seen.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss),
)
print(len(seen), seen[19], seen[-1])
"""


@pytest.mark.slow
def test_memory_is_flat_after_the_first_20_frames_of_a_1080p_clip(tmp_path):
    pytest.importorskip("av", reason="the extra video is not installed")
    pytest.importorskip("resource", reason="this system does not tell how much memory a process took")
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    frames, after_20, at_the_end = (int(number) for number in said[-3:])
    assert frames == 300
    # Less than one second of such frames would take, if they were kept.
    assert at_the_end < after_20 + 64 * 1024, f"grew from {after_20} to {at_the_end} KiB"
