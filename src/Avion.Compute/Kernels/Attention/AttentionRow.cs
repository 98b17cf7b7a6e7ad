namespace Avion.Compute;

/// <summary>The part of attention's backward that works on single rows of scores.</summary>
internal static unsafe class AttentionRow
{
    /// <summary>p = e^(s - lse) over the scores s, and ds = p (dp - delta) · scale over dp.</summary>
    public static void ScoreGradients(float* p, float* dp, int count, float lse, float delta, float scale)
    {
        switch (VectorWidth.Bits)
        {
            case 512: ScoreGradients<FloatVector512>(p, dp, count, lse, delta, scale); break;
            case 256: ScoreGradients<FloatVector256>(p, dp, count, lse, delta, scale); break;
            case 128: ScoreGradients<FloatVector128>(p, dp, count, lse, delta, scale); break;
            default: ScoreGradients<FloatScalar>(p, dp, count, lse, delta, scale); break;
        }
    }

    private static void ScoreGradients<TVector>(float* p, float* dp, int count, float lse, float delta, float scale)
        where TVector : struct, IFloatVector<TVector>
    {
        int tail = count - (count % TVector.Width);
        Lanes<TVector>(p, dp, 0, tail, lse, delta, scale);
        Lanes<FloatScalar>(p, dp, tail, count, lse, delta, scale);
    }

    private static void Lanes<TVector>(float* p, float* dp, int first, int end, float lse, float delta, float scale)
        where TVector : struct, IFloatVector<TVector>
    {
        TVector lses = TVector.Create(lse), deltas = TVector.Create(delta), scales = TVector.Create(scale);
        for (int j = first; j < end; j += TVector.Width)
        {
            TVector probabilities = VectorMath.Exp(TVector.Load(p + j) - lses);
            probabilities.Store(p + j);
            (probabilities * scales * (TVector.Load(dp + j) - deltas)).Store(dp + j);
        }
    }
}
