// Attention on tensor cores whose factors are bfloat16.
TILED(Half64, HalfTiles<8>)
TILED(Half128, HalfTiles<16>)
