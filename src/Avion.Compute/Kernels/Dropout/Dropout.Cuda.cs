namespace Avion.Compute;

public static partial class Dropout
{
    private static readonly CudaColumnKernel s_elements = new("Dropout", "drop_elements"), s_sequences = new("Dropout", "drop_sequences");

    private static void CudaApply(CudaDevice cuda, Tensor x, SequenceOffsets? offsets, float rate, DropKey key, bool accumulate, Tensor y)
    {
        (nint draws, ulong stream) = key.InDeviceMemory();
        int rows = x.Shape.Rows, columns = x.Shape.Columns, blocks = CudaColumnKernel.WalkCount(rows);
        float kept = 1 / (1 - rate);
        if (offsets is { } sequences)
        {
            s_sequences.Launch(cuda, x.Type, columns, x.Data | y.Data, blocks,
            [
                draws, (long)key.Seed, (long)stream, key.FirstRow, (long)key.RowStride, x.Data, sequences.FirstRows.Data, sequences.Count,
                rate, kept, accumulate, y.Data, rows, columns,
            ]);
            return;
        }

        s_elements.Launch(cuda, x.Type, columns, x.Data | y.Data, blocks,
        [
            draws, (long)key.Seed, (long)stream, key.FirstRow, (long)key.RowStride, x.Data, rate, kept, accumulate, y.Data, rows, columns,
        ]);
    }
}
