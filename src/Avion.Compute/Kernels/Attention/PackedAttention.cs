// N tokens of B sequences · D columns (width) · H heads · K = D / H columns of a head · n tokens of one sequence

namespace Avion.Compute;

/// <summary>Multi-head scaled dot-product attention of packed sequences, each within itself.</summary>
/// <remarks>
/// Forward, per sequence and head: S = Q Kᵀ / √K; P = softmax of the rows of S, over all keys or, causal, over those not after the
/// query; y = P V; lse[r] = ln Σ_j e^S[r, j].
/// Backward: P = e^(S - lse) is computed again; dV = Pᵀ dy; dP = dy Vᵀ; dS = P (dP - Σ_d dy·y) / √K; dQ = dS K; dK = dSᵀ Q.
/// Shapes: qkv, dqkv [N, 3·D] with columns (query, key, value), each (head, K); y, dy [N, D]; lse [H, N]; 1 ≤ K ≤ 128.
/// Scores exist as one tile a worker, never as a matrix: queries go in tiles of up to <see cref="AttentionTiling.QueryTile"/> rows, keys
/// in tiles of up to <see cref="AttentionTiling.KeyTile"/>, joined by a running maximum and sum.
/// Numerics: the largest score of a row is subtracted before exponentials; tiles depend on the lengths alone, and a gradient that
/// several tiles share is summed in their order, so results are the same bits for any number of threads.
/// In bfloat16 scores, statistics and sums are float32; p, below its largest, and dS are rounded to bfloat16 before their products, y and
/// dqkv once in the end. Where the processor has instructions for bfloat16, long sequences of many heads are multiplied by the library.
/// Cost: forward 4 n²·D operations a sequence (causal: half), backward 10 n²·D; traffic 4 N·D elements forward, 8 N·D backward.
/// Source: Dao 2023, "FlashAttention-2", algorithms 1 and 2 (arXiv:2307.08691).
/// </remarks>
public static partial class PackedAttention
{
    /// <summary>Largest K.</summary>
    public const int LargestHeadSize = 128;

    /// <summary>Writes y and lse.</summary>
    public static unsafe void Forward(Device device, Tensor qkv, SequenceOffsets offsets, int headCount, bool causal, Tensor y,
        Tensor lse)
    {
        AttentionShape shape = CheckShapes("PackedAttention.Forward", qkv, offsets, headCount, causal, y, lse);
        using OperationScope scope = device.Begin("PackedAttention.Forward", shape.ProductFlops(2), qkv.ByteCount + y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when cpu.Matrix.HasBFloat16Instructions && TakesLibrary(shape, qkv.Type):
                LibraryForward(cpu, shape, (BFloat16*)qkv.Data, (BFloat16*)y.Data, (float*)lse.Data);
                break;
            case CpuDevice cpu when qkv.Type == ElementType.BFloat16:
                CpuForward(cpu, shape, (BFloat16*)qkv.Data, (BFloat16*)y.Data, (float*)lse.Data);
                break;
            case CpuDevice cpu:
                CpuForward(cpu, shape, (float*)qkv.Data, (float*)y.Data, (float*)lse.Data);
                break;
            case ReferenceDevice:
                ReferenceForward(shape, (double*)qkv.Data, (double*)y.Data, (double*)lse.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, shape, qkv, y, lse);
                break;
            case PlanningDevice plan:
                plan.PlanCpuScratch(0, Math.Max(
                    new AttentionTiling(shape).ForwardScratch,
                    TakesLibrary(shape, qkv.Type) ? new LibraryTiling(shape).ForwardScratch : 0));
                break;
            default:
                device.RequirePlanning("PackedAttention.Forward");
                break;
        }
    }

    /// <summary>Writes dqkv, or adds to it.</summary>
    public static unsafe void Backward(Device device, Tensor dy, Tensor qkv, Tensor y, Tensor lse, SequenceOffsets offsets, int headCount,
        bool causal, bool accumulate, Tensor dqkv)
    {
        AttentionShape shape = CheckShapes("PackedAttention.Backward", qkv, offsets, headCount, causal, y, lse);
        Check.SameShape("PackedAttention.Backward", nameof(y), y, nameof(dy), dy);
        Check.SameShape("PackedAttention.Backward", nameof(qkv), qkv, nameof(dqkv), dqkv);
        using OperationScope scope = device.Begin("PackedAttention.Backward", shape.ProductFlops(5),
            (accumulate ? 3 : 2) * qkv.ByteCount + (2 * y.ByteCount));
        switch (device)
        {
            case CpuDevice cpu when cpu.Matrix.HasBFloat16Instructions && TakesLibrary(shape, qkv.Type):
                LibraryBackward(cpu, shape, (BFloat16*)dy.Data, (BFloat16*)qkv.Data, (BFloat16*)y.Data, (float*)lse.Data, accumulate,
                    (BFloat16*)dqkv.Data);
                break;
            case CpuDevice cpu when qkv.Type == ElementType.BFloat16:
                CpuBackward(cpu, shape, (BFloat16*)dy.Data, (BFloat16*)qkv.Data, (BFloat16*)y.Data, (float*)lse.Data, accumulate,
                    (BFloat16*)dqkv.Data);
                break;
            case CpuDevice cpu:
                CpuBackward(cpu, shape, (float*)dy.Data, (float*)qkv.Data, (float*)y.Data, (float*)lse.Data, accumulate,
                    (float*)dqkv.Data);
                break;
            case ReferenceDevice:
                ReferenceBackward(shape, (double*)dy.Data, (double*)qkv.Data, (double*)y.Data, (double*)lse.Data, accumulate,
                    (double*)dqkv.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, shape, dy, qkv, y, lse, accumulate, dqkv);
                break;
            case PlanningDevice plan:
                plan.PlanCpuScratch(PartialCount(shape), Math.Max(
                    new AttentionTiling(shape).BackwardScratch,
                    TakesLibrary(shape, qkv.Type) ? new LibraryTiling(shape).BackwardScratch : 0));
                plan.PlanCudaScratch(CudaRowProductCount(shape));
                break;
            default:
                device.RequirePlanning("PackedAttention.Backward");
                break;
        }
    }

    private static AttentionShape CheckShapes(string operation, Tensor qkv, SequenceOffsets offsets, int headCount, bool causal,
        Tensor y, Tensor lse)
    {
        int width = y.Shape.Columns;
        if (headCount < 1 || width % headCount != 0 || width / headCount > LargestHeadSize)
        {
            throw new ArgumentException($"{operation}: {headCount} heads do not divide {width} columns into heads of at most {LargestHeadSize}.");
        }

        Check.HasShape(operation, nameof(qkv), qkv, new Shape(offsets.TokenCount, 3 * width));
        Check.HasShape(operation, nameof(y), y, new Shape(offsets.TokenCount, width));
        Check.HasShape(operation, nameof(lse), lse, new Shape(headCount, offsets.TokenCount));
        return new AttentionShape(offsets, headCount, width / headCount, causal);
    }
}

/// <summary>What an attention's kernels need to know of their tensors.</summary>
/// <param name="Offsets">The sequences.</param>
/// <param name="HeadCount">H.</param>
/// <param name="HeadSize">K.</param>
/// <param name="IsCausal">Whether a query sees no key after itself.</param>
internal readonly record struct AttentionShape(SequenceOffsets Offsets, int HeadCount, int HeadSize, bool IsCausal)
{
    /// <summary>D.</summary>
    public int Width => HeadCount * HeadSize;

    /// <summary>Elements from one row of qkv to the next.</summary>
    public int Stride => 3 * Width;

    /// <summary>1 / √K.</summary>
    public double Scale => 1 / Math.Sqrt(HeadSize);

    /// <summary>Keys that a sequence's query sees.</summary>
    public int VisibleKeys(int query, int length) => IsCausal ? query + 1 : length;

    /// <summary>Operations of a number of products of scores and heads; causal ones do half.</summary>
    public long ProductFlops(int productCount)
    {
        long pairs = 0;
        for (int b = 0; b < Offsets.Count; b++)
        {
            long length = Offsets.Length(b);
            pairs += IsCausal ? length * (length + 1) / 2 : length * length;
        }

        return 2 * pairs * Width * productCount;
    }
}
