namespace Avion.Compute;

public static partial class LinearGelu
{
    internal static unsafe void ReferenceBackward(double* dy, double* derivative, int rows, int columns, double* dbias)
    {
        for (int n = 0; n < rows; n++)
        {
            for (int d = 0; d < columns; d++)
            {
                long at = ((long)n * columns) + d;
                derivative[at] *= dy[at];
                if (dbias != null)
                {
                    dbias[d] += derivative[at];
                }
            }
        }
    }
}
