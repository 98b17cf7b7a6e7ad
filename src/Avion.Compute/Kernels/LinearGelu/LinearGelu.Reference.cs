namespace Avion.Compute;

public static partial class LinearGelu
{
    internal static unsafe void ReferenceBackward(double* dy, GeluKind kind, double* u, int rows, int columns, double* dbias)
    {
        for (int n = 0; n < rows; n++)
        {
            for (int d = 0; d < columns; d++)
            {
                long at = ((long)n * columns) + d;
                u[at] = dy[at] * Gelu.Reference(u[at], kind).Derivative;
                if (dbias != null)
                {
                    dbias[d] += u[at];
                }
            }
        }
    }
}
