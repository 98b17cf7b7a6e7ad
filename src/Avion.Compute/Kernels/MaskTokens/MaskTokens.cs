// R visible rows · M rows of the result · D columns (width)

namespace Avion.Compute;

/// <summary>Lays visible tokens at their places and the learned mask token everywhere else.</summary>
/// <remarks>
/// Forward: y[m] = visible[sources[m]] where sources[m] ≥ 0, else mask.
/// Backward: dvisible[sources[m]] = dy[m], 0 for rows that no place uses; dmask += Σ over the other m of dy[m], in the order of m.
/// Shapes: visible, dvisible [R, D]; mask, dmask of D elements; sources int32 [M], -1 ≤ sources[m] &lt; R, each row used at most once;
/// y, dy [M, D]. Cost: forward 2 M·D elements of traffic; backward M·D operations, 2 M·D + R·D elements.
/// Errors: a source outside visible, or one that is used twice, is an ArgumentException that names its place.
/// Source: He et al. 2022, "Masked autoencoders are scalable vision learners", section 3 (arXiv:2111.06377).
/// </remarks>
public static partial class MaskTokens
{
    /// <summary>Writes y.</summary>
    public static unsafe void Forward(Device device, Tensor visible, Tensor mask, Tensor sources, Tensor y)
    {
        CheckShapes("MaskTokens.Forward", visible, mask, sources, y);
        using OperationScope scope = device.Begin("MaskTokens.Forward", 0, 2 * y.ByteCount);
        if (device is HostDevice)
        {
            CheckSources(sources, visible.Shape.Rows);
        }

        switch (device)
        {
            case CpuDevice cpu when y.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, visible, mask, sources, y);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, visible, mask, sources, y);
                break;
            case ReferenceDevice:
                ReferenceForward((double*)visible.Data, (double*)mask.Data, (int*)sources.Data, y.Shape.Rows, y.Shape.Columns,
                    (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, visible, mask, sources, y);
                break;
            default:
                device.RequirePlanning("MaskTokens.Forward");
                break;
        }
    }

    /// <summary>Writes dvisible, or adds to it, and adds to dmask; each may be absent.</summary>
    public static unsafe void Backward(Device device, Tensor dy, Tensor sources, int visibleRows, bool accumulate, Tensor dvisible,
        Tensor dmask)
    {
        using OperationScope scope = device.Begin("MaskTokens.Backward", dy.Count, (2 * dy.ByteCount) + dvisible.ByteCount);
        int rows = dy.Shape.Rows, columns = dy.Shape.Columns;
        switch (device)
        {
            case CpuDevice cpu when dy.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, dy, sources, visibleRows, accumulate, dvisible, dmask);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, dy, sources, visibleRows, accumulate, dvisible, dmask);
                break;
            case ReferenceDevice:
                ReferenceBackward((double*)dy.Data, (int*)sources.Data, rows, columns, visibleRows, accumulate,
                    (double*)dvisible.Data, (double*)dmask.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, dy, sources, accumulate, dvisible, dmask);
                break;
            default:
                device.RequirePlanning("MaskTokens.Backward");
                break;
        }
    }

    private static void CheckShapes(string operation, Tensor visible, Tensor mask, Tensor sources, Tensor y)
    {
        Check.HasCount(operation, nameof(mask), mask, visible.Shape.Columns);
        Check.HasCount(operation, nameof(sources), sources, y.Shape.Rows);
        Check.HasColumns(operation, nameof(y), y, visible.Shape.Columns, "as many as the visible tokens have");
        if (sources.Type != ElementType.Int32)
        {
            throw new ArgumentException($"{operation}: sources have type {sources.Type}, expected {ElementType.Int32}.");
        }
    }

    // A row's gradient is written, not added, so each row may be used once. Sources rise where tokens keep their order, which
    // makes the check one comparison each; only other orders need the search.
    private static unsafe void CheckSources(Tensor sources, int visibleRows)
    {
        ReadOnlySpan<int> numbers = new((void*)sources.Data, (int)sources.Count);
        int last = -1;
        for (int m = 0; m < numbers.Length; m++)
        {
            bool isRepeated = numbers[m] >= 0 && numbers[m] <= last && numbers[..m].Contains(numbers[m]);
            if (numbers[m] < -1 || numbers[m] >= visibleRows || isRepeated)
            {
                throw new ArgumentException($"MaskTokens: source {numbers[m]} at place {m} is "
                    + $"{(isRepeated ? "used twice" : $"no visible row; expected -1 to {visibleRows - 1}")}.");
            }

            last = Math.Max(last, numbers[m]);
        }
    }
}
