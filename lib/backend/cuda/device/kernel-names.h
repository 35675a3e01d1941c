// Every kernel by the room whose file holds it: the emulation's table, and what is missing where a file does not
// compile.
#pragma once

#define CUDA_ROOMS(ROOM)                                                                                               \
  ROOM(activations,                                                                                                    \
       K(rmsNorm) K(rmsNormRows) K(rmsNormRowsHalf) K(rmsNormGrad) K(rmsNormGradRows) K(columnParts) K(columnTotal)    \
           K(gate) K(gateHalf) K(gateGrad) K(gateGradHalf) K(addScaled) K(multiplyBy) K(addBias))                      \
  ROOM(attention, K(splitHeads) K(joinHeads) K(attentionDots) K(attention2x4) K(queryGradient2x4) K(keyGradient2x4)    \
                      K(attention2x8) K(queryGradient2x8) K(keyGradient2x8) K(attention2x16) K(queryGradient2x16)      \
                          K(keyGradient2x16) K(attention1x8) K(queryGradient1x8) K(keyGradient1x8) K(attention1x16)    \
                              K(queryGradient1x16) K(keyGradient1x16))                                                 \
  ROOM(tiledAttention, K(attentionExact64) K(queryGradientExact64) K(keyGradientExact64) K(attentionExact128)          \
                           K(queryGradientExact128) K(keyGradientExact128))                                            \
  ROOM(coarseAttention, K(attentionCoarse64) K(queryGradientCoarse64) K(keyGradientCoarse64) K(attentionCoarse128)     \
                            K(queryGradientCoarse128) K(keyGradientCoarse128))                                         \
  ROOM(halfAttention, K(attentionHalf64) K(queryGradientHalf64) K(keyGradientHalf64) K(attentionHalf128)               \
                          K(queryGradientHalf128) K(keyGradientHalf128))                                               \
  ROOM(labels, K(labelSums) K(joinLabelSums) K(labelValues) K(labelGrad))                                              \
  ROOM(adam, K(adamAll) K(squaresAll) K(sumOf))                                                                        \
  ROOM(embedding, K(gatherRows) K(gatherHalves) K(scatterRows))                                                        \
  ROOM(uploads, K(storeFew))                                                                                           \
  ROOM(products,                                                                                                       \
       K(rowProduct1x8) K(rowProduct1x32) K(rowProduct4x8) K(rowProduct4x32) K(rowProduct8x8) K(rowProduct8x32)        \
           K(rowProductHalf1x8) K(rowProductHalf1x32) K(rowProductHalf4x8) K(rowProductHalf4x32) K(rowProductHalf8x8)  \
               K(rowProductHalf8x32) K(turnedProduct1) K(turnedProduct4) K(turnedProduct8) K(turnedProduct16)          \
                   K(turnedProductHalf1) K(turnedProductHalf4) K(turnedProductHalf8) K(turnedProductHalf16) K(widen)   \
                       K(narrow) K(narrowFours) K(narrowPadded) K(splitParts))                                         \
  ROOM(streamedProducts, K(streamedWide8) K(streamedWide16) K(streamedNarrow8) K(streamedNarrow16) K(streamedTurned8)  \
                             K(streamedTurned16) K(streamedWideHalf8) K(streamedWideHalf16) K(streamedNarrowHalf8)     \
                                 K(streamedNarrowHalf16) K(streamedTurnedHalf8) K(streamedTurnedHalf16))               \
  ROOM(decoding, K(storeKeys) K(attendCache) K(attendNewest32) K(attendNewest64) K(attendNewest128) K(attendNewest256) \
                     K(takeTokens) K(lengthen))                                                                        \
  ROOM(choice, K(chooseToken))
