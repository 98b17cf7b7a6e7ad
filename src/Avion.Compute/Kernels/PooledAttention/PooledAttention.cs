// B sequences · N tokens of all sequences · D width · A heads · K = D / A head size

namespace Avion.Compute;

/// <summary>Attention from one query of each sequence to all tokens of that sequence.</summary>
/// <remarks>
/// Forward, for sequence b and head a: y = softmax(q · Kᵀ / √K) V; logSumExp = log Σ exp(q · kⱼ / √K).
/// Backward, with pⱼ = exp(q · kⱼ / √K - logSumExp) and δ = dy · y: dvⱼ = pⱼ · dy; s = pⱼ · (dy · vⱼ - δ) / √K; dkⱼ = s · q; dq = Σ s · kⱼ.
/// Shapes: q, y, dy, dq [B, D]; keyValue, dkeyValue [N, 2D], columns (two, head, K); logSumExp [B, A].
/// This is what is left of attention in a model's last block when only one row of each sequence is read.
/// A sequence without tokens gives y = 0. Rows of different sequences are independent; sums run over tokens in order.
/// Numerics: float sums; the softmax is taken online, rescaled whenever the largest score grows, and no score is stored.
/// Cost: forward 4 N·D operations, backward 8 N·D; 2 N·D elements of traffic forward, 4 backward (6 when adding).
/// Source: Vaswani et al. 2017 (arXiv:1706.03762), equation 1; Milakov and Gimelshein 2018 (arXiv:1805.02867), algorithm 3.
/// </remarks>
public static partial class PooledAttention
{
    /// <summary>Writes y and logSumExp.</summary>
    public static unsafe void Forward(Device device, Tensor q, Tensor keyValue, SequenceOffsets offsets, int headCount,
        Tensor y, Tensor logSumExp)
    {
        int width = CheckShapes("PooledAttention.Forward", q, keyValue, offsets, headCount, logSumExp);
        Check.SameShape("PooledAttention.Forward", nameof(q), q, nameof(y), y);
        using OperationScope scope = device.Begin("PooledAttention.Forward", 2 * keyValue.Count, keyValue.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when q.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, q, keyValue, offsets, width, headCount, y, logSumExp);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, q, keyValue, offsets, width, headCount, y, logSumExp);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)q.Data, (double*)keyValue.Data, offsets, width, headCount,
                    (double*)y.Data, (double*)logSumExp.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, q, keyValue, offsets, width, headCount, y, logSumExp);
                break;
            default:
                device.RequirePlanning("PooledAttention.Forward");
                break;
        }
    }

    /// <summary>Writes dq and dkeyValue, or adds to them.</summary>
    /// <param name="device">Where.</param>
    /// <param name="dy">Gradient of y.</param>
    /// <param name="q">Input of the forward pass.</param>
    /// <param name="keyValue">Input of the forward pass.</param>
    /// <param name="y">Result of the forward pass.</param>
    /// <param name="logSumExp">Result of the forward pass.</param>
    /// <param name="offsets">The sequences of <paramref name="keyValue"/>.</param>
    /// <param name="headCount">A.</param>
    /// <param name="accumulateQ">Whether dq is added to rather than written.</param>
    /// <param name="accumulateKeyValue">Whether dkeyValue is added to rather than written.</param>
    /// <param name="dq">Gradient of q.</param>
    /// <param name="dkeyValue">Gradient of keyValue.</param>
    public static unsafe void Backward(Device device, Tensor dy, Tensor q, Tensor keyValue, Tensor y, Tensor logSumExp,
        SequenceOffsets offsets, int headCount, bool accumulateQ, bool accumulateKeyValue, Tensor dq, Tensor dkeyValue)
    {
        int width = CheckShapes("PooledAttention.Backward", q, keyValue, offsets, headCount, logSumExp);
        Check.SameShape("PooledAttention.Backward", nameof(q), q, nameof(dy), dy);
        Check.SameShape("PooledAttention.Backward", nameof(q), q, nameof(dq), dq);
        Check.SameShape("PooledAttention.Backward", nameof(keyValue), keyValue, nameof(dkeyValue), dkeyValue);
        using OperationScope scope = device.Begin("PooledAttention.Backward", 4 * keyValue.Count,
            (accumulateKeyValue ? 3 : 2) * keyValue.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when q.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, q, keyValue, y, logSumExp, offsets, width, headCount, accumulateQ, accumulateKeyValue, dq,
                    dkeyValue);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, q, keyValue, y, logSumExp, offsets, width, headCount, accumulateQ, accumulateKeyValue, dq,
                    dkeyValue);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, (double*)q.Data, (double*)keyValue.Data, (double*)y.Data, (double*)logSumExp.Data,
                    offsets, width, headCount, accumulateQ, accumulateKeyValue, (double*)dq.Data, (double*)dkeyValue.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, q, keyValue, y, logSumExp, offsets, width, headCount, accumulateQ, accumulateKeyValue, dq,
                    dkeyValue);
                break;
            default:
                device.RequirePlanning("PooledAttention.Backward");
                break;
        }
    }

    private static int CheckShapes(string operation, Tensor q, Tensor keyValue, SequenceOffsets offsets, int headCount, Tensor logSumExp)
    {
        int width = q.Shape.Columns;
        Check.HasShape(operation, nameof(q), q, new Shape(offsets.Count, width));
        Check.HasShape(operation, nameof(keyValue), keyValue, new Shape(offsets.TokenCount, 2 * width));
        Check.HasShape(operation, nameof(logSumExp), logSumExp, new Shape(offsets.Count, headCount));
        if (headCount <= 0 || width % headCount != 0)
        {
            throw new ArgumentException($"{operation}: {headCount} heads do not divide the width {width}.");
        }

        return width;
    }
}
