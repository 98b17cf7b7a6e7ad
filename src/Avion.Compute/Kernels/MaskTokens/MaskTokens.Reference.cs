namespace Avion.Compute;

public static partial class MaskTokens
{
    internal static unsafe void ReferenceForward(double* visible, double* mask, int* sources, int rows, int columns, double* y)
    {
        for (int m = 0; m < rows; m++)
        {
            double* source = sources[m] >= 0 ? visible + ((long)sources[m] * columns) : mask;
            for (int d = 0; d < columns; d++)
            {
                y[((long)m * columns) + d] = source[d];
            }
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, int* sources, int rows, int columns, int visibleRows, bool accumulate,
        double* dvisible, double* dmask)
    {
        for (long i = 0; i < (long)visibleRows * columns && dvisible != null && !accumulate; i++)
        {
            dvisible[i] = 0;
        }

        for (int m = 0; m < rows; m++)
        {
            double* target = sources[m] < 0 ? dmask : dvisible == null ? null : dvisible + ((long)sources[m] * columns);
            for (int d = 0; d < columns && target != null; d++)
            {
                target[d] += dy[((long)m * columns) + d];
            }
        }
    }
}
