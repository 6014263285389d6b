"""A camera that sees what a page showed: for codes that one screen shows and another device reads."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator

WIDTH, HEIGHT = 640, 480
_GREY = """async ([png, width, height]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const paper = canvas.getContext("2d");
  paper.fillStyle = "#fff";
  paper.fillRect(0, 0, width, height);
  const size = Math.min(width, height) * 0.8;
  paper.drawImage(image, (width - size) / 2, (height - size) / 2, size, size);
  const { data } = paper.getImageData(0, 0, width, height);
  const grey = Array.from({ length: width * height }, (_, at) => String.fromCharCode(data[at * 4]));
  return btoa(grey.join(""));
}"""


def photograph(shown: Locator) -> bytes:
    """A film (YUV4MPEG2, two frames) of what stands there now."""
    png = base64.b64encode(shown.screenshot()).decode()
    luma = base64.b64decode(shown.page.evaluate(_GREY, [png, WIDTH, HEIGHT]))
    frame = b"FRAME\n" + luma + bytes([128]) * (WIDTH * HEIGHT // 2)
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F5:1 Ip A1:1 C420jpeg\n".encode() + frame * 2


@contextmanager
def looking_at(film: bytes, browser: Browser, chromium: str, folder: Path) -> Iterator[Browser]:
    """A browser whose camera sees the film, and asks nobody whether it may."""
    seen = folder / "seen.y4m"
    seen.write_bytes(film)
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    started = browser.browser_type.launch(
        executable_path=chromium,
        args=["--no-sandbox", "--disable-gpu", *camera, f"--use-file-for-fake-video-capture={seen}"],
    )
    try:
        yield started
    finally:
        started.close()
