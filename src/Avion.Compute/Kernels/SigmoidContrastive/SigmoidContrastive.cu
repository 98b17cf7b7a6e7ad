// The sigmoid contrastive loss: a logistic regression of each score; tiles, work and ceiling: PairTiles.cuh. Row terms of the forward pass
// are losses, of the backward pass the sums of g (z - t) and of g, which TermSum.cu adds up.
#include "../PairScores/PairTiles.cuh"
#include "Logarithm.cuh"

struct Sigmoids {
    static constexpr bool LooksAtPartners = false;

    struct Row {
        float loss;

        MEMBER Row shuffle(int mask) const { return {shuffleXor(loss, mask)}; }
    };

    struct Anchor {};

    i32 allRows, firstLabel;
    float bias, *rowLosses;

    MEMBER Row begin() const { return {0}; }

    MEMBER void see(Row& row, i32 own, const float (&z)[Tiles][2], i32 firstWalked) const {
        // The sum of a tile is taken by itself: it is not rounded to the digits of the sum over all.
        float sum = 0;
#pragma unroll
        for (int tile = 0; tile < Tiles; tile++)
#pragma unroll
            for (int c = 0; c < 2; c++) {
                const i32 j = walkedRow(firstWalked, tile, c);
                const float u = j == firstLabel + own ? -(z[tile][c] + bias) : z[tile][c] + bias;
                // ln(1 + e^u) = max(u, 0) + ln(1 + e^-|u|).
                const float loss = maximum(u, 0.0f) + logarithmOfOnePlus(exponential(-absolute(u)));
                sum += j < allRows ? loss : 0;
            }
        row.loss += sum;
    }

    MEMBER Row merge(Row a, Row b) const { return {a.loss + b.loss}; }

    MEMBER void end(Row row, i32 own) const { rowLosses[own] = row.loss; }

    MEMBER Anchor anchor(i32) const { return {}; }

    // The probability of belonging together, less 1 for the partner, without a difference of nearly equal numbers.
    MEMBER float slope(Anchor, float z, i32 own, i32 other) const {
        const bool isPartner = other == firstLabel + own;
        const float u = z + bias, part = reciprocal(1.0f + exponential(isPartner ? u : -u));
        return isPartner ? -part : part;
    }
};

#define SIGMOID_CONTRASTIVE(suffix, T)                                                                                             \
    KERNEL(128) sigmoid_contrastive_forward_##suffix(const T* x, i32 ownRows, const T* y, i32 allRows, i32 columns,                \
                                                     const float* logScale, const float* bias, i32 firstLabel, float* rowLosses) { \
        forwardPairs(Sigmoids{allRows, firstLabel, *bias, rowLosses}, x, ownRows, y, allRows, columns, logScale, firstLabel);      \
    }                                                                                                                              \
    KERNEL(128) sigmoid_contrastive_rows_##suffix(const float* dloss, float factor, const T* x, i32 ownRows, const T* y,           \
                                                  i32 allRows, i32 columns, const float* logScale, const float* bias,              \
                                                  i32 firstLabel, float* rowTerms, i32 accumulate, T* dx) {                        \
        backwardPairs<true>(Sigmoids{allRows, firstLabel, *bias, nullptr}, dloss, factor, x, ownRows, y, allRows, columns,         \
                            logScale, rowTerms, accumulate, dx);                                                                   \
    }                                                                                                                              \
    KERNEL(128) sigmoid_contrastive_columns_##suffix(const float* dloss, float factor, const T* x, i32 ownRows, const T* y,        \
                                                     i32 allRows, i32 columns, const float* logScale, const float* bias,           \
                                                     i32 firstLabel, i32 accumulate, T* dy) {                                      \
        backwardPairs<false>(Sigmoids{allRows, firstLabel, *bias, nullptr}, dloss, factor, x, ownRows, y, allRows, columns,        \
                             logScale, nullptr, accumulate, dy);                                                                   \
    }

SIGMOID_CONTRASTIVE(f32, float)
SIGMOID_CONTRASTIVE(bf16, bf16)
