// Attention on tensor cores whose factors have 10 bits of mantissa.
TILED(Coarse64, FloatTiles<8, false>)
TILED(Coarse128, FloatTiles<16, false>)
