// The three forms of GELU and their derivatives, as the processor's kernels compute them (GeluFunctions.cs).
#pragma once
#include "Kernel.cuh"

// The upper tail of the normal distribution for z >= 0, and e^(-z^2/2).
DEVICE float normalTail(float z, float& density) {
    density = exponential(z * z * -0.5f);
    const float t = reciprocal(fma(z, 0.27f, 1.0f));
    float p = fma(0.0289152849f, t, -0.126255313f);
    p = fma(p, t, 0.169291498f);
    p = fma(p, t, -0.0686210719f);
    p = fma(p, t, 0.107399487f);
    p = fma(p, t, 0.0722402708f);
    p = fma(p, t, 0.101759169f);
    p = fma(p, t, 0.107550506f);
    p = fma(p, t, 0.107720181f);
    return density * (p * t);
}

DEVICE float sigmoid(float x) { return reciprocal(1.0f + exponential(-x)); }

// y = x Phi(x). With the tail h = Phi(-|x|), max(x, 0) - |x| h keeps the relative precision of small results.
struct ErfGelu {
    DEVICE float valueAndSlope(float x, float& slope) {
        const float magnitude = absolute(x);
        float density;
        const float tail = normalTail(magnitude, density);
        slope = fma(x * 0.398942280f, density, x < 0 ? tail : 1.0f - tail);
        return maximum(x, 0.0f) - magnitude * tail;
    }
};

// y = x s with s = sigma(1.702 x).
struct QuickGelu {
    DEVICE float valueAndSlope(float x, float& slope) {
        const float s = sigmoid(1.702f * x), y = x * s;
        slope = fma(1.702f * y, 1.0f - s, s);
        return y;
    }
};

// y = x s with s = sigma(g), g = 2 sqrt(2/pi) (x + 0.044715 x^3).
struct TanhGelu {
    DEVICE float valueAndSlope(float x, float& slope) {
        constexpr float Linear = 1.595769122f, Cubic = 0.044715f;
        const float square = x * x;
        const float s = sigmoid(x * fma(square, Linear * Cubic, Linear)), y = x * s;
        slope = fma(y * fma(square, 3 * Linear * Cubic, Linear), 1.0f - s, s);
        return y;
    }
};
