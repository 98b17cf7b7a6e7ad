namespace Avion.Compute;

public static partial class MeanPooling
{
    internal static unsafe void ReferenceForward(double* x, SequenceOffsets offsets, int columns, double* y)
    {
        for (int b = 0; b < offsets.Count; b++)
        {
            for (int d = 0; d < columns; d++)
            {
                double sum = 0;
                for (int i = 0; i < offsets.Length(b); i++)
                {
                    sum += x[((long)(offsets.Start(b) + i) * columns) + d];
                }

                y[((long)b * columns) + d] = offsets.Length(b) == 0 ? 0 : sum / offsets.Length(b);
            }
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, SequenceOffsets offsets, int columns, bool accumulate, double* dx)
    {
        for (int b = 0; b < offsets.Count; b++)
        {
            for (int i = 0; i < offsets.Length(b); i++)
            {
                for (int d = 0; d < columns; d++)
                {
                    double* target = dx + ((long)(offsets.Start(b) + i) * columns) + d;
                    *target = (accumulate ? *target : 0) + (dy[((long)b * columns) + d] / offsets.Length(b));
                }
            }
        }
    }
}
