namespace Avion.Compute;

public static partial class Dropout
{
    internal static unsafe void ReferenceApply(double* x, int rows, int columns, SequenceOffsets? offsets, float rate, DropKey key,
        bool accumulate, double* y)
    {
        int sequence = 0;
        for (int n = 0; n < rows; n++)
        {
            while (offsets is { } sequences && n >= sequences.Start(sequence) + sequences.Length(sequence))
            {
                sequence++;
            }

            for (int d = 0; d < columns; d++)
            {
                long at = ((long)n * columns) + d;
                float u = key.Uniform(offsets is null ? (key.RowNumber(n) * columns) + d : key.RowNumber(sequence));
                y[at] = (accumulate ? y[at] : 0) + (u < rate ? 0 : x[at] / (1.0 - rate));
            }
        }
    }
}
