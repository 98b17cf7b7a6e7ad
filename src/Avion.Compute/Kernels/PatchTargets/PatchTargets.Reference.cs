namespace Avion.Compute;

public static partial class PatchTargets
{
    internal static unsafe void ReferenceForward(double* patches, int* rows, int rowCount, int pixelCount, VideoNormalization normalization,
        bool normalizesPatches, double* y)
    {
        for (int r = 0; r < rowCount; r++)
        {
            for (int c = 0; c < 3; c++)
            {
                double* x = patches + ((((long)rows[r] * 3) + c) * pixelCount);
                double sum = 0, squares = 0;
                for (int i = 0; i < pixelCount; i++)
                {
                    sum += x[i];
                }

                double mean = sum / pixelCount;
                for (int i = 0; i < pixelCount; i++)
                {
                    squares += (x[i] - mean) * (x[i] - mean);
                }

                double deviation = Math.Sqrt(squares / (pixelCount - 1)) + (DeviationOffset / normalization.Deviation(c));
                for (int i = 0; i < pixelCount; i++)
                {
                    y[((((long)r * pixelCount) + i) * 3) + c] = normalizesPatches
                        ? (x[i] - mean) / deviation
                        : x[i];
                }
            }
        }
    }
}
