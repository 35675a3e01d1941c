// Attention on tensor cores with float32's accuracy.
TILED(Exact64, FloatTiles<8, true>)
TILED(Exact128, FloatTiles<16, true>)
