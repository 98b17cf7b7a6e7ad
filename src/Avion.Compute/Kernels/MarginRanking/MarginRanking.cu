// One direction of the margin ranking losses: each own row nearer to its partner than to the others; tiles, work and ceiling:
// PairTiles.cuh. Row terms are each row's loss, its partner's similarity, which the forward pass finds first, and that one's gradient.
#include "../PairScores/PairTiles.cuh"

// What MarginRule.cs holds; kinds as MarginKind counts them.
struct Rule {
    i32 kind;
    float margin, threshold, tolerance;
};

constexpr i32 Fixed = 0, Adaptive = 1, SymmetricMultiSimilarity = 2;

struct LossAndSlope {
    float loss, slope;
};

struct Margins {
    static constexpr bool LooksAtPartners = true;

    struct Row {
        float partner, loss, slopes;

        MEMBER Row shuffle(int mask) const { return {shuffleXor(partner, mask), shuffleXor(loss, mask), shuffleXor(slopes, mask)}; }
    };

    struct Anchor {
        float partner, slope, relevancy;
    };

    Rule rule;
    const float* relevancy;
    i32 transposes, ownRows, allRows, firstLabel;
    float* rowTerms;

    MEMBER float relevancyOf(i32 label, i32 other) const {
        return relevancy ? relevancy[transposes ? (i64)other * allRows + label : (i64)label * allRows + other] : 0;
    }

    // What is not a number stays so.
    static MEMBER LossAndSlope hinge(float excess, float slope) {
        return {excess <= 0 ? 0 : excess, excess > 0 ? slope : excess <= 0 ? 0 : excess};
    }

    // Of one pair; the difference is the partner's similarity less the other's.
    MEMBER LossAndSlope of(float difference, float own, float other) const {
        const float margin = rule.kind == Fixed ? rule.margin : rule.margin * (rule.kind == Adaptive ? own : own - other);
        const float e = margin - difference;
        if (rule.kind != SymmetricMultiSimilarity || own - other > rule.threshold) return hinge(e, 1);
        const float excess = absolute(own - other) < rule.threshold ? absolute(e) - rule.tolerance : -e;
        return hinge(excess, e > 0 ? 1.0f : e < 0 ? -1.0f : 0.0f);
    }

    MEMBER Row begin() const { return {0, 0, 0}; }

    // One lane has the partner's similarity, the others add 0.
    MEMBER void findPartner(Row& row, i32 own, const float (&z)[Tiles][2], i32 firstWalked) const {
#pragma unroll
        for (int tile = 0; tile < Tiles; tile++)
#pragma unroll
            for (int c = 0; c < 2; c++)
                if (walkedRow(firstWalked, tile, c) == firstLabel + own) row.partner = z[tile][c];
    }

    MEMBER void see(Row& row, i32 own, const float (&z)[Tiles][2], i32 firstWalked) const {
        const i32 label = firstLabel + own;
        const float ownRelevancy = relevancyOf(label, label);
        float loss = 0, slopes = 0;
#pragma unroll
        for (int tile = 0; tile < Tiles; tile++)
#pragma unroll
            for (int c = 0; c < 2; c++) {
                const i32 j = walkedRow(firstWalked, tile, c);
                if (j >= allRows || j == label) continue;
                const LossAndSlope pair = of(row.partner - z[tile][c], ownRelevancy, relevancyOf(label, j));
                loss += pair.loss, slopes += pair.slope;
            }
        row.loss += loss, row.slopes += slopes;
    }

    MEMBER Row merge(Row a, Row b) const { return {a.partner, a.loss + b.loss, a.slopes + b.slopes}; }

    MEMBER void end(Row row, i32 own) const {
        rowTerms[own] = row.loss;
        rowTerms[ownRows + own] = row.partner;
        rowTerms[2 * ownRows + own] = -row.slopes;
    }

    MEMBER Anchor anchor(i32 own) const {
        return {rowTerms[ownRows + own], rowTerms[2 * ownRows + own], relevancyOf(firstLabel + own, firstLabel + own)};
    }

    MEMBER float slope(Anchor anchor, float z, i32 own, i32 other) const {
        const i32 label = firstLabel + own;
        if (other == label) return anchor.slope;
        return of(anchor.partner - z, anchor.relevancy, relevancyOf(label, other)).slope;
    }
};

#define MARGIN_RANKING(suffix, T)                                                                                                       \
    KERNEL(128) margin_ranking_forward_##suffix(const T* x, i32 ownRows, const T* y, i32 allRows, i32 columns, i32 kind, float margin,  \
                                                float threshold, float tolerance, const float* relevancy, i32 transposes,               \
                                                i32 firstLabel, float* rowTerms) {                                                      \
        const Margins margins = {{kind, margin, threshold, tolerance}, relevancy, transposes, ownRows, allRows, firstLabel, rowTerms};  \
        forwardPairs(margins, x, ownRows, y, allRows, columns, nullptr, firstLabel);                                                    \
    }                                                                                                                                   \
    KERNEL(128) margin_ranking_rows_##suffix(const float* dloss, float factor, const T* x, i32 ownRows, const T* y, i32 allRows,        \
                                             i32 columns, i32 kind, float margin, float threshold, float tolerance,                     \
                                             const float* relevancy, i32 transposes, i32 firstLabel, float* rowTerms, i32 accumulate,   \
                                             T* dx) {                                                                                   \
        const Margins margins = {{kind, margin, threshold, tolerance}, relevancy, transposes, ownRows, allRows, firstLabel, rowTerms};  \
        backwardPairs<true>(margins, dloss, factor, x, ownRows, y, allRows, columns, nullptr, nullptr, accumulate, dx);                 \
    }                                                                                                                                   \
    KERNEL(128) margin_ranking_columns_##suffix(const float* dloss, float factor, const T* x, i32 ownRows, const T* y, i32 allRows,     \
                                                i32 columns, i32 kind, float margin, float threshold, float tolerance,                  \
                                                const float* relevancy, i32 transposes, i32 firstLabel, float* rowTerms,                \
                                                i32 accumulate, T* dy) {                                                                \
        const Margins margins = {{kind, margin, threshold, tolerance}, relevancy, transposes, ownRows, allRows, firstLabel, rowTerms};  \
        backwardPairs<false>(margins, dloss, factor, x, ownRows, y, allRows, columns, nullptr, nullptr, accumulate, dy);                \
    }

MARGIN_RANKING(f32, float)
MARGIN_RANKING(bf16, bf16)
