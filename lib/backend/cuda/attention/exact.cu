// Attention on tensor cores with float32's accuracy.
TILED(Exact64, 8, true)
TILED(Exact128, 16, true)
