// Attention on tensor cores whose factors have 10 bits of mantissa.
TILED(Coarse64, 8, false)
TILED(Coarse128, 16, false)
