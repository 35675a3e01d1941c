import { type Pixels, pngOf } from "./pixels";
import type { MeasureText } from "./svg-box";

/** The part of a canvas element that drawing needs. */
export interface CanvasElement {
  readonly width: number;
  readonly height: number;
}

/**
 * A 2-D canvas with the operations that plotly uses: filling rectangles, setting pixels (heatmaps) and measuring text.
 * jsdom has none.
 */
export class PageCanvas {
  fillStyle = "#000000";
  font = "12px sans-serif";
  private pixels: Pixels = { width: 0, height: 0, data: new Uint8ClampedArray(0) };

  constructor(
    private readonly element: CanvasElement,
    private readonly measure: MeasureText,
  ) {}

  /** The bitmap, empty again where the element has changed its size, as HTML has it. */
  private bitmap(): Pixels {
    const [width, height] = [Math.max(1, Math.trunc(this.element.width)), Math.max(1, Math.trunc(this.element.height))];
    if (width !== this.pixels.width || height !== this.pixels.height)
      this.pixels = { width, height, data: new Uint8ClampedArray(width * height * 4) };
    return this.pixels;
  }

  createImageData(width: number, height: number): Pixels {
    return { width, height, data: new Uint8ClampedArray(width * height * 4) };
  }

  getImageData(left: number, top: number, width: number, height: number): Pixels {
    const { width: across, data } = this.bitmap();
    const taken = this.createImageData(width, height);
    for (let y = 0; y < height; y++)
      taken.data.set(
        data.subarray(((top + y) * across + left) * 4, ((top + y) * across + left + width) * 4),
        y * width * 4,
      );
    return taken;
  }

  putImageData(image: Pixels, left: number, top: number): void {
    const { width, height, data } = this.bitmap();
    for (let y = Math.max(0, -top); y < Math.min(image.height, height - top); y++) {
      const [from, count] = [Math.max(0, -left), Math.min(image.width, width - left)];
      data.set(
        image.data.subarray((y * image.width + from) * 4, (y * image.width + count) * 4),
        ((y + top) * width + left + from) * 4,
      );
    }
  }

  fillRect(x: number, y: number, across: number, down: number): void {
    const { width, height, data } = this.bitmap();
    const colour = rgba(this.fillStyle);
    const [left, right] = [
      Math.max(0, Math.round(Math.min(x, x + across))),
      Math.min(width, Math.round(Math.max(x, x + across))),
    ];
    const [top, bottom] = [
      Math.max(0, Math.round(Math.min(y, y + down))),
      Math.min(height, Math.round(Math.max(y, y + down))),
    ];
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++) data.set(colour, (row * width + column) * 4);
  }

  clearRect(): void {
    this.bitmap().data.fill(0);
  }

  measureText(text: string): { readonly width: number } {
    return { width: this.measure(text, Number.parseFloat(/(?<![\d.])([\d.]+)px/.exec(this.font)?.[1] ?? "12")) };
  }

  save(): void {}
  restore(): void {}
  setTransform(): void {}
  scale(): void {}
  drawImage(): void {} // pictures from elsewhere are not loaded

  toDataURL(): string {
    return `data:image/png;base64,${pngOf(this.bitmap()).toString("base64")}`;
  }
}

/** Red, green, blue and alpha, 0 to 255, of `rgb(…)`, `rgba(…)` or `#rrggbb`; black for others. */
function rgba(style: string): readonly [number, number, number, number] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(style);
  if (hex) return [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16), 255];
  const [r, g, b, a = 1] = (/^rgba?\(([^)]*)\)/.exec(style)?.[1] ?? "0,0,0").split(/[\s,/]+/).map(Number);
  return [r ?? 0, g ?? 0, b ?? 0, a * 255];
}
