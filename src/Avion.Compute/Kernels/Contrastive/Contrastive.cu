// One direction of the contrastive loss: cross-entropy of the softmax over each own row's scores; tiles, work and ceiling: PairTiles.cuh.
// Row terms of the forward pass are losses and hits, of the backward pass the sums of p z, which TermSum.cu adds up.
#include "../PairScores/PairTiles.cuh"
#include "Logarithm.cuh"

struct Softmax {
    static constexpr bool LooksAtPartners = false;
    static constexpr float Lowest = -3.4e38f;

    // The largest score so far and where it is first, the sum of exponentials relative to it, and the partner's score.
    struct Row {
        float largest, sum, partner;
        i32 best;

        MEMBER Row shuffle(int mask) const {
            return {shuffleXor(largest, mask), shuffleXor(sum, mask), shuffleXor(partner, mask), shuffleXor(best, mask)};
        }
    };

    using Anchor = float;

    i32 ownRows, allRows, firstLabel;
    float *lse, *rowTerms;

    MEMBER Row begin() const { return {Lowest, 0, 0, 0x7FFFFFFF}; }

    MEMBER void see(Row& row, i32 own, const float (&z)[Tiles][2], i32 firstWalked) const {
        const float before = row.largest;
#pragma unroll
        for (int tile = 0; tile < Tiles; tile++)
#pragma unroll
            for (int c = 0; c < 2; c++) {
                const i32 j = walkedRow(firstWalked, tile, c);
                if (j < allRows && z[tile][c] > row.largest) row.largest = z[tile][c], row.best = j;
                if (j == firstLabel + own) row.partner = z[tile][c];
            }
        row.sum *= exponential(before - row.largest);
#pragma unroll
        for (int tile = 0; tile < Tiles; tile++)
#pragma unroll
            for (int c = 0; c < 2; c++)
                if (walkedRow(firstWalked, tile, c) < allRows) row.sum += exponential(z[tile][c] - row.largest);
    }

    MEMBER Row merge(Row a, Row b) const {
        const bool isSecond = b.largest > a.largest || (b.largest == a.largest && b.best < a.best);
        const float largest = isSecond ? b.largest : a.largest;
        return {largest, fma(a.sum, exponential(a.largest - largest), b.sum * exponential(b.largest - largest)), a.partner + b.partner,
                isSecond ? b.best : a.best};
    }

    MEMBER void end(Row row, i32 own) const {
        const float logSum = row.largest + logarithm(row.sum);
        lse[own] = logSum;
        rowTerms[own] = logSum - row.partner;
        rowTerms[ownRows + own] = row.best == firstLabel + own ? 1 : 0;
    }

    MEMBER Anchor anchor(i32 own) const { return lse[own]; }

    MEMBER float slope(Anchor logSum, float z, i32 own, i32 other) const {
        return exponential(z - logSum) - (other == firstLabel + own ? 1.0f : 0.0f);
    }
};

#define CONTRASTIVE(suffix, T)                                                                                                       \
    KERNEL(128) contrastive_forward_##suffix(const T* x, i32 ownRows, const T* y, i32 allRows, i32 columns, const float* logScale,   \
                                             i32 firstLabel, float* rowTerms, float* lse) {                                          \
        forwardPairs(Softmax{ownRows, allRows, firstLabel, lse, rowTerms}, x, ownRows, y, allRows, columns, logScale, firstLabel);   \
    }                                                                                                                                \
    KERNEL(128) contrastive_rows_##suffix(const float* dloss, float factor, const T* x, i32 ownRows, const T* y, i32 allRows,        \
                                          i32 columns, const float* logScale, i32 firstLabel, float* lse, float* rowTerms,           \
                                          i32 accumulate, T* dx) {                                                                   \
        backwardPairs<true>(Softmax{ownRows, allRows, firstLabel, lse, nullptr}, dloss, factor, x, ownRows, y, allRows, columns,     \
                            logScale, rowTerms, accumulate, dx);                                                                     \
    }                                                                                                                                \
    KERNEL(128) contrastive_columns_##suffix(const float* dloss, float factor, const T* x, i32 ownRows, const T* y, i32 allRows,     \
                                             i32 columns, const float* logScale, i32 firstLabel, float* lse, i32 accumulate, T* dy) { \
        backwardPairs<false>(Softmax{ownRows, allRows, firstLabel, lse, nullptr}, dloss, factor, x, ownRows, y, allRows, columns,    \
                             logScale, nullptr, accumulate, dy);                                                                     \
    }

CONTRASTIVE(f32, float)
CONTRASTIVE(bf16, bf16)
