namespace Avion.Compute;

public static partial class Positions
{
    internal static unsafe void ReferenceForward(double* x, double* positions, SequenceOffsets offsets, int columns, double* y)
    {
        for (int b = 0; b < offsets.Count; b++)
        {
            for (int i = 0; i < offsets.Length(b); i++)
            {
                for (int d = 0; d < columns; d++)
                {
                    long token = ((long)(offsets.Start(b) + i) * columns) + d;
                    y[token] = x[token] + positions[((long)i * columns) + d];
                }
            }
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, SequenceOffsets offsets, int columns, double* dpositions)
    {
        for (int b = 0; b < offsets.Count; b++)
        {
            for (int i = 0; i < offsets.Length(b); i++)
            {
                for (int d = 0; d < columns; d++)
                {
                    dpositions[((long)i * columns) + d] += dy[((long)(offsets.Start(b) + i) * columns) + d];
                }
            }
        }
    }
}
