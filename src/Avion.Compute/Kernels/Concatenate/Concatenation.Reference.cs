namespace Avion.Compute;

public static partial class Concatenation
{
    internal static unsafe void ReferenceForward(double* a, SequenceOffsets aOffsets, double* b, SequenceOffsets bOffsets,
        int columns, double* y)
    {
        long at = 0;
        for (int i = 0; i < aOffsets.Count; i++)
        {
            for (long k = 0; k < (long)aOffsets.Length(i) * columns; k++)
            {
                y[at++] = a[((long)aOffsets.Start(i) * columns) + k];
            }

            for (long k = 0; k < (long)bOffsets.Length(i) * columns; k++)
            {
                y[at++] = b[((long)bOffsets.Start(i) * columns) + k];
            }
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, SequenceOffsets aOffsets, SequenceOffsets bOffsets, bool isSecond,
        int columns, bool accumulate, double* gradient)
    {
        SequenceOffsets own = isSecond ? bOffsets : aOffsets;
        for (int i = 0; i < own.Count; i++)
        {
            int first = aOffsets.Start(i) + bOffsets.Start(i) + (isSecond ? aOffsets.Length(i) : 0);
            for (long k = 0; k < (long)own.Length(i) * columns; k++)
            {
                long at = ((long)own.Start(i) * columns) + k;
                gradient[at] = (accumulate ? gradient[at] : 0) + dy[((long)first * columns) + k];
            }
        }
    }
}
