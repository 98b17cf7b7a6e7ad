namespace Avion.Compute;

public static partial class ColumnBias
{
    internal static unsafe void ReferenceForward(double* bias, int length, int rows, int columns, double* x)
    {
        for (int n = 0; n < rows; n++, x += columns)
        {
            for (int j = 0; j < length; j++)
            {
                x[j] += bias[j];
            }
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, int rows, int columns, int length, double* dbias)
    {
        for (int n = 0; n < rows; n++, dy += columns)
        {
            for (int j = 0; j < length; j++)
            {
                dbias[j] += dy[j];
            }
        }
    }
}
