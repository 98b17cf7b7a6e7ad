// Natural logarithms to 2e-7 relative, by ln((1 + s) / (1 - s)) = 2 (s + s^3 / 3 + s^5 / 5 + ...).
#pragma once
#include "Kernel.cuh"

// ln((1 + s) / (1 - s)) for |s| <= 1/3: the first term left out is below 2e-9 of the sum.
DEVICE float logarithmOfRatio(float s) {
    const float square = s * s;
    float p = fma(square, 1.0f / 15, 1.0f / 13);
    p = fma(p, square, 1.0f / 11);
    p = fma(p, square, 1.0f / 9);
    p = fma(p, square, 1.0f / 7);
    p = fma(p, square, 1.0f / 5);
    p = fma(p, square, 1.0f / 3);
    return 2 * fma(s * square, p, s);
}

// ln(1 + x) for 0 <= x <= 1, as precise where x is small.
DEVICE float logarithmOfOnePlus(float x) { return logarithmOfRatio(x / (2.0f + x)); }

// ln x for normal x > 0: x = 2^n m with 3/4 <= m < 3/2. Infinity stays, what is not a number stays so.
DEVICE float logarithm(float x) {
    if (!(x < __builtin_inff())) return x;
    const u32 shifted = asBits(x) - 0x3F400000u;
    const float n = (float)((i32)shifted >> 23), m = asFloat((shifted & 0x007FFFFFu) + 0x3F400000u);
    return fma(n, 0.693147181f, logarithmOfRatio((m - 1.0f) / (m + 1.0f)));
}
