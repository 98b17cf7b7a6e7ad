// n pairs of a clip and a text · R rows (clips) and C columns (texts) of a matrix of relevancies
namespace Avion.Compute;

/// <summary>Picks how relevant each text of a batch is to each clip of it from the matrix of a data set.</summary>
/// <remarks>
/// y[t, v] = levels[codes[row of pair v, column of pair t]]. A text that has no column (-1) is described by its own clip alone: 1 where
/// t = v, else 0.
/// Shapes: codes uint8 [R, C]; levels [L], as many as the largest code wants; pairs int32 [n, 2], row and column; y [n, n]; levels and y
/// of the accumulations' type. Constants: there is no backward.
/// Numerics: copies.
/// Cost: n² gathered bytes.
/// Errors: a pair outside the matrix is an ArgumentException that names it; on a GPU, which cannot be asked in time, it ends the run.
/// </remarks>
public static partial class PairRelevancy
{
    /// <summary>Picks the relevancies of n pairs.</summary>
    public static unsafe void Gather(Device device, Tensor codes, Tensor levels, Tensor pairs, Tensor y)
    {
        const string Operation = "PairRelevancy.Gather";
        Check.HasShape(Operation, nameof(pairs), pairs, new Shape(y.Shape.Rows, 2));
        Check.HasShape(Operation, nameof(y), y, new Shape(pairs.Shape.Rows, pairs.Shape.Rows));
        if (codes.Type != ElementType.UInt8 || pairs.Type != ElementType.Int32)
        {
            throw new ArgumentException($"{Operation}: codes have type {codes.Type} and pairs {pairs.Type}, expected "
                + $"{ElementType.UInt8} and {ElementType.Int32}.");
        }

        Check.IsNotRounded(Operation, nameof(levels), levels, device);
        using OperationScope scope = device.Begin(Operation, 0, y.Count + y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu:
                CheckPairs(Operation, pairs, codes);
                CpuGather(cpu.Workers, (byte*)codes.Data, codes.Shape.Columns, (float*)levels.Data, (int*)pairs.Data, pairs.Shape.Rows,
                    (float*)y.Data);
                break;
            case ReferenceDevice:
                CheckPairs(Operation, pairs, codes);
                ReferenceGather((byte*)codes.Data, codes.Shape.Columns, (double*)levels.Data, (int*)pairs.Data, pairs.Shape.Rows,
                    (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaGather(cuda, codes, levels, pairs, y);
                break;
            default:
                device.RequirePlanning(Operation);
                break;
        }
    }

    private static unsafe void CheckPairs(string operation, Tensor pairs, Tensor codes)
    {
        int* numbers = (int*)pairs.Data;
        for (int i = 0; i < pairs.Shape.Rows; i++)
        {
            (int row, int column) = (numbers[2 * i], numbers[(2 * i) + 1]);
            if ((uint)row >= (uint)codes.Shape.Rows || column < -1 || column >= codes.Shape.Columns)
            {
                throw new ArgumentException($"{operation}: pair {i} is row {row} and column {column}; expected 0 to "
                    + $"{codes.Shape.Rows - 1}, and -1 to {codes.Shape.Columns - 1}.");
            }
        }
    }
}
